-- SPDX-License-Identifier: MIT
-- model.suggest: "did you mean": the nearest known name by edit distance.
local M = {}

-- Optimal string alignment distance: insert, delete, replace and swap of neighbours cost 1 each.
local function distance(a, b)
  local before, previous = {}, {}
  for j = 0, #b do
    previous[j] = j
  end
  for i = 1, #a do
    local current = { [0] = i }
    for j = 1, #b do
      local cost = a:byte(i) == b:byte(j) and 0 or 1
      local best = math.min(previous[j] + 1, current[j - 1] + 1, previous[j - 1] + cost)
      if i > 1 and j > 1 and a:byte(i) == b:byte(j - 1) and a:byte(i - 1) == b:byte(j) then
        best = math.min(best, before[j - 2] + 1)
      end
      current[j] = best
    end
    before, previous = previous, current
  end
  return previous[#b]
end

--- The name in `names` that is nearest to `word`, or nil when none is near enough to be a slip of
--- the keyboard (at most a third of the letters differ, and at least one may).
---@param word string
---@param names string[]
---@return string?
function M.nearest(word, names)
  local lower = word:lower():gsub("-", "_")
  local limit = math.max(1, #word // 3)
  local best, best_distance
  for _, name in ipairs(names) do
    local d = distance(lower, (name:lower():gsub("-", "_")))
    if d <= limit and (not best_distance or d < best_distance or (d == best_distance and name < best)) then
      best, best_distance = name, d
    end
  end
  return best
end

return M
