-- SPDX-License-Identifier: MIT
-- PrivateLink: endpoints, zones, connections, services; states and refusals.

local driver = dofile((debug.getinfo(1, "S").source:sub(2):gsub("[^/]+$", "driver.lua")))
local json = require "json"
local presets = require("sandbox").presets
local task = require "task"
local test = require "spec"

local SINGAPORE <const> = "ap-southeast-1"
local NAME <const> = "com.aliyuncs.privatelink.ap-southeast-1.maxcompute"
local P <const> = "Privatelink"
local AS_PARTNER <const> = { key = "LTAIsandboxpartner" }

local function world(change)
  local copy = json.decode(json.encode(presets["worked-example"]))
  if change then change(copy) end
  return copy
end

local function zones(...)
  local out = {}
  for i, letter in ipairs { ... } do
    out[i] = { ZoneId = SINGAPORE .. letter, VSwitchId = "vsw-t4nexample-" .. letter }
  end
  return out
end

local function wish(more)
  local params = { RegionId = SINGAPORE, VpcId = "vpc-t4nexample", ServiceName = NAME,
    SecurityGroupId = { "sg-t4nexample" },
    Zone = zones("a", "b") }
  for key, value in pairs(more or {}) do params[key] = value ~= "" and value or nil end
  return params
end

local function of(id, more)
  local params = { RegionId = SINGAPORE, EndpointId = id }
  for key, value in pairs(more or {}) do params[key] = value end
  return params
end

local function states(cloud, id)
  local seen = cloud:call(P, "GetVpcEndpointAttribute", of(id))
  local out = { seen.EndpointStatus, seen.ConnectionStatus }
  for _, zone in ipairs(cloud:call(P, "ListVpcEndpointZones", of(id)).Zones) do out[#out + 1] = zone.ZoneStatus end
  return out
end

test.simulated("Creating, Active, Connecting, Connected; then zones away, then the endpoint", {}, function()
  local cloud <close> = driver.new { time_scale = 1 }
  local made = cloud:call(P, "CreateVpcEndpoint", wish())
  local id = made.EndpointId
  test.equal({ made.EndpointStatus, made.ConnectionStatus, made.Bandwidth }, { "Creating", "Disconnected", 3072 })
  test.match(made.EndpointDomain, "^" .. id:gsub("%-", "%%-")
    .. "%.epsrv%-t4nmaxcompute%.ap%-southeast%-1%.privatelink%.aliyuncs%.com$")
  test.equal(states(cloud, id), { "Creating", "Disconnected", "Creating", "Creating" })
  test.equal(cloud:refused(P, "DeleteVpcEndpoint", of(id)), "EndpointOperationDenied")
  test.equal(cloud:refused(P, "AddZoneToVpcEndpoint", of(id, zones("a")[1])), "EndpointOperationDenied")
  task.sleep(5)
  test.equal(states(cloud, id), { "Active", "Connecting", "Connecting", "Connecting" })
  task.sleep(2)
  test.equal(states(cloud, id), { "Active", "Connected", "Connected", "Connected" })
  test.equal(cloud:refused(P, "DeleteVpcEndpoint", of(id)), "EndpointDependenceViolation")
  for _, letter in ipairs { "a", "b" } do
    cloud:call(P, "RemoveZoneFromVpcEndpoint", of(id, { ZoneId = SINGAPORE .. letter }))
  end
  test.equal(states(cloud, id), { "Active", "Connected", "Deleting", "Deleting" })
  test.equal(cloud:refused(P, "RemoveZoneFromVpcEndpoint", of(id, { ZoneId = SINGAPORE .. "a" })),
    "EndpointConnectionOperationDenied")
  task.sleep(3)
  test.equal(cloud:refused(P, "RemoveZoneFromVpcEndpoint", of(id, { ZoneId = SINGAPORE .. "a" })),
    "EndpointZoneNotFound")
  cloud:call(P, "DeleteVpcEndpoint", of(id))
  test.equal(states(cloud, id), { "Deleting", "Deleting" })
  task.sleep(3)
  test.equal(cloud:refused(P, "GetVpcEndpointAttribute", of(id)), "EndpointNotFound")
end)

test("what CreateVpcEndpoint refuses", function()
  local cloud <close> = driver.new { quotas = { zones_per_endpoint = 2 }, world = world(function(w)
    w.vpcs[1].security_groups[2] = { id = "sg-enterprise", type = "enterprise" }
    w.services[3] = { id = "epsrv-private", kind = "other", region = SINGAPORE, zones = { SINGAPORE .. "a" },
      public = false,
      name = "com.example.private" }
  end) }
  local C <const> = "CreateVpcEndpoint"
  local function zone(more)
    local row = zones("a")[1]
    for key, value in pairs(more) do row[key] = value end
    return { row }
  end
  cloud:expect_refusals {
    { P, C, wish { VpcId = "vpc-x" }, "VpcNotFound", 400 },
    { P, C, wish { ServiceName = "" }, "MissingParameter" },
    { P, C, wish { ServiceName = "com.example.none" }, "EndpointServiceNotFound" },
    { P, C, wish { ServiceId = "epsrv-other" }, "EndpointServiceNotFound" },
    { P, C, wish { ServiceName = "com.example.private" }, "EndpointServiceNotAuthorized" },
    { P, C, wish { EndpointType = "Reverse" }, "Mismatch.EndpointType" },
    { P, C, wish { PolicyDocument = "{}" }, "OperationDenied.EndpointPolicyNotSupport" },
    { P, C, wish { AddressIpVersion = "DualStack" }, "OperationDenied.EndpointServiceNotSupportDualstack" },
    { P, C, wish { SecurityGroupId = "" }, "EndpointMustContainSecurityGroup" },
    { P, C, wish { SecurityGroupId = { "sg-gw8example" } }, "SecurityGroupNotFound" },
    { P, C, wish { SecurityGroupId = { "sg-t4nexample", "sg-enterprise" } },
      "SecurityGroupTypeOnlySingleTypeSupporteded" },
    { P, C, wish { Zone = zone { VSwitchId = "vsw-x" } }, "VSwitchNotFound" },
    { P, C, wish { Zone = zone { ZoneId = SINGAPORE .. "b" } }, "VSwitchNotFound" },
    { P, C, wish { Zone = zones("a", "a") }, "EndpointZoneDuplicated" },
    { P, C, wish { Zone = zone { ip = "10.10.9.9" } }, "IllegalParam.Ip" },
    { P, C, wish { Zone = zone { ip = "10.10.1.255" } }, "IllegalParam.Ip" },
    { P, C, wish { Zone = zone { ip = "10.10.1.10" } }, "EniIpUnavailable" },
    { P, C, wish { EndpointName = "1" }, "InvalidParameter" },
    { P, C, wish { RegionId = "eu-central-1", VpcId = "vpc-gw8example" }, "EndpointServiceNotFound" },
    { P, C, wish { RegionId = "eu-central-1", VpcId = "vpc-gw8example", ServiceRegionId = SINGAPORE },
      "EndpointServiceNotFound" },
    { P, C, wish { DryRun = true }, "DryRunOperation" },
  }
  local made = cloud:call(P, C, wish { Zone = zone { ip = "10.10.1.77" } }).EndpointId
  test.equal(cloud:call(P, "ListVpcEndpointZones", of(made)).Zones[1].EniIp, "10.10.1.77")
  test.equal(cloud:refused(P, C, wish()), "EndpointExist")
end)

test("vSwitches: a zone the service lacks, no room, not ready", function()
  local cloud <close> = driver.new { world = world(function(w)
    table.insert(w.vpcs[1].vswitches, { id = "vsw-c", cidr = "10.10.3.0/24", zone = SINGAPORE .. "c" })
    w.vpcs[1].vswitches[2] = { id = "vsw-t4nexample-b", cidr = "10.10.2.0/29", zone = SINGAPORE .. "b" }
    w.vpcs[1].instances[2] = { id = "i-2", vswitch = "vsw-t4nexample-b", address = "10.10.2.1" }
    w.vpcs[1].instances[3] = { id = "i-3", vswitch = "vsw-t4nexample-b", address = "10.10.2.2" }
    w.vpcs[1].instances[4] = { id = "i-4", vswitch = "vsw-t4nexample-b", address = "10.10.2.3" }
    w.vpcs[1].instances[5] = { id = "i-5", vswitch = "vsw-t4nexample-b", address = "10.10.2.4" }
  end) }
  cloud:expect_refusals {
    { P, "CreateVpcEndpoint", wish { Zone = { { ZoneId = SINGAPORE .. "c", VSwitchId = "vsw-c" } } },
      "EndpointServiceNotSupportedZone" },
    { P, "CreateVpcEndpoint", wish { Zone = zones("b") }, "ResourceNotEnough.VSwitchIp" },
  }
end)

test.simulated("a vSwitch that is being changed takes no endpoint", {}, function()
  local cloud <close> = driver.new { time_scale = 1 }
  local custom = cloud:call("Vpc", "CreateRouteTable", { RegionId = SINGAPORE, VpcId = "vpc-t4nexample" }).RouteTableId
  task.sleep(2)
  cloud:call("Vpc", "AssociateRouteTable",
    { RegionId = SINGAPORE, RouteTableId = custom, VSwitchId = "vsw-t4nexample-a" })
  test.equal(cloud:refused(P, "CreateVpcEndpoint", wish()), "VSwitchStatusNotAllowed")
end)

test("PrivateLink has to be open, and opens once", function()
  local cloud <close> = driver.new { world = world(function(w) w.accounts.default.privatelink = "closed" end) }
  cloud:expect_refusals {
    { P, "CheckProductOpen", {}, "NeedOpenProduct", 400 },
    { P, "CreateVpcEndpoint", wish(), "NeedOpenProduct" },
  }
  cloud:call(P, "OpenPrivateLinkService")
  test.equal(cloud:call(P, "CheckProductOpen").Success, true)
  test.equal(cloud:refused(P, "OpenPrivateLinkService"), "OrderOpend")
  local locked <close> = driver.new { world = world(function(w)
    w.accounts.default.privatelink, w.accounts.default.locked = "closed", true
  end) }
  test.equal(locked:refused(P, "OpenPrivateLinkService"), "InvalidAccountStatus.NotEnoughBalance")
end)

test("services that an account may use", function()
  local cloud <close> = driver.new {}
  local answer = cloud:call(P, "ListVpcEndpointServicesByEndUser", { RegionId = SINGAPORE })
  test.equal({ answer.TotalCount, answer.Services[1].ServiceName, answer.Services[1].AutoAcceptEnabled,
    answer.Services[1].Zones }, { "2", NAME, true, { SINGAPORE .. "a", SINGAPORE .. "b" } })
  test.equal(#cloud:call(P, "ListVpcEndpointServicesByEndUser", { RegionId = "eu-central-1" }).Services, 0)
  test.equal(#cloud:call(P, "ListVpcEndpointServicesByEndUser",
    { RegionId = SINGAPORE, ServiceName = NAME }).Services, 1)
end)

test.simulated("changing an endpoint locks it for a moment; groups come and go", {}, function()
  local cloud <close> = driver.new { time_scale = 1, world = world(function(w)
    w.vpcs[1].security_groups[2] = { id = "sg-second" }
  end) }
  local id = cloud:call(P, "CreateVpcEndpoint", wish { Zone = zones("a") }).EndpointId
  task.sleep(10)
  cloud:call(P, "UpdateVpcEndpointAttribute", of(id, { EndpointName = "renamed" }))
  cloud:expect_refusals {
    { P, "UpdateVpcEndpointAttribute", of(id, { EndpointName = "again" }), "EndpointLocked" },
    { P, "RemoveZoneFromVpcEndpoint", of(id, { ZoneId = SINGAPORE .. "a" }), "EndpointOperationDenied" },
  }
  cloud:call(P, "AddZoneToVpcEndpoint", of(id, zones("b")[1])) -- allowed while Pending
  task.sleep(2)
  test.equal(cloud:call(P, "GetVpcEndpointAttribute", of(id)).EndpointName, "renamed")
  cloud:expect_refusals {
    { P, "AttachSecurityGroupToVpcEndpoint", of(id, { SecurityGroupId = "sg-t4nexample" }), "SecurityGroupExist" },
    { P, "AttachSecurityGroupToVpcEndpoint", of(id, { SecurityGroupId = "sg-x" }), "SecurityGroupNotFound" },
    { P, "DetachSecurityGroupFromVpcEndpoint", of(id, { SecurityGroupId = "sg-t4nexample" }),
      "EndpointMustContainSecurityGroup" },
    { P, "DetachSecurityGroupFromVpcEndpoint", of(id, { SecurityGroupId = "sg-second" }), "SecurityGroupNotFound" },
    { P, "AddZoneToVpcEndpoint", of(id, zones("b")[1]), "EndpointZoneDuplicated" },
    { P, "AddZoneToVpcEndpoint", of("ep-x", zones("b")[1]), "EndpointNotFound" },
  }
  cloud:call(P, "AttachSecurityGroupToVpcEndpoint", of(id, { SecurityGroupId = "sg-second" }))
  local function groups()
    local out = {}
    for i, row in ipairs(cloud:call(P, "ListVpcEndpointSecurityGroups", of(id)).SecurityGroups) do
      out[i] = row.SecurityGroupId .. " " .. row.SecurityGroupStatus
    end
    return out
  end
  test.equal(groups(), { "sg-t4nexample Attached", "sg-second Attaching" })
  task.sleep(2)
  cloud:call(P, "DetachSecurityGroupFromVpcEndpoint", of(id, { SecurityGroupId = "sg-t4nexample" }))
  test.equal(groups(), { "sg-t4nexample Detaching", "sg-second Attached" })
  task.sleep(2)
  test.equal(groups(), { "sg-second Attached" })
end)

test.simulated("a service without auto-accept: the provider connects, disconnects, handles zones", {}, function()
  local cloud <close> = driver.new { time_scale = 1, world = world(function(w)
    w.accounts.partner.privatelink = "open"
  end) }
  local service = cloud:call(P, "CreateVpcEndpointService", { RegionId = SINGAPORE, ServiceResourceType = "nlb" },
    AS_PARTNER)
  local own = { RegionId = SINGAPORE, ServiceId = service.ServiceId }
  local function by_partner(action, more, code)
    local params = { RegionId = SINGAPORE, ServiceId = service.ServiceId }
    for key, value in pairs(more or {}) do params[key] = value end
    if code then return test.equal(cloud:refused(P, action, params, AS_PARTNER), code) end
    return cloud:call(P, action, params, AS_PARTNER)
  end
  local ask = wish { ServiceName = "", ServiceId = service.ServiceId, Zone = zones("a") }
  test.equal(cloud:refused(P, "CreateVpcEndpoint", ask), "EndpointServiceNotAuthorized")
  test.equal(service.ServiceStatus, "Creating")
  task.sleep(2)
  by_partner("AddUserToVpcEndpointService", { UserId = 1234567890123456 })
  by_partner("AddUserToVpcEndpointService", {}, "MissingParam.UserArn")
  test.equal(by_partner("ListVpcEndpointServiceUsers").Users[1].UserId, 1234567890123456)
  test.equal(cloud:refused(P, "CreateVpcEndpoint", ask), "EndpointServiceResourceNotFound")
  local resource = { ResourceType = "nlb", ResourceId = "nlb-1" }
  by_partner("AttachResourceToVpcEndpointService", resource)
  by_partner("AttachResourceToVpcEndpointService", resource, "EndpointServiceResourceExist")
  by_partner("AttachResourceToVpcEndpointService", { ResourceType = "alb", ResourceId = "alb-1" },
    "EndpointServiceResourceTypeNotEqual")
  local id = cloud:call(P, "CreateVpcEndpoint", ask).EndpointId
  task.sleep(6)
  test.equal(states(cloud, id), { "Active", "Disconnected", "Wait" })
  by_partner("EnableVpcEndpointConnection", { EndpointId = "ep-x" }, "EndpointConnectionNotFound")
  by_partner("DisableVpcEndpointConnection", { EndpointId = id }, "EndpointConnectionOperationDenied")
  by_partner("EnableVpcEndpointConnection", { EndpointId = id })
  test.equal(states(cloud, id), { "Active", "Connecting", "Connecting" })
  by_partner("EnableVpcEndpointConnection", { EndpointId = id }, "EndpointConnectionOperationDenied")
  task.sleep(2)
  test.equal(states(cloud, id), { "Active", "Connected", "Connected" })
  test.equal(by_partner("ListVpcEndpointConnections").Connections[1].EndpointOwnerId, 1234567890123456)
  local zone = { EndpointId = id, ZoneId = SINGAPORE .. "a" }
  by_partner("EnableVpcEndpointZoneConnection", zone, "IncorrectStatus.VpcEndpointZone")
  by_partner("DisableVpcEndpointZoneConnection", zone)
  test.equal(states(cloud, id), { "Active", "Connected", "Disconnecting" })
  task.sleep(2)
  by_partner("EnableVpcEndpointZoneConnection", zone)
  task.sleep(2)
  test.equal(states(cloud, id), { "Active", "Connected", "Connected" })
  by_partner("DeleteVpcEndpointService", {}, "EndpointServiceConnectionDependence")
  by_partner("UpdateVpcEndpointConnectionAttribute", { EndpointId = id, Bandwidth = 500 })
  task.sleep(2)
  test.equal(cloud:call(P, "GetVpcEndpointAttribute", of(id)).Bandwidth, 500)
  by_partner("DisableVpcEndpointConnection", { EndpointId = id })
  task.sleep(2)
  test.equal(states(cloud, id), { "Active", "Disconnected", "Disconnected" })
  by_partner("DeleteVpcEndpointService", {}, "EndpointServiceDependenceViolation")
  by_partner("DetachResourceFromVpcEndpointService", { ResourceId = "nlb-x" }, "EndpointServiceResourceNotFound")
  by_partner("DetachResourceFromVpcEndpointService", { ResourceId = "nlb-1" })
  by_partner("DeleteVpcEndpointService")
  test.equal(states(cloud, id), { "Active", "ServiceDeleted", "Disconnected" })
  task.sleep(2)
  test.equal(cloud:refused(P, "GetVpcEndpointServiceAttribute", own, AS_PARTNER), "EndpointServiceNotFound")
end)

test("tags of endpoints, and a list of them", function()
  local cloud <close> = driver.new {}
  local id = cloud:call(P, "CreateVpcEndpoint",
    wish { Tag = { { Key = "by", Value = "spec" } }, EndpointName = "one" }).EndpointId
  local found = cloud:call(P, "ListVpcEndpoints", { RegionId = SINGAPORE, Tag = { { Key = "by", Value = "spec" } } })
  test.equal({ found.TotalCount, found.Endpoints[1].EndpointId, found.Endpoints[1].Tags[1].Key }, { 1, id, "by" })
  test.equal(cloud:call(P, "ListVpcEndpoints", { RegionId = SINGAPORE, VpcId = "vpc-other" }).TotalCount, 0)
  local base = { RegionId = SINGAPORE, ResourceType = "vpcendpoint", ResourceId = { id } }
  test.equal(cloud:call(P, "ListTagResources", base).TagResources[1].TagValue, "spec")
  cloud:expect_refusals {
    { P, "ListTagResources", { RegionId = SINGAPORE, ResourceType = "vpcendpoint" }, "MissingResourceIdOrTagParam" },
    { P, "TagResources", { RegionId = SINGAPORE, ResourceType = "vpcendpoint", ResourceId = { "ep-x" },
      Tag = { { Key = "a", Value = "b" } } }, "InvalidResourceId.NotFound" },
  }
end)
