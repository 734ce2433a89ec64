-- SPDX-License-Identifier: MIT
-- peerway drift [FILE]: reads everything anew and tells what changed behind our back, by class: VPCs, bound
-- tables, addresses of the service, objects. Changes nothing.
local flags = require "commands.flags"
local mission = require "commands.mission"
local procedure = require "procedure"
local report = require "report"
local routes = require "model.routes"
local sorted_keys = require("model.fields").sorted_keys
local texts = require "report.texts"

local function set_of(list)
  local set = {}
  for _, value in ipairs(list or {}) do
    set[value] = true
  end
  return set
end

local function compare_sets(what, before, after, changes)
  local old, new = set_of(before), set_of(after)
  for _, value in ipairs(sorted_keys(new)) do
    if not old[value] then
      changes[#changes + 1] = ("%s: %s is new"):format(what, value)
    end
  end
  for _, value in ipairs(sorted_keys(old)) do
    if not new[value] then
      changes[#changes + 1] = ("%s: %s is gone"):format(what, value)
    end
  end
end

local function compare_vpc(alias, before, after, changes)
  compare_sets(("blocks of %s"):format(alias), before.cidrs, after.cidrs, changes)
  compare_sets(("route tables of %s"):format(alias), before.tables, after.tables, changes)
  local bound = {}
  for _, vswitch in ipairs(before.vswitches) do
    bound[vswitch.id] = vswitch.table
  end
  for _, vswitch in ipairs(after.vswitches) do
    if bound[vswitch.id] and bound[vswitch.id] ~= vswitch.table then
      changes[#changes + 1] = ("vSwitch %s of %s uses %s now, not %s (D-19)"):format(vswitch.id, alias, vswitch.table,
        bound[vswitch.id])
    end
  end
end

--- What changed between the facts of the last complete run and now.
local function compare_facts(model, before, after)
  local changes = {}
  for _, vpc in ipairs(model.vpc_list) do
    if before.vpcs[vpc.alias] then
      compare_vpc(vpc.alias, before.vpcs[vpc.alias], after.vpcs[vpc.alias], changes)
    end
  end
  for _, flow in ipairs(model.flows) do
    compare_sets(("addresses of %s"):format(flow.key), routes.union((before.addresses or {})[flow.key]),
      routes.union((after.addresses or {})[flow.key]), changes)
  end
  return changes
end

local function object_changes(plan)
  local changes = {}
  for _, entry in ipairs(plan.actions) do
    if entry.action ~= "none" then
      local what = entry.action == "create" and "is missing" or entry.action == "conflict" and entry.reason
        or ("needs: %s"):format(texts.verbs[entry.action] or entry.action)
      changes[#changes + 1] = ("%s %s"):format(entry.item.key, what)
    end
  end
  return changes
end

return flags.command {
  name = "drift",
  summary = "tell what changed behind our back",
  usage = "peerway drift [FILE] [flags]",
  description = "Exit code 0: nothing changed; 2: something did. Made for schedules and monitoring.",
  examples = { "peerway drift analytics.lua --json" },
  flags = flags.topology,
  positional = { 0, 1 },
  json_lines = true,
  action = function(options, positional)
    local reporter = report.new(options, "drift")
    local context <close> = mission.open(options, positional, { report = reporter })
    local before = context.ledger:fact(context.model.name, "facts")
    local after = procedure.observe(context.session, context.model)
    local changes = before and compare_facts(context.model, before, after) or {}
    local plan = procedure.plan(context.session, context.model, after, context.ledger:resources(context.model.name))
    local objects = object_changes(plan)
    table.move(objects, 1, #objects, #changes + 1, changes)
    local lines = {}
    for index, change in ipairs(changes) do
      lines[index] = "  " .. change
    end
    lines[#lines + 1] = #changes == 0 and "No drift." or texts.count(#changes, "change")
    reporter:result { outcome = #changes == 0 and "same" or "drift", changes = changes,
      calls = context.session:counts(), lines = lines }
    return #changes == 0 and 0 or 2
  end,
}
