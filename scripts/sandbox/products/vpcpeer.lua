-- SPDX-License-Identifier: MIT
-- VpcPeer 2022-01-01: peering connections. Both accounts see one object; edges of the state machine,
-- quotas and refusals as published, with invented codes marked where nothing is published.

local array = require "json".array
local ram = require "sandbox.ram"
local regions = require "sandbox.regions"
local tags = require "sandbox.tags"
local paging = require "sandbox.paging"
local timeline = require "sandbox.timeline"

local vpcpeer = {}

local INVENTED <const> = { invented = true }

timeline.effect("peer.expire", function(state, event)
  local peer = state.peers[event.id]
  if peer and peer.Status == "Accepting" then peer.Status = "Expired" end
end)

timeline.effect("peer.deleted", function(state, event)
  local peer = state.peers[event.id]
  if not peer then return end
  if event.visible > 0 then
    peer.Status = "Deleted"
    timeline.remove(state, event.at + event.visible, "peers", event.id)
  else
    state.peers[event.id] = nil
  end
end)

-- A connection that the caller's account has a part in.
local function shared(call, id)
  local peer = call.state.peers[id]
  if peer and (peer.owner == call.caller.uid or peer.acc_owner == call.caller.uid) then return peer end
end

local function need(call, code)
  local peer = shared(call, call.p.InstanceId)
  if not peer then
    call:fail(code or "ResourceNotFound.InstanceId",
      ("Peering connection %s does not exist."):format(call.p.InstanceId))
  end
  return peer
end

local function need_status(call, peer, ...)
  for _, status in ipairs { ... } do
    if peer.Status == status then return end
  end
  call:fail("IncorrectStatus.VpcPeer",
    ("Peering connection %s is %s; this operation is not possible then."):format(peer.id, peer.Status))
end

local function account(call, uid)
  return call.state.accounts[tostring(uid)]
end

local function check_regions(call)
  for _, id in ipairs { call.p.RegionId, call.p.AcceptingRegionId } do
    local region = regions.by_id[id]
    if not region or not region.peering then
      call:fail("UnsupportedRegion", ("Region %s has no VPC peering."):format(id))
    end
  end
end

-- The two VPCs. Codes for an unknown VPC and for one VPC twice are not published.
local function check_vpcs(call)
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

local function check_business(call)
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
local function check_cdt(call)
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
local function check_target(call)
  local wanted = call.caller.policy and call.caller.policy.peer_accounts
  if not wanted then return end
  for _, uid in ipairs(wanted) do
    if uid == call.p.AcceptingAliUid then return end
  end
  error(ram.denied("VpcPeer", call.operation.ram, call.caller, "ExplicitDeny"), 0)
end

local function check_link(call, one_region, region)
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

local function check_states(call, own, other)
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

local function check_conflicts(call, own, other)
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

local function check_quotas(call, own, other)
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

function vpcpeer.CreateVpcPeerConnection(call)
  check_target(call)
  check_regions(call)
  local own, other = check_vpcs(call)
  check_business(call)
  check_cdt(call)
  local one_region = own.region == other.region
  check_link(call, one_region, own.region)
  if one_region and call.p.Bandwidth then
    call:fail("IllegalParam.Bandwidth", "Bandwidth is for two regions only.", INVENTED)
  end
  local group = tags.resource_group(call, call.p.ResourceGroupId, { "OperationFailed.NotExist.ResourceGroup" })
  local given = tags.check(call, call.p.Tag)
  check_states(call, own, other)
  check_conflicts(call, own, other)
  check_quotas(call, own, other)
  call:commit()
  account(call, call.caller.uid).cdt = "open"
  local peer = call:add("peers", call:id("pcc", 18), {
    region = own.region, vpc = own.id, acc_owner = other.owner, acc_region = other.region, acc_vpc = other.id,
    name = call.p.Name, description = call.p.Description, modified = call.now, group = group, tags = given,
    bandwidth = one_region and -1 or call.p.Bandwidth or 1024, link_type = not one_region
      and (call.p.LinkType or "Gold") or nil,
  })
  local same_account = own.owner == other.owner
  call:pass("peers", peer, "Status", "Creating", same_account and "Activated" or "Accepting", "peer_create")
  if not same_account then
    peer.expires = call.now + call.settings.times.peer_expire
    timeline.add(call.state, peer.expires, { effect = "peer.expire", collection = "peers", id = peer.id })
  else
    peer.usable_at = call:at("peer_create") + call:seconds("peer_settle")
  end
  return { InstanceId = peer.id }
end

local function as_accepter(call)
  local peer = need(call)
  if peer.acc_owner ~= call.caller.uid then
    call:fail("IncorrectStatus.VpcPeer", "Only the accepting account may do this.")
  end
  need_status(call, peer, "Accepting")
  return peer
end

function vpcpeer.AcceptVpcPeerConnection(call)
  local peer = as_accepter(call)
  local own = account(call, call.caller.uid)
  if own.locked then call:fail("IncorrectBusinessStatus.VpcPeer", "The account is locked.") end
  if own.cdt ~= "open" then call:fail("OperationFailed.CdtNotOpened", "CDT is not open in this account.") end
  if regions.cross_border(peer.region, peer.acc_region) and own.cdt_cross_border ~= "open" then
    call:fail("OperationFailed.CrossBorderCdtNotOpened", "Cross-border CDT is not open in this account.")
  end
  tags.resource_group(call, call.p.ResourceGroupId, { "OperationFailed.NotExist.ResourceGroup" })
  local given = tags.check(call, call.p.Tag)
  call:commit()
  timeline.cancel(call.state, "peers", peer.id)
  peer.expires, peer.modified = nil, call.now
  for _, tag in ipairs(given) do peer.tags[#peer.tags + 1] = tag end
  peer.usable_at = call:at("peer_update") + call:seconds("peer_settle")
  call:pass("peers", peer, "Status", "Updating", "Activated", "peer_update")
  return {}
end

function vpcpeer.RejectVpcPeerConnection(call)
  local peer = as_accepter(call)
  call:commit()
  timeline.cancel(call.state, "peers", peer.id)
  peer.expires, peer.modified = nil, call.now
  call:pass("peers", peer, "Status", "Updating", "Rejected", "peer_update")
  return {}
end

local function check_managed(call, peer)
  if peer.managed_service then
    call:fail("OperationDenied.ServiceManagedInstance", "The connection belongs to a cloud service.")
  end
end

function vpcpeer.ModifyVpcPeerConnection(call)
  local peer = need(call)
  check_managed(call, peer)
  if account(call, call.caller.uid).locked then
    call:fail("IncorrectBusinessStatus.VpcPeer", "The account is locked.")
  end
  need_status(call, peer, "Activated")
  local one_region = peer.region == peer.acc_region
  if one_region and call.p.Bandwidth then
    call:fail("OperationFailed.BandwidthCannotBeChangedInSameRegion", "Within a region there is no bandwidth to set.")
  end
  check_link(call, one_region, peer.region)
  call:commit()
  peer.name = call.p.Name or peer.name
  peer.description = call.p.Description or peer.description
  peer.bandwidth = call.p.Bandwidth or peer.bandwidth
  peer.link_type = call.p.LinkType or peer.link_type
  peer.modified = call.now
  call:pass("peers", peer, "Status", "Updating", "Activated", "peer_update")
  return {}
end

-- Routes of the caller's VPCs that point to the connection.
local function routes_to(call, peer)
  local found = {}
  for _, route in pairs(call.state.routes) do
    if route.next_hop_id == peer.id and route.owner == call.caller.uid then found[#found + 1] = route end
  end
  return found
end

function vpcpeer.DeleteVpcPeerConnection(call)
  local peer = need(call)
  check_managed(call, peer)
  need_status(call, peer, "Activated", "Accepting", "Rejected", "Expired")
  local routes = routes_to(call, peer)
  if #routes > 0 and not call.p.Force then
    call:fail("OperationDenied.RouteEntryExist", ("%d routes point to the connection."):format(#routes))
  end
  call:commit()
  for _, route in ipairs(routes) do call:vanish("routes", route, "Status", "Deleting", "route_delete") end
  timeline.cancel(call.state, "peers", peer.id)
  peer.Status, peer.modified = "Deleting", call.now
  timeline.add(call.state, call:at("peer_delete"), { effect = "peer.deleted", collection = "peers", id = peer.id,
    visible = call:seconds("peer_deleted_visible") })
  return {}
end

local function side(call, vpc_id)
  local vpc = call.state.vpcs[vpc_id]
  local cidrs = {}
  if vpc then
    cidrs[1] = vpc.cidr
    for _, cidr in ipairs(vpc.secondary) do cidrs[#cidrs + 1] = cidr end
  end
  return { VpcId = vpc_id, Ipv4Cidrs = array(cidrs), Ipv6Cidrs = array {} }
end

local function show(call, peer)
  local dated = peer.Status == "Accepting" or peer.Status == "Expired"
  local locked = account(call, peer.owner).locked or account(call, peer.acc_owner).locked
  return {
    InstanceId = peer.id, Name = peer.name or "", Description = peer.description or "", Status = peer.Status,
    BizStatus = locked and "FinancialLocked" or "Normal", RegionId = peer.region, AcceptingRegionId = peer.acc_region,
    OwnerId = peer.owner, AcceptingOwnerUid = peer.acc_owner, Vpc = side(call, peer.vpc),
    AcceptingVpc = side(call, peer.acc_vpc), Bandwidth = peer.bandwidth, LinkType = peer.link_type,
    GmtCreate = call:iso(peer.created), GmtModified = call:iso(peer.modified),
    GmtExpired = dated and peer.expires and call:iso(peer.expires) or nil,
    ResourceGroupId = peer.group, Tags = tags.show(peer), ManagedService = peer.managed_service,
  }
end

function vpcpeer.GetVpcPeerConnectionAttribute(call)
  return show(call, need(call))
end

local function in_region(call, peer)
  local uid, region = call.caller.uid, call.p.RegionId
  if not region then return true end
  return (peer.owner == uid and peer.region == region) or (peer.acc_owner == uid and peer.acc_region == region)
end

local function wanted(call, peer)
  local p = call.p
  local vpcs = p.VpcId and table.concat(p.VpcId, " ") .. " "
  local found = function(id) return vpcs:find(id .. " ", 1, true) ~= nil end
  return shared(call, peer.id) ~= nil and in_region(call, peer) and peer.visible_at <= call.now
    and (not p.InstanceId or peer.id == p.InstanceId)
    and (not p.Name or peer.name == p.Name)
    and (not p.ResourceGroupId or peer.group == p.ResourceGroupId)
    and (not vpcs or found(peer.vpc) or found(peer.acc_vpc))
    and tags.match(peer, p.Tags)
end

local function all(call, keep)
  local found = {}
  for _, peer in pairs(call.state.peers) do
    if keep(call, peer) then found[#found + 1] = peer end
  end
  table.sort(found, function(a, b) return a.seq < b.seq end)
  return found
end

function vpcpeer.ListVpcPeerConnections(call)
  local page, answer = paging.cursor(call, all(call, wanted), { default = 20 })
  local rows = {}
  for i, peer in ipairs(page) do rows[i] = show(call, peer) end
  answer.VpcPeerConnects = array(rows)
  return answer
end

function vpcpeer.MoveResourceGroup(call)
  local peer = shared(call, call.p.ResourceId)
  if not peer or peer.owner ~= call.caller.uid then
    call:fail("ResourceNotFound.VpcPeer", ("Peering connection %s does not exist."):format(call.p.ResourceId))
  end
  local group = tags.resource_group(call, call.p.NewResourceGroupId, { "OperationFailed.NotExist.ResourceGroup" })
  call:commit()
  peer.group = group
  return { Success = true }
end

for action, handler in pairs(tags.operations {
  types = { PeerConnection = "peers" },
  untag = "UnTagResources",
  find = function(call, _, id) return shared(call, id) end,
  all = function(call) return all(call, function(c, peer) return shared(c, peer.id) ~= nil end) end,
  row = function(_, peer, tag)
    return { ResourceId = peer.id, ResourceType = "PeerConnection", RegionNo = peer.region, TagKey = tag.Key,
      TagValue = tag.Value }
  end,
  page = function(rows, cursor) return { TagResources = rows, NextToken = cursor.NextToken,
    MaxResults = cursor.MaxResults } end,
  answer = function() return { Success = true } end,
}) do vpcpeer[action] = handler end

return vpcpeer
