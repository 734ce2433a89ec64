-- SPDX-License-Identifier: MIT
-- topologies.shared: what the presets have in common.
local M = {}

--- The names of a map, sorted, so that a preset gives the same topology each time.
---@param map table<string, any>
---@return string[]
function M.names(map)
  local names = {}
  for name in pairs(map) do
    names[#names + 1] = name
  end
  table.sort(names)
  return names
end

--- A shallow copy.
---@param map table?
---@return table
function M.copy(map)
  local copy = {}
  for name, value in pairs(map or {}) do
    copy[name] = value
  end
  return copy
end

--- A topology with the common fields and these VPCs.
function M.start(options, vpcs)
  return { name = options.name, accounts = options.accounts, checks = options.checks, vpcs = M.copy(vpcs),
    peerings = {}, flows = {} }
end

--- Adds a peering; link type and bandwidth only between regions, where they mean something.
function M.peer(topology, options, a, b)
  local between = topology.vpcs[a].region ~= topology.vpcs[b].region
  table.insert(topology.peerings, { a, b, link_type = between and options.link_type or nil,
    bandwidth = between and options.bandwidth or nil })
end

return M
