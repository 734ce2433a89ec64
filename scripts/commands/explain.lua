-- SPDX-License-Identifier: MIT
-- peerway explain FILE FROM TO: follows an address through the route tables as they are, hop by hop and back.
-- Reads only; sends no packet.
local errors = require "errors"
local flags = require "commands.flags"
local mission = require "commands.mission"
local paths = require "model.paths"
local report = require "report"
local route_entry = require "resources.route_entry"
local vpc_facts = require "resources.vpc"
local cidr = require "cidr"
local task = require "task"

local function hop_text(entry)
  if not entry then
    return "no entry: the packet is dropped"
  elseif entry.type == "System" then
    return ("%s -> Local"):format(entry.destination)
  end
  return ("%s -> %s %s"):format(entry.destination, entry.next_hop_type or "?", entry.next_hop or "")
end

local function read(context)
  local facts, tables = { vpcs = {} }, {}
  task.map(context.model.vpc_list, function(vpc)
    local found = vpc_facts.read(context.session, vpc)
    facts.vpcs[vpc.alias] = found
    task.map(found.tables, function(id)
      tables[id] = { vpc = vpc.alias, entries = route_entry.list(context.session, vpc, id) }
    end)
  end)
  return facts, paths.tables({ facts = facts, tables = tables }, false)
end

-- Where an address lies: VPC and, when it is there, the vSwitch.
local function locate(context, facts, address)
  for _, vpc in ipairs(context.model.vpc_list) do
    for _, vswitch in ipairs(facts.vpcs[vpc.alias].vswitches) do
      if cidr.prefix(vswitch.cidr):contains(address) then
        return vpc.alias, vswitch
      end
    end
  end
end

local function walk(facts, tables, alias, table_id, address)
  local entry = paths.longest_match(tables[table_id] or {}, address)
  return { vpc = alias, table = table_id, address = address, text = hop_text(entry), entry = entry,
    system = facts.vpcs[alias].system_table == table_id }
end

local function other_side(context, alias, target)
  for _, peering in ipairs(context.model.peerings) do
    local other = peering.requester == alias and peering.accepter or peering.accepter == alias and peering.requester
    if other and (not target or other == target) then
      return other
    end
  end
end

-- A packet that comes in through a peering is looked up in the system table of the receiving VPC.
local function follow(context, facts, tables, alias, vswitch, from, to)
  local hops = { walk(facts, tables, alias, vswitch.table, to) }
  local first = hops[1].entry
  if not first or first.next_hop_type ~= "VpcPeer" then
    return hops, first ~= nil and first.type == "System" and locate(context, facts, to) == alias
  end
  local other = other_side(context, alias, (locate(context, facts, to)))
  if not other then
    return hops, false
  end
  hops[2] = walk(facts, tables, other, facts.vpcs[other].system_table, to)
  local second = hops[2].entry
  if not second or second.type ~= "System" then
    return hops, false
  end
  local _, target = locate(context, facts, to)
  hops[3] = walk(facts, tables, other, target and target.table or facts.vpcs[other].system_table, from)
  local back = hops[3].entry
  return hops, back ~= nil and back.next_hop_type == "VpcPeer"
end

return flags.command {
  name = "explain",
  summary = "follow an address through the route tables, there and back",
  usage = "peerway explain FILE FROM TO [flags]",
  description = "FROM and TO are addresses. FROM lies in a vSwitch of the topology; TO there or in 100.64.0.0/10.",
  examples = { "peerway explain analytics.lua 10.20.1.10 100.103.48.11" },
  flags = flags.topology,
  positional = { 3, 3 },
  json_lines = true,
  action = function(options, positional)
    local reporter = report.new(options, "explain")
    local context <close> = mission.open(options, positional, { report = reporter })
    local from, to = tostring(cidr.address(positional[2])), tostring(cidr.address(positional[3]))
    local facts, tables = read(context)
    local alias, vswitch = locate(context, facts, from)
    if not alias then
      errors.raise { kind = "input", code = "UnknownAddress", message = from .. " lies in no vSwitch of the topology" }
    end
    local hops, ok = follow(context, facts, tables, alias, vswitch, from, to)
    local lines = { ("%s (%s, %s) -> %s"):format(from, alias, vswitch.id, to) }
    for index, hop in ipairs(hops) do
      lines[#lines + 1] = ("  %s %s, %s%s: %s  %s"):format(index == 3 and "back:" or "there:", hop.vpc, hop.table,
        hop.system and " (system table)" or "", hop.address, hop.text)
    end
    lines[#lines + 1] = ok and "The routes are complete in both directions."
      or "The path is broken at the last line above."
    reporter:result { outcome = ok and "complete" or "broken", hops = hops, calls = context.session:counts(),
      lines = lines }
    return ok and 0 or 4
  end,
}
