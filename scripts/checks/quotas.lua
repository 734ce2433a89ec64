-- SPDX-License-Identifier: MIT
-- checks.quotas: default quotas that the topology alone would exceed. Quotas can be raised: then a user's copy
-- of this file (peerway eject checks.quotas) says so.
local BETWEEN_REGIONS <const> = 20 -- connections of a VPC (vpc_quota_cross_region_peer_num_per_vpc)
local IN_ONE_REGION <const> = 10 -- connections of a VPC (vpc_quota_intra_region_peer_num_per_vpc)
local PER_REGION <const> = 20 -- connections of an account in a region (vpc_quota_peer_num)

local function add(counts, key)
  counts[key] = (counts[key] or 0) + 1
end

-- Whether a connection counts at both ends is not published: it is counted at both.
local function count_peerings(model)
  local between, inside, regional = {}, {}, {}
  for _, peering in ipairs(model.peerings) do
    local a, b = model.vpcs[peering.requester], model.vpcs[peering.accepter]
    local counts = a.region == b.region and inside or between
    add(counts, a.alias)
    add(counts, b.alias)
    add(regional, a.account .. " in " .. a.region)
    if a.region ~= b.region or a.account ~= b.account then
      add(regional, b.account .. " in " .. b.region)
    end
  end
  return between, inside, regional
end

local function over(counts, limit, text, messages)
  for key, count in pairs(counts) do
    if count > limit then
      messages[#messages + 1] = (text .. ": %d connections, the default quota is %d"):format(key, count, limit)
    end
  end
end

local function peering_quota(view)
  local between, inside, regional = count_peerings(view.model)
  local messages = {}
  over(between, BETWEEN_REGIONS, "VPC %s, between regions", messages)
  over(inside, IN_ONE_REGION, "VPC %s, inside its region", messages)
  over(regional, PER_REGION, "account %s", messages)
  table.sort(messages)
  return messages
end

return {
  { id = "D-07", title = "peering quotas", moment = "facts", severity = "error", run = peering_quota,
    cause = "the cloud limits connections per VPC, and per account and region",
    remedy = "have the quota raised and eject checks.quotas, or use fewer connections, or a CEN" },
}
