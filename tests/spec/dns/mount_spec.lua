-- SPDX-License-Identifier: MIT
-- Zones in this process, in the real and the simulated world: same answers, no socket.

local clock = require "clock"
local dns = require "dns"
local task = require "task"
local test = require "spec"

local ZONES <const> = { ["maxcompute.test"] = { records = {
  ["service"] = { "100.103.48.11", "100.103.48.12" }, ["alias"] = { CNAME = "service.maxcompute.test" } } } }

test.simulated("a mounted zone answers in the simulated world", { seed = 3 }, function()
  local mount <close> = dns.mount("maxcompute.test", ZONES)
  local answer = dns.resolve("SERVICE.maxcompute.test", { server = "100.100.2.136" })
  test.equal(answer:addresses(), { "100.103.48.11", "100.103.48.12" })
  test.equal({ answer.protocol, answer.server }, { "mount", "100.100.2.136:53" })
  test.equal(dns.resolve("alias.maxcompute.test").canonical, "service.maxcompute.test")
  test.raises(function() dns.resolve "none.maxcompute.test" end, { kind = "dns", code = "nxdomain" })
  test.raises(function() dns.resolve("service.maxcompute.test", { type = "AAAA" }) end, { code = "nodata" })
  local list = dns.resolve_all({ "service.maxcompute.test", "none.maxcompute.test" })
  test.equal({ #list[1].records, list[2].code }, { 2, "nxdomain" })
  mount:close()
  test.raises(function() dns.resolve "service.maxcompute.test" end, { kind = "dns", code = "blocked" })
end)

test.simulated("the simulated world never opens a socket", {}, function()
  local failure = test.raises(function() dns.resolve("x.test", { server = "127.0.0.1" }) end, { code = "blocked" })
  test.match(failure, "simulated")
  test.raises(function() dns.resolve "x.test" end, { code = "blocked" }) -- nor asks for the system's servers
  test.raises(function() dns.resolve("x", { search = true }) end, { code = "blocked" })
  test.raises(function() dns.serve { zones = {} } end, { code = "blocked" })
  test.equal(dns.system().servers, {})
end)

test.simulated("service addresses need no resolvers of this machine", {}, function()
  local mount <close> = dns.mount("maxcompute.aliyun-inc.com", { ["maxcompute.aliyun-inc.com"] = { records = {
    ["service.ap-southeast-1-vpc"] = "100.103.48.11" } } })
  test.equal(dns.service_addresses("ap-southeast-1", { "service" }).addresses, { "100.103.48.11" })
  test.truthy(mount)
end)

test.simulated("time in a handler is virtual, and deadlines hold", {}, function()
  local mount <close> = dns.mount(".", function(request)
    task.sleep(request.name == "slow.test" and 60 or 3)
    return { "192.0.2.1" }
  end)
  local started = clock.monotonic()
  test.near(dns.resolve("x.test", { timeout = 5 }).time, 3, 0.01)
  test.raises(function() dns.resolve("slow.test", { timeout = 5 }) end, { kind = "dns", code = "timeout" })
  test.near(clock.monotonic() - started, 8, 0.01)
  test.truthy(mount)
end)

test("the longest zone wins, then the latest; nil passes the question on", function()
  local outer <close> = dns.mount("test", function() return { "192.0.2.1" } end)
  local inner <close> = dns.mount("b.test", function(request)
    if request.name == "pass.b.test" then return nil end
    return { "192.0.2.2" }
  end)
  local function ask(name) return dns.resolve(name):addresses()[1] end
  test.equal({ ask "a.test", ask "x.b.test", ask "b.test", ask "pass.b.test", ask "xb.test" },
    { "192.0.2.1", "192.0.2.2", "192.0.2.2", "192.0.2.1", "192.0.2.1" })
  local later <close> = dns.mount("b.test", function() return { "192.0.2.3" } end)
  test.equal(ask "x.b.test", "192.0.2.3")
  test.truthy(outer and inner and later)
end)

test("the request tells who is asked, and views depend on it", function()
  local seen
  local mount <close> = dns.mount("test", function(request)
    seen = request
    return { "192.0.2.1" }
  end)
  dns.resolve("X.test", { server = "100.100.2.138", type = "A", tcp = true })
  test.equal({ seen.name, seen.type, seen.server, seen.protocol, seen.door },
    { "x.test", "A", "100.100.2.138:53", "tcp", "mount" })
  mount:close()
  local views <close> = dns.mount("test", { test = { records = { x = "192.0.2.1" } } }, {
    views = { { servers = { "100.100.2.136:53" }, zones = { test = { records = { x = "100.103.1.1" } } } } } })
  test.equal(dns.resolve("x.test", { server = "100.100.2.136" }):addresses(), { "100.103.1.1" })
  test.equal(dns.resolve("x.test", { server = "8.8.8.8" }):addresses(), { "192.0.2.1" })
  test.truthy(views)
end)

test("fault plans work without sockets too", function()
  local zones = { test = { records = { x = "192.0.2.1" } } }
  local codes = { timeout = "timeout", wrong_id = "timeout", servfail = "servfail", refused = "refused",
    malformed = "malformed", loop = "malformed", blocked = "blocked" }
  for kind, code in pairs(codes) do
    local mount <close> = dns.mount("test", zones, { faults = { { kind = kind } } })
    local _, failure = dns.try("x.test", { timeout = 0.05 })
    test.equal(failure and failure.code, code, kind)
    mount:close()
  end
  local mount <close> = dns.mount("test", zones, { faults = { { kind = "truncate" } } })
  test.equal(dns.resolve("x.test").truncated, true)
  test.raises(function() dns.resolve("x.test", { tcp = false }) end, { code = "truncated" })
  mount:close()
  local broken <close> = dns.mount("test", zones, { faults = { { kind = "truncate", tcp = "timeout" } } })
  test.raises(function() dns.resolve("x.test", { timeout = 0.1 }) end, { code = "truncated" })
  test.truthy(broken)
end)

test("the next server is asked when one fails", function()
  local mount <close> = dns.mount("test", { test = { records = { x = "192.0.2.1" } } },
    { faults = { { kind = "refused", server = "192.0.2.1:53" } } })
  local answer = dns.resolve("x.test", { server = { "192.0.2.1", "192.0.2.2" } })
  test.equal(answer.server, "192.0.2.2:53")
  test.truthy(mount)
end)

test("a handler's mistake is raised where it was asked", function()
  local mount <close> = dns.mount("test", function(request)
    if request.name == "a.test" then error "boom" end
    return 7
  end)
  test.raises(function() dns.resolve "a.test" end, { match = "boom" })
  test.raises(function() dns.resolve "b.test" end, { code = "InvalidResponse" })
  test.raises(function() dns.mount("a..b", {}) end, { code = "InvalidName" })
  test.truthy(mount)
end)

test("a vantage point answers in place of a server", function()
  local function vantage(name, question) return { records = { { address = name .. question.type, ttl = 5 } } } end
  test.equal(dns.resolve("x", { at = vantage, type = "A" }).records[1].address, "xA")
  local object = { resolve = function(_, name) return { records = { { address = name } } } end }
  test.equal(dns.resolve("y", { at = object }).records[1].address, "y")
  local answer = dns.resolve("y", { at = object }) -- as complete as any other
  test.equal({ answer:addresses(), answer.name, answer.rcode, answer.chain }, { { "y" }, "y", "NOERROR", {} })
  for _, wrong in ipairs { false, {}, "192.0.2.1" } do
    test.raises(function() dns.resolve("x", { at = function() return wrong end }) end,
      { code = "InvalidVantage", match = "'x'" })
  end
  test.raises(function() dns.resolve("x", { at = 5 }) end, { code = "InvalidVantage" })
end)
