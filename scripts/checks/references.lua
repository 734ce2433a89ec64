-- SPDX-License-Identifier: MIT
-- checks.references: ids in a topology that the VPCs do not have, and zones that a service does not offer.
local routes = require "model.routes"

local function set_of(list, field)
  local set = {}
  for _, item in ipairs(list) do
    set[field and item[field] or item] = true
  end
  return set
end

local function unknown_tables(view, messages)
  for _, vpc in ipairs(view.model.vpc_list) do
    local known = set_of(view.facts.vpcs[vpc.alias].tables or {})
    for _, id in ipairs(vpc.tables or {}) do
      if not known[id] then
        messages[#messages + 1] = ("vpcs.%s.tables names %s, which VPC %s does not have"):format(vpc.alias, id, vpc.id)
      end
    end
  end
end

local function unknown_vswitches(view, messages)
  for _, flow in ipairs(view.model.flows) do
    local vpc = view.model.vpcs[flow.target]
    local known = set_of(view.facts.vpcs[flow.target].vswitches or {}, "id")
    for _, id in ipairs(flow.mode == "endpoint" and flow.to.vswitches or {}) do
      if not known[id] then
        messages[#messages + 1] = ("%s names the vSwitch %s, which VPC %s does not have"):format(flow.key, id, vpc.id)
      end
    end
  end
end

local function unknown_ids(view)
  local messages = {}
  unknown_tables(view, messages)
  unknown_vswitches(view, messages)
  return messages
end

local function unsupported_zones(view)
  local messages = {}
  for _, flow in ipairs(view.model.flows) do
    local offered = flow.mode == "endpoint" and view.facts.zones and view.facts.zones[flow.key]
    local chosen, seen = offered and routes.endpoint_vswitches(view.facts, flow) or {}, {}
    for _, vswitch in ipairs(chosen) do
      if not offered[vswitch.zone] then
        messages[#messages + 1] = ("%s: vSwitch %s lies in %s, where the service has no zone"):format(flow.key,
          vswitch.id,
          vswitch.zone)
      elseif seen[vswitch.zone] then
        messages[#messages + 1] = ("%s: two vSwitches in zone %s; an endpoint has one address a zone"):format(flow.key,
          vswitch.zone)
      end
      seen[vswitch.zone] = true
    end
    if offered and #chosen == 0 then
      messages[#messages + 1] = ("%s: VPC %s has no vSwitch in a zone of the service"):format(flow.key,
        view.model.vpcs[flow.target].id)
    end
  end
  return messages
end

local function one_zone(view)
  local messages = {}
  for _, flow in ipairs(view.model.flows) do
    if flow.mode == "endpoint" and #routes.endpoint_vswitches(view.facts, flow) == 1 then
      messages[#messages + 1] = ("%s: the endpoint has one zone only"):format(flow.key)
    end
  end
  return messages
end

return {
  { id = "D-18", title = "ids belong to their VPCs", moment = "facts", severity = "error", run = unknown_ids,
    cause = "a table or vSwitch of another VPC, or a slip of the keyboard", remedy = "correct the topology" },
  { id = "D-47", title = "zones are offered", moment = "facts", severity = "error", run = unsupported_zones,
    cause = "an endpoint can only be where its service is",
      remedy = "name vSwitches in zones of the service, one a zone" },
  { id = "D-33", title = "endpoints have two zones", moment = "facts", severity = "warning", run = one_zone,
    cause = "when the zone fails, so does the access", remedy = "name a vSwitch in a second zone" },
}
