-- SPDX-License-Identifier: MIT
-- What the route tables of a VPC mean for packets, as entries {block, action, peering?, declared}. Used
-- by the kernel compiler and by the symbolic plane, so that both obey the same rules.
local ipv4 = require "sandbox.network.ipv4"
local view = require "sandbox.network.view"

local routes = {}

--- action: "local" (a vSwitch of this VPC), "services" (100.64.0.0/10 -> Local), "peer" (into peering), "hole"
--- (dropped: reason says why).
---@class sandbox.network.Route
---@field block sandbox.network.Block
---@field action "local"|"services"|"peer"|"hole"
---@field peering string|nil
---@field reason string|nil

local function custom_route(self, entry, where)
  local route = { block = ipv4.block(entry.destination, where) }
  if entry.type ~= "VpcPeer" then
    route.action, route.reason = "hole", ("next hop type %s is not emulated"):format(tostring(entry.type))
    return route
  end
  local peering = self.peerings[entry.next_hop]
  route.peering = entry.next_hop
  if peering and peering.active then
    route.action = "peer"
  else
    route.action = "hole"
    route.reason = peering and ("peering %s is %s"):format(entry.next_hop, tostring(peering.status))
      or ("peering %s does not exist"):format(tostring(entry.next_hop))
  end
  return route
end

--- All entries of a table, system ones included. Custom entries equal to a system entry are ignored, as the cloud
--- refuses them.
---@param self sandbox.network.View
---@param vpc_id string
---@param table_id string
---@return sandbox.network.Route[]
function routes.entries(self, vpc_id, table_id)
  local vpc = self.vpcs[vpc_id]
  local list, seen = {}, {}
  for _, vswitch in ipairs(vpc.vswitches) do
    list[#list + 1] = { block = vswitch.block, action = "local" }
    seen[vswitch.block.text] = true
  end
  list[#list + 1] = { block = view.SERVICE_RANGE, action = "services" }
  seen[view.SERVICE_RANGE.text] = true
  for _, entry in ipairs(vpc.tables[table_id].entries or {}) do
    if entry.type ~= "Local" then
      local route = custom_route(self, entry, table_id)
      if not seen[route.block.text] then
        seen[route.block.text] = true
        list[#list + 1] = route
      end
    end
  end
  return list
end

--- The system table as packets see it that arrive through a peering: Local delivers, a peering is not transitive.
---@param self sandbox.network.View
---@param vpc_id string
---@return sandbox.network.Route[]
function routes.arrivals(self, vpc_id)
  local list = routes.entries(self, vpc_id, self.vpcs[vpc_id].system_table)
  for _, route in ipairs(list) do
    if route.action == "peer" then
      route.action = "hole"
      route.reason = ("arrived through a peering, next hop is peering %s: not transitive"):format(route.peering)
      route.transitive = true
    end
  end
  return list
end

--- Longest-prefix match.
---@param list sandbox.network.Route[]
---@param number integer address
---@return sandbox.network.Route|nil
function routes.lookup(list, number)
  local best
  for _, route in ipairs(list) do
    if ipv4.contains(route.block, number) and (not best or route.block.length > best.block.length) then best = route end
  end
  return best
end

return routes
