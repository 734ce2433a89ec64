-- SPDX-License-Identifier: MIT
-- Adaptive polls, on the virtual clock: how late the end of a wait is noticed, and how many looks it takes.
local clock = require "clock"
local errors = require "errors"
local test = require "spec"
local wait = require "engine.wait"

-- Waits for something that is ready after `seconds`; returns when it was noticed and the number of looks.
local function wait_for(seconds, pace, kind)
  local started, looks = clock.monotonic(), 0
  local _, elapsed = wait.poll({ kind = kind or "peering", what = "x", timeout = 100, pace = pace }, function()
    looks = looks + 1
    if clock.monotonic() - started >= seconds then
      return true
    end
    return nil, "Creating"
  end)
  return elapsed, looks
end

test.simulated("an unknown cloud: noticed within an eighth of the wait, or a quarter second", { seed = 1 }, function()
  for _, seconds in ipairs { 0, 0.1, 0.5, 1, 2, 3, 7, 20, 60 } do
    local elapsed = wait_for(seconds, wait.pace())
    test.truthy(elapsed >= seconds)
    test.truthy(elapsed - seconds <= math.max(0.26, seconds / 8 + 0.01),
      ("%.2f s noticed after %.2f s"):format(seconds, elapsed))
  end
end)

test.simulated("a cloud of known speed: one look, just after the usual moment", { seed = 1 }, function()
  for _, scale in ipairs { 0.05, 0.1, 1 } do
    local elapsed, looks = wait_for(3 * scale, wait.pace(scale))
    test.equal(looks, 1)
    test.truthy(elapsed <= 3 * scale * 1.03 + 0.01)
  end
end)

test.simulated("what was seen makes the next waits cheaper and closer", { seed = 1 }, function()
  local pace = wait.pace()
  local _, first = wait_for(3, pace)
  local last_elapsed, last_looks
  for _ = 1, 4 do
    last_elapsed, last_looks = wait_for(3, pace)
  end
  test.truthy(first > 5)
  test.truthy(last_looks <= 2, last_looks .. " looks")
  test.truthy(last_elapsed <= 3.2)
end)

test.simulated("a guess from another kind costs less than a second", { seed = 1 }, function()
  local pace = wait.pace()
  wait_for(10, pace, "peering")
  local elapsed = wait_for(0, pace, "route")
  test.truthy(elapsed <= 0.75)
end)

test.simulated("the deadline ends a wait with what was seen last", { seed = 1 }, function()
  local e = test.raises(function()
    wait.poll({ kind = "route", what = "the entry", timeout = 5, pace = wait.pace() }, function()
      return nil, "Pending"
    end)
  end, { kind = "timeout" })
  test.match(e.message, "the entry is still Pending")
end)

test.simulated("a bad final state ends a wait at once", { seed = 1 }, function()
  local started = clock.monotonic()
  test.raises(function()
    wait.poll({ kind = "peering", what = "x", timeout = 300, pace = wait.pace() }, function()
      errors.raise { kind = "cloud", code = "PeeringDead", message = "expired" }
    end)
  end, { code = "PeeringDead" })
  test.truthy(clock.monotonic() - started < 1)
end)
