-- SPDX-License-Identifier: MIT
-- Vpc 2016-04-28, sixth part: network ACLs. Entries are replaced as a whole list, first match wins,
-- and nothing is remembered of the other direction.

local array = require "json".array
local paging = require "sandbox.paging"
local tags = require "sandbox.tags"
local timeline = require "sandbox.timeline"

local acls = {}

timeline.effect("acl.bound", function(state, event)
  local vswitch = state.vswitches[event.id]
  local acl = state.network_acls[event.acl]
  if event.bind then
    if vswitch then vswitch.acl = event.acl end
    if acl then acl.bindings[event.id] = "BINDED" end
  else
    if vswitch then vswitch.acl = nil end
    if acl then acl.bindings[event.id] = nil end
  end
end)

local function need(call)
  return call:need("network_acls", call.p.NetworkAclId, "InvalidNetworkAcl.NotFound", "Network ACL")
end

local function entry_rows(list, address, wrapper)
  local rows = {}
  for i, entry in ipairs(list) do
    rows[i] = { NetworkAclEntryId = entry.id, NetworkAclEntryName = entry.name or "", Policy = entry.policy,
      Description = entry.description or "", Protocol = entry.protocol, Port = entry.port, EntryType = "custom",
      IpVersion = "IPv4", [address] = entry.cidr }
  end
  return { [wrapper] = array(rows) }
end

local function show(acl)
  local bound = {}
  for id, status in pairs(acl.bindings) do
    bound[#bound + 1] = { ResourceType = "VSwitch", ResourceId = id, Status = status }
  end
  table.sort(bound, function(a, b) return a.ResourceId < b.ResourceId end)
  return {
    NetworkAclId = acl.id, NetworkAclName = acl.name or "", Description = acl.description or "", VpcId = acl.vpc,
    RegionId = acl.region, OwnerId = acl.owner, Status = acl.Status,
    CreationTime = os.date("!%Y-%m-%d %H:%M:%S", math.floor(acl.created)),
    IngressAclEntries = entry_rows(acl.ingress, "SourceCidrIp", "IngressAclEntry"),
    EgressAclEntries = entry_rows(acl.egress, "DestinationCidrIp", "EgressAclEntry"),
    Resources = { Resource = array(bound) }, Tags = { Tag = tags.show(acl) },
  }
end

function acls.CreateNetworkAcl(call)
  local vpc = call:need("vpcs", call.p.VpcId, "InvalidVpcId.NotFound", "VPC")
  local given = tags.check(call, call.p.Tag)
  local count = call:count("network_acls", function(acl) return acl.vpc == vpc.id end)
  if count >= call:quota("acls_per_vpc") then
    call:fail("QuotaExceed.NetworkAcl", "The VPC has too many network ACLs.")
  end
  call:commit()
  local function everything() return { id = call:id("nae", 21), policy = "accept", protocol = "all", port = "-1/-1",
    cidr = "0.0.0.0/0" } end
  local acl = call:add("network_acls", call:id("nacl", 21), {
    region = vpc.region, vpc = vpc.id, name = call.p.NetworkAclName, description = call.p.Description,
    ingress = { everything() }, egress = { everything() }, bindings = {}, tags = given,
  })
  call:pass("network_acls", acl, "Status", "Modifying", "Available", "acl")
  local shown = show(acl)
  shown.Tags, shown.OwnerId = nil, nil -- not part of this answer
  for _, list in ipairs { shown.IngressAclEntries.IngressAclEntry, shown.EgressAclEntries.EgressAclEntry } do
    for _, entry in ipairs(list) do entry.EntryType, entry.IpVersion = nil, nil end
  end
  return { NetworkAclId = acl.id, NetworkAclAttribute = shown }
end

local function check_rest(call, acl)
  if acl.Status ~= "Available" then call:fail("NetworkStatus.Modifying", "The network ACL is being changed.") end
  for _, status in pairs(acl.bindings) do
    if status ~= "BINDED" then
      call:fail("OperationDenied.NetworkAclAttachmentInMiddleStatus", "A binding of the ACL is being changed.")
    end
  end
end

function acls.DeleteNetworkAcl(call)
  local acl = need(call)
  check_rest(call, acl)
  if next(acl.bindings) then
    call:fail("NetworkAclExistBinding", "vSwitches are bound to the network ACL.", { invented = true })
  end
  call:commit()
  call:vanish("network_acls", acl, "Status", "Modifying", "acl")
  return {}
end

local function resources(call, acl)
  if not call.p.Resource then call:fail("ParameterMissing.Resources", "Resource is required.") end
  local list = {}
  for i, row in ipairs(call.p.Resource) do
    local vswitch = call:own("vswitches", row.ResourceId)
    if not vswitch then call:fail("InvalidResource.NotFound", ("%s does not exist."):format(row.ResourceId)) end
    if vswitch.vpc ~= acl.vpc then call:fail("InvalidResource.VpcError", "The vSwitch belongs to another VPC.") end
    list[i] = vswitch
  end
  return list
end

local function rebind(call, acl, list, bind)
  call:commit()
  for _, vswitch in ipairs(list) do
    acl.bindings[vswitch.id] = bind and "BINDING" or "UNBINDING"
    timeline.add(call.state, call:at("acl"), { effect = "acl.bound", collection = "vswitches", id = vswitch.id,
      acl = acl.id, bind = bind })
  end
  return {}
end

function acls.AssociateNetworkAcl(call)
  local acl = need(call)
  local list = resources(call, acl)
  check_rest(call, acl)
  for _, vswitch in ipairs(list) do
    if vswitch.acl or acl.bindings[vswitch.id] then
      call:fail("InvalidResource.BindingExist", "The vSwitch has a network ACL.")
    end
    if vswitch.Status ~= "Available" then call:fail("ResourceStatus.Error", "The vSwitch is not Available.") end
  end
  return rebind(call, acl, list, true)
end

function acls.UnassociateNetworkAcl(call)
  local acl = need(call)
  local list = resources(call, acl)
  check_rest(call, acl)
  for _, vswitch in ipairs(list) do
    if vswitch.acl ~= acl.id then call:fail("InvalidResource.NotBinding", "The vSwitch is not bound to this ACL.") end
  end
  return rebind(call, acl, list, false)
end

local function check_port(call, entry)
  local low, high = (entry.Port or ""):match("^(%-?%d+)/(%-?%d+)$")
  low, high = tonumber(low), tonumber(high)
  if not low then call:fail("ParameterIllegal.Port", "A port range has the form 80/443 or -1/-1.") end
  local ported = entry.Protocol == "tcp" or entry.Protocol == "udp"
  local whole = low == -1 and high == -1
  if ported and (low < 1 or high > 65535 or low > high) then
    call:fail("ParameterIllegal.Port", "Ports are 1 to 65535.")
  end
  if not ported and not whole then call:fail("ParameterIllegal.Port", "This protocol takes -1/-1 only.") end
end

local function entries(call, list, address)
  local checked = {}
  if #list > call:quota("acl_entries") then call:fail("QuotaExceed.NetworkAclEntry", "Too many entries.") end
  for i, entry in ipairs(list) do
    for _, field in ipairs { "Policy", "Protocol", "Port", address } do
      if not entry[field] then call:fail("ParameterMissing." .. field, field .. " is required.") end
    end
    check_port(call, entry)
    local block = call:block(entry[address], { "ParameterIllegal." .. address })
    checked[i] = { id = entry.NetworkAclEntryId, name = entry.NetworkAclEntryName, policy = entry.Policy,
      protocol = entry.Protocol, port = entry.Port, cidr = block.text, description = entry.Description }
  end
  return checked
end

function acls.UpdateNetworkAclEntries(call)
  local acl = need(call)
  local p = call.p
  local ingress = p.UpdateIngressAclEntries and entries(call, p.IngressAclEntries or {}, "SourceCidrIp")
  local egress = p.UpdateEgressAclEntries and entries(call, p.EgressAclEntries or {}, "DestinationCidrIp")
  check_rest(call, acl)
  call:commit()
  for _, list in ipairs { ingress or {}, egress or {} } do
    for _, entry in ipairs(list) do entry.id = entry.id or call:id("nae", 21) end
  end
  acl.ingress = ingress or acl.ingress
  acl.egress = egress or acl.egress
  call:pass("network_acls", acl, "Status", "Modifying", "Available", "acl")
  return {}
end

function acls.ModifyNetworkAclAttributes(call)
  local acl = need(call)
  check_rest(call, acl)
  call:commit()
  acl.name = call.p.NetworkAclName or acl.name
  acl.description = call.p.Description or acl.description
  return {}
end

function acls.CopyNetworkAclEntries(call)
  local acl = need(call)
  local source = call:own("network_acls", call.p.SourceNetworkAclId)
  if not source then call:fail("InvalidNetworkAcl.NotFound", "The source ACL does not exist.") end
  check_rest(call, acl)
  call:commit()
  for _, direction in ipairs { "ingress", "egress" } do
    local copy = {}
    for i, entry in ipairs(source[direction]) do
      copy[i] = { id = call:id("nae", 21), policy = entry.policy, protocol = entry.protocol, port = entry.port,
        cidr = entry.cidr, name = entry.name, description = entry.description }
    end
    acl[direction] = copy
  end
  call:pass("network_acls", acl, "Status", "Modifying", "Available", "acl")
  return {}
end

function acls.DescribeNetworkAclAttributes(call)
  return { NetworkAclAttribute = show(need(call)) }
end

function acls.DescribeNetworkAcls(call)
  local p = call.p
  local found = call:list("network_acls", function(acl)
    return (not p.NetworkAclId or acl.id == p.NetworkAclId) and (not p.VpcId or acl.vpc == p.VpcId)
      and (not p.NetworkAclName or acl.name == p.NetworkAclName)
      and (not p.ResourceId or acl.bindings[p.ResourceId] ~= nil) and tags.match(acl, p.Tags)
  end)
  local page, answer = paging.numbers(call, found, { default = 10 })
  local rows = {}
  for i, acl in ipairs(page) do rows[i] = show(acl) end
  -- all three counters are text in this operation
  return { NetworkAcls = { NetworkAcl = array(rows) }, TotalCount = tostring(answer.TotalCount),
    PageNumber = tostring(answer.PageNumber), PageSize = tostring(answer.PageSize) }
end

return acls
