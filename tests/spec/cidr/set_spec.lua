-- SPDX-License-Identifier: MIT
-- set_spec.lua: prefix sets: algebra, questions, text, files, free space.
local test = require "spec"
local cidr = require "cidr"
local fs = require "fs"

local function words(set)
  return (set:text():gsub("\n", " "):gsub(" $", ""))
end

local function texts(list)
  local out = {}
  for i, value in ipairs(list) do
    out[i] = tostring(value)
  end
  return table.concat(out, " ")
end

test("construction joins and sorts", function()
  test.equal(words(cidr.set { "10.0.1.0/24", "10.0.0.0/24", "::1", "10.0.0.7", "9.0.0.1-9.0.0.2" }),
    "9.0.0.1/32 9.0.0.2/32 10.0.0.0/23 ::1/128")
  test.equal(words(cidr.set "10.0.0.0/25, 10.0.0.128/25 # comment\n ; other\n\n 1.2.3.4"), "1.2.3.4/32 10.0.0.0/24")
  test.equal(words(cidr.set()), "")
  test.equal(words(cidr.set { cidr.set "1.1.1.1", cidr.prefix "1.1.1.0/32" }), "1.1.1.0/31")
  test.equal(words(cidr.set { { "1.1.1.1", { "1.1.1.0" } }, cidr.from_range("1.1.1.2", "1.1.1.3") }), "1.1.1.0/30")
  test.equal(words(cidr.set { "0.0.0.0/1", "128.0.0.0/1" }), "0.0.0.0/0")
  test.equal(words(cidr.set { "128.0.0.0/1", "0.0.0.0/1", "255.255.255.255", "0.0.0.0" }), "0.0.0.0/0")
  test.equal(words(cidr.set { "8000::/1", "::/1" }), "::/0")
end)

test("bad members are refused with their place", function()
  local err = test.raises(function() cidr.set "10.0.0.0/8\n  10.0.0.1/8" end, { kind = "input", code = "InvalidSet" })
  test.match(err.hint, "write 10.0.0.0/8,")
  test.equal(err.line, 2)
  test.equal(err.column, 3)
  for _, text in ipairs { "10.0.0.0/08", "010.0.0.1", "10.0.0.0/33", "1.2.3", "1.2.3.4.5", "256.1.1.1", "1.2.3.4/",
    "10.0.0.2-10.0.0.1", "1.1.1.1-::1", "1.2.3.4/8x", "::/129", "1.2.3.4\0" } do
    test.raises(function() cidr.set(text) end, { kind = "input", code = "InvalidSet" })
  end
  test.raises(function() cidr.set { 17 } end, { match = "element 1" })
  local loop = {}
  loop[1] = loop
  test.raises(function() cidr.set(loop) end, { match = "inside itself" })
  test.equal(words(cidr.set("10.1.2.3/8", { loose = true })), "10.0.0.0/8")
end)

test("algebra", function()
  local a, b = cidr.set "10.0.0.0/8 ::/64", cidr.set "10.128.0.0/9 11.0.0.0/8 ::/65"
  test.equal(words(a:union(b)), "10.0.0.0/7 ::/64")
  test.equal(words(a:intersection(b)), "10.128.0.0/9 ::/65")
  test.equal(words(a:difference(b)), "10.0.0.0/9 ::8000:0:0:0/65")
  test.equal(words(a:symmetric_difference(b)), "10.0.0.0/9 11.0.0.0/8 ::8000:0:0:0/65")
  test.equal(words(cidr.set "10.0.0.0/9":complement "10.0.0.0/8"), "10.128.0.0/9")
  test.truthy((a | b) == (a + b))
  test.truthy((a & b) == a:intersection(b))
  test.truthy((a - b) == a:difference(b))
  test.truthy((a ~ b) == (a | b) - (a & b))
  test.equal(words(a:union("1.1.1.1", "2.2.2.2", { "3.3.3.3" })), "1.1.1.1/32 2.2.2.2/32 3.3.3.3/32 10.0.0.0/8 ::/64")
  local added, removed = a:diff(b)
  test.equal(words(added), "11.0.0.0/8")
  test.equal(words(removed), "10.0.0.0/9 ::8000:0:0:0/65")
  test.equal(words(a:family(6)), "::/64")
end)

test("questions", function()
  local set = cidr.set "10.0.0.0/9 10.128.0.0/10 192.168.0.0/16 2001:db8::/32"
  test.truthy(set:contains "10.128.0.0/10")
  test.falsy(set:contains "10.0.0.0/8")
  test.truthy(set:contains(cidr.address "2001:db8::1"))
  test.truthy(set:contains { "10.0.0.1", "192.168.1.0/24" })
  test.falsy(set:contains { "10.0.0.1", "192.169.1.0/24" })
  test.truthy(set:overlaps "10.0.0.0/8")
  test.truthy(set:overlaps(cidr.set "1.1.1.1 192.168.3.4"))
  test.falsy(set:overlaps "11.0.0.0/8")
  test.truthy(set:contains "10.0.0.9-10.0.1.7")
  test.falsy(set:contains "10.0.0.9-11.0.1.7")
  test.truthy(set:overlaps "11.0.0.1, 192.168.0.9-192.168.0.10")
  test.falsy(set:contains "::ffff:10.0.0.1")
  test.equal(set:size(4), (1 << 23) + (1 << 22) + 65536)
  test.equal(cidr.set "::/0 0.0.0.0/0":size(), "340282366920938463463374607436063178752")
  test.equal(#set, 4)
  test.equal(set:range_count(), 3)
  test.truthy(cidr.set():is_empty())
  test.truthy(cidr.set "10.0.0.0/9" <= set)
  test.truthy(cidr.set "10.0.0.0/9" < set)
  test.falsy(set < set)
  test.truthy(set == cidr.set(set:list()))
  test.falsy(set == cidr.set "10.0.0.0/9")
end)

test("iteration", function()
  local seen = {}
  for prefix in cidr.set "10.0.0.1-10.0.0.4":prefixes() do
    seen[#seen + 1] = tostring(prefix)
  end
  test.equal(table.concat(seen, " "), "10.0.0.1/32 10.0.0.2/31 10.0.0.4/32")
  seen = {}
  for first, last in cidr.set "10.0.0.1-10.0.0.4 ::1":ranges() do
    seen[#seen + 1] = tostring(first) .. "-" .. tostring(last)
  end
  test.equal(table.concat(seen, " "), "10.0.0.1-10.0.0.4 ::1-::1")
  test.equal(cidr.set "10.0.0.1-10.0.0.4 ::1":text "ranges", "10.0.0.1-10.0.0.4\n::1\n")
  test.equal(tostring(cidr.set "10.0.0.0/24 ::1"), "{10.0.0.0/24 ::1/128}")
end)

test("files", function()
  local dir = fs.temp_dir()
  local path = dir .. "/set.txt"
  local lines = {}
  for i = 0, 29999 do
    lines[#lines + 1] = ("10.%d.%d.%d/32"):format(i % 7, i // 256, (i * 37) % 256)
  end
  local set = cidr.set(table.concat(lines, "\n"))
  set:write(path)
  test.truthy(cidr.read(path) == set)
  set:write(path, "ranges")
  test.truthy(cidr.read(path) == set)
  fs.write_atomic(path, ("# x\n"):rep(100000) .. "1.2.3.4\n1.2.3", 384)
  local err = test.raises(function() cidr.read(path) end, { code = "InvalidSet", match = "set.txt: line 100002" })
  test.equal(err.line, 100002)
  fs.write_atomic(path, "1.2.3.4\n" .. ("a"):rep(300000), 384)
  test.raises(function() cidr.read(path) end, { code = "InvalidSet", match = "\"aaa.*longer than 256 KiB" })
  test.raises(function() cidr.read(dir .. "/none") end, { code = "UnreadableSet", match = "none" })
  test.raises(function() set:write(dir .. "/none/x") end, { code = "UnwritableSet" })
  fs.remove(path)
  fs.remove(dir)
end)

test("free space", function()
  local used = cidr.set "10.0.0.0/24 10.0.2.0/23 10.0.5.0/24"
  test.equal(words(used:free "10.0.0.0/21"), "10.0.1.0/24 10.0.4.0/24 10.0.6.0/23")
  test.equal(texts(used:free_blocks("10.0.0.0/21", 24)), "10.0.1.0/24 10.0.4.0/24 10.0.6.0/24 10.0.7.0/24")
  test.equal(texts(used:free_blocks("10.0.0.0/21", 24, 2)), "10.0.1.0/24 10.0.4.0/24")
  test.equal(tostring(used:find_free("10.0.0.0/21", 23)), "10.0.6.0/23")
  test.equal(tostring(used:find_free("10.0.0.0/21", 26)), "10.0.1.0/26")
  test.equal(tostring(cidr.set "10.0.0.0-10.0.0.3":find_free("10.0.0.0/24", 30, { fit = "best" })), "10.0.0.4/30")
  local best = cidr.set "10.0.0.0/25 10.0.2.0/26":find_free("10.0.0.0/22", 26, { fit = "best" })
  test.equal(tostring(best), "10.0.2.64/26")
  local block, reason = used:find_free("10.0.0.0/21", 22)
  test.equal(block, nil)
  test.match(reason, "10%.0%.6%.0/23")
  reason = select(2, cidr.set "10.0.0.0/8":find_free("10.0.0.0/21", 22))
  test.match(reason, "nothing is free")
  test.raises(function() used:free "10.0.0.0/8 ::/0" end, { code = "MixedFamilies" })
  test.equal(tostring(cidr.set():find_free("2001:db8::/32", 64)), "2001:db8::/64")
end)

test("allocation of many blocks", function()
  local used = cidr.set "10.0.0.0/26"
  local blocks, now = used:allocate("10.0.0.0/22", { 26, 24, 25, 28 })
  test.equal(texts(blocks), "10.0.0.64/26 10.0.1.0/24 10.0.0.128/25 10.0.2.0/28")
  test.equal(now, used:union(blocks))
  test.equal(words(used), "10.0.0.0/26")
  blocks, now = used:allocate("10.0.0.0/25", { 26, 26 })
  test.equal(blocks, nil)
  test.match(now, "no free /26")
  test.equal(texts((used:allocate("10.0.0.0/24", 25))), "10.0.0.128/25")
  test.equal(texts((used:allocate("10.0.0.0/24", {}))), "")
  test.raises(function() used:allocate("10.0.0.0/24", { 33 }) end, { code = "InvalidLength" })
end)
