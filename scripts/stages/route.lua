-- SPDX-License-Identifier: MIT
-- stages.route: the entries that both directions need. The way back exists before the way out: until the
-- forward entry is there, clients keep their old path.
local refs = require "model.refs"
local routes = require "model.routes"

local M = { name = "route", title = "routes in both directions" }

--- The logical key of an entry.
---@param entry RouteEntry
---@return string
function M.key(entry)
  return ("route:%s:%s"):format(entry.table, entry.destination)
end

local function needs(entry, returns)
  local after = { { key = entry.peering, level = "ready" } }
  if entry.role == "forward" then
    for _, back in ipairs(returns) do
      if back.peering == entry.peering then
        after[#after + 1] = { key = M.key(back), level = "exists" }
      end
    end
  end
  return after
end

--- What must be true.
---@param model Model
---@param facts table
---@return Item[]
---@return { id: string, message: string }[] problems that no plan can solve
function M.wanted(model, facts)
  local entries, problems = routes.compute(model, facts)
  local returns, items = {}, {}
  for _, entry in ipairs(entries) do
    if entry.role == "return" then
      returns[#returns + 1] = entry
    end
  end
  for index, entry in ipairs(entries) do
    local vpc = model.vpcs[entry.vpc]
    items[index] = { key = M.key(entry), kind = "route_entry", stage = M.name, owner = model.name,
      place = { account = vpc.account, region = vpc.region }, queue = "vpc:" .. vpc.id,
      group = vpc.id .. ":" .. entry.role, after = needs(entry, returns),
      spec = { vpc = entry.vpc, vpc_id = vpc.id, table = entry.table, destination = entry.destination,
        role = entry.role, flows = entry.flows, peering = entry.peering,
        next_hop = refs.to(entry.peering, "id", "CreateVpcPeerConnection") } }
  end
  return items, problems
end

return M
