-- SPDX-License-Identifier: MIT
-- stages.remove: what of a topology exists and is ours, found by mark (tags, descriptions) and by the ledger, so
-- that removal works with either of them lost. Order: ways out, ways back, connections; endpoints beside them.
local kinds = require "resources"
local task = require "task"
local vpc = require "resources.vpc"

local M = { name = "remove", title = "removal of what is ours" }

local ORDER <const> = { "peer_connection", "vpc_endpoint", "security_group_rule", "private_zone", "route_entry" }

--- Reads the VPCs, as far as removal needs them.
---@param session Session
---@param model Model
---@return table facts
function M.observe(session, model)
  local facts = { vpcs = {} }
  task.map(model.vpc_list, function(entry)
    facts.vpcs[entry.alias] = vpc.read(session, entry)
  end)
  return facts
end

local function from_ledger(model, row)
  return { key = row.key, kind = row.kind, owner = model.name, stage = row.kind == "route_entry" and "route"
    or row.kind == "peer_connection" and "connect" or "expose",
    place = { account = row.account, region = row.region }, spec = row.spec,
    queue = row.kind == "route_entry" and row.spec.vpc_id and ("vpc:" .. row.spec.vpc_id) or nil,
    group = row.kind == "security_group_rule" and row.spec.group or nil }
end

-- Creation order; removal runs against it: the way out goes before the way back, both before the connection.
local function add_order(items)
  local returns, connections = {}, {}
  for _, item in ipairs(items) do
    if item.kind == "peer_connection" then
      connections[#connections + 1] = { key = item.key, level = "ready" }
    elseif item.kind == "route_entry" and item.spec.role == "return" then
      returns[#returns + 1] = { key = item.key, level = "ready" }
    end
  end
  for _, item in ipairs(items) do
    if item.kind == "route_entry" then
      item.after = table.move(connections, 1, #connections, 1, {})
      if item.spec.role ~= "return" then
        table.move(returns, 1, #returns, #item.after + 1, item.after)
      end
    end
  end
end

--- All candidates for removal.
---@param session Session
---@param model Model
---@param facts table
---@param known table<string, table> rows of the ledger
---@return Item[]
function M.candidates(session, model, facts, known)
  local by_key, items = {}, {}
  local found = task.map(ORDER, function(name)
    return kinds[name].discover(session, model, facts)
  end)
  for index, name in ipairs(ORDER) do
    for _, item in ipairs(found[index]) do
      if not by_key[item.key] then
        by_key[item.key] = true
        items[#items + 1] = item
      end
    end
    for key, row in pairs(known) do
      if row.kind == name and row.owner == "ours" and not by_key[key] then
        by_key[key] = true
        items[#items + 1] = from_ledger(model, row)
      end
    end
  end
  add_order(items)
  return items
end

return M
