-- SPDX-License-Identifier: MIT
-- How endpoints, their connections and their zones go on by themselves: Creating, Wait, Connecting,
-- Connected, and back. All steps are timeline events, so they go on across processes.

local timeline = require "sandbox.timeline"

local machine = {}

local function zones_of(state, endpoint_id)
  local list = {}
  for _, zone in pairs(state.endpoint_zones) do
    if zone.endpoint == endpoint_id then list[#list + 1] = zone end
  end
  table.sort(list, function(a, b) return a.seq < b.seq end)
  return list
end
machine.zones_of = zones_of

local function connect_zone(state, zone, at, seconds)
  zone.Status = "Connecting"
  timeline.add(state, at + seconds, { effect = "zone.connected", collection = "endpoint_zones", id = zone.id })
end

---Accepts the connection of an endpoint: connection and waiting zones go to Connected.
---@param state table
---@param endpoint table
---@param at number wall-clock time of the acceptance
---@param seconds number time until it is connected
function machine.connect(state, endpoint, at, seconds)
  endpoint.connection = "Connecting"
  timeline.add(state, at + seconds, { effect = "connection.connected", collection = "endpoints", id = endpoint.id,
    seconds = seconds })
  for _, zone in ipairs(zones_of(state, endpoint.id)) do
    if zone.Status == "Wait" or zone.Status == "Disconnected" then connect_zone(state, zone, at, seconds) end
  end
end

---Takes the acceptance back.
function machine.disconnect(state, endpoint, at, seconds)
  endpoint.connection = "Disconnecting"
  timeline.add(state, at + seconds, { effect = "connection.disconnected", collection = "endpoints", id = endpoint.id })
  for _, zone in ipairs(zones_of(state, endpoint.id)) do
    if zone.Status == "Connected" then zone.Status = "Disconnecting" end
  end
end

timeline.effect("endpoint.active", function(state, event)
  local endpoint = state.endpoints[event.id]
  if not endpoint then return end
  endpoint.Status = "Active"
  local service = state.services[endpoint.service]
  if service and service.auto_accept and endpoint.connection == "Disconnected" then
    machine.connect(state, endpoint, event.at, event.seconds)
  end
end)

timeline.effect("connection.connected", function(state, event)
  local endpoint = state.endpoints[event.id]
  if not endpoint or endpoint.connection ~= "Connecting" then return end
  endpoint.connection = "Connected"
  for _, zone in ipairs(zones_of(state, endpoint.id)) do
    if zone.Status == "Wait" then connect_zone(state, zone, event.at, event.seconds) end
  end
end)

timeline.effect("connection.disconnected", function(state, event)
  local endpoint = state.endpoints[event.id]
  if not endpoint or endpoint.connection ~= "Disconnecting" then return end
  endpoint.connection = "Disconnected"
  for _, zone in ipairs(zones_of(state, endpoint.id)) do
    if zone.Status == "Disconnecting" then zone.Status = "Disconnected" end
  end
end)

timeline.effect("zone.ready", function(state, event)
  local zone = state.endpoint_zones[event.id]
  if not zone or zone.Status ~= "Creating" then return end
  zone.Status = "Wait"
  local endpoint = state.endpoints[zone.endpoint]
  if endpoint and (endpoint.connection == "Connected" or endpoint.connection == "Connecting") then
    connect_zone(state, zone, event.at, event.seconds)
  end
end)

timeline.effect("zone.connected", function(state, event)
  local zone = state.endpoint_zones[event.id]
  if zone and zone.Status == "Connecting" then zone.Status = "Connected" end
end)

timeline.effect("zone.disconnected", function(state, event)
  local zone = state.endpoint_zones[event.id]
  if zone and zone.Status == "Disconnecting" then zone.Status = "Disconnected" end
end)

timeline.effect("group.attached", function(state, event)
  local endpoint = state.endpoints[event.id]
  if not endpoint then return end
  local kept = {}
  for _, group in ipairs(endpoint.groups) do
    if group.id ~= event.group then
      kept[#kept + 1] = group
    elseif group.Status == "Attaching" then
      group.Status = "Attached"
      kept[#kept + 1] = group
    end
  end
  endpoint.groups = kept
  endpoint.Status = "Active"
end)

return machine
