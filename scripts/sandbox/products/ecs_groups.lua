-- SPDX-License-Identifier: MIT
-- Ecs 2014-05-26, second part: security groups and their rules.

local array = require "json".array
local json = require "json"
local paging = require "sandbox.paging"
local parameters = require "sandbox.parameters"
local tags = require "sandbox.tags"

local groups = {}

local function need(call, codes)
  return call:need("security_groups", call.p.SecurityGroupId,
    codes or { "InvalidSecurityGroupId.NotFound", "InvalidSecurityGroup.NotFound" }, "Security group")
end

function groups.CreateSecurityGroup(call)
  local p = call.p
  local vpc = call:own("vpcs", p.VpcId) -- groups without a VPC belonged to the classic network
  if not vpc then
    call:fail("InvalidVpcId.NotFound", ("VPC %s does not exist."):format(tostring(p.VpcId)), { status = 404 })
  end
  if vpc.Status ~= "Available" then call:fail("IncorrectVpcStatus", "The VPC is not Available.") end
  local given = tags.check(call, p.Tag)
  local count = call:count("security_groups", function(g) return g.owner == call.caller.uid
    and g.region == call.region end)
  if count >= call:quota("security_groups") then call:fail("QuotaExceed.SecurityGroup", "Too many security groups.") end
  call:commit()
  local kind = p.SecurityGroupType or "normal"
  local group = call:add("security_groups", call:id("sg", 20), {
    region = vpc.region, vpc = vpc.id, name = p.SecurityGroupName, description = p.Description, kind = kind, rules = {},
    inner_access = kind == "normal" and "Accept" or "Drop", tags = given,
  })
  return { SecurityGroupId = group.id }
end

-- Who uses the group: instances, endpoints, rules of other groups.
local function in_use(call, group)
  for _, instance in pairs(call.state.instances) do
    for _, id in ipairs(instance.security_groups) do
      if id == group.id then return true end
    end
  end
  for _, endpoint in pairs(call.state.endpoints) do
    for _, entry in ipairs(endpoint.groups) do
      if entry.id == group.id then return true end
    end
  end
  for _, other in pairs(call.state.security_groups) do
    for _, rule in ipairs(other.rules) do
      if other ~= group and rule.source_group == group.id then return true end
    end
  end
  return false
end

function groups.DeleteSecurityGroup(call)
  local group = need(call)
  if in_use(call, group) then call:fail("DependencyViolation", "The security group is in use.") end
  call:commit()
  call.state.security_groups[group.id] = nil
  return {}
end

local function show_tags(object)
  local list = {}
  for i, tag in ipairs(object.tags) do list[i] = { TagKey = tag.Key, TagValue = tag.Value } end
  return { Tag = array(list) }
end

function groups.DescribeSecurityGroups(call)
  call:dry_run()
  local p = call.p
  local wanted
  if p.SecurityGroupIds then
    local list = parameters.split({ list = "json" }, p.SecurityGroupIds, json.decode)
    if not list or #list > 100 then
      call:fail("InvalidSecurityGroupId.Malformed", "SecurityGroupIds is a JSON array of ids.")
    end
    wanted = {}
    for _, id in ipairs(list) do wanted[id] = true end
  end
  local found = call:list("security_groups", function(g)
    return (not wanted or wanted[g.id]) and (not p.SecurityGroupId or g.id == p.SecurityGroupId)
      and (not p.VpcId or g.vpc == p.VpcId) and (not p.SecurityGroupName or g.name == p.SecurityGroupName)
      and (not p.SecurityGroupType or g.kind == p.SecurityGroupType) and p.NetworkType ~= "classic"
        and tags.match(g, p.Tag)
  end)
  if (p.MaxResults or p.NextToken) and (p.PageNumber or p.PageSize) then
    call:fail("NotSupported.PageNumberAndPageSize", "Page numbers and a cursor exclude each other.")
  end
  local page, answer = paging.either(call, found, { default = 10 })
  local rows = {}
  for i, group in ipairs(page) do
    rows[i] = { SecurityGroupId = group.id, SecurityGroupName = group.name or "", Description = group.description or "",
      SecurityGroupType = group.kind, VpcId = group.vpc, CreationTime = call:iso(group.created), ServiceManaged = false,
      ResourceGroupId = "", RuleCount = #group.rules, Tags = show_tags(group) }
  end
  answer.RegionId = call.region
  answer.SecurityGroups = { SecurityGroup = array(rows) }
  return answer
end

local function show_rule(call, group, rule)
  local ingress = rule.direction == "ingress"
  local v6 = rule.cidr and rule.cidr:find(":", 1, true)
  local cidr, cidr6 = not v6 and rule.cidr or "", v6 and rule.cidr or ""
  return {
    SecurityGroupRuleId = rule.id, Direction = rule.direction, Policy = rule.policy, IpProtocol = rule.protocol,
    PortRange = rule.port_range, Priority = tostring(rule.priority), NicType = "intranet",
    SourceCidrIp = ingress and cidr or "", DestCidrIp = ingress and "" or cidr,
    Ipv6SourceCidrIp = ingress and cidr6 or "", Ipv6DestCidrIp = ingress and "" or cidr6,
    SourceGroupId = ingress and rule.source_group or "", DestGroupId = not ingress and rule.source_group or "",
    SourcePrefixListId = ingress and rule.prefix_list or "", DestPrefixListId = not ingress and rule.prefix_list or "",
    SourceGroupOwnerAccount = "", DestGroupOwnerAccount = "", SourcePortRange = "", Description = rule.description
      or "",
    CreateTime = call:iso(rule.created or group.created),
  }
end

function groups.DescribeSecurityGroupAttribute(call)
  local group = need(call)
  local direction = call.p.Direction or "all"
  local found = {}
  for i, rule in ipairs(group.rules) do
    if direction == "all" or rule.direction == direction then found[#found + 1] = { seq = i, rule = rule } end
  end
  local page, cursor = paging.cursor(call, found, { default = 500 })
  local rows = {}
  for i, item in ipairs(page) do rows[i] = show_rule(call, group, item.rule) end
  return { SecurityGroupId = group.id, SecurityGroupName = group.name or "", Description = group.description or "",
    VpcId = group.vpc, RegionId = group.region, InnerAccessPolicy = group.inner_access,
    Permissions = { Permission = array(rows) }, NextToken = cursor.NextToken }
end

local NAMES <const> = {
  ingress = { cidr = "SourceCidrIp", cidr6 = "Ipv6SourceCidrIp", group = "SourceGroupId", list = "SourcePrefixListId",
    missing = "MissingParameter.Source", malformed = { "InvalidParam.SourceCidrIp", "InvalidSourceCidrIp.Malformed" },
    unknown = "InvalidSourceGroupId.NotFound", mismatch = "InvalidSourceGroupId.Mismatch" },
  egress = { cidr = "DestCidrIp", cidr6 = "Ipv6DestCidrIp", group = "DestGroupId", list = "DestPrefixListId",
    missing = "MissingParameter.Dest", malformed = { "InvalidParam.DestCidrIp", "InvalidDestCidrIp.Malformed" },
    unknown = "InvalidDestGroupId.NotFound", mismatch = "InvalidDestGroupId.Mismatch" },
}

local function port_range(call, protocol, text)
  if not text then call:fail("MissingParameter", "PortRange is required.", { status = 400 }) end
  local low, high = text:match("^(%-?%d+)/(%-?%d+)$")
  low, high = tonumber(low), tonumber(high)
  local whole = low == -1 and high == -1
  local ported = protocol == "TCP" or protocol == "UDP"
  local valid = low and (ported and low >= 1 and high <= 65535 and low <= high or not ported and whole)
  if not valid then
    call:fail("InvalidPortRange.Malformed",
      ("PortRange %s does not fit %s: 1/65535 for TCP and UDP, -1/-1 for the rest."):format(text, protocol))
  end
  return text
end

local function policy_of(call, text)
  local policy = (text or "accept"):lower()
  if policy ~= "accept" and policy ~= "drop" then call:fail("InvalidPolicy.Malformed", "Policy is accept or drop.") end
  return policy == "accept" and "Accept" or "Drop"
end

local function priority_of(call, text)
  local priority = tonumber(text or "1")
  if not priority or math.type(priority) ~= "integer" or priority < 1 or priority > 100 then
    call:fail("InvalidPriority.ValueNotSupported", "Priority is 1 to 100.")
  end
  return priority
end

local PROTOCOLS <const> = { TCP = true, UDP = true, ICMP = true, ICMPV6 = true, GRE = true, ALL = true }

-- The other end of a rule: exactly what was given, checked.
local function peer_of(call, group, given, names)
  local rule = {}
  if given[names.group] then
    local other = call.state.security_groups[given[names.group]]
    if not other or other.owner ~= group.owner or other.region ~= group.region then
      call:fail(names.unknown, "The security group does not exist in this region.", { status = 404 })
    end
    if other.vpc ~= group.vpc then
      call:fail(names.mismatch, "The security group belongs to another VPC.", { status = 400 })
    end
    rule.source_group = other.id
  elseif given[names.list] then
    if not call:own("prefix_lists", given[names.list]) then
      call:fail("InvalidPrefixListId.NotFound", "The prefix list does not exist.")
    end
    rule.prefix_list = given[names.list]
  elseif given[names.cidr6] then
    if not given[names.cidr6]:match("^[%x:]+/?%d*$") then
      call:fail("InvalidParameter.Ipv6CidrIp", "Not an IPv6 block.")
    end
    rule.cidr = given[names.cidr6]
  elseif given[names.cidr] then
    rule.cidr = call:block(given[names.cidr], names.malformed).text
  else
    call:fail(names.missing, ("%s is required."):format(names.cidr), { status = 400 })
  end
  return rule
end

local function rule_of(call, group, given, direction)
  local names = NAMES[direction]
  if not given.IpProtocol then call:fail("MissingParameter", "IpProtocol is required.", { status = 400 }) end
  local protocol = given.IpProtocol:upper()
  if not PROTOCOLS[protocol] then
    call:fail("InvalidIpProtocol.ValueNotSupported", ("Protocol %s is not supported."):format(given.IpProtocol))
  end
  if given.NicType == "internet" then call:fail("InvalidNicType.Mismatch", "Groups in a VPC have NicType intranet.") end
  local rule = peer_of(call, group, given, names)
  rule.direction, rule.protocol = direction, protocol == "ICMPV6" and "ICMPv6" or protocol
  rule.port_range = port_range(call, protocol, given.PortRange)
  rule.policy, rule.priority = policy_of(call, given.Policy), priority_of(call, given.Priority)
  rule.description = given.Description
  return rule
end

local function key_of(rule)
  return table.concat({ rule.direction, rule.policy, rule.protocol, rule.port_range, rule.cidr or "",
    rule.source_group or "",
    rule.prefix_list or "", tostring(rule.priority) }, "|")
end

-- Rules named in Permissions.N, or in the older flat parameters.
local function rules_given(call, group, direction)
  local list = call.p.Permissions or { call.p }
  local rules, seen = {}, {}
  for i, given in ipairs(list) do
    rules[i] = rule_of(call, group, given, direction)
    local key = key_of(rules[i])
    if seen[key] then call:fail("InvalidParam.DuplicatePermissions", "A rule is given twice.") end
    seen[key] = true
  end
  return rules
end

local function authorize(direction)
  return function(call)
    local group = need(call)
    local rules = rules_given(call, group, direction)
    local present = {}
    for _, rule in ipairs(group.rules) do present[key_of(rule)] = true end
    local added = {}
    for _, rule in ipairs(rules) do
      if not present[key_of(rule)] then added[#added + 1] = rule end
    end
    if #group.rules + #added > call:quota("rules_per_group") then
      call:fail("AuthorizationLimitExceed", "The security group has too many rules.")
    end
    call:commit()
    for _, rule in ipairs(added) do
      rule.id, rule.created = call:id("sgr", 20), call.now
      table.insert(group.rules, rule)
    end
    return {}
  end
end

local function revoke(direction)
  return function(call)
    local group = need(call)
    local doomed = {}
    if call.p.SecurityGroupRuleId then
      local known = {}
      for _, rule in ipairs(group.rules) do known[rule.id] = rule.direction == direction and rule or nil end
      for _, id in ipairs(call.p.SecurityGroupRuleId) do
        if not known[id] then
          call:fail("InvalidSecurityGroupRuleId.NotFound", ("Rule %s does not exist."):format(id))
        end
        doomed[id] = true
      end
    else
      local keys = {}
      for _, rule in ipairs(rules_given(call, group, direction)) do keys[key_of(rule)] = true end
      -- a rule that does not exist is no error
      for _, rule in ipairs(group.rules) do doomed[rule.id] = keys[key_of(rule)] end
    end
    call:commit()
    local kept = {}
    for _, rule in ipairs(group.rules) do
      if not doomed[rule.id] then kept[#kept + 1] = rule end
    end
    group.rules = kept
    return {}
  end
end

groups.AuthorizeSecurityGroup = authorize "ingress"
groups.AuthorizeSecurityGroupEgress = authorize "egress"
groups.RevokeSecurityGroup = revoke "ingress"
groups.RevokeSecurityGroupEgress = revoke "egress"


return groups
