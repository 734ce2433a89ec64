-- SPDX-License-Identifier: MIT
-- procedure: the mission on one page. Addresses are needed before routes, so the service is exposed before
-- it is routed; access is proved last, from the client's side:
--   preflight -> connect -> expose -> route -> access
local access = require "stages.access"
local checks = require "checks"
local connect = require "stages.connect"
local engine = require "engine.plan"
local executor = require "engine.apply"
local expose = require "stages.expose"
local kinds = require "resources"
local preflight = require "stages.preflight"
local route = require "stages.route"

local M = {}

M.stages = { preflight, connect, expose, route, access }

--- 1. Looks at what is there; changes nothing.
---@param session Session
---@param model Model
---@return table facts
function M.observe(session, model)
  local facts = preflight.observe(session, model)
  checks.refuse(checks.run("facts", { model = model, facts = facts }))
  expose.observe(session, model, facts)
  return facts
end

--- 2. What must be true, as resources in the order of their dependencies.
---@param model Model
---@param facts table
---@return Item[]
---@return table[] problems
function M.wanted(model, facts)
  local items = {}
  for _, stage in ipairs { connect, expose } do
    local list = stage.wanted(model, facts)
    table.move(list, 1, #list, #items + 1, items)
  end
  local entries, problems = route.wanted(model, facts)
  table.move(entries, 1, #entries, #items + 1, items)
  return items, problems
end

--- 3. The calls that lead there, judged by every check and by a symbolic walk of each path.
---@param session Session
---@param model Model
---@param facts table
---@param known table<string, table> rows of the ledger
---@param options? { prune: boolean? } remove entries of ours that nothing needs any more
---@return Plan plan
---@return table view what checks and reports see
function M.plan(session, model, facts, known, options)
  local items, problems = M.wanted(model, facts)
  local actuals, leaving = engine.read(session, kinds, items, known)
  local stale = M.stale(session, model, facts, items)
  local plan = engine.make(kinds, items, actuals, options and options.prune and stale or nil, leaving)
  local view = { stages = M.stages, model = model, facts = facts, items = items, actuals = actuals,
    plan = plan, problems = problems, stale = not (options and options.prune) and stale or {},
      tables = M.tables(session, model, facts, items) }
  view.findings = checks.run("plan", view)
  return plan, view
end

--- Entries of ours, in the tables of the plan, that nothing needs any more: the service lost an address, a block
--- is gone. They are told, and removed only when that is asked for.
function M.stale(session, model, facts, items)
  local wanted, touched, stale = {}, {}, {}
  for _, item in ipairs(items) do
    wanted[item.key] = true
    touched[item.kind == "route_entry" and item.spec.table or ""] = true
  end
  local reachable = { vpcs = facts.vpcs, only = touched }
  for _, item in ipairs(kinds.route_entry.discover(session, model, reachable)) do
    if not wanted[item.key] then
      stale[#stale + 1] = { item = item, actual = kinds.route_entry.read(session, { item })[item.key] }
    end
  end
  return stale
end

--- The entries of every route table that the plan touches, as they are now.
function M.tables(session, model, facts, items)
  local tables = {}
  for _, item in ipairs(items) do
    local id = item.kind == "route_entry" and item.spec.table
    if id and not tables[id] then
      tables[id] = { vpc = item.spec.vpc, entries = kinds.route_entry.list(session, item.place, id),
        system = facts.vpcs[item.spec.vpc].system_table == id, region = model.vpcs[item.spec.vpc].region }
    end
  end
  return tables
end

--- 4. Carries the plan out.
---@param context { session: Session, ledger: Ledger, model: Model, run: integer }
---@param plan Plan
---@param view table
---@return table report
function M.apply(context, plan, view)
  return executor.run { session = context.session, ledger = context.ledger, plan = plan,
    topology = context.model.name, run = context.run, actuals = view.actuals }
end

--- 5. Proves the path from the instances of the consumer.
---@param session Session
---@param model Model
---@param facts table
---@param results table<string, table> what is known of each resource
---@return table[] verdicts
function M.verify(session, model, facts, results)
  return access.prove(session, model, facts, results)
end

return M
