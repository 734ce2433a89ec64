-- SPDX-License-Identifier: MIT
-- topologies.hub: one service VPC, many consumers. Generates vpcs, peerings and flows; the rest of peerway knows
-- no preset.
--
--   return require "topologies.hub" {
--     name = "platform", mode = "domain",
--     hub = { region = "ap-southeast-1", id = "vpc-...", resolver = "i-..." },
--     spokes = {
--       frankfurt = { region = "eu-central-1", id = "vpc-...", clients = { "i-..." } },
--       tokyo     = { region = "ap-northeast-1", id = "vpc-..." },
--     },
--   }
local shared = require "topologies.shared"

--- A hub and its spokes as a topology: every spoke uses MaxCompute of the hub's region.
---@param options { name: string, hub: table, spokes: table<string, table>, mode: string?, to: table?,
---  link_type: string?, bandwidth: integer?, accounts: table?, checks: string[]? }
---@return table topology
return function(options)
  local topology = shared.start(options, { hub = options.hub })
  for _, name in ipairs(shared.names(options.spokes)) do
    topology.vpcs[name] = options.spokes[name]
    shared.peer(topology, options, "hub", name)
    local to = shared.copy(options.to)
    to.maxcompute, to.mode = "hub", options.mode
    table.insert(topology.flows, { from = name, to = to })
  end
  return topology
end
