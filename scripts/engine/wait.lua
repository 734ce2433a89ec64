-- SPDX-License-Identifier: MIT
-- engine.wait: adaptive polls. Nothing sleeps for a fixed time: the first look comes when such a change was
-- seen to be done before (or is usual), later ones at intervals that grow with the wait, under a deadline.
local clock = require "clock"
local errors = require "errors"
local task = require "task"

local M = {}

-- Seconds that a change usually takes; what was really seen replaces them during a run (Pace).
M.usual = { peering = 3, route = 3, endpoint = 7, zone = 7, security_group = 0, invocation = 0.6, removal = 3 }

-- A command takes the time it takes: how fast the cloud's own changes are says nothing about it.
local OWN_TIME <const> = { invocation = true }

local EARLY_LOOK <const> = 0.2 -- of a cloud that nothing is known of yet
local AFTER_USUAL <const> = 1.005 -- look just after the usual moment, not at it
local SHORTEST <const> = 0.01
local LONGEST_GUESS <const> = 0.75 -- what other kinds took is a guess: it may cost no more than this
local FIRST_INTERVAL <const> = 0.25
local SHARE <const> = 1 / 8 -- the end of a wait is noticed within an eighth of its length
local LONGEST_INTERVAL <const> = 3
local NARROW <const> = 0.9 -- a bracket this narrow needs no further halving

---@class Pace
---@field scale number? how fast this cloud is compared with `usual`, when it is known (an embedded sandbox)
---@field estimate number? the same, guessed from the last change that was seen
---@field seen table<string, { low: number, high: number }> last look that was too early, first that was not
local Pace = {}
Pace.__index = Pace

--- What a run knows about the speed of the cloud it works on.
---@param scale? number known speed (an embedded sandbox tells its time scale)
---@return Pace
function M.pace(scale)
  return setmetatable({ scale = scale, seen = {} }, Pace)
end

--- Seconds to the first look at a change of this kind.
---@param kind string
---@return number
function Pace:first(kind)
  local seen = self.seen[kind]
  if OWN_TIME[kind] then
    return seen and seen.high or M.usual[kind]
  elseif self.scale then
    return math.max(SHORTEST, M.usual[kind] * self.scale * AFTER_USUAL)
  elseif seen then
    return seen.low > seen.high * NARROW and seen.high or (seen.low + seen.high) / 2
  elseif self.estimate then
    return math.max(SHORTEST, math.min(M.usual[kind] * self.estimate * AFTER_USUAL, LONGEST_GUESS))
  end
  return EARLY_LOOK
end

--- Seconds to the look after one at `elapsed` that came too early.
---@param kind string
---@param elapsed number
---@return number
function Pace:next(kind, elapsed)
  local seen = self.seen[kind]
  if seen and elapsed < seen.high * NARROW then
    return seen.high - elapsed
  end
  local shortest = FIRST_INTERVAL
  if self.scale and not OWN_TIME[kind] then
    shortest = math.min(FIRST_INTERVAL, self.scale * FIRST_INTERVAL)
  end
  return math.max(shortest, SHORTEST, math.min(LONGEST_INTERVAL, elapsed * SHARE))
end

--- Notes when a change was not yet done, and when it was.
---@param kind string
---@param low number seconds
---@param high number seconds
function Pace:saw(kind, low, high)
  local before = self.seen[kind]
  if before and low == 0 and before.low < high then
    low = before.low
  end
  self.seen[kind] = { low = low, high = high }
  if M.usual[kind] > 0 and not OWN_TIME[kind] then
    self.estimate = high / M.usual[kind]
  end
end

--- Looks until `look()` gives a value.
---@param options { kind: string, what: string, timeout: number, pace: Pace, started: number? }
---@param look fun(): any, string? the result, or nil and the present state; raises for a bad final state
---@return any result
---@return number seconds from `started` to the look that succeeded
function M.poll(options, look)
  local started = options.started or clock.monotonic()
  local pause = options.pace:first(options.kind) - (clock.monotonic() - started)
  local too_early = 0
  while true do
    if pause > 0 then
      task.sleep(pause)
    end
    local result, state = look()
    local elapsed = clock.monotonic() - started
    if result ~= nil then
      options.pace:saw(options.kind, too_early, elapsed)
      return result, elapsed
    end
    if elapsed > options.timeout then
      errors.raise { kind = "timeout", code = "NotReadyInTime",
        message = ("%s is still %s after %.0f s"):format(options.what, tostring(state), elapsed),
        hint = "nothing is lost: run the same command again; it goes on waiting for the same object" }
    end
    too_early = elapsed
    pause = options.pace:next(options.kind, elapsed)
  end
end

return M
