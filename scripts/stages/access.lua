-- SPDX-License-Identifier: MIT
-- stages.access: proves from the consumer's instances that the service answers, privately. One command an
-- account and region runs the probe script in all of them; each layer gets a verdict of its own.
local expose = require "stages.expose"
local instance = require "resources.instance"
local names = require "model.names"
local parse = require "probe.parse"
local preflight = require "stages.preflight"
local script = require "probe.script"
local sorted_keys = require("model.fields").sorted_keys
local task = require "task"
local verdicts = require "probe.verdicts"

local M = { name = "access", title = "proof from the clients" }

local TIMEOUT <const> = 60
local EXCLUSIVE <const> = "dt-exclusive"

local function domain_targets(facts, flow)
  local list, by_name = {}, facts.addresses[flow.key] or {}
  for _, name in ipairs(sorted_keys(by_name)) do
    for _, address in ipairs(by_name[name]) do
      list[#list + 1] = { role = names.role(name), name = name, address = address }
    end
  end
  -- The service first: its answer tells what the Tunnel would be.
  table.sort(list, function(a, b)
    if a.role ~= b.role then return a.role == "service" end
    if a.name ~= b.name then return a.name < b.name end
    return a.address < b.address
  end)
  return list
end

local function endpoint_targets(model, flow, results)
  local list, place = {}, model.vpcs[flow.target]
  local services = preflight.services_of(model, flow)
  for _, label in ipairs(sorted_keys(services)) do
    local known = results[("endpoint:%s:%s"):format(place.id, services[label])] or {}
    for _, address in ipairs(known.addresses or {}) do
      list[#list + 1] = { role = names.role(label), name = names.vpc(label, place.region), address = address }
    end
  end
  table.sort(list, function(a, b)
    if a.role ~= b.role then return a.role == "service" end
    return a.address < b.address
  end)
  return list
end

--- What the probe of a flow visits: names with the addresses they are sent to.
---@param model Model
---@param facts table
---@param flow ModelFlow
---@param results table<string, table>
---@return ProbeTarget[]
function M.targets(model, facts, flow, results)
  if flow.mode == "domain" then
    return domain_targets(facts, flow)
  elseif flow.mode == "endpoint" then
    return endpoint_targets(model, flow, results)
  end
  return {}
end

local function probed_names(model, flow)
  local list = {}
  for _, name in ipairs(expose.names_of(model, flow)) do
    if not (flow.mode == "endpoint" and name:match("^" .. EXCLUSIVE:gsub("%-", "%%-"))) then
      list[#list + 1] = name
    end
  end
  return list
end

local function prove_flow(session, model, facts, flow, results)
  local targets = M.targets(model, facts, flow, results)
  local view = { model = model, facts = facts, flow = flow, targets = targets }
  if flow.mode == "vpc" or #flow.clients == 0 then
    return verdicts.not_probed(view, flow.mode == "vpc" and "flows to a VPC are proved symbolically"
      or ("no client instance is named: add clients = { \"i-...\" } to vpcs.%s"):format(flow.from))
  elseif #targets == 0 then
    return verdicts.not_probed(view, "no address is known yet")
  end
  session:emit("probe_start", { flow = flow.key, clients = flow.clients, targets = #targets })
  local text = script.access { names = probed_names(model, flow), targets = targets, project = flow.to.project,
    ports = flow.to.ports }
  local answers = instance.run(session, model.vpcs[flow.from], flow.clients, text,
    { name = "peerway-probe", timeout = TIMEOUT })
  local list = {}
  for _, id in ipairs(flow.clients) do
    local answer = answers[id] or { output = "" }
    for _, verdict in ipairs(verdicts.of_probe(view, id, answer, parse.read(answer.output))) do
      list[#list + 1] = verdict
    end
  end
  return list
end

--- Probes every flow.
---@param session Session
---@param model Model
---@param facts table
---@param results table<string, table> by key of the resources: addresses of endpoints
---@return table[] verdicts { layer, ok, flow, instance, message, ... }
function M.prove(session, model, facts, results)
  local lists = task.map(model.flows, function(flow)
    return prove_flow(session, model, facts, flow, results)
  end)
  local all = {}
  for _, list in ipairs(lists) do
    table.move(list, 1, #list, #all + 1, all)
  end
  return all
end

return M
