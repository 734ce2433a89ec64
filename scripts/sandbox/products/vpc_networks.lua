-- SPDX-License-Identifier: MIT
-- Vpc 2016-04-28, first part: VPCs, their CIDR blocks, regions and zones.

local array = require "json".array
local ipv4 = require "sandbox.ipv4"
local paging = require "sandbox.paging"
local parameters = require "sandbox.parameters"
local regions = require "sandbox.regions"
local tags = require "sandbox.tags"

local networks = {}

local NOT_FOUND <const> = { "InvalidVpcId.NotFound", "InvalidVpc.NotFound", "Forbidden.VpcNotFound" }

function networks.DescribeRegions()
  local rows = {}
  for i, region in ipairs(regions.list) do
    rows[i] = { RegionId = region.id, LocalName = region.name,
      RegionEndpoint = ("vpc.%s.aliyuncs.com"):format(region.id) }
  end
  return { Regions = { Region = array(rows) } }
end

function networks.DescribeZones(call)
  local rows = {}
  for i, zone in ipairs(regions.zones(call.p.RegionId)) do
    rows[i] = { ZoneId = zone, LocalName = "Zone " .. zone:sub(-1):upper(), ZoneType = "AvailabilityZone" }
  end
  return { Zones = { Zone = array(rows) } }
end

-- A block that a VPC may have. 100.64.0.0/10 and the reserved ranges are refused with all their parts.
local function vpc_block(call, text, codes, mask_code)
  local block = call:block(text, codes)
  if block.length < 8 or block.length > 28 then
    call:fail_first({ mask_code, codes[#codes] }, "The mask of a VPC block is 8 to 28.")
  end
  if ipv4.contains(ipv4.service_range, block) then
    call:fail_first(codes, "100.64.0.0/10 belongs to the cloud's own services.")
  end
  for _, range in ipairs(ipv4.reserved) do
    if ipv4.contains(range, block) then call:fail_first(codes, range.text .. " is reserved.") end
  end
  return block
end

local function user_cidrs(call)
  local list = {}
  for text in (call.p.UserCidr or ""):gmatch("[^,]+") do
    list[#list + 1] = call:block(text, { "InvalidUserCidr.Malformed" }).text
  end
  if #list > 3 then call:fail("InvalidUserCidr.Quota", "A VPC has at most 3 user CIDRs.") end
  return list
end

function networks.CreateVpc(call)
  if call.p.Ipv4IpamPoolId or call.p.Ipv6IpamPoolId then
    call:fail("UnsupportedFeature.Ipam", "IPAM is not emulated.")
  end
  if call.p.EnableIpv6 then call:fail("OperationUnsupported.Ipv6Feature", "IPv6 is not offered in this region.") end
  local block = vpc_block(call, call.p.CidrBlock or "172.16.0.0/12", { "InvalidParameter" },
    "IllegalParam.CidrBlockMask")
  local users = user_cidrs(call)
  local group = tags.resource_group(call, call.p.ResourceGroupId, { "InvalidResourceGroupId" })
  local given = tags.check(call, call.p.Tag)
  local count = call:count("vpcs", function(vpc) return vpc.owner == call.caller.uid and vpc.region == call.region end)
  if count >= call:quota("vpcs_per_region") then call:fail("QuotaExceeded.Vpc", "Too many VPCs in the region.") end
  call:commit()
  local vpc = call:add("vpcs", call:id("vpc", 21), {
    region = call.region, cidr = block.text, secondary = {}, user_cidrs = users, name = call.p.VpcName,
    description = call.p.Description, router = call:id("vrt", 21), group = group, tags = given,
  })
  local system = call:add("route_tables", call:id("vtb", 21), {
    region = vpc.region, vpc = vpc.id, kind = "System", associate_type = "VSwitch", tags = {},
  })
  vpc.system_table = system.id
  call:pass("vpcs", vpc, "Status", "Pending", "Available", "vpc")
  call:pass("route_tables", system, "Status", "Pending", "Available", "vpc")
  return { VpcId = vpc.id, VRouterId = vpc.router, RouteTableId = system.id, ResourceGroupId = group }
end

local function any(collection, keep)
  for _, object in pairs(collection) do
    if keep(object) then return true end
  end
  return false
end

local function check_empty(call, vpc)
  local state = call.state
  local inside = function(object) return object.vpc == vpc.id end
  local rules = {
    { "OperationDenied.VpcPeerExists", state.peers, function(p)
      return (p.vpc == vpc.id or p.acc_vpc == vpc.id) and p.Status ~= "Deleted"
    end },
    { "DependencyViolation.VSwitch", state.vswitches, inside },
    { "DependencyViolation.SecurityGroup", state.security_groups, inside },
    { "DependencyViolation.CloudServiceResource", state.endpoints, inside },
    { "DependencyViolation.NetworkAcl", state.network_acls, inside },
    { "DependencyViolation.RouteTable", state.route_tables, function(t) return inside(t) and t.kind == "Custom" end },
    { "DependencyViolation.RouteEntry", state.routes, inside },
    { "DependencyViolation.NatGateway", state.next_hops, inside },
  }
  for _, rule in ipairs(rules) do
    if any(rule[2], rule[3]) then call:fail(rule[1], ("VPC %s is not empty."):format(vpc.id)) end
  end
end

function networks.DeleteVpc(call)
  local vpc = call:need("vpcs", call.p.VpcId, NOT_FOUND, "VPC")
  check_empty(call, vpc)
  if vpc.Status ~= "Available" then call:fail("IncorrectVpcStatus", "The VPC is not Available.") end
  call:commit()
  local system = call.state.route_tables[vpc.system_table]
  if system then call:vanish("route_tables", system, "Status", "Deleting", "vpc") end
  call:vanish("vpcs", vpc, "Status", "Pending", "vpc")
  return {}
end

local function ids_of(call, collection, vpc)
  local list = {}
  for _, object in ipairs(call:list(collection,
    function(o) return o.vpc == vpc.id end)) do list[#list + 1] = object.id end
  return array(list)
end

local function show(call, vpc)
  return {
    VpcId = vpc.id, VpcName = vpc.name or "", Description = vpc.description or "", RegionId = vpc.region,
    OwnerId = vpc.owner, ResourceGroupId = vpc.group, CreationTime = call:iso(vpc.created),
    IsDefault = vpc.is_default or false, Status = vpc.Status, CidrBlock = vpc.cidr, Ipv6CidrBlock = "",
    SecondaryCidrBlocks = { SecondaryCidrBlock = array { table.unpack(vpc.secondary) } },
    UserCidrs = { UserCidr = array { table.unpack(vpc.user_cidrs) } }, VRouterId = vpc.router,
    VSwitchIds = { VSwitchId = ids_of(call, "vswitches", vpc) }, Ipv6CidrBlocks = { Ipv6CidrBlock = array {} },
    Tags = { Tag = tags.show(vpc) }, EnabledIpv6 = false, DhcpOptionsSetId = "", DhcpOptionsSetStatus = "",
    DnsHostnameStatus = "DISABLED",
  }
end

function networks.DescribeVpcs(call)
  call:dry_run()
  local wanted
  if call.p.VpcId then
    wanted = {}
    local list = parameters.split({ list = "comma" }, call.p.VpcId)
    if #list > 20 then call:fail("InvalidVpcIdNumber.NotSupported", "At most 20 VPC ids.") end
    for _, id in ipairs(list) do wanted[id] = true end
  end
  local found = call:list("vpcs", function(vpc)
    return (not wanted or wanted[vpc.id]) and (not call.p.VpcName or vpc.name == call.p.VpcName)
      and (call.p.IsDefault == nil or (vpc.is_default or false) == call.p.IsDefault)
      and (not call.p.ResourceGroupId or vpc.group == call.p.ResourceGroupId) and tags.match(vpc, call.p.Tag)
  end)
  local page, answer = paging.numbers(call, found, { default = 10 })
  local rows = {}
  for i, vpc in ipairs(page) do
    rows[i] = show(call, vpc)
    rows[i].RouterTableIds = { RouterTableIds = ids_of(call, "route_tables", vpc) }
    rows[i].NatGatewayIds = { NatGatewayIds = array {} }
    rows[i].CenStatus = "Detached"
  end
  answer.Vpcs = { Vpc = array(rows) }
  return answer
end

function networks.DescribeVpcAttribute(call)
  call:dry_run()
  local vpc = call:need("vpcs", call.p.VpcId, NOT_FOUND, "VPC")
  local answer = show(call, vpc)
  answer.ClassicLinkEnabled = false
  answer.AssociatedCens = { AssociatedCen = array {} }
  answer.CloudResources = { CloudResourceSetType = array {} }
  answer.SupportIpv4Gateway = false
  answer.Ipv4GatewayId = ""
  answer.AssociatedPropagationSources = { AssociatedPropagationSources = array {} }
  return answer
end

local function check_available(call, vpc)
  if vpc.Status ~= "Available" then
    call:fail_first({ "IncorrectStatus.Vpc", "IncorrectVpcStatus" }, "The VPC is not Available.")
  end
end

function networks.AssociateVpcCidrBlock(call)
  local vpc = call:need("vpcs", call.p.VpcId, NOT_FOUND, "VPC")
  if call.p.IPv6CidrBlock then call:fail("OperationUnsupported.VpcMultiCidr", "IPv6 is not offered in this region.") end
  if not call.p.SecondaryCidrBlock then
    call:fail("MissingParam.SecondaryCidrBlockOrIpv6CidrBlock", "A secondary block has to be given.")
  end
  local block = vpc_block(call, call.p.SecondaryCidrBlock, { "InvalidCidrBlock.Malformed", "InvalidCidrBlock" },
    "IllegalParam.SecondaryCidrMask")
  check_available(call, vpc)
  for _, text in ipairs { vpc.cidr, table.unpack(vpc.secondary) } do
    if ipv4.overlaps(ipv4.block(text), block) then
      call:fail("Duplicated.SecondaryCidrBlock", ("The block overlaps %s of the same VPC."):format(text))
    end
  end
  for _, route in pairs(call.state.routes) do
    local destination = route.vpc == vpc.id and ipv4.block(route.destination)
    if destination and ipv4.contains(block, destination) then
      call:fail("OperationFailed.ConflictWithEntry", ("A route to %s exists."):format(route.destination))
    end
  end
  if #vpc.secondary >= call:quota("secondary_cidrs_per_vpc") then
    call:fail("QuotaExceeded.VpcMultiCidr", "The VPC has too many secondary blocks.")
  end
  call:commit()
  vpc.secondary[#vpc.secondary + 1] = block.text
  call:pass("vpcs", vpc, "Status", "Pending", "Available", "cidr")
  return { CidrBlock = block.text, IpVersion = "IPV4" }
end

function networks.UnassociateVpcCidrBlock(call)
  local vpc = call:need("vpcs", call.p.VpcId, NOT_FOUND, "VPC")
  local text = call.p.SecondaryCidrBlock
  if not text then call:fail("MissingParam.SecondaryCidrBlockOrIpv6CidrBlock", "A secondary block has to be given.") end
  local position
  for i, known in ipairs(vpc.secondary) do
    if known == text then position = i end
  end
  if not position then call:fail("InvalidSecondaryCidrBlock.NotFound", ("The VPC has no block %s."):format(text)) end
  check_available(call, vpc)
  local block = ipv4.block(text)
  for _, vswitch in pairs(call.state.vswitches) do
    if vswitch.vpc == vpc.id and ipv4.contains(block, ipv4.block(vswitch.cidr)) then
      call:fail("OperationFailed.CidrInUse", ("vSwitch %s lies in the block."):format(vswitch.id))
    end
  end
  call:commit()
  table.remove(vpc.secondary, position)
  call:pass("vpcs", vpc, "Status", "Pending", "Available", "cidr")
  return {}
end

return networks
