-- SPDX-License-Identifier: MIT
-- Counts what was sent to the cloud, so that plan and apply can say how many API calls they made.
local statistics = {}

local totals, by_action

--- Forgets all counts.
function statistics.reset()
  totals = { calls = 0, retries = 0, throttled = 0, errors = 0, waited = 0.0 }
  by_action = {}
end

statistics.reset()

local function entry(product, action)
  local key = product .. "." .. action
  local found = by_action[key]
  if not found then
    found = { calls = 0, retries = 0, throttled = 0, errors = 0, waited = 0.0 }
    by_action[key] = found
  end
  return found
end

--- Adds to the counts of one operation and to the totals.
---@param product string
---@param action string
---@param field "calls"|"retries"|"throttled"|"errors"|"waited"
---@param amount number? 1 when left out; seconds for "waited"
function statistics.add(product, action, field, amount)
  local one = entry(product, action)
  one[field] = one[field] + (amount or 1)
  totals[field] = totals[field] + (amount or 1)
end

--- A copy of the counts: calls (requests sent, retries included), retries, throttled, errors,
--- waited (seconds spent between attempts), and `by` with the same per "product.Action".
---@return cloud.Statistics
function statistics.read()
  local copy = { by = {} }
  for field, value in pairs(totals) do
    copy[field] = value
  end
  for key, counts in pairs(by_action) do
    copy.by[key] = { calls = counts.calls, retries = counts.retries, throttled = counts.throttled,
      errors = counts.errors, waited = counts.waited }
  end
  return copy
end

return statistics
