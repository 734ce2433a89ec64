-- SPDX-License-Identifier: MIT
-- resources.security_group_rule: ingress rules (Ecs 2014-05-26) that let the consumer's addresses reach an
-- endpoint. A rule that covers the wish already is used as it is; ours are known by their description.
local cidr = require "cidr"
local errors = require "errors"
local marker = require "engine.marker"

local M = { name = "security_group_rule", batches_deletes = true, waits = "security_group", timeout = 60 }

local BATCH <const> = 100

--- All ingress rules of a group, read once in a run.
---@param session Session
---@param place Place
---@param group string
---@return table[] rules { id, policy, protocol, first, last, source, priority, owner }
function M.list(session, place, group)
  return session:once("rules:" .. group, function()
    local rules = {}
    local raw = session:all("ecs", place, "DescribeSecurityGroupAttribute",
      { RegionId = place.region, SecurityGroupId = group, Direction = "ingress" }, "Permissions.Permission")
    if not raw then
      errors.raise { kind = "input", code = "SecurityGroupNotFound",
        message = ("the security group %s does not exist in %s"):format(group, place.region),
        hint = "correct security_groups of the flow; nothing was changed" }
    end
    for _, item in ipairs(raw) do
      if (item.Direction or "ingress") == "ingress" then
        local first, last = (item.PortRange or ""):match "^(%-?%d+)/(%-?%d+)$"
        rules[#rules + 1] = { id = item.SecurityGroupRuleId, policy = (item.Policy or ""):lower(),
          protocol = (item.IpProtocol or ""):upper(), first = tonumber(first) or -1, last = tonumber(last) or -1,
          source = item.SourceCidrIp, priority = tonumber(item.Priority) or 1,
          owner = marker.of_description(item.Description), raw = item }
      end
    end
    -- The smaller number wins; of equal ones the refusal.
    table.sort(rules, function(a, b)
      if a.priority ~= b.priority then return a.priority < b.priority end
      return a.policy == "drop" and b.policy ~= "drop"
    end)
    return rules
  end)
end

local function concerns(rule, port)
  return (rule.protocol == "TCP" or rule.protocol == "ALL")
    and (rule.first == -1 or (rule.first <= port and port <= rule.last))
end

--- The rule that decides about TCP from a block to a port: the first that covers it, or one that refuses a
--- part of it. nil: nothing admits it.
---@param rules table[] as M.list gives them
---@param source string block
---@param port integer
---@return table? rule
function M.deciding(rules, source, port)
  local block = cidr.prefix(source)
  for _, rule in ipairs(rules) do
    if concerns(rule, port) and rule.source and rule.source ~= "" then
      local ok, range = pcall(cidr.prefix, rule.source)
      local decides = ok and (rule.policy == "accept" and range:contains(block)
        or rule.policy == "drop" and range:overlaps(block))
      if decides then
        return rule
      end
    end
  end
end

function M.read(session, wanted)
  local task = require "task"
  local found = {}
  task.map(wanted, function(item)
    local rule = M.deciding(M.list(session, item.place, item.spec.group), item.spec.source, item.spec.port)
    if rule then
      found[item.key] = { id = rule.id, state = "present", policy = rule.policy, owner = rule.owner,
        source = rule.source, priority = rule.priority, raw = rule.raw }
    end
  end)
  return found
end

function M.compare(item, actual)
  if actual.policy == "accept" then
    return "same"
  end
  return "conflict", ("a rule of %s with priority %d refuses TCP %d from %s; remove it or weaken its priority (D-53)")
    :format(item.spec.group, actual.priority, item.spec.port, actual.source)
end

function M.is_ready()
  return true
end

function M.batches(items)
  local groups, by_group = {}, {}
  for _, item in ipairs(items) do
    local open = by_group[item.spec.group]
    if not open or #open >= BATCH then
      open = {}
      by_group[item.spec.group] = open
      groups[#groups + 1] = open
    end
    open[#open + 1] = item
  end
  return groups
end

local function permission(item)
  return { Policy = "accept", Priority = "1", IpProtocol = "TCP", SourceCidrIp = item.spec.source,
    PortRange = ("%d/%d"):format(item.spec.port, item.spec.port),
    Description = marker.description(item.owner, "clients") }
end

local function permissions(items)
  local list = {}
  for index, item in ipairs(items) do
    list[index] = permission(item)
  end
  return list
end

--- The calls of an action, in order. An equal rule that exists already is success without effect.
function M.phases(action, items, actuals)
  local first = items[1]
  local params = { RegionId = first.place.region, SecurityGroupId = first.spec.group }
  if action == "delete" then
    params.SecurityGroupRuleId = {}
    for _, item in ipairs(items) do
      table.insert(params.SecurityGroupRuleId, actuals[item.key].id)
    end
    return { { product = "ecs", action = "RevokeSecurityGroup", place = first.place, token = true, removes = true,
      params = params } }
  end
  params.Permissions = permissions(items)
  return { { product = "ecs", action = "AuthorizeSecurityGroup", place = first.place, token = true, params = params,
    accept = function(_, ctx)
      ctx.session:forget("rules:" .. first.spec.group)
      return {}
    end } }
end

--- Every rule of a topology in the groups of its flows, known by its description.
---@param session Session
---@param model Model
---@return Item[]
function M.discover(session, model)
  local items, seen = {}, {}
  for _, flow in ipairs(model.flows) do
    local vpc = model.vpcs[flow.target]
    for _, group in ipairs(flow.mode == "endpoint" and flow.to.security_groups or {}) do
      for _, rule in ipairs(seen[group] and {} or M.list(session, vpc, group)) do
        if rule.owner == model.name then
          items[#items + 1] = { key = ("rule:%s:%s:%d"):format(group, rule.source, rule.first), kind = M.name,
            stage = "expose", owner = model.name, place = { account = vpc.account, region = vpc.region }, group = group,
            queue = "group:" .. group, spec = { group = group, source = rule.source, port = rule.first } }
        end
      end
      seen[group] = true
    end
  end
  return items
end

function M.describe(item)
  return ("%s  in TCP %d from %s"):format(item.spec.group, item.spec.port, item.spec.source)
end

return M
