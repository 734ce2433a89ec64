-- SPDX-License-Identifier: MIT
-- The sandbox with real signatures: the client of this program, both doors, temporary credentials.

local cloud = require "cloud"
local sandbox = require "sandbox"
local test = require "spec"

local function new(options)
  options = options or {}
  options.time_scale, options.data_plane = 0, "none"
  return sandbox.new(options)
end

test("the client of this program is understood in-process", function()
  local box <close> = new()
  box:mount()
  local account = box:account "default"
  local identity = cloud.client { product = "sts", region = "eu-central-1",
    account = account }:call("GetCallerIdentity")
  test.equal({ identity.AccountId, identity.IdentityType }, { "1234567890123456", "Account" })
  local vpcs = cloud.client { product = "vpc", region = "eu-central-1", account = account }:call("DescribeVpcs")
  test.equal(vpcs.Vpcs.Vpc[1].VpcId, "vpc-gw8example")
  local made = cloud.client { product = "vpcpeer", region = "ap-southeast-1", account = account }:call(
    "CreateVpcPeerConnection", { VpcId = "vpc-t4nexample", AcceptingAliUid = 1234567890123456,
      AcceptingRegionId = "eu-central-1", AcceptingVpcId = "vpc-gw8example", Tag = { { Key = "by", Value = "spec" } } })
  test.match(made.InstanceId, "^pcc%-")
  test.equal(#box.bugs, 0)
  local last = box:calls()[#box:calls()]
  test.equal({ last.product, last.action, last.account, last.outcome, last.kind },
    { "VpcPeer", "CreateVpcPeerConnection", "default", "ok", "write" })
end)

test("every account has its own key", function()
  local box <close> = new { world = "cross-account" }
  box:mount()
  local function vpcs(name, region)
    local list = cloud.client { product = "vpc", region = region, account = box:account(name) }:call("DescribeVpcs")
    return list.TotalCount
  end
  test.equal({ vpcs("default", "eu-central-1"), vpcs("default", "ap-southeast-1") }, { 1, 0 })
  test.equal({ vpcs("partner", "eu-central-1"), vpcs("partner", "ap-southeast-1") }, { 0, 1 })
  local user = cloud.client { product = "sts", region = "eu-central-1", account = box:account "default/operator" }
  test.equal(user:call("GetCallerIdentity").IdentityType, "RAMUser")
end)

test("the same cloud on a socket", function()
  local box <close> = new()
  local server = box:listen()
  local client = cloud.client { product = "vpc", region = "eu-central-1", account = box:account "default",
    endpoint = "http://127.0.0.1:" .. server.port }
  test.equal(client:call("DescribeVpcs").TotalCount, 1)
  test.equal(box:calls()[1].door, "socket")
end)
