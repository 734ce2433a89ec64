-- SPDX-License-Identifier: MIT
-- "Did you mean": the candidate nearest to a mistyped name, by edit distance without regard to case.
local nearest = {}

local function row_minimum(previous, current, a, b, i)
  local byte = a:byte(i)
  current[0] = i
  for j = 1, #b do
    local cost = byte == b:byte(j) and 0 or 1
    current[j] = math.min(previous[j] + 1, current[j - 1] + 1, previous[j - 1] + cost)
  end
end

--- Levenshtein distance of two texts, in bytes.
---@param a string
---@param b string
---@return integer
function nearest.distance(a, b)
  local previous, current = {}, {}
  for j = 0, #b do
    previous[j] = j
  end
  for i = 1, #a do
    row_minimum(previous, current, a, b, i)
    previous, current = current, previous
  end
  return previous[#b]
end

--- The nearest candidate, or nil when none is near enough to be what was meant (a third of the letters wrong).
---@param name string
---@param candidates string[]
---@return string?
function nearest.find(name, candidates)
  local wanted = name:lower()
  local best, best_distance
  for _, candidate in ipairs(candidates) do
    local distance = nearest.distance(wanted, candidate:lower())
    if not best_distance or distance < best_distance then
      best, best_distance = candidate, distance
    end
  end
  if best and best_distance <= math.max(1, #name // 3) then
    return best
  end
  return nil
end

return nearest
