-- SPDX-License-Identifier: MIT
-- values_spec.lua: addresses and prefixes as Lua sees them.
local test = require "spec"
local cidr = require "cidr"

local function texts(list)
  local out = {}
  for i, value in ipairs(list) do
    out[i] = tostring(value)
  end
  return table.concat(out, " ")
end

local function collect(iterator)
  local list = {}
  for value in iterator do
    list[#list + 1] = value
  end
  return texts(list)
end

test("addresses print canonically", function()
  for text, expected in pairs {
    ["10.0.0.1"] = "10.0.0.1",
    ["2001:DB8:0:0:1:0:0:1"] = "2001:db8::1:0:0:1",
    ["0:0:0:0:0:0:0:0"] = "::",
    ["1:0:2:0:3:0:4:0"] = "1:0:2:0:3:0:4:0",
    ["::ffff:1.2.3.4"] = "::ffff:1.2.3.4",
    ["::ffff:102:304"] = "::ffff:1.2.3.4",
    ["::1.2.3.4"] = "::102:304",
    ["fe80::1%eth0"] = "fe80::1%eth0",
    ["1:2:3:4:5:6:7::"] = "1:2:3:4:5:6:7:0",
  } do
    test.equal(tostring(cidr.address(text)), expected)
  end
end)

test("ambiguous and malformed addresses are refused", function()
  for _, text in ipairs { "", "010.0.0.1", "1.2.3", "1.2.3.4.5", "256.0.0.1", " 1.2.3.4", "1.2.3.4 ", "1.2.3.4\0",
    "0x1.2.3.4", "1.2.3.4/32", "1:2:3:4:5:6:7:8:9", "1:2:3:4:5:6:7", "1::2::3", ":1", "1:", "12345::", ":::",
    "1:2:3:4:5:6:7::8", "::1.2.3", "::1.2.3.4.5", "::01.2.3.4", "1.2.3.4%eth0", "fe80::1%", "fe80::1%a/b", "1.2.3.+4",
    "١.2.3.4", "1:2:3:4:5:6:7:1.2.3.4", "g::" } do
    local err = test.raises(function() cidr.address(text) end, { kind = "input", code = "InvalidAddress" })
    test.equal(math.type(err.offset), "integer")
  end
end)

test("ambiguous and malformed prefixes are refused", function()
  for _, text in ipairs { "10.0.0.1/8", "10.0.0.0/08", "10.0.0.0/+8", "10.0.0.0/33", "10/8", "10.0.0.0", "10.0.0.0/",
    "10.0.0.0/8/8", "::/129", "fe80::%eth0/64", "10.0.0.0/255.0.0.0", "10.0.0.0/-1", "/8", "10.0.0.0 /8" } do
    test.raises(function() cidr.prefix(text) end, { kind = "input", code = "InvalidPrefix" })
  end
  local err = test.raises(function() cidr.prefix "10.1.2.3/8" end)
  test.match(err.hint, "10%.0%.0%.0/8")
  err = test.raises(function() cidr.prefix "10.1.2.3" end)
  test.match(err.hint, "10%.1%.2%.3/32")
end)

test("relaxations are explicit", function()
  test.equal(tostring(cidr.prefix("10.1.2.3/8", { loose = true })), "10.0.0.0/8")
  test.equal(tostring(cidr.prefix("10.0.0.0/255.0.0.0", { netmask = true })), "10.0.0.0/8")
  test.raises(function() cidr.prefix("10.0.0.0/0.255.255.255", { netmask = true }) end, { code = "InvalidPrefix" })
  test.equal(tostring(cidr.prefix("10.1.2.3", { bare = true })), "10.1.2.3/32")
  test.equal(tostring(cidr.address("010.0.0.1", { lenient = "decimal" })), "10.0.0.1")
  test.equal(tostring(cidr.address("010.0.0.1", { lenient = "octal" })), "8.0.0.1")
  test.raises(function() cidr.address("1.2.3.4", { lenient = true }) end, { match = "decimal" })
  test.equal(tostring(cidr.expand_partial "10.1"), "10.1.0.0/16")
  test.equal(tostring(cidr.expand_partial "10/8"), "10.0.0.0/8")
end)

test("equality, order and keys", function()
  local a, b = cidr.prefix "10.0.0.0/8", cidr.prefix("10.0.0.0/8")
  test.truthy(a == b)
  test.falsy(a == cidr.prefix "10.0.0.0/9")
  test.falsy(cidr.address "::ffff:1.2.3.4" == cidr.address "1.2.3.4")
  test.falsy(cidr.address "fe80::1%a" == cidr.address "fe80::1%b")
  test.falsy(cidr.address "1.2.3.4" == cidr.prefix "1.2.3.4/32")
  test.equal(a:key(), b:key())
  local list = {}
  for _, text in ipairs { "::/0", "10.0.0.0/9", "9.0.0.0/8", "10.0.0.0/8", "255.0.0.0/8" } do
    list[#list + 1] = cidr.prefix(text)
  end
  table.sort(list)
  test.equal(texts(list), "9.0.0.0/8 10.0.0.0/8 10.0.0.0/9 255.0.0.0/8 ::/0")
  test.truthy(cidr.address "1.2.3.4" <= cidr.address "1.2.3.4")
end)

test("address arithmetic is exact and checked", function()
  test.equal(tostring(cidr.address "10.0.0.255" + 1), "10.0.1.0")
  test.equal(tostring(1 + cidr.address "10.0.0.255"), "10.0.1.0")
  test.equal(tostring(cidr.address "::" + "18446744073709551616"), "0:0:0:1::")
  test.equal(tostring(cidr.address "::1:0:0:0:0" - 1), "::ffff:ffff:ffff:ffff")
  test.equal(tostring(cidr.address "10.0.0.5":sub(-1)), "10.0.0.6")
  test.equal(cidr.address "10.0.0.5" - cidr.address "10.0.0.9", -4)
  test.equal(cidr.address "::":distance(cidr.address "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
    "340282366920938463463374607431768211455")
  test.equal(cidr.address "8000::" - cidr.address "::", "170141183460469231731687303715884105728")
  test.equal(cidr.address "::" - cidr.address "8000::", "-170141183460469231731687303715884105728")
  for _, f in ipairs {
    function() return cidr.address "255.255.255.255":next() end,
    function() return cidr.address "::":previous() end,
    function() return cidr.address "0.0.0.1" - 2 end,
    function() return cidr.address "1.0.0.0" + 4294967296 end,
  } do
    test.raises(f, { kind = "input", code = "AddressOverflow" })
  end
  test.equal(cidr.address "1.2.3.4":integer(), 16909060)
  test.equal(tostring(cidr.from_integer(6, "0xffff01020304")), "::ffff:1.2.3.4")
  test.equal(cidr.address "1.2.3.4":bytes(), "\1\2\3\4")
  test.equal(tostring(cidr.from_bytes(("\0"):rep(15) .. "\1")), "::1")
  test.equal(cidr.address "1::2":expanded(), "0001:0000:0000:0000:0000:0000:0000:0002")
end)

test("the parts of a prefix", function()
  local p = cidr.prefix "192.168.4.0/22"
  test.equal(texts { p:first(), p:last(), p:netmask(), p:wildcard() },
    "192.168.4.0 192.168.7.255 255.255.252.0 0.0.3.255")
  test.equal(p:size(), 1024)
  test.equal(p:length(), 22)
  test.equal(p:family(), 4)
  test.equal(cidr.prefix "::/0":size(), "340282366920938463463374607431768211456")
  test.equal(cidr.prefix "::/64":size(), "18446744073709551616")
  test.equal(cidr.prefix "::/66":size(), 1 << 62)
  local first, last, count = p:host_range()
  test.equal(texts { first, last }, "192.168.4.1 192.168.7.254")
  test.equal(count, 1022)
  test.equal(collect(cidr.prefix "10.0.0.0/30":hosts()), "10.0.0.1 10.0.0.2")
  test.equal(collect(cidr.prefix "10.0.0.0/31":hosts()), "10.0.0.0 10.0.0.1")
  test.equal(collect(cidr.prefix "10.0.0.9/32":hosts()), "10.0.0.9")
  test.equal(collect(cidr.prefix "2001:db8::/126":hosts()), "2001:db8::1 2001:db8::2 2001:db8::3")
end)

test("addresses by number", function()
  local p = cidr.prefix "10.0.0.0/24"
  test.equal(texts { p:nth(0), p:nth(255), p:nth(-1), p:nth(-256) }, "10.0.0.0 10.0.0.255 10.0.0.255 10.0.0.0")
  test.raises(function() p:nth(256) end, { code = "AddressOverflow" })
  test.raises(function() p:nth(-257) end, { code = "AddressOverflow" })
  test.equal(tostring(cidr.prefix "::/0":nth(-1)), "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff")
  test.equal(p:index "10.0.0.7", 7)
  test.equal(p:index "10.0.1.7", nil)
end)

test("relations", function()
  local p = cidr.prefix "10.0.0.0/8"
  test.truthy(p:contains "10.1.2.3")
  test.truthy(p:contains "10.1.0.0/16")
  test.truthy(p:contains(p))
  test.falsy(p:contains "0.0.0.0/0")
  test.falsy(p:contains "11.0.0.0")
  test.falsy(p:contains "::ffff:10.0.0.1")
  test.truthy(p:overlaps "0.0.0.0/0")
  test.falsy(p:overlaps "11.0.0.0/8")
  test.truthy(p:within "0.0.0.0/0")
  test.truthy(cidr.prefix "fe80::/10":contains "fe80::1%eth0")
  test.raises(function() p:contains "10.1.2.3/8" end, { code = "InvalidPrefix" })
  test.raises(function() p:contains {} end, { match = "prefix, address" })
end)

test("subnets and supernets", function()
  local p = cidr.prefix "10.0.0.0/22"
  test.equal(collect(p:subnets(24)), "10.0.0.0/24 10.0.1.0/24 10.0.2.0/24 10.0.3.0/24")
  test.equal(collect(p:subnets()), "10.0.0.0/23 10.0.2.0/23")
  test.equal(collect(p:subnets(22)), "10.0.0.0/22")
  test.equal(p:subnet_count(24), 4)
  test.equal(cidr.prefix "::/0":subnet_count(128), "340282366920938463463374607431768211456")
  test.equal(tostring(p:subnet(24, 2)), "10.0.2.0/24")
  test.equal(tostring(p:subnet(24, -1)), "10.0.3.0/24")
  test.raises(function() p:subnet(24, 4) end, { code = "AddressOverflow" })
  test.equal(tostring(p:supernet()), "10.0.0.0/21")
  test.equal(tostring(p:supernet(8)), "10.0.0.0/8")
  test.raises(function() p:supernet(23) end, { code = "InvalidLength" })
  test.raises(function() cidr.prefix "::/0":supernet() end, { code = "AddressOverflow" })
  test.raises(function() p:subnets(21) end, { code = "InvalidLength" })
  test.equal(tostring(p:next()) .. " " .. tostring(p:previous()), "10.0.4.0/22 9.255.252.0/22")
  test.raises(function() cidr.prefix "255.0.0.0/8":next() end, { code = "AddressOverflow" })
end)

test("exclude, ranges and spanning", function()
  test.equal(texts(cidr.prefix "10.0.0.0/8":exclude "10.64.0.0/10"), "10.0.0.0/10 10.128.0.0/9")
  test.equal(texts(cidr.prefix "10.0.0.0/8":exclude "11.0.0.0/8"), "10.0.0.0/8")
  test.equal(texts(cidr.prefix "10.0.0.0/8":exclude "0.0.0.0/0"), "")
  test.equal(#cidr.prefix "::/0":exclude "::/128", 128)
  test.equal(texts(cidr.from_range("10.0.0.1", "10.0.0.6")), "10.0.0.1/32 10.0.0.2/31 10.0.0.4/31 10.0.0.6/32")
  test.equal(texts(cidr.from_range("::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff")), "::/0")
  test.equal(texts(cidr.from_range("0.0.0.0", "255.255.255.255")), "0.0.0.0/0")
  test.raises(function() cidr.from_range("10.0.0.2", "10.0.0.1") end, { code = "InvalidRange" })
  test.equal(tostring(cidr.spanning { "2400::/8", "2403:1200::/25" }), "2400::/8")
  test.equal(tostring(cidr.spanning { "10.0.0.0/24", "10.0.3.0/24", "10.0.1.7" }), "10.0.0.0/22")
  test.raises(function() cidr.spanning { "10.0.0.0/24", "::/0" } end, { code = "MixedFamilies" })
  test.equal(cidr.mask_length "255.255.252.0", 22)
  test.equal(cidr.mask_length "255.0.255.0", nil)
end)

test("prefixes from parts", function()
  test.equal(tostring(cidr.prefix(cidr.address "10.0.0.0", 8)), "10.0.0.0/8")
  test.equal(tostring(cidr.prefix(cidr.address "10.0.0.1")), "10.0.0.1/32")
  test.equal(tostring(cidr.address "10.1.2.3":prefix(8)), "10.0.0.0/8")
  test.equal(tostring(cidr.address "::1":prefix()), "::1/128")
  test.raises(function() cidr.prefix(cidr.address "10.0.0.1", 8) end, { code = "InvalidPrefix" })
  test.equal(tostring(cidr.prefix("10.0.0.1", 8, { loose = true })), "10.0.0.0/8")
  test.raises(function() cidr.prefix("10.0.0.0", 33) end, { code = "InvalidLength" })
end)
