-- SPDX-License-Identifier: MIT
-- Refusals that need a rare state: middle states, shared and managed objects, limits.

local driver = dofile((debug.getinfo(1, "S").source:sub(2):gsub("[^/]+$", "driver.lua")))
local json = require "json"
local presets = require("sandbox").presets
local task = require "task"
local test = require "spec"

local FRANKFURT <const>, SINGAPORE <const> = "eu-central-1", "ap-southeast-1"
local V <const>, P <const>, E <const>, Z <const> = "Vpc", "Privatelink", "Ecs", "pvtz"
local DEFAULT <const>, PARTNER <const> = 1234567890123456, 6543210987654321
local AS_PARTNER <const> = { key = "LTAIsandboxpartner" }

local function world(change, name)
  local copy = json.decode(json.encode(presets[name or "worked-example"]))
  if change then change(copy) end
  return copy
end

local function with(base, more)
  local params = {}
  for key, value in pairs(base) do params[key] = value end
  for key, value in pairs(more) do params[key] = value end
  return params
end

local PEERING <const> = { RegionId = SINGAPORE, VpcId = "vpc-t4nexample", AcceptingAliUid = DEFAULT,
  AcceptingRegionId = FRANKFURT, AcceptingVpcId = "vpc-gw8example" }
local ENDPOINT <const> = { RegionId = SINGAPORE, VpcId = "vpc-t4nexample", SecurityGroupId = { "sg-t4nexample" },
  ServiceName = "com.aliyuncs.privatelink.ap-southeast-1.maxcompute",
  Zone = { { ZoneId = "ap-southeast-1b", VSwitchId = "vsw-t4nexample-b" } } }

test.simulated("a peering wants both VPCs Available", {}, function()
  local cloud <close> = driver.new { time_scale = 1 }
  cloud:call(V, "AssociateVpcCidrBlock",
    { RegionId = FRANKFURT, VpcId = "vpc-gw8example", SecondaryCidrBlock = "10.21.0.0/16" })
  cloud:expect_refusals {
    { "VpcPeer", "CreateVpcPeerConnection", PEERING, "IncorrectStatus.AcceptingVpc" },
    { "VpcPeer", "CreateVpcPeerConnection", { RegionId = FRANKFURT, VpcId = "vpc-gw8example", AcceptingAliUid = DEFAULT,
      AcceptingRegionId = SINGAPORE, AcceptingVpcId = "vpc-t4nexample" }, "IncorrectStatus.Vpc" },
    { V, "AssociateVpcCidrBlock",
      { RegionId = FRANKFURT, VpcId = "vpc-gw8example", SecondaryCidrBlock = "10.22.0.0/16" },
      "IncorrectStatus.Vpc" },
    { V, "DeleteVpc", { VpcId = "vpc-gw8example" }, "DependencyViolation.VSwitch" },
  }
end)

test("a shared VPC is peered by its owner only", function()
  local cloud <close> = driver.new { world = world(function(w) w.vpcs[1].shared_with = { PARTNER } end) }
  test.equal(cloud:refused("VpcPeer", "CreateVpcPeerConnection", with(PEERING, { AcceptingAliUid = PARTNER }),
    AS_PARTNER),
    "OperationDenied.OperateShareResource")
end)

test.simulated("routes: a table that is not ready, gateway tables, an instance that starts", {}, function()
  local cloud <close> = driver.new { time_scale = 1, world = world(function(w)
    w.peerings = { { id = "pcc-one", vpc = "vpc-t4nexample", accepting_vpc = "vpc-gw8example" } }
    w.vpcs[2].instances[2] = { id = "i-starting", vswitch = "vsw-gw8example-a", address = "10.20.1.11",
      status = "Starting" }
  end) }
  local base = { RegionId = FRANKFURT, VpcId = "vpc-gw8example" }
  local normal = cloud:call(V, "CreateRouteTable", base).RouteTableId
  local gateway = cloud:call(V, "CreateRouteTable", with(base, { AssociateType = "Gateway" })).RouteTableId
  local function route(table_id, more)
    return with({ RouteTableId = table_id, DestinationCidrBlock = "8.8.8.8", NextHopType = "VpcPeer",
      NextHopId = "pcc-one" },
      more or {})
  end
  test.equal(cloud:refused(V, "CreateRouteEntry", route(normal)), "IncorrectStatus.RouteTableStatus")
  task.sleep(2)
  cloud:call(V, "CreateRouteEntry", route(normal))
  task.sleep(3)
  cloud:expect_refusals {
    { V, "CreateRouteEntry", route(gateway), "OperationDenied.GatewayRouteTableNotPermitted" },
    { V, "DescribeRouteEntryList", { RegionId = FRANKFURT, RouteTableId = gateway },
      "OperationDenied.UseGatewayRouteEntryQueryInterface" },
    { V, "AssociateRouteTable", { RegionId = FRANKFURT, RouteTableId = gateway, VSwitchId = "vsw-gw8example-a" },
      "OperationDenied.AssociateGatewayRouteTable" },
    { V, "CreateRouteEntry", route(normal, { DestinationCidrBlock = "9.9.9.9", NextHopType = "Instance",
      NextHopId = "i-starting" }), "IncorrectInstanceStatus" },
    { V, "DeleteRouteTable", { RegionId = FRANKFURT, RouteTableId = normal }, "DependencyViolation.RouteEntry" },
    { V, "DescribeRouteTables", { RegionId = FRANKFURT, VRouterId = "vrt-x" }, "InvalidVRouterId.NotFound" },
    { V, "AssociateVpcCidrBlock", with(base, { SecondaryCidrBlock = "8.0.0.0/8" }),
      "OperationFailed.ConflictWithEntry" },
    { V, "AssociateVpcCidrBlock", with(base, { IPv6CidrBlock = "2001:db8::/56" }),
      "OperationUnsupported.VpcMultiCidr" },
  }
end)

test("what holds a vSwitch, and tables of another VPC", function()
  local cloud <close> = driver.new { world = world(function(w)
    w.vpcs[3] = { id = "vpc-third", region = FRANKFURT, cidr = "10.30.0.0/16",
      route_tables = { { id = "vtb-foreign" } } }
    w.vpcs[2].route_tables = { { id = "vtb-own" } }
  end) }
  cloud:call(P, "CreateVpcEndpoint", ENDPOINT)
  cloud:call(V, "AssociateRouteTable",
    { RegionId = FRANKFURT, RouteTableId = "vtb-own", VSwitchId = "vsw-gw8example-b" })
  cloud:expect_refusals {
    { V, "DeleteVSwitch", { VSwitchId = "vsw-t4nexample-b" }, "DependencyViolation.CloudService" },
    { V, "DeleteVSwitch", { VSwitchId = "vsw-gw8example-b" }, "DependencyViolation.RouteTable" },
    { V, "AssociateRouteTable", { RegionId = FRANKFURT, RouteTableId = "vtb-foreign", VSwitchId = "vsw-gw8example-a" },
      "Forbidden.NotInSameVpc" },
    { "Ecs", "DeleteSecurityGroup", { RegionId = SINGAPORE, SecurityGroupId = "sg-t4nexample" },
      "DependencyViolation" },
  }
  cloud:call(V, "UnassociateRouteTable",
    { RegionId = FRANKFURT, RouteTableId = "vtb-own", VSwitchId = "vsw-gw8example-b" })
  local acl = cloud:call(V, "CreateNetworkAcl", { RegionId = FRANKFURT, VpcId = "vpc-gw8example" }).NetworkAclId
  cloud:call(V, "AssociateNetworkAcl", { RegionId = FRANKFURT, NetworkAclId = acl,
    Resource = { { ResourceType = "VSwitch", ResourceId = "vsw-gw8example-b" } } })
  test.equal(cloud:refused(V, "DeleteVSwitch", { VSwitchId = "vsw-gw8example-b" }), "DependencyViolation.NetworkAcl")
end)

test.simulated("network ACLs in middle states", {}, function()
  local cloud <close> = driver.new { time_scale = 1, times = { acl = 2 } }
  local acl = cloud:call(V, "CreateNetworkAcl", { RegionId = FRANKFURT, VpcId = "vpc-gw8example" }).NetworkAclId
  local base = { RegionId = FRANKFURT, NetworkAclId = acl }
  local function bind(id)
    return with(base, { Resource = { { ResourceType = "VSwitch", ResourceId = id } } })
  end
  test.equal(cloud:refused(V, "ModifyNetworkAclAttributes", with(base, { NetworkAclName = "x" })),
    "NetworkStatus.Modifying")
  task.sleep(2)
  test.equal(cloud:refused(V, "AssociateNetworkAcl", bind "vsw-t4nexample-a"), "InvalidResource.NotFound")
  cloud:call(V, "CreateVSwitch", { RegionId = FRANKFURT, VpcId = "vpc-gw8example", ZoneId = "eu-central-1a",
    CidrBlock = "10.20.9.0/24" })
  local pending
  for id, vswitch in pairs(cloud.box:state().vswitches) do
    if vswitch.Status == "Pending" then pending = id end
  end
  test.equal(cloud:refused(V, "AssociateNetworkAcl", bind(pending)), "ResourceStatus.Error")
  cloud:call(V, "AssociateNetworkAcl", bind "vsw-gw8example-a")
  test.equal(cloud:refused(V, "AssociateNetworkAcl", bind "vsw-gw8example-b"),
    "OperationDenied.NetworkAclAttachmentInMiddleStatus")
end)

test("a network ACL and a vSwitch of two VPCs", function()
  local cloud <close> = driver.new { world = world(function(w)
    w.vpcs[3] = { id = "vpc-third", region = FRANKFURT, cidr = "10.30.0.0/16" }
  end) }
  local acl = cloud:call(V, "CreateNetworkAcl", { RegionId = FRANKFURT, VpcId = "vpc-third" }).NetworkAclId
  test.equal(cloud:refused(V, "AssociateNetworkAcl", { RegionId = FRANKFURT, NetworkAclId = acl,
    Resource = { { ResourceType = "VSwitch", ResourceId = "vsw-gw8example-a" } } }), "InvalidResource.VpcError")
end)

test("protected endpoints, endpoint quotas", function()
  local cloud <close> = driver.new { quotas = { endpoints_per_vpc = 1 } }
  local id = cloud:call(P, "CreateVpcEndpoint", with(ENDPOINT, { ProtectedEnabled = true })).EndpointId
  local base = { RegionId = SINGAPORE, EndpointId = id }
  cloud:expect_refusals {
    { P, "DeleteVpcEndpoint", base, "EndpointProtected" },
    { P, "UpdateVpcEndpointAttribute", with(base, { EndpointName = "xy" }), "EndpointProtected" },
    { P, "RemoveZoneFromVpcEndpoint", with(base, { ZoneId = "ap-southeast-1b" }), "EndpointProtected" },
    { P, "AddZoneToVpcEndpoint", with(base, { ZoneId = "ap-southeast-1a", VSwitchId = "vsw-t4nexample-a" }),
      "EndpointProtected" },
    { P, "CreateVpcEndpoint",
      with(ENDPOINT, { ServiceName = "com.aliyuncs.privatelink.ap-southeast-1.maxcompute-tunnel" }),
      "QuotaExceeded.totalEpPerVpc" },
  }
  local narrow <close> = driver.new { quotas = { zones_per_endpoint = 0 } }
  test.equal(narrow:refused(P, "CreateVpcEndpoint", ENDPOINT), "QuotaExceeded.epZonePerEndpoint")
end)

test.simulated("services in middle states, without resources, deleted", {}, function()
  local cloud <close> = driver.new { time_scale = 1, quotas = { endpoint_services = 1, resources_per_service = 1 } }
  local create = { RegionId = SINGAPORE, ServiceResourceType = "nlb", AutoAcceptEnabled = true,
    Resource = { { ResourceType = "nlb", ResourceId = "nlb-1" } } }
  local id = cloud:call(P, "CreateVpcEndpointService", create).ServiceId
  local own = { RegionId = SINGAPORE, ServiceId = id }
  local ask = with(ENDPOINT, { ServiceId = id })
  ask.ServiceName = nil
  cloud:expect_refusals {
    { P, "CreateVpcEndpoint", ask, "IncorrectStatus.VpcEndpointService" },
    { P, "DeleteVpcEndpointService", own, "EndpointServiceDependenceViolation" },
    { P, "UpdateVpcEndpointServiceAttribute", own, "EndpointServiceOperationDenied" },
    { P, "CreateVpcEndpointService", create, "QuotaMisMatched" },
    { P, "CreateVpcEndpointService", with(create, { AddressIpVersion = "DualStack" }),
      "OperationDenied.ResourceTypeNotSupportDualStack" },
    { P, "AttachResourceToVpcEndpointService", with(own, { ResourceType = "nlb", ResourceId = "nlb-2" }),
      "QuotaMisMatched" },
  }
  task.sleep(2)
  cloud:call(P, "UpdateVpcEndpointServiceAttribute", with(own, { AutoAcceptEnabled = false }))
  test.equal(cloud:refused(P, "UpdateVpcEndpointServiceAttribute", own), "EndpointServiceLocked")
  task.sleep(2)
  local endpoint = cloud:call(P, "CreateVpcEndpoint", ask).EndpointId
  task.sleep(6)
  cloud:call(P, "DetachResourceFromVpcEndpointService", with(own, { ResourceId = "nlb-1" }))
  local pair = with(own, { EndpointId = endpoint })
  cloud:expect_refusals {
    { P, "EnableVpcEndpointConnection", pair, "OperationDenied.NoAvailableServiceResource" },
    { P, "EnableVpcEndpointZoneConnection", with(pair, { ZoneId = "ap-southeast-1b" }),
      "IncorrectStatus.VpcEndpointConnection" },
    { P, "EnableVpcEndpointZoneConnection", with(pair, { ZoneId = "ap-southeast-1a" }),
      "ResourceNotFound.VpcEndpointZone", 404 },
    { P, "UpdateVpcEndpointConnectionAttribute", pair, "EndpointConnectionOperationDenied" },
  }
  cloud:call(P, "DeleteVpcEndpointService", own)
  test.equal(cloud:refused(P, "CreateVpcEndpoint", with(ask, { VpcId = "vpc-t4nexample" })), "EndpointServiceDeleted")
  task.sleep(3)
  cloud:expect_refusals {
    { P, "AddZoneToVpcEndpoint", { RegionId = SINGAPORE, EndpointId = endpoint, ZoneId = "ap-southeast-1a",
      VSwitchId = "vsw-t4nexample-a" }, "EndpointServiceDeleted" },
    { P, "UpdateVpcEndpointAttribute", { RegionId = SINGAPORE, EndpointId = endpoint, EndpointName = "xy" },
      "EndpointServiceDeleted" },
  }
end)

test("tags in the spelling of each product", function()
  local cloud <close> = driver.new {}
  local twice = { { Key = "a", Value = "1" }, { Key = "a", Value = "2" } }
  local many = {}
  for i = 1, 20 do many[i] = { Key = "k" .. i, Value = "v" } end
  local vpc = { RegionId = FRANKFURT, ResourceType = "VPC", ResourceId = { "vpc-gw8example" } }
  cloud:call(V, "TagResources", with(vpc, { Tag = many }))
  local id = cloud:call(P, "CreateVpcEndpoint", with(ENDPOINT, { Tag = many })).EndpointId
  local endpoint = { RegionId = SINGAPORE, ResourceType = "vpcendpoint", ResourceId = { id } }
  cloud:expect_refusals {
    { V, "TagResources", with(vpc, { Tag = { { Key = "more", Value = "" } } }), "QuotaExceeded.TagNum" },
    { V, "TagResources", with(vpc, { Tag = twice }), "Forbidden.TagKey.Duplicated" },
    { V, "TagResources", with(vpc, { Tag = { { Value = "1" } } }), "MissingParameter.TagKey" },
    { V, "CreateVpc", { RegionId = FRANKFURT, Tag = { { Value = "1" } } }, "IllegalParam.TagKey" },
    { E, "CreateSecurityGroup", { RegionId = FRANKFURT, VpcId = "vpc-gw8example", Tag = twice }, "Duplicate.TagKey" },
    { P, "TagResources", with(endpoint, { Tag = twice }), "DuplicatedTagKey" },
    { P, "TagResources", with(endpoint, { Tag = { { Key = "more", Value = "1" } } }), "QuotaExceed.TagsPerResource" },
    { P, "ListTagResources", with(endpoint, { Tag = { { Value = "1" } } }), "MissingTagKeyParam" },
    { "VpcPeer", "ListTagResources",
      { RegionId = FRANKFURT, ResourceType = "PeerConnection", Tag = { { Value = "1" } } },
      "InvalidTagKey" },
    { "Tag", "ListResourcesByTag", { RegionId = FRANKFURT, ResourceType = "ALIYUN::X::Y", ["TagFilter.Key"] = "a" },
      "InvalidParameter.ResourceType", 403 },
  }
end)

test("Cloud Assistant: parameters that are no object, too many commands", function()
  local cloud <close> = driver.new { quotas = { invocations = 0 } }
  local base = { RegionId = FRANKFURT, Type = "RunShellScript", CommandContent = "echo {{a}}", EnableParameter = true,
    InstanceId = { "i-gw8example" } }
  cloud:expect_refusals {
    { E, "RunCommand", with(base, { Parameters = "x" }), "CmdParam.InvalidParamName" },
    { E, "RunCommand", with(base, { Parameters = '{"a":1}' }), "Invocation.ExceedQuota", 403 },
    { E, "RunCommand", with(base, { Frequency = "0 0 * * * *", Parameters = '{"a":1}' }), "SandboxNotImplemented",
      501 },
    { E, "AuthorizeSecurityGroup",
      { RegionId = FRANKFURT, SecurityGroupId = "sg-gw8example", Permissions = { { IpProtocol = "TCP",
      PortRange = "1/1", Ipv6SourceCidrIp = "ten" } } }, "InvalidParameter.Ipv6CidrIp" },
  }
end)

test("zones: limits, remarks, one zone of a name per VPC", function()
  local cloud <close> = driver.new { quotas = { zones = 2 } }
  local first = cloud:call(Z, "AddZone", { ZoneName = "example.com" }).ZoneId
  local second = cloud:call(Z, "AddZone", { ZoneName = "example.com" }).ZoneId
  local vpcs = { { VpcId = "vpc-gw8example", RegionId = FRANKFURT } }
  cloud:call(Z, "BindZoneVpc", { ZoneId = first, Vpcs = vpcs })
  local record = cloud:call(Z, "AddZoneRecord", { ZoneId = first, Rr = "@", Type = "TXT", Value = "x" }).RecordId
  cloud:expect_refusals {
    { Z, "BindZoneVpc", { ZoneId = second, Vpcs = vpcs }, "ZoneVpc.Zone.Repeated" },
    { Z, "AddZone", { ZoneName = "third.com" }, "Zone.Number.Exceed" },
    { Z, "UpdateZoneRemark", { ZoneId = first, Remark = ("x"):rep(51) }, "Zone.Remark" },
    { Z, "UpdateRecordRemark", { RecordId = record, Remark = ("x"):rep(51) }, "Zone.Remark" },
  }
end)

test("CDT that cannot be opened, keys that nobody knows", function()
  local cloud <close> = driver.new { world = world(function(w)
    w.accounts.default.cdt, w.accounts.default.cdt_cross_border = "refused", "refused"
  end) }
  cloud:expect_refusals {
    { "CDT", "OpenCdtService", {}, "OperationDenied.OpenCdt" },
    { "CDT", "OpenCdtCbService", {}, "OperationDenied.OpenCdt" },
    { V, "DescribeVpcs", { RegionId = FRANKFURT }, "InvalidAccessKeyId.NotFound", 404,
      options = { key = "LTAInobody" } },
  }
end)

test.simulated("objects that are not ready yet", {}, function()
  local cloud <close> = driver.new { time_scale = 1 }
  local vpc = cloud:call(V, "CreateVpc", { RegionId = FRANKFURT, CidrBlock = "10.9.0.0/16" }).VpcId
  cloud:expect_refusals {
    { E, "CreateSecurityGroup", { RegionId = FRANKFURT, VpcId = vpc }, "IncorrectVpcStatus" },
    { V, "DeleteVpc", { VpcId = vpc }, "IncorrectVpcStatus" },
  }
  local tables = {}
  for i = 1, 2 do tables[i] = cloud:call(V, "CreateRouteTable",
    { RegionId = FRANKFURT, VpcId = "vpc-gw8example" }).RouteTableId end
  task.sleep(2)
  local function bind(n)
    return { RegionId = FRANKFURT, RouteTableId = tables[n], VSwitchId = "vsw-gw8example-a" }
  end
  cloud:call(V, "AssociateRouteTable", bind(1))
  test.equal(cloud:refused(V, "AssociateRouteTable", bind(2)), "IncorrectVSwitchStatus")
  local endpoint = cloud:call(P, "CreateVpcEndpoint", ENDPOINT).EndpointId
  local service = cloud:call(P, "CreateVpcEndpointService", { RegionId = SINGAPORE }).ServiceId
  test.equal(cloud:refused(P, "DeleteVpcEndpointService", { RegionId = SINGAPORE, ServiceId = service }),
    "EndpointServiceOperationDenied")
  task.sleep(2)
  cloud:call(P, "AttachResourceToVpcEndpointService", { RegionId = SINGAPORE, ServiceId = service, ResourceType = "slb",
    ResourceId = "lb-1" })
  local own = with(ENDPOINT, { ServiceId = service })
  own.ServiceName = nil
  local second = cloud:call(P, "CreateVpcEndpoint", own).EndpointId
  test.equal(cloud:refused(P, "EnableVpcEndpointConnection",
    { RegionId = SINGAPORE, ServiceId = service, EndpointId = second }),
    "EndpointOperationDenied")
  task.sleep(10)
  cloud:expect_refusals {
    { P, "UpdateVpcEndpointAttribute", { RegionId = SINGAPORE, EndpointId = endpoint, PolicyDocument = "{}" },
      "OperationDenied.EndpointPolicyNotSupport" },
    { P, "UpdateVpcEndpointAttribute", { RegionId = SINGAPORE, EndpointId = endpoint, AddressIpVersion = "DualStack" },
      "OperationDenied.EndpointServiceNotSupportDualstack" },
    { P, "RemoveUserFromVpcEndpointService", { RegionId = SINGAPORE, ServiceId = service }, "MissingParam.UserArn" },
    { P, "ChangeResourceGroup", { ResourceId = "ep-x", ResourceGroupId = "rg-x" }, "ResourceNotFound" },
    { P, "ChangeResourceGroup", { ResourceId = endpoint, ResourceGroupId = "rg-x" }, "InvalidResourceGroup",
      options = { host = "privatelink.ap-southeast-1.aliyuncs.com" } },
  }
end)

test("a provider needs PrivateLink open as well", function()
  local cloud <close> = driver.new { world = world(function(w) w.accounts.default.privatelink = "closed" end) }
  test.equal(cloud:refused(P, "CreateVpcEndpointService", { RegionId = SINGAPORE }), "NeedOpenProduct")
end)

test("the accepter's account has to be able to", function()
  local foreign = { RegionId = FRANKFURT, VpcId = "vpc-gw8example", AcceptingAliUid = PARTNER,
    AcceptingRegionId = SINGAPORE,
    AcceptingVpcId = "vpc-t4nexample" }
  local rows = {
    { "IncorrectBusinessStatus.VpcPeer", { locked = true } },
    { "OperationFailed.CdtNotOpened", { cdt = "closed" } },
    { "OperationFailed.CrossBorderCdtNotOpened", { cdt_cross_border = "closed" }, "cn-hangzhou" },
  }
  for _, row in ipairs(rows) do
    local cloud <close> = driver.new {
      world = world(function(w)
        w.accounts.default.cdt_cross_border, w.accounts.partner.cdt_cross_border = "open", "open"
        w.vpcs[2].region = row[3] or FRANKFURT
        for _, vswitch in ipairs(w.vpcs[2].vswitches) do vswitch.zone = (row[3] or "eu-central-1") .. "-x" end
      end, "cross-account"),
      -- the account changes between request and acceptance
      faults = { { action = "AcceptVpcPeerConnection",
        change = { collection = "accounts", id = tostring(PARTNER), set = row[2] } },
        { action = "ModifyVpcPeerConnection", change = { collection = "accounts", id = tostring(DEFAULT),
          set = { locked = true } } } },
    }
    local id = cloud:call("VpcPeer", "CreateVpcPeerConnection",
      with(foreign, { RegionId = row[3] or FRANKFURT })).InstanceId
    test.equal(cloud:refused("VpcPeer", "AcceptVpcPeerConnection", { InstanceId = id }, AS_PARTNER), row[1])
    test.equal(cloud:refused("VpcPeer", "ModifyVpcPeerConnection", { InstanceId = id }),
      "IncorrectBusinessStatus.VpcPeer")
  end
end)

test("bandwidth within a region, and a VPC that reaches over 100.64.0.0/10", function()
  local cloud <close> = driver.new { world = world(function(w)
    w.vpcs[3] = { id = "vpc-near", region = SINGAPORE, cidr = "100.0.0.0/8",
      instances = {}, security_groups = { { id = "sg-near" } } }
  end) }
  cloud:expect_refusals {
    { "VpcPeer", "CreateVpcPeerConnection", with(PEERING, { AcceptingRegionId = SINGAPORE, AcceptingVpcId = "vpc-near",
      Bandwidth = 100 }), "IllegalParam.Bandwidth" },
    { V, "CreateVSwitch",
      { RegionId = SINGAPORE, VpcId = "vpc-near", ZoneId = "ap-southeast-1a", CidrBlock = "100.64.0.0/16" },
      "InvalidParameter" },
    { E, "AuthorizeSecurityGroup",
      { RegionId = SINGAPORE, SecurityGroupId = "sg-near", IpProtocol = "TCP", PortRange = "1/1",
      SourceGroupId = "sg-t4nexample" }, "InvalidSourceGroupId.Mismatch" },
  }
end)

test("routes: of another kind, of the system, named twice, of another VPC's instance", function()
  local cloud <close> = driver.new { world = world(function(w)
    w.vpcs[3] = { id = "vpc-near", region = FRANKFURT, cidr = "10.30.0.0/16",
      vswitches = { { id = "vsw-near", cidr = "10.30.1.0/24", zone = "eu-central-1a" } },
      instances = { { id = "i-near", vswitch = "vsw-near", address = "10.30.1.5" } } }
    w.routes = { { id = "rte-bgp", table = "vtb-gw8example", destination = "10.99.0.0/16", kind = "BGP",
      next_hop_type = "Attachment", next_hop = "x" } }
  end) }
  local peer = cloud:call("VpcPeer", "CreateVpcPeerConnection", PEERING).InstanceId
  local own = { RouteTableId = "vtb-gw8example", DestinationCidrBlock = "8.8.8.8", NextHopType = "VpcPeer",
    NextHopId = peer }
  local system = cloud:call(V, "DescribeRouteEntryList", { RegionId = FRANKFURT, RouteTableId = "vtb-gw8example",
    RouteEntryType = "System" }).RouteEntrys.RouteEntry[1].RouteEntryId
  cloud:expect_refusals {
    { V, "DeleteRouteEntry", { RouteEntryId = "rte-bgp" }, "OperationDenied" },
    { V, "DeleteRouteEntry", { RouteEntryId = system }, "OperationDenied" },
    { V, "CreateRouteEntry", with(own, { NextHopType = "Instance", NextHopId = "i-near" }),
      "OperationFailed.InstanceDismatchCurrentVpc" },
    { V, "DeleteRouteTable", { RegionId = FRANKFURT, RouteTableId = "vtb-x" }, "InvalidRouteTableId.NotFound", 404 },
    { V, "DescribeRouteTableList", { RegionId = FRANKFURT, PageNumber = 0 }, "InvalidParameter" },
    { V, "ListVpcPublishedRouteEntries", { RegionId = FRANKFURT, RouteTableId = "vtb-gw8example" },
      "ResourceNotAssociated.TargetInstance", 400 },
    { V, "CopyNetworkAclEntries", { RegionId = FRANKFURT, NetworkAclId = "nacl-x", SourceNetworkAclId = "nacl-y" },
      "InvalidNetworkAcl.NotFound" },
    { V, "TagResources",
      { RegionId = FRANKFURT, ResourceType = "EIP", ResourceId = { "eip-x" }, Tag = { { Key = "a" } } },
      "InvalidInstanceType.NotFound" },
    { E, "DescribeNetworkInterfaces", { RegionId = FRANKFURT, PageSize = 0 }, "InvalidParameter" },
    { E, "DescribeNetworkInterfaces", { RegionId = FRANKFURT, MaxResults = 0 }, "InvalidParameter" },
  }
  local id = cloud:call(V, "CreateRouteEntry", own).RouteEntryId
  local both = { { RouteTableId = "vtb-gw8example", RouteEntryId = id },
    { RouteTableId = "vtb-gw8example", RouteEntryId = id } }
  local answer = cloud:call(V, "DeleteRouteEntries", { RegionId = FRANKFURT, RouteEntries = both })
  test.equal({ answer.SuccessCount, answer.FailedRouteEntries[1].FailedCode }, { 1, "VPC_ROUTER_ENTRY_NOT_EXIST" })
  local acl = cloud:call(V, "CreateNetworkAcl", { RegionId = FRANKFURT, VpcId = "vpc-gw8example" }).NetworkAclId
  test.equal(cloud:refused(V, "CopyNetworkAclEntries",
    { RegionId = FRANKFURT, NetworkAclId = acl, SourceNetworkAclId = "nacl-y" }),
    "InvalidNetworkAcl.NotFound")
end)

test.simulated("a route that is still being made cannot be changed", {}, function()
  local cloud <close> = driver.new { time_scale = 1 }
  local peer = cloud:call("VpcPeer", "CreateVpcPeerConnection", PEERING).InstanceId
  task.sleep(3)
  local id = cloud:call(V, "CreateRouteEntry", { RouteTableId = "vtb-gw8example", DestinationCidrBlock = "8.8.8.8",
    NextHopType = "VpcPeer", NextHopId = peer }).RouteEntryId
  test.equal(cloud:refused(V, "ModifyRouteEntry", { RegionId = FRANKFURT, RouteEntryId = id, RouteEntryName = "x" }),
    "IncorrectRouteEntryStatus")
end)

test("the older form of security-group rules is checked as well", function()
  local cloud <close> = driver.new {}
  local rule = { RegionId = FRANKFURT, SecurityGroupId = "sg-gw8example", IpProtocol = "tcp", PortRange = "1/1",
    SourceCidrIp = "10.0.0.0/8" }
  cloud:call(E, "AuthorizeSecurityGroup", rule)
  local ids = {}
  for i = 1, 101 do ids[i] = "i-" .. i end
  cloud:expect_refusals {
    { E, "AuthorizeSecurityGroup", with(rule, { Policy = "maybe" }), "InvalidPolicy.Malformed" },
    { E, "AuthorizeSecurityGroup", with(rule, { Priority = "0" }), "InvalidPriority.ValueNotSupported" },
    { E, "AuthorizeSecurityGroup", with(rule, { IpProtocol = "IPIP" }), "InvalidIpProtocol.ValueNotSupported" },
    { E, "CreateSecurityGroup", { RegionId = FRANKFURT }, "InvalidVpcId.NotFound", 404 },
    { E, "DescribeInstances", { RegionId = FRANKFURT, InstanceIds = json.encode(ids) }, "InvalidParameter" },
    { E, "DescribeInstances", { RegionId = FRANKFURT, Ipv6Address = { "\xff" } }, "InvalidParameter" },
  }
end)

test("record values fit their type", function()
  local cloud <close> = driver.new {}
  local zone = cloud:call(Z, "AddZone", { ZoneName = "example.com" }).ZoneId
  local rows = { { "AAAA", "10.0.0.1", "2001:db8::1" }, { "CNAME", "-bad", "good.example.com." },
    { "A", "x", "10.0.0.1" } }
  for i, row in ipairs(rows) do
    local record = { ZoneId = zone, Rr = "n" .. i, Type = row[1], Value = row[2] }
    test.equal(cloud:refused(Z, "AddZoneRecord", record), "Record.Invalid.Value", row[1])
    record.Value = row[3]
    cloud:call(Z, "AddZoneRecord", record)
  end
end)

test("a defect of the sandbox is an InternalError that is kept", function()
  local handlers = require("sandbox.products").by_name.Vpc.handlers
  local whole = handlers.DescribeRegions
  handlers.DescribeRegions = function() error "a slip" end
  local cloud <close> = driver.new {}
  local said = io.stderr
  io.stderr = { write = function() end } -- luacheck: ignore 122
  local code, status = cloud:refused(V, "DescribeRegions")
  io.stderr, handlers.DescribeRegions = said, whole -- luacheck: ignore 122
  test.equal({ code, status, #cloud.box.bugs }, { "InternalError", 500, 1 })
  cloud.box.bugs = {}
end)
