-- SPDX-License-Identifier: MIT
-- engine.wait: adaptive polls. Nothing sleeps for a fixed time: the first look comes when such a change
-- was seen to be done before (or is usual), later ones at growing intervals, all under a deadline.
local clock = require "clock"
local errors = require "errors"
local task = require "task"

local M = {}

-- Seconds that a change usually takes; what was really seen replaces them during a run (Pace).
M.usual = { peering = 3, route = 3, endpoint = 7, zone = 7, security_group = 0, invocation = 1, removal = 3 }

local EARLY_LOOK <const> = 0.2 -- of a cloud that nothing is known of yet
local AFTER_USUAL <const> = 1.02 -- look just after the usual moment, not at it
local AFTER_SEEN <const> = 0.98 -- what was seen includes the pause before the look
local SHORTEST <const> = 0.01
local FIRST_INTERVAL <const> = 0.25
local GROWTH <const> = 1.5
local PATIENCE <const> = 5 -- up to here the end of a wait is noticed within MIDDLE_INTERVAL
local MIDDLE_INTERVAL <const> = 0.5
local LONGEST_INTERVAL <const> = 3

---@class Pace
---@field scale number? how fast this cloud is compared with `usual`; nil before the first change was seen
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
  if self.scale then
    return math.max(SHORTEST, M.usual[kind] * self.scale * AFTER_USUAL)
  elseif self.seen[kind] then
    return self.seen[kind] * AFTER_SEEN
  end
  return EARLY_LOOK
end

-- The pause after a look at `elapsed` that came too early.
local function next_pause(elapsed, pause)
  local longest = elapsed < PATIENCE and MIDDLE_INTERVAL or math.min(LONGEST_INTERVAL, elapsed / 10)
  return math.max(FIRST_INTERVAL, math.min(pause * GROWTH, longest))
end

--- Notes how long a change took.
function Pace:saw(kind, seconds)
  self.seen[kind] = seconds
end

--- Looks until `look()` gives a value.
---@param options { kind: string, what: string, timeout: number, pace: Pace, started: number? }
---@param look fun(): any, string? the result, or nil and the present state; raises for a bad final state
---@return any result
---@return number seconds from `started` to the look that succeeded
function M.poll(options, look)
  local started = options.started or clock.monotonic()
  local pause = options.pace:first(options.kind) - (clock.monotonic() - started)
  local interval = FIRST_INTERVAL / GROWTH
  while true do
    if pause > 0 then
      task.sleep(pause)
    end
    local result, state = look()
    local elapsed = clock.monotonic() - started
    if result ~= nil then
      options.pace:saw(options.kind, elapsed)
      return result, elapsed
    end
    if elapsed > options.timeout then
      errors.raise { kind = "timeout", code = "NotReadyInTime",
        message = ("%s is still %s after %.0f s"):format(options.what, tostring(state), elapsed),
        hint = "nothing is lost: run the same command again; it goes on waiting for the same object" }
    end
    interval = next_pause(elapsed, interval)
    pause = interval
  end
end

return M
