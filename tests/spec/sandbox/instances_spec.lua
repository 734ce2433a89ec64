-- SPDX-License-Identifier: MIT
-- Ecs: instances, security groups, Cloud Assistant.

local driver = dofile((debug.getinfo(1, "S").source:sub(2):gsub("[^/]+$", "driver.lua")))
local base64 = require "sandbox.base64"
local json = require "json"
local presets = require("sandbox").presets
local task = require "task"
local test = require "spec"

local FRANKFURT <const>, E <const> = "eu-central-1", "Ecs"

local function world(change)
  local copy = json.decode(json.encode(presets["worked-example"]))
  if change then change(copy) end
  return copy
end

test("instances by id, address, VPC; the list wants JSON text", function()
  local cloud <close> = driver.new {}
  local function count(more)
    more.RegionId = FRANKFURT
    return cloud:call(E, "DescribeInstances", more).TotalCount
  end
  test.equal({ count {}, count { InstanceIds = '["i-gw8example","i-x"]' },
    count { PrivateIpAddresses = '["10.20.1.10"]' },
    count { VpcId = "vpc-t4nexample" } }, { 1, 1, 1, 0 })
  local row = cloud:call(E, "DescribeInstances", { RegionId = FRANKFURT, MaxResults = 1 }).Instances.Instance[1]
  test.equal({ row.Status, row.VpcAttributes.PrivateIpAddress.IpAddress, row.SecurityGroupIds.SecurityGroupId },
    { "Running", { "10.20.1.10" }, { "sg-gw8example" } })
  test.match(row.CreationTime, "^%d+%-%d+%-%d+T%d+:%d+Z$") -- no seconds here
  test.equal(cloud:refused(E, "DescribeInstances", { RegionId = FRANKFURT, InstanceIds = "i-gw8example" }),
    "InvalidParameter")
  test.equal(cloud:refused(E, "DescribeInstances", { RegionId = FRANKFURT, DryRun = true }), "DryRunOperation")
  test.equal(cloud:refused(E, "DescribeInstances", {}), "MissingParameter")
  local status = cloud:call(E, "DescribeCloudAssistantStatus",
    { RegionId = FRANKFURT, InstanceId = { "i-gw8example" } })
  test.equal(status.InstanceCloudAssistantStatusSet.InstanceCloudAssistantStatus[1].CloudAssistantStatus,
    "true") -- text
  test.equal(cloud:refused(E, "DescribeCloudAssistantStatus", { RegionId = FRANKFURT, InstanceId = { "i-x" } }),
    "InvalidInstance.NotFound")
end)

local function group(cloud, more)
  local params = { RegionId = FRANKFURT, VpcId = "vpc-gw8example", SecurityGroupName = "web" }
  for key, value in pairs(more or {}) do params[key] = value end
  return cloud:call(E, "CreateSecurityGroup", params).SecurityGroupId
end

local function rule(more)
  local row = { IpProtocol = "TCP", PortRange = "443/443", SourceCidrIp = "10.0.0.0/8" }
  for key, value in pairs(more or {}) do row[key] = value ~= "" and value or nil end
  return row
end

test("rules: both forms, equal ones once, ingress and egress apart, revoked by id and by value", function()
  local cloud <close> = driver.new {}
  local id = group(cloud)
  local base = { RegionId = FRANKFURT, SecurityGroupId = id }
  local function with(more)
    local params = { RegionId = FRANKFURT, SecurityGroupId = id }
    for key, value in pairs(more) do params[key] = value end
    return params
  end
  cloud:call(E, "AuthorizeSecurityGroup",
    with { Permissions = { rule(), rule { PortRange = "80/80", Policy = "drop" } } })
  cloud:call(E, "AuthorizeSecurityGroup", with(rule())) -- the older form; equal to an existing rule
  cloud:call(E, "AuthorizeSecurityGroupEgress", with { Permissions = { { IpProtocol = "all", PortRange = "-1/-1",
    DestCidrIp = "0.0.0.0/0", Priority = "100" } } })
  local function rules(direction)
    base.Direction = direction
    return cloud:call(E, "DescribeSecurityGroupAttribute", base).Permissions.Permission
  end
  test.equal({ #rules "all", #rules "ingress", #rules "egress" }, { 3, 2, 1 })
  local first, second = rules("ingress")[1], rules("ingress")[2]
  test.equal({ first.Policy, first.IpProtocol, first.PortRange, first.SourceCidrIp, first.Priority, second.Policy },
    { "Accept", "TCP", "443/443", "10.0.0.0/8", "1", "Drop" })
  test.equal(rules("egress")[1].DestCidrIp, "0.0.0.0/0")
  cloud:call(E, "RevokeSecurityGroup", with { SecurityGroupRuleId = { second.SecurityGroupRuleId } })
  cloud:call(E, "RevokeSecurityGroup", with(rule()))
  cloud:call(E, "RevokeSecurityGroup", with(rule { PortRange = "1/2" })) -- no such rule is no error
  test.equal(#rules "all", 1)
end)

test("what the rule operations refuse", function()
  local cloud <close> = driver.new { quotas = { rules_per_group = 1 } }
  local id = group(cloud)
  local A <const> = "AuthorizeSecurityGroup"
  local function with(more)
    return { RegionId = FRANKFURT, SecurityGroupId = id, Permissions = { rule(more) } }
  end
  cloud:expect_refusals {
    { E, A, { RegionId = FRANKFURT, SecurityGroupId = "sg-x", Permissions = { rule() } },
      "InvalidSecurityGroupId.NotFound", 404 },
    { E, A, { RegionId = FRANKFURT, SecurityGroupId = "sg-t4nexample", Permissions = { rule() } },
      "InvalidSecurityGroupId.NotFound", 404 },
    { E, A, with { IpProtocol = "" }, "MissingParameter", 400 },
    { E, A, with { PortRange = "" }, "MissingParameter", 400 },
    { E, A, with { SourceCidrIp = "" }, "MissingParameter.Source", 400 },
    { E, A, with { IpProtocol = "IPIP" }, "InvalidIpProtocol.ValueNotSupported", 400 },
    { E, A, with { PortRange = "443" }, "InvalidPortRange.Malformed" },
    { E, A, with { PortRange = "0/443" }, "InvalidPortRange.Malformed" },
    { E, A, with { PortRange = "90/80" }, "InvalidPortRange.Malformed" },
    { E, A, with { PortRange = "1/70000" }, "InvalidPortRange.Malformed" },
    { E, A, with { PortRange = "-1/-1" }, "InvalidPortRange.Malformed" },
    { E, A, with { IpProtocol = "ICMP" }, "InvalidPortRange.Malformed" },
    { E, A, with { SourceCidrIp = "10.0.0.1/8" }, "InvalidParam.SourceCidrIp" },
    { E, A, with { Priority = "0" }, "InvalidPriority.ValueNotSupported" },
    { E, A, with { Priority = "101" }, "InvalidPriority.ValueNotSupported" },
    { E, A, with { Policy = "maybe" }, "InvalidPolicy.Malformed" },
    { E, A, with { NicType = "internet" }, "InvalidNicType.Mismatch" },
    { E, A, with { SourceCidrIp = "", SourceGroupId = "sg-x" }, "InvalidSourceGroupId.NotFound", 404 },
    { E, A, with { SourceCidrIp = "", SourceGroupId = "sg-t4nexample" }, "InvalidSourceGroupId.NotFound", 404 },
    { E, A, with { SourceCidrIp = "", SourcePrefixListId = "pl-x" }, "InvalidPrefixListId.NotFound", 404 },
    { E, A, { RegionId = FRANKFURT, SecurityGroupId = id, Permissions = { rule(), rule() } },
      "InvalidParam.DuplicatePermissions" },
    { E, A, { RegionId = FRANKFURT, SecurityGroupId = id, Permissions = { rule(), rule { PortRange = "1/1" } } },
      "AuthorizationLimitExceed", 403 },
    { E, "AuthorizeSecurityGroupEgress", { RegionId = FRANKFURT, SecurityGroupId = id,
      Permissions = { { IpProtocol = "TCP", PortRange = "1/1" } } }, "MissingParameter.Dest" },
    { E, "RevokeSecurityGroup", { RegionId = FRANKFURT, SecurityGroupId = id, SecurityGroupRuleId = { "sgr-x" } },
      "InvalidSecurityGroupRuleId.NotFound", 404 },
    { E, "DescribeSecurityGroupAttribute", { RegionId = FRANKFURT, SecurityGroupId = "sg-x" },
      "InvalidSecurityGroupId.NotFound" },
  }
end)

test("security groups: create, find, delete", function()
  local cloud <close> = driver.new { quotas = { security_groups = 2 } }
  local id = group(cloud, { SecurityGroupType = "enterprise" })
  local found = cloud:call(E, "DescribeSecurityGroups", { RegionId = FRANKFURT, SecurityGroupIds = json.encode { id } })
  test.equal({ found.TotalCount, found.SecurityGroups.SecurityGroup[1].SecurityGroupType }, { 1, "enterprise" })
  local base = { RegionId = FRANKFURT, VpcId = "vpc-gw8example" }
  cloud:expect_refusals {
    { E, "CreateSecurityGroup", base, "QuotaExceed.SecurityGroup", 403 },
    { E, "CreateSecurityGroup", { RegionId = FRANKFURT, VpcId = "vpc-x" }, "InvalidVpcId.NotFound", 404 },
    { E, "CreateSecurityGroup", { RegionId = FRANKFURT, VpcId = "vpc-gw8example", SecurityGroupName = "9x" },
      "InvalidSecurityGroupName.Malformed", 400 },
    { E, "DeleteSecurityGroup", { RegionId = FRANKFURT, SecurityGroupId = "sg-gw8example" }, "DependencyViolation",
      403 },
    { E, "DeleteSecurityGroup", { RegionId = FRANKFURT, SecurityGroupId = "sg-x" }, "InvalidSecurityGroup.NotFound",
      404 },
    { E, "DescribeSecurityGroups", { RegionId = FRANKFURT, SecurityGroupIds = "x" },
      "InvalidSecurityGroupId.Malformed" },
    { E, "DescribeSecurityGroups", { RegionId = FRANKFURT, MaxResults = 10, PageNumber = 1 },
      "NotSupported.PageNumberAndPageSize" },
  }
  cloud:call(E, "DeleteSecurityGroup", { RegionId = FRANKFURT, SecurityGroupId = id })
end)

-- A data plane that answers by rule; the real one has specs of its own.
local function with_plane(options, answer)
  local cloud = driver.new(options)
  cloud.box.run_on = function(_, instance, command, timeout) return answer(instance, command, timeout) end
  return cloud
end

local function command(more)
  local params = { RegionId = FRANKFURT, Type = "RunShellScript", CommandContent = "echo hello",
    InstanceId = { "i-gw8example" } }
  for key, value in pairs(more or {}) do params[key] = value ~= "" and value or nil end
  return params
end

local function result(cloud, id, more)
  local params = { RegionId = FRANKFURT, InvokeId = id }
  for key, value in pairs(more or {}) do params[key] = value end
  return cloud:call(E, "DescribeInvocationResults", params).Invocation.InvocationResults.InvocationResult[1]
end

test.simulated("Pending, Running, Success; output is Base64 unless asked for as text", {}, function()
  local cloud <close> = with_plane({ time_scale = 1 }, function(instance, text)
    task.sleep(4)
    return { exit_code = 0, output = instance .. " ran " .. text, timed_out = false }
  end)
  local id = cloud:call(E, "RunCommand", command()).InvokeId
  test.match(id, "^t%-%w+$")
  test.equal(result(cloud, id).InvocationStatus, "Pending")
  task.sleep(1.5)
  test.equal(result(cloud, id).InvocationStatus, "Running")
  task.sleep(4)
  local done = result(cloud, id)
  test.equal({ done.InvocationStatus, done.ExitCode, done.InvokeRecordStatus, done.ErrorCode },
    { "Success", 0, "Finished", "" })
  test.equal(base64.decode(done.Output), "i-gw8example ran echo hello")
  test.equal(result(cloud, id, { ContentEncoding = "PlainText" }).Output, "i-gw8example ran echo hello")
  local whole = cloud:call(E, "DescribeInvocations",
    { RegionId = FRANKFURT, InvokeId = id, IncludeOutput = true }).Invocations
    .Invocation[1]
  test.equal({ whole.InvocationStatus, base64.decode(whole.CommandContent), whole.Timeout },
    { "Success", "echo hello", 60 })
end)

test.simulated("how a command can end otherwise", {}, function()
  local outcomes = {
    fail = { exit_code = 3, output = "no", timed_out = false },
      long = { exit_code = -1, output = "", timed_out = true },
    odd = { output = "", failure = "the host is gone" },
    loud = { exit_code = 0, output = ("x"):rep(30000), timed_out = false },
  }
  local cloud <close> = with_plane({ time_scale = 1 }, function(_, text) return outcomes[text] end)
  local rows = {
    { "fail", "Failed", "ExitCodeNonzero" }, { "long", "Timeout", "ExecutionTimeout" },
    { "odd", "Error", "ExecutionException" }, { "loud", "Success", "" },
  }
  for _, row in ipairs(rows) do
    local id = cloud:call(E, "RunCommand", command { CommandContent = row[1] }).InvokeId
    task.sleep(2)
    local done = result(cloud, id)
    test.equal({ done.InvocationStatus, done.ErrorCode }, { row[2], row[3] }, row[1])
    if row[1] == "fail" then test.equal(done.ExitCode, 3) end
    if row[1] == "loud" then test.equal({ #base64.decode(done.Output), done.Dropped }, { 24576, 5424 }) end
  end
end)

test.simulated("instances that cannot be reached", {}, function()
  local cloud <close> = driver.new { time_scale = 1, world = world(function(w)
    w.vpcs[2].instances[2] = { id = "i-stopped", vswitch = "vsw-gw8example-a", address = "10.20.1.11",
      status = "Stopped" }
    w.vpcs[2].instances[3] = { id = "i-mute", vswitch = "vsw-gw8example-a", address = "10.20.1.12",
      assistant = "offline" }
  end) }
  local id = cloud:call(E, "RunCommand", command { InstanceId = { "i-stopped", "i-mute" } }).InvokeId
  task.sleep(2)
  test.equal({ result(cloud, id, { InstanceId = "i-stopped" }).InvocationStatus,
    result(cloud, id, { InstanceId = "i-stopped" }).ErrorCode }, { "Aborted", "InstanceNotRunning" })
  test.equal(result(cloud, id, { InstanceId = "i-mute" }).InvocationStatus, "Pending")
  task.sleep(60)
  test.equal(result(cloud, id, { InstanceId = "i-mute" }).ErrorCode, "ClientNotRunning")
  test.equal(cloud:call(E, "DescribeInvocations", { RegionId = FRANKFURT, InvokeId = id }).Invocations.Invocation[1]
    .InvocationStatus, "Failed")
end)

test.simulated("the state of an invocation on several instances", {}, function()
  local cloud <close> = with_plane({ time_scale = 1, world = world(function(w)
    w.vpcs[2].instances[2] = { id = "i-two", vswitch = "vsw-gw8example-a", address = "10.20.1.11" }
  end) }, function(instance, text)
    if text == "stop" then task.sleep(1000) end
    local fail = text == "both" or (text == "one" and instance == "i-two")
    return { exit_code = fail and 1 or 0, output = text, timed_out = false }
  end)
  local function overall(text)
    local id = cloud:call(E, "RunCommand",
      command { CommandContent = text, InstanceId = { "i-gw8example", "i-two" } }).InvokeId
    local function look()
      return cloud:call(E, "DescribeInvocations", { RegionId = FRANKFURT, InvokeId = id }).Invocations.Invocation[1]
        .InvocationStatus
    end
    local first = look()
    task.sleep(2)
    if text == "stop" then
      test.equal(look(), "Running")
      cloud:call(E, "StopInvocation", { RegionId = FRANKFURT, InvokeId = id })
      task.sleep(1)
    end
    return first .. " " .. look()
  end
  test.equal(overall "fine", "Pending Success")
  test.equal(overall "one", "Pending PartialFailed")
  test.equal(overall "both", "Pending Failed")
  test.equal(overall "stop", "Pending Stopped")
end)

test.simulated("braces stay as they are when parameters are not enabled", {}, function()
  local cloud <close> = with_plane({ time_scale = 0 }, function(_, text)
    return { exit_code = 0, output = text, timed_out = false }
  end)
  local id = cloud:call(E, "RunCommand", command { CommandContent = "echo {{name}}" }).InvokeId
  task.sleep(1)
  test.equal(result(cloud, id, { ContentEncoding = "PlainText" }).Output, "echo {{name}}")
end)

test.simulated("stopping: not started is Cancelled, running is Terminated", {}, function()
  local cloud <close> = with_plane({ time_scale = 1 }, function()
    task.sleep(1000)
    return { exit_code = 0, output = "", timed_out = false }
  end)
  local id = cloud:call(E, "RunCommand", command()).InvokeId
  cloud:call(E, "StopInvocation", { RegionId = FRANKFURT, InvokeId = id })
  test.equal(result(cloud, id).InvocationStatus, "Cancelled")
  id = cloud:call(E, "RunCommand", command()).InvokeId
  task.sleep(2)
  cloud:call(E, "StopInvocation", { RegionId = FRANKFURT, InvokeId = id })
  task.sleep(1)
  test.equal(result(cloud, id).InvocationStatus, "Terminated")
  test.equal(cloud:refused(E, "StopInvocation", { RegionId = FRANKFURT, InvokeId = "t-x" }), "InvalidInvokeId.NotFound")
end)

test("what RunCommand and InvokeCommand refuse", function()
  local cloud <close> = with_plane({ quotas = { commands = 1 } }, function()
    return { exit_code = 0, output = "", timed_out = false }
  end)
  local R <const> = "RunCommand"
  local many = {}
  for i = 1, 101 do many[i] = "i-" .. i end
  cloud:expect_refusals {
    { E, R, command { InstanceId = "" }, "MissingParam.InstanceId", 400 },
    { E, R, command { InstanceId = { "i-x" } }, "InvalidInstance.NotFound", 404 },
    { E, R, command { InstanceId = { "i-t4nexample" } }, "InvalidInstance.NotFound", 404 },
    { E, R, command { InstanceId = many }, "InstanceIds.ExceedLimit", 403 },
    { E, R, command { Type = "RunPython" }, "InvalidCmdType.NotFound", 404 },
    { E, R, command { Type = "RunBatScript" }, "InvalidInstance.NotMatch", 400 },
    { E, R, command { ContentEncoding = "Base64", CommandContent = "***" }, "CmdContent.DecodeError", 400 },
    { E, R, command { CommandContent = ("x"):rep(18433) }, "CmdContent.ExceedLimit", 403 },
    { E, R, command { CommandContent = ("x"):rep(14000), KeepCommand = true }, "CmdContent.ExceedLimit", 403 },
    { E, R, command { Timeout = 9 }, "InvalidTimeout.ExceedLimit", 403 },
    { E, R, command { Timeout = 100000 }, "InvalidTimeout.ExceedLimit", 403 },
    { E, R, command { RepeatMode = "Sometimes" }, "InvalidRepeatMode.NotFound", 404 },
    { E, R, command { RepeatMode = "Period" }, "MissingParam.Frequency", 400 },
    { E, R, command { Parameters = '{"a":1}' }, "Parameter.Disabled", 400 },
    { E, R, command { EnableParameter = true, CommandContent = "echo {{name}}" }, "Parameter.NotMatched", 400 },
    { E, R, command { TerminationMode = "Soft" }, "InvalidTerminationMode.NotFound", 404 },
    { E, "InvokeCommand", { RegionId = FRANKFURT, CommandId = "c-x", InstanceId = { "i-gw8example" } },
      "InvalidCmdId.NotFound", 404 },
  }
  test.equal(cloud:call(E, R, command { RepeatMode = "DryRun" }).InvokeId, nil)
  local kept = cloud:call(E, R,
    command { KeepCommand = true, EnableParameter = true, CommandContent = "echo {{ name }}",
    Parameters = '{"name":"x"}' }).CommandId
  test.equal(cloud:refused(E, R, command { KeepCommand = true }), "CmdCount.ExceedQuota")
  local again = { RegionId = FRANKFURT, CommandId = kept, InstanceId = { "i-gw8example" } }
  test.equal(cloud:refused(E, "InvokeCommand", again), "Parameter.MissingValue")
  again.Parameters = '{"name":"y"}'
  test.match(cloud:call(E, "InvokeCommand", again).InvokeId, "^t%-")
end)

test("a sandbox without a data plane says so in the result", function()
  local cloud <close> = driver.new {}
  local id = cloud:call(E, "RunCommand", command()).InvokeId
  task.sleep(0.05)
  local done = result(cloud, id)
  test.equal({ done.InvocationStatus, done.ErrorCode }, { "Error", "ExecutionException" })
  test.match(done.ErrorInfo, "no data plane")
end)
