-- SPDX-License-Identifier: MIT
-- stages.connect: the peering connections of a topology.
local M = { name = "connect", title = "peering connections" }

local function side(model, facts, alias)
  local entry = model.vpcs[alias]
  return { id = entry.id, region = entry.region, owner = facts.vpcs[alias].owner, account = entry.account }
end

-- The cloud wants no two creations on one VPC at once: all peerings that hang together share a queue.
local function components(model)
  local root = {}
  local function find(alias)
    while root[alias] and root[alias] ~= alias do
      alias = root[alias]
    end
    return alias
  end
  for _, peering in ipairs(model.peerings) do
    root[find(peering.requester)] = find(peering.accepter)
  end
  return find
end

--- What must be true.
---@param model Model
---@param facts table
---@return Item[]
function M.wanted(model, facts)
  local find, items = components(model), {}
  for index, peering in ipairs(model.peerings) do
    local requester, accepter = side(model, facts, peering.requester), side(model, facts, peering.accepter)
    items[index] = { key = peering.key, kind = "peer_connection", stage = M.name, owner = model.name,
      place = { account = requester.account, region = requester.region },
      accepter_place = { account = accepter.account, region = accepter.region },
      queue = "peering:" .. find(peering.requester),
      spec = { name = peering.name, requester = requester, accepter = accepter, link_type = peering.link_type,
        bandwidth = peering.bandwidth } }
  end
  return items
end

return M
