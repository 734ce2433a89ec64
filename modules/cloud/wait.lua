-- SPDX-License-Identifier: MIT
-- Waits until an object reaches a state: polls with growing intervals, ends at once in a bad final state,
-- and learns how long such a change takes, so that the first look is neither early nor late.
local clock = require "clock"
local errors = require "errors"
local path = require "cloud.path"
local random = require "random"
local task = require "task"

local wait = {}

local first_look <const> = 1.0 -- seconds, when nothing is known yet
local longest_interval <const> = 5.0
local growth <const> = 1.5
local default_timeout <const> = 300
local missing_grace <const> = 30 -- seconds a just created object may be invisible

-- Per client: how long a change took the last time, by action and wanted states.
local learnt = setmetatable({}, { __mode = "k" })

local function set_of(states)
  local set, names = {}, {}
  for _, name in ipairs(type(states) == "table" and states or { states }) do
    set[name] = true
    names[#names + 1] = tostring(name)
  end
  return set, table.concat(names, " or ")
end

local function matches(item, wanted)
  for field, value in pairs(wanted) do
    if type(item) ~= "table" or tostring(path.get(item, field)) ~= tostring(value) then
      return false
    end
  end
  return true
end

-- "RouteEntrys.RouteEntry.Status" with match: the list is the part before the last name.
local function matching_values(answer, job)
  local where, field = job.path:match "^(.*)%.([^.]+)$"
  local values = {}
  for _, item in ipairs(path.list(answer, where)) do
    if matches(item, job.match) then
      values[#values + 1] = path.get(item, field)
    end
  end
  return values
end

local function values_at(answer, job)
  if job.match and next(job.match) ~= nil then
    return matching_values(answer, job)
  end
  local value = path.get(answer, job.path)
  if type(value) == "table" then
    return value
  end
  return { value }
end

local function present(answer, job)
  for _, item in ipairs(path.list(answer, job.items)) do
    if not job.match or matches(item, job.match) then
      return true
    end
  end
  return false
end

-- "good", "bad" or "going", and the state as text.
local function judge(answer, job)
  if type(job.until_) == "function" then
    return job.until_(answer) and "good" or "going", nil
  elseif job.items then
    return present(answer, job) and "going" or "good", nil
  end
  local values = values_at(answer, job)
  local all_good = #values > 0
  for _, value in ipairs(values) do
    if job.bad_set[value] then
      return "bad", tostring(value)
    elseif not job.good_set[value] then
      all_good = false
    end
  end
  return all_good and "good" or "going", values[1] ~= nil and tostring(values[1]) or nil
end

local function fail(client, job, code, message, hint)
  errors.raise {
    kind = code == "WaitTimeout" and "timeout" or "cloud", code = code, message = message, hint = hint,
    product = client.product, action = job.action, region = client.region, state = job.state,
    request_id = job.request_id,
  }
end

local function subject(job)
  for name, value in pairs(job.params or {}) do
    if name:find "Id$" and name ~= "RegionId" and type(value) == "string" then
      return value
    end
  end
  return "the object"
end

local function key_of(job)
  return job.action .. "|" .. (job.wanted or "")
end

local function first_interval(client, job)
  local known = learnt[client] and learnt[client][key_of(job)]
  if known then
    return math.max(0.2, known * 0.9)
  end
  return job.first or math.min(first_look, job.interval or first_look)
end

local function remember(client, job, seconds)
  learnt[client] = learnt[client] or {}
  learnt[client][key_of(job)] = seconds
end

local function timed_out(client, job, started)
  fail(client, job, "WaitTimeout",
    ("%s is %s after %d s, not %s"):format(subject(job), job.state or "not visible",
      math.floor(clock.monotonic() - started), job.wanted),
    "look at the object; a longer timeout= waits longer")
end

-- Pauses before the next look, or raises when the deadline would pass.
local function pause(client, job, started, interval)
  local left = started + job.timeout - clock.monotonic()
  if left <= 0 then
    timed_out(client, job, started)
  end
  task.sleep(math.min(left, interval * (0.9 + 0.2 * random.uniform())))
end

local function not_found(client, job, err, started)
  if job.gone then
    return true
  elseif clock.monotonic() - started > math.min(missing_grace, job.timeout) then
    fail(client, job, "WaitNotFound", ("%s disappeared or never became visible: %s"):format(subject(job), err.message),
      "it may have been deleted by somebody else")
  end
  return false
end

local function look(client, job, started)
  local answer, err = client:call(job.action, job.params, job.options)
  if not answer then
    return not_found(client, job, err, started) and "good" or "going"
  end
  job.request_id = answer.RequestId or answer.requestId
  local verdict, state = judge(answer, job)
  job.state = state or job.state
  if verdict == "bad" then
    fail(client, job, "WaitFailed",
      ("%s is %s and will not become %s"):format(subject(job), state, job.wanted),
      "this is a final state: delete the object and create it again, or find out who changed it")
  end
  return verdict, answer
end

local function prepare(given)
  local job = {}
  for name, value in pairs(given) do
    job[name] = value
  end
  if not job.action or not (job.until_ or job.gone or job.items) then
    errors.raise { kind = "usage", code = "InvalidWait", message = "wait needs action= and until_= (or gone = true)",
      hint = 'client:wait{ action = "DescribeVpcAttribute", params = {...}, path = "Status", until_ = "Available" }' }
  end
  if type(job.until_) == "function" then
    job.wanted = "as wished"
  elseif job.until_ then
    job.good_set, job.wanted = set_of(job.until_)
  else
    job.good_set, job.wanted = {}, "gone"
  end
  job.bad_set = set_of(job.bad or {})
  job.path = job.path or "Status"
  job.timeout = job.timeout or default_timeout
  return job
end

--- Waits until the value at `path` of an answer is one of `until_`.
---@param client cloud.Client
---@param given cloud.Wait
---@return table? answer the last one; nil when the object is gone, as wished
---@return number seconds how long it took
function wait.run(client, given)
  local job = prepare(given)
  local started = clock.monotonic()
  local interval, following = first_interval(client, job), first_look
  local verdict, answer
  if not job.patient then
    verdict, answer = look(client, job, started)
  end
  while verdict ~= "good" do
    if job.on_state then
      job.on_state(job.state, clock.monotonic() - started)
    end
    pause(client, job, started, interval)
    verdict, answer = look(client, job, started)
    interval, following = math.min(job.interval or longest_interval, following), following * growth
  end
  local seconds = clock.monotonic() - started
  remember(client, job, seconds)
  return answer, seconds
end

local function value_for(name, params, answer)
  local value = type(answer) == "table" and answer[name] or nil
  if value == nil then
    value = params[name]
  end
  return value
end

--- The wait that belongs to a catalogued call (CreateVpc: until DescribeVpcAttribute says Available), or nil
--- when nothing is to be waited for or the call's ids are not enough to ask.
---@param client cloud.Client
---@param action string
---@param params table what was sent
---@param answer table what came back
---@return cloud.Wait?
function wait.after(client, action, params, answer)
  local rule = client:operation(action).wait
  if not rule then
    return nil
  end
  local poll = client:operation(rule.action)
  local ask, match = {}, {}
  for _, name in ipairs(rule["with"]) do
    ask[name] = value_for(name, params, answer)
    if ask[name] == nil and name ~= "RegionId" and poll.parameters[name].required then
      return nil
    end
  end
  for _, name in ipairs(rule.match or {}) do
    match[name] = value_for(name, params, answer)
  end
  return {
    action = rule.action, params = ask, match = match, path = rule.field, items = rule.items, until_ = rule.good,
    gone = rule.gone, bad = rule.bad, timeout = rule.timeout,
  }
end

return wait
