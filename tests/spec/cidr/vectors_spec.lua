-- SPDX-License-Identifier: MIT
-- vectors_spec.lua: thousands of cases computed by Python's ipaddress (tests/data/cidr_vectors.py).
local test = require "spec"
local cidr = require "cidr"
local fs = require "fs"

local PATH = "tests/data/cidr_vectors.txt"

local function words(list)
  local out = {}
  for i, value in ipairs(list) do
    out[i] = tostring(value.prefix or value)
  end
  return #out > 0 and table.concat(out, " ") or "-"
end

local function set(text)
  return cidr.set(text == "-" and "" or text)
end

local function set_words(value)
  return words(value:list())
end

local function table_of(text)
  local routes = cidr.route_table()
  for word in text:gmatch "%S+" do
    routes:insert(word, word)
  end
  return routes
end

local function bit(value)
  return value and "1" or "0"
end

-- What each operation of the vectors does: arguments as texts, result as text.
local run = {
  address = function(text) return cidr.address(text) end,
  prefix = function(text) return cidr.prefix(text) end,
  last = function(p) return cidr.prefix(p):last() end,
  size = function(p) return cidr.prefix(p):size() end,
  netmask = function(p) return cidr.prefix(p):netmask() end,
  wildcard = function(p) return cidr.prefix(p):wildcard() end,
  integer = function(a) return cidr.address(a):integer() end,
  expanded = function(a) return cidr.address(a):expanded() end,
  reverse = function(a)
    local name = cidr.address(a):reverse_name()
    test.equal(cidr.from_reverse_name(name), cidr.address(a))
    return name
  end,
  add = function(a, n) return cidr.address(a):add(n) end,
  sub = function(a, n) return cidr.address(a) - n end,
  supernet = function(p, length) return cidr.prefix(p):supernet(tonumber(length)) end,
  subnet = function(p, length, n) return cidr.prefix(p):subnet(tonumber(length), n) end,
  contains = function(a, b) return bit(cidr.prefix(a):contains(b)) end,
  overlaps = function(a, b) return bit(cidr.prefix(a):overlaps(b)) end,
  less = function(a, b) return bit(cidr.prefix(a) < cidr.prefix(b)) end,
  exclude = function(a, b) return (words(cidr.prefix(a):exclude(b)):gsub("^%-$", "")) end,
  range = function(a, b) return words(cidr.from_range(a, b)) end,
  spanning = function(a, b) return cidr.spanning { a, b } end,
  union = function(a, b) return set_words(set(a) | set(b)) end,
  intersection = function(a, b) return set_words(set(a) & set(b)) end,
  difference = function(a, b) return set_words(set(a) - set(b)) end,
  symmetric_difference = function(a, b) return set_words(set(a) ~ set(b)) end,
  covers = function(a, b) return bit(set(a):contains(set(b))) end,
  meets = function(a, b) return bit(set(a):overlaps(set(b))) end,
  count = function(a) return set(a):size() end,
  aggregate = function(a) return set_words(set(a)) end,
  longest = function(routes, address)
    local value, prefix = table_of(routes):longest(address)
    test.equal(table_of(routes):lookup(address), value)
    return prefix or "-"
  end,
  matches = function(routes, address) return words(table_of(routes):matches(address)) end,
  covered = function(routes, block) return words(table_of(routes):covered(block)) end,
}

local function check(line)
  local fields = {}
  for field in (line .. "\t"):gmatch "([^\t]*)\t" do
    fields[#fields + 1] = field
  end
  local operation, expected = fields[1], table.remove(fields)
  local ok, result = pcall(assert(run[operation], operation), table.unpack(fields, 2))
  local actual = ok and tostring(result) or "!"
  if actual ~= expected then
    error(("%s\n  expected %s\n  actual   %s"):format(line, expected, ok and actual or tostring(result)), 0)
  end
  if not ok then
    test.equal(result.kind, "input")
  end
end

test("every vector", function()
  local count, seen = 0, {}
  for line in fs.read(PATH):gmatch "[^\n]+" do
    check(line)
    count = count + 1
    seen[line:match "^%S+"] = true
  end
  test.truthy(count >= 5000)
  for operation in pairs(run) do
    test.truthy(seen[operation])
  end
end)
