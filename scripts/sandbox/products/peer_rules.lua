-- SPDX-License-Identifier: MIT
-- What CreateVpcPeerConnection (and in part Modify) refuses, in the order of the checks: regions, VPCs,
-- business, CDT, link, states, conflicts, quotas. Each function raises the published code.

local ram = require "sandbox.ram"
local regions = require "sandbox.regions"

local rules = {}

-- No document gives a code for this; ours is marked so.
local INVENTED <const> = { invented = true }

local function account(call, uid)
  return call.state.accounts[tostring(uid)]
end

function rules.regions(call)
  for _, id in ipairs { call.p.RegionId, call.p.AcceptingRegionId } do
    local region = regions.by_id[id]
    if not region or not region.peering then
      call:fail("UnsupportedRegion", ("Region %s has no VPC peering."):format(id))
    end
  end
end

-- The two VPCs. Codes for an unknown VPC and for one VPC twice are not published.
function rules.vpcs(call)
  local own = call.state.vpcs[call.p.VpcId]
  if own and own.owner ~= call.caller.uid then
    for _, uid in ipairs(own.shared_with or {}) do
      if uid == call.caller.uid then
        call:fail("OperationDenied.OperateShareResource", "The VPC is shared by its owner.")
      end
    end
  end
  if not own or own.owner ~= call.caller.uid or own.region ~= call.p.RegionId then
    call:fail("ResourceNotFound.Vpc", ("VPC %s does not exist in %s."):format(call.p.VpcId, call.p.RegionId), INVENTED)
  end
  if call.p.AcceptingAliUid <= 0 then call:illegal("AcceptingAliUid", "it is not an account id") end
  local other = call.state.vpcs[call.p.AcceptingVpcId]
  if not other or other.owner ~= call.p.AcceptingAliUid or other.region ~= call.p.AcceptingRegionId then
    call:fail("ResourceNotFound.AcceptingVpc", ("VPC %s does not exist in %s of that account."):format(
      call.p.AcceptingVpcId, call.p.AcceptingRegionId), INVENTED)
  end
  if own == other then
    call:fail("IllegalParam.AcceptingVpcId", "A VPC cannot be peered with itself.", INVENTED)
  end
  return own, other
end

function rules.business(call)
  local own, other = account(call, call.caller.uid), account(call, call.p.AcceptingAliUid)
  local a, b = call.p.RegionId, call.p.AcceptingRegionId
  if regions.cloud(a) ~= regions.cloud(b) or own.site ~= other.site then
    call:fail("OperationFailed.CrossBusinessNotAllowed",
      "The two sides belong to clouds or sites that cannot be joined.")
  end
  if own.locked then call:fail("IncorrectBusinessStatus.VpcPeer", "The account is locked.") end
  if other.locked then call:fail("IncorrectBusinessStatus.AcceptUserVpcPeer", "The accepting account is locked.") end
  for _, pair in ipairs(call.settings.forbidden_pairs) do
    if (pair[1] == a and pair[2] == b) or (pair[1] == b and pair[2] == a) then
      call:fail("OperationFailed.ViolativeVpcPeer", "This pair of regions is not allowed.")
    end
  end
end

-- CDT carries the traffic between regions. Create opens it for the caller, who needs the right to look.
function rules.cdt(call)
  local own, other = account(call, call.caller.uid), account(call, call.p.AcceptingAliUid)
  if not call.allowed("cdt:GetCdtServiceStatus") then
    call:fail("Forbidden.NoPermission", "The RAM identity also needs cdt:GetCdtServiceStatus for this operation.")
  end
  if own.cdt == "refused" then call:fail("OperationFailed.CdtNotOpened", "CDT is not open in this account.") end
  if own ~= other and other.cdt ~= "open" then
    call:fail("OperationFailed.AcceptUserCdtNotOpened", "CDT is not open in the accepting account.")
  end
  if regions.cross_border(call.p.RegionId, call.p.AcceptingRegionId) then
    if own.cdt_cross_border ~= "open" then
      call:fail("OperationFailed.CrossBorderCdtNotOpened", "Cross-border CDT is not open in this account.")
    end
    if other.cdt_cross_border ~= "open" then
      call:fail("OperationFailed.AcceptUserCrossBorderCdtNotOpened", "Cross-border CDT is not open at the accepter.")
    end
  end
end

-- A policy may name the accounts that a connection may lead to (the conditions on resource directories).
function rules.target(call)
  local wanted = call.caller.policy and call.caller.policy.peer_accounts
  if not wanted then return end
  for _, uid in ipairs(wanted) do
    if uid == call.p.AcceptingAliUid then return end
  end
  error(ram.denied("VpcPeer", call.operation.ram, call.caller, "ExplicitDeny"), 0)
end

function rules.link(call, one_region, region)
  if call.p.LinkType then
    if one_region then
      call:fail("OperationFailed.InterRegionLinkTypeNotSupported", "LinkType is for two regions only.")
    end
    local supported = call.settings.link_types[region]
    if supported and #supported == 0 then
      call:fail("OperationFailed.RegionIdNotSupportLinkType", "This region has no choice of link types.")
    elseif supported and not table.concat(supported, " "):find(call.p.LinkType, 1, true) then
      call:fail("OperationFailed.SpecificLinkTypeNotSupported", "This link type is not offered here.")
    end
  end
  if call.p.Bandwidth and call.p.Bandwidth > call:quota("peer_bandwidth") then
    call:fail("QuotaExceeded.Bandwidth", "The bandwidth is above the quota.")
  end
end

function rules.states(call, own, other)
  if own.Status ~= "Available" then call:fail("IncorrectStatus.Vpc", "The VPC is not Available.") end
  if other.Status ~= "Available" then
    call:fail("IncorrectStatus.AcceptingVpc", "The accepting VPC is not Available.")
  end
  if own.cloud_box then call:fail("OperationDenied.CloudBoxExistsInVpc", "The VPC holds a CloudBox.") end
  if other.cloud_box then
    call:fail("OperationDenied.CloudBoxExistsInAcceptingVpc", "The accepting VPC holds a CloudBox.")
  end
end

local function joins(peer, a, b)
  return (peer.vpc == a and peer.acc_vpc == b) or (peer.vpc == b and peer.acc_vpc == a)
end

function rules.conflicts(call, own, other)
  for _, link in ipairs(call.state.router_links) do
    if (link[1] == own.id and link[2] == other.id) or (link[1] == other.id and link[2] == own.id) then
      call:fail("ResourceAlreadyExist.RouterInterface", "A router interface already joins the two VPCs.")
    end
  end
  for _, peer in pairs(call.state.peers) do
    if joins(peer, own.id, other.id) and peer.Status ~= "Deleted" then
      call:fail("ResourceAlreadyExist.VpcPeer", ("The two VPCs are peered already (%s)."):format(peer.id))
    end
  end
  -- creations on one VPC must not overlap in time
  for _, peer in pairs(call.state.peers) do
    if peer.Status == "Creating" and (peer.vpc == own.id or peer.acc_vpc == own.id) then
      call:fail("Conflict.Operation", "Another peering connection of this VPC is being created.")
    end
  end
end

function rules.quotas(call, own, other)
  local one_region = own.region == other.region
  local quota = call:quota(one_region and "peers_per_vpc_one_region" or "peers_per_vpc_regions")
  local code = one_region and "QuotaExceeded.IntraRegionVpcPeerCountPerVpc"
    or "QuotaExceeded.CrossRegionVpcPeerCountPerVpc"
  for _, vpc in ipairs { own, other } do
    local total, same = 0, 0
    for _, peer in pairs(call.state.peers) do
      if peer.vpc == vpc.id or peer.acc_vpc == vpc.id then
        total = total + 1
        if (peer.region == peer.acc_region) == one_region then same = same + 1 end
      end
    end
    if same >= quota then call:fail(code, ("VPC %s has %d connections of this kind."):format(vpc.id, same)) end
    local all = call:quota("peers_per_vpc")
    if all and total >= all then call:fail("QuotaExceeded.VpcPeerCountPerVpc", "The VPC has too many connections.") end
  end
  local mine = call:count("peers", function(peer)
    return (peer.owner == call.caller.uid and peer.region == own.region)
      or (peer.acc_owner == call.caller.uid and peer.acc_region == own.region)
  end)
  if mine >= call:quota("peers_per_region") then
    call:fail("QuotaExceeded.VpcPeerCountPerUserPerRegion", "The account has too many connections in this region.")
  end
end

return rules
