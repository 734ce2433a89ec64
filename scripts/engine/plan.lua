-- SPDX-License-Identifier: MIT
-- engine.plan: wanted resources and what is really there give actions, and actions give steps: calls in
-- their order with references to what other calls will give. Knows no resource by name.
local errors = require "errors"
local refs = require "model.refs"
local task = require "task"

local M = {}

---@class Item one wanted resource
---@field key string logical key, unique in a topology
---@field kind string name of a resource module
---@field place Place
---@field spec table what must be true; may hold references
---@field owner string name of the topology
---@field stage string
---@field after { key: string, level: "exists"|"ready" }[]?
---@field queue string? writes with the same queue go one at a time
---@field group string? items of one group may share a call

---@class PlannedAction
---@field item Item
---@field action "none"|"wait"|"create"|"update"|"replace"|"delete"|"conflict"
---@field actual table?
---@field changes table[]?
---@field reason string?

---@class Step
---@field id integer
---@field kind table resource module
---@field action string
---@field items Item[]
---@field actuals table<string, table>
---@field phases table[]
---@field after { step: Step, level: "exists"|"ready" }[]

---@class Plan
---@field actions PlannedAction[]
---@field steps Step[]
---@field conflicts PlannedAction[]
---@field results table<string, table> what is known of each key: id, addresses...

local function by_kind(items)
  local names, lists = {}, {}
  for _, item in ipairs(items) do
    if not lists[item.kind] then
      lists[item.kind] = {}
      names[#names + 1] = item.kind
    end
    table.insert(lists[item.kind], item)
  end
  return names, lists
end

--- Reads what exists of the wanted items, all kinds side by side.
---@param session Session
---@param kinds table<string, table>
---@param items Item[]
---@param known table<string, table> rows of the ledger by key
---@return table<string, table> actual by key
---@return table<string, table> leaving by key: still there, but being deleted
function M.read(session, kinds, items, known)
  local names, lists = by_kind(items)
  local actuals, leaving = {}, {}
  task.map(names, function(name)
    for key, actual in pairs(kinds[name].read(session, lists[name], known, leaving)) do
      actuals[key] = actual
    end
  end)
  return actuals, leaving
end

local function decide(kind, item, actual)
  if not actual then
    return { item = item, action = "create" }
  end
  local verdict, detail = kind.compare(item, actual)
  if verdict == "same" then
    local ready = kind.is_ready(actual, item)
    return { item = item, action = ready and "none" or "wait", actual = actual }
  elseif verdict == "conflict" then
    return { item = item, action = "conflict", actual = actual, reason = detail }
  end
  return { item = item, action = verdict, actual = actual, changes = detail }
end

local function publish(results, item, actual)
  local known = { }
  for name, value in pairs(actual) do
    known[name] = value
  end
  results[item.key] = known
end

-- Which items share a step: those of one kind, action and group, cut into batches by their kind.
local function groups_of(kinds, actions)
  local order, groups = {}, {}
  for _, entry in ipairs(actions) do
    if entry.action ~= "none" and entry.action ~= "conflict" then
      local kind = kinds[entry.item.kind]
      local together = kind.batches and entry.item.group and (entry.action == "create" or entry.action == "delete"
        and kind.batches_deletes)
      local name = together and table.concat({ entry.item.kind, entry.action, entry.item.group }, "|")
        or (entry.action .. "|" .. entry.item.key)
      if not groups[name] then
        groups[name] = { action = entry.action, kind = kind, entries = {} }
        order[#order + 1] = groups[name]
      end
      table.insert(groups[name].entries, entry)
    end
  end
  return order
end

-- Waits, without a call, until an object that is being deleted is gone.
local function departure(kind, item, actual)
  local phases = kind.phases("delete", { item }, { [item.key] = actual })
  local last = phases[#phases]
  return { look = last.look, removes = true, place = last.place }
end

-- The calls of a batch, after what still leaves its place is gone.
local function phases_of(group, batch, actuals, by_key)
  if group.action == "wait" then
    return { group.kind.pending(batch[1]) }
  end
  local phases = {}
  for _, item in ipairs(batch) do
    local leaving = by_key[item.key].leaving
    phases[#phases + 1] = leaving and departure(group.kind, item, leaving) or nil
  end
  if #phases > 0 and group.action == "delete" then
    return phases
  end
  local calls = group.kind.phases(group.action, batch, actuals)
  return table.move(calls, 1, #calls, #phases + 1, phases)
end

local function steps_of_group(group, steps)
  local items, by_key = {}, {}
  for index, entry in ipairs(group.entries) do
    items[index] = entry.item
    by_key[entry.item.key] = entry
  end
  local batches = #items > 1 and group.kind.batches(items) or { items }
  for _, batch in ipairs(batches) do
    local actuals, changes = {}, nil
    for _, item in ipairs(batch) do
      actuals[item.key] = by_key[item.key].actual
      changes = changes or by_key[item.key].changes
    end
    local phases = phases_of(group, batch, actuals, by_key)
    steps[#steps + 1] = { id = #steps + 1, kind = group.kind, action = group.action, items = batch, actuals = actuals,
      phases = phases, after = {}, changes = changes, queue = batch[1].queue, stage = batch[1].stage }
  end
end

-- Creation follows `after`; removal goes against it. A batch of the same queue keeps the order of the list.
local function connect(steps)
  local of_key = {}
  for _, step in ipairs(steps) do
    for _, item in ipairs(step.items) do
      of_key[item.key] = step
    end
  end
  for _, step in ipairs(steps) do
    for _, item in ipairs(step.items) do
      for _, need in ipairs(item.after or {}) do
        local other = of_key[need.key]
        if other and other ~= step then
          if step.action == "delete" and other.action == "delete" then
            table.insert(other.after, { step = step, level = "ready" })
          elseif step.action ~= "delete" and other.action ~= "delete" then
            table.insert(step.after, { step = other, level = need.level })
          end
        end
      end
    end
  end
end

local function assemble(kinds, actions, results)
  local steps, conflicts = {}, {}
  for _, group in ipairs(groups_of(kinds, actions)) do
    steps_of_group(group, steps)
  end
  connect(steps)
  for _, entry in ipairs(actions) do
    if entry.action == "conflict" then
      conflicts[#conflicts + 1] = entry
    end
  end
  return { actions = actions, steps = steps, conflicts = conflicts, results = results }
end

-- What is removed in a plan that also creates goes last: the new is there before the old leaves.
local function remove_last(steps)
  for _, step in ipairs(steps) do
    for _, other in ipairs(step.action == "delete" and steps or {}) do
      if other.action ~= "delete" then
        table.insert(step.after, { step = other, level = "ready" })
      end
    end
  end
end

--- Makes the plan that leads from `actuals` to the wanted items. References to what exists are resolved.
---@param kinds table<string, table>
---@param items Item[] in the order of their dependencies
---@param actuals table<string, table>
---@param unwanted { item: Item, actual: table }[]? what exists, is ours, and shall go
---@param leaving? table<string, table> what is being deleted: waited for before it is created anew
---@return Plan
function M.make(kinds, items, actuals, unwanted, leaving)
  local results, actions = {}, {}
  local function lookup(key, field)
    return results[key] and results[key][field]
  end
  for index, item in ipairs(items) do
    item.spec = refs.resolve(item.spec, lookup)
    local entry = decide(kinds[item.kind], item, actuals[item.key])
    entry.leaving = not entry.actual and leaving and leaving[item.key] or nil
    actions[index] = entry
    if entry.actual and entry.action ~= "replace" then
      publish(results, item, entry.actual)
    end
  end
  for _, old in ipairs(unwanted or {}) do
    actions[#actions + 1] = { item = old.item, actual = old.actual, action = "delete" }
  end
  local plan = assemble(kinds, actions, results)
  remove_last(plan.steps)
  return plan
end

--- Makes the plan that removes items. Only what is ours is removed; the rest is left and told.
---@param kinds table<string, table>
---@param items Item[]
---@param actuals table<string, table>
---@param is_ours fun(item: Item, actual: table): boolean
---@param leaving? table<string, table> what is being deleted: waited for
---@return Plan
function M.removal(kinds, items, actuals, is_ours, leaving)
  local actions, results = {}, {}
  leaving = leaving or {}
  for _, item in ipairs(items) do
    local actual = actuals[item.key] or leaving[item.key]
    if actual then
      publish(results, item, actual)
      local ours = is_ours(item, actual)
      actions[#actions + 1] = { item = item, actual = actual, action = ours and "delete" or "none",
        leaving = not actuals[item.key] and actual or nil,
        reason = not ours and "not made by peerway: left alone" or nil }
    end
  end
  return assemble(kinds, actions, results)
end

--- The calls of a step as they will be sent; what is not known yet stays a reference.
---@param plan Plan
---@param step Step
---@return { product: string, action: string, place: Place, params: table }[]
function M.calls(plan, step)
  local ctx = { lookup = function(key, field)
    local known = plan.results[key]
    if known and known[field] ~= nil then
      return known[field]
    end
    return refs.to(key, field)
  end }
  local calls = {}
  for _, phase in ipairs(step.phases) do
    if phase.product then
      local params = type(phase.params) == "function" and phase.params(ctx) or phase.params
      calls[#calls + 1] = { product = phase.product, action = phase.action, place = phase.place,
        params = (refs.resolve(params, function(key, field)
          local known = plan.results[key]
          return known and known[field]
        end)) }
    end
  end
  return calls
end

--- Numbers for the summary line.
---@param plan Plan
---@return { add: integer, change: integer, destroy: integer, wait: integer, calls: integer }
function M.counts(plan)
  local counts = { add = 0, change = 0, destroy = 0, wait = 0, calls = 0 }
  for _, entry in ipairs(plan.actions) do
    if entry.action == "create" then
      counts.add = counts.add + 1
    elseif entry.action == "update" then
      counts.change = counts.change + 1
    elseif entry.action == "delete" then
      counts.destroy = counts.destroy + 1
    elseif entry.action == "replace" then
      counts.add, counts.destroy = counts.add + 1, counts.destroy + 1
    elseif entry.action == "wait" then
      counts.wait = counts.wait + 1
    end
  end
  for _, step in ipairs(plan.steps) do
    for _, phase in ipairs(step.phases) do
      if phase.product then
        counts.calls = counts.calls + 1
      end
    end
  end
  return counts
end

--- Raises one error for all conflicts of a plan.
---@param plan Plan
function M.refuse_conflicts(plan)
  if #plan.conflicts == 0 then
    return
  end
  local lines = {}
  for index, entry in ipairs(plan.conflicts) do
    lines[index] = ("%s: %s"):format(entry.item.key, entry.reason)
  end
  errors.raise { kind = "refused", code = "Conflict", message = ("%d conflict%s with what exists:\n  %s"):format(#lines,
    #lines == 1 and "" or "s", table.concat(lines, "\n  ")), hint = "nothing was changed" }
end

return M
