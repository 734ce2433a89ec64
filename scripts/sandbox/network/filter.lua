-- SPDX-License-Identifier: MIT
-- Security groups and network ACLs as ordered rules {verdict, protocol, low, high, blocks}: decided here
-- for the symbolic plane, and written as nftables statements for the kernel.
local ipv4 = require "sandbox.network.ipv4"

local filter = {}

---@class sandbox.network.Rule
---@field verdict "accept"|"drop"
---@field protocol string "tcp", "udp", "icmp", "gre", "all"
---@field low integer|nil port range; nil: all
---@field high integer|nil
---@field blocks sandbox.network.Block[]|nil the other end; nil: anywhere
---@field source string for messages: "sg-x", "nacl-x entry 2"

local function read_rule(rule, blocks, source)
  local low, high = tostring(rule.port_range or "-1/-1"):match("^(%-?%d+)/(%-?%d+)$")
  low, high = tonumber(low), tonumber(high)
  local protocol = tostring(rule.protocol or "all"):lower()
  local ported = (protocol == "tcp" or protocol == "udp") and low and low >= 0
  return {
    verdict = tostring(rule.policy):lower() == "drop" and "drop" or "accept",
    protocol = protocol, low = ported and low or nil, high = ported and high or nil,
    blocks = blocks, source = source, priority = tonumber(rule.priority) or 1,
  }
end

local function other_end(cidr, where)
  local block = ipv4.block(cidr or "0.0.0.0/0", where)
  if block.length == 0 then return nil end
  return { block }
end

--- Addresses of a group's members inside one VPC.
local function member_blocks(self, group, vpc)
  local blocks = {}
  for _, port in ipairs(self.members[group] or {}) do
    if port.vpc == vpc then blocks[#blocks + 1] = ipv4.block(port.address, group) end
  end
  return blocks
end

--- Smaller priority first, at equal priority drop before accept, else as written.
local function by_priority(a, b)
  if a.priority ~= b.priority then return a.priority < b.priority end
  if a.verdict ~= b.verdict then return a.verdict == "drop" end
  return a.order < b.order
end

local function own_rules(self, port, direction, list)
  for _, id in ipairs(port.groups) do
    local group = self.security_groups[id]
    for _, rule in ipairs(group and group.rules or {}) do
      if tostring(rule.direction):lower() == direction then
        local blocks
        if rule.group then blocks = member_blocks(self, rule.group, port.vpc) else blocks = other_end(rule.cidr, id) end
        local read = read_rule(rule, blocks, id)
        read.order = #list
        list[#list + 1] = read
      end
    end
  end
  table.sort(list, by_priority)
end

--- The rules of all security groups of a port as one list; what matches none gets `default`.
---@param self sandbox.network.View
---@param port sandbox.network.Port
---@param direction "ingress"|"egress"
---@return {rules:sandbox.network.Rule[], default:"accept"|"drop", name:string}
function filter.security(self, port, direction)
  local list = {}
  own_rules(self, port, direction, list)
  local enterprise = false
  for _, id in ipairs(port.groups) do
    local group = self.security_groups[id] or {}
    enterprise = enterprise or group.type == "enterprise"
    local inner = tostring(group.inner_access or (group.type == "enterprise" and "drop" or "accept")):lower()
    if inner == "accept" then
      local members = member_blocks(self, id, port.vpc)
      list[#list + 1] = { verdict = "accept", protocol = "all", blocks = members, source = id }
    end
  end
  local open = direction == "egress" and not enterprise
  return { rules = list, default = open and "accept" or "drop",
    name = #port.groups > 0 and table.concat(port.groups, ", ") or "no security group" }
end

--- The entries of a network ACL in one direction; nil when the id is nil.
---@param self sandbox.network.View
---@param id string|nil
---@param direction "ingress"|"egress"
function filter.acl(self, id, direction)
  if not id then return nil end
  local list = {}
  for index, entry in ipairs(self.acls[id][direction] or {}) do
    list[index] = read_rule(entry, other_end(entry.cidr, id), ("%s %s entry %d"):format(id, direction, index))
  end
  return { rules = list, default = "drop", name = id }
end

local function matches(rule, packet)
  if rule.protocol ~= "all" and rule.protocol ~= packet.protocol then return false end
  if rule.low and not (packet.port >= rule.low and packet.port <= rule.high) then return false end
  if not rule.blocks then return true end
  for _, block in ipairs(rule.blocks) do
    if ipv4.contains(block, packet.other) then return true end
  end
  return false
end

--- Decides one packet.
---@param list {rules:sandbox.network.Rule[], default:string, name:string}
---@param packet {protocol:string, other:integer, port:integer} port: its destination port
---@return boolean accepted
---@return string reason
function filter.decide(list, packet)
  for _, rule in ipairs(list.rules) do
    if matches(rule, packet) then return rule.verdict == "accept", rule.verdict .. " by a rule of " .. rule.source end
  end
  return list.default == "accept", ("no rule of %s matches, default %s"):format(list.name, list.default)
end

local function set_of(blocks)
  local texts = {}
  for index, block in ipairs(blocks) do texts[index] = block.text end
  return "{ " .. table.concat(texts, ", ") .. " }"
end

--- One nftables statement, or nil when the rule can match nothing.
---@param rule sandbox.network.Rule
---@param side "saddr"|"daddr" where the other end stands in the packet
---@param accept string what to do with an accepted packet
local function statement(rule, side, accept)
  local words = {}
  if rule.blocks then
    if #rule.blocks == 0 then return nil end
    words[1] = ("ip %s %s"):format(side, set_of(rule.blocks))
  end
  if rule.low then
    words[#words + 1] = ("%s dport %d-%d"):format(rule.protocol, rule.low, rule.high)
  elseif rule.protocol ~= "all" then
    words[#words + 1] = "ip protocol " .. rule.protocol
  end
  words[#words + 1] = rule.verdict == "accept" and accept or "drop"
  return table.concat(words, " ")
end

--- The statements of a chain.
---@param list {rules:sandbox.network.Rule[], default:string}
---@param side "saddr"|"daddr"
---@return string[]
function filter.statements(list, side)
  local lines = {}
  for _, rule in ipairs(list.rules) do lines[#lines + 1] = statement(rule, side, "return") end
  lines[#lines + 1] = list.default == "accept" and "return" or "drop"
  return lines
end

return filter
