-- SPDX-License-Identifier: MIT
-- resources.vpc_endpoint: PrivateLink interface endpoints (Privatelink 2020-04-15) with their zones. Usable
-- when every wanted zone is Connected; the zones give the addresses that clients reach.
local errors = require "errors"
local marker = require "engine.marker"

local M = { name = "vpc_endpoint", waits = "endpoint", timeout = 600 }

local DEAD_ZONE = { Disconnected = true, Disconnecting = true, Deleting = true }

local function services(session, place)
  return session:all("privatelink", place, "ListVpcEndpointServicesByEndUser",
    { RegionId = place.region, MaxResults = 50 }, "Services")
end

--- The endpoint services that the account may use in a region, by name.
---@param session Session
---@param place Place
---@return table<string, { id: string, name: string, zones: string[], auto_accept: boolean }>
function M.services(session, place)
  return session:once(("services:%s:%s"):format(place.account, place.region), function()
    local found = {}
    for _, item in ipairs(services(session, place)) do
      found[item.ServiceName] = { id = item.ServiceId, name = item.ServiceName, zones = item.Zones or {},
        auto_accept = item.AutoAcceptEnabled == true, domain = item.ServiceDomain }
    end
    return found
  end)
end

-- nil: the endpoint does not exist.
local function zones_of(session, place, id)
  local raw = session:all("privatelink", place, "ListVpcEndpointZones",
    { RegionId = place.region, EndpointId = id, MaxResults = 50 }, "Zones")
  if not raw then
    return nil
  end
  local zones = {}
  for index, zone in ipairs(raw) do
    zones[index] = { zone = zone.ZoneId, vswitch = zone.VSwitchId, address = zone.EniIp, state = zone.ZoneStatus,
      domain = zone.ZoneDomain }
  end
  table.sort(zones, function(a, b) return a.zone < b.zone end)
  return zones
end

local function addresses(zones)
  local list = {}
  for _, zone in ipairs(zones or {}) do
    if zone.address and zone.address ~= "" then
      list[#list + 1] = zone.address
    end
  end
  table.sort(list)
  return list
end

-- Endpoints of a VPC by service name: those that stay, and those that are being deleted.
local function lists(session, place, vpc_id)
  return session:once(("endpoints:%s"):format(vpc_id), function()
    local present, leaving = {}, {}
    for _, item in ipairs(session:all("privatelink", place, "ListVpcEndpoints",
      { RegionId = place.region, VpcId = vpc_id, MaxResults = 50 }, "Endpoints")) do
      local found = item.EndpointStatus == "Deleting" and leaving or present
      found[item.ServiceName] = { id = item.EndpointId, state = item.EndpointStatus,
        connection = item.ConnectionStatus, biz = item.EndpointBusinessStatus, name = item.EndpointName,
        domain = item.EndpointDomain, owner = marker.of_tags(item.Tags) }
    end
    return { present = present, leaving = leaving }
  end)
end

local function list(session, place, vpc_id)
  return lists(session, place, vpc_id).present
end

--- Finds the wanted endpoints; those that the ledger knows need no list call.
---@param session Session
---@param wanted table[]
---@param known table<string, table> rows of the ledger by key
---@param leaving? table<string, table> gets those that are being deleted
function M.read(session, wanted, known, leaving)
  local task = require "task"
  local found = {}
  task.map(wanted, function(item)
    local row = known and known[item.key]
    local actual = row and { id = row.id, owner = row.owner == "ours" and item.owner or nil }
    actual = actual or list(session, item.place, item.spec.vpc_id)[item.spec.service]
    if not actual then
      if leaving then
        leaving[item.key] = lists(session, item.place, item.spec.vpc_id).leaving[item.spec.service]
      end
      return
    end
    actual.zones = zones_of(session, item.place, actual.id)
    if not actual.zones and row then
      actual = list(session, item.place, item.spec.vpc_id)[item.spec.service]
      if actual then
        actual.zones = zones_of(session, item.place, actual.id)
      end
    end
    if actual and actual.zones then
      actual.addresses = addresses(actual.zones)
      found[item.key] = actual
    end
  end)
  return found
end

local function missing_zones(item, actual)
  local have, missing = {}, {}
  for _, zone in ipairs(actual.zones) do
    have[zone.zone] = true
  end
  for _, zone in ipairs(item.spec.zones) do
    if not have[zone.zone] then
      missing[#missing + 1] = zone
    end
  end
  return missing
end

function M.compare(item, actual)
  if actual.biz and actual.biz ~= "" and actual.biz ~= "Normal" then
    return "conflict", ("endpoint %s is %s: settle the account's bill (D-11)"):format(actual.id, actual.biz)
  end
  local changes = {}
  for _, zone in ipairs(missing_zones(item, actual)) do
    changes[#changes + 1] = { field = "zone", to = zone.zone }
  end
  if #changes > 0 then
    return "update", changes
  end
  return "same"
end

local function zones_ready(zones, wanted)
  local by_zone = {}
  for _, zone in ipairs(zones) do
    by_zone[zone.zone] = zone
  end
  for _, zone in ipairs(wanted) do
    local present = by_zone[zone.zone]
    if not present or present.state ~= "Connected" then
      return false, ("zone %s %s"):format(zone.zone, present and present.state or "not visible yet"), present
    end
  end
  return true
end

function M.is_ready(actual, item)
  return (zones_ready(actual.zones, item.spec.zones))
end

local function explain_wait(ctx, item, id, state)
  local answer = ctx.session:call("privatelink", item.place, "GetVpcEndpointAttribute",
    { RegionId = item.place.region, EndpointId = id })
  local connection = answer and answer.ConnectionStatus or "gone"
  if connection == "ServiceDeleted" or connection == "Deleted" or not answer then
    errors.raise { kind = "cloud", code = "EndpointDead",
      message = ("endpoint %s: connection is %s"):format(id, connection),
      hint = "the service was taken away by its owner; use mode \"domain\" (D-50)" }
  end
  return ("%s, connection %s"):format(state, connection)
end

local function look(ctx, item)
  local id = ctx.lookup(item.key, "id")
  local zones = zones_of(ctx.session, item.place, id)
  if not zones then
    return nil, "not visible yet"
  end
  local ready, state, zone = zones_ready(zones, item.spec.zones)
  if ready then
    return { [item.key] = { id = id, addresses = addresses(zones), zones = zones } }
  elseif zone and DEAD_ZONE[zone.state] then
    errors.raise { kind = "cloud", code = "EndpointZoneDead", message = ("endpoint %s: %s"):format(id, state),
      hint = "the service owner disconnected it; see D-50, or use mode \"domain\"" }
  elseif zone and zone.state == "Wait" then
    ctx.waited = (ctx.waited or 0) + 1
    if ctx.waited % 8 == 0 then
      state = explain_wait(ctx, item, id, state)
    end
  end
  return nil, state
end

local function create(item)
  local zones = {}
  for index, zone in ipairs(item.spec.zones) do
    zones[index] = { ZoneId = zone.zone, VSwitchId = zone.vswitch }
  end
  return { product = "privatelink", action = "CreateVpcEndpoint", place = item.place, token = true,
    params = { RegionId = item.place.region, VpcId = item.spec.vpc_id, ServiceName = item.spec.service,
      EndpointName = item.spec.name, EndpointType = "Interface", Zone = zones,
      SecurityGroupId = item.spec.security_groups, Tag = marker.tags(item.owner, item.key) },
    accept = function(answer) return { [item.key] = { id = answer.EndpointId, domain = answer.EndpointDomain } } end,
    recover = { EndpointExist = function(ctx)
      ctx.session:forget "endpoints:"
      local actual = list(ctx.session, item.place, item.spec.vpc_id)[item.spec.service]
      return actual and { [item.key] = { id = actual.id } }
    end },
    look = function(ctx) return look(ctx, item) end }
end

local function add_zone(item, actual, zone)
  return { product = "privatelink", action = "AddZoneToVpcEndpoint", place = item.place, token = true,
    suffix = "zone:" .. zone.zone,
    params = { RegionId = item.place.region, EndpointId = actual.id, ZoneId = zone.zone, VSwitchId = zone.vswitch },
    -- Added already, by a call whose answer was lost, or not listed yet: the look waits for it.
    recover = { EndpointZoneDuplicated = function() return {} end },
    look = function(ctx)
      local zones = zones_of(ctx.session, item.place, actual.id) or {}
      return zones_ready(zones, { zone }) or nil, "zone " .. zone.zone
    end }
end

local function remove_zone(item, actual, zone)
  return { product = "privatelink", action = "RemoveZoneFromVpcEndpoint", place = item.place, token = true,
    removes = true, suffix = "zone:" .. zone.zone,
    params = { RegionId = item.place.region, EndpointId = actual.id, ZoneId = zone.zone },
    gone = { EndpointZoneNotFound = true, EndpointNotFound = true },
    look = function(ctx)
      for _, left in ipairs(zones_of(ctx.session, item.place, actual.id) or {}) do
        if left.zone == zone.zone then
          return nil, ("zone %s %s"):format(zone.zone, left.state)
        end
      end
      return true
    end }
end

local function delete(item, actual)
  return { product = "privatelink", action = "DeleteVpcEndpoint", place = item.place, token = true, removes = true,
    params = { RegionId = item.place.region, EndpointId = actual.id }, gone = { EndpointNotFound = true },
    look = function(ctx)
      local answer = ctx.session:call("privatelink", item.place, "GetVpcEndpointAttribute",
        { RegionId = item.place.region, EndpointId = actual.id })
      return not answer or nil, answer and answer.EndpointStatus
    end }
end

--- The calls of an action, in order; an endpoint without zones is the only one that can be deleted.
function M.phases(action, items, actuals)
  local item = items[1]
  local actual = actuals[item.key]
  if action == "create" then
    return { create(item) }
  end
  local phases = {}
  if action == "update" then
    for _, zone in ipairs(missing_zones(item, actual)) do
      phases[#phases + 1] = add_zone(item, actual, zone)
    end
    return phases
  end
  for _, zone in ipairs(actual.zones or {}) do
    phases[#phases + 1] = remove_zone(item, actual, zone)
  end
  phases[#phases + 1] = delete(item, actual)
  return phases
end

--- Every endpoint of a topology in the VPCs through which MaxCompute is reached, known by its tags.
---@param session Session
---@param model Model
---@return Item[]
function M.discover(session, model)
  local items, seen = {}, {}
  for _, flow in ipairs(model.flows) do
    local vpc = model.vpcs[flow.target]
    if flow.kind == "maxcompute" and not seen[vpc.id] then
      seen[vpc.id] = true
      local found = lists(session, vpc, vpc.id)
      local all = {}
      for _, part in ipairs { found.leaving, found.present } do
        for service, endpoint in pairs(part) do
          all[service] = endpoint
        end
      end
      for service, endpoint in pairs(all) do
        if endpoint.owner == model.name then
          items[#items + 1] = { key = ("endpoint:%s:%s"):format(vpc.id, service), kind = M.name, stage = "expose",
            owner = model.name, place = { account = vpc.account, region = vpc.region },
            spec = { vpc_id = vpc.id, service = service, zones = {} } }
        end
      end
    end
  end
  return items
end

function M.pending(item)
  return { look = function(ctx) return look(ctx, item) end }
end

function M.describe(item)
  local zones = {}
  for index, zone in ipairs(item.spec.zones) do
    zones[index] = ("%s (%s)"):format(zone.zone, zone.vswitch)
  end
  return ("%s  in %s: %s"):format(item.spec.service, item.spec.vpc_id, table.concat(zones, ", "))
end

return M
