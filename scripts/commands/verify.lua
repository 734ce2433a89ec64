-- SPDX-License-Identifier: MIT
-- peerway verify [FILE]: a layered diagnosis: what is configured, then what packets say, and the first
-- broken layer by name. Changes nothing.
local configured = require "stages.configured"
local diagnosis = require "commands.diagnosis"
local errors = require "errors"
local flags = require "commands.flags"
local mission = require "commands.mission"
local procedure = require "procedure"
local report = require "report"
local texts = require "report.texts"

local function gather(context)
  local facts = procedure.observe(context.session, context.model)
  local plan, view = procedure.plan(context.session, context.model, facts, context.ledger:resources(context.model.name))
  local verdicts = configured.judge(view)
  local broken = diagnosis.first_broken(verdicts)
  if not broken or context.options.always_probe then
    local proof = procedure.verify(context.session, context.model, facts, plan.results)
    table.move(proof, 1, #proof, #verdicts + 1, verdicts)
  end
  return diagnosis.sorted(verdicts)
end

return flags.command {
  name = "verify",
  summary = "diagnose every layer and name the first broken one",
  usage = "peerway verify [FILE] [flags]",
  description = [[
Layers, in the order of a packet's way: account, peering, endpoint, agent, dns, forward route, return route,
security group, host, tcp, tls, http, tunnel, privacy. Exit code 0: reachable and private; 4: a layer is broken.]],
  examples = { "peerway verify examples/analytics.lua --sandbox", "peerway verify analytics.lua --json" },
  flags = flags.join(flags.topology, {
    { "always-probe", help = "send packets even when the configuration is broken already" },
  }),
  positional = { 0, 1 },
  json_lines = true,
  action = function(options, positional)
    local reporter = report.new(options, "verify")
    local context <close> = mission.open(options, positional, { report = reporter })
    local verdicts = gather(context)
    reporter:verdicts(verdicts)
    local broken, calls = diagnosis.first_broken(verdicts), context.session:counts()
    if broken then
      reporter:result { outcome = "broken", layer = broken.layer, id = broken.id, calls = calls,
        lines = { ("First broken layer: %s"):format(broken.layer) } }
      errors.raise { kind = "verification", code = "Broken", layer = broken.layer,
        message = ("%s: %s%s"):format(broken.layer, broken.message, broken.id and (" (%s)"):format(broken.id) or ""),
        hint = broken.hint or mission.command_line(context, "apply") }
    end
    local sentence, proved = texts.proof(verdicts)
    reporter:result { outcome = proved and "reachable" or "configured", calls = calls,
      lines = { ("%s (%s)"):format(sentence, texts.count(calls, "API call")) } }
    return 0
  end,
}
