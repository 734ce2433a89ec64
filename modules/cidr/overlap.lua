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

--- The blocks of one level of a network; a level that is not given is the level above.
local function blocks_of(network, level)
  if level == "blocks" then
    return network.blocks or { network.block }
  elseif level == "subnets" then
    return network.subnets or blocks_of(network, "blocks")
  end
  return network.used or blocks_of(network, "subnets")
end

--- Overlaps between different networks at one level: calls found(a, b, block of a, block of b), a < b.
local function each_conflict(networks, level, found)
  local blocks, owners = {}, {}
  for index, network in ipairs(networks) do
    for _, block in ipairs(blocks_of(network, level)) do
      blocks[#blocks + 1] = block
      owners[#owners + 1] = index
    end
  end
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
local function grade_level(networks, conflicts, level, grade)
  each_conflict(networks, level, function(a, b, one, other)
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

function overlap.matrix(networks)
  check(networks)
  local conflicts, order = {}, {}
  each_conflict(networks, "blocks", function(a, b, one, other)
    local row = conflicts[a] or {}
    conflicts[a] = row
    if not row[b] then
      row[b] = { a = networks[a].label or a, b = networks[b].label or b, grade = "subnets", blocks = {} }
      order[#order + 1] = { a, b }
    end
    table.insert(row[b].blocks, { one, other })
  end)
  if #order > 0 then
    grade_level(networks, conflicts, "subnets", 3)
    grade_level(networks, conflicts, "used", 4)
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
