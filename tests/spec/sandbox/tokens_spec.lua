-- SPDX-License-Identifier: MIT
-- ClientToken and the journal: replays, mismatches, retention, dry runs.

local driver = dofile((debug.getinfo(1, "S").source:sub(2):gsub("[^/]+$", "driver.lua")))
local task = require "task"
local test = require "spec"

local FRANKFURT <const> = "eu-central-1"

local function vswitch(more)
  local params = { RegionId = FRANKFURT, VpcId = "vpc-gw8example", ZoneId = "eu-central-1a", CidrBlock = "10.20.9.0/24",
    ClientToken = "token-one" }
  for key, value in pairs(more or {}) do params[key] = value end
  return params
end

test("the same token and parameters give the same answer and one object", function()
  local cloud <close> = driver.new {}
  local first = cloud:call("Vpc", "CreateVSwitch", vswitch())
  local second = cloud:call("Vpc", "CreateVSwitch", vswitch())
  test.equal(second.VSwitchId, first.VSwitchId)
  test.truthy(second.RequestId ~= first.RequestId)
  test.truthy(cloud.box:calls()[2].replayed)
  test.falsy(cloud.box:calls()[2].committed)
  test.equal(cloud:call("Vpc", "DescribeVSwitches", { VpcId = "vpc-gw8example", RegionId = FRANKFURT }).TotalCount, 3)
end)

test("another parameter with the same token is refused in the product's way", function()
  local cloud <close> = driver.new {}
  cloud:call("Vpc", "CreateVSwitch", vswitch())
  test.equal(cloud:refused("Vpc", "CreateVSwitch", vswitch { CidrBlock = "10.20.10.0/24" }), "Duplicated.ClientToken")
  local group = { RegionId = FRANKFURT, VpcId = "vpc-gw8example", ClientToken = "token-two" }
  cloud:call("Ecs", "CreateSecurityGroup", group)
  group.SecurityGroupName = "other"
  test.equal(cloud:refused("Ecs", "CreateSecurityGroup", group), "IdempotentParameterMismatch")
end)

test("a token belongs to one account and one operation", function()
  local cloud <close> = driver.new { world = "empty" }
  local params = { RegionId = FRANKFURT, CidrBlock = "10.0.0.0/16", ClientToken = "shared" }
  local own = cloud:call("Vpc", "CreateVpc", params).VpcId
  local other = cloud:call("Vpc", "CreateVpc", params, { key = "LTAIsandboxpartner" }).VpcId
  test.truthy(own ~= other)
  cloud:call("Vpc", "CreateRouteTable", { RegionId = FRANKFURT, VpcId = own, ClientToken = "shared" })
end)

test("a refusal and a dry run are not remembered", function()
  local cloud <close> = driver.new {}
  test.equal(cloud:refused("Vpc", "CreateVSwitch", vswitch { CidrBlock = "10.20.1.0/24" }),
    "InvalidCidrBlock.Overlapped")
  cloud:call("Vpc", "CreateVSwitch", vswitch())
  local vpc = { RegionId = FRANKFURT, ClientToken = "token-vpc", DryRun = true }
  test.equal(cloud:refused("Vpc", "CreateVpc", vpc), "DryRunOperation")
  vpc.DryRun = nil
  cloud:call("Vpc", "CreateVpc", vpc)
end)

test("a token is 1 to 64 ASCII characters", function()
  local cloud <close> = driver.new {}
  cloud:expect_refusals {
    { "Vpc", "CreateVSwitch", vswitch { ClientToken = ("x"):rep(65) }, "InvalidParameter" },
    { "Vpc", "CreateVSwitch", vswitch { ClientToken = "é" }, "InvalidParameter" },
    { "Ecs", "RunCommand", { RegionId = FRANKFURT, Type = "RunShellScript", CommandContent = "true",
      InstanceId = { "i-gw8example" }, ClientToken = "é" }, "InvalidClientToken.Malformed" },
  }
end)

for _, case in ipairs { { 0, false }, { 600, true }, { 86400, true } } do
  test.simulated(("a token is remembered for %d seconds"):format(case[1]), {}, function()
    local cloud <close> = driver.new { token_retention = case[1] }
    local first = cloud:call("Ecs", "CreateSecurityGroup",
      { RegionId = FRANKFURT, VpcId = "vpc-gw8example", ClientToken = "t" })
    local second = cloud:call("Ecs", "CreateSecurityGroup",
      { RegionId = FRANKFURT, VpcId = "vpc-gw8example", ClientToken = "t" })
    test.equal(first.SecurityGroupId == second.SecurityGroupId, case[2])
    task.sleep(case[1] + 1)
    local third = cloud:call("Ecs", "CreateSecurityGroup",
      { RegionId = FRANKFURT, VpcId = "vpc-gw8example", ClientToken = "t" })
    test.truthy(third.SecurityGroupId ~= first.SecurityGroupId)
  end)
end

test.simulated("while the first request counts as running, a repetition is told to wait", {}, function()
  local cloud <close> = driver.new { time_scale = 1, times = { token_processing = 5 } }
  cloud:call("Vpc", "CreateVSwitch", vswitch())
  test.equal(cloud:refused("Vpc", "CreateVSwitch", vswitch()), "OperationFailed.IdempotentTokenProcessing")
  local vpc = { RegionId = FRANKFURT, ClientToken = "v" }
  cloud:call("Vpc", "CreateVpc", vpc)
  test.equal(cloud:refused("Vpc", "CreateVpc", vpc), "TOKEN_PROCESSING")
  local group = { RegionId = FRANKFURT, VpcId = "vpc-gw8example", ClientToken = "g" }
  cloud:call("Ecs", "CreateSecurityGroup", group)
  test.equal(cloud:refused("Ecs", "CreateSecurityGroup", group), "IdempotentProcessing")
  local endpoint = { RegionId = "ap-southeast-1", VpcId = "vpc-t4nexample", SecurityGroupId = { "sg-t4nexample" },
    ServiceName = "com.aliyuncs.privatelink.ap-southeast-1.maxcompute", ClientToken = "e" }
  cloud:call("Privatelink", "CreateVpcEndpoint", endpoint)
  test.equal(cloud:refused("Privatelink", "CreateVpcEndpoint", endpoint), "LastTokenProcessing")
  task.sleep(5)
  cloud:call("Vpc", "CreateVSwitch", vswitch())
end)

test("operations that know no token ignore it", function()
  local cloud <close> = driver.new {}
  local peer = cloud:call("VpcPeer", "CreateVpcPeerConnection", { RegionId = "ap-southeast-1", VpcId = "vpc-t4nexample",
    AcceptingAliUid = 1234567890123456, AcceptingRegionId = FRANKFURT, AcceptingVpcId = "vpc-gw8example" }).InstanceId
  local params = { RegionId = FRANKFURT, ClientToken = "same", RouteEntries = { { RouteTableId = "vtb-gw8example",
    DstCidrBlock = "10.10.0.0/16", NextHop = peer, NextHopType = "VpcPeer" } } }
  test.equal(cloud:call("Vpc", "CreateRouteEntries", params).SuccessCount, 1)
  test.equal(cloud:call("Vpc", "CreateRouteEntries", params).FailedCount, 1)
end)
