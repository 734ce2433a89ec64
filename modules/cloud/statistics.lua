-- SPDX-License-Identifier: MIT
-- Counts what was sent to the cloud, so that plan and apply can say how many API calls they made.
local statistics = {}

local totals, by_action

local function fresh()
  return { calls = 0, retries = 0, throttled = 0, errors = 0, waited = 0.0 }
end

--- Forgets all counts.
function statistics.reset()
  totals, by_action = fresh(), {}
end

statistics.reset()

--- Adds to the counts of one operation and to the totals.
---@param operation cloud.Operation
---@param field "calls"|"retries"|"throttled"|"errors"|"waited"
---@param amount number? 1 when left out; seconds for "waited"
function statistics.add(operation, field, amount)
  local actions = by_action[operation.product]
  if not actions then
    actions = {}
    by_action[operation.product] = actions
  end
  local one = actions[operation.action]
  if not one then
    one = fresh()
    actions[operation.action] = one
  end
  amount = amount or 1
  one[field] = one[field] + amount
  totals[field] = totals[field] + amount
end

--- A copy of the counts: calls (requests sent, retries included), retries, throttled, errors,
--- waited (seconds spent between attempts), and `by` with the same per "product.Action".
---@return cloud.Statistics
function statistics.read()
  local copy = { by = {} }
  for field, value in pairs(totals) do
    copy[field] = value
  end
  for product, actions in pairs(by_action) do
    for action, counts in pairs(actions) do
      local one = fresh()
      for field, value in pairs(counts) do
        one[field] = value
      end
      copy.by[product .. "." .. action] = one
    end
  end
  return copy
end

return statistics
