-- SPDX-License-Identifier: MIT
-- commands.diagnosis: from verdicts of many layers to the one that is to blame: the first broken layer on the
-- way of a packet, not the last symptom.
local M = {}

-- The way of a request. What is configured comes before what is seen, because it explains it.
M.layers = { "account", "peering", "endpoint", "agent", "dns", "forward route", "return route", "security group",
  "host", "tcp", "tls", "http", "tunnel", "privacy" }

local RANK <const> = {}
for index, layer in ipairs(M.layers) do
  RANK[layer] = index
end

--- The failed verdict that comes first on the way.
---@param verdicts Verdict[]
---@return Verdict?
function M.first_broken(verdicts)
  local first
  for _, verdict in ipairs(verdicts) do
    if verdict.ok == false and (not first or (RANK[verdict.layer] or 99) < (RANK[first.layer] or 99)) then
      first = verdict
    end
  end
  return first
end

--- Sorts verdicts along the way of a request, flows apart.
---@param verdicts Verdict[]
---@return Verdict[]
function M.sorted(verdicts)
  local list = table.move(verdicts, 1, #verdicts, 1, {})
  local order = {}
  for index, verdict in ipairs(list) do
    order[verdict] = index
  end
  table.sort(list, function(a, b)
    if a.flow ~= b.flow then return (a.flow or "") < (b.flow or "") end
    local left, right = RANK[a.layer] or 99, RANK[b.layer] or 99
    if left ~= right then return left < right end
    return order[a] < order[b]
  end)
  return list
end

return M
