-- SPDX-License-Identifier: MIT
-- overlap.lua: which of many networks can be connected: overlapping pairs, and how bad each overlap is.
-- Loaded as `cidr.overlap` on first use.
local native = require "cidr.native"

local overlap = {}

-- From good to bad; see overlap.matrix in types.lua.
local GRADES = { "full", "subnets", "partial", "impossible" }

function overlap.pairs(blocks)
  local flat = native.overlapping(blocks)
  local list = {}
  for i = 1, #flat, 2 do
    list[#list + 1] = { outer = flat[i], inner = flat[i + 1] }
  end
  return list
end

--- The list of blocks of one level of a network; a level that is not given is the level above.
local function list_of(network, level)
  if level == "used" and network.used then
    return network.used
  elseif level ~= "blocks" and network.subnets then
    return network.subnets
  end
  return network.blocks
end

--- The blocks of one level of the networks whose indexes are given (nil: all), and whose each one is.
local function collect(networks, level, indexes)
  local blocks, owners, n = {}, {}, 0
  for position = 1, indexes and #indexes or #networks do
    local index = indexes and indexes[position] or position
    local network = networks[index]
    local list = list_of(network, level)
    if list then
      for _, block in ipairs(list) do
        n = n + 1
        blocks[n], owners[n] = block, index
      end
    else
      n = n + 1
      blocks[n], owners[n] = network.block, index
    end
  end
  return blocks, owners
end

--- Overlaps between different networks at one level: calls found(a, b, block of a, block of b), a < b.
local function each_conflict(networks, level, indexes, found)
  local blocks, owners = collect(networks, level, indexes)
  local flat = native.overlapping(blocks)
  for i = 1, #flat, 2 do
    local one, other = flat[i], flat[i + 1]
    if owners[one] > owners[other] then
      one, other = other, one
    end
    if owners[one] ~= owners[other] then
      found(owners[one], owners[other], blocks[one], blocks[other])
    end
  end
end

--- Worsens to `grade` the pairs that conflict at `level` and were already that bad in the one before.
local function grade_level(networks, conflicts, level, grade, indexes)
  each_conflict(networks, level, indexes, function(a, b, one, other)
    local conflict = conflicts[a] and conflicts[a][b]
    if conflict then
      conflict.grade = GRADES[grade]
      conflict[level] = conflict[level] or {}
      table.insert(conflict[level], { one, other })
    end
  end)
end

local function check(networks)
  for index, network in ipairs(networks) do
    if type(network) ~= "table" or not (network.blocks or network.block) then
      error(("element %d of the list has neither block nor blocks"):format(index), 3)
    end
  end
end

--- The networks that have any conflict.
local function involved(order)
  local seen, indexes = {}, {}
  for _, pair in ipairs(order) do
    for _, index in ipairs(pair) do
      if not seen[index] then
        seen[index] = true
        indexes[#indexes + 1] = index
      end
    end
  end
  return indexes
end

function overlap.matrix(networks)
  check(networks)
  local conflicts, order = {}, {}
  each_conflict(networks, "blocks", nil, function(a, b, one, other)
    local row = conflicts[a] or {}
    conflicts[a] = row
    if not row[b] then
      row[b] = { a = networks[a].label or a, b = networks[b].label or b, grade = "subnets", blocks = {} }
      order[#order + 1] = { a, b }
    end
    table.insert(row[b].blocks, { one, other })
  end)
  if #order > 0 then
    local indexes = involved(order)
    grade_level(networks, conflicts, "subnets", 3, indexes)
    grade_level(networks, conflicts, "used", 4, indexes)
  end
  table.sort(order, function(x, y)
    return x[1] < y[1] or (x[1] == y[1] and x[2] < y[2])
  end)
  local list = {}
  for i, pair in ipairs(order) do
    list[i] = conflicts[pair[1]][pair[2]]
  end
  return list
end

return overlap
