-- SPDX-License-Identifier: MIT
-- Runs accepted commands in the data plane, beside the calls, and writes what became of them into the
-- state: Pending -> Running -> end.

local base64 = require "sandbox.base64"
local errors = require "errors"
local task = require "task"
local timeline = require "sandbox.timeline"

local runner = {}

local KEPT_OUTPUT <const> = 24 * 1024 -- bytes; the rest is counted as dropped
local DELIVERY_LIMIT <const> = 60     -- seconds until an instance that does not listen counts as not reached

-- Changes one target of an invocation in a saved step; does nothing when it is not in one of the states.
local function update(box, id, index, states, change)
  return box:exclusive(function(step)
    local invocation = box.data.invocations[id]
    local target = invocation and invocation.targets[index]
    if not target or not states[target.Status] then return false end
    change(target, box:now(), invocation)
    step.save = true
    return true
  end)
end

local function abort(code, info)
  return function(target, now)
    target.Status, target.error_code, target.error_info, target.finish = "Aborted", code, info, now
  end
end

-- Whether the instance takes commands at all; nil when it does.
local function obstacle(instance)
  if not instance then return "InstanceReleased", "the instance is gone" end
  if instance.Status ~= "Running" then return "InstanceNotRunning", "the instance is not running" end
  if instance.assistant ~= "online" then return "ClientNotRunning", "Cloud Assistant does not run on the instance" end
end

local function result_of(outcome, timeout)
  return function(target, now)
    target.finish = now
    target.output = base64.encode(outcome.output:sub(1, KEPT_OUTPUT))
    target.dropped = math.max(0, #outcome.output - KEPT_OUTPUT)
    if target.Status == "Stopping" then
      target.Status, target.error_code = "Terminated", "ExecutionInterrupted"
    elseif outcome.timed_out then
      target.Status, target.error_code, target.finish = "Timeout", "ExecutionTimeout", target.start + timeout
    elseif outcome.failure then
      target.Status, target.error_code, target.error_info = "Error", "ExecutionException", outcome.failure
    elseif outcome.exit_code == 0 then
      target.Status, target.exit_code = "Success", 0
    else
      target.Status, target.exit_code = "Failed", outcome.exit_code
      target.error_code, target.error_info = "ExitCodeNonzero", "the command ended with another exit code than 0"
    end
  end
end

local function execute(box, invocation, target)
  if invocation.username ~= "root" then
    return { output = "", failure = ("account %s does not exist on the instance"):format(invocation.username) }
  end
  local command = invocation.content
  if invocation.working_dir then
    command = { "sh", "-c", 'cd -- "$0" || exit 1; eval "$1"', invocation.working_dir, command }
  end
  local ok, outcome = pcall(box.run_on, box, target.instance, command, invocation.timeout)
  if ok then return outcome end
  return { output = "", failure = errors.is(outcome) and outcome.message or tostring(outcome) }
end

local function serve_target(box, id, index)
  local found = box:exclusive(function()
    local invocation = box.data.invocations[id]
    local target = invocation and invocation.targets[index]
    return target and { invocation = invocation, target = target, instance = box.data.instances[target.instance] }
  end)
  if not found then return end
  local code, info = obstacle(found.instance)
  if code then
    if code == "ClientNotRunning" then task.sleep(DELIVERY_LIMIT * box.settings.time_scale) end
    update(box, id, index, { Pending = true }, abort(code, info))
    return
  end
  if not update(box, id, index, { Pending = true }, function(target, now) target.Status, target.start = "Running",
    now end) then
    return
  end
  local outcome = execute(box, found.invocation, found.target)
  update(box, id, index, { Running = true, Stopping = true }, result_of(outcome, found.invocation.timeout))
end

---Starts the commands of an invocation.
---@param box table sandbox
---@param id string
function runner.start(box, id)
  local jobs = {}
  box.jobs[id] = jobs
  for index in ipairs(box.data.invocations[id].targets) do
    jobs[index] = box:spawn(function()
      task.sleep(box.settings.times.invocation * box.settings.time_scale)
      serve_target(box, id, index)
    end)
  end
  box:spawn(function()
    for _, job in pairs(jobs) do job:result() end
    box.jobs[id] = nil
    box:exclusive(function(step)
      timeline.cancel(box.data, "invocations", id)
      step.save = true
    end)
  end)
end

---Ends the running commands of an invocation whose targets are Stopping.
function runner.stop(box, id)
  local invocation = box.data.invocations[id]
  for index, target in ipairs(invocation and invocation.targets or {}) do
    if target.Status == "Stopping" then
      local job = (box.jobs[id] or {})[index]
      if job then job:cancel("the invocation was stopped") end
      box:spawn(function()
        update(box, id, index, { Stopping = true }, result_of({ output = "", exit_code = -1 }, 0))
      end)
    end
  end
end

return runner
