-- SPDX-License-Identifier: MIT
-- peerway history [FILE]: the runs of a topology as the ledger knows them, or the calls of one run.
local clock = require "clock"
local context = require "commands.context"
local flags = require "commands.flags"
local json = require "json"
local model = require "model"
local store = require "store"
local term = require "term"

local function print_rows(options, kind, rows, columns)
  if options.json then
    for _, row in ipairs(rows) do
      row.type = kind
      print(json.encode(row))
    end
    return
  end
  local cells = {}
  for index, row in ipairs(rows) do
    cells[index] = columns(row)
  end
  for _, line in ipairs(term.table(cells)) do
    print(line)
  end
end

local function run_cells(row)
  local summary = row.summary or {}
  return { tostring(row.id), clock.iso8601(row.started), row.command, row.outcome or "ended without a word",
    summary.calls and ("%d calls"):format(summary.calls) or "",
      summary.done and ("%d steps"):format(summary.done) or "" }
end

local function intent_cells(row)
  return { clock.iso8601(row.started), row.action, row.key, row.state, row.token and row.token:sub(1,
    12) or "no token" }
end

return flags.command {
  name = "history",
  summary = "show earlier runs, or the calls of one",
  usage = "peerway history [FILE] [--run N] [flags]",
  examples = { "peerway history analytics.lua", "peerway history analytics.lua --run 3 --json" },
  flags = flags.join(flags.topology, {
    { "run", type = "integer", value = "N", min = 1, help = "the calls of run N: intents and what became of them" },
    { "limit", type = "integer", value = "N", min = 1, default = 20, help = "how many runs" },
  }),
  positional = { 0, 1 },
  action = function(options, positional)
    local topology = model.load(context.topology_path(options, positional))
    local ledger <close> = store.open(context.ledger_path(options))
    if options.run then
      print_rows(options, "intent", ledger:intents_of(options.run), intent_cells)
    else
      print_rows(options, "run", ledger:history(topology.name, options.limit), run_cells)
    end
    return 0
  end,
}
