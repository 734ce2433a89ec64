-- SPDX-License-Identifier: MIT
-- Privatelink 2020-04-15: the zones of an endpoint, each an interface with an address in a vSwitch.

local array = require "json".array
local addresses = require "sandbox.addresses"
local machine = require "sandbox.products.endpoint_machine"
local paging = require "sandbox.paging"
local timeline = require "sandbox.timeline"

local zones = {}

local function check_address(call, vswitch, wanted, planned)
  if wanted then
    if not addresses.usable(vswitch, wanted) then
      call:fail("IllegalParam.Ip", ("%s is not an address of vSwitch %s."):format(wanted, vswitch.id))
    end
    if addresses.used(call.state, vswitch.id)[wanted] or planned[wanted] then
      call:fail("EniIpUnavailable", ("%s is in use."):format(wanted))
    end
  elseif addresses.free(call.state, vswitch) < 1 then
    call:fail("ResourceNotEnough.VSwitchIp", ("vSwitch %s has no free address."):format(vswitch.id))
  end
end

local function check_one(call, vpc, service, wish, planned)
  local vswitch = call:own("vswitches", wish.VSwitchId)
  if not vswitch or vswitch.vpc ~= vpc.id or (wish.ZoneId and vswitch.zone ~= wish.ZoneId) then
    call:fail("VSwitchNotFound", ("vSwitch %s does not exist in the VPC and zone."):format(tostring(wish.VSwitchId)))
  end
  if vswitch.Status ~= "Available" then call:fail("VSwitchStatusNotAllowed", "The vSwitch is not Available.") end
  local offered = false
  for _, zone in ipairs(service.zones) do offered = offered or zone == vswitch.zone end
  if not offered then
    call:fail("EndpointServiceNotSupportedZone", ("The service is not offered in zone %s."):format(vswitch.zone))
  end
  if planned[vswitch.zone] then call:fail("EndpointZoneDuplicated", "A zone is given twice.") end
  check_address(call, vswitch, wish.ip, planned)
  planned[vswitch.zone] = true
  if wish.ip then planned[wish.ip] = true end
  return { vswitch = vswitch, address = wish.ip }
end

---Checks the zones wanted for an endpoint.
---@param wishes table[] {ZoneId=, VSwitchId=, ip=}
---@return table[] plans for zones.create
function zones.check_all(call, vpc, service, wishes, existing)
  local planned = {}
  for _, zone in ipairs(existing or {}) do planned[zone.zone] = true end
  local plans = {}
  for i, wish in ipairs(wishes) do plans[i] = check_one(call, vpc, service, wish, planned) end
  if #plans + #(existing or {}) > call:quota("zones_per_endpoint") then
    call:fail_first({ "QuotaExceeded.epZonePerEndpoint", "QuotaMisMatched" }, "The endpoint has too many zones.")
  end
  return plans
end

---Makes the interface of an endpoint in a zone.
function zones.create(call, endpoint, plan)
  local vswitch = plan.vswitch
  local zone = call:add("endpoint_zones", endpoint.id .. "/" .. vswitch.zone, {
    region = endpoint.region, endpoint = endpoint.id, zone = vswitch.zone, vswitch = vswitch.id,
    address = plan.address or addresses.take(call.state, vswitch), eni = call:id("eni", 20), Status = "Creating",
  })
  timeline.add(call.state, call:at("endpoint_zone"), { effect = "zone.ready", collection = "endpoint_zones",
    id = zone.id, seconds = call:seconds("connection") })
  return zone
end

local function need(call)
  return call:need("endpoints", call.p.EndpointId, "EndpointNotFound", "Endpoint")
end

function zones.AddZoneToVpcEndpoint(call)
  local endpoint = need(call)
  if endpoint.protected then call:fail("EndpointProtected", "The endpoint is managed by a service.") end
  if endpoint.Status ~= "Active" and endpoint.Status ~= "Pending" then
    call:fail("EndpointOperationDenied", ("The endpoint is %s."):format(endpoint.Status))
  end
  local service = call.state.services[endpoint.service]
  if not service then call:fail("EndpointServiceDeleted", "The service is gone.") end
  local p = call.p
  local plans = zones.check_all(call, call.state.vpcs[endpoint.vpc], service,
    { { ZoneId = p.ZoneId, VSwitchId = p.VSwitchId, ip = p.ip } }, machine.zones_of(call.state, endpoint.id))
  call:commit()
  zones.create(call, endpoint, plans[1])
  return {}
end

function zones.RemoveZoneFromVpcEndpoint(call)
  local endpoint = need(call)
  local zone = call.state.endpoint_zones[endpoint.id .. "/" .. call.p.ZoneId]
  if not zone then call:fail("EndpointZoneNotFound", ("The endpoint has no zone %s."):format(call.p.ZoneId)) end
  if endpoint.protected then call:fail("EndpointProtected", "The endpoint is managed by a service.") end
  if endpoint.Status ~= "Active" then
    call:fail("EndpointOperationDenied", ("The endpoint is %s."):format(endpoint.Status))
  end
  local settled = { Wait = true, Connected = true, Disconnected = true }
  if not settled[zone.Status] then
    call:fail("EndpointConnectionOperationDenied", ("The zone is %s."):format(zone.Status))
  end
  call:commit()
  call:vanish("endpoint_zones", zone, "Status", "Deleting", "endpoint_zone_delete")
  return {}
end

local function show(endpoint, zone)
  return {
    ZoneId = zone.zone, VSwitchId = zone.vswitch, EniId = zone.eni, EniIp = zone.address, ZoneStatus = zone.Status,
    RegionId = endpoint.region, ZoneIpv6Address = "",
    ZoneDomain = ("%s-%s.%s.%s.privatelink.aliyuncs.com"):format(endpoint.id, endpoint.region, endpoint.service,
      zone.zone),
  }
end

function zones.ListVpcEndpointZones(call)
  local endpoint = need(call)
  local found = {}
  for _, zone in ipairs(machine.zones_of(call.state, endpoint.id)) do
    if zone.visible_at <= call.now then found[#found + 1] = zone end
  end
  local page, answer = paging.cursor(call, found, { default = 50 })
  local rows = {}
  for i, zone in ipairs(page) do rows[i] = show(endpoint, zone) end
  answer.Zones = array(rows)
  return answer
end

return zones
