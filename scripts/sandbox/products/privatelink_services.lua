-- SPDX-License-Identifier: MIT
-- Privatelink 2020-04-15, provider side: services, who may use them, and what stands behind them.

local array = require "json".array
local paging = require "sandbox.paging"
local regions = require "sandbox.regions"
local tags = require "sandbox.tags"

local services = {}

local function need(call)
  return call:need("services", call.p.ServiceId, { "EndpointServiceNotFound", "ResourceNotFound.VpcEndpointService" },
    "Endpoint service")
end

local function check_rest(call, service)
  if service.Status == "Pending" then
    call:fail_first({ "EndpointServiceLocked", "EndpointServiceOperationDenied" }, "The service is being changed.")
  end
  if service.Status ~= "Active" then
    call:fail_first({ "EndpointServiceOperationDenied", "EndpointServiceNotFound" },
      ("The service is %s."):format(service.Status))
  end
end

local function show(call, service)
  return {
    ServiceId = service.id, ServiceName = service.name, ServiceDescription = service.description or "",
    ServiceDomain = ("%s.%s.privatelink.aliyuncs.com"):format(service.id, service.region),
    ServiceStatus = service.Status, ServiceBusinessStatus = "Normal", CreateTime = call:iso(service.created),
    AutoAcceptEnabled = service.auto_accept, ZoneAffinityEnabled = service.affinity or false,
    ServiceSupportIPv6 = false, AddressIpVersion = "IPv4", ResourceGroupId = service.group or "",
  }
end

local function show_full(call, service)
  local row = show(call, service)
  row.Payer, row.RegionId, row.ServiceType = service.payer, service.region, service.kind
  row.ServiceResourceType, row.ConnectBandwidth = service.resource_type, service.bandwidth or 3072
  row.MaxBandwidth, row.MinBandwidth = 10240, 100
  return row
end

local function zone_set(call, service)
  local seen, list = {}, {}
  for _, resource in ipairs(service.resources) do
    if resource.zone and not seen[resource.zone] then
      seen[resource.zone] = true
      list[#list + 1] = resource.zone
    end
  end
  -- a resource without a zone serves all zones of the region
  return #list > 0 and list or regions.zones(service.region or call.region)
end

function services.CreateVpcEndpointService(call)
  local p = call.p
  if call.state.accounts[tostring(call.caller.uid)].privatelink ~= "open" then
    call:fail("NeedOpenProduct", "PrivateLink is not open.")
  end
  if p.AddressIpVersion == "DualStack" then
    call:fail("OperationDenied.ResourceTypeNotSupportDualStack", "The resource is IPv4 only.")
  end
  local group = tags.resource_group(call, p.ResourceGroupId, { "InvalidResourceGroup" })
  local given = tags.check(call, p.Tag)
  local count = call:count("services", function(s) return s.owner == call.caller.uid and s.region == call.region end)
  if count >= call:quota("endpoint_services") then call:fail("QuotaMisMatched", "Too many endpoint services.") end
  call:commit()
  local id = call:id("epsrv", 20)
  local service = call:add("services", id, {
    region = call.region, name = ("com.aliyuncs.privatelink.%s.%s"):format(call.region, id), kind = "Interface",
    description = p.ServiceDescription, auto_accept = p.AutoAcceptEnabled or false, payer = p.Payer or "Endpoint",
    affinity = p.ZoneAffinityEnabled, resource_type = p.ServiceResourceType or "slb", users = {}, resources = {},
    group = group, tags = given, supported_regions = p.SupportedRegionList or {},
  })
  for i, resource in ipairs(p.Resource or {}) do
    service.resources[i] = { id = resource.ResourceId, zone = resource.ZoneId, kind = resource.ResourceType }
  end
  service.zones = zone_set(call, service)
  call:pass("services", service, "Status", "Creating", "Active", "endpoint_update")
  return show(call, service)
end

function services.UpdateVpcEndpointServiceAttribute(call)
  local service = need(call)
  check_rest(call, service)
  local p = call.p
  call:commit()
  service.description = p.ServiceDescription or service.description
  if p.AutoAcceptEnabled ~= nil then service.auto_accept = p.AutoAcceptEnabled end
  if p.ZoneAffinityEnabled ~= nil then service.affinity = p.ZoneAffinityEnabled end
  service.bandwidth = p.ConnectBandwidth or service.bandwidth
  for _, region in ipairs(p.AddSupportedRegionSet or {}) do
    service.supported_regions[#service.supported_regions + 1] = region
  end
  call:pass("services", service, "Status", "Pending", "Active", "endpoint_update")
  return {}
end

function services.GetVpcEndpointServiceAttribute(call)
  local service = need(call)
  local answer = show_full(call, service)
  answer.Zones = array { table.unpack(service.zones) }
  return answer
end

function services.ListVpcEndpointServices(call)
  local p = call.p
  local found = call:list("services", function(s)
    return (not p.ServiceId or s.id == p.ServiceId) and (not p.ServiceName or s.name == p.ServiceName)
      and (not p.ServiceStatus or s.Status == p.ServiceStatus) and tags.match(s, p.Tag)
      and (p.AutoAcceptEnabled == nil or s.auto_accept == p.AutoAcceptEnabled)
      and (not p.ResourceGroupId or s.group == p.ResourceGroupId)
  end)
  local page, answer = paging.cursor(call, found, { default = 50 })
  local rows = {}
  for i, service in ipairs(page) do
    rows[i] = show_full(call, service)
    rows[i].Tags = tags.show(service)
  end
  answer.Services = array(rows)
  return answer
end

local function endpoints_of(call, service)
  local list = {}
  for _, endpoint in pairs(call.state.endpoints) do
    if endpoint.service == service.id then list[#list + 1] = endpoint end
  end
  table.sort(list, function(a, b) return a.seq < b.seq end)
  return list
end

function services.DeleteVpcEndpointService(call)
  local service = need(call)
  for _, endpoint in ipairs(endpoints_of(call, service)) do
    if endpoint.connection ~= "Disconnected" and endpoint.connection ~= "ServiceDeleted" then
      call:fail("EndpointServiceConnectionDependence", ("Endpoint %s is connected."):format(endpoint.id))
    end
  end
  if #service.resources > 0 then
    call:fail("EndpointServiceDependenceViolation", "Resources stand behind the service.")
  end
  if service.Status ~= "Active" then call:fail("EndpointServiceOperationDenied", "The service is being changed.") end
  call:commit()
  for _, endpoint in ipairs(endpoints_of(call, service)) do endpoint.connection = "ServiceDeleted" end
  call:vanish("services", service, "Status", "Deleting", "endpoint_update")
  return {}
end

function services.AddUserToVpcEndpointService(call)
  local service = need(call)
  if not call.p.UserId then call:fail("MissingParam.UserArn", "UserId or UserARN is required.") end
  call:commit()
  for _, uid in ipairs(service.users) do
    if uid == call.p.UserId then return {} end
  end
  service.users[#service.users + 1] = call.p.UserId
  return {}
end

function services.RemoveUserFromVpcEndpointService(call)
  local service = need(call)
  if not call.p.UserId then call:fail("MissingParam.UserArn", "UserId or UserARN is required.") end
  call:commit()
  local kept = {}
  for _, uid in ipairs(service.users) do
    if uid ~= call.p.UserId then kept[#kept + 1] = uid end
  end
  service.users = kept
  return {}
end

function services.ListVpcEndpointServiceUsers(call)
  local service = need(call)
  local found = {}
  for i, uid in ipairs(service.users) do
    if not call.p.UserId or uid == call.p.UserId then found[#found + 1] = { seq = i, uid = uid } end
  end
  local page, answer = paging.cursor(call, found, { default = 50 })
  local rows = {}
  for i, row in ipairs(page) do rows[i] = { UserId = row.uid } end
  answer.Users, answer.UserARNs = array(rows), array {}
  answer.TotalCount = tostring(answer.TotalCount) -- text in this operation
  return answer
end

function services.AttachResourceToVpcEndpointService(call)
  local service = need(call)
  for _, resource in ipairs(service.resources) do
    if resource.id == call.p.ResourceId and resource.zone == call.p.ZoneId then
      call:fail("EndpointServiceResourceExist", "The resource stands behind the service already.")
    end
  end
  if call.p.ResourceType ~= service.resource_type then
    call:fail("EndpointServiceResourceTypeNotEqual", "All resources of a service are of one type.")
  end
  if #service.resources >= call:quota("resources_per_service") then
    call:fail("QuotaMisMatched", "The service has too many resources.")
  end
  call:commit()
  service.resources[#service.resources + 1] = { id = call.p.ResourceId, zone = call.p.ZoneId,
    kind = call.p.ResourceType }
  service.zones = zone_set(call, service)
  return {}
end

function services.DetachResourceFromVpcEndpointService(call)
  local service = need(call)
  local kept = {}
  for _, resource in ipairs(service.resources) do
    if resource.id ~= call.p.ResourceId or (call.p.ZoneId and resource.zone ~= call.p.ZoneId) then
      kept[#kept + 1] = resource
    end
  end
  if #kept == #service.resources then call:fail("EndpointServiceResourceNotFound", "No such resource.") end
  call:commit()
  service.resources = kept
  service.zones = zone_set(call, service)
  return {}
end

function services.ListVpcEndpointServiceResources(call)
  local service = need(call)
  local found = {}
  for i, resource in ipairs(service.resources) do found[i] = { seq = i, resource = resource } end
  local page, answer = paging.cursor(call, found, { default = 50 })
  local rows = {}
  for i, row in ipairs(page) do
    rows[i] = { ResourceId = row.resource.id, ResourceType = row.resource.kind, ZoneId = row.resource.zone or "",
      RegionId = service.region, AutoAllocatedEnabled = true, ResourceSupportIPv6 = false }
  end
  answer.Resources, answer.TotalCount = array(rows), nil
  return answer
end

return services
