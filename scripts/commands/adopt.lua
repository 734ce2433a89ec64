-- SPDX-License-Identifier: MIT
-- peerway adopt [FILE]: fills the ledger from the cloud: what carries our mark is ours again; what others made
-- and the topology needs is used, and never removed. Changes nothing in the cloud.
local engine = require "engine.plan"
local flags = require "commands.flags"
local kinds = require "resources"
local mission = require "commands.mission"
local procedure = require "procedure"
local report = require "report"

local function rows_of(model, items, actuals)
  local rows, lines = {}, {}
  for _, item in ipairs(items) do
    local actual = actuals[item.key]
    if actual then
      local ours = actual.owner == model.name
      rows[#rows + 1] = { key = item.key, kind = item.kind, id = actual.id, owner = ours and "ours" or "foreign",
        account = item.place.account, region = item.place.region, spec = item.spec,
        result = { addresses = actual.addresses, zones = actual.zones } }
      lines[#lines + 1] = ("  %-8s %s  %s"):format(ours and "ours" or "foreign", item.key, actual.id or "")
    end
  end
  return rows, lines
end

return flags.command {
  name = "adopt",
  summary = "fill the ledger with what exists already",
  usage = "peerway adopt [FILE] [flags]",
  examples = { "peerway adopt analytics.lua" },
  flags = flags.topology,
  positional = { 0, 1 },
  json_lines = true,
  action = function(options, positional)
    local reporter = report.new(options, "adopt")
    local context <close> = mission.open(options, positional, { report = reporter, lock = "adopt" })
    local model = context.model
    local facts = procedure.observe(context.session, model)
    local items = procedure.wanted(model, facts)
    local actuals = engine.read(context.session, kinds, items, {})
    local plan = engine.make(kinds, items, actuals)
    engine.refuse_conflicts(plan)
    local rows, lines = rows_of(model, items, actuals)
    if #rows > 0 then
      context.ledger:remember(model.name, rows)
    end
    lines[#lines + 1] = ("%d of %d objects exist and are known now."):format(#rows, #items)
    reporter:result { outcome = "adopted", known = #rows, wanted = #items, lines = lines }
    return 0
  end,
}
