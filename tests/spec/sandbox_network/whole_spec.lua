-- SPDX-License-Identifier: MIT
-- The whole data plane in one go: as whoever runs this, as an ordinary user, and killed in the middle.
local fs = require "fs"
local network = require "sandbox.network"
local netns = require "netns"
local process = require "process"
local test = require "spec"

local FOLDER <const>, FILE <const> = debug.getinfo(1, "S").source:match("^@(.-)([^/]*)$")
local model = dofile(FOLDER .. "model.lua")
local how, reason = netns.available()

local function need_namespaces()
  if not how then test.skip("no network namespaces here: " .. tostring(reason)) end
end

test("the worked example connects, and stops when its peering goes", function()
  need_namespaces()
  local world = model.new()
  local net <close> = network.new { mode = "netns" }
  net:apply(world)
  local probe = ("curl -s -m 6 --connect-timeout 1 -o /dev/null -w '%%{http_code}' https://service.%s/api"):format(
    model.DOMAIN)
  test.equal(net:run("i-c", probe).output, "404")
  world.peerings["pcc-1"].status = "Deleting"
  net:apply(world)
  test.equal(net:run("i-c", probe).exit_code, 28)
end)

--- A folder that everybody may read, with the program and these specs; removed at the end.
local function readable_copy(fn)
  local folder = process.run { "mktemp", "-d" }.stdout:match("%S+")
  local copy = 'chmod 755 "$1" && install -m 755 "$2" "$1/peerway" && install -m 644 "$3"/*.lua "$1"'
  local copied = process.run { "sh", "-c", copy, "sh", folder, fs.realpath("/proc/self/exe"), FOLDER }
  test.equal(copied.code, 0)
  local ok, problem = pcall(fn, folder)
  process.run { "rm", "-rf", folder }
  if not ok then error(problem, 0) end
end

test("the same for an ordinary user without any privilege", function()
  need_namespaces()
  if how ~= "root" then test.skip("needs root to become somebody else") end
  readable_copy(function(folder)
    local result = process.run { "setpriv", "--reuid=65534", "--regid=65534", "--clear-groups",
      folder .. "/peerway", "test", folder .. "/" .. FILE, cwd = folder, env = { HOME = folder }, timeout = 60 }
    if result.stdout:find("no network namespaces here", 1, true) then test.skip("user namespaces are not permitted") end
    test.match(result.stdout .. result.stderr, "[1-9]%d* passed, 0 failed")
    test.equal(result.code, 0)
  end)
end)

-- A process that holds credentials is undumpable, and its /proc files belong to the real root.
test("an ordinary user whose process holds credentials has a data plane too", function()
  need_namespaces()
  if how ~= "root" then test.skip("needs root to become somebody else") end
  readable_copy(function(folder)
    fs.write_atomic(folder .. "/held.lua", [[
      require("cloud").account()
      local model = dofile(arg[0]:match "^(.*)/" .. "/model.lua")
      local net <close> = require("sandbox.network").new {}
      net:apply(model.new())
      print(net:mode(), net:run("i-c", "echo ran").output)]], 420)
    local result = process.run { "sh", "-c", [[ALIBABA_CLOUD_ACCESS_KEY_ID=LTAIsandboxdefault \
      ALIBABA_CLOUD_ACCESS_KEY_SECRET=sandbox-default-secret-not-a-real-one HOME="$1" \
      exec setpriv --reuid=65534 --regid=65534 --clear-groups "$1/peerway" run "$1/held.lua"]], "sh", folder,
      cwd = folder, timeout = 60 }
    if result.stdout:find("symbolic\tuser", 1, true) then test.skip("user namespaces are not permitted") end
    test.equal(result.stdout .. result.stderr, "netns\tran\n\n")
  end)
end)

--- Everything that the system would show of a data plane left over.
local function traces()
  local links = process.run { "ip", "-o", "link" }.stdout
  return links .. process.run { "ip", "netns", "list" }.stdout .. process.run { "ip", "rule" }.stdout
    .. fs.read("/proc/self/mounts")
end

test("kill -9 leaves nothing of it", function()
  need_namespaces()
  local before = traces()
  local folder = fs.temp_dir()
  fs.write_atomic(folder .. "/hold.lua", ([[
    local model = dofile(%q)
    local net = require("sandbox.network").new { mode = "netns" }
    net:apply(model.new())
    print("ready")
    io.stdout:flush()
    require("task").sleep(60)]]):format(fs.realpath(FOLDER .. "model.lua")), 420)
  local child <close> = process.spawn { fs.realpath("/proc/self/exe"), "run", folder .. "/hold.lua" }
  test.equal(child:read_line(), "ready")
  child:kill("KILL")
  test.equal(child:wait().signal, 9)
  test.equal(traces(), before)
  process.run { "rm", "-rf", folder }
end)
