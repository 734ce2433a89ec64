-- SPDX-License-Identifier: MIT
-- checks.addressing: blocks that cannot be told apart, or that behave as public ones.
local cidr = require "cidr"
local routes = require "model.routes"

local PRIVATE <const> = { "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16" }

local function overlapping_blocks(view)
  local messages = {}
  for _, peering in ipairs(view.model.peerings) do
    local a, b = peering.requester, peering.accepter
    for _, left in ipairs(routes.blocks(view.model, view.facts, a)) do
      for _, right in ipairs(routes.blocks(view.model, view.facts, b)) do
        if cidr.prefix(left):overlaps(right) then
          messages[#messages + 1] = ("%s (%s, %s) and %s (%s, %s) %s"):format(left, a, view.model.vpcs[a].id, right, b,
            view.model.vpcs[b].id, left == right and "are the same block" or "overlap")
        end
      end
    end
  end
  return messages
end

local function overlapping_consumers(view)
  local messages = {}
  local flows = view.model.flows
  for i = 1, #flows do
    for j = i + 1, #flows do
      local a, b = flows[i], flows[j]
      if a.target == b.target and a.from ~= b.from then
        for _, left in ipairs(routes.blocks(view.model, view.facts, a.from)) do
          for _, right in ipairs(routes.blocks(view.model, view.facts, b.from)) do
            if cidr.prefix(left):overlaps(right) then
              messages[#messages + 1] = ("%s (%s) and %s (%s) both need a way back from %s"):format(left, a.from, right,
                b.from, a.target)
            end
          end
        end
      end
    end
  end
  return messages
end

local function is_private(block)
  for _, range in ipairs(PRIVATE) do
    if cidr.prefix(range):contains(block) then
      return true
    end
  end
  return false
end

local function public_blocks(view)
  local messages = {}
  for _, vpc in ipairs(view.model.vpc_list) do
    for _, block in ipairs(view.facts.vpcs[vpc.alias].cidrs) do
      if not is_private(block) then
        messages[#messages + 1] = ("%s of %s is no private block: instances with a public address send to it publicly")
          :format(block, vpc.alias)
      end
    end
  end
  return messages
end

local function unavailable(view)
  local messages = {}
  for _, vpc in ipairs(view.model.vpc_list) do
    local status = view.facts.vpcs[vpc.alias].status
    if status and status ~= "Available" then
      messages[#messages + 1] = ("VPC %s (%s) is %s"):format(vpc.id, vpc.alias, status)
    end
  end
  return messages
end

return {
  { id = "D-27", title = "blocks of peers are apart", moment = "facts", severity = "error", run = overlapping_blocks,
    cause = "a VPC delivers addresses of its own blocks locally, whatever the routes say",
    remedy = "re-address one VPC, or announce only blocks that are apart (vpcs.X.announce), or use CEN with NAT" },
  { id = "D-30", title = "consumers of one VPC are apart", moment = "facts", severity = "error",
    run = overlapping_consumers, cause = "a route table holds one entry for a destination",
    remedy = "re-address one consumer, or announce only blocks that are apart" },
  { id = "D-32", title = "blocks are private", moment = "facts", severity = "warning", run = public_blocks,
    cause = "destinations outside RFC 1918 count as internet where a public address or NAT exists",
    remedy = "use an IPv4 gateway or a user CIDR in that VPC" },
  { id = "D-08", title = "VPCs are available", moment = "facts", severity = "error", run = unavailable,
    cause = "a VPC that is being changed refuses peerings and routes",
    remedy = "wait until it is Available, run again" },
}
