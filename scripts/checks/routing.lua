-- SPDX-License-Identifier: MIT
-- checks.routing: what is wrong with a planned set of routes, before the first call.
local cidr = require "cidr"
local guard = require "model.guard"
local paths = require "model.paths"

local QUOTA <const> = 200 -- custom entries of a table (vpc_quota_route_entrys_num)
local SERVICE_RANGE <const> = "100.64.0.0/10"

local function unsolvable(view)
  local messages = {}
  for index, problem in ipairs(view.problems) do
    messages[index] = ("%s (%s)"):format(problem.message, problem.id)
  end
  return messages
end

local function wide_service_routes(view)
  local messages = {}
  for _, item in ipairs(view.items) do
    if item.kind == "route_entry" and cidr.prefix(SERVICE_RANGE):overlaps(item.spec.destination) then
      local block = cidr.prefix(item.spec.destination)
      for reserved, what in pairs(guard.reserved) do
        if block:overlaps(reserved) then
          messages[#messages + 1] = ("%s in %s covers the %s %s"):format(item.spec.destination, item.spec.table, what,
            reserved)
        end
      end
    end
  end
  table.sort(messages)
  return messages
end

local function over_quota(view)
  local new, messages = {}, {}
  for _, entry in ipairs(view.plan.actions) do
    if entry.item.kind == "route_entry" and entry.action == "create" then
      new[entry.item.spec.table] = (new[entry.item.spec.table] or 0) + 1
    end
  end
  for id, count in pairs(new) do
    local present = 0
    for _, entry in ipairs(view.tables[id].entries) do
      if entry.type == "Custom" then
        present = present + 1
      end
    end
    if present + count > QUOTA then
      messages[#messages + 1] = ("%s would hold %d custom entries; a table takes %d"):format(id, present + count, QUOTA)
    end
  end
  table.sort(messages)
  return messages
end

local function stale_entries(view)
  local messages = {}
  for index, old in ipairs(view.stale or {}) do
    messages[index] = ("%s in %s: nothing needs this entry of ours any more"):format(old.item.spec.destination,
      old.item.spec.table)
  end
  return messages
end

-- The proof of the planned tables: a more specific entry that wins, a missing direction, a wrong table.
local function unproved(view)
  local messages = {}
  for _, verdict in ipairs(paths.prove(view, true)) do
    if not verdict.ok then
      messages[#messages + 1] = ("%s of %s: %s"):format(verdict.layer, verdict.flow, verdict.message)
    end
  end
  return messages
end

return {
  { id = "D-28", title = "destinations can leave the VPC", moment = "plan", severity = "error", run = unsolvable,
    cause = "an entry equal to or inside a vSwitch of its own VPC, or two wishes for one destination",
    remedy = "re-address, or announce other blocks" },
  { id = "D-26", title = "service addresses stay local", moment = "plan", severity = "error", run = wide_service_routes,
    cause = "DNS, metadata and Cloud Assistant live in 100.64.0.0/10", remedy = "route single addresses only" },
  { id = "D-24", title = "route quota", moment = "plan", severity = "error", run = over_quota,
    cause = "the table is full", remedy = "remove entries, announce fewer blocks, or have the quota raised" },
  { id = "D-34", title = "no stale entries", moment = "plan", severity = "warning", run = stale_entries,
    cause = "the service lost an address, or a block is gone", remedy = "remove them with --prune" },
  { id = "D-20", title = "every path is proved", moment = "plan", severity = "error", run = unproved,
    cause = "with the planned tables a packet would not go into the peering, or not come back",
    remedy = "look at the entry that wins: peerway plan --json shows every table" },
}
