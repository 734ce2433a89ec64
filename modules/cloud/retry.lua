-- SPDX-License-Identifier: MIT
-- Repeats a call as the class of its failure allows (cloud.codes): full jitter, the cloud's own wait, a
-- token budget, a deadline. Every attempt is signed anew; the ClientToken stays.
local answer = require "cloud.answer"
local clock = require "clock"
local codes = require "cloud.codes"
local random = require "random"
local skew = require "cloud.skew"
local task = require "task"
local transport = require "cloud.transport"

local retry = {}

local shortest_attempt <const> = 0.1 -- seconds
local cap <const> = 20 -- seconds, longest back-off
local longest_asked_wait <const> = 120 -- seconds; a longer x-acs-retry-after is cut to this

-- Phases of a request before its first byte is sent: repeating is safe even for calls that change things.
local unsent <const> = { resolve = true, connect = true, tls = true }
-- Network failures that a repetition cannot cure.
local hopeless <const> = {
  CertificateRejected = true, TooLarge = true, RedirectRefused = true, PlainRefused = true, AddressRefused = true,
  InvalidUrl = true, InvalidRequest = true, NoHandler = true,
}

local function network_class(err)
  if hopeless[err.code] or err.phase == "start" then
    return "final"
  elseif unsent[err.phase] then
    return "unreachable"
  elseif err.kind == "timeout" then
    return "timeout"
  end
  return "unknown"
end

-- Has temporary credentials fetched anew, once per call.
local function refreshed(call)
  if call.was_refreshed then
    return false
  end
  call.was_refreshed = true
  transport.expire(call.account)
  return true
end

-- The error value of a request that got no answer, with what the call adds to it.
local function without_answer(template, err)
  if err.kind ~= "network" and err.kind ~= "timeout" then
    error(err, 0) -- the request itself is impossible
  end
  err.class = network_class(err)
  err.product, err.action, err.region = template.operation.product, template.operation.action, template.region
  return err
end

-- Whether a failure of this class may be repeated at all for this call.
local function may_repeat(call, class)
  if not class.retry then
    return false
  end
  return class.acted == "no" or call.repeatable
end

local function pause(err, class, attempt)
  if err.retry_after then
    local asked = math.min(err.retry_after, longest_asked_wait)
    return asked + random.uniform() * math.min(1, asked * 0.1)
  end
  local bound = math.min(cap, class.base * 2 ^ math.min(attempt - 1, 16))
  return random.uniform() * bound
end

local function give_up(call, err, why)
  err.attempts = call.attempt
  err.outcome = codes.classes[err.class].acted == "unknown" and "unknown" or "not done"
  if why then
    err.gave_up = why
    err.hint = (err.hint and err.hint .. "; " or "") .. why
  elseif err.outcome == "unknown" and not call.repeatable then
    err.hint = (err.hint and err.hint .. "; " or "")
      .. "the call may have been carried out: read the object before repeating it"
  end
  return false
end

-- Why a repetition must not happen now, or nil when it may.
local function reason_to_stop(call, err, class, wait)
  local now = clock.monotonic()
  if now + wait > call.started + call.timeout then
    return ("gave up after %d attempts: the deadline of %g s is reached"):format(call.attempt, call.timeout)
  elseif class.patience and now + wait > (call.since[err.class] or now) + class.patience then
    return ("gave up after %d attempts in %d s"):format(call.attempt, math.floor(now - call.started))
  elseif not call.budget:take(class.cost) then
    return ("gave up after %d attempts: too many calls of this account fail, the retry budget is used up")
      :format(call.attempt)
  end
  return nil
end

-- Decides about one failure: true to try again (after waiting), or false.
local function after_failure(call, err)
  local class = codes.classes[err.class]
  local counts = call.template.counts
  counts.errors = counts.errors + 1
  if err.class == "throttle" then
    counts.throttled = counts.throttled + 1
    call.budget:throttled(call.sent_at, err.retry_after)
  end
  if not may_repeat(call, class) then
    return give_up(call, err)
  end
  call.since = call.since or {}
  call.since[err.class] = call.since[err.class] or clock.monotonic()
  local wait = pause(err, class, call.attempt)
  local stop = reason_to_stop(call, err, class, wait)
  if stop then
    return give_up(call, err, stop)
  end
  call.paid = class.cost
  if call.on_retry then
    call.on_retry(err, wait, call.attempt)
  end
  counts.waited = counts.waited + wait
  task.sleep(wait)
  return true
end

-- The error value of an answer that is a failure.
local function with_failure(call, response, failure)
  local template = call.template
  failure.class = codes.class(template.operation, failure.code, failure.http_status)
  local err = answer.error(template, failure)
  err.retry_after = failure.retry_after
  if err.class == "clock" and not skew.learn(response, template.authenticated) then
    err.class = "final"
  elseif err.class == "token" and not refreshed(call) then
    err.class = "final"
  end
  return err
end

-- One attempt: the decoded answer, or an error value with class, acted and perhaps retry_after.
local function attempt(call, now)
  local template, request = call.template, call.request
  local counts = template.counts
  counts.calls = counts.calls + 1
  if call.attempt > 1 then
    counts.retries = counts.retries + 1
  end
  call.sent_at = now
  local left, offset = call.started + call.deadline - now, skew.seconds()
  -- No attempt outlasts the call.
  request.timeout = left >= call.attempt_timeout and call.attempt_timeout or math.max(left, shortest_attempt)
  request.clock_offset = offset ~= 0 and offset or nil
  local response, unanswered = transport.call(call.account, request)
  if not response then
    return nil, without_answer(template, unanswered)
  end
  local body, failure = answer.read(response)
  if body then
    return body
  end
  return nil, with_failure(call, response, failure)
end

--- Runs a call until it succeeds, fails for good, or its deadline is reached.
---@param call cloud.Call
---@return table? body
---@return table? err with class, attempts, outcome ("not done" | "unknown")
function retry.run(call)
  local operation, limits = call.template.operation, call.budget
  call.started = clock.monotonic()
  while true do
    call.attempt = call.attempt + 1
    local body, err = limits:run(operation, attempt, call)
    if body then
      limits:succeeded(call.paid)
      return body
    elseif codes.is_done(operation, err.code) then
      limits:succeeded(call.paid)
      return { RequestId = err.request_id, Code = err.code }
    elseif call.dry_run and err.code == "DryRunOperation" then
      return { RequestId = err.request_id, DryRun = true }
    elseif not after_failure(call, err) then
      return nil, err
    end
  end
end

return retry
