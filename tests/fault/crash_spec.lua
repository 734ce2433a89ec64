-- SPDX-License-Identifier: MIT
-- Crashes in the simulated world: apply and destroy are killed at each call and around each write of the
-- ledger; only ledger file and cloud survive; the same command again must end well at the first try.
-- Replay one:  peerway test --verbose --only 'NAME AS PRINTED' tests/fault/crash_spec.lua
-- More: PEERWAY_FAULT_SCALE=10 (all modes, all moments), PEERWAY_FAULT_SEED=2 (other random numbers).
local harness = dofile((debug.getinfo(1, "S").source:match "^@(.*/)" or "./") .. "harness.lua")
local random = require "random"
local task = require "task"
local test = require "spec"

local CHECK <const> = { apply = harness.check_applied, destroy = harness.check_destroyed }

local function with(mode, verb, options, fn)
  local b = harness.new(mode, options)
  local closer <close> = setmetatable({}, { __close = function() harness.close(b) end }) -- luacheck: ignore
  if verb == "destroy" then
    test.equal((harness.run(b, "apply")), 0, "the apply before it")
  end
  fn(b)
end

local function again(b, verb, limit, settle)
  local code, report, problem = harness.run(b, verb)
  test.equal(code, 0, "the same command again: " .. tostring(problem))
  task.sleep(settle or 0)
  test.truthy(#report.calls <= limit, ("it took %d calls, expected at most %d"):format(#report.calls, limit))
  CHECK[verb](b)
end

local function single(mode, verb, when, at, count, share, options, label)
  harness.register(("%s %s%s: killed %s moment %03d"):format(mode, verb, label or "", when, at), share, function()
    with(mode, verb, options, function(b)
      local killed, code = harness.crash(b, verb, when, at)
      test.truthy(killed, "not killed, exit " .. tostring(code))
      local settle = options and options.times.visibility or 0
      again(b, verb, 2 * count + 40 + 3 * settle, settle)
    end)
  end)
end

local MOMENTS <const> = { "before", "after", "flood", "write before", "write after" }
local SHARE <const> = { domain = 1, endpoint = 0.3, swapped = 0.1 }
local counts = {}

for _, mode in ipairs { "domain", "endpoint", "swapped" } do
  for _, verb in ipairs { "apply", "destroy" } do
    for _, when in ipairs(MOMENTS) do
      local count = harness.moments(mode, verb, when)
      counts[mode .. verb .. when] = count
      for at = 1, count do
        single(mode, verb, when, at, count, SHARE[mode])
      end
    end
  end
end
harness.announce "one crash"

-- The cloud forgets tokens at once or after 10 minutes; new objects are missing in lists for a while.
for _, mode in ipairs { "domain", "endpoint" } do
  for _, cell in ipairs { { 0, 0 }, { 0, 5 }, { 600, 5 }, { 600, 60 }, { 86400, 60 }, { 0, 60 } } do
    for _, when in ipairs { "before", "after" } do
      local count = counts[mode .. "apply" .. when]
      for at = 1, count do
        single(mode, "apply", when, at, 3 * count, 0.12,
          { token_retention = cell[1], times = { visibility = cell[2] } },
          (", tokens %d s, visible after %d s"):format(cell[1], cell[2]))
      end
    end
  end
end
harness.announce "tokens and visibility"

-- Killed, and killed again while it recovers.
for number = 1, math.floor(20 * harness.scale) do
  local mode = ({ "domain", "endpoint", "swapped" })[number % 3 + 1]
  local verb = number % 4 == 0 and "destroy" or "apply"
  harness.register(("%s %s: killed three times, number %04d"):format(mode, verb, number), 1, function()
    with(mode, verb, nil, function(b)
      for _ = 1, 3 do
        local when = MOMENTS[random.integer(1, #MOMENTS)]
        harness.crash(b, verb, when, random.integer(1, counts[mode .. verb .. when]))
      end
      again(b, verb, 3 * counts[mode .. verb .. "before"] + 40)
    end)
  end)
end
harness.announce "three crashes in a row"
