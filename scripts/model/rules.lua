-- SPDX-License-Identifier: MIT
-- model.rules: what must hold between the fields of a topology before any cloud is asked: known VPCs,
-- regions that can be peered, one peering a pair, no VPC twice, flows only along a direct peering.
local fields = require "model.fields"
local regions = require "model.regions"
local suggest = require "model.suggest"

local add, path_text, sorted_keys = fields.add, fields.path_text, fields.sorted_keys

local M = {}

-- The alias must name a VPC of the topology.
local function known_vpc(raw, name, path, problems)
  if type(name) ~= "string" then
    return false
  end
  if raw.vpcs[name] then
    return true
  end
  local names = sorted_keys(raw.vpcs)
  local near = suggest.nearest(name, names)
  add(problems, path, ("%s names the VPC '%s', which the topology does not have"):format(path_text(path), name),
    near and ("did you mean '%s'?"):format(near) or ("its VPCs: " .. table.concat(names, ", ")))
  return false
end

local function check_vpcs(raw, problems)
  local owner = {}
  for _, name in ipairs(sorted_keys(raw.vpcs)) do
    local vpc = raw.vpcs[name]
    if type(vpc) == "table" then
      local region = vpc.region
      if type(region) == "string" and not regions.all[region] then
        local near = suggest.nearest(region, regions.ids())
        add(problems, { "vpcs", name, "region" }, ("vpcs.%s.region is '%s', which is no region"):format(name, region),
          near and ("did you mean '%s'?"):format(near) or "see scripts/model/regions.lua for the list")
      elseif type(region) == "string" and not regions.all[region].peering then
        add(problems, { "vpcs", name, "region" }, ("region %s offers no VPC peering"):format(region),
          "use another region, or a Cloud Enterprise Network (D-05)")
      end
      if vpc.id and owner[vpc.id] then
        add(problems, { "vpcs", name, "id" }, ("vpcs.%s and vpcs.%s are the same VPC %s"):format(owner[vpc.id], name,
          vpc.id), "a VPC appears once; use its alias twice instead")
      elseif vpc.id then
        owner[vpc.id] = name
      end
      if vpc.account and vpc.account ~= "default" and not (raw.accounts or {})[vpc.account] then
        add(problems, { "vpcs", name, "account" },
          ("vpcs.%s.account names the account '%s', which accounts lacks"):format(name, vpc.account))
      end
    end
  end
end

local function region_of(raw, name)
  local vpc = raw.vpcs[name]
  return type(vpc) == "table" and regions.all[vpc.region] and vpc.region
end

local function check_pair(raw, peering, path, problems)
  local a, b = region_of(raw, peering[1]), region_of(raw, peering[2])
  if not a or not b then
    return
  end
  if regions.all[a].cloud ~= regions.all[b].cloud then
    add(problems, path, ("%s: %s (%s cloud) and %s (%s cloud) cannot be peered"):format(path_text(path), a,
      regions.all[a].cloud, b, regions.all[b].cloud), "public, finance and government clouds are apart (D-04)")
  end
  if a == b then
    for _, field in ipairs { "link_type", "bandwidth" } do
      if peering[field] ~= nil then
        path[#path + 1] = field
        add(problems, path, ("%s is for peerings between regions; both ends are in %s"):format(path_text(path), a),
          "leave it out: inside a region bandwidth is not limited (D-15)")
        path[#path] = nil
      end
    end
  end
end

local function pair_key(a, b)
  return a < b and (a .. "|" .. b) or (b .. "|" .. a)
end

local function check_peerings(raw, problems)
  local pairs_seen = {}
  for index, peering in ipairs(raw.peerings) do
    if type(peering) == "table" then
      local path = { "peerings", index }
      local first = known_vpc(raw, peering[1], { "peerings", index, 1 }, problems)
      local second = known_vpc(raw, peering[2], { "peerings", index, 2 }, problems)
      if first and second then
        if peering[1] == peering[2] then
          add(problems, path, ("peerings[%d] connects the VPC '%s' with itself"):format(index, peering[1]),
            "name two VPCs")
        elseif pairs_seen[pair_key(peering[1], peering[2])] then
          add(problems, path, ("peerings[%d] repeats peerings[%d]"):format(index,
            pairs_seen[pair_key(peering[1], peering[2])]), "two VPCs have at most one peering (D-06)")
        else
          pairs_seen[pair_key(peering[1], peering[2])] = index
        end
        check_pair(raw, peering, path, problems)
      end
    end
  end
  return pairs_seen
end

local function shared_neighbours(raw, peered, a, b)
  local list = {}
  for _, name in ipairs(sorted_keys(raw.vpcs)) do
    if peered[pair_key(a, name)] and peered[pair_key(name, b)] then
      list[#list + 1] = name
    end
  end
  return list
end

local function check_target(raw, flow, index, problems)
  local to, path = flow.to, { "flows", index, "to" }
  if (to.maxcompute == nil) == (to.vpc == nil) then
    add(problems, path, ("flows[%d].to must name either maxcompute or vpc"):format(index))
    return nil
  end
  local field = to.maxcompute and "maxcompute" or "vpc"
  if not known_vpc(raw, to[field], { "flows", index, "to", field }, problems) then
    return nil
  end
  local region = region_of(raw, to[field])
  if field == "maxcompute" and region then
    if not regions.all[region].maxcompute then
      add(problems, { "flows", index, "to", field },
        ("MaxCompute does not run in %s (vpcs.%s)"):format(region, to[field]))
    elseif to.mode == "endpoint" and not to.security_groups then
      add(problems, path, ("flows[%d].to: mode endpoint needs security_groups"):format(index),
        "an endpoint has at least one security group; name one of the VPC " .. to[field])
    end
  end
  return to[field]
end

local function check_flows(raw, peered, problems)
  for index, flow in ipairs(raw.flows) do
    if type(flow) == "table" then
      local from = known_vpc(raw, flow.from, { "flows", index, "from" }, problems) and flow.from
      local to = type(flow.to) == "table" and check_target(raw, flow, index, problems)
      if from and to and from == to then
        add(problems, { "flows", index }, ("flows[%d] stays inside the VPC '%s'"):format(index, from),
          "a flow goes from one VPC to another")
      elseif from and to and not peered[pair_key(from, to)] then
        local shared = shared_neighbours(raw, peered, from, to)
        local hint = ("add { \"%s\", \"%s\" } to peerings"):format(from, to)
        if shared[1] then
          hint = ("both are peered with %s, but peering is not transitive (D-31): %s"):format(
            table.concat(shared, ", "), hint)
        end
        add(problems, { "flows", index }, ("flows[%d]: %s and %s are not peered"):format(index, from, to), hint)
      end
    end
  end
end

--- Appends what breaks a rule to `problems`. Parts of the wrong type are left to model.fields.
---@param raw table
---@param problems Problem[]
function M.check(raw, problems)
  local tables = { vpcs = {}, peerings = {}, flows = {} }
  for field in pairs(tables) do
    if type(raw[field]) == "table" then
      tables[field] = raw[field]
    end
  end
  tables.accounts = raw.accounts
  check_vpcs(tables, problems)
  local peered = check_peerings(tables, problems)
  check_flows(tables, peered, problems)
end

return M
