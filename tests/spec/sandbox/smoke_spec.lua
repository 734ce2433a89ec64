-- SPDX-License-Identifier: MIT
-- The worked example by hand: peering, routes, both directions.

local driver = dofile((debug.getinfo(1, "S").source:sub(2):gsub("[^/]+$", "driver.lua")))
local test = require "spec"

test("the worked example is connected and taken down", function()
  local cloud <close> = driver.new()
  local peer = cloud:call("VpcPeer", "CreateVpcPeerConnection", { RegionId = "ap-southeast-1", VpcId = "vpc-t4nexample",
    AcceptingAliUid = 1234567890123456, AcceptingRegionId = "eu-central-1", AcceptingVpcId = "vpc-gw8example" })
  test.match(peer.InstanceId, "^pcc%-" .. ("[a-z0-9]"):rep(18) .. "$")
  local seen = cloud:call("VpcPeer", "GetVpcPeerConnectionAttribute", { InstanceId = peer.InstanceId })
  test.equal(seen.Status, "Activated")
  test.equal(seen.OwnerId, 1234567890123456)
  test.equal(seen.AcceptingVpc.Ipv4Cidrs[1], "10.20.0.0/16")
  local route = { RouteTableId = "vtb-gw8example", DestinationCidrBlock = "100.103.48.11/32", NextHopType = "VpcPeer",
    NextHopId = peer.InstanceId }
  local created = cloud:call("Vpc", "CreateRouteEntry", route)
  local list = cloud:call("Vpc", "DescribeRouteEntryList", { RegionId = "eu-central-1", RouteTableId = "vtb-gw8example",
    RouteEntryType = "Custom" }, { host = "vpc.eu-central-1.aliyuncs.com" })
  test.equal(#list.RouteEntrys.RouteEntry, 1)
  test.equal(list.RouteEntrys.RouteEntry[1].Status, "Available")
  test.equal(list.RouteEntrys.RouteEntry[1].RouteEntryId, created.RouteEntryId)
  test.equal(cloud:refused("VpcPeer", "DeleteVpcPeerConnection", { InstanceId = peer.InstanceId }),
    "OperationDenied.RouteEntryExist")
  cloud:call("Vpc", "DeleteRouteEntry", { RouteEntryId = created.RouteEntryId })
  cloud:call("VpcPeer", "DeleteVpcPeerConnection", { InstanceId = peer.InstanceId })
  test.equal(cloud:refused("VpcPeer", "GetVpcPeerConnectionAttribute", { InstanceId = peer.InstanceId }),
    "ResourceNotFound.InstanceId")
  test.equal(#cloud.box.bugs, 0)
end)
