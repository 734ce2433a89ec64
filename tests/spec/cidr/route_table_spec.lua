-- SPDX-License-Identifier: MIT
-- route_table_spec.lua: longest match and questions about whole tables.
local test = require "spec"
local cidr = require "cidr"

local function show(list)
  local out = {}
  for i, entry in ipairs(list) do
    out[i] = cidr.is_prefix(entry) and tostring(entry)
      or tostring(entry.prefix) .. "=" .. tostring(entry.value or (entry.from .. ">" .. entry.to))
  end
  return table.concat(out, " ")
end

local function dump(routes)
  local out = {}
  for prefix, value in routes:entries() do
    out[#out + 1] = tostring(prefix) .. "=" .. tostring(value)
  end
  return table.concat(out, " ")
end

test("insert, exact, delete", function()
  local routes = cidr.route_table()
  test.equal(routes:insert("10.0.0.0/8", "a"), nil)
  test.equal(routes:insert(cidr.prefix "10.0.0.0/8", "b"), "a")
  test.equal(routes:insert("10.1.0.0/16", { gateway = true }), nil)
  test.equal(#routes, 2)
  test.equal(routes:exact "10.0.0.0/8", "b")
  test.equal(routes:exact "10.0.0.0/9", nil)
  test.equal(routes:exact "10.1.0.0/16", { gateway = true })
  test.equal(routes:delete "10.0.0.0/9", nil)
  test.equal(routes:delete "10.0.0.0/8", "b")
  test.equal(#routes, 1)
  test.equal(routes:lookup "10.2.0.1", nil)
  test.raises(function() routes:insert("10.0.0.0/8", nil) end, { match = "value" })
  test.raises(function() routes:insert("10.0.0.0/8", 0 / 0) end, { match = "NaN" })
  test.raises(function() routes:insert("10.0.0.1/8", 1) end, { code = "InvalidPrefix" })
end)

test("longest match in both families", function()
  local routes = cidr.route_table { { "0.0.0.0/0", "default" }, { "10.0.0.0/8", "net" }, { "10.1.2.3", "host" },
    { "::/0", "six" }, { "2001:db8::/32", "doc" }, { "2001:db8::1", "one" } }
  test.equal(routes:lookup "10.1.2.3", "host")
  test.equal(routes:lookup(cidr.address "10.1.2.4"), "net")
  test.equal(routes:lookup "11.0.0.0", "default")
  test.equal(routes:lookup "2001:db8::1", "one")
  test.equal(routes:lookup "2001:db8::2", "doc")
  test.equal(routes:lookup "::ffff:10.1.2.3", "six")
  local value, prefix = routes:longest "10.1.0.0/16"
  test.equal(value, "net")
  test.equal(tostring(prefix), "10.0.0.0/8")
  test.equal(show(routes:matches "10.1.2.3"), "0.0.0.0/0=default 10.0.0.0/8=net 10.1.2.3/32=host")
  test.equal(show(routes:matches "10.0.0.0/8"), "0.0.0.0/0=default 10.0.0.0/8=net")
  test.equal(show(routes:covered "10.0.0.0/8"), "10.0.0.0/8=net 10.1.2.3/32=host")
  test.equal(show(routes:covered "2001:db8::/33"), "2001:db8::1/128=one")
  test.equal(routes:lookup_many { "10.1.2.3", cidr.address "12.0.0.1", "2001:db8::2" }, { "host", "default", "doc" })
  test.equal(cidr.route_table():lookup_many { "10.1.2.3", "::" }, { false, false })
  test.equal(cidr.route_table():lookup_many({ "10.1.2.3" }, "none"), { "none" })
  test.raises(function() routes:lookup_many { 5 } end, { match = "address" })
end)

test("entries come in order, also while the table changes", function()
  local routes = cidr.route_table()
  for i = 0, 255 do
    routes:insert(("10.%d.0.0/16"):format((i * 37) % 256), i)
  end
  local before, count = nil, 0
  for prefix in routes:entries() do
    test.truthy(before == nil or before < prefix)
    before, count = prefix, count + 1
    routes:delete(prefix)
  end
  test.equal(count, 256)
  test.equal(#routes, 0)
end)

test("large tables answer as small ones do", function()
  local routes, expected = cidr.route_table(), {}
  for i = 0, 9999 do
    local prefix = ("%d.%d.%d.0/24"):format(10 + i % 5, (i * 7) % 256, i % 256)
    routes:insert(prefix, i)
    expected[prefix] = i
  end
  routes:insert("8.0.0.0/5", "short")
  routes:insert("0.0.0.0/0", "default")
  local distinct = 0
  for prefix, value in pairs(expected) do
    distinct = distinct + 1
    test.equal(routes:exact(prefix), value)
    test.equal(routes:lookup(cidr.prefix(prefix):nth(77)), value)
  end
  test.equal(#routes, distinct + 2)
  test.equal(routes:lookup "15.1.1.1", "short")
  test.equal(routes:lookup "16.1.1.1", "default")
  test.equal(routes:delete "8.0.0.0/5", "short")
  test.equal(routes:lookup "15.1.1.1", "default")
  test.equal(routes:delete "0.0.0.0/0", "default")
  test.equal(routes:lookup "15.1.1.1", nil)
  test.equal(#routes:covered "0.0.0.0/0", distinct)
  test.equal(#routes:covered "10.0.0.0/8", #routes:covered "10.0.0.0/7" - #routes:covered "11.0.0.0/8")
end)

test("shadowed and redundant entries", function()
  local routes = cidr.route_table { { "10.0.0.0/8", "a" }, { "10.0.0.0/9", "b" }, { "10.128.0.0/10", "b" },
    { "10.192.0.0/10", "c" }, { "10.192.1.0/24", "c" }, { "11.0.0.0/8", "d" }, { "11.0.0.0/9", "d" } }
  test.equal(show(routes:shadowed()), "10.0.0.0/8")
  test.equal(show(routes:redundant()), "10.192.1.0/24 11.0.0.0/9")
  test.equal(show(cidr.route_table { { "::/0", 1 }, { "::/1", 2 }, { "8000::/1", 3 } }:shadowed()), "::/0")
end)

test("aggregation keeps every lookup", function()
  local routes = cidr.route_table { { "10.0.0.0/25", "a" }, { "10.0.0.128/25", "a" }, { "10.0.1.0/24", "a" },
    { "10.0.1.7", "b" }, { "10.0.2.0/24", "b" }, { "10.0.2.0/25", "c" }, { "10.0.2.128/25", "c" },
    { "10.0.3.0/24", "c" }, { "10.0.0.0/8", "z" }, { "10.9.0.0/16", "z" } }
  local fewer = routes:aggregate()
  test.equal(dump(fewer), "10.0.0.0/8=z 10.0.0.0/23=a 10.0.1.7/32=b 10.0.2.0/23=c")
  test.truthy(routes:differing(fewer):is_empty())
  test.equal(#routes, 10)
  test.equal(dump(cidr.route_table { { "::/1", 1 }, { "8000::/1", 1 } }:aggregate()), "::/0=1")
end)

test("comparison of tables", function()
  local a = cidr.route_table { { "10.0.0.0/8", "x" }, { "10.1.0.0/16", "y" }, { "::/0", "x" } }
  local b = cidr.route_table { { "10.0.0.0/8", "y" }, { "10.2.0.0/16", "w" }, { "::/0", "x" } }
  local difference = a:compare(b)
  test.equal(show(difference.removed), "10.1.0.0/16=y")
  test.equal(show(difference.added), "10.2.0.0/16=w")
  test.equal(show(difference.changed), "10.0.0.0/8=x>y")
  test.truthy(a:differing(b) == cidr.set "10.0.0.0/8" - "10.1.0.0/16")
  test.truthy(a:differing(a):is_empty())
  test.truthy(a:differing(cidr.route_table()) == cidr.set "10.0.0.0/8 ::/0")
end)

test("values are released", function()
  local routes = cidr.route_table()
  local seen = setmetatable({}, { __mode = "k" })
  for i = 1, 100 do
    local value = { i }
    seen[value] = true
    routes:insert("10.0.0.0/8", value)
  end
  collectgarbage()
  collectgarbage()
  local alive = 0
  for _ in pairs(seen) do
    alive = alive + 1
  end
  test.equal(alive, 1)
  test.equal(routes:exact "10.0.0.0/8", { 100 })
end)
