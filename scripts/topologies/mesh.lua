-- SPDX-License-Identifier: MIT
-- topologies.mesh: every VPC reaches every other one directly (peering is not transitive, so each pair has a
-- connection of its own: n VPCs need n(n-1)/2).
--
--   return require "topologies.mesh" { name = "offices", vpcs = { a = {...}, b = {...}, c = {...} } }
local shared = require "topologies.shared"

--- A full mesh as a topology.
---@param options { name: string, vpcs: table<string, table>, link_type: string?, bandwidth: integer?,
---  accounts: table?, checks: string[]? }
---@return table topology
return function(options)
  local topology = shared.start(options, options.vpcs)
  local names = shared.names(options.vpcs)
  for i = 1, #names do
    for j = i + 1, #names do
      shared.peer(topology, options, names[i], names[j])
      table.insert(topology.flows, { from = names[i], to = { vpc = names[j] } })
      table.insert(topology.flows, { from = names[j], to = { vpc = names[i] } })
    end
  end
  return topology
end
