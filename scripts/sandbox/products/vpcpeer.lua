-- SPDX-License-Identifier: MIT
-- VpcPeer 2022-01-01: peering connections. Both accounts see one object; edges of the state machine,
-- quotas and refusals as published, with invented codes marked where nothing is published.

local array = require "json".array
local rules = require "sandbox.products.peer_rules"
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

function vpcpeer.CreateVpcPeerConnection(call)
  rules.target(call)
  rules.regions(call)
  local own, other = rules.vpcs(call)
  rules.business(call)
  rules.cdt(call)
  local one_region = own.region == other.region
  rules.link(call, one_region, own.region)
  if one_region and call.p.Bandwidth then
    call:fail("IllegalParam.Bandwidth", "Bandwidth is for two regions only.", INVENTED)
  end
  local group = tags.resource_group(call, call.p.ResourceGroupId, { "OperationFailed.NotExist.ResourceGroup" })
  local given = tags.check(call, call.p.Tag)
  rules.states(call, own, other)
  rules.conflicts(call, own, other)
  rules.quotas(call, own, other)
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
  rules.link(call, one_region, peer.region)
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
