-- SPDX-License-Identifier: MIT
-- special_spec.lua: classification, reverse names, embedded addresses, overlaps.
local test = require "spec"
local cidr = require "cidr"

local function texts(list)
  local out = {}
  for i, value in ipairs(list) do
    out[i] = tostring(value)
  end
  return table.concat(out, " ")
end

test("classification by the registries", function()
  for text, kind in pairs {
    ["10.1.2.3"] = "private", ["172.32.0.0"] = "unicast", ["100.64.0.1"] = "shared", ["127.0.0.1"] = "loopback",
    ["0.0.0.0"] = "unspecified", ["0.0.0.1"] = "this_network", ["255.255.255.255"] = "broadcast",
    ["224.0.0.1"] = "multicast", ["8.8.8.8"] = "unicast", ["::1"] = "loopback", ["fd00::1"] = "private",
    ["2001:db8::1"] = "documentation", ["3fff:fff::"] = "documentation", ["2001:1::3"] = "anycast",
    ["64:ff9b::1.2.3.4"] = "translation", ["2002::"] = "6to4", ["fe80::1"] = "link_local", ["ff02::1"] = "multicast",
    ["10.0.0.0/8"] = "private", ["8.0.0.0/6"] = "unicast", ["2600::"] = "unicast",
  } do
    test.equal(cidr.classify(text).kind, kind)
  end
  test.equal(cidr.classify("192.0.0.9").global, true)
  test.equal(cidr.classify("192.0.0.11").global, false)
  test.equal(cidr.classify("2002::1").global, nil)
  test.equal(cidr.classify("10.0.0.0/9").rfc, "RFC 1918")
  test.equal(tostring(cidr.classify("10.1.0.0/16").prefix), "10.0.0.0/8")
  test.match(cidr.registry_date, "^%d%d%d%d%-%d%d%-%d%d$")
end)

test("questions by kind", function()
  test.truthy(cidr.address "10.1.2.3":is "private")
  test.falsy(cidr.address "100.64.1.1":is "private")
  test.truthy(cidr.address "100.64.1.1":is "shared")
  test.truthy(cidr.address "8.8.8.8":is "global")
  test.falsy(cidr.address "192.168.1.1":is "global")
  test.truthy(cidr.prefix "8.0.0.0/8":is "global")
  test.falsy(cidr.prefix "8.0.0.0/6":is "global") -- 10.0.0.0/8 lies inside
  test.truthy(cidr.prefix "0.0.0.0/32":is "this_network")
  test.truthy(cidr.prefix "8.0.0.0/8":is "unicast")
  test.raises(function() return cidr.address "::":is "nonsense" end, { match = "unknown kind" })
end)

test("the cloud's own ranges", function()
  local names = {}
  for _, row in ipairs(cidr.classify("100.100.100.200").cloud) do
    names[#names + 1] = row.name
  end
  test.equal(table.concat(names, ", "), "cloud services, instance metadata service")
  test.equal(#cidr.classify("10.0.0.1").cloud, 0)
  local forbidden = cidr.set()
  for _, row in ipairs(cidr.cloud_blocks()) do
    if row.forbidden then
      forbidden = forbidden:union(row.prefix)
    end
  end
  test.truthy(forbidden == cidr.set "100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 224.0.0.0/4")
end)

test("the tables are well-formed", function()
  local seen = {}
  for _, row in ipairs(cidr.special_blocks()) do
    local key = row.prefix:key()
    test.falsy(seen[key])
    seen[key] = true
    test.truthy(row.prefix:length() > 0)
  end
  test.truthy(seen["::ffff:0.0.0.0/96"] and seen["240.0.0.0/4"])
end)

test("reverse names both ways", function()
  test.equal(cidr.address "1.2.3.4":reverse_name(), "4.3.2.1.in-addr.arpa")
  local six = cidr.address "2001:db8::567:89ab"
  test.equal(six:reverse_name(), "b.a.9.8.7.6.5.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa")
  test.equal(cidr.from_reverse_name(six:reverse_name()), six)
  test.equal(tostring(cidr.from_reverse_name "4.3.2.1.IN-ADDR.ARPA."), "1.2.3.4")
  test.equal(table.concat(cidr.prefix "10.0.0.0/8":reverse_zones(), " "), "10.in-addr.arpa")
  test.equal(table.concat(cidr.prefix "10.0.0.0/23":reverse_zones(), " "), "0.0.10.in-addr.arpa 1.0.10.in-addr.arpa")
  test.equal(table.concat(cidr.prefix "192.0.2.64/26":reverse_zones(), " "), "64/26.2.0.192.in-addr.arpa")
  test.equal(table.concat(cidr.prefix "2001:db8::/31":reverse_zones(), " "),
    "8.b.d.0.1.0.0.2.ip6.arpa 9.b.d.0.1.0.0.2.ip6.arpa")
  test.equal(table.concat(cidr.prefix "0.0.0.0/0":reverse_zones(), " "), "in-addr.arpa")
  for _, text in ipairs { "10.0.0.0/8", "192.0.2.64/26", "192.0.2.1/32", "2001:db8::/32", "::/0", "0.0.0.0/0" } do
    local prefix = cidr.prefix(text)
    test.equal(cidr.from_reverse_zone(prefix:reverse_zones()[1]), prefix)
  end
  for _, name in ipairs { "", "arpa", "xin-addr.arpa", "256.in-addr.arpa", "01.in-addr.arpa", "1.2.3.4.5.in-addr.arpa",
    "ab.ip6.arpa", "g.ip6.arpa", "..in-addr.arpa", ".in-addr.arpa", "1/26.2.0.192.in-addr.arpa",
    "0/24.2.0.192.in-addr.arpa", "0/26.2.192.in-addr.arpa", "4.3.2.1.in-addr.arpa.." } do
    test.raises(function() cidr.from_reverse_zone(name) end, { kind = "input", code = "InvalidReverseName" })
  end
  test.raises(function() cidr.from_reverse_name "10.in-addr.arpa" end, { code = "InvalidReverseName", match = "zone" })
end)

test("embedded IPv4 addresses", function()
  for text, expected in pairs {
    ["::ffff:1.2.3.4"] = "1.2.3.4 mapped", ["64:ff9b::1.2.3.4"] = "1.2.3.4 nat64", ["2002:102:304::1"] = "1.2.3.4 6to4",
    ["2001:0:4136:e378:8000:63bf:3fff:fdd2"] = "192.0.2.45 teredo 65.54.227.120",
  } do
    test.equal(texts { cidr.address(text):embedded_ipv4() }, expected)
  end
  test.equal(cidr.address "2001:db8::1":embedded_ipv4(), nil)
  test.equal(cidr.address "1.2.3.4":embedded_ipv4(), nil)
  test.equal(tostring(cidr.address "::ffff:1.2.3.4":unmap()), "1.2.3.4")
  test.equal(tostring(cidr.address "fe80::1%eth0":unmap()), "fe80::1%eth0")
end)

test("hardware addresses", function()
  local subnet = cidr.prefix "2001:db8::/64"
  for _, text in ipairs { "00:1b:44:11:3a:b7", "00-1B-44-11-3A-B7", "001b.4411.3ab7" } do
    test.equal(tostring(subnet:eui64(text)), "2001:db8::21b:44ff:fe11:3ab7")
  end
  test.equal(subnet:eui64 "00:1b:44:11:3a:b7":hardware(), "00:1b:44:11:3a:b7")
  test.equal(tostring(subnet:eui64 "02:1b:44:11:3a:b7:00:01"), "2001:db8::1b:4411:3ab7:1")
  test.equal(cidr.address "2001:db8::1":hardware(), nil)
  for _, text in ipairs { "", "00:1b:44:11:3a", "00:1b:44:11:3a:b7:", "00:1b-44:11:3a:b7", "0g:1b:44:11:3a:b7" } do
    test.raises(function() subnet:eui64(text) end, { code = "InvalidHardwareAddress" })
  end
  test.raises(function() cidr.prefix "2001:db8::/65":eui64 "00:1b:44:11:3a:b7" end, { code = "InvalidPrefix" })
end)

test("overlapping pairs", function()
  local list = cidr.overlap.pairs { "10.0.0.0/8", "11.0.0.0/8", "10.1.0.0/16", "10.0.0.0/8", "::/0" }
  local out = {}
  for i, pair in ipairs(list) do
    out[i] = pair.outer .. ">" .. pair.inner
  end
  test.equal(table.concat(out, " "), "1>4 1>3 4>3")
end)

test("grades of overlap", function()
  local list = cidr.overlap.matrix {
    { label = "a", blocks = { "10.0.0.0/16" }, subnets = { "10.0.1.0/24", "10.0.9.0/24" }, used = { "10.0.1.0/24" } },
    { label = "b", blocks = { "10.0.0.0/16", "10.9.0.0/16" }, subnets = { "10.0.2.0/24" } },
    { label = "c", blocks = { "10.0.0.0/17" }, subnets = { "10.0.3.0/24", "10.0.9.0/25" }, used = { "10.0.3.0/24" } },
    { label = "d", block = "10.0.1.128/25" },
    { label = "e", block = "10.200.0.0/16" },
  }
  local out = {}
  for i, conflict in ipairs(list) do
    out[i] = conflict.a .. conflict.b .. "=" .. conflict.grade
  end
  test.equal(table.concat(out, " "), "ab=subnets ac=partial ad=impossible bc=subnets bd=subnets cd=subnets")
  test.equal(texts(list[2].subnets[1]), "10.0.9.0/24 10.0.9.0/25")
  test.raises(function() cidr.overlap.matrix { { label = "x" } } end, { match = "element 1" })
end)
