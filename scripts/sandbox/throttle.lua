-- SPDX-License-Identifier: MIT
-- Flow control per account and operation: a window of some seconds in which so many calls are served.

local failure = require "sandbox.failure"

local throttle = {}
throttle.__index = throttle

---@param rates table<string, {calls:integer, seconds:number}> by "Product.Action", "Product" or "*"
function throttle.new(rates)
  return setmetatable({ rates = rates, windows = {} }, throttle)
end

local function rate_of(self, product, action, operation)
  return self.rates[product .. "." .. action] or self.rates[product] or operation.rate or self.rates["*"]
end

---Counts a call; raises Throttling.User when there are too many in the window.
function throttle:admit(uid, product, action, operation, now)
  local rate = rate_of(self, product, action, operation)
  if not rate then return end
  local key = ("%d %s %s"):format(uid, product, action)
  local window = self.windows[key]
  if not window or now >= window.ends then
    window = { ends = now + rate.seconds, left = rate.calls }
    self.windows[key] = window
  end
  if window.left > 0 then
    window.left = window.left - 1
    return
  end
  local wait = math.ceil((window.ends - now) * 1000)
  failure.raise("Throttling.User", nil, { headers = throttle.headers(wait, rate.calls) })
end

---The headers that tell a client how long to wait.
---@param wait integer milliseconds
---@param limit? integer calls per window
function throttle.headers(wait, limit)
  return { ["x-acs-retry-after"] = tostring(wait),
    ["x-ratelimit-user-api"] = ("Limit:%d,Remain:0,TimeLeft:%d,Reset:%d"):format(limit or 1, wait, wait) }
end

return throttle
