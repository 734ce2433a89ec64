-- SPDX-License-Identifier: MIT
-- One fault at each call of apply and destroy, in the simulated world: errors of every retry class, lost and cut
-- answers, silence, delays, throttling, duplicates, stale reads, garbage. What can be repeated ends well in
-- the same run; what is final says so, with the right exit code; the next run completes either way.
-- Replay one:  peerway test --verbose --only 'NAME AS PRINTED' tests/fault/faults_spec.lua
-- More: PEERWAY_FAULT_SCALE=10 (all modes, all moments), PEERWAY_FAULT_SEED=2 (other random numbers).
local harness = dofile((debug.getinfo(1, "S").source:match "^@(.*/)" or "./") .. "harness.lua")
local test = require "spec"

-- Passing faults: the call is repeated as its class allows.
local PASSING <const> = {
  { "throttled", { throttle = 1500 } },
  { "throttled by code", { error = "Throttling.Api" } },
  { "busy", { error = "TaskConflict" } },
  { "between two states", { error = "IncorrectStatus.VpcPeer", writes = true } },
  { "internal error", { error = "InternalError" } },
  { "unavailable", { error = "ServiceUnavailable" } },
  { "nonce used", { error = "SignatureNonceUsed" } },
  { "token still processing", { error = "LastTokenProcessing", writes = true } },
  { "internal error after the act", { error = "InternalError", when = "after" } },
  { "unavailable after the act", { error = "ServiceUnavailable", when = "after" } },
  { "request lost", { lost = true, when = "before" } },
  { "answer lost", { lost = true } },
  { "answer cut", { cut = 20 } },
  { "answer cut to nothing", { cut = 0 } },
  { "silence after the act", { stall = true } },
  { "slow", { delay = 4 } },
  { "slower than patience", { delay = 45 } },
  { "slow after the act", { delay = 45, when = "after" } },
  { "delivered twice", { duplicate = true } },
  { "delivered again later", { duplicate = 2 } },
  { "stale read", { stale = true, reads = true } },
  { "a proxy's page", { body = "<html>sign in</html>" } },
  { "a proxy's refusal", { body = "<html>no</html>", status = 502 } },
  { "empty body", { body = "" } },
  { "truncated JSON", { body = '{"RequestId":"x","Vpcs":{"Vpc":[{"VpcId":' } },
}

-- Final ones: exit code, and what the error has to name.
local FINAL <const> = {
  { "no permission", { error = "Forbidden.RAM" }, "Forbidden.RAM", { first = { 7 }, later = { 3, 7 } } },
  { "key gone", { error = "InvalidAccessKeyId.NotFound" }, "InvalidAccessKeyId", { first = { 7 }, later = { 3, 7 } } },
  { "quota reached", { error = "QuotaExceeded.Anything", writes = true }, "QuotaExceeded",
    { first = { 1, 3 }, later = { 1, 3 } } },
  { "unknown final error", { error = "SomethingNobodyKnows" }, "SomethingNobodyKnows",
    { first = { 1 }, later = { 1, 3 } } },
}

local CHECK <const> = { apply = harness.check_applied, destroy = harness.check_destroyed }
local READING <const> = { Describe = true, List = true, Get = true }

-- The calls of a clean run.
local function calls_of(mode, verb)
  local list
  harness.clean(mode, verb, function(b, before)
    list = table.move(b.box:calls(), before + 1, #b.box:calls(), 1, {})
  end)
  return list
end

local function with(mode, verb, fn)
  local b = harness.new(mode)
  local closer <close> = setmetatable({}, { __close = function() harness.close(b) end }) -- luacheck: ignore
  if verb == "destroy" then
    test.equal((harness.run(b, "apply")), 0, "the apply before it")
  end
  fn(b)
end

local function inject(b, rule, at)
  local fault = { call = at }
  for name, value in pairs(rule) do
    fault[name] = value
  end
  fault.reads, fault.writes = nil, nil
  b.box.faults:clear()
  b.box.faults:add { fault }
end

-- A call without a token must not be repeated blindly: the run may end with exit 1 or 3 then, and say why.
local function may_end(call, rule)
  local unknown = rule.lost or rule.cut or rule.stall or rule.body or rule.when == "after" or (rule.delay or 0) > 30
    or rule.error == "InternalError" or rule.error == "ServiceUnavailable"
  return unknown and not READING[call.action:match "^%u%l+"] and not call.params.ClientToken
end

local function finish(b, verb, code, count)
  if code ~= 0 then
    b.box.faults:clear()
    local again, report, problem = harness.run(b, verb)
    test.equal(again, 0, "the same command again: " .. tostring(problem))
    test.truthy(#report.calls <= 2 * count + 40, ("the next run took %d calls"):format(#report.calls))
  end
  b.box.faults:clear()
  CHECK[verb](b)
end

local function passing(mode, verb, fault, at, call, count)
  local name, rule = fault[1], fault[2]
  return function()
    with(mode, verb, function(b)
      inject(b, rule, at)
      local code, report, problem = harness.run(b, verb)
      test.truthy(#report.calls <= count + 40, ("it took %d calls, without the fault %d"):format(#report.calls, count))
      if code ~= 0 and may_end(call, rule) then
        harness.check_final(code, problem, { 1, 3 }, call.action)
      else
        test.equal(code, 0, ("%s at %s.%s: %s"):format(name, call.product, call.action, tostring(problem)))
      end
      finish(b, verb, code, count)
    end)
  end
end

local function final(mode, verb, fault, at, started, count)
  local rule, needle, codes = fault[2], fault[3], fault[4]
  return function()
    with(mode, verb, function(b)
      inject(b, rule, at)
      local code, _, problem = harness.run(b, verb)
      harness.check_final(code, problem, started and codes.later or codes.first, needle)
      finish(b, verb, code, count)
    end)
  end
end

local function applies(rule, call)
  local reads = READING[call.action:match "^%u%l+"] ~= nil
  return not (rule.reads and not reads) and not (rule.writes and reads)
end

local SHARE <const> = { domain = { apply = 1, destroy = 0.1 }, endpoint = { apply = 0.15, destroy = 0.06 },
  swapped = { apply = 0.04, destroy = 0.03 } }

for _, mode in ipairs { "domain", "endpoint", "swapped" } do
  for _, verb in ipairs { "apply", "destroy" } do
    local calls, started = calls_of(mode, verb), false
    for at, call in ipairs(calls) do
      local writes = not READING[call.action:match "^%u%l+"] and call.action ~= "RunCommand"
      local where = ("call %03d %s.%s"):format(at, call.product, call.action)
      for _, fault in ipairs(PASSING) do
        if applies(fault[2], call) then
          harness.register(("%s %s: %s: %s"):format(mode, verb, where, fault[1]), SHARE[mode][verb],
            passing(mode, verb, fault, at, call, #calls))
        end
      end
      for _, fault in ipairs(FINAL) do
        if applies(fault[2], call) then
          harness.register(("%s %s: %s: %s"):format(mode, verb, where, fault[1]), SHARE[mode][verb],
            final(mode, verb, fault, at, started or writes, #calls))
        end
      end
      started = started or writes
    end
  end
end
harness.announce "one fault"

-- Every call has a chance to fail, for the whole run and the runs after it; at most five runs are allowed.
for number = 1, math.floor(20 * harness.scale) do
  local mode = ({ "domain", "endpoint", "swapped" })[number % 3 + 1]
  harness.register(("%s: everything fails at times, number %04d"):format(mode, number), 1, function()
    with(mode, "apply", function(b)
      b.box.faults:add { { chance = 0.05, error = "Throttling.User" }, { chance = 0.04, lost = true },
        { chance = 0.03, error = "InternalError", when = "after" }, { chance = 0.03, stall = true },
        { chance = 0.03, kind = "read", stale = true }, { chance = 0.03, duplicate = true } }
      for _, verb in ipairs { "apply", "destroy" } do
        local code, report, problem
        for _ = 1, 5 do
          code, report, problem = harness.run(b, verb)
          test.truthy(#report.calls < 500, ("%s took %d calls"):format(verb, #report.calls))
          if code == 0 then
            break
          end
          harness.check_final(code, problem, { 1, 3 })
        end
        test.equal(code, 0, ("%s: the fifth run still fails: %s"):format(verb, tostring(problem)))
        if verb == "apply" then
          b.box.faults.paused, b.box.faults.rules = b.box.faults.rules, {}
          harness.check_applied(b)
          b.box.faults.rules = b.box.faults.paused
        end
      end
      b.box.faults:clear()
      harness.check_destroyed(b)
    end)
  end)
end
harness.announce "all faults at random"
