-- SPDX-License-Identifier: MIT
-- resources.instance: reads ECS instances and runs commands in them through Cloud Assistant (Ecs 2014-05-26).
local errors = require "errors"
local json = require "json"
local wait = require "engine.wait"

local M = {}

local DONE = { Success = true, Failed = true, Timeout = true, Error = true, Invalid = true, Aborted = true,
  Cancelled = true, Terminated = true }

-- What an instance reports instead of running a command, and what to do about it.
local REMEDY = {
  InstanceNotRunning = "start the instance",
  ClientNotRunning = "start or install the Cloud Assistant agent in the instance",
  ClientNotResponse = "Cloud Assistant does not answer: is a wide 100.x route in the way? (D-62)",
  DeliveryTimeout = "Cloud Assistant does not answer: is a wide 100.x route in the way? (D-62)",
  SecurityGroupRuleDenied = "let the instance reach 100.64.0.0/10 on port 443",
}

local function facts(item)
  local attributes = item.VpcAttributes or {}
  local addresses = attributes.PrivateIpAddress and attributes.PrivateIpAddress.IpAddress or {}
  return { id = item.InstanceId, status = item.Status, vpc = attributes.VpcId, vswitch = attributes.VSwitchId,
    address = addresses[1], name = item.InstanceName,
    security_groups = item.SecurityGroupIds and item.SecurityGroupIds.SecurityGroupId or {} }
end

--- Instances by id; ids that do not exist are missing from the answer.
---@param session Session
---@param place Place
---@param ids string[]
---@return table<string, table>
function M.read(session, place, ids)
  local found = {}
  for _, item in ipairs(session:all("ecs", place, "DescribeInstances",
    { RegionId = place.region, InstanceIds = json.encode(json.array(table.move(ids, 1, #ids, 1, {}))),
      MaxResults = 100 }, "Instances.Instance")) do
    found[item.InstanceId] = facts(item)
  end
  return found
end

--- Running instances of a VPC.
function M.running_in(session, place, vpc_id)
  local list = {}
  for index, item in ipairs(session:all("ecs", place, "DescribeInstances",
    { RegionId = place.region, VpcId = vpc_id, Status = "Running", MaxResults = 100 }, "Instances.Instance")) do
    list[index] = facts(item)
  end
  table.sort(list, function(a, b) return a.id < b.id end)
  return list
end

local function failure(result)
  local code = result.ErrorCode ~= "" and result.ErrorCode or result.InvocationStatus
  return errors.new { kind = "cloud", code = code or "InvocationFailed", product = "ecs", action = "RunCommand",
    message = ("the command did not run in %s: %s %s"):format(result.InstanceId, code or "?", result.ErrorInfo or ""),
    hint = REMEDY[result.ErrorCode] or "is the instance running, and Cloud Assistant online? (D-62)" }
end

local function collect(results, count)
  local by_instance, open = {}, "not visible yet"
  local finished = 0
  for _, result in ipairs(results) do
    if DONE[result.InvocationStatus] then
      finished = finished + 1
    else
      open = result.InvocationStatus
    end
    local ran = result.InvocationStatus == "Success" or result.InvocationStatus == "Failed"
      or result.InvocationStatus == "Timeout"
    by_instance[result.InstanceId] = { output = result.Output or "", exit_code = result.ExitCode,
      status = result.InvocationStatus, dropped = result.Dropped, failure = not ran and failure(result) or nil }
  end
  if finished < count then
    return nil, open
  end
  return by_instance
end

--- Runs a shell script in instances of one region and waits for all of them.
---@param session Session
---@param place Place
---@param ids string[] at most 100
---@param script string
---@param options { name: string, timeout: integer }
---@return table<string, { output: string, exit_code: integer?, status: string, failure: table? }> by instance
function M.run(session, place, ids, script, options)
  local ok, answer = pcall(session.call, session, "ecs", place, "RunCommand", { RegionId = place.region,
    Type = "RunShellScript",
    Name = options.name, CommandContent = script, ContentEncoding = "PlainText", InstanceId = ids,
    Timeout = options.timeout })
  if not ok and not errors.is(answer, "InvalidInstance.NotFound") then
    error(answer, 0)
  elseif not ok or not answer then
    errors.raise { kind = "input", code = "InstanceNotFound", cause = answer,
      message = ("instance %s does not exist in %s for account '%s'"):format(table.concat(ids, ", "), place.region,
        place.account), hint = "correct clients or resolver of the VPC in the topology" }
  end
  return (wait.poll({ kind = "invocation", what = "the command in " .. table.concat(ids, ", "),
    timeout = options.timeout + 60, pace = session.pace }, function()
    return collect(session:all("ecs", place, "DescribeInvocationResults", { RegionId = place.region,
      InvokeId = answer.InvokeId, ContentEncoding = "PlainText", MaxResults = 50 },
      "Invocation.InvocationResults.InvocationResult"), #ids)
  end))
end

return M
