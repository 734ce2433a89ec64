-- SPDX-License-Identifier: MIT
-- The route guard: which addresses may become routes (every boundary of every rule), and the service names.

local cidr = require "cidr"
local dns = require "dns"
local random = require "random"
local test = require "spec"

-- The code an address is refused with, or "accepted".
local function verdict(address, options)
  local result = dns.guard({ { name = "n", addresses = { address } } }, options)
  if result.accepted[1] then return "accepted" end
  return result.refused[1].code, result.refused[1].reason
end

test("each rule refuses its own addresses and no others", function()
  local rows = {
    { "100.64.0.0", "accepted" }, { "100.127.255.255", "accepted" }, { "100.63.255.255", "public" },
    { "100.128.0.0", "public" }, { "100.103.48.11", "accepted" }, { "100.100.100.200", "metadata" },
    { "100.100.2.136", "dns_server" }, { "100.100.2.138", "dns_server" }, { "100.100.2.137", "infrastructure" },
    { "100.100.0.0", "infrastructure" }, { "100.100.255.255", "infrastructure" }, { "100.99.255.255", "accepted" },
    { "100.101.0.0", "accepted" }, { "10.0.0.1", "private" }, { "172.16.0.1", "private" }, { "172.32.0.1", "public" },
    { "192.168.1.1", "private" }, { "8.8.8.8", "public" }, { "0.0.0.0", "reserved" }, { "0.255.255.255", "reserved" },
    { "1.0.0.0", "public" }, { "127.0.0.1", "reserved" }, { "169.254.169.254", "reserved" },
    { "223.255.255.255", "public" }, { "224.0.0.1", "reserved" }, { "239.255.255.255", "reserved" },
    { "240.0.0.0", "reserved" }, { "255.255.255.255", "reserved" }, { "192.0.2.1", "reserved" },
    { "198.51.100.1", "reserved" }, { "203.0.113.1", "reserved" }, { "::1", "not_ipv4" },
    { "::ffff:100.103.48.11", "not_ipv4" }, { "100.103.48", "not_an_address" }, { "100.103.048.11", "not_an_address" },
    { "100.103.48.11 ", "not_an_address" }, { "0x64.103.48.11", "not_an_address" }, { "", "not_an_address" },
  }
  for _, row in ipairs(rows) do test.equal((verdict(row[1])), row[2], row[1]) end
end)

test("every refusal has a reason, and names what holds the address", function()
  local options = { vpcs = { "100.103.0.0/16" }, routed = { ["100.104.1.0/24"] = "pcc-1 of vtb-9" },
    taken = { ["100.105.1.1"] = "oss-internal" }, deny = { "100.106.0.0/16" } }
  local code, reason = verdict("100.103.1.1", options)
  test.equal(code, "inside_vpc")
  test.match(reason, "100%.103%.0%.0/16")
  code, reason = verdict("100.104.1.77", options)
  test.equal(code, "routed_elsewhere")
  test.match(reason, "pcc%-1 of vtb%-9")
  code, reason = verdict("100.105.1.1", options)
  test.equal(code, "taken")
  test.match(reason, "oss%-internal")
  test.equal((verdict("100.106.7.7", options)), "denied")
  test.equal((verdict("100.107.0.1", options)), "accepted")
end)

test("the operator may allow more, but never metadata, DNS servers or reserved addresses", function()
  local open = { allow = { "0.0.0.0/0" }, permit = { "0.0.0.0/0" } }
  for address, code in pairs { ["10.1.1.1"] = "accepted", ["8.8.8.8"] = "accepted", ["100.100.5.5"] = "accepted",
    ["100.100.100.200"] = "metadata", ["100.100.2.136"] = "dns_server", ["127.0.0.1"] = "reserved",
    ["169.254.1.1"] = "reserved", ["224.0.0.5"] = "reserved", ["0.0.0.1"] = "reserved" } do
    test.equal((verdict(address, open)), code, address)
  end
  test.equal((verdict("100.100.5.5", { permit = { "100.100.5.5" } })), "accepted")
  test.raises(function() verdict("100.64.0.1", { allow = { "x" } }) end, { code = "InvalidPrefix" })
end)

test("16 addresses a name pass, 17 are refused together", function()
  local list = {}
  for i = 1, 17 do list[i] = "100.103.1." .. i end
  test.equal(#dns.guard({ { name = "n", addresses = list } }).refused, 17)
  list[17] = nil
  local result = dns.guard { { name = "n", addresses = list } }
  test.equal({ #result.accepted, #result.addresses }, { 16, 16 })
end)

test("what was seen once is unconfirmed", function()
  local result = dns.guard { { name = "n", addresses = { { address = "100.103.1.1", sightings = 1 },
    { address = "100.103.1.2", sightings = 2 } } } }
  test.equal({ result.refused[1].code, result.accepted[1].address }, { "unconfirmed", "100.103.1.2" })
end)

test("random IPv4 addresses: accepted exactly inside the allowed range and outside the forbidden ones", function()
  local allowed, infrastructure = cidr.prefix "100.64.0.0/10", cidr.prefix "100.100.0.0/16"
  for i = 1, 20000 do
    local number = i % 2 == 0 and random.integer(0, 0xffffffff) or random.integer(0x643fff00, 0x648000ff)
    local address = cidr.from_integer(4, number)
    local expected = allowed:contains(address) and not infrastructure:contains(address)
    if (verdict(tostring(address)) == "accepted") ~= expected then
      test.equal((verdict(tostring(address))), expected and "accepted" or "refused", tostring(address))
    end
  end
end)

local function zones(records)
  return { ["maxcompute.aliyun-inc.com"] = { ttl = 30, records = records } }
end

test("service addresses: union over resolvers and questions, agreement, refusals by name", function()
  local one = zones { ["service.ap-southeast-1-vpc"] = { "100.103.48.11", "100.103.48.12" },
    ["dt.ap-southeast-1-vpc"] = { "100.103.49.21", "100.100.100.200" } }
  local other = zones { ["service.ap-southeast-1-vpc"] = { "100.103.48.12", "100.103.48.13" },
    ["dt.ap-southeast-1-vpc"] = { "100.103.49.21", "100.100.100.200" } }
  local a <close> = dns.serve { zones = one }
  local b <close> = dns.serve { zones = other }
  local result = dns.service_addresses("ap-southeast-1", { "service", "dt", "dt-exclusive" },
    { resolvers = { a.endpoint, b.endpoint }, repeats = 2, vpcs = { "10.10.0.0/16" } })
  test.equal(result.addresses, { "100.103.48.11", "100.103.48.12", "100.103.48.13", "100.103.49.21" })
  test.equal({ result.names[1].agreement, result.names[2].agreement, result.names[3].agreement },
    { "different", "same", "none" })
  test.equal(result.names[3].error.code, "nxdomain")
  test.equal({ result.names[1].ttl, result.names[1].resolvers[1].protocol }, { 30, "tcp" })
  test.equal(#result.refused, 1)
  test.equal({ result.refused[1].address, result.refused[1].code, result.refused[1].name },
    { "100.100.100.200", "metadata", "dt.ap-southeast-1-vpc.maxcompute.aliyun-inc.com" })
  test.equal(result.accepted[2].resolvers, { a.endpoint, b.endpoint })
end)

test("one lying answer over UDP never becomes a route", function()
  local honest = zones { ["service.ap-southeast-1-vpc"] = "100.103.48.11" }
  local server <close> = dns.serve { zones = honest,
    faults = { { kind = "lie", addresses = { "100.103.66.66" }, protocol = "udp" } } }
  local result = dns.service_addresses("ap-southeast-1", { "service" }, { resolvers = { server.endpoint } })
  test.equal(result.addresses, { "100.103.48.11" })
end)

test("an answer that is given once over TCP stays unconfirmed, changes are noted", function()
  local honest = zones { ["service.ap-southeast-1-vpc"] = "100.103.48.11" }
  local server <close> = dns.serve { zones = honest,
    faults = { { kind = "lie", addresses = { "100.103.66.66" }, first = 2, last = 2 } } }
  local result = dns.service_addresses("ap-southeast-1", { "service" }, { resolvers = { server.endpoint } })
  test.equal(result.addresses, { "100.103.48.11" })
  test.equal({ result.refused[1].address, result.refused[1].code }, { "100.103.66.66", "unconfirmed" })
  test.truthy(result.names[1].resolvers[1].changed)
end)

test("a dead resolver is named and does not hide the other's answer", function()
  local honest = zones { ["service.ap-southeast-1-vpc"] = "100.103.48.11" }
  local live <close> = dns.serve { zones = honest }
  local dead = dns.serve { zones = honest }
  dead:close()
  local result = dns.service_addresses("ap-southeast-1", { "service" },
    { resolvers = { dead.endpoint, { server = live.endpoint, label = "in VPC" } }, timeout = 1 })
  test.equal(result.addresses, { "100.103.48.11" })
  test.equal(result.names[1].resolvers[1].error.code, "unreachable")
  test.equal(result.names[1].resolvers[2].resolver, "in VPC")
end)

test("addresses of names to avoid are not routable", function()
  local all = zones { ["service.ap-southeast-1-vpc"] = { "100.103.48.11", "100.115.6.1" }, oss = "100.115.6.1" }
  local mount <close> = dns.mount("maxcompute.aliyun-inc.com", all)
  local result = dns.service_addresses("ap-southeast-1", { "service" },
    { resolvers = { "100.100.2.136" }, avoid = { "oss.maxcompute.aliyun-inc.com" } })
  test.equal(result.addresses, { "100.103.48.11" })
  test.equal(result.refused[1].code, "taken")
  test.match(result.refused[1].reason, "oss%.maxcompute")
  test.truthy(mount)
end)

test("only region ids and plain labels get into a name", function()
  for _, region in ipairs { "", "x", "ap southeast", "ap-southeast-1.evil.test", "AP-southeast-1", "ap-", "ap--1",
    "ap-southeast-1-", "ap-s\0", "../ap-s", ("ap-" .. ("x"):rep(60)) } do
    test.raises(function() dns.service_addresses(region, { "service" }, { resolvers = { "127.0.0.1" } }) end,
      { kind = "input", code = "InvalidRegion" })
  end
  test.raises(function() dns.service_addresses(nil, { "service" }, {}) end, { code = "InvalidRegion" })
  for _, label in ipairs { "", "a.b", "-a", "a-", "A", "a b", "1a" } do
    test.raises(function() dns.service_addresses("ap-southeast-1", { label }, { resolvers = { "127.0.0.1" } }) end,
      { code = "InvalidService" })
  end
end)
