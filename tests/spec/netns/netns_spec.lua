-- SPDX-License-Identifier: MIT
-- Network namespaces: what is private, what stays with the host, and that nothing outlives the process.
local errors = require "errors"
local fs = require "fs"
local netns = require "netns"
local process = require "process"
local task = require "task"
local test = require "spec"

local SELF <const> = debug.getinfo(1, "S").source:match("^@(.*)$")
local how, reason = netns.available()

--- A test that needs namespaces.
local function check(name, fn)
  test(name, function()
    if not how then test.skip("no network namespaces here: " .. tostring(reason)) end
    fn()
  end)
end

local function shell(ns, script)
  local result = ns:run { "sh", "-c", script, timeout = 10 }
  return result.stdout .. result.stderr, result.code
end

test("available() names the way, or why there is none", function()
  if how then
    test.truthy(how == "root" or how == "userns")
    test.equal(reason, nil)
  else
    test.truthy(#reason > 10)
  end
end)

check("a namespace has its own network, host name, /root and /tmp", function()
  local ns <close> = netns.new("box-1")
  test.match(shell(ns, "uname -n"), "^box%-1\n")
  test.match(shell(ns, "ip -o link | wc -l"), "^1\n")
  test.equal(shell(ns, "ls -A /root /tmp"), "/root:\n\n/tmp:\n")
  local text, code = shell(ns, "echo private > /tmp/mark && cat /tmp/mark")
  test.equal(text, "private\n")
  test.equal(code, 0)
  test.equal(fs.stat("/tmp/mark"), nil)
end)

check("the host's files can be read but not changed from inside", function()
  local ns <close> = netns.new("box")
  local text, code = shell(ns, "cat /etc/passwd >/dev/null && echo readable; echo x > /etc/peerway-was-here")
  test.match(text, "^readable\n")
  test.match(text, "Read%-only file system")
  test.truthy(code ~= 0)
  test.equal(fs.stat("/etc/peerway-was-here"), nil)
end)

check("files are laid over the host's, and can be replaced later", function()
  local host = fs.read("/etc/hosts")
  local ns <close> = netns.new("box", { files = { ["/etc/hosts"] = "10.1.2.3 first.example\n" } })
  test.match(shell(ns, "getent hosts first.example"), "^10%.1%.2%.3")
  ns:write("/etc/hosts", "10.9.9.9 b.example\n")
  test.equal(shell(ns, "cat /etc/hosts"), "10.9.9.9 b.example\n")
  test.equal(fs.read("/etc/hosts"), host)
  test.raises(function() ns:write("/etc/passwd", "") end, { kind = "input", match = "/etc/passwd" })
  test.raises(function() netns.new("box", { files = { ["/etc/no-such-file"] = "" } }) end,
    { kind = "input", match = "/etc/no%-such%-file" })
end)

check("kernel parameters are the namespace's", function()
  local one <close> = netns.new("one")
  local two <close> = netns.new("two")
  one:sysctl { ["net.ipv4.ip_forward"] = "1" }
  two:sysctl { ["net.ipv4.ip_forward"] = "0" }
  test.equal(shell(one, "cat /proc/sys/net/ipv4/ip_forward"), "1\n")
  test.equal(shell(two, "cat /proc/sys/net/ipv4/ip_forward"), "0\n")
  test.raises(function() one:sysctl { ["kernel.hostname"] = "x" } end, { match = "kernel.hostname" })
end)

check("links, routes and filters by batches; veth pairs join namespaces", function()
  local left <close> = netns.new("left")
  local right <close> = netns.new("right")
  left:ip { "link add name a type veth peer name b netns " .. right:path(), "addr add 10.0.0.1/24 dev a",
    "link set dev a up" }
  right:ip { "addr add 10.0.0.2/24 dev b", "link set dev b up" }
  while not left:running { "a" } do task.sleep(0.002) end
  test.raises(function() left:running { "a", "nosuch" } end, { kind = "input" })
  local fd = right:listen_tcp("10.0.0.2", 80)
  local connect = "curl -s -m 1 -o /dev/null -w '%{time_connect}' http://10.0.0.2/"
  test.truthy(tonumber((shell(left, connect))) > 0)
  right:nft("table ip t { chain c { type filter hook input priority 0; tcp dport 80 drop; }; }")
  test.equal(tonumber((shell(left, connect))), 0)
  require("netns.native").close_descriptor(fd)
end)

check("a wrong line or ruleset is shown with the tool's own words", function()
  local ns <close> = netns.new("box")
  local lines = { "link set dev lo up", "link set dev nosuch up" }
  local problem = test.raises(function() ns:ip(lines) end, { code = "ToolFailed", match = "line 2" })
  test.match(tostring(problem), "nosuch")
  test.match(tostring(problem), "box")
  test.raises(function() ns:nft("table ip t { nonsense }") end, { code = "ToolFailed", match = "nonsense" })
end)

check("sockets of the namespace cannot be reached from the host's network", function()
  local ns <close> = netns.new("box")
  ns:ip { "link set lo up" }
  local tcp, udp = ns:listen_tcp("127.0.0.1", 8999), ns:bind_udp("127.0.0.1", 8999)
  test.truthy(tcp > 2 and udp > 2)
  test.truthy(tonumber((shell(ns, "curl -s -m 1 -o /dev/null -w '%{time_connect}' http://127.0.0.1:8999/"))) > 0)
  local outside = process.run { "curl", "-s", "-m", "1", "http://127.0.0.1:8999/", timeout = 5 }
  test.equal(outside.code, 7) -- refused: nobody listens there on the host
  test.raises(function() ns:listen_tcp("127.0.0.1", 8999) end, { kind = "network", match = "8999" })
  for _, fd in ipairs { tcp, udp } do require("netns.native").close_descriptor(fd) end
end)

check("close() gives back every descriptor; a closed namespace says so", function()
  local function open() return #fs.list("/proc/self/fd") end
  netns.new("warm"):close()
  local before = open()
  for _ = 1, 20 do netns.new("box", { files = { ["/etc/hosts"] = "" } }):close() end
  test.equal(open(), before)
  local ns = netns.new("box")
  ns:close()
  ns:close()
  test.raises(function() ns:listen_tcp("0.0.0.0", 1) end, { code = "NamespaceClosed" })
end)

local function traces()
  local links = process.run { "ip", "-o", "link" }.stdout
  local named = process.run { "ip", "netns", "list" }.stdout
  return links:gsub("qlen %d+", "") .. named .. fs.read("/proc/self/mounts")
end

check("kill -9 leaves no namespace, link or mount behind", function()
  local before = traces()
  local folder = fs.temp_dir()
  local script = folder .. "/hold.lua"
  fs.write_atomic(script, [[
    local netns, task = require "netns", require "task"
    local one, two = netns.new("one"), netns.new("two")
    one:ip { "link add name a type veth peer name b netns " .. two:path() }
    print("ready")
    io.stdout:flush()
    task.sleep(60)]], 420)
  local child <close> = process.spawn { fs.realpath("/proc/self/exe"), "run", script }
  test.equal(child:read_line(), "ready")
  child:kill("KILL")
  test.equal(child:wait().signal, 9)
  test.equal(traces(), before)
  fs.remove(script)
  fs.remove(folder)
end)

test("the same holds for an ordinary user, in a user namespace", function()
  if how ~= "root" then test.skip("needs root to become somebody else") end
  local folder = process.run { "mktemp", "-d" }.stdout:match("%S+")
  local copy = 'chmod 755 "$1" && install -m 755 "$2" "$1/peerway" && install -m 644 "$3" "$1/spec.lua"'
  local copied = process.run { "sh", "-c", copy, "sh", folder, fs.realpath("/proc/self/exe"), SELF }
  test.equal(copied.code, 0)
  local result = process.run { "setpriv", "--reuid=65534", "--regid=65534", "--clear-groups",
    folder .. "/peerway", "test", folder .. "/spec.lua", cwd = folder, env = { HOME = folder }, timeout = 60 }
  process.run { "rm", "-rf", folder }
  if result.stdout:find("no network namespaces here", 1, true) then test.skip("user namespaces are not permitted") end
  test.match(result.stdout .. result.stderr, "0 failed")
  test.equal(result.code, 0)
end)

test("without permission the refusal says what to do", function()
  if how then test.skip("namespaces are permitted here") end
  local problem = test.raises(function() netns.new("box") end, { kind = "permission", code = "NoNamespaces" })
  test.truthy(errors.is(problem, "permission"))
  test.match(tostring(problem), "root")
end)

test.simulated("in a simulated world there are none", { seed = 1 }, function()
  local way, why = netns.available()
  test.equal(way, nil)
  test.match(why, "simulated")
end)
