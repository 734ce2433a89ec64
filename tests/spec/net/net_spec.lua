-- SPDX-License-Identifier: MIT
-- net: TCP probes, local addresses and routes. TLS facts are in spec/http/certificates, networks that do not
-- answer in spec/http/cancel.
local test = require "spec"
local net = require "net"
local http = require "http"
local process = require "process"
local task = require "task"

local function with_server(fn)
  local server <close> = http.serve { handler = function() return {} end }
  fn(server.port)
end

test("an open port: seconds and the local end", function()
  with_server(function(port)
    local seconds, here = net.connect("127.0.0.1", port)
    test.truthy(seconds > 0 and seconds < 1)
    test.equal(here.address, "127.0.0.1")
    test.truthy(here.port > 0)
    local _, from = net.connect("127.0.0.1", port, { source = "127.0.0.3", timeout = 1 })
    test.equal(from.address, "127.0.0.3")
  end)
end)

test("a closed port, an address of nobody", function()
  local ok, reason, text = net.connect("127.0.0.1", 1)
  test.equal({ ok, reason, text }, { false, "refused", "Connection refused" })
  ok, reason = net.connect("127.0.0.1", 9, { source = "203.0.113.77" })
  test.equal({ ok, reason }, { false, "unavailable" })
  ok, reason = net.tls("127.0.0.1", 1)
  test.equal({ ok, reason }, { false, "refused" })
end)

test("a port that speaks no TLS", function()
  with_server(function(port)
    local ok, reason = net.tls("127.0.0.1", port, { timeout = 2 })
    test.equal({ ok, reason }, { false, "handshake" })
  end)
end)

test("200 probes at once", function()
  with_server(function(port)
    local list = {}
    for i = 1, 200 do list[i] = port end
    local open = 0
    for _, seconds in ipairs(task.map(list, function(one) return net.connect("127.0.0.1", one) end)) do
      if seconds then open = open + 1 end
    end
    test.equal(open, 200)
  end)
end)

test("addresses agree with the ip command", function()
  local mine = {}
  for _, one in ipairs(net.addresses()) do
    mine[#mine + 1] = ("%s %s/%d"):format(one.interface, one.address, one.prefix_length)
    test.equal(one.loopback, one.interface == "lo")
    test.equal(one.family, one.address:find(":", 1, true) and 6 or 4)
  end
  local theirs = {}
  for line in process.run({ "ip", "-o", "addr" }).stdout:gmatch "[^\n]+" do
    theirs[#theirs + 1] = ("%s %s"):format(line:match "^%d+:%s+([^%s@]+)%s+inet6?%s+(%S+)")
  end
  table.sort(mine)
  table.sort(theirs)
  test.equal(mine, theirs)
end)

test("routes agree with the ip command", function()
  local here = net.route "127.0.0.9"
  test.equal(here.type, "local")
  test.equal(here.interface, "lo")
  test.equal(here.source, "127.0.0.1")
  test.equal(net.route("::1").interface, "lo")
  for _, address in ipairs { "198.51.100.7", "10.1.2.3" } do
    local asked = process.run { "ip", "route", "get", address }
    local route, reason = net.route(address)
    if asked.code == 0 then
      test.equal(route.interface, asked.stdout:match "dev (%S+)")
      test.equal(route.gateway, asked.stdout:match "via (%S+)")
      test.equal(route.source, asked.stdout:match "src (%S+)")
    else
      test.equal(reason, "unreachable")
    end
  end
end)

test("misuse is named", function()
  test.raises(function() net.connect("localhost", 80) end, { code = "InvalidAddress", match = "dns.resolve" })
  test.raises(function() net.connect("1.2.3.4", 0) end, { code = "InvalidPort" })
  test.raises(function() net.connect("1.2.3.4", 80, { timout = 1 }) end, { match = "unknown option 'timout'" })
  test.raises(function() net.connect("1.2.3.4", 80, { timeout = -1 }) end, { match = "timeout" })
  test.raises(function() net.tls("127.0.0.1", 80, { ca_file = "/nowhere.pem" }) end, { code = "CaFileUnusable" })
  test.raises(function() net.route "1.2.3" end, { code = "InvalidAddress" })
end)

test.simulated("the simulated world has no network", { seed = 1 }, function()
  for _, fn in ipairs { net.addresses, function() net.route "1.2.3.4" end, function() net.connect("1.2.3.4", 1) end,
    function() net.tls("1.2.3.4", 1) end } do
    test.raises(fn, { code = "NoNetwork" })
  end
end)
