-- SPDX-License-Identifier: MIT
-- stages.configured: verdicts on what is configured, layer by layer, without sending a packet: account,
-- peering, endpoint, forward and return routes, security group.
local kinds = require "resources"
local paths = require "model.paths"

local M = {}

local function add(list, layer, ok, message, more)
  local entry = more or {}
  entry.layer, entry.ok, entry.message = layer, ok, message
  list[#list + 1] = entry
end

local function accounts(view, list)
  for _, vpc in ipairs(view.model.vpc_list) do
    add(list, "account", true, ("account %s owns %s (%s) in %s"):format(view.facts.vpcs[vpc.alias].owner, vpc.id,
      vpc.alias, vpc.region))
  end
end

local judges = {}

function judges.peer_connection(item, actual, list)
  local pair = ("%s and %s"):format(item.spec.requester.id, item.spec.accepter.id)
  if not actual then
    add(list, "peering", false, "no peering connects " .. pair, { id = "D-12", hint = "peerway apply makes it" })
    return
  end
  local verdict, reason = kinds.peer_connection.compare(item, actual)
  if verdict == "conflict" or verdict == "replace" then
    add(list, "peering", false, type(reason) == "string" and reason or ("the connection %s is %s"):format(actual.id,
      actual.state), { id = "D-10" })
  elseif not kinds.peer_connection.is_ready(actual) then
    add(list, "peering", false, ("the connection %s is %s"):format(actual.id, actual.state), { id = "D-09" })
  else
    add(list, "peering", true, ("%s connects %s"):format(actual.id, pair))
  end
end

function judges.vpc_endpoint(item, actual, list)
  if not actual then
    add(list, "endpoint", false, ("no endpoint of %s in %s"):format(item.spec.service, item.spec.vpc_id),
      { id = "D-50", hint = "peerway apply makes it" })
  elseif not kinds.vpc_endpoint.is_ready(actual, item) then
    local states = {}
    for index, zone in ipairs(actual.zones) do
      states[index] = ("%s %s"):format(zone.zone, zone.state)
    end
    add(list, "endpoint", false, ("endpoint %s: %s"):format(actual.id, table.concat(states, ", ")), { id = "D-50" })
  else
    add(list, "endpoint", true, ("%s is connected at %s"):format(actual.id, table.concat(actual.addresses, ", ")))
  end
end

function judges.security_group_rule(item, actual, list)
  local what = ("TCP %d from %s"):format(item.spec.port, item.spec.source)
  if actual and actual.policy == "accept" then
    add(list, "security group", true, ("%s admits %s"):format(item.spec.group, what))
  else
    add(list, "security group", false, ("%s does not admit %s"):format(item.spec.group, what), { id = "D-53",
      hint = "peerway apply adds the rule" })
  end
end

function judges.private_zone(item, actual, list)
  local verdict = actual and kinds.private_zone.compare(item, actual)
  if verdict == "same" then
    add(list, "dns", true, ("the private zone %s is bound to %s"):format(item.spec.name, item.spec.vpc_id))
  else
    add(list, "dns", false, ("the private zone %s %s"):format(item.spec.name, actual and "is not complete"
      or "does not exist"), { id = "D-39", hint = "peerway apply makes it" })
  end
end

--- Judges what exists against what is wanted.
---@param view table
---@return Verdict[]
function M.judge(view)
  local list = {}
  accounts(view, list)
  for _, item in ipairs(view.items) do
    local judge = judges[item.kind]
    if judge then
      judge(item, view.actuals[item.key], list)
    end
  end
  for _, verdict in ipairs(paths.prove(view, false)) do
    list[#list + 1] = verdict
  end
  return list
end

return M
