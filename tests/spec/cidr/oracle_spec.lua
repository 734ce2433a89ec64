-- SPDX-License-Identifier: MIT
-- oracle_spec.lua: 20,000 random cases of tests/data/cidr_oracle.py (Python's ipaddress, brute force).
local test = require "spec"
local cidr = require "cidr"
local env = require "env"
local process = require "process"

local function words(list)
  local out = {}
  for i, value in ipairs(list) do
    out[i] = tostring(type(value) == "table" and value.prefix or value)
  end
  return #out > 0 and table.concat(out, " ") or "-"
end

local function set(text)
  return cidr.set(text == "-" and "" or text)
end

local function set_words(value)
  return words(value:list())
end

local function split(text)
  local out = {}
  for word in text:gmatch "[^%s]+" do
    out[#out + 1] = word
  end
  return out
end

local function prefixes(text)
  local out = {}
  for i, word in ipairs(split(text)) do
    out[i] = cidr.prefix(word)
  end
  return out
end

-- A table after steps "PREFIX=VALUE" (insert) and "-PREFIX" (delete).
local function routes_of(text)
  local routes, count = cidr.route_table(), {}
  for word in text:gmatch "%S+" do
    local gone = word:match "^%-(.+)"
    local prefix, value = word:match "^(.+)=(.)$"
    if gone then
      test.equal(routes:delete(gone), count[gone])
      count[gone] = nil
    else
      test.equal(routes:insert(prefix, value), count[prefix])
      count[prefix] = value
    end
  end
  local total = 0
  for prefix, value in routes:entries() do
    test.equal(count[prefix:key()], value)
    total = total + 1
  end
  test.equal(#routes, total)
  return routes
end

local function bit(value)
  return value and "1" or "0"
end

local function collect(iterator, state, first)
  local out = {}
  for value in iterator, state, first do
    out[#out + 1] = value
  end
  return words(out)
end

local function lines(text)
  return #text > 0 and text:gsub("\n$", ""):gsub("\n", " ") or "-"
end

local function sorted(text, parse)
  local list = {}
  for i, word in ipairs(split(text)) do
    list[i] = parse(word)
  end
  table.sort(list)
  return words(list)
end

local run = {
  add = function(a, n) return cidr.address(a):add(n) end,
  sub = function(a, n) return cidr.address(a):sub(n) end,
  next = function(a) return cidr.address(a):next() end,
  previous = function(a) return cidr.address(a):previous() end,
  minus = function(a, b) return cidr.address(a) - cidr.address(b) end,
  from_integer = function(family, n) return cidr.from_integer(tonumber(family), n) end,
  hex = function(a)
    local octets = cidr.address(a):bytes()
    test.equal(cidr.from_bytes(octets), cidr.address(a))
    return (octets:gsub(".", function(c) return ("%02x"):format(c:byte()) end))
  end,
  nth = function(p, n) return cidr.prefix(p):nth(n) end,
  index = function(p, a) return cidr.prefix(p):index(a) or "-" end,
  next_prefix = function(p) return cidr.prefix(p):next() end,
  previous_prefix = function(p) return cidr.prefix(p):previous() end,
  host_range = function(p)
    local first, last, count = cidr.prefix(p):host_range()
    return ("%s\t%s\t%s"):format(first, last, count)
  end,
  hosts = function(p) return collect(cidr.prefix(p):hosts()) end,
  subnets = function(p, length) return collect(cidr.prefix(p):subnets(tonumber(length))) end,
  halves = function(p) return collect(cidr.prefix(p):subnets()) end,
  subnet_count = function(p, length) return cidr.prefix(p):subnet_count(tonumber(length)) end,
  subnet = function(p, length, n) return cidr.prefix(p):subnet(tonumber(length), n) end,
  supernet = function(p, length) return cidr.prefix(p):supernet(tonumber(length)) end,
  parent = function(p) return cidr.prefix(p):supernet() end,
  hostmask = function(p) return cidr.prefix(p):hostmask() end,
  netmask_text = function(p) return cidr.prefix(p, { netmask = true }) end,
  loose = function(p) return cidr.prefix(p, { loose = true }) end,
  strict = function(p) return cidr.prefix(p) end,
  bare = function(a) return cidr.prefix(a, { bare = true }) end,
  mask_length = function(mask) return cidr.mask_length(mask) or "-" end,
  exclude = function(a, b) return words(cidr.prefix(a):exclude(b)) end,
  within = function(a, b) return bit(cidr.prefix(a):within(b)) end,
  spanning = function(list) return cidr.spanning(split(list)) end,
  range = function(a, b) return words(cidr.from_range(a, b)) end,
  joined = function(list) return lines(cidr.set(list):text "ranges") end,
  reverse_zones = function(p) return table.concat(cidr.prefix(p):reverse_zones(), " ") end,
  from_reverse_zone = function(zone) return cidr.from_reverse_zone(zone) end,
  from_reverse_name = function(name) return cidr.from_reverse_name(name) end,
  is = function(a, kind) return bit(cidr.address(a):is(kind)) end,
  embedded = function(a) return (cidr.address(a):embedded_ipv4()) or "-" end,
  sort_prefixes = function(list) return sorted(list, cidr.prefix) end,
  sort_addresses = function(list) return sorted(list, cidr.address) end,
  complement = function(used, within) return set_words(set(used):complement(set(within))) end,
  free = function(used, within) return set_words(set(used):free(set(within))) end,
  free_blocks = function(used, within, length)
    return words(set(used):free_blocks(set(within), tonumber(length)))
  end,
  find_free = function(used, within, length, fit)
    local found, reason = set(used):find_free(set(within), tonumber(length), { fit = fit })
    test.truthy(found or reason)
    return found or "-"
  end,
  allocate = function(used, within, lengths, fit)
    local list = split(lengths)
    for i, length in ipairs(list) do
      list[i] = tonumber(length)
    end
    local blocks, now = set(used):allocate(set(within), list, { fit = fit })
    if not blocks then
      return "-"
    end
    test.truthy(now == set(used):union(blocks))
    return words(blocks)
  end,
  ranges = function(a) return lines(set(a):text "ranges") end,
  subset = function(a, b) return bit(set(a) <= set(b)) end,
  proper = function(a, b) return bit(set(a) < set(b)) end,
  equal = function(a, b)
    test.equal(set(a) == set(b), set(a):equal(b == "-" and {} or split(b)))
    return bit(set(a) == set(b))
  end,
  diff = function(a, b)
    local added, removed = set(a):diff(set(b))
    return set_words(added) .. "|" .. set_words(removed)
  end,
  family_size = function(a, family) return set(a):size(tonumber(family)) end,
  prefix_count = function(a)
    test.equal(words(cidr.aggregate(a == "-" and {} or split(a))), set_words(set(a)))
    return #set(a)
  end,
  lookup_many = function(steps, base)
    local routes, addresses, out = routes_of(steps), {}, {}
    for i = 1, 256 do
      addresses[i] = cidr.address(base) + (i - 1)
      out[i] = tostring(routes:lookup(addresses[i]) or "-")
    end
    test.equal(table.concat(routes:lookup_many(addresses, "-"), " "), table.concat(out, " "))
    local less = routes:aggregate()
    test.truthy(#less <= #routes and routes:differing(less):is_empty())
    test.equal(table.concat(less:lookup_many(addresses, "-"), " "), table.concat(out, " "))
    return table.concat(out, " ")
  end,
  shadowed = function(steps) return words(routes_of(steps):shadowed()) end,
  redundant = function(steps) return words(routes_of(steps):redundant()) end,
  covering = function(steps, block) return words(routes_of(steps):matches(block)) end,
  exact = function(steps, block) return routes_of(steps):exact(block) or "-" end,
  compare = function(steps, other)
    local found = routes_of(steps):compare(routes_of(other))
    return words(found.added) .. "|" .. words(found.removed) .. "|" .. words(found.changed)
  end,
  differing = function(steps, other) return set_words(routes_of(steps):differing(routes_of(other))) end,
  pairs = function(list)
    local found = {}
    for i, pair in ipairs(cidr.overlap.pairs(prefixes(list))) do
      found[i] = { math.min(pair.outer, pair.inner), math.max(pair.outer, pair.inner) }
    end
    table.sort(found, function(a, b) return a[1] < b[1] or a[1] == b[1] and a[2] < b[2] end)
    for i, pair in ipairs(found) do
      found[i] = pair[1] .. "-" .. pair[2]
    end
    return #found > 0 and table.concat(found, " ") or "-"
  end,
}

-- Results of one field, but for those named here.
local FIELDS = { host_range = 3 }

local function check(line)
  local fields = {}
  for field in (line .. "\t"):gmatch "([^\t]*)\t" do
    fields[#fields + 1] = field
  end
  local operation = fields[1]
  local from = #fields - (FIELDS[operation] or 1)
  local expected = table.concat(fields, "\t", from + 1)
  local ok, result = pcall(assert(run[operation], operation), table.unpack(fields, 2, from))
  local actual = ok and tostring(result) or "!"
  if actual ~= expected then
    return ("%s\n  actual   %s"):format(line, ok and actual or tostring(result))
  end
  return not ok and result.kind ~= "input" and line .. ": " .. tostring(result) or nil
end

test("every case", function()
  local answer = process.run { "python3", "-B", "tests/data/cidr_oracle.py", env.get "CIDR_ORACLE_SEED" or "1",
    env.get "CIDR_ORACLE_ROUNDS" or "220", timeout = 120, max_output = 1 << 28 }
  test.equal({ answer.code, answer.stderr }, { 0, "" })
  local count, seen, wrong = 0, {}, {}
  for line in answer.stdout:gmatch "[^\n]+" do
    wrong[#wrong + 1] = check(line)
    count = count + 1
    seen[line:match "^[^\t]+"] = true
  end
  test.equal(table.concat(wrong, "\n", 1, math.min(#wrong, 20)), "")
  test.truthy(count >= 20000)
  for operation in pairs(run) do
    test.truthy(seen[operation])
  end
end)
