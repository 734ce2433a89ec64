-- SPDX-License-Identifier: MIT
-- A request is cancelled in whatever phase it is, at once, and nothing is left behind. The phases that need
-- a network without answers run in a namespace of their own (unshare).
local test = require "spec"
local http = require "http"
local net = require "net"
local process = require "process"
local task = require "task"
local clock = require "clock"
local fs = require "fs"

-- Cancels `fn` after 0.1 s; the cancellation must not take longer than a moment.
local function cancelled_quickly(fn)
  local started = clock.monotonic()
  test.raises(function() task.timeout(0.1, fn) end, { kind = "timeout" })
  test.truthy(clock.monotonic() - started < 0.6, "cancelled at once")
end

local function open_descriptors()
  return #fs.list("/proc/self/fd")
end

test("while waiting for the answer, and while it arrives", function()
  local fault
  local server <close> = http.serve { handler = function() return { body = "0123456789", fault = fault } end }
  local url = "http://127.0.0.1:" .. server.port .. "/"
  http.request { url = url }
  for _, one in ipairs { { kind = "stall" }, { kind = "stall", bytes = 4 } } do
    fault = one
    cancelled_quickly(function() http.request { url = url, timeout = 20 } end)
  end
  fault = nil
  test.equal(http.request { url = url }.body, "0123456789")
end)

test("while 100 requests are in flight; descriptors are given back", function()
  local server <close> = http.serve { handler = function() return { fault = { kind = "stall" } } end }
  local url = "http://127.0.0.1:" .. server.port .. "/"
  local before = open_descriptors()
  local list = {}
  for i = 1, 100 do list[i] = url end
  cancelled_quickly(function()
    task.map(list, function(one) http.request { url = one, timeout = 20 } end)
  end)
  server:close()
  task.sleep(0.05)
  test.truthy(open_descriptors() <= before, "no descriptor is left")
end)

test("during the TLS handshake", function()
  -- A plain server that waits for a whole request: the ClientHello never is one.
  local server <close> = http.serve { handler = function() return {} end, idle_timeout = 5 }
  local listener <close> = process.spawn { "python3", "-c", [[
import socket, sys
listener = socket.create_server(("127.0.0.1", 0))
print(listener.getsockname()[1], flush=True)
kept = [listener.accept() for _ in range(2)]
sys.stdin.read()]], keep_input = true }
  local port = math.tointeger(listener:read_line())
  cancelled_quickly(function() http.request { url = "https://127.0.0.1:" .. port .. "/", timeout = 20 } end)
  cancelled_quickly(function() net.tls("127.0.0.1", port, { timeout = 20 }) end)
  listener:kill "KILL"
  test.truthy(server.port)
end)

-- What the child in the namespace runs: a resolver and hosts that never answer.
local CHILD <const> = [[
local http, net, task, clock = require "http", require "net", require "task", require "clock"
local function cancel(name, fn)
  local started = clock.monotonic()
  local ok, problem = pcall(task.timeout, 0.2, fn)
  print(("%s ok=%s kind=%s quick=%s"):format(name, ok, problem.kind, clock.monotonic() - started < 0.7))
end
cancel("resolve", function() http.request { url = "https://name.example/", timeout = 20 } end)
cancel("connect", function() http.request { url = "https://192.0.2.1/", timeout = 20 } end)
cancel("net.connect", function() net.connect("192.0.2.1", 443) end)
local ok, problem = pcall(http.request, { url = "https://name.example/", timeout = 20, connect_timeout = 0.3 })
print(("timeout phase=%s code=%s"):format(problem.phase, problem.code))
ok, problem = pcall(http.request, { url = "https://192.0.2.1/", timeout = 0.3 })
print(("timeout phase=%s code=%s"):format(problem.phase, problem.code))
print("net.connect", net.connect("192.0.2.1", 443, { timeout = 0.3 }))
print("net.connect", net.connect("198.51.100.1", 443))
print("net.route", net.route "192.0.2.9".interface, net.route "192.0.2.9".source, net.route "192.0.2.9".gateway)
print("net.route", net.route "198.51.100.1")
]]

local NAMESPACE <const> = [[
set -e
ip link set lo up
ip link add blackhole type veth peer name other
ip link set other up
ip addr add 192.0.2.2/24 dev blackhole
ip link set blackhole up
ip neigh add 192.0.2.1 lladdr 02:00:00:00:00:01 dev blackhole
mount --bind "$1/resolv.conf" /etc/resolv.conf
exec "$2" run "$1/child.lua"
]]

test("while resolving and connecting, in a network that never answers", function()
  local probe = process.run { "unshare", "--user", "--map-root-user", "--net", "--mount", "true", timeout = 10 }
  if probe.code ~= 0 then test.skip("no user namespaces here: " .. probe.stderr) end
  local folder = fs.temp_dir()
  local _ <close> = setmetatable({}, { __close = function() process.run { "rm", "-rf", "--", folder } end })
  fs.write_atomic(folder .. "/child.lua", CHILD, 384)
  fs.write_atomic(folder .. "/resolv.conf", "nameserver 192.0.2.1\noptions timeout:10 attempts:2\n", 420)
  local started = clock.monotonic()
  local result = process.run { "unshare", "--user", "--map-root-user", "--net", "--mount", "sh", "-c", NAMESPACE, "sh",
    folder, fs.realpath("/proc/self/exe"), timeout = 30 }
  local took = clock.monotonic() - started
  local lines = {}
  for line in result.stdout:gmatch "[^\n]+" do lines[#lines + 1] = line end
  test.equal(lines, {
    "resolve ok=false kind=timeout quick=true",
    "connect ok=false kind=timeout quick=true",
    "net.connect ok=false kind=timeout quick=true",
    "timeout phase=resolve code=Timeout",
    "timeout phase=connect code=Timeout",
    "net.connect\tfalse\ttimeout\tConnection timed out",
    "net.connect\tfalse\tunreachable\tNetwork is unreachable",
    "net.route\tblackhole\t192.0.2.2\tnil",
    "net.route\tnil\tunreachable\tNetwork is unreachable",
  }, result.stderr)
  test.truthy(took < 10, "the process does not wait for the resolver at its end")
end)
