-- SPDX-License-Identifier: MIT
-- What a custom route may be: destination, next hop, busy VPC, duplicates, quota. Every rule is a
-- function that raises the cloud's code, used by the single and the batch operations alike.

local failure = require "sandbox.failure"
local ipv4 = require "sandbox.ipv4"

local rules = {}

local EVERYTHING <const> = 0 -- mask length of 0.0.0.0/0

---The destination as a block, or a refusal.
---@param call sandbox.Call
---@param vpc table VPC of the table
---@param text string
---@param batch boolean the batch operation has narrower rules
---@return table block
function rules.destination(call, vpc, text, batch)
  if text:find(":", 1, true) then
    failure.raise("OperationDenied.VpcIpv6NotEnabled", "The VPC has no IPv6.")
  end
  local block, why = ipv4.block(text)
  if not block then failure.raise("InvalidCidrBlock.Malformed", ("%s is not a CIDR block: %s."):format(text, why)) end
  rules.service_range(call, block, batch)
  for _, range in ipairs(ipv4.reserved) do
    if ipv4.contains(range, block) then
      failure.raise("InvalidDestinationCidrBlock",
        ("%s lies in %s, which no route may point to."):format(block.text, range.text))
    end
  end
  for _, vswitch in pairs(call.state.vswitches) do
    if vswitch.vpc == vpc.id then
      local inner = ipv4.block(vswitch.cidr)
      if ipv4.contains(inner, block) then
        failure.raise("InvalidCidrBlock", ("%s lies in vSwitch %s."):format(block.text, vswitch.id))
      elseif batch and ipv4.contains(block, inner) then
        failure.raise("InvalidCidrBlock", ("%s contains vSwitch %s."):format(block.text, vswitch.id))
      end
    end
  end
  return block
end

---100.64.0.0/10: never as a whole; parts of it only in single calls, and not under the old rule.
function rules.service_range(call, block, batch)
  local range = ipv4.service_range
  if not ipv4.contains(range, block) then return end
  if block.length == range.length then
    failure.raise("InvalidDestinationCidrBlock", "100.64.0.0/10 has a system route that cannot be replaced.")
  end
  if batch or call.settings.switches.old_service_rule then
    failure.raise("InvalidDestinationCidrBlock", ("%s lies in 100.64.0.0/10."):format(block.text))
  end
end

---@return boolean whether a route write runs in the VPC
function rules.writing(state, vpc_id)
  for _, route in pairs(state.routes) do
    if route.vpc == vpc_id and route.Status ~= "Available" then return true end
  end
  return false
end

---One change at a time per VPC, and only while VPC, vSwitches and table are at rest.
function rules.idle(call, vpc, object)
  if vpc.Status ~= "Available" then failure.raise("IncorrectVpcStatus", "The VPC is not Available.") end
  if object.Status ~= "Available" then
    call:fail_first({ "IncorrectStatus.RouteTableStatus", "IncorrectVpcStatus" }, "The route table is not Available.")
  end
  if rules.writing(call.state, vpc.id) then failure.raise("TaskConflict") end
  for _, vswitch in pairs(call.state.vswitches) do
    if vswitch.vpc == vpc.id and vswitch.Status ~= "Available" then
      call:fail_first({ "IncorrectVSwitchStatus", "IncorrectVpcStatus" }, "A vSwitch of the VPC is being changed.")
    end
  end
end

local function peer_hop(call, vpc, id)
  local peer = call.state.peers[id]
  local uid = call.caller.uid
  if not peer or (peer.owner ~= uid and peer.acc_owner ~= uid) or peer.Status == "Deleted" then
    failure.raise("ResourceNotFound.VpcPeer", ("Peering connection %s does not exist."):format(id))
  end
  if peer.vpc ~= vpc.id and peer.acc_vpc ~= vpc.id then
    failure.raise("OperationFailed.InstanceDismatchCurrentVpc", ("%s does not end in VPC %s."):format(id, vpc.id))
  end
  if peer.Status ~= "Activated" or call.now < (peer.usable_at or 0) then
    failure.raise("IncorrectStatus.VpcPeer", ("Peering connection %s is not usable yet (%s)."):format(id, peer.Status))
  end
end

local function instance_hop(call, vpc, id)
  local instance = call:own("instances", id)
  if not instance then failure.raise("InvalidInstanId.NotFound", ("Instance %s does not exist."):format(id)) end
  if instance.vpc ~= vpc.id then
    failure.raise("OperationFailed.InstanceDismatchCurrentVpc", ("%s lives in another VPC."):format(id))
  end
  if instance.Status ~= "Running" and instance.Status ~= "Stopped" then
    failure.raise("IncorrectInstanceStatus", "The instance is neither running nor stopped.")
  end
end

local NOT_FOUND <const> = {
  NatGateway = "InvalidNatGateway.NotFound", NetworkInterface = "InvalidNetworkInterface.NotFound",
  HaVip = "InvalidHaVip.NotFound", Attachment = "InvalidAttachment.NotFound",
    RouterInterface = "InvalidRouterInterface",
  VpnGateway = "InvalidVpnInstanceId.NotFound", Ipv4Gateway = "ResourceNotFound.Ipv4Gateway",
}

-- Next hops of other products: the emulator only knows that they exist (world field next_hops).
local function other_hop(call, vpc, kind, id)
  local hop = call.state.next_hops[id]
  if not hop or hop.kind ~= kind or hop.owner ~= call.caller.uid then
    failure.raise(NOT_FOUND[kind] or "InvalidNextHop.NotFound", ("%s %s does not exist."):format(kind, id))
  end
  if hop.vpc ~= vpc.id then
    failure.raise("OperationFailed.InstanceDismatchCurrentVpc", ("%s belongs to another VPC."):format(id))
  end
end

---Checks a next hop: it exists, ends in the VPC of the table, and is in a usable state.
function rules.next_hop(call, vpc, kind, id)
  if kind == "VpcPeer" then return peer_hop(call, vpc, id) end
  if kind == "Instance" then return instance_hop(call, vpc, id) end
  return other_hop(call, vpc, kind, id)
end

---Refuses a second route to one destination in a table.
function rules.unique(call, object, block, hop, batch)
  for _, route in pairs(call.state.routes) do
    if route.table == object.id and route.destination == block.text then
      if batch then failure.raise("VPC_ROUTE_ENTRY_CIDR_BLOCK_DUPLICATE", "The destination has a route already.") end
      if route.kind ~= "Custom" then
        failure.raise("RouteConflict.AlreadyExist", "A dynamic route has this destination.")
      end
      if route.next_hop_id == hop then
        failure.raise("Duplicated.VpcNextHop", ("The same route exists already (%s)."):format(route.id))
      end
      failure.raise("InvalidCIDRBlock.Duplicate", ("Route %s has this destination."):format(route.id))
    end
  end
end

---Counts the custom routes of a table against the quota.
function rules.room(call, object, adding)
  local count = adding or 1
  for _, route in pairs(call.state.routes) do
    if route.table == object.id and route.kind == "Custom" then count = count + (route.weight_in_quota or 1) end
  end
  if count > call:quota("routes_per_table") then failure.raise("QuotaExceeded", "The table is full.") end
end

---@return boolean whether a block is the default route
function rules.is_default(block)
  return block.length == EVERYTHING
end

return rules
