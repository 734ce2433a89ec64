-- SPDX-License-Identifier: MIT
-- peerway plan [FILE]: what apply would do, as exact calls; changes nothing.
local flags = require "commands.flags"
local mission = require "commands.mission"
local report = require "report"

return flags.command {
  name = "plan",
  summary = "show the exact calls that lead to a topology",
  usage = "peerway plan [FILE] [flags]",
  description = "Exit code 0: nothing to do; 2: changes are pending; 5: a check refuses the plan.",
  examples = { "peerway plan examples/analytics.lua --sandbox", "peerway plan analytics.lua --json" },
  flags = flags.join(flags.topology, {
    { "prune", help = "also remove entries of ours that nothing needs any more" },
    { "refresh", help = "read VPCs and names again instead of using the ledger's facts" },
  }),
  positional = { 0, 1 },
  json_lines = true,
  action = function(options, positional)
    local reporter = report.new(options, "plan")
    local context <close> = mission.open(options, positional, { report = reporter })
    local plan, view = mission.plan(context)
    mission.show(context, plan, view)
    local calls = context.session:counts()
    reporter:result { outcome = #plan.steps == 0 and "nothing to do" or "changes", calls = calls,
      lines = { ("%s (%d API calls)"):format(#plan.steps == 0 and "Nothing to do: the cloud is as the topology says."
        or "Nothing was changed. Next: " .. mission.command_line(context, "apply"), calls) } }
    mission.refuse(plan, view)
    return #plan.steps == 0 and 0 or 2
  end,
}
