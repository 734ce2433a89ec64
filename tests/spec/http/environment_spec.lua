-- SPDX-License-Identifier: MIT
-- What the environment may change about requests (proxies, for public https hosts) and what it may not.
local test = require "spec"
local process = require "process"
local fs = require "fs"

local authority = dofile(debug.getinfo(1, "S").source:match "^@(.*/)" .. "authority.lua")
local PROGRAM <const> = fs.realpath("/proc/self/exe")

-- Runs `script` by this program, with `env`, in a network of its own that has loopback only.
local function run_alone(script, env)
  local folder = fs.temp_dir()
  local _ <close> = setmetatable({}, { __close = function() process.run { "rm", "-rf", "--", folder } end })
  fs.write_atomic(folder .. "/child.lua", script, 384)
  local probe = process.run { "unshare", "--user", "--map-root-user", "--net", "true", timeout = 10 }
  if probe.code ~= 0 then test.skip("no user namespaces here: " .. probe.stderr) end
  local result = process.run { "unshare", "--user", "--map-root-user", "--net", "sh", "-c",
    'ip link set lo up; exec "$1" run "$2"', "sh", PROGRAM, folder .. "/child.lua", env = env, timeout = 30 }
  test.equal(result.code, 0, result.stderr)
  return result.stdout
end

local PROXIED <const> = [[
local http = require "http"
local seen = {}
local proxy <close> = http.serve { port = 18080, handler = function(request)
  seen[#seen + 1] = request.method .. " " .. request.host
  return { status = 502 }
end }
local direct <close> = http.serve { port = 18081, handler = function() return { body = "direct" } end }
local function ask(options)
  seen = {}
  options.timeout = 2
  local ok, answer = pcall(http.request, options)
  print(table.concat(seen, " "), ok and answer.body or answer.phase)
end
ask { url = "https://public.example/" }
ask { url = "https://excepted.example/" }
ask { url = "https://public.example/", proxy = "" }
ask { url = "https://public.example/", public_only = true }
ask { url = "https://127.0.0.1:18081/" }
ask { url = "https://localhost:18081/" }
ask { url = "https://[::1]:18081/" }
ask { url = "https://100.100.100.200/" }
ask { url = "https://169.254.1.1/" }
ask { url = "http://127.0.0.1:18081/" }
ask { url = "http://100.100.100.200/", allow_plain = true }
ask { url = "https://other.example/", proxy = "http://127.0.0.1:18080" }
]]

test("proxies of the environment serve public https hosts only", function()
  local out = run_alone(PROXIED, { https_proxy = "http://127.0.0.1:18080", http_proxy = "http://127.0.0.1:18080",
    all_proxy = "http://127.0.0.1:18080", ALL_PROXY = "http://127.0.0.1:18080", no_proxy = "excepted.example" })
  local lines = {}
  for line in out:gmatch "[^\n]+" do lines[#lines + 1] = line end
  test.match(lines[1], "^CONNECT public%.example:443\t")
  test.equal(lines[2], "\tresolve")
  test.equal(lines[3], "\tresolve")
  test.equal(lines[4], "\tresolve")
  test.equal(lines[5], "\ttls")
  test.equal(lines[6], "\ttls")
  test.equal(lines[7], "\tconnect")
  test.equal(lines[8], "\tconnect")
  test.equal(lines[9], "\tconnect")
  test.equal(lines[10], "\tdirect")
  test.equal(lines[11], "\tconnect")
  test.match(lines[12], "^CONNECT other%.example:443\t")
end)

test("public_only keeps off local addresses", function()
  local out = run_alone([[
local http = require "http"
local server <close> = http.serve { port = 18081, address = "::", handler = function() return { body = "direct" } end }
for _, host in ipairs { "127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0", "169.254.1.1",
  "100.100.100.200", "[fe80::1]", "[::]" } do
  local ok, e = pcall(http.request, { url = "https://" .. host .. ":18081/", public_only = true, timeout = 2 })
  print(ok, e.code)
end]], {})
  test.equal(out, ("false\tAddressRefused\n"):rep(9))
end)

test("SSLKEYLOGFILE is not obeyed, and stays set for children", function()
  local lab <close> = authority.new()
  local root = lab:issue { cn = "root", extensions = lab.CA }
  local leaf = lab:issue { issuer = root, extensions = { "subjectAltName = IP:127.0.0.1" } }
  local server <close> = process.spawn { "openssl", "s_server", "-www", "-accept", "127.0.0.1:0", "-cert",
    leaf.name .. ".pem", "-key", leaf.name .. ".key", cwd = lab.folder, keep_input = true }
  local port
  repeat port = assert(server:read_line(), "s_server ended"):match "^ACCEPT 127%.0%.0%.1:(%d+)" until port
  lab:write("child.lua", ([[
local http, net, process = require "http", require "net", require "process"
print(http.request { url = "https://127.0.0.1:%s/", ca_file = "%s" }.status)
print(net.tls("127.0.0.1", %s, { ca_file = "%s" }).verified)
print(process.run({ "printenv", "SSLKEYLOGFILE" }).stdout)
]]):format(port, lab:path(root.name .. ".pem"), port, lab:path(root.name .. ".pem")))
  local result = process.run { PROGRAM, "run", lab:path "child.lua", env = { SSLKEYLOGFILE = lab:path "keys" },
    timeout = 30 }
  test.equal(result.stdout, "200\ntrue\n" .. lab:path "keys" .. "\n\n", result.stderr)
  test.equal(fs.stat(lab:path "keys"), nil)
  server:kill()
end)
