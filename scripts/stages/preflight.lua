-- SPDX-License-Identifier: MIT
-- stages.preflight: what must be known before anything is planned: blocks, vSwitches and bound tables of
-- every VPC, where the clients are, and which zones offer the endpoint services. Changes nothing.
local errors = require "errors"
local instance = require "resources.instance"
local names = require "model.names"
local routes = require "model.routes"
local task = require "task"
local vpc = require "resources.vpc"
local vpc_endpoint = require "resources.vpc_endpoint"

local M = { name = "preflight", title = "look before the first change" }

-- Only when the vSwitches of a VPC use different tables does it matter in which of them the clients are.
local function client_tables(session, entry, facts)
  if #entry.clients == 0 or #routes.bound_tables(facts.vswitches) < 2 then
    return nil
  end
  local by_vswitch, seen, list = {}, {}, {}
  for _, vswitch in ipairs(facts.vswitches) do
    by_vswitch[vswitch.id] = vswitch.table
  end
  local found = instance.read(session, entry, entry.clients)
  for _, id in ipairs(entry.clients) do
    local client = found[id]
    if not client or client.vpc ~= entry.id then
      errors.raise { kind = "input", code = "ClientNotFound",
        message = ("instance %s is not in VPC %s (%s)"):format(id, entry.id, entry.alias),
        hint = "correct vpcs." .. entry.alias .. ".clients" }
    end
    local bound = by_vswitch[client.vswitch]
    if bound and not seen[bound] then
      seen[bound] = true
      list[#list + 1] = bound
    end
  end
  table.sort(list)
  return list
end

local function check_owner(model, entry, facts)
  local account = model.accounts[entry.account]
  if account and account.uid and account.uid ~= facts.owner then
    errors.raise { kind = "credentials", code = "WrongAccount",
      message = ("VPC %s belongs to account %s; accounts.%s.uid is %s"):format(entry.id, facts.owner, entry.account,
        account.uid), hint = "use the credentials of that account, or correct the uid (D-75)" }
  end
end

local function read_vpc(session, model, entry)
  local facts = vpc.read(session, entry)
  check_owner(model, entry, facts)
  facts.client_tables = client_tables(session, entry, facts)
  return facts
end

--- The endpoint services of a flow: host label -> service name.
---@param model Model
---@param flow ModelFlow
---@return table<string, string>
function M.services_of(model, flow)
  if flow.to.services then
    return flow.to.services
  end
  local region, found = model.vpcs[flow.target].region, {}
  for label, pattern in pairs(names.endpoint_services) do
    found[label] = pattern:format(region)
  end
  return found
end

-- The zones that every service of an endpoint flow offers; nil when an endpoint is known already.
local function offered_zones(session, model, flow)
  local offered = vpc_endpoint.services(session, model.vpcs[flow.target])
  local zones
  for label, name in pairs(M.services_of(model, flow)) do
    local service = offered[name]
    if not service then
      errors.raise { kind = "refused", code = "EndpointServiceNotOffered",
        message = ("the endpoint service %s (%s) is not offered to the account in %s"):format(name, label,
          model.vpcs[flow.target].region),
        hint = "ask for it by ticket where the region needs one, name other services, or use mode \"domain\" (D-46)" }
    end
    local common = {}
    for _, zone in ipairs(service.zones) do
      common[zone] = zones == nil or zones[zone] or nil
    end
    zones = common
  end
  return zones
end

--- Gathers the facts of a model, everything side by side.
---@param session Session
---@param model Model
---@return table facts { vpcs = { alias = VpcFacts }, zones = { flow = set } }
function M.observe(session, model)
  local facts = { vpcs = {}, zones = {} }
  local work = {}
  for _, entry in ipairs(model.vpc_list) do
    work[#work + 1] = function()
      facts.vpcs[entry.alias] = read_vpc(session, model, entry)
    end
  end
  for _, flow in ipairs(model.flows) do
    if flow.mode == "endpoint" then
      work[#work + 1] = function()
        facts.zones[flow.key] = offered_zones(session, model, flow)
      end
    end
  end
  task.all(work)
  return facts
end

return M
