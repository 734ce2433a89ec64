-- SPDX-License-Identifier: MIT
-- Peering connections: every edge of the state machine and every refusal, as published.

local driver = dofile((debug.getinfo(1, "S").source:sub(2):gsub("[^/]+$", "driver.lua")))
local presets = require("sandbox").presets
local task = require "task"
local test = require "spec"

local DEFAULT <const>, PARTNER <const> = 1234567890123456, 6543210987654321
local AS_PARTNER <const> = { key = "LTAIsandboxpartner" }
local DAY <const> = 86400

local function wish(more)
  local params = { RegionId = "ap-southeast-1", VpcId = "vpc-t4nexample", AcceptingAliUid = DEFAULT,
    AcceptingRegionId = "eu-central-1", AcceptingVpcId = "vpc-gw8example" }
  for key, value in pairs(more or {}) do params[key] = value end
  return params
end

-- A copy of a world that may be changed.
local function world(name, change)
  local json = require "json"
  local copy = json.decode(json.encode(presets[name]))
  change(copy)
  return copy
end

local function create(cloud, more, options)
  return cloud:call("VpcPeer", "CreateVpcPeerConnection", wish(more), options).InstanceId
end

local function status(cloud, id, options)
  return cloud:call("VpcPeer", "GetVpcPeerConnectionAttribute", { InstanceId = id }, options).Status
end

-- The partner owns the service VPC; the default account asks from the consumer side.
local function foreign(more)
  local params = { RegionId = "eu-central-1", VpcId = "vpc-gw8example", AcceptingAliUid = PARTNER,
    AcceptingRegionId = "ap-southeast-1", AcceptingVpcId = "vpc-t4nexample" }
  for key, value in pairs(more or {}) do params[key] = value end
  return params
end

test.simulated("same account: Creating, Activated, Updating, Activated, Deleting, gone", {}, function()
  local cloud <close> = driver.new { time_scale = 1 }
  local id = create(cloud)
  test.equal(status(cloud, id), "Creating")
  task.sleep(2.9)
  test.equal(status(cloud, id), "Creating")
  task.sleep(0.2)
  test.equal(status(cloud, id), "Activated")
  cloud:call("VpcPeer", "ModifyVpcPeerConnection", { InstanceId = id, Bandwidth = 200, Name = "faster" })
  test.equal(status(cloud, id), "Updating")
  test.equal(cloud:refused("VpcPeer", "ModifyVpcPeerConnection", { InstanceId = id }), "IncorrectStatus.VpcPeer")
  task.sleep(3)
  local seen = cloud:call("VpcPeer", "GetVpcPeerConnectionAttribute", { InstanceId = id })
  test.equal({ seen.Status, seen.Bandwidth, seen.Name, seen.LinkType }, { "Activated", 200, "faster", "Gold" })
  cloud:call("VpcPeer", "DeleteVpcPeerConnection", { InstanceId = id })
  test.equal(status(cloud, id), "Deleting")
  test.equal(cloud:refused("VpcPeer", "DeleteVpcPeerConnection", { InstanceId = id }), "IncorrectStatus.VpcPeer")
  task.sleep(3)
  test.equal(cloud:refused("VpcPeer", "GetVpcPeerConnectionAttribute", { InstanceId = id }),
    "ResourceNotFound.InstanceId")
end)

test.simulated("other account: Accepting until accepted, by the accepter only", {}, function()
  local cloud <close> = driver.new { time_scale = 1, world = "cross-account" }
  local id = create(cloud, foreign())
  task.sleep(3)
  local seen = cloud:call("VpcPeer", "GetVpcPeerConnectionAttribute", { InstanceId = id }, AS_PARTNER)
  test.equal(seen.Status, "Accepting")
  test.equal(seen.AcceptingOwnerUid, PARTNER)
  test.truthy(seen.GmtExpired)
  test.equal(cloud:refused("VpcPeer", "AcceptVpcPeerConnection", { InstanceId = id }), "IncorrectStatus.VpcPeer")
  cloud:call("VpcPeer", "AcceptVpcPeerConnection", { InstanceId = id }, AS_PARTNER)
  test.equal(status(cloud, id), "Updating")
  task.sleep(3)
  test.equal(status(cloud, id), "Activated")
  test.equal(cloud:refused("VpcPeer", "RejectVpcPeerConnection", { InstanceId = id }, AS_PARTNER),
    "IncorrectStatus.VpcPeer")
end)

test.simulated("rejected and expired connections are dead and block the pair until deleted", {}, function()
  local cloud <close> = driver.new { time_scale = 1, world = "cross-account" }
  local id = create(cloud, foreign())
  task.sleep(3)
  cloud:call("VpcPeer", "RejectVpcPeerConnection", { InstanceId = id }, AS_PARTNER)
  test.equal(status(cloud, id), "Updating")
  task.sleep(3)
  test.equal(status(cloud, id), "Rejected")
  test.equal(cloud:refused("VpcPeer", "AcceptVpcPeerConnection", { InstanceId = id }, AS_PARTNER),
    "IncorrectStatus.VpcPeer")
  test.equal(cloud:refused("VpcPeer", "CreateVpcPeerConnection", foreign()), "ResourceAlreadyExist.VpcPeer")
  cloud:call("VpcPeer", "DeleteVpcPeerConnection", { InstanceId = id }, AS_PARTNER) -- either side deletes
  task.sleep(3)
  id = create(cloud, foreign())
  task.sleep(7 * DAY - 1)
  test.equal(status(cloud, id), "Accepting")
  task.sleep(2)
  local seen = cloud:call("VpcPeer", "GetVpcPeerConnectionAttribute", { InstanceId = id })
  test.equal(seen.Status, "Expired")
  test.truthy(seen.GmtExpired)
end)

test.simulated("Deleted can be made visible, and Activated can be not yet usable", {}, function()
  local cloud <close> = driver.new { time_scale = 1, times = { peer_deleted_visible = 10, peer_settle = 5 } }
  local id = create(cloud)
  task.sleep(3)
  test.equal(status(cloud, id), "Activated")
  local route = { RouteTableId = "vtb-gw8example", DestinationCidrBlock = "10.10.0.0/16", NextHopType = "VpcPeer",
    NextHopId = id }
  test.equal(cloud:refused("Vpc", "CreateRouteEntry", route), "IncorrectStatus.VpcPeer")
  task.sleep(5)
  local made = cloud:call("Vpc", "CreateRouteEntry", route)
  task.sleep(3)
  cloud:call("Vpc", "DeleteRouteEntry", { RouteEntryId = made.RouteEntryId })
  task.sleep(3)
  cloud:call("VpcPeer", "DeleteVpcPeerConnection", { InstanceId = id })
  task.sleep(4)
  test.equal(status(cloud, id), "Deleted")
  task.sleep(10)
  test.equal(cloud:refused("VpcPeer", "GetVpcPeerConnectionAttribute", { InstanceId = id }),
    "ResourceNotFound.InstanceId")
end)

test("what Create refuses", function()
  local cloud <close> = driver.new {}
  local P <const>, A <const> = "VpcPeer", "CreateVpcPeerConnection"
  cloud:expect_refusals {
    { P, A, wish { RegionId = "na-south-1" }, "UnsupportedRegion", 400 },
    { P, A, wish { AcceptingRegionId = "atlantis-1" }, "UnsupportedRegion" },
    { P, A, wish { VpcId = "vpc-unknown" }, "ResourceNotFound.Vpc" },
    { P, A, wish { RegionId = "eu-central-1" }, "ResourceNotFound.Vpc" },
    { P, A, wish { AcceptingVpcId = "vpc-unknown" }, "ResourceNotFound.AcceptingVpc" },
    { P, A, wish { AcceptingAliUid = PARTNER }, "ResourceNotFound.AcceptingVpc" },
    { P, A, wish { AcceptingAliUid = 0 }, "IllegalParam.AcceptingAliUid" },
    { P, A, wish { AcceptingAliUid = "me" }, "IllegalParam.AcceptingAliUid" },
    { P, A, wish { AcceptingRegionId = "ap-southeast-1", AcceptingVpcId = "vpc-t4nexample" },
      "IllegalParam.AcceptingVpcId" },
    { P, A, wish { LinkType = "Silver" }, "IllegalParam.LinkType" },
    { P, A, wish { Bandwidth = 0 }, "IllegalParam.Bandwidth" },
    { P, A, wish { Bandwidth = 1025 }, "QuotaExceeded.Bandwidth" },
    { P, A, wish { Name = "x" }, "IllegalParam.Name" },
    { P, A, wish { Name = "1abc" }, "IllegalParam.Name" },
    { P, A, wish { Name = "a b" }, "IllegalParam.Name" },
    { P, A, wish { Description = "http://x" }, "IllegalParam.Description" },
    { P, A, wish { ResourceGroupId = "rg-unknown" }, "OperationFailed.NotExist.ResourceGroup" },
    { P, A, wish { Tag = { { Key = "aliyun", Value = "" } } }, "IllegalParam.Key" },
    { P, A, wish { DryRun = true }, "DryRunOperation", 400 },
  }
  for _, name in ipairs { "RegionId", "VpcId", "AcceptingAliUid", "AcceptingRegionId", "AcceptingVpcId" } do
    local params = wish()
    params[name] = nil
    test.equal(cloud:refused(P, A, params), "Missing" .. name)
  end
  create(cloud)
  cloud:expect_refusals {
    { P, A, wish(), "ResourceAlreadyExist.VpcPeer" },
    { P, A, wish { RegionId = "eu-central-1", VpcId = "vpc-gw8example", AcceptingRegionId = "ap-southeast-1",
      AcceptingVpcId = "vpc-t4nexample" }, "ResourceAlreadyExist.VpcPeer" },
  }
end)

test("what the state of accounts, regions and VPCs forbids", function()
  local P <const>, A <const> = "VpcPeer", "CreateVpcPeerConnection"
  local rows = {
    { "IncorrectBusinessStatus.VpcPeer", function(w) w.accounts.default.locked = true end },
    { "IncorrectBusinessStatus.AcceptUserVpcPeer", function(w) w.accounts.partner.locked = true end },
    { "OperationFailed.CrossBusinessNotAllowed", function(w) w.accounts.partner.site = "china" end },
    { "OperationFailed.CdtNotOpened", function(w) w.accounts.default.cdt = "refused" end },
    { "OperationFailed.AcceptUserCdtNotOpened", function(w) w.accounts.partner.cdt = "closed" end },
    { "OperationDenied.CloudBoxExistsInVpc", function(w) w.vpcs[2].cloud_box = true end },
    { "OperationDenied.CloudBoxExistsInAcceptingVpc", function(w) w.vpcs[1].cloud_box = true end },
    { "ResourceAlreadyExist.RouterInterface",
      function(w) w.router_links = { { "vpc-t4nexample", "vpc-gw8example" } } end },
    { "OperationFailed.ViolativeVpcPeer", function() end,
      { forbidden_pairs = { { "ap-southeast-1", "eu-central-1" } } } },
  }
  for _, row in ipairs(rows) do
    local options = row[3] or {}
    options.world = world("cross-account", row[2])
    local cloud <close> = driver.new(options)
    test.equal(cloud:refused(P, A, foreign()), row[1])
  end
end)

test("crossing the border needs its own CDT at both ends", function()
  local function mainland(own, other)
    return world("cross-account", function(w)
      w.vpcs[2].region = "cn-hangzhou"
      for _, vswitch in ipairs(w.vpcs[2].vswitches) do vswitch.zone = "cn-hangzhou-a" end
      w.accounts.default.cdt_cross_border, w.accounts.partner.cdt_cross_border = own, other
    end)
  end
  local params = foreign { RegionId = "cn-hangzhou" }
  local rows = { { "closed", "open", "OperationFailed.CrossBorderCdtNotOpened" },
    { "open", "closed", "OperationFailed.AcceptUserCrossBorderCdtNotOpened" } }
  for _, row in ipairs(rows) do
    local cloud <close> = driver.new { world = mainland(row[1], row[2]) }
    test.equal(cloud:refused("VpcPeer", "CreateVpcPeerConnection", params), row[3])
  end
  local cloud <close> = driver.new { world = mainland("open", "open") }
  cloud:call("VpcPeer", "CreateVpcPeerConnection", params)
end)

test("link types that a region does not offer", function()
  local cloud <close> = driver.new { link_types = { ["ap-southeast-1"] = { "Gold" }, ["eu-central-1"] = {} } }
  test.equal(cloud:refused("VpcPeer", "CreateVpcPeerConnection", wish { LinkType = "Platinum" }),
    "OperationFailed.SpecificLinkTypeNotSupported")
  test.equal(cloud:refused("VpcPeer", "CreateVpcPeerConnection",
    wish { RegionId = "eu-central-1", VpcId = "vpc-gw8example",
    AcceptingRegionId = "ap-southeast-1", AcceptingVpcId = "vpc-t4nexample", LinkType = "Gold" }),
    "OperationFailed.RegionIdNotSupportLinkType")
end)

test("quotas: per VPC between regions, per VPC in a region, per account and region", function()
  local function hub(quotas)
    return driver.new { world = "hub", quotas = quotas }
  end
  local function join(cloud, n, region)
    return cloud:raw("VpcPeer", "CreateVpcPeerConnection",
      wish { AcceptingRegionId = region, AcceptingVpcId = "vpc-spoke" .. n })
  end
  for quota, code in pairs { peers_per_vpc_regions = "QuotaExceeded.CrossRegionVpcPeerCountPerVpc",
    peers_per_region = "QuotaExceeded.VpcPeerCountPerUserPerRegion",
      peers_per_vpc = "QuotaExceeded.VpcPeerCountPerVpc" } do
    local cloud <close> = hub { [quota] = 2 }
    test.truthy(join(cloud, 1, "eu-central-1").InstanceId)
    test.truthy(join(cloud, 2, "us-west-1").InstanceId)
    test.equal(join(cloud, 3, "ap-northeast-1").Code, code)
  end
  local cloud <close> = driver.new { world = world("worked-example", function(w)
    w.vpcs[2].region = "ap-southeast-1"
    for _, vswitch in ipairs(w.vpcs[2].vswitches) do vswitch.zone = "ap-southeast-1a" end
  end), quotas = { peers_per_vpc_one_region = 0 } }
  test.equal(cloud:refused("VpcPeer", "CreateVpcPeerConnection", wish { AcceptingRegionId = "ap-southeast-1" }),
    "QuotaExceeded.IntraRegionVpcPeerCountPerVpc")
end)

test("inside a region there is neither link type nor bandwidth", function()
  local cloud <close> = driver.new { world = world("worked-example", function(w)
    w.vpcs[2].region = "ap-southeast-1"
    for _, vswitch in ipairs(w.vpcs[2].vswitches) do vswitch.zone = "ap-southeast-1a" end
  end) }
  local params = wish { AcceptingRegionId = "ap-southeast-1" }
  params.LinkType = "Gold"
  test.equal(cloud:refused("VpcPeer", "CreateVpcPeerConnection", params),
    "OperationFailed.InterRegionLinkTypeNotSupported")
  params.LinkType = nil
  local id = create(cloud, params)
  local seen = cloud:call("VpcPeer", "GetVpcPeerConnectionAttribute", { InstanceId = id })
  test.equal({ seen.Bandwidth, seen.LinkType }, { -1, nil })
  cloud:expect_refusals {
    { "VpcPeer", "ModifyVpcPeerConnection", { InstanceId = id, Bandwidth = 10 },
      "OperationFailed.BandwidthCannotBeChangedInSameRegion" },
    { "VpcPeer", "ModifyVpcPeerConnection", { InstanceId = id, LinkType = "Gold" },
      "OperationFailed.InterRegionLinkTypeNotSupported" },
  }
end)

test.simulated("two creations on one VPC must not overlap in time", {}, function()
  local cloud <close> = driver.new { world = "hub", time_scale = 1 }
  create(cloud, { AcceptingVpcId = "vpc-spoke1" })
  local other = wish { AcceptingRegionId = "us-west-1", AcceptingVpcId = "vpc-spoke2" }
  test.equal(cloud:refused("VpcPeer", "CreateVpcPeerConnection", other), "Conflict.Operation")
  task.sleep(3)
  create(cloud, other)
end)

test("delete: routes, force, managed connections, unknown ids", function()
  local cloud <close> = driver.new { world = world("worked-example", function(w)
    w.peerings = { { id = "pcc-managed", vpc = "vpc-t4nexample", accepting_vpc = "vpc-gw8example",
      managed_service = "SWAS" } }
  end) }
  cloud:expect_refusals {
    { "VpcPeer", "DeleteVpcPeerConnection", { InstanceId = "pcc-managed" }, "OperationDenied.ServiceManagedInstance" },
    { "VpcPeer", "ModifyVpcPeerConnection", { InstanceId = "pcc-managed" }, "OperationDenied.ServiceManagedInstance" },
    { "VpcPeer", "DeleteVpcPeerConnection", { InstanceId = "pcc-unknown" }, "ResourceNotFound.InstanceId", 400 },
    { "VpcPeer", "ModifyVpcPeerConnection", { InstanceId = "pcc-unknown" }, "ResourceNotFound.InstanceId" },
    { "VpcPeer", "AcceptVpcPeerConnection", { InstanceId = "pcc-unknown" }, "ResourceNotFound.InstanceId" },
    { "VpcPeer", "RejectVpcPeerConnection", { InstanceId = "pcc-unknown" }, "ResourceNotFound.InstanceId" },
    { "VpcPeer", "GetVpcPeerConnectionAttribute", { InstanceId = "pcc-managed" }, "ResourceNotFound.InstanceId", 400,
      options = AS_PARTNER },
    { "VpcPeer", "GetVpcPeerConnectionAttribute", {}, "MissingInstanceId" },
    { "VpcPeer", "MoveResourceGroup",
      { RegionId = "eu-central-1", ResourceId = "pcc-unknown", ResourceType = "PeerConnection",
      NewResourceGroupId = "rg-1234567890123456" }, "ResourceNotFound.VpcPeer" },
  }
end)

test("a resource group of the account is taken", function()
  local cloud <close> = driver.new { world = world("worked-example", function(w)
    w.accounts.default.resource_groups = { "rg-network" }
  end) }
  local id = create(cloud, { ResourceGroupId = "rg-network" })
  test.equal(cloud:call("VpcPeer", "GetVpcPeerConnectionAttribute", { InstanceId = id }).ResourceGroupId, "rg-network")
end)

test("Force removes the routes that point to the connection", function()
  local cloud <close> = driver.new {}
  local id = create(cloud)
  cloud:call("Vpc", "CreateRouteEntry", { RouteTableId = "vtb-gw8example", DestinationCidrBlock = "10.10.0.0/16",
    NextHopType = "VpcPeer", NextHopId = id })
  test.equal(cloud:refused("VpcPeer", "DeleteVpcPeerConnection", { InstanceId = id }),
    "OperationDenied.RouteEntryExist")
  cloud:call("VpcPeer", "DeleteVpcPeerConnection", { InstanceId = id, Force = true })
  test.equal(next(cloud.box:state().routes), nil)
end)

test("the list: by role, region, id, name, tags; pages of one", function()
  local cloud <close> = driver.new { world = "hub" }
  local ids = {}
  for n, region in ipairs { "eu-central-1", "us-west-1", "ap-northeast-1" } do
    ids[n] = create(cloud, { AcceptingRegionId = region, AcceptingVpcId = "vpc-spoke" .. n, Name = "spoke-" .. n,
      Tag = { { Key = "n", Value = tostring(n) } } })
  end
  local function list(params)
    local found = {}
    local answer = cloud:call("VpcPeer", "ListVpcPeerConnections", params)
    for i, row in ipairs(answer.VpcPeerConnects) do found[i] = row.InstanceId end
    return found, answer
  end
  test.equal(list { RegionId = "ap-southeast-1" }, ids)
  test.equal(list { RegionId = "us-west-1" }, { ids[2] })
  test.equal(list { RegionId = "eu-west-1" }, {})
  test.equal(list { VpcId = "vpc-spoke3" }, { ids[3] })
  test.equal(list { VpcId = "vpc-spoke1,vpc-spoke3" }, { ids[1], ids[3] })
  test.equal(list { Name = "spoke-2" }, { ids[2] })
  test.equal(list { InstanceId = ids[1] }, { ids[1] })
  test.equal(list { Tags = { { Key = "n", Value = "3" } } }, { ids[3] })
  test.equal(list { Tags = { { Key = "other" } } }, {})
  local collected, token = {}, nil
  repeat
    local page, answer = list { RegionId = "ap-southeast-1", MaxResults = 1, NextToken = token }
    test.equal(answer.TotalCount, 3)
    table.move(page, 1, #page, #collected + 1, collected)
    token = answer.NextToken
  until not token or token == ""
  test.equal(collected, ids)
  cloud:expect_refusals {
    { "VpcPeer", "ListVpcPeerConnections", { MaxResults = 101 }, "IllegalParam.MaxResults" },
    { "VpcPeer", "ListVpcPeerConnections", { MaxResults = 0 }, "IllegalParam.MaxResults" },
    { "VpcPeer", "ListVpcPeerConnections", { NextToken = "mine" }, "IllegalParam.NextToken" },
    { "VpcPeer", "ListVpcPeerConnections", { VpcId = "a,b,c" }, "IllegalParam.VpcId" },
  }
end)

test("tags: add, replace, list, remove, limits", function()
  local cloud <close> = driver.new {}
  local id = create(cloud)
  local function base(more)
    local params = { RegionId = "ap-southeast-1", ResourceType = "PeerConnection", ResourceId = { id } }
    for key, value in pairs(more) do params[key] = value end
    return params
  end
  test.equal(cloud:call("VpcPeer", "TagResources",
    base { Tag = { { Key = "a", Value = "1" }, { Key = "b", Value = "" } } }).Success,
    true)
  cloud:call("VpcPeer", "TagResources", base { Tag = { { Key = "a", Value = "2" } } })
  test.equal(cloud:call("VpcPeer", "GetVpcPeerConnectionAttribute", { InstanceId = id }).Tags,
    { { Key = "a", Value = "2" }, { Key = "b", Value = "" } })
  local listed = cloud:call("VpcPeer", "ListTagResources", base {}).TagResources
  test.equal(listed[1], { ResourceId = id, ResourceType = "PeerConnection", RegionNo = "ap-southeast-1", TagKey = "a",
    TagValue = "2" })
  cloud:call("VpcPeer", "UnTagResources", base { TagKey = { "a" }, All = true }) -- All counts only without keys
  test.equal(#cloud:call("VpcPeer", "ListTagResources", base {}).TagResources, 1)
  cloud:call("VpcPeer", "UnTagResources", base { All = true })
  local many = {}
  for i = 1, 20 do many[i] = { Key = "k" .. i, Value = "v" } end
  cloud:call("VpcPeer", "TagResources", base { Tag = many })
  local twice = { { Key = "a", Value = "1" }, { Key = "a", Value = "2" } }
  cloud:expect_refusals {
    { "VpcPeer", "TagResources", base { Tag = { { Key = "more", Value = "1" } } }, "NumberExceed.Tags" },
    { "VpcPeer", "TagResources", base { Tag = twice }, "Forbidden.TagKey.Duplicated" },
    { "VpcPeer", "TagResources", base { Tag = { { Value = "1" } } }, "IllegalParam.TagKey" },
    { "VpcPeer", "TagResources", base { Tag = { { Key = "acs:x", Value = "1" } } }, "IllegalParam.TagKey" },
    { "VpcPeer", "TagResources", base { Tag = { { Key = "x", Value = "http://y" } } }, "IllegalParam.TagValue" },
    { "VpcPeer", "TagResources", base { ResourceId = { "pcc-unknown" }, Tag = { { Key = "a" } } },
      "InvalidInstanceIds.NotFound" },
    { "VpcPeer", "TagResources", base { ResourceType = "Pipe", Tag = { { Key = "a" } } },
      "InvalidInstanceType.NotFound" },
    { "VpcPeer", "ListTagResources", { RegionId = "ap-southeast-1", ResourceType = "PeerConnection" },
      "BothEmpty.TagsAndResources" },
  }
end)
