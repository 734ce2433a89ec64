-- SPDX-License-Identifier: MIT
-- resources.route_entry: entries of VPC route tables (Vpc 2016-04-28). The natural key is (table,
-- destination). Writes to one VPC go one at a time; up to 50 ordinary destinations share a call, those
-- inside 100.64.0.0/10 go alone, because the batch call refuses them.
local cidr = require "cidr"
local errors = require "errors"
local marker = require "engine.marker"
local refs = require "model.refs"

local M = { name = "route_entry", waits = "route", timeout = 600 }

local BATCH <const> = 50
local SERVICE_RANGE <const> = "100.64.0.0/10"

local DUPLICATE = { "InvalidCIDRBlock.Duplicate", "InvalidRouteEntry.Duplicate", "RouterEntryConflict.Duplicated",
  "Duplicated.VpcNextHop", "RouteConflict.AlreadyExist", "VPC_ROUTE_ENTRY_CIDR_BLOCK_DUPLICATE" }

--- All entries of a route table, read once in a run.
---@param session Session
---@param place Place
---@param table_id string
---@return table[] entries { id, destination, next_hop_type, next_hop, type, state, name, owner }
function M.list(session, place, table_id)
  return session:once("routes:" .. table_id, function()
    local entries = {}
    local raw = session:all("vpc", place, "DescribeRouteEntryList",
      { RegionId = place.region, RouteTableId = table_id, MaxResult = 100 }, "RouteEntrys.RouteEntry")
    if not raw then
      errors.raise { kind = "input", code = "RouteTableNotFound",
        message = ("the route table %s does not exist in %s"):format(table_id, place.region),
        hint = "was it deleted meanwhile? peerway plan --refresh reads the tables again" }
    end
    for index, item in ipairs(raw) do
      local hop = item.NextHops and item.NextHops.NextHop and item.NextHops.NextHop[1] or {}
      entries[index] = { id = item.RouteEntryId, destination = item.DestinationCidrBlock, type = item.Type,
        state = item.Status, name = item.RouteEntryName, next_hop_type = hop.NextHopType, next_hop = hop.NextHopId,
        owner = marker.of_description(item.Description), role = marker.what(item.Description), table = table_id }
    end
    return entries
  end)
end

local function find(entries, destination, deleting)
  for _, entry in ipairs(entries) do
    if entry.destination == destination and (entry.state == "Deleting") == (deleting or false) then
      return entry
    end
  end
end

--- The wanted entries that exist; one list call a table, tables side by side.
---@param session Session
---@param wanted table[]
---@param _ table<string, table>? rows of the ledger
---@param leaving? table<string, table> gets those that are being deleted
---@return table<string, table> actual by key
function M.read(session, wanted, _, leaving)
  local task = require "task"
  local tables, by_table = {}, {}
  for _, item in ipairs(wanted) do
    if not by_table[item.spec.table] then
      by_table[item.spec.table] = {}
      tables[#tables + 1] = item
    end
    table.insert(by_table[item.spec.table], item)
  end
  local found = {}
  task.map(tables, function(first)
    local entries = M.list(session, first.place, first.spec.table)
    for _, item in ipairs(by_table[first.spec.table]) do
      found[item.key] = find(entries, item.spec.destination)
      if leaving and not found[item.key] then
        leaving[item.key] = find(entries, item.spec.destination, true)
      end
    end
  end)
  return found
end

--- Same next hop: same entry. Another next hop: ours (of a connection that is gone) is replaced, somebody
--- else's is never touched.
function M.compare(item, actual)
  if actual.next_hop == item.spec.next_hop then
    return "same"
  elseif actual.owner == item.owner then
    return "replace", { { field = "next_hop", from = actual.next_hop, to = item.spec.next_hop } }
  end
  return "conflict", ("%s already sends %s to %s %s (%s entry%s); remove or narrow it, then plan again (D-21)"):format(
    item.spec.table, item.spec.destination, actual.next_hop_type or "?", actual.next_hop or "", actual.type or "?",
    actual.name and actual.name ~= "" and (", name " .. actual.name) or "")
end

function M.is_ready(actual)
  return actual.state == "Available"
end

--- Groups items into calls: one for each 100.x destination, up to 50 others together.
---@param items table[] of one VPC and one stage
---@return table[][]
function M.batches(items)
  local groups, open = {}, nil
  local service = cidr.prefix(SERVICE_RANGE)
  for _, item in ipairs(items) do
    if service:overlaps(cidr.prefix(item.spec.destination)) then
      groups[#groups + 1] = { item }
    elseif open and #open < BATCH then
      open[#open + 1] = item
    else
      open = { item }
      groups[#groups + 1] = open
    end
  end
  return groups
end

local function present(ctx, item)
  return find(M.list(ctx.session, item.place, item.spec.table), item.spec.destination)
end

-- Looks again at every table of the items; ready when each entry is there, usable, and leads to our hop.
local function look(ctx, items)
  for _, item in ipairs(items) do
    ctx.session:forget("routes:" .. item.spec.table)
  end
  local waiting, ids
  for _, item in ipairs(items) do
    local entry = present(ctx, item)
    local hop = ctx.resolve(item.spec.next_hop)
    if entry and entry.next_hop ~= hop then
      errors.raise { kind = "cloud", code = "RouteTaken", message = ("%s sends %s to %s, wanted: %s"):format(
        item.spec.table, item.spec.destination, tostring(entry.next_hop), hop),
        hint = "somebody else wrote this entry meanwhile; remove it, then run the same command again (D-21)" }
    elseif not entry or entry.state ~= "Available" then
      waiting = waiting or ("%s %s"):format(item.spec.destination, entry and entry.state or "not visible yet")
    else
      ids = ids or {}
      ids[item.key] = { id = entry.id }
    end
  end
  if waiting then
    return nil, waiting
  end
  return ids
end

local function name_of(item)
  return ("peerway-%s"):format(item.owner)
end

local function describe_entry(item)
  return marker.description(item.owner, item.spec.role)
end

local function recover_duplicates(items)
  local recover = {}
  for _, code in ipairs(DUPLICATE) do
    recover[code] = function(ctx)
      for _, item in ipairs(items) do
        ctx.session:forget("routes:" .. item.spec.table)
      end
      local results = {}
      for _, item in ipairs(items) do
        local entry = present(ctx, item)
        if not entry then
          return nil
        elseif entry.next_hop ~= ctx.resolve(item.spec.next_hop) then
          return false
        end
        results[item.key] = { id = entry.id }
      end
      return results
    end
  end
  return recover
end

local function create_one(item)
  return { product = "vpc", action = "CreateRouteEntry", place = item.place, token = true,
    params = { RegionId = item.place.region, RouteTableId = item.spec.table,
      DestinationCidrBlock = item.spec.destination, NextHopType = "VpcPeer", NextHopId = item.spec.next_hop,
      RouteEntryName = name_of(item), Description = describe_entry(item) },
    accept = function(answer) return { [item.key] = { id = answer.RouteEntryId } } end,
    recover = recover_duplicates { item },
    look = function(ctx) return look(ctx, { item }) end }
end

-- The batch call has no ClientToken: what is there already is left out, so that a repetition is harmless.
local function create_many(items)
  return { product = "vpc", action = "CreateRouteEntries", place = items[1].place,
    params = function(ctx)
      local entries = {}
      for _, item in ipairs(items) do
        if not (ctx.resending and present(ctx, item)) then
          entries[#entries + 1] = { RouteTableId = item.spec.table, DstCidrBlock = item.spec.destination, IpVersion = 4,
            NextHop = item.spec.next_hop, NextHopType = "VpcPeer", Name = name_of(item),
            Description = describe_entry(item) }
        end
      end
      return { RegionId = items[1].place.region, RouteEntries = entries }
    end,
    accept = function(answer)
      for _, failed in ipairs(answer.FailedRouteEntries or {}) do
        if failed.FailedCode ~= "VPC_ROUTE_ENTRY_CIDR_BLOCK_DUPLICATE" then
          errors.raise { kind = "cloud", code = failed.FailedCode, product = "vpc", action = "CreateRouteEntries",
            request_id = answer.RequestId, message = ("route %s refused: %s %s"):format(failed.DstCidrBlock,
              failed.FailedCode, failed.FailedMessage or ""), hint = "see the route tables with peerway plan" }
        end
      end
      return {}
    end,
    look = function(ctx) return look(ctx, items) end }
end

local function delete_one(item, actual)
  return { product = "vpc", action = "DeleteRouteEntry", place = item.place, removes = true,
    params = { RegionId = item.place.region, RouteEntryId = actual.id },
    gone = { ["InvalidRouteEntry.NotFound"] = true, ["InvalidRouteEntryId.NotFound"] = true },
    look = function(ctx)
      ctx.session:forget("routes:" .. item.spec.table)
      for _, entry in ipairs(M.list(ctx.session, item.place, item.spec.table)) do
        if entry.id == actual.id then
          return nil, entry.state
        end
      end
      return true
    end }
end

--- The calls of an action, in order.
function M.phases(action, items, actuals)
  if action == "create" then
    return { #items == 1 and create_one(items[1]) or create_many(items) }
  end
  local phases = {}
  for _, item in ipairs(items) do
    phases[#phases + 1] = delete_one(item, actuals[item.key])
    if action == "replace" then
      phases[#phases + 1] = create_one(item)
    end
  end
  return phases
end

--- Every entry of a topology in the tables of its VPCs, known by the mark in its description.
---@param session Session
---@param model Model
---@param facts table facts of the VPCs; with `only`, a set of table ids to look at
---@return Item[]
function M.discover(session, model, facts)
  local items = {}
  for _, vpc in ipairs(model.vpc_list) do
    for _, id in ipairs(facts.vpcs[vpc.alias].tables) do
      for _, entry in ipairs((not facts.only or facts.only[id]) and M.list(session, vpc, id) or {}) do
        if entry.owner == model.name and entry.type ~= "System" then
          items[#items + 1] = { key = ("route:%s:%s"):format(id, entry.destination), kind = M.name, stage = "route",
            owner = model.name, place = { account = vpc.account, region = vpc.region }, queue = "vpc:" .. vpc.id,
            spec = { vpc = vpc.alias, vpc_id = vpc.id, table = id, destination = entry.destination,
              role = entry.role, next_hop = entry.next_hop } }
        end
      end
    end
  end
  return items
end

function M.pending(item)
  return { look = function(ctx) return look(ctx, { item }) end }
end

function M.describe(item)
  local hop = refs.is(item.spec.next_hop) and "(the new peering)" or tostring(item.spec.next_hop)
  return ("%s  %-18s -> %s"):format(item.spec.table, item.spec.destination, hop)
end

return M
