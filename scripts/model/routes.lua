-- SPDX-License-Identifier: MIT
-- model.routes: the route computer. From flows, blocks and table bindings it computes the entries that
-- both directions need. It knows no preset and asks no cloud. The rules are told in docs/topologies.md.
local cidr = require "cidr"

local M = {}

---@class RouteEntry
---@field vpc string alias of the VPC that owns the table
---@field table string
---@field destination string
---@field peering string key of the peering that is the next hop
---@field role "return"|"forward"
---@field flows string[] keys of the flows that need it

local function peering_between(model, a, b)
  for _, peering in ipairs(model.peerings) do
    if (peering.requester == a and peering.accepter == b) or (peering.requester == b and peering.accepter == a) then
      return peering
    end
  end
end
M.peering_between = peering_between

--- Blocks of a VPC that its peers route to: the announced ones, or all.
---@param model Model
---@param facts table
---@param alias string
---@return string[]
function M.blocks(model, facts, alias)
  return model.vpcs[alias].announce or facts.vpcs[alias].cidrs
end

--- Tables that clients of a VPC use: given ones, those of the clients' vSwitches, or all bound ones.
function M.client_tables(model, facts, alias)
  return model.vpcs[alias].tables or facts.vpcs[alias].client_tables or M.bound_tables(facts.vpcs[alias].vswitches)
end

--- The distinct tables of some vSwitches, in order.
---@param vswitches VSwitchFacts[]
---@return string[]
function M.bound_tables(vswitches)
  local seen, list = {}, {}
  for _, vswitch in ipairs(vswitches) do
    if not seen[vswitch.table] then
      seen[vswitch.table] = true
      list[#list + 1] = vswitch.table
    end
  end
  table.sort(list)
  return list
end

--- The vSwitches that hold the endpoint of a flow: the named ones, or one in each zone of the service.
---@param facts table
---@param flow ModelFlow
---@return VSwitchFacts[]
function M.endpoint_vswitches(facts, flow)
  local chosen, by_zone = {}, {}
  local named = {}
  for _, id in ipairs(flow.to.vswitches or {}) do
    named[id] = true
  end
  local offered = facts.zones and facts.zones[flow.key]
  for _, vswitch in ipairs(facts.vpcs[flow.target].vswitches) do
    local zone_ok = not offered or offered[vswitch.zone]
    if flow.to.vswitches and named[vswitch.id] or (not flow.to.vswitches and zone_ok and not by_zone[vswitch.zone]) then
      by_zone[vswitch.zone] = true
      chosen[#chosen + 1] = vswitch
    end
  end
  return chosen
end

local function sorted_addresses(by_name)
  local seen, list = {}, {}
  for _, addresses in pairs(by_name or {}) do
    for _, address in ipairs(addresses) do
      if not seen[address] then
        seen[address] = true
        list[#list + 1] = cidr.address(address)
      end
    end
  end
  table.sort(list)
  for index, address in ipairs(list) do
    list[index] = tostring(address)
  end
  return list
end
M.union = sorted_addresses

local function forward_destinations(model, facts, flow)
  local list = {}
  if flow.mode == "domain" then
    for index, address in ipairs(sorted_addresses(facts.addresses and facts.addresses[flow.key])) do
      list[index] = address .. "/32"
    end
  elseif flow.mode == "endpoint" then
    for index, vswitch in ipairs(M.endpoint_vswitches(facts, flow)) do
      list[index] = vswitch.cidr
    end
  else
    list = M.blocks(model, facts, flow.target)
  end
  return list
end

local function return_tables(facts, flow)
  local target = facts.vpcs[flow.target]
  if flow.mode == "endpoint" then
    return M.bound_tables(M.endpoint_vswitches(facts, flow))
  elseif flow.mode == "vpc" then
    return M.bound_tables(target.vswitches)
  end
  -- Which table answers traffic from 100.64.0.0/10 is not documented: the system table always, and the others.
  return target.tables
end

-- R4: one destination once a table; the same wish of two flows has two owners, another next hop is an error.
local function add(list, index, problems, entry, flow)
  local key = entry.table .. " " .. entry.destination
  local other = index[key]
  if not other then
    entry.flows = { flow.key }
    index[key] = entry
    list[#list + 1] = entry
  elseif other.peering ~= entry.peering then
    problems[#problems + 1] = { id = "D-30", message = ("%s needs %s twice: for %s through %s and for %s through %s")
      :format(entry.table, entry.destination, other.flows[1], other.peering, flow.key, entry.peering) }
  else
    other.flows[#other.flows + 1] = flow.key
  end
end

-- R6: a destination inside a vSwitch of the table's own VPC stays local.
local function check_local(facts, entry, problems)
  local destination = cidr.prefix(entry.destination)
  for _, vswitch in ipairs(facts.vpcs[entry.vpc].vswitches) do
    if cidr.prefix(vswitch.cidr):contains(destination) then
      problems[#problems + 1] = { id = "D-28", message = ("%s: %s lies in the VPC's own vSwitch %s (%s), stays there")
        :format(entry.table, entry.destination, vswitch.id, vswitch.cidr) }
    end
  end
end

--- Computes all entries: returns before forwards, in a stable order.
---@param model Model
---@param facts table
---@return RouteEntry[]
---@return { id: string, message: string }[] problems
function M.compute(model, facts)
  local returns, forwards, index, problems = {}, {}, {}, {}
  for _, flow in ipairs(model.flows) do
    local peering = peering_between(model, flow.from, flow.target)
    for _, id in ipairs(return_tables(facts, flow)) do
      for _, block in ipairs(M.blocks(model, facts, flow.from)) do
        add(returns, index, problems, { vpc = flow.target, table = id, destination = block, peering = peering.key,
          role = "return" }, flow)
      end
    end
    for _, id in ipairs(M.client_tables(model, facts, flow.from)) do
      for _, destination in ipairs(forward_destinations(model, facts, flow)) do
        add(forwards, index, problems, { vpc = flow.from, table = id, destination = destination,
          peering = peering.key, role = "forward" }, flow)
      end
    end
  end
  local entries = table.move(forwards, 1, #forwards, #returns + 1, returns)
  for _, entry in ipairs(entries) do
    check_local(facts, entry, problems)
  end
  return entries, problems
end

return M
