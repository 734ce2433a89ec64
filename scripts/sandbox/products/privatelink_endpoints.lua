-- SPDX-License-Identifier: MIT
-- Privatelink 2020-04-15, consumer side: endpoints and their security groups.

local array = require "json".array
local machine = require "sandbox.products.endpoint_machine"
local paging = require "sandbox.paging"
local regions = require "sandbox.regions"
local rules = require "sandbox.products.endpoint_rules"
local tags = require "sandbox.tags"
local timeline = require "sandbox.timeline"
local zones = require "sandbox.products.privatelink_zones"

local endpoints = {}

local function account(call)
  return call.state.accounts[tostring(call.caller.uid)]
end

function endpoints.OpenPrivateLinkService(call)
  local own = account(call)
  if own.privatelink == "open" then call:fail("OrderOpend", "PrivateLink is open already.") end
  if own.locked then call:fail("InvalidAccountStatus.NotEnoughBalance", "The account is locked.") end
  call:commit()
  own.privatelink = "open"
  return { OrderId = tostring(call.state.serial + 200000000000000) }
end

function endpoints.CheckProductOpen(call)
  if account(call).privatelink ~= "open" then call:fail("NeedOpenProduct", "PrivateLink is not open.") end
  return { Success = true }
end

function endpoints.DescribeRegions()
  local rows = {}
  for i, region in ipairs(regions.list) do
    rows[i] = { RegionId = region.id, LocalName = region.name,
      RegionEndpoint = ("privatelink.%s.aliyuncs.com"):format(region.id),
      ServiceResourceTypes = { ServiceResourceType = array { "slb", "alb", "nlb", "gwlb" } } }
  end
  return { Regions = { Region = array(rows) } }
end

function endpoints.DescribeZones(call)
  local rows = {}
  for i, zone in ipairs(regions.zones(call.p.RegionId)) do
    rows[i] = { ZoneId = zone, LocalName = "Zone " .. zone:sub(-1):upper() }
  end
  return { Zones = { Zone = array(rows) } }
end

local function domain(endpoint)
  return ("%s.%s.%s.privatelink.aliyuncs.com"):format(endpoint.id, endpoint.service, endpoint.service_region)
end

local function show(call, endpoint)
  local service = call.state.services[endpoint.service]
  return {
    EndpointId = endpoint.id, EndpointName = endpoint.name or "", EndpointDescription = endpoint.description or "",
    EndpointDomain = domain(endpoint), EndpointType = endpoint.kind, EndpointStatus = endpoint.Status,
    EndpointBusinessStatus = account(call).locked and "FinancialLocked" or "Normal",
    ConnectionStatus = endpoint.connection, Bandwidth = endpoint.bandwidth, ServiceId = endpoint.service,
    ServiceName = endpoint.service_name, VpcId = endpoint.vpc, RegionId = endpoint.region,
    CreateTime = call:iso(endpoint.created), ResourceOwner = service ~= nil and service.owner == endpoint.owner,
    ResourceGroupId = endpoint.group, ZoneAffinityEnabled = endpoint.affinity or false, AddressIpVersion = "IPv4",
    PolicyDocument = endpoint.policy or "", ServiceRegionId = endpoint.service_region,
    CrossRegionBandwidth = endpoint.cross_region_bandwidth,
  }
end

function endpoints.CreateVpcEndpoint(call)
  local p = call.p
  if account(call).privatelink ~= "open" then call:fail("NeedOpenProduct", "PrivateLink is not open.") end
  local vpc = call:need("vpcs", p.VpcId, "VpcNotFound", "VPC")
  local service = rules.find_service(call)
  rules.service(call, service)
  rules.groups(call, vpc, p.SecurityGroupId)
  local planned = zones.check_all(call, vpc, service, p.Zone or {})
  local group = tags.resource_group(call, p.ResourceGroupId, { "InvalidResourceGroup" })
  local given = tags.check(call, p.Tag)
  rules.quota(call, vpc, service)
  call:commit()
  local groups = {}
  for i, id in ipairs(p.SecurityGroupId) do groups[i] = { id = id, Status = "Attached" } end
  local cross = service.region ~= vpc.region
  local endpoint = call:add("endpoints", call:id("ep", 20), {
    region = vpc.region, vpc = vpc.id, service = service.id, service_name = service.name,
    service_region = service.region, kind = service.kind, name = p.EndpointName, description = p.EndpointDescription,
    bandwidth = service.bandwidth or 3072, groups = groups, tags = given, group = group, protected = p.ProtectedEnabled,
    policy = p.PolicyDocument, affinity = p.ZoneAffinityEnabled, Status = "Creating", connection = "Disconnected",
    cross_region_bandwidth = cross and (p.CrossRegionBandwidth or 100) or nil,
  })
  timeline.add(call.state, call:at("endpoint"),
    { effect = "endpoint.active", collection = "endpoints", id = endpoint.id,
    seconds = call:seconds("connection") })
  for _, plan in ipairs(planned) do zones.create(call, endpoint, plan) end
  local answer = show(call, endpoint)
  for _, field in ipairs { "RegionId", "EndpointType", "ResourceOwner", "PolicyDocument", "ResourceGroupId" } do
    answer[field] = nil
  end
  return answer
end

local function need(call)
  return call:need("endpoints", call.p.EndpointId, "EndpointNotFound", "Endpoint")
end

local function check_rest(call, endpoint)
  if endpoint.protected then call:fail("EndpointProtected", "The endpoint is managed by a service.") end
  if endpoint.Status == "Pending" then call:fail("EndpointLocked", "The endpoint is being changed.") end
  if endpoint.Status ~= "Active" then
    call:fail("EndpointOperationDenied", ("The endpoint is %s."):format(endpoint.Status))
  end
end

function endpoints.GetVpcEndpointAttribute(call)
  local endpoint = need(call)
  local service = call.state.services[endpoint.service]
  local answer = show(call, endpoint)
  answer.Payer = service and service.payer or "Endpoint"
  answer.ZonePrivateIpAddressCount = 1
  return answer
end

function endpoints.ListVpcEndpoints(call)
  local p = call.p
  local found = call:list("endpoints", function(e)
    return (not p.EndpointId or e.id == p.EndpointId) and (not p.VpcId or e.vpc == p.VpcId)
      and (not p.ServiceName or e.service_name == p.ServiceName) and (not p.EndpointName or e.name == p.EndpointName)
      and (not p.EndpointType or e.kind == p.EndpointType) and (not p.EndpointStatus or e.Status == p.EndpointStatus)
      and (not p.ConnectionStatus or e.connection == p.ConnectionStatus)
      and (not p.ResourceGroupId or e.group == p.ResourceGroupId) and p.AddressIpVersion ~= "DualStack"
      and (not p.ServiceRegionId or e.service_region == p.ServiceRegionId) and tags.match(e, p.Tag)
  end)
  local page, answer = paging.cursor(call, found, { default = 50 })
  local rows = {}
  for i, endpoint in ipairs(page) do
    rows[i] = show(call, endpoint)
    rows[i].Tags = tags.show(endpoint)
  end
  answer.Endpoints = array(rows)
  return answer
end

function endpoints.UpdateVpcEndpointAttribute(call)
  local p = call.p
  local endpoint = need(call)
  check_rest(call, endpoint)
  local service = call.state.services[endpoint.service]
  if not service then call:fail("EndpointServiceDeleted", "The service is gone.") end
  if p.PolicyDocument and not service.policy_supported then
    call:fail("OperationDenied.EndpointPolicyNotSupport", "The service knows no endpoint policy.")
  end
  if p.AddressIpVersion == "DualStack" then
    call:fail("OperationDenied.EndpointServiceNotSupportDualstack", "The service is IPv4 only.")
  end
  call:commit()
  endpoint.name = p.EndpointName or endpoint.name
  endpoint.description = p.EndpointDescription or endpoint.description
  if p.ResetPolicy then endpoint.policy = nil else endpoint.policy = p.PolicyDocument or endpoint.policy end
  if p.ZoneAffinityEnabled ~= nil then endpoint.affinity = p.ZoneAffinityEnabled end
  endpoint.cross_region_bandwidth = p.CrossRegionBandwidth or endpoint.cross_region_bandwidth
  call:pass("endpoints", endpoint, "Status", "Pending", "Active", "endpoint_update")
  return {}
end

function endpoints.DeleteVpcEndpoint(call)
  local endpoint = need(call)
  check_rest(call, endpoint)
  if #machine.zones_of(call.state, endpoint.id) > 0 then
    call:fail("EndpointDependenceViolation", "The endpoint still has zones.")
  end
  call:commit()
  call:vanish("endpoints", endpoint, "Status", "Deleting", "endpoint_delete")
  endpoint.connection = "Deleting"
  return {}
end

function endpoints.AttachSecurityGroupToVpcEndpoint(call)
  local endpoint = need(call)
  check_rest(call, endpoint)
  local ids = { call.p.SecurityGroupId }
  for _, group in ipairs(endpoint.groups) do
    if group.id == ids[1] then call:fail("SecurityGroupExist", "The endpoint has this security group.") end
    ids[#ids + 1] = group.id
  end
  rules.groups(call, call.state.vpcs[endpoint.vpc], ids)
  call:commit()
  endpoint.groups[#endpoint.groups + 1] = { id = ids[1], Status = "Attaching" }
  endpoint.Status = "Pending"
  timeline.add(call.state, call:at("endpoint_update"), { effect = "group.attached", collection = "endpoints",
    id = endpoint.id, group = ids[1] })
  return {}
end

function endpoints.DetachSecurityGroupFromVpcEndpoint(call)
  local endpoint = need(call)
  check_rest(call, endpoint)
  local found
  for _, group in ipairs(endpoint.groups) do
    if group.id == call.p.SecurityGroupId then found = group end
  end
  if not found then call:fail("SecurityGroupNotFound", "The endpoint does not have this security group.") end
  if #endpoint.groups == 1 then
    call:fail("EndpointMustContainSecurityGroup", "The last security group has to stay.")
  end
  call:commit()
  found.Status = "Detaching"
  endpoint.Status = "Pending"
  timeline.add(call.state, call:at("endpoint_update"), { effect = "group.attached", collection = "endpoints",
    id = endpoint.id, group = found.id })
  return {}
end

function endpoints.ListVpcEndpointSecurityGroups(call)
  local endpoint = need(call)
  local rows = {}
  for i, group in ipairs(endpoint.groups) do
    rows[i] = { seq = i, SecurityGroupId = group.id, SecurityGroupStatus = group.Status }
  end
  local page, answer = paging.cursor(call, rows, { default = 50 })
  local shown = {}
  for i, row in ipairs(page) do
    shown[i] = { SecurityGroupId = row.SecurityGroupId, SecurityGroupStatus = row.SecurityGroupStatus }
  end
  answer.SecurityGroups = array(shown)
  return answer
end

function endpoints.ListVpcEndpointServicesByEndUser(call)
  local p = call.p
  local wanted = p.ServiceRegionId or p.RegionId
  local found = {}
  for _, service in pairs(call.state.services) do
    local offered = service.region == wanted and (wanted == p.RegionId)
    for _, region in ipairs(service.supported_regions or {}) do
      offered = offered or (service.region == wanted and region == p.RegionId)
    end
    if offered and rules.authorised(call, service) and service.Status == "Active" and service.visible_at <= call.now
      and (not p.ServiceId or service.id == p.ServiceId) and (not p.ServiceName or service.name == p.ServiceName)
      and (not p.ServiceType or service.kind == p.ServiceType) and tags.match(service, p.Tag) then
      found[#found + 1] = service
    end
  end
  table.sort(found, function(a, b) return a.seq < b.seq end)
  local page, answer = paging.cursor(call, found, { default = 50 })
  local rows = {}
  for i, service in ipairs(page) do
    rows[i] = {
      ServiceId = service.id, ServiceName = service.name, ServiceType = service.kind, Payer = service.payer,
      ServiceDomain = ("%s.%s.privatelink.aliyuncs.com"):format(service.id, service.region),
      Zones = array { table.unpack(service.zones) }, ServiceResourceType = service.resource_type,
      AutoAcceptEnabled = service.auto_accept, VpcEndpointPolicySupported = service.policy_supported or false,
      ZoneAffinityEnabled = service.affinity or false, ServiceSupportIPv6 = false, AddressIpVersion = "IPv4",
      ResourceGroupId = service.group or "", Tags = tags.show(service),
    }
  end
  answer.Services = array(rows)
  answer.TotalCount = tostring(answer.TotalCount) -- text in this operation
  return answer
end

return endpoints
