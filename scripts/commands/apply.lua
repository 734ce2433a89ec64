-- SPDX-License-Identifier: MIT
-- peerway apply [FILE]: makes the topology true, then proves it from the clients.
local clock = require "clock"
local diagnosis = require "commands.diagnosis"
local errors = require "errors"
local flags = require "commands.flags"
local json = require "json"
local mission = require "commands.mission"
local procedure = require "procedure"
local report = require "report"
local texts = require "report.texts"

local function result_lines(context, plan, outcome, seconds)
  local calls = texts.count(context.session:counts(), "API call")
  if #plan.steps == 0 then
    return { ("Nothing to do: the cloud is as the topology says. (%s)"):format(calls) }
  end
  local lines = { ("Applied: %s in %.1f s, %s."):format(texts.count(#outcome.done, "step"), seconds, calls) }
  for _, entry in ipairs(plan.actions) do
    local known = plan.results[entry.item.key] or {}
    lines[#lines + 1] = ("  %-60s %s%s"):format(entry.item.key, known.id or "",
      known.addresses and (" " .. table.concat(known.addresses, ", ")) or "")
  end
  return lines
end

local function resource_list(plan)
  local list = {}
  for index, entry in ipairs(plan.actions) do
    local known = plan.results[entry.item.key] or {}
    list[index] = { key = entry.item.key, kind = entry.item.kind, id = known.id,
      addresses = known.addresses and json.array(known.addresses) or nil }
  end
  return json.array(list)
end

local function carry_out(context, plan, view)
  local started = clock.monotonic()
  local outcome = procedure.apply(context, plan, view)
  local complete = #outcome.failed == 0 and #outcome.unfinished == 0
  local calls, mutating = context.session:counts()
  context.ledger:end_run(context.run, complete and "done" or outcome.interrupted and "interrupted" or "failed",
    { calls = calls, mutating = mutating, seconds = clock.monotonic() - started, done = #outcome.done })
  if not complete then
    error(mission.incomplete(context, outcome, "apply"), 0)
  end
  mission.keep_facts(context, view, true)
  local seconds = clock.monotonic() - started
  context.report:result { outcome = "applied", calls = calls, mutating = mutating, seconds = seconds,
    resources = resource_list(plan), lines = result_lines(context, plan, outcome, seconds) }
end

local function prove(context, plan, view)
  local verdicts = procedure.verify(context.session, context.model, view.facts, plan.results)
  context.report:verdicts(verdicts)
  local broken = diagnosis.first_broken(verdicts)
  if broken then
    errors.raise { kind = "verification", code = "NotReachable", message = ("applied, but %s fails: %s"):format(
      broken.layer, broken.message),
      hint = broken.hint or mission.command_line(context, "verify") .. " names the cause" }
  end
  return verdicts
end

return flags.command {
  name = "apply",
  summary = "make a topology true and prove it from the clients",
  usage = "peerway apply [FILE] [flags]",
  description = [[
Plans, asks, carries out, and probes from the instances named as clients. A run that was interrupted, or
killed, is continued by the same command. Exit code 0: reachable and private; 3: partly applied; 4: applied,
but the proof failed; 5: refused, nothing changed; 6: another run holds the lock.]],
  examples = { "peerway apply examples/analytics.lua --sandbox --auto-approve", "peerway apply analytics.lua" },
  flags = flags.join(flags.topology, {
    { "auto-approve", short = "y", help = "do not ask" },
    { "verify", default = true, help = "prove access at the end (default; --no-verify leaves it out)" },
    { "prune", help = "also remove entries of ours that nothing needs any more" },
    { "refresh", help = "read VPCs and names again instead of using the ledger's facts" },
  }),
  positional = { 0, 1 },
  json_lines = true,
  action = function(options, positional)
    local reporter = report.new(options, "apply")
    local context <close> = mission.open(options, positional, { report = reporter, lock = "apply" })
    local plan, view = mission.plan(context)
    mission.show(context, plan, view)
    mission.refuse(plan, view)
    if #plan.steps > 0 then
      mission.confirm(context, "Make these changes?", "yes")
    end
    context.run = context.ledger:begin_run(context.model.name, "apply", context.digest)
    carry_out(context, plan, view)
    if options.verify then
      local sentence, proved = texts.proof(prove(context, plan, view))
      reporter:result { outcome = proved and "reachable" or "configured", lines = { sentence } }
    end
    return 0
  end,
}
