-- SPDX-License-Identifier: MIT
-- Ecs 2014-05-26, third part: Cloud Assistant. Commands are really run, in the data plane, by
-- sandbox.runner; here they are accepted, stopped and described.

local array = require "json".array
local base64 = require "sandbox.base64"
local json = require "json"
local paging = require "sandbox.paging"
local tags = require "sandbox.tags"
local timeline = require "sandbox.timeline"

local assistant = {}

local KEPT_LIMIT <const> = 18 * 1024   -- bytes of Base64 text with KeepCommand
local LIMIT <const> = 24 * 1024        -- without
local LONGEST_TIMEOUT <const> = 86400  -- seconds
local LOST_AFTER <const> = 30          -- seconds after its timeout a command nobody finished counts as lost

-- A process that died in the middle of a command never reports; the cloud gives up in the end.
timeline.effect("invocation.lost", function(state, event)
  local invocation = state.invocations[event.id]
  if not invocation then return end
  for _, target in ipairs(invocation.targets) do
    if target.Status == "Pending" or target.Status == "Running" or target.Status == "Stopping" then
      target.Status, target.error_code = "Error", "ClientNotResponse"
      target.error_info, target.finish = "the client stopped answering", event.at
    end
  end
end)

local function content_of(call)
  local p = call.p
  local text = p.CommandContent
  local encoded = p.ContentEncoding == "Base64" and text or base64.encode(text)
  if p.ContentEncoding == "Base64" then
    text = base64.decode(text)
    if not text then call:fail("CmdContent.DecodeError", "CommandContent is not Base64.") end
  end
  if #encoded > (p.KeepCommand and KEPT_LIMIT or LIMIT) then
    call:fail("CmdContent.ExceedLimit", "The command is too long.")
  end
  return text
end

-- {{name}} in the text, only when EnableParameter is set.
local function fill(call, text, enabled)
  local given = {}
  if call.p.Parameters then
    local ok, value = pcall(json.decode, call.p.Parameters)
    if not ok or type(value) ~= "table" then
      call:fail_first({ "InvalidParameter.Parameters", "CmdParam.InvalidParamName" },
        "Parameters is not a JSON object.")
    end
    if not enabled then call:fail("Parameter.Disabled", "The command takes no parameters.") end
    given = value
  end
  if not enabled then return text end
  return (text:gsub("{{%s*([%w_%-]+)%s*}}", function(name)
    if given[name] == nil then call:fail_first({ "Parameter.MissingValue", "Parameter.NotMatched" },
      ("Parameter %s has no value."):format(name)) end
    return tostring(given[name])
  end))
end

local function check_timing(call)
  local p = call.p
  if p.RepeatMode == "Period" or p.Timed then
    if not p.Frequency then call:fail("MissingParam.Frequency", "Frequency is required for timed commands.") end
  end
  if p.Frequency or p.RepeatMode == "NextRebootOnly" or p.RepeatMode == "EveryReboot" then
    call:fail("SandboxNotImplemented", "The sandbox runs commands at once only.", { status = 501, invented = true })
  end
  if (p.Timeout or 60) > LONGEST_TIMEOUT then call:fail("InvalidTimeout.ExceedLimit", "Timeout is too long.") end
end

local function targets_of(call)
  if not call.p.InstanceId then call:fail("MissingParam.InstanceId", "InstanceId is required.") end
  local targets, seen = {}, {}
  for _, id in ipairs(call.p.InstanceId) do
    local instance = call:own("instances", id)
    if not instance then call:fail("InvalidInstance.NotFound", ("Instance %s does not exist."):format(id)) end
    if not seen[id] then
      seen[id] = true
      targets[#targets + 1] = { instance = id, Status = "Pending" }
    end
  end
  return targets
end

local function start(call, command, content)
  local p = call.p
  local invocation = call:add("invocations", call:id("t", 18), {
    region = call.region, command = command.id, name = command.name, kind = command.kind, content = content,
    timeout = p.Timeout or command.timeout or 60, targets = targets_of(call), working_dir = p.WorkingDir
      or command.working_dir,
    username = p.Username or "root", tags = tags.check(call, p.Tag), description = command.description,
  })
  local lost = call:at("invocation") + invocation.timeout + LOST_AFTER
  timeline.add(call.state, lost, { effect = "invocation.lost", collection = "invocations", id = invocation.id })
  call.after[#call.after + 1] = function() require("sandbox.runner").start(call.box, invocation.id) end
  return invocation
end

local function check_quota(call)
  local running = call:count("invocations", function(i)
    return i.owner == call.caller.uid and (i.targets[1].Status == "Pending" or i.targets[1].Status == "Running")
  end)
  if running >= call:quota("invocations") then call:fail("Invocation.ExceedQuota", "Too many commands are running.") end
end

function assistant.RunCommand(call)
  local p = call.p
  local content = fill(call, content_of(call), p.EnableParameter)
  check_timing(call)
  local targets = targets_of(call)
  if p.Type ~= "RunShellScript" then
    call:fail("InvalidInstance.NotMatch", ("Instance %s runs Linux; the command does not."):format(targets[1].instance))
  end
  tags.check(call, p.Tag)
  check_quota(call)
  if p.KeepCommand and call:count("commands",
    function(c) return c.owner == call.caller.uid end) >= call:quota("commands") then
    call:fail("CmdCount.ExceedQuota", "Too many commands are kept.")
  end
  if p.RepeatMode == "DryRun" then return {} end
  call:commit()
  local command = { id = call:id("c", 16), name = p.Name or "", kind = p.Type, description = p.Description,
    timeout = p.Timeout, working_dir = p.WorkingDir, content = p.KeepCommand and content_of(call) or nil,
    parameters = p.EnableParameter, region = call.region, tags = {} }
  if p.KeepCommand then call:add("commands", command.id, command) end
  local invocation = start(call, command, content)
  return { CommandId = command.id, InvokeId = invocation.id }
end

function assistant.InvokeCommand(call)
  local command = call:own("commands", call.p.CommandId)
  if not command then call:fail("InvalidCmdId.NotFound", ("Command %s does not exist."):format(call.p.CommandId)) end
  check_timing(call)
  local content = fill(call, command.content, command.parameters)
  targets_of(call)
  check_quota(call)
  call:commit()
  return { InvokeId = start(call, command, content).id }
end

function assistant.StopInvocation(call)
  local invocation = call:own("invocations", call.p.InvokeId)
  if not invocation then
    call:fail("InvalidInvokeId.NotFound", ("Invocation %s does not exist."):format(call.p.InvokeId))
  end
  local wanted = {}
  for _, id in ipairs(call.p.InstanceId or {}) do wanted[id] = true end
  call:commit()
  for _, target in ipairs(invocation.targets) do
    if not call.p.InstanceId or wanted[target.instance] then
      if target.Status == "Pending" then
        target.Status, target.stop, target.finish = "Cancelled", call.now, call.now
      elseif target.Status == "Running" then
        target.Status, target.stop = "Stopping", call.now
      end
    end
  end
  call.after[#call.after + 1] = function() require("sandbox.runner").stop(call.box, invocation.id) end
  return {}
end

local function moment(call, time)
  return time and call:iso(time) or ""
end

local function output_of(call, target)
  local output = target.output or ""
  if call.p.ContentEncoding == "PlainText" then return base64.decode(output) or "" end
  return output
end

local FAILED <const> = { Failed = true, Timeout = true, Error = true, Invalid = true, Aborted = true }
local STOPPED <const> = { Cancelled = true, Terminated = true }

-- The state of the whole invocation, by the published rules.
local function overall(invocation)
  local count, good, failed, stopped = #invocation.targets, 0, 0, 0
  for _, middle in ipairs { "Pending", "Scheduled", "Running", "Stopping" } do
    for _, target in ipairs(invocation.targets) do
      if target.Status == middle then return middle end
    end
  end
  for _, target in ipairs(invocation.targets) do
    if target.Status == "Success" then good = good + 1 end
    if FAILED[target.Status] then failed = failed + 1 end
    if STOPPED[target.Status] then stopped = stopped + 1 end
  end
  if stopped == count then return "Stopped" end
  if good > 0 and failed == 0 then return "Success" end
  if good == 0 then return "Failed" end
  return "PartialFailed"
end

-- What one target looks like in the older field.
local function record_status(status)
  if status == "Pending" or status == "Running" then return "Running" end
  if STOPPED[status] then return "Stopped" end
  if status == "Stopping" then return "Stopping" end
  if status == "Success" or status == "Failed" then return "Finished" end
  return "Failed"
end

local function result_row(call, invocation, target)
  return {
    InvokeId = invocation.id, CommandId = invocation.command, InstanceId = target.instance,
    InvocationStatus = target.Status, InvokeRecordStatus = record_status(target.Status), ExitCode = target.exit_code
      or 0,
    Output = output_of(call, target), Dropped = target.dropped or 0, ErrorCode = target.error_code or "",
    ErrorInfo = target.error_info or "", StartTime = moment(call, target.start),
      FinishedTime = moment(call, target.finish),
    StopTime = moment(call, target.stop), Repeats = target.start and 1 or 0, Username = invocation.username,
    ContainerId = "", ContainerName = "", Launcher = "", TerminationMode = "", Tags = { Tag = array {} },
  }
end

function assistant.DescribeInvocationResults(call)
  local p = call.p
  local found = {}
  for _, invocation in ipairs(call:list("invocations", function(i)
    return (not p.InvokeId or i.id == p.InvokeId) and (not p.CommandId or i.command == p.CommandId)
  end)) do
    for n, target in ipairs(invocation.targets) do
      if (not p.InstanceId or target.instance == p.InstanceId)
        and (not p.InvokeRecordStatus or record_status(target.Status) == p.InvokeRecordStatus) then
        found[#found + 1] = { seq = invocation.seq * 128 + n, invocation = invocation, target = target }
      end
    end
  end
  local page, answer = paging.either(call, found, { default = 10 })
  local rows = {}
  for i, item in ipairs(page) do rows[i] = result_row(call, item.invocation, item.target) end
  answer.InvocationResults = { InvocationResult = array(rows) }
  return { Invocation = answer }
end

local function instance_row(call, target)
  return {
    InstanceId = target.instance, InvocationStatus = target.Status, InstanceInvokeStatus = record_status(target.Status),
    ExitCode = target.exit_code or 0, ErrorCode = target.error_code or "", ErrorInfo = target.error_info or "",
    StartTime = moment(call, target.start), FinishTime = moment(call, target.finish),
      StopTime = moment(call, target.stop),
    Output = call.p.IncludeOutput and output_of(call, target) or "", Dropped = target.dropped or 0,
    Repeats = target.start and 1 or 0, Timed = false,
  }
end

function assistant.DescribeInvocations(call)
  local p = call.p
  local found = call:list("invocations", function(i)
    local hit = not p.InstanceId
    for _, target in ipairs(i.targets) do hit = hit or target.instance == p.InstanceId end
    return hit and (not p.InvokeId or i.id == p.InvokeId) and (not p.CommandId or i.command == p.CommandId)
      and (not p.CommandName or i.name == p.CommandName) and (not p.CommandType or i.kind == p.CommandType)
      and (not p.InvokeStatus or overall(i) == p.InvokeStatus) and tags.match(i, p.Tag)
  end)
  local page, answer = paging.either(call, found, { default = 10 })
  local rows = {}
  for i, invocation in ipairs(page) do
    local instances = {}
    for n, target in ipairs(invocation.targets) do instances[n] = instance_row(call, target) end
    local content = p.ContentEncoding == "PlainText" and invocation.content or base64.encode(invocation.content)
    rows[i] = { InvokeId = invocation.id, CommandId = invocation.command, CommandName = invocation.name,
      CommandType = invocation.kind, CommandContent = content, InvocationStatus = overall(invocation),
      InvokeStatus = overall(invocation), Timeout = invocation.timeout, WorkingDir = invocation.working_dir or "/root",
      RepeatMode = "Once", Timed = false, Frequency = "", Parameters = "{}", Username = invocation.username,
      CommandDescription = invocation.description or "", CreationTime = call:iso(invocation.created),
      InvokeInstances = { InvokeInstance = array(instances) }, Tags = { Tag = array {} } }
  end
  answer.Invocations = { Invocation = array(rows) }
  return answer
end

function assistant.DescribeCloudAssistantStatus(call)
  local wanted
  for _, id in ipairs(call.p.InstanceId or {}) do
    if not call:own("instances", id) then
      call:fail("InvalidInstance.NotFound", ("Instance %s does not exist."):format(id))
    end
    wanted = wanted or {}
    wanted[id] = true
  end
  local found = call:list("instances", function(i)
    return (not wanted or wanted[i.id]) and (not call.p.OSType or call.p.OSType == "Linux")
  end)
  local page, answer = paging.either(call, found, { default = 10 })
  local rows = {}
  for i, instance in ipairs(page) do
    local online = instance.assistant == "online" and instance.Status == "Running"
    local invoked = 0
    for _, invocation in ipairs(call:list("invocations")) do
      for _, target in ipairs(invocation.targets) do
        if target.instance == instance.id then invoked = invoked + 1 end
      end
    end
    rows[i] = { InstanceId = instance.id, CloudAssistantStatus = tostring(online), CloudAssistantVersion = "2.2.4.755",
      OSType = "Linux", LastHeartbeatTime = online and call:iso(call.now) or "", ActiveTaskCount = 0,
      InvocationCount = invoked, LastInvokedTime = "", SupportSessionManager = online }
  end
  answer.InstanceCloudAssistantStatusSet = { InstanceCloudAssistantStatus = array(rows) }
  return answer
end

return assistant
