-- SPDX-License-Identifier: MIT
-- Counts what was sent to the cloud, so that plan and apply can say how many API calls they made.
local statistics = {}

local counts_of = {} -- "product.Action" -> counts, which callers hold: they are set to zero, never replaced

local function fresh()
  return { calls = 0, retries = 0, throttled = 0, errors = 0, waited = 0.0 }
end

--- Sets all counts to zero.
function statistics.reset()
  for _, counts in pairs(counts_of) do
    for field, zero in pairs(fresh()) do
      counts[field] = zero
    end
  end
end

--- The counts of one operation, for whoever makes its calls to add to: calls (requests sent, retries included),
--- retries, throttled, errors, waited (seconds spent between attempts).
---@param operation cloud.Operation
---@return cloud.Statistics counts
function statistics.of(operation)
  local name = operation.product .. "." .. operation.action
  counts_of[name] = counts_of[name] or fresh()
  return counts_of[name]
end

--- A copy of the counts, summed up, and `by` with the same per "product.Action" that was called.
---@return cloud.Statistics
function statistics.read()
  local total = fresh()
  total.by = {}
  for name, counts in pairs(counts_of) do
    if counts.calls > 0 then
      local one = fresh()
      for field, value in pairs(counts) do
        one[field] = value
        total[field] = total[field] + value
      end
      total.by[name] = one
    end
  end
  return total
end

return statistics
