-- SPDX-License-Identifier: MIT
-- cidr_bench.lua: what the cidr module costs from Lua. usage: peerway run tests/bench/cidr_bench.lua FILE
local cidr = require "cidr"
local clock = require "clock"

local function timed(label, count, unit, body)
  local best = math.huge
  for _ = 1, 5 do
    local start = clock.monotonic()
    body()
    best = math.min(best, clock.monotonic() - start)
  end
  local scale = unit == "ns" and 1e9 or 1e3
  print(("%-58s %8.1f %s"):format(label, best / count * scale, unit))
end

local function random_addresses(count)
  local list = {}
  for i = 1, count do
    list[i] = cidr.from_integer(4, math.random(0, 0xffffffff))
  end
  return list
end

local function bench_lookups(path)
  local routes, started = cidr.route_table(), clock.monotonic()
  for line in io.lines(path) do
    routes:insert(line, 1)
  end
  print(("%-58s %8.1f %s"):format("route table from a file, line by line", (clock.monotonic() - started) * 1e3, "ms"))
  local addresses, texts = random_addresses(200000), {}
  for i, address in ipairs(addresses) do
    texts[i] = tostring(address)
  end
  timed("lookup(text), " .. #routes .. " entries", #texts, "ns", function()
    for i = 1, #texts do
      routes:lookup(texts[i])
    end
  end)
  timed("lookup(address)", #addresses, "ns", function()
    for i = 1, #addresses do
      routes:lookup(addresses[i])
    end
  end)
  timed("lookup_many(addresses)", #addresses, "ns", function() routes:lookup_many(addresses) end)
  timed("lookup_many(texts)", #texts, "ns", function() routes:lookup_many(texts) end)
end

local function bench_overlaps()
  local networks = {}
  for i = 1, 100000 do
    networks[i] = { label = i, block = cidr.from_integer(4, math.random(0, 0xffffffff)):prefix(math.random(20, 32)) }
  end
  local found
  timed("overlap.matrix of 100,000 blocks", 1, "ms", function() found = #cidr.overlap.matrix(networks) end)
  print(("%-58s %8d"):format("  conflicting pairs", found))
end

local function bench_free_space()
  local list, numbers = {}, {}
  for i = 0, 65535 do
    numbers[i + 1] = i
  end
  for i = 1, 60000 do
    local pick = math.random(i, 65536)
    numbers[i], numbers[pick] = numbers[pick], numbers[i]
    list[i] = ("10.%d.%d.0/24"):format(numbers[i] >> 8, numbers[i] & 255)
  end
  local used, count = cidr.set(list), nil
  timed("all free /24 in a /8 with 60,000 used", 1, "ms", function() count = #used:free_blocks("10.0.0.0/8", 24) end)
  assert(count == 5536)
  timed("first free /24", 1, "ms", function() return used:find_free("10.0.0.0/8", 24) end)
  timed("best fit for a /24", 1, "ms", function() return used:find_free("10.0.0.0/8", 24, { fit = "best" }) end)
  timed("a set from a list of 60,000 texts", 1, "ms", function() return cidr.set(list) end)
end

math.randomseed(1)
bench_lookups(arg[1])
bench_overlaps()
bench_free_space()
