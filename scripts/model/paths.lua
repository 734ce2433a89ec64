-- SPDX-License-Identifier: MIT
-- model.paths: symbolic proof of a flow: longest-prefix match over route tables, from each client vSwitch to
-- each address and back. Answers with the first broken layer.
local cidr = require "cidr"
local refs = require "model.refs"
local routes = require "model.routes"

local M = {}

local SERVICE_RANGE <const> = "100.64.0.0/10"
-- Probes of the way back use an address of the client's own block.
local HOST_NUMBER <const> = 10

---@class PathVerdict
---@field flow string
---@field layer "forward route"|"return route"
---@field ok boolean
---@field message string
---@field id string? check that explains it
---@field table string
---@field destination string the address that was walked to

local function hop_text(entry)
  if not entry then
    return "nothing (no entry)"
  elseif refs.is(entry.next_hop) then
    return "the new peering"
  elseif entry.type == "System" then
    return "Local"
  end
  return ("%s %s"):format(entry.next_hop_type or "?", tostring(entry.next_hop or ""))
end

--- The entry that decides for an address.
---@param entries table[] { destination, next_hop, next_hop_type, type }
---@param address string
---@return table?
function M.longest_match(entries, address)
  local best, best_length
  for _, entry in ipairs(entries) do
    local ok, block = pcall(cidr.prefix, entry.destination)
    if ok and block:contains(address) and (not best_length or block:length() > best_length) then
      best, best_length = entry, block:length()
    end
  end
  return best
end

local function with_system_entries(facts, info, id)
  local entries = table.move(info.entries, 1, #info.entries, 1, {})
  local seen = {}
  for _, entry in ipairs(entries) do
    seen[entry.destination] = true
  end
  local blocks = { SERVICE_RANGE }
  for _, vswitch in ipairs(facts.vpcs[info.vpc].vswitches) do
    blocks[#blocks + 1] = vswitch.cidr
  end
  for _, block in ipairs(blocks) do
    if not seen[block] then
      entries[#entries + 1] = { destination = block, type = "System", next_hop_type = "local", table = id }
    end
  end
  return entries
end

--- The entries of all tables after a plan (or as they are, without one).
---@param view table model, facts, tables, plan
---@param planned boolean
---@return table<string, table[]> entries by table
function M.tables(view, planned)
  local tables = {}
  for id, info in pairs(view.tables) do
    tables[id] = with_system_entries(view.facts, info, id)
  end
  for _, entry in ipairs(planned and view.plan.actions or {}) do
    local item = entry.item
    if item.kind == "route_entry" and entry.action ~= "none" and entry.action ~= "conflict" then
      local list = tables[item.spec.table]
      for index = #list, 1, -1 do
        if list[index].destination == item.spec.destination then
          table.remove(list, index)
        end
      end
      if entry.action ~= "delete" then
        list[#list + 1] = { destination = item.spec.destination, next_hop = item.spec.next_hop,
          next_hop_type = "VpcPeer", type = "Custom", table = item.spec.table, planned = true }
      end
    end
  end
  return tables
end

-- The id of the flow's connection: known, or still a reference.
local function connection(view, flow)
  local peering = routes.peering_between(view.model, flow.from, flow.target)
  local known = view.plan.results[peering.key]
  return peering.key, known and known.id
end

local function leads_to(entry, key, id)
  if not entry or entry.next_hop_type ~= "VpcPeer" then
    return false
  end
  return entry.next_hop == id or (refs.is(entry.next_hop) and entry.next_hop.key == key)
end

local function targets(view, flow)
  local list = {}
  if flow.mode == "domain" then
    return routes.union(view.facts.addresses and view.facts.addresses[flow.key])
  elseif flow.mode == "endpoint" then
    for index, vswitch in ipairs(routes.endpoint_vswitches(view.facts, flow)) do
      list[index] = tostring(cidr.prefix(vswitch.cidr):nth(HOST_NUMBER))
    end
  else
    for index, vswitch in ipairs(view.facts.vpcs[flow.target].vswitches) do
      list[index] = tostring(cidr.prefix(vswitch.cidr):nth(HOST_NUMBER))
    end
  end
  return list
end

local function clients(view, flow)
  local tables, list = {}, {}
  for _, id in ipairs(routes.client_tables(view.model, view.facts, flow.from)) do
    tables[id] = true
  end
  for _, vswitch in ipairs(view.facts.vpcs[flow.from].vswitches) do
    if tables[vswitch.table] then
      list[#list + 1] = { vswitch = vswitch, address = tostring(cidr.prefix(vswitch.cidr):nth(HOST_NUMBER)) }
    end
  end
  return list
end

local function return_tables(view, flow)
  local target = view.facts.vpcs[flow.target]
  if flow.mode == "domain" then
    return { target.system_table }
  elseif flow.mode == "endpoint" then
    return routes.bound_tables(routes.endpoint_vswitches(view.facts, flow))
  end
  return routes.bound_tables(target.vswitches)
end

local function prove_flow(view, flow, tables, verdicts)
  local key, id = connection(view, flow)
  local seen = {}
  local function judge(layer, table_id, address, check)
    local mark = layer .. table_id .. address
    if seen[mark] then
      return
    end
    seen[mark] = true
    local entry = M.longest_match(tables[table_id] or {}, address)
    local ok = leads_to(entry, key, id)
    verdicts[#verdicts + 1] = { flow = flow.key, layer = layer, ok = ok, table = table_id, destination = address,
      id = not ok and check or nil, entry = entry, message = ok
        and ("%s: %s -> %s by %s"):format(table_id, address, hop_text(entry), entry.destination)
        or ("%s sends %s to %s, not into the peering"):format(table_id, address, hop_text(entry)) }
  end
  for _, client in ipairs(clients(view, flow)) do
    for _, address in ipairs(targets(view, flow)) do
      judge("forward route", client.vswitch.table, address, "D-17")
    end
    for _, table_id in ipairs(return_tables(view, flow)) do
      judge("return route", table_id, client.address, "D-16")
    end
  end
end

--- Walks every flow in both directions.
---@param view table
---@param planned boolean the tables as the plan will leave them, or as they are
---@return PathVerdict[]
function M.prove(view, planned)
  local tables, verdicts = M.tables(view, planned), {}
  for _, flow in ipairs(view.model.flows) do
    prove_flow(view, flow, tables, verdicts)
  end
  return verdicts
end

return M
