-- SPDX-License-Identifier: MIT
-- Vpc 2016-04-28, second part: vSwitches.

local array = require "json".array
local addresses = require "sandbox.addresses"
local ipv4 = require "sandbox.ipv4"
local paging = require "sandbox.paging"
local regions = require "sandbox.regions"
local tags = require "sandbox.tags"

local vswitches = {}

local function vswitch_block(call, vpc)
  local block = call:block(call.p.CidrBlock, { "InvalidCidrBlock.Malformed" })
  if block.length < 16 or block.length > 29 then
    call:fail("InvalidCirdrBlock.MaskLength", "The mask of a vSwitch is 16 to 29.")
  end
  if ipv4.contains(ipv4.service_range, block) then
    call:fail("InvalidParameter", "100.64.0.0/10 belongs to the cloud's own services.")
  end
  for _, text in ipairs { vpc.cidr, table.unpack(vpc.secondary) } do
    if ipv4.contains(ipv4.block(text), block) then return block end
  end
  call:fail("InvalidParameter", ("%s lies in no block of VPC %s."):format(block.text, vpc.id))
end

local function check_states(call, vpc)
  if vpc.Status ~= "Available" then call:fail("IncorrectVpcStatus", "The VPC is not Available.") end
  for _, other in pairs(call.state.vswitches) do
    if other.vpc == vpc.id and other.Status ~= "Available" then
      call:fail_first({ "OperationDenied.OtherSubnetCreating", "OperationDenied.OtherSubnetProcessing" },
        "Another vSwitch of the VPC is being changed.")
    end
  end
  for _, route in pairs(call.state.routes) do
    if route.vpc == vpc.id and route.Status ~= "Available" then
      call:fail("IncorrectRouteEntryStatus", "A route of the VPC is being changed.")
    end
  end
end

local function check_room(call, vpc, block)
  local count = 0
  for _, other in pairs(call.state.vswitches) do
    if other.vpc == vpc.id then
      count = count + 1
      if ipv4.overlaps(ipv4.block(other.cidr), block) then
        call:fail("InvalidCidrBlock.Overlapped", ("The block overlaps vSwitch %s."):format(other.id))
      end
    end
  end
  for _, route in pairs(call.state.routes) do
    local destination = route.vpc == vpc.id and ipv4.block(route.destination)
    if destination and ipv4.contains(block, destination) then
      call:fail("RouteConflict.AlreadyExist", ("A route to %s exists."):format(route.destination))
    end
  end
  if count >= call:quota("vswitches_per_vpc") then
    call:fail("QuotaExceeded.VSwitch", "The VPC has too many vSwitches.")
  end
end

function vswitches.CreateVSwitch(call)
  local vpc = call:need("vpcs", call.p.VpcId, "InvalidVpcId.NotFound", "VPC")
  local zone_known = false
  for _, zone in ipairs(regions.zones(vpc.region)) do zone_known = zone_known or zone == call.p.ZoneId end
  if not zone_known then call:fail("InvalidZoneId.NotFound", ("Zone %s does not exist."):format(call.p.ZoneId)) end
  local block = vswitch_block(call, vpc)
  local given = tags.check(call, call.p.Tag)
  check_states(call, vpc)
  check_room(call, vpc, block)
  call:commit()
  local vswitch = call:add("vswitches", call:id("vsw", 21), {
    region = vpc.region, vpc = vpc.id, zone = call.p.ZoneId, cidr = block.text, name = call.p.VSwitchName,
    description = call.p.Description, route_table = vpc.system_table, group = vpc.group, tags = given,
  })
  call:pass("vswitches", vswitch, "Status", "Pending", "Available", "vswitch")
  return { VSwitchId = vswitch.id }
end

local function check_unused(call, vswitch)
  local state = call.state
  for _, instance in pairs(state.instances) do
    if instance.vswitch == vswitch.id then call:fail("DependencyViolation", "An instance lives in the vSwitch.") end
  end
  for _, zone in pairs(state.endpoint_zones) do
    if zone.vswitch == vswitch.id then
      call:fail("DependencyViolation.CloudService", "An endpoint has an interface in the vSwitch.")
    end
  end
  if vswitch.acl then call:fail("DependencyViolation.NetworkAcl", "A network ACL is bound to the vSwitch.") end
  local bound = state.route_tables[vswitch.route_table]
  if bound and bound.kind == "Custom" then
    call:fail("DependencyViolation.RouteTable", "A custom route table is bound to the vSwitch.")
  end
end

function vswitches.DeleteVSwitch(call)
  local vswitch = call:need("vswitches", call.p.VSwitchId, "InvalidVSwitchId.NotFound", "vSwitch")
  check_unused(call, vswitch)
  if vswitch.Status ~= "Available" then call:fail("IncorrectVSwitchStatus", "The vSwitch is not Available.") end
  check_states(call, call.state.vpcs[vswitch.vpc])
  call:commit()
  call:vanish("vswitches", vswitch, "Status", "Pending", "vswitch")
  return {}
end

local function show(call, vswitch)
  local bound = call.state.route_tables[vswitch.route_table]
  return {
    VSwitchId = vswitch.id, VSwitchName = vswitch.name or "", Description = vswitch.description or "",
    VpcId = vswitch.vpc, ZoneId = vswitch.zone, CidrBlock = vswitch.cidr, Ipv6CidrBlock = "",
    Status = vswitch.Status, CreationTime = call:iso(vswitch.created), IsDefault = false,
    AvailableIpAddressCount = addresses.free(call.state, vswitch), NetworkAclId = vswitch.acl or "",
    OwnerId = vswitch.owner, ResourceGroupId = vswitch.group, ShareType = "", EnabledIpv6 = false,
    RouteTable = { RouteTableId = bound.id, RouteTableType = bound.kind }, Tags = { Tag = tags.show(vswitch) },
  }
end

function vswitches.DescribeVSwitches(call)
  call:dry_run()
  local p = call.p
  local found = call:list("vswitches", function(vswitch)
    return (not p.VpcId or vswitch.vpc == p.VpcId) and (not p.VSwitchId or vswitch.id == p.VSwitchId)
      and (not p.ZoneId or vswitch.zone == p.ZoneId) and (not p.VSwitchName or vswitch.name == p.VSwitchName)
      and (not p.RouteTableId or vswitch.route_table == p.RouteTableId) and p.IsDefault ~= true
      and (not p.ResourceGroupId or vswitch.group == p.ResourceGroupId) and tags.match(vswitch, p.Tag)
  end)
  local page, answer = paging.numbers(call, found, { default = 10 })
  local rows = {}
  for i, vswitch in ipairs(page) do rows[i] = show(call, vswitch) end
  answer.VSwitches = { VSwitch = array(rows) }
  return answer
end

function vswitches.DescribeVSwitchAttributes(call)
  call:dry_run()
  return show(call, call:need("vswitches", call.p.VSwitchId, "InvalidVSwitchId.NotFound", "vSwitch"))
end

return vswitches
