-- SPDX-License-Identifier: MIT
-- What one account may send to one product in one region: retry tokens, a window of calls in flight, and
-- after the first "Throttling" a pace learnt from the answers (cubic growth, as in the AWS SDKs' adaptive
-- mode), so that many tasks together settle at the cloud's limit instead of hammering it.
local clock = require "clock"
local task = require "task"

local budget = {}
budget.__index = budget

local capacity <const> = 500 -- retry tokens
local first_window <const> = 64 -- calls in flight at the start; each success adds one
local last_window <const> = 1024
local smallest_window <const> = 4
local beta <const> = 0.7 -- what is left of the pace after a "Throttling"
local scale <const> = 0.4 -- how fast the pace grows again
local slowest <const> = 0.5 -- calls a second
local smoothing <const> = 0.8
local bucket_seconds <const> = 0.5

-- ---- retry tokens ----

--- Takes the price of one repetition; false when the budget is used up.
---@param cost integer
---@return boolean
function budget:take(cost)
  if self.tokens < cost then
    return false
  end
  self.tokens = self.tokens - cost
  return true
end

-- ---- the window of calls in flight ----

local function hand_on(self)
  while self.head <= self.tail and self.in_flight < self.window do
    local place = self.waiting[self.head]
    self.waiting[self.head] = nil
    self.head = self.head + 1
    if not place.dropped then
      place.given = true
      self.in_flight = self.in_flight + 1
      place.event:set(true)
    end
  end
end

local function leave_window(self)
  self.in_flight = self.in_flight - 1
  if self.head <= self.tail then
    hand_on(self)
  end
end

-- Waits for a place in the window; first come, first served. A task that dies while waiting gives it up.
local function wait_for_place(self)
  local place = { event = task.event() }
  self.tail = self.tail + 1
  self.waiting[self.tail] = place
  local _ <close> = setmetatable({}, { __close = function()
    if place.taken then
      return
    elseif place.given then
      leave_window(self)
    else
      place.dropped = true
    end
  end })
  place.event:wait()
  place.taken = true
end

-- ---- the pace ----

local function measure(self, now)
  local bucket = now // bucket_seconds
  if bucket > self.bucket then
    local current = self.bucket_calls / ((bucket - self.bucket) * bucket_seconds)
    self.measured = current * smoothing + self.measured * (1 - smoothing)
    self.bucket, self.bucket_calls = bucket, 0
  end
  self.bucket_calls = self.bucket_calls + 1
end

-- Calls a second that were sent lately; while the first bucket fills, what it holds so far.
local function recent_rate(self)
  return math.max(slowest, self.measured > 0 and self.measured or self.bucket_calls / bucket_seconds)
end

local function wait_for_turn(self)
  self.turn:with(function()
    local now = clock.monotonic()
    if self.next_start > now then
      task.sleep(self.next_start - now)
      now = clock.monotonic()
    end
    if self.pace then
      self.next_start = math.max(self.next_start, now) + 1 / self.pace
    end
  end)
end

-- The documented limit of one operation ({ calls, seconds }): bursts of `calls` pass, then evenly.
local function wait_for_rate(self, operation)
  local rate = operation.rate
  local now, gap = clock.monotonic(), rate.seconds / rate.calls
  local due = math.max(self.fixed[operation.action] or 0, now - rate.seconds) + gap
  self.fixed[operation.action] = due
  if due > now then
    task.sleep(due - now)
  end
end

--- Runs `fn(argument, now)` as one call: waits for the window and the pace, then calls it.
---@param operation cloud.Operation
---@param fn fun(argument: any, now: number): any now: clock.monotonic() when its turn has come
---@param argument any
---@return any what fn returns
function budget:run(operation, fn, argument)
  if operation.rate then
    wait_for_rate(self, operation)
  end
  if self.in_flight < self.window and self.head > self.tail then
    self.in_flight = self.in_flight + 1
  else
    wait_for_place(self)
  end
  local _ <close> = self.place
  if self.pace or self.next_start > 0 then
    wait_for_turn(self)
  end
  local now = clock.monotonic()
  measure(self, now)
  return fn(argument, now)
end

--- The cloud answered without throttling: what the last repetition cost comes back, or one token for a first
--- try; the window widens, and the pace grows.
---@param paid integer retry tokens taken for the last repetition
function budget:succeeded(paid)
  local tokens = self.tokens + (paid > 0 and paid or 1)
  self.tokens = tokens < capacity and tokens or capacity
  if self.window < last_window then
    self.window = self.window + 1
  end
  if self.pace then
    local recovery = (self.best_pace * (1 - beta) / scale) ^ (1 / 3)
    local wanted = scale * (clock.monotonic() - self.throttled_at - recovery) ^ 3 + self.best_pace
    self.pace = math.max(slowest, math.min(wanted, 2 * recent_rate(self)))
  end
end

--- The cloud said "Throttling" to a call sent at `sent_at`: slow down, once per round of calls.
---@param sent_at number clock.monotonic() when the call was sent
---@param retry_after number? seconds the cloud asked to wait
function budget:throttled(sent_at, retry_after)
  local now = clock.monotonic()
  if retry_after then
    self.next_start = math.max(self.next_start, now + retry_after)
  end
  if sent_at <= self.throttled_at then
    return
  end
  local rate = math.min(recent_rate(self), self.pace or math.huge)
  self.best_pace, self.throttled_at = rate, now
  self.pace = math.max(slowest, rate * beta)
  self.window = math.max(smallest_window, self.window // 2)
end

-- ---- the budgets of this run ----

--- A fresh budget.
---@return cloud.Budget
function budget.new()
  local self = setmetatable({
    tokens = capacity, window = first_window, in_flight = 0, waiting = {}, head = 1, tail = 0,
    measured = 0.0, bucket = clock.monotonic() // bucket_seconds, bucket_calls = 0,
    pace = nil, next_start = 0.0, throttled_at = -math.huge, best_pace = 0.0, turn = task.semaphore(1),
    fixed = {},
  }, budget)
  self.place = setmetatable({}, { __close = function()
    leave_window(self)
  end })
  return self
end

local by_account = setmetatable({}, { __mode = "k" })

--- The budget shared by all clients of one account, product and region.
---@param account any the account handle
---@param product string
---@param region string?
---@return cloud.Budget
function budget.of(account, product, region)
  local budgets = by_account[account]
  if not budgets then
    budgets = {}
    by_account[account] = budgets
  end
  local regions = budgets[product]
  if not regions then
    regions = {}
    budgets[product] = regions
  end
  region = region or ""
  regions[region] = regions[region] or budget.new()
  return regions[region]
end

return budget
