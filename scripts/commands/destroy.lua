-- SPDX-License-Identifier: MIT
-- peerway destroy [FILE]: removes what peerway made for a topology, and nothing else.
local clock = require "clock"
local engine = require "engine.plan"
local errors = require "errors"
local executor = require "engine.apply"
local flags = require "commands.flags"
local kinds = require "resources"
local mission = require "commands.mission"
local remove = require "stages.remove"
local report = require "report"
local task = require "task"
local texts = require "report.texts"

local STALE_GRACE <const> = 15 -- seconds in which a list may still show what was removed
local STALE_LOOK <const> = 1

local function ours(context, known)
  return function(item, actual)
    local row = known[item.key]
    return actual.owner == context.model.name or (row ~= nil and row.owner == "ours" and row.id == actual.id)
  end
end

local function make_plan(context, facts)
  local session, model = context.session, context.model
  local known = context.ledger:resources(model.name)
  local items = remove.candidates(session, model, facts, known)
  local actuals, leaving = engine.read(session, kinds, items, {})
  local plan = engine.removal(kinds, items, actuals, ours(context, known), leaving)
  for key, actual in pairs(leaving) do
    actuals[key] = actuals[key] or actual
  end
  return plan, actuals, items
end

local function print_plan(context, plan)
  local lines = {}
  for _, entry in ipairs(plan.actions) do
    lines[#lines + 1] = ("  %s %s  %s%s"):format(texts.signs[entry.action], entry.item.key, entry.actual.id or "",
      entry.reason and ("  (%s)"):format(entry.reason) or "")
  end
  lines[#lines + 1] = texts.summary(plan)
  context.report:result { outcome = "planned", destroy = engine.counts(plan).destroy, lines = lines }
end

-- The ledger may know objects that others removed: proved absent, they are forgotten.
local function forget_absent(context, items, actuals)
  local gone, known = {}, context.ledger:resources(context.model.name)
  for _, item in ipairs(items) do
    if known[item.key] and not actuals[item.key] then
      gone[#gone + 1] = item.key
    end
  end
  if #gone > 0 then
    context.ledger:forget(context.model.name, gone)
  end
end

-- Reads everything once more: the proof that nothing of ours is left. Lists may show for a while what is gone.
local function prove_empty(context, facts)
  local started, left = clock.monotonic(), nil
  repeat
    if left then
      task.sleep(STALE_LOOK)
    end
    context.session:forget ""
    left = engine.counts((make_plan(context, facts))).destroy
  until left == 0 or clock.monotonic() - started > STALE_GRACE or context.session.stopping
  if left > 0 then
    errors.raise { kind = "partial", code = "SomethingLeft", message = ("%s of ours still there"):format(
      texts.count(left, "object")), hint = "run the same command again" }
  end
end

local function carry_out(context, plan, actuals, facts)
  local started = clock.monotonic()
  context.run = context.ledger:begin_run(context.model.name, "destroy", context.digest)
  local outcome = executor.run { session = context.session, ledger = context.ledger, plan = plan,
    topology = context.model.name, run = context.run, actuals = actuals }
  local complete = #outcome.failed == 0 and #outcome.unfinished == 0
  context.ledger:end_run(context.run, complete and "done" or outcome.interrupted and "interrupted" or "failed",
    { calls = context.session:counts(), done = #outcome.done })
  mission.keep_facts(context, { facts = facts }, false)
  if not complete then
    error(mission.incomplete(context, outcome, "destroy"), 0)
  end
  prove_empty(context, facts)
  local calls = context.session:counts()
  context.report:result { outcome = "destroyed", calls = calls, destroyed = #outcome.done,
    lines = { ("Removed: %s in %.1f s, %s. Nothing of '%s' is left."):format(texts.count(#outcome.done, "step"),
      clock.monotonic() - started, texts.count(calls, "API call"), context.model.name) } }
end

return flags.command {
  name = "destroy",
  summary = "remove what peerway made for a topology",
  usage = "peerway destroy [FILE] [flags]",
  description = [[
Removes routes, rules, endpoints and peerings that carry the topology's mark or stand in the ledger as made by
it. What others made, and what was adopted, stays. Nothing is removed by force.]],
  examples = { "peerway destroy examples/analytics.lua --sandbox --auto-approve" },
  flags = flags.join(flags.topology, { { "auto-approve", short = "y", help = "do not ask" } }),
  positional = { 0, 1 },
  json_lines = true,
  action = function(options, positional)
    local context <close> = mission.open(options, positional, { report = report.new(options, "destroy"),
      lock = "destroy" })
    mission.recall_pace(context)
    local facts = remove.observe(context.session, context.model)
    local plan, actuals, items = make_plan(context, facts)
    print_plan(context, plan)
    forget_absent(context, items, actuals)
    if #plan.steps == 0 then
      context.ledger:void_open(context.model.name)
      context.report:result { outcome = "nothing to do", lines = { "Nothing of ours exists." } }
      return 0
    end
    mission.confirm(context, "Remove these?", context.model.name)
    carry_out(context, plan, actuals, facts)
    return 0
  end,
}
