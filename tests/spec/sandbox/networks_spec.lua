-- SPDX-License-Identifier: MIT
-- VPCs, vSwitches, route tables and network ACLs.

local driver = dofile((debug.getinfo(1, "S").source:sub(2):gsub("[^/]+$", "driver.lua")))
local task = require "task"
local test = require "spec"

local FRANKFURT <const>, SINGAPORE <const> = "eu-central-1", "ap-southeast-1"

local function with(base, more)
  local params = {}
  for key, value in pairs(base) do params[key] = value end
  for key, value in pairs(more or {}) do params[key] = value ~= "" and value or nil end
  return params
end

test.simulated("a VPC: Pending, Available, gone", {}, function()
  local cloud <close> = driver.new { time_scale = 1, world = "empty" }
  local made = cloud:call("Vpc", "CreateVpc", { RegionId = FRANKFURT, CidrBlock = "10.0.0.0/16", VpcName = "one" })
  local params = { RegionId = FRANKFURT, VpcId = made.VpcId }
  test.equal(cloud:call("Vpc", "DescribeVpcAttribute", params).Status, "Pending")
  test.equal(cloud:refused("Vpc", "CreateVSwitch", { RegionId = FRANKFURT, VpcId = made.VpcId, ZoneId = "eu-central-1a",
    CidrBlock = "10.0.1.0/24" }), "IncorrectVpcStatus")
  task.sleep(2)
  local shown = cloud:call("Vpc", "DescribeVpcs", params).Vpcs.Vpc[1]
  test.equal({ shown.Status, shown.CidrBlock, shown.RouterTableIds.RouterTableIds, shown.OwnerId },
    { "Available", "10.0.0.0/16", { made.RouteTableId }, 1234567890123456 })
  cloud:call("Vpc", "DeleteVpc", params)
  task.sleep(2)
  test.equal(cloud:call("Vpc", "DescribeVpcs", params).TotalCount, 0)
  test.equal(cloud:refused("Vpc", "DescribeVpcAttribute", params), "InvalidVpcId.NotFound")
end)

test("what CreateVpc refuses", function()
  local cloud <close> = driver.new { quotas = { vpcs_per_region = 1 } }
  local V <const>, C <const> = "Vpc", "CreateVpc"
  local base = { RegionId = "us-west-1", CidrBlock = "10.0.0.0/16" }
  cloud:expect_refusals {
    { V, C, with(base, { RegionId = "" }), "MissingRegionId" },
    { V, C, with(base, { RegionId = "nowhere-1" }), "InvalidRegionId.NotFound", 400 },
    { V, C, with(base, { CidrBlock = "10.0.0.1/16" }), "InvalidParameter", 400 },
    { V, C, with(base, { CidrBlock = "10.0.0.0/29" }), "IllegalParam.CidrBlockMask" },
    { V, C, with(base, { CidrBlock = "0.0.0.0/0" }), "IllegalParam.CidrBlockMask" },
    { V, C, with(base, { CidrBlock = "100.64.0.0/10" }), "InvalidParameter" },
    { V, C, with(base, { CidrBlock = "100.100.0.0/16" }), "InvalidParameter" },
    { V, C, with(base, { CidrBlock = "127.0.0.0/16" }), "InvalidParameter" },
    { V, C, with(base, { CidrBlock = "169.254.0.0/24" }), "InvalidParameter" },
    { V, C, with(base, { CidrBlock = "224.0.0.0/8" }), "InvalidParameter" },
    { V, C, with(base, { VpcName = "http://x" }), "InvalidVpcName.Malformed" },
    { V, C, with(base, { Description = "https://x" }), "InvalidVpcDiscription.Malformed" },
    { V, C, with(base, { UserCidr = "1.0.0.0/8,2.0.0.0/8,3.0.0.0/8,4.0.0.0/8" }), "InvalidUserCidr.Quota" },
    { V, C, with(base, { UserCidr = "one" }), "InvalidUserCidr.Malformed" },
    { V, C, with(base, { EnableIpv6 = true }), "OperationUnsupported.Ipv6Feature" },
    { V, C, with(base, { Ipv4IpamPoolId = "ipam-1" }), "UnsupportedFeature.Ipam" },
    { V, C, with(base, { ResourceGroupId = "rg-x" }), "InvalidResourceGroupId" },
    { V, C, with(base, { EnableIpv6 = "yes" }), "IllegalParam.EnableIpv6" },
    { V, C, with(base, { DryRun = true }), "DryRunOperation", 400 },
    { V, C, with(base, { RegionId = SINGAPORE }), "QuotaExceeded.Vpc" },
  }
  cloud:call(V, C, with(base, { CidrBlock = "" })) -- the default block
end)

test("a VPC that is not empty stays", function()
  local cloud <close> = driver.new { world = "cross-account" }
  local params = { VpcId = "vpc-gw8example", RegionId = FRANKFURT }
  local V <const>, D <const> = "Vpc", "DeleteVpc"
  test.equal(cloud:refused(V, D, params), "DependencyViolation.VSwitch")
  cloud:call("VpcPeer", "CreateVpcPeerConnection", { RegionId = FRANKFURT, VpcId = "vpc-gw8example",
    AcceptingAliUid = 6543210987654321, AcceptingRegionId = SINGAPORE, AcceptingVpcId = "vpc-t4nexample" })
  test.equal(cloud:refused(V, D, params), "OperationDenied.VpcPeerExists")
  cloud:expect_refusals {
    { V, D, { VpcId = "vpc-unknown" }, "InvalidVpcId.NotFound", 404 },
    { V, D, { VpcId = "vpc-t4nexample" }, "InvalidVpcId.NotFound", 404 }, -- somebody else's
  }
  local fresh = cloud:call(V, "CreateVpc", { RegionId = FRANKFURT, CidrBlock = "10.9.0.0/16" }).VpcId
  local rows = {
    { "DependencyViolation.SecurityGroup", "Ecs", "CreateSecurityGroup", { RegionId = FRANKFURT, VpcId = fresh } },
    { "DependencyViolation.RouteTable", "Vpc", "CreateRouteTable", { RegionId = FRANKFURT, VpcId = fresh } },
    { "DependencyViolation.NetworkAcl", "Vpc", "CreateNetworkAcl", { RegionId = FRANKFURT, VpcId = fresh } },
  }
  local made = {}
  for i, row in ipairs(rows) do made[i] = cloud:call(row[2], row[3], row[4]) end
  local undo = {
    { "Ecs", "DeleteSecurityGroup", { RegionId = FRANKFURT, SecurityGroupId = made[1].SecurityGroupId } },
    { "Vpc", "DeleteRouteTable", { RegionId = FRANKFURT, RouteTableId = made[2].RouteTableId } },
    { "Vpc", "DeleteNetworkAcl", { RegionId = FRANKFURT, NetworkAclId = made[3].NetworkAclId } },
  }
  local order = { 1, 3, 2 } -- the order in which the cloud looks
  for _, n in ipairs(order) do
    test.equal(cloud:refused(V, D, { VpcId = fresh }), rows[n][1])
    cloud:call(undo[n][1], undo[n][2], undo[n][3])
  end
  cloud:call(V, D, { VpcId = fresh })
end)

test("secondary blocks", function()
  local cloud <close> = driver.new { quotas = { secondary_cidrs_per_vpc = 1 } }
  local base = { RegionId = FRANKFURT, VpcId = "vpc-gw8example", SecondaryCidrBlock = "10.21.0.0/16" }
  local V <const>, A <const>, U <const> = "Vpc", "AssociateVpcCidrBlock", "UnassociateVpcCidrBlock"
  cloud:expect_refusals {
    { V, A, with(base, { SecondaryCidrBlock = "" }), "MissingParam.SecondaryCidrBlockOrIpv6CidrBlock" },
    { V, A, with(base, { SecondaryCidrBlock = "x" }), "InvalidCidrBlock.Malformed" },
    { V, A, with(base, { SecondaryCidrBlock = "10.21.0.0/30" }), "IllegalParam.SecondaryCidrMask" },
    { V, A, with(base, { SecondaryCidrBlock = "10.20.0.0/20" }), "Duplicated.SecondaryCidrBlock" },
    { V, A, with(base, { VpcId = "vpc-x" }), "InvalidVpc.NotFound", 400 },
    { V, U, base, "InvalidSecondaryCidrBlock.NotFound" },
    { V, U, with(base, { SecondaryCidrBlock = "" }), "MissingParam.SecondaryCidrBlockOrIpv6CidrBlock" },
  }
  test.equal(cloud:call(V, A, base).CidrBlock, "10.21.0.0/16")
  test.equal(cloud:refused(V, A, with(base, { SecondaryCidrBlock = "10.22.0.0/16" })), "QuotaExceeded.VpcMultiCidr")
  cloud:call(V, "CreateVSwitch", { RegionId = FRANKFURT, VpcId = "vpc-gw8example", ZoneId = "eu-central-1a",
    CidrBlock = "10.21.1.0/24" })
  test.equal(cloud:refused(V, U, base), "OperationFailed.CidrInUse")
  local shown = cloud:call(V, "DescribeVpcAttribute", { RegionId = FRANKFURT, VpcId = "vpc-gw8example" })
  test.equal(shown.SecondaryCidrBlocks.SecondaryCidrBlock, { "10.21.0.0/16" })
end)

test("what CreateVSwitch and DeleteVSwitch refuse", function()
  local cloud <close> = driver.new { quotas = { vswitches_per_vpc = 3 } }
  local V <const>, C <const>, D <const> = "Vpc", "CreateVSwitch", "DeleteVSwitch"
  local base = { RegionId = FRANKFURT, VpcId = "vpc-gw8example", ZoneId = "eu-central-1b", CidrBlock = "10.20.9.0/24" }
  local peer = cloud:call("VpcPeer", "CreateVpcPeerConnection", { RegionId = FRANKFURT, VpcId = "vpc-gw8example",
    AcceptingAliUid = 1234567890123456, AcceptingRegionId = SINGAPORE, AcceptingVpcId = "vpc-t4nexample" }).InstanceId
  cloud:call(V, "CreateRouteEntry", { RouteTableId = "vtb-gw8example", DestinationCidrBlock = "10.20.30.0/24",
    NextHopType = "VpcPeer", NextHopId = peer })
  cloud:expect_refusals {
    { V, C, with(base, { VpcId = "vpc-x" }), "InvalidVpcId.NotFound", 404 },
    { V, C, with(base, { VpcId = "" }), "MissingParam.vpcId" },
    { V, C, with(base, { ZoneId = "eu-central-1z" }), "InvalidZoneId.NotFound", 400 },
    { V, C, with(base, { CidrBlock = "10.20.9.0/30" }), "InvalidCirdrBlock.MaskLength" },
    { V, C, with(base, { CidrBlock = "10.0.0.0/8" }), "InvalidCirdrBlock.MaskLength" },
    { V, C, with(base, { CidrBlock = "10.20.9.1/24" }), "InvalidCidrBlock.Malformed" },
    { V, C, with(base, { CidrBlock = "10.99.9.0/24" }), "InvalidParameter" },
    { V, C, with(base, { CidrBlock = "10.20.1.128/25" }), "InvalidCidrBlock.Overlapped" },
    { V, C, with(base, { CidrBlock = "10.20.30.0/24" }), "RouteConflict.AlreadyExist" },
    { V, C, with(base, { CidrBlock = "10.20.28.0/22" }), "RouteConflict.AlreadyExist" },
    { V, C, with(base, { VSwitchName = "http://" }), "InvalidVSwitchName.Malformed" },
    { V, D, { VSwitchId = "vsw-x" }, "InvalidVSwitchId.NotFound" },
    { V, D, { VSwitchId = "vsw-gw8example-a" }, "DependencyViolation" },
  }
  -- inside the destination of a route is allowed
  local made = cloud:call(V, C, with(base, { CidrBlock = "10.20.30.128/25" })).VSwitchId
  test.equal(cloud:refused(V, C, base), "QuotaExceeded.VSwitch")
  local shown = cloud:call(V, "DescribeVSwitchAttributes", { VSwitchId = made })
  test.equal({ shown.Status, shown.AvailableIpAddressCount, shown.RouteTable.RouteTableType },
    { "Available", 124, "System" })
  cloud:call(V, D, { VSwitchId = made })
  test.equal(cloud:refused(V, "DescribeVSwitchAttributes", { VSwitchId = made }), "InvalidVSwitchId.NotFound")
end)

test.simulated("vSwitches are made one at a time", {}, function()
  local cloud <close> = driver.new { time_scale = 1 }
  local base = { RegionId = FRANKFURT, VpcId = "vpc-gw8example", ZoneId = "eu-central-1b", CidrBlock = "10.20.9.0/24" }
  local made = cloud:call("Vpc", "CreateVSwitch", base).VSwitchId
  test.equal(cloud:refused("Vpc", "CreateVSwitch", with(base, { CidrBlock = "10.20.10.0/24" })),
    "OperationDenied.OtherSubnetCreating")
  test.equal(cloud:refused("Vpc", "DeleteVSwitch", { VSwitchId = made }), "IncorrectVSwitchStatus")
  test.equal(cloud:refused("Vpc", "DeleteVSwitch", { VSwitchId = "vsw-gw8example-b" }),
    "OperationDenied.OtherSubnetProcessing")
  task.sleep(2)
  cloud:call("Vpc", "DeleteVSwitch", { VSwitchId = made })
end)

test.simulated("route tables: create, bind, unbind, delete", {}, function()
  local cloud <close> = driver.new { time_scale = 1, quotas = { custom_tables_per_vpc = 2 } }
  local V <const> = "Vpc"
  local made = cloud:call(V, "CreateRouteTable",
    { RegionId = FRANKFURT, VpcId = "vpc-gw8example", RouteTableName = "mine" })
    .RouteTableId
  local pair = { RegionId = FRANKFURT, RouteTableId = made, VSwitchId = "vsw-gw8example-a" }
  test.equal(cloud:refused(V, "AssociateRouteTable", pair), "IncorrectStatus.RouteTable")
  test.equal(cloud:refused(V, "DeleteRouteTable", pair), "IncorrectRouteTableStatus")
  task.sleep(2)
  cloud:call(V, "AssociateRouteTable", pair)
  local function vswitch()
    return cloud:call(V, "DescribeVSwitchAttributes", { VSwitchId = "vsw-gw8example-a" })
  end
  test.equal({ vswitch().Status, vswitch().RouteTable.RouteTableId }, { "Pending", made })
  test.equal(cloud:refused(V, "UnassociateRouteTable", pair), "IncorrectVSwitchStatus")
  task.sleep(2)
  test.equal(vswitch().Status, "Available")
  local other = cloud:call(V, "CreateRouteTable", { RegionId = FRANKFURT, VpcId = "vpc-gw8example" }).RouteTableId
  local far = cloud:call(V, "CreateRouteTable", { RegionId = SINGAPORE, VpcId = "vpc-t4nexample" }).RouteTableId
  task.sleep(2)
  cloud:expect_refusals {
    { V, "AssociateRouteTable", pair, "ResourceAlreadyAssociated.RouteTable" },
    { V, "AssociateRouteTable", with(pair, { RouteTableId = other }), "Forbidden.VSwitchAlreadyAssociatedRouteTable" },
    { V, "AssociateRouteTable", with(pair, { RouteTableId = "vtb-gw8example" }),
      "OperationDenied.SwitchToSystemRouteTable" },
    { V, "AssociateRouteTable", with(pair, { RouteTableId = "vtb-x" }), "InvalidRouteTableId.NotFound" },
    { V, "AssociateRouteTable", with(pair, { VSwitchId = "vsw-x" }), "InvalidVSwitchId.NotFound", 404 },
    { V, "AssociateRouteTable", with(pair, { RouteTableId = far }), "InvalidRouteTableId.NotFound" },
    { V, "UnassociateRouteTable", with(pair, { RouteTableId = other }), "OperationFailed.VSwitchNotAssociate", 404 },
    { V, "UnassociateRouteTable", with(pair, { RouteTableId = "vtb-gw8example" }),
      "OperationUnsupported.SystemRouteTable" },
    { V, "CreateRouteTable", { RegionId = FRANKFURT, VpcId = "vpc-gw8example" }, "QuotaExceeded.RouteTable" },
    { V, "CreateRouteTable", { RegionId = FRANKFURT, VpcId = "vpc-x" }, "InvalidVpcId.NotFound", 404 },
    { V, "DeleteRouteTable", { RegionId = FRANKFURT, RouteTableId = "vtb-gw8example" }, "IncorrectRouteTableType" },
    { V, "DeleteRouteTable", { RegionId = FRANKFURT, RouteTableId = made }, "IncorrectRouteTableStatus" },
  }
  local rows = cloud:call(V, "DescribeRouteTableList", { RegionId = FRANKFURT, VpcId = "vpc-gw8example" })
  test.equal({ rows.TotalCount, rows.RouterTableList.RouterTableListType[2].VSwitchIds.VSwitchId },
    { 3, { "vsw-gw8example-a" } })
  cloud:call(V, "UnassociateRouteTable", pair)
  task.sleep(2)
  cloud:call(V, "DeleteRouteTable", { RegionId = FRANKFURT, RouteTableId = made })
  test.equal(cloud:call(V, "DescribeRouteTableList", { RegionId = FRANKFURT, RouteTableId = made }).RouterTableList
    .RouterTableListType[1].Status, "Deleting")
  task.sleep(2)
  test.equal(cloud:call(V, "DescribeRouteTableList", { RegionId = FRANKFURT, RouteTableId = made }).TotalCount, 0)
end)

test("network ACLs: entries, bindings, refusals", function()
  local cloud <close> = driver.new { quotas = { acls_per_vpc = 1, acl_entries = 2 } }
  local V <const> = "Vpc"
  local acl = cloud:call(V, "CreateNetworkAcl",
    { RegionId = FRANKFURT, VpcId = "vpc-gw8example", NetworkAclName = "edge" })
    .NetworkAclId
  local base = { RegionId = FRANKFURT, NetworkAclId = acl }
  local bind = with(base, { Resource = { { ResourceType = "VSwitch", ResourceId = "vsw-gw8example-a" } } })
  cloud:call(V, "AssociateNetworkAcl", bind)
  test.equal(cloud:call(V, "DescribeVSwitchAttributes", { VSwitchId = "vsw-gw8example-a" }).NetworkAclId, acl)
  local function entry(more)
    return with({ Policy = "accept", Protocol = "tcp", Port = "443/443", SourceCidrIp = "10.0.0.0/8" }, more)
  end
  local function entries(...)
    return with(base, { UpdateIngressAclEntries = true, IngressAclEntries = { ... } })
  end
  cloud:call(V, "UpdateNetworkAclEntries",
    entries(entry(), entry { Protocol = "all", Port = "-1/-1", Policy = "drop" }))
  local shown = cloud:call(V, "DescribeNetworkAclAttributes", base).NetworkAclAttribute
  test.equal({ #shown.IngressAclEntries.IngressAclEntry, #shown.EgressAclEntries.EgressAclEntry, shown.Status },
    { 2, 1, "Available" })
  cloud:expect_refusals {
    { V, "CreateNetworkAcl", { RegionId = FRANKFURT, VpcId = "vpc-gw8example" }, "QuotaExceed.NetworkAcl" },
    { V, "CreateNetworkAcl", { RegionId = FRANKFURT, VpcId = "vpc-x" }, "InvalidVpcId.NotFound" },
    { V, "DeleteNetworkAcl", with(base, { NetworkAclId = "nacl-x" }), "InvalidNetworkAcl.NotFound" },
    { V, "DeleteNetworkAcl", base, "NetworkAclExistBinding" },
    { V, "AssociateNetworkAcl", bind, "InvalidResource.BindingExist" },
    { V, "AssociateNetworkAcl", with(base, { Resource = { { ResourceType = "VSwitch", ResourceId = "vsw-x" } } }),
      "InvalidResource.NotFound" },
    { V, "AssociateNetworkAcl", base, "ParameterMissing.Resources" },
    { V, "UnassociateNetworkAcl",
      with(base, { Resource = { { ResourceType = "VSwitch", ResourceId = "vsw-gw8example-b" } } }),
      "InvalidResource.NotBinding" },
    { V, "UpdateNetworkAclEntries", entries(entry { Port = "443" }), "ParameterIllegal.Port" },
    { V, "UpdateNetworkAclEntries", entries(entry { Port = "0/70000" }), "ParameterIllegal.Port" },
    { V, "UpdateNetworkAclEntries", entries(entry { Protocol = "icmp" }), "ParameterIllegal.Port" },
    { V, "UpdateNetworkAclEntries", entries(entry { SourceCidrIp = "x" }), "ParameterIllegal.SourceCidrIp" },
    { V, "UpdateNetworkAclEntries", entries(entry { SourceCidrIp = "" }), "ParameterMissing.SourceCidrIp" },
    { V, "UpdateNetworkAclEntries", entries(entry(), entry(), entry()), "QuotaExceed.NetworkAclEntry" },
  }
  test.equal(cloud:call(V, "DescribeNetworkAcls", { RegionId = FRANKFURT }).TotalCount, "1") -- text in this operation
  cloud:call(V, "UnassociateNetworkAcl", bind)
  cloud:call(V, "DeleteNetworkAcl", base)
end)

test("lists by page number", function()
  local cloud <close> = driver.new { world = "empty" }
  for i = 1, 3 do cloud:call("Vpc", "CreateVpc",
    { RegionId = FRANKFURT, CidrBlock = "10." .. i .. ".0.0/16", VpcName = "v" .. i }) end
  local first = cloud:call("Vpc", "DescribeVpcs", { RegionId = FRANKFURT, PageSize = 2 })
  local second = cloud:call("Vpc", "DescribeVpcs", { RegionId = FRANKFURT, PageSize = 2, PageNumber = 2 })
  test.equal({ first.TotalCount, #first.Vpcs.Vpc, #second.Vpcs.Vpc, second.Vpcs.Vpc[1].VpcName }, { 3, 2, 1, "v3" })
  cloud:expect_refusals {
    { "Vpc", "DescribeVpcs", { RegionId = FRANKFURT, PageSize = 51 }, "InvalidParameter" },
    { "Vpc", "DescribeVpcs", { RegionId = FRANKFURT, PageNumber = 0 }, "InvalidParameter" },
    { "Vpc", "DescribeVpcs", { RegionId = FRANKFURT, DryRun = true }, "DryRunOperation" },
    { "Vpc", "DescribeVpcs", { RegionId = FRANKFURT, VpcId = ("vpc-x,"):rep(21) }, "InvalidVpcIdNumber.NotSupported" },
  }
  test.equal(#cloud:call("Vpc", "DescribeRegions").Regions.Region, 42)
  test.equal(cloud:call("Vpc", "DescribeZones", { RegionId = FRANKFURT }).Zones.Zone[1].ZoneId, "eu-central-1a")
end)
