-- SPDX-License-Identifier: MIT
-- commands.mission: what plan, apply, verify and destroy share: facts (fresh or remembered), the plan with
-- its checks, the confirmation, and the words for what happened.
local checks = require "checks"
local clock = require "clock"
local context_module = require "commands.context"
local engine = require "engine.plan"
local errors = require "errors"
local paths = require "model.paths"
local procedure = require "procedure"
local term = require "term"

local M = {}

local FACTS <const> = "facts"
local PACE <const> = "pace"

M.open = context_module.open

-- Facts of the last complete run of the very same file serve again; the resources themselves are always read.
local function remembered(context)
  local facts, when = context.ledger:fact(context.model.name, FACTS)
  if facts and facts.digest == context.digest and facts.complete and not context.options.refresh then
    facts.age = clock.wall() - when
    return facts
  end
end

local function keep(context, facts, complete)
  local copy = { digest = context.digest, complete = complete, vpcs = facts.vpcs, zones = facts.zones,
    addresses = facts.addresses, lookups = facts.lookups }
  context.ledger:set_fact(context.model.name, FACTS, copy)
  local pace = context.ledger:fact(context.model.name, PACE) or {}
  for kind, seen in pairs(context.session.pace.seen) do
    pace[kind] = seen
  end
  context.ledger:set_fact(context.model.name, PACE, pace)
end

--- What earlier runs saw of the cloud's speed; an embedded sandbox tells its own.
---@param context Context
function M.recall_pace(context)
  if context.options.sandbox then
    return
  end
  for kind, seen in pairs(context.ledger:fact(context.model.name, PACE) or {}) do
    context.session.pace.seen[kind] = { low = seen.low, high = seen.high }
  end
end

--- Makes the plan, from remembered facts when they give a plan without steps, else from fresh ones.
---@param context Context
---@return Plan plan
---@return table view
function M.plan(context)
  local model, session = context.model, context.session
  M.recall_pace(context)
  local known = context.ledger:resources(model.name)
  local facts = remembered(context)
  if facts then
    local plan, view = procedure.plan(session, model, facts, known, context.options)
    if #plan.steps == 0 and #plan.conflicts == 0 then
      return plan, view
    end
  end
  local fresh = procedure.observe(session, model)
  local plan, view = procedure.plan(session, model, fresh, known, context.options)
  context.facts_are_fresh = true
  return plan, view
end

--- Shows a plan with the tables before and after.
function M.show(context, plan, view)
  context.report:plan(plan, view, paths.tables(view, true))
end

--- Raises when conflicts or checks refuse the plan.
function M.refuse(plan, view)
  engine.refuse_conflicts(plan)
  checks.refuse(view.findings)
end

--- Keeps the facts that a complete run was based on.
function M.keep_facts(context, view, complete)
  keep(context, view.facts, complete)
end

--- Asks before a change, unless a flag answered.
---@param context Context
---@param question string
---@param wanted string what has to be typed
function M.confirm(context, question, wanted)
  if context.options.auto_approve then
    return
  end
  local answer = not context.options.json and term.ask(("%s Type '%s' to go on: "):format(question, wanted)) or nil
  if answer == nil then
    errors.raise { kind = "usage", code = "NoTerminal", message = "there is no terminal to ask on, nothing was changed",
      hint = "say yes with --auto-approve" }
  elseif answer ~= wanted then
    errors.raise { kind = "refused", code = "NotConfirmed", message = "not confirmed, nothing was changed" }
  end
end

--- The command line that goes on from here: the same topology on the same cloud, sandbox or real.
---@param context Context
---@param verb string
---@return string
function M.command_line(context, verb)
  local options = context.options
  local words = { "peerway", verb, context.model.file }
  if options.sandbox then
    words[#words + 1] = options.sandbox == "worked-example" and "--sandbox" or "--sandbox=" .. options.sandbox
  end
  if options.state_dir then
    words[#words + 1] = "--state-dir " .. options.state_dir
  end
  return table.concat(words, " ")
end

local function failure_lines(step)
  local lines = { ("  failed: %s"):format(step.items[1].key) }
  for line in tostring(step.failure):gmatch "[^\n]+" do
    lines[#lines + 1] = "    " .. line
  end
  return lines
end

--- The error that ends a run that did not get to its end: what is done, what failed, how to go on.
---@param context Context
---@param outcome table as engine.apply.report gives it
---@param command string
---@return table error
function M.incomplete(context, outcome, command)
  local lines = {}
  for _, step in ipairs(outcome.failed) do
    table.move(failure_lines(step), 1, #failure_lines(step), #lines + 1, lines)
  end
  for _, step in ipairs(outcome.unfinished) do
    lines[#lines + 1] = ("  %s: %s"):format(step.outcome, step.items[1].key)
  end
  local changed = #outcome.done > 0
  for _, step in ipairs(outcome.failed) do
    changed = changed or step.started
  end
  local first = outcome.failed[1] and outcome.failed[1].failure
  local kind = outcome.interrupted and "interrupted" or changed and "partial"
    or (type(first) == "table" and first.kind) or "cloud"
  local code = context.session.signal == 15 and 143 or 130
  return errors.new { kind = kind, code = outcome.interrupted and "Interrupted" or "Incomplete",
    exit_code = outcome.interrupted and code or nil,
    message = ("%d of %d steps done\n%s"):format(#outcome.done, #outcome.done + #outcome.failed + #outcome.unfinished,
      table.concat(lines, "\n")),
    hint = ("what was done is recorded; run the same command again to go on: %s"):format(
      M.command_line(context, command)) }
end

return M
