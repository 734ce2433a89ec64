-- SPDX-License-Identifier: MIT
-- Privatelink 2020-04-15, provider side: the connections that endpoints ask for, as a whole and by zone.

local array = require "json".array
local machine = require "sandbox.products.endpoint_machine"
local paging = require "sandbox.paging"
local timeline = require "sandbox.timeline"

local connections = {}

local function need(call)
  return call:need("services", call.p.ServiceId, { "EndpointServiceNotFound", "ResourceNotFound.VpcEndpointService" },
    "Endpoint service")
end

-- The connection of an endpoint to the caller's service.
local function connection(call)
  local service = need(call)
  local endpoint = call.state.endpoints[call.p.EndpointId]
  if not endpoint or endpoint.service ~= service.id then
    call:fail_first({ "EndpointConnectionNotFound", "ResourceNotFound.VpcEndpointConnection" },
      ("No connection of endpoint %s."):format(call.p.EndpointId))
  end
  return endpoint, service
end

function connections.EnableVpcEndpointConnection(call)
  local endpoint, service = connection(call)
  if endpoint.Status ~= "Active" then call:fail("EndpointOperationDenied", "The endpoint is not Active.") end
  if endpoint.connection ~= "Disconnected" then
    call:fail("EndpointConnectionOperationDenied", ("The connection is %s."):format(endpoint.connection))
  end
  if #service.resources == 0 and not service.managed then
    call:fail("OperationDenied.NoAvailableServiceResource", "No resource stands behind the service.")
  end
  call:commit()
  endpoint.bandwidth = call.p.Bandwidth or endpoint.bandwidth
  machine.connect(call.state, endpoint, call.now, call:seconds("connection"))
  return {}
end

function connections.DisableVpcEndpointConnection(call)
  local endpoint = connection(call)
  if endpoint.connection ~= "Connected" then
    call:fail("EndpointConnectionOperationDenied", ("The connection is %s."):format(endpoint.connection))
  end
  call:commit()
  machine.disconnect(call.state, endpoint, call.now, call:seconds("connection"))
  return {}
end

function connections.UpdateVpcEndpointConnectionAttribute(call)
  local endpoint = connection(call)
  if endpoint.connection ~= "Connected" then
    call:fail("EndpointConnectionOperationDenied", ("The connection is %s."):format(endpoint.connection))
  end
  call:commit()
  endpoint.bandwidth = call.p.Bandwidth or endpoint.bandwidth
  call:pass("endpoints", endpoint, "connection", "Pending", "Connected", "connection")
  return {}
end

local function zone_connection(call, wanted)
  local endpoint = connection(call)
  local zone = call.state.endpoint_zones[endpoint.id .. "/" .. call.p.ZoneId]
  if not zone then call:fail("ResourceNotFound.VpcEndpointZone", "The endpoint has no such zone.") end
  if endpoint.connection ~= "Connected" then
    call:fail("IncorrectStatus.VpcEndpointConnection", "The connection is not Connected.")
  end
  if zone.Status ~= wanted then
    call:fail("IncorrectStatus.VpcEndpointZone", ("The zone is %s."):format(zone.Status))
  end
  call:commit()
  return zone
end

function connections.DisableVpcEndpointZoneConnection(call)
  local zone = zone_connection(call, "Connected")
  zone.Status = "Disconnecting"
  timeline.add(call.state, call:at("connection"),
    { effect = "zone.disconnected", collection = "endpoint_zones", id = zone.id })
  return {}
end

function connections.EnableVpcEndpointZoneConnection(call)
  local zone = zone_connection(call, "Disconnected")
  zone.Status = "Connecting"
  timeline.add(call.state, call:at("connection"),
    { effect = "zone.connected", collection = "endpoint_zones", id = zone.id })
  return {}
end

local function connection_row(call, service, endpoint)
  local rows = {}
  for i, zone in ipairs(machine.zones_of(call.state, endpoint.id)) do
    rows[i] = { ZoneId = zone.zone, VSwitchId = zone.vswitch, EniId = zone.eni, ZoneStatus = zone.Status,
      ResourceId = "", ZoneDomain = "" }
  end
  return {
    EndpointId = endpoint.id, EndpointVpcId = endpoint.vpc, EndpointOwnerId = endpoint.owner,
    ConnectionStatus = endpoint.connection, Bandwidth = endpoint.bandwidth, ServiceId = service.id,
    ResourceOwner = endpoint.owner == service.owner, ModifiedTime = call:iso(endpoint.created), Zones = array(rows),
    ResourceGroupId = service.group or "", EndpointRegionId = endpoint.region, ServiceRegionId = service.region,
  }
end

function connections.ListVpcEndpointConnections(call)
  local p = call.p
  local only = p.ServiceId and need(call)
  local found = {}
  for _, endpoint in pairs(call.state.endpoints) do
    local service = call:own("services", endpoint.service)
    if service and (not only or service == only) and (not p.EndpointId or endpoint.id == p.EndpointId)
      and (not p.ConnectionStatus or endpoint.connection == p.ConnectionStatus)
      and (not p.EndpointOwnerId or endpoint.owner == p.EndpointOwnerId) then
      found[#found + 1] = endpoint
    end
  end
  table.sort(found, function(a, b) return a.seq < b.seq end)
  local page, answer = paging.cursor(call, found, { default = 50 })
  local rows = {}
  for i, endpoint in ipairs(page) do rows[i] = connection_row(call, call.state.services[endpoint.service], endpoint) end
  answer.Connections = array(rows)
  answer.TotalCount = tostring(answer.TotalCount) -- text in this operation
  return answer
end

return connections
