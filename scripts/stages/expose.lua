-- SPDX-License-Identifier: MIT
-- stages.expose: how the service becomes reachable from the service VPC. Mode "domain" creates nothing: it
-- learns the addresses behind MaxCompute's names from inside that VPC. Mode "endpoint" has interface
-- endpoints and lets the consumer's addresses in.
local errors = require "errors"
local guard = require "model.guard"
local instance = require "resources.instance"
local names = require "model.names"
local parse = require "probe.parse"
local preflight = require "stages.preflight"
local private_zone = require "resources.private_zone"
local refs = require "model.refs"
local routes = require "model.routes"
local script = require "probe.script"
local task = require "task"

local M = { name = "expose", title = "the private service" }

local ROUNDS <const> = 3
local LOOKUP_TIMEOUT <const> = 60
local PORTS <const> = { 443, 80 }

--- The MaxCompute names of a flow: given ones, or those of the pattern.
---@param model Model
---@param flow ModelFlow
---@return string[]
function M.names_of(model, flow)
  local region, list = model.vpcs[flow.target].region, {}
  for index, label in ipairs(flow.to.names or names.labels) do
    list[index] = names.vpc(label, region)
  end
  return list
end

local function resolver_of(session, entry)
  if entry.resolver then
    return entry.resolver
  end
  local running = instance.running_in(session, entry, entry.id)
  if not running[1] then
    errors.raise { kind = "refused", code = "NoResolver",
      message = ("no running instance in VPC %s (%s) can look up the names of %s"):format(entry.id, entry.alias,
        entry.region),
      hint = ("start one with Cloud Assistant, name it in vpcs.%s.resolver, or give the addresses in the flow: "
        .. "addresses = { [\"service...\"] = { \"100...\" } }"):format(entry.alias) }
  end
  return running[1].id
end

-- One command for all names that are asked for inside one VPC.
local function look_up(session, entry, wanted)
  local id = resolver_of(session, entry)
  local result = instance.run(session, entry, { id }, script.lookup(wanted, ROUNDS),
    { name = "peerway-lookup", timeout = LOOKUP_TIMEOUT })[id]
  if result.failure then
    error(result.failure, 0)
  end
  local report = parse.read(result.output)
  if not report.complete then
    errors.raise { kind = "cloud", code = "LookupIncomplete", product = "ecs", action = "RunCommand",
      message = ("the lookup in %s gave no usable answer: %s"):format(id, result.output:sub(1, 200)),
      hint = report.simulated and "this sandbox runs no commands: give the addresses in the flow"
        or "run the same command again" }
  end
  return report, id
end

local function own_blocks(facts)
  local blocks = {}
  for _, vpc in pairs(facts.vpcs) do
    table.move(vpc.cidrs, 1, #vpc.cidrs, #blocks + 1, blocks)
  end
  return blocks
end

local function accept_answers(flow, wanted, facts, answer_of, source)
  local accepted, refused = {}, {}
  for _, name in ipairs(wanted) do
    local good, bad = guard.check(name, answer_of(name), own_blocks(facts))
    table.move(bad, 1, #bad, #refused + 1, refused)
    if #good > 0 then
      accepted[name] = good
    elseif #bad == 0 and names.role(name) == "service" then
      refused[#refused + 1] = ("%s: no address in %s (D-37, D-39)"):format(name, source)
    end
  end
  if #refused > 0 then
    errors.raise { kind = "refused", code = "AddressRefused",
      message = ("%d answer%s cannot become routes:\n  %s"):format(#refused, #refused == 1 and "" or "s",
        table.concat(refused, "\n  ")), hint = "nothing was changed; check names and resolver of " .. flow.key }
  end
  return accepted
end

local function resolve_target(session, model, facts, alias, flows)
  local entry, wanted, seen = model.vpcs[alias], {}, {}
  for _, flow in ipairs(flows) do
    for _, name in ipairs(flow.to.addresses and {} or M.names_of(model, flow)) do
      if not seen[name] then
        seen[name] = true
        wanted[#wanted + 1] = name
      end
    end
  end
  local report, id
  if #wanted > 0 then
    report, id = look_up(session, entry, wanted)
  end
  for _, flow in ipairs(flows) do
    local pinned = flow.to.addresses
    local function answer_of(name)
      return pinned and pinned[name] or parse.addresses(report, name)
    end
    local list = pinned and require("model.fields").sorted_keys(pinned) or M.names_of(model, flow)
    facts.addresses[flow.key] = accept_answers(flow, list, facts, answer_of, pinned and "the topology" or id)
  end
  facts.lookups[alias] = report and { instance = id, servers = report.servers, resolvers = report.resolvers } or nil
end

--- Learns the addresses that mode "domain" routes to.
---@param session Session
---@param model Model
---@param facts table gets `addresses[flow][name]` and `lookups[alias]`
function M.observe(session, model, facts)
  facts.addresses, facts.lookups = facts.addresses or {}, facts.lookups or {}
  local targets, by_target = {}, {}
  for _, flow in ipairs(model.flows) do
    if flow.mode == "domain" then
      if not by_target[flow.target] then
        by_target[flow.target] = {}
        targets[#targets + 1] = flow.target
      end
      table.insert(by_target[flow.target], flow)
    end
  end
  task.map(targets, function(alias)
    resolve_target(session, model, facts, alias, by_target[alias])
  end)
end

local function endpoint_items(model, facts, flow, items)
  local place = model.vpcs[flow.target]
  local zones = {}
  for index, vswitch in ipairs(routes.endpoint_vswitches(facts, flow)) do
    zones[index] = { zone = vswitch.zone, vswitch = vswitch.id, cidr = vswitch.cidr }
  end
  local services = preflight.services_of(model, flow)
  for _, label in ipairs(names.in_order(services)) do
    items[#items + 1] = { key = ("endpoint:%s:%s"):format(place.id, services[label]), kind = "vpc_endpoint",
      stage = M.name, owner = model.name, place = { account = place.account, region = place.region },
      spec = { vpc_id = place.id, service = services[label], label = label, zones = zones,
        name = ("peerway-%s-%s"):format(model.name, label), security_groups = flow.to.security_groups } }
  end
end

local function rule_items(model, facts, flow, items)
  local place = model.vpcs[flow.target]
  for _, group in ipairs(flow.to.security_groups) do
    for _, block in ipairs(routes.blocks(model, facts, flow.from)) do
      for _, port in ipairs(flow.to.ports or PORTS) do
        items[#items + 1] = { key = ("rule:%s:%s:%d"):format(group, block, port), kind = "security_group_rule",
          stage = M.name, owner = model.name, place = { account = place.account, region = place.region },
          group = group, queue = "group:" .. group, spec = { group = group, source = block, port = port } }
      end
    end
  end
end

-- Clients keep MaxCompute's own names: the consumer's VPC is told the endpoint's addresses for them.
local function zone_items(model, facts, flow, items)
  local place, services = model.vpcs[flow.target], preflight.services_of(model, flow)
  local count = #routes.endpoint_vswitches(facts, flow)
  for _, item in ipairs(private_zone.items(model, flow, function(label)
    local key = ("endpoint:%s:%s"):format(place.id, services[label])
    return refs.to(key, "addresses", "CreateVpcEndpoint"), count, key
  end)) do
    items[#items + 1] = item
  end
end

local function without_repetition(items)
  local seen, list = {}, {}
  for _, item in ipairs(items) do
    if not seen[item.key] then
      seen[item.key] = true
      list[#list + 1] = item
    end
  end
  return list
end

--- What must be true.
---@param model Model
---@param facts table
---@return Item[]
function M.wanted(model, facts)
  local items = {}
  for _, flow in ipairs(model.flows) do
    if flow.mode == "endpoint" then
      endpoint_items(model, facts, flow, items)
      rule_items(model, facts, flow, items)
      if flow.to.private_zone then
        zone_items(model, facts, flow, items)
      end
    end
  end
  return without_repetition(items)
end

return M
