-- SPDX-License-Identifier: MIT
-- peerway graph [FILE]: the topology as a graph in DOT; asks no cloud.
local context = require "commands.context"
local flags = require "commands.flags"
local model = require "model"

local function quoted(text)
  return '"' .. text:gsub('[\\"]', "\\%0") .. '"'
end

local function print_graph(topology)
  local out = { "digraph " .. quoted(topology.name) .. " {", "  rankdir=LR;", "  node [shape=box, fontname=\"sans\"];" }
  for _, vpc in ipairs(topology.vpc_list) do
    out[#out + 1] = ("  %s [label=%s];"):format(quoted(vpc.alias), quoted(("%s\n%s\n%s"):format(vpc.alias, vpc.region,
      vpc.id)):gsub("\n", "\\n"))
  end
  for _, peering in ipairs(topology.peerings) do
    out[#out + 1] = ("  %s -> %s [dir=none, penwidth=2, label=%s];"):format(quoted(peering.requester),
      quoted(peering.accepter), quoted(peering.link_type or "peering"))
  end
  for _, flow in ipairs(topology.flows) do
    out[#out + 1] = ("  %s -> %s [style=dashed, label=%s];"):format(quoted(flow.from), quoted(flow.target),
      quoted(flow.kind == "maxcompute" and ("MaxCompute, " .. flow.mode) or "vpc"))
  end
  out[#out + 1] = "}"
  print(table.concat(out, "\n"))
end

return flags.command {
  name = "graph",
  summary = "print the topology as a DOT graph",
  usage = "peerway graph [FILE]",
  examples = { "peerway graph analytics.lua | dot -Tsvg > analytics.svg" },
  flags = { { "chdir", short = "C", type = "string", value = "DIR", help = "work in DIR" } },
  positional = { 0, 1 },
  action = function(options, positional)
    print_graph(model.load(context.topology_path(options, positional)))
    return 0
  end,
}
