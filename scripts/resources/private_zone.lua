-- SPDX-License-Identifier: MIT
-- resources.private_zone: a PrivateZone (pvtz 2018-01-01) as narrow as one host name, bound to the consumer's VPC,
-- so that clients keep MaxCompute's own name in mode "endpoint". Bound last: an empty zone breaks resolution;
-- pattern RECORD, so that names without a record are resolved as before.
local marker = require "engine.marker"
local refs = require "model.refs"

local M = { name = "private_zone", waits = "security_group", timeout = 60 }

local TTL <const> = 60
local ROOT <const> = "@"

local function read_zone(session, place, raw)
  local info = session:call("pvtz", place, "DescribeZoneInfo", { ZoneId = raw.ZoneId })
  if not info then
    return nil
  end
  local zone = { id = raw.ZoneId, pattern = info.ProxyPattern, bound = {}, records = {} }
  for index, vpc in ipairs(info.BindVpcs and info.BindVpcs.Vpc or {}) do
    zone.bound[index] = { VpcId = vpc.VpcId, RegionId = vpc.RegionId }
  end
  for index, record in ipairs(session:all("pvtz", place, "DescribeZoneRecords",
    { ZoneId = raw.ZoneId, PageSize = 100 }, "Records.Record") or {}) do
    zone.records[index] = { id = record.RecordId, rr = record.Rr, type = record.Type, value = record.Value,
      owner = marker.of_description(record.Remark) }
    zone.owner = zone.owner or zone.records[index].owner
  end
  return zone
end

local function is_bound(zone, vpc_id)
  for _, vpc in ipairs(zone.bound) do
    if vpc.VpcId == vpc_id then
      return true
    end
  end
  return false
end

-- Zones of that very name: the one our VPC uses, else one that is ours, else one that is empty and unused.
local function find(session, item)
  local best, rank
  for _, raw in ipairs(session:all("pvtz", item.place, "DescribeZones",
    { Keyword = item.spec.name, SearchMode = "EXACT", PageSize = 100 }, "Zones.Zone")) do
    if raw.ZoneName == item.spec.name then
      local zone = read_zone(session, item.place, raw)
      local score = zone and (is_bound(zone, item.spec.vpc_id) and 3 or zone.owner == item.owner and 2
        or #zone.records == 0 and #zone.bound == 0 and 1) or 0
      if score and score > (rank or 0) then
        best, rank = zone, score
      end
    end
  end
  return best
end

function M.read(session, wanted)
  local task = require "task"
  local found = {}
  task.map(wanted, function(item)
    found[item.key] = find(session, item)
  end)
  return found
end

local function missing_addresses(item, actual)
  local have, missing = {}, {}
  for _, record in ipairs(actual.records) do
    if record.rr == ROOT and record.type == "A" then
      have[record.value] = true
    end
  end
  for _, address in ipairs(refs.is(item.spec.addresses) and {} or item.spec.addresses) do
    if not have[address] then
      missing[#missing + 1] = address
    end
  end
  return missing
end

local function stale_records(item, actual)
  local wanted, stale = {}, {}
  if refs.is(item.spec.addresses) then
    return {}
  end
  for _, address in ipairs(item.spec.addresses) do
    wanted[address] = true
  end
  for _, record in ipairs(actual.records) do
    if record.rr == ROOT and record.type == "A" and not wanted[record.value] then
      stale[#stale + 1] = record
    end
  end
  return stale
end

function M.compare(item, actual)
  local changes = {}
  for _, record in ipairs(stale_records(item, actual)) do
    if record.owner ~= item.owner then
      return "conflict", ("the private zone %s has a record %s that is not ours; remove it, then plan again (D-41)")
        :format(item.spec.name, record.value)
    end
    changes[#changes + 1] = { field = "record", from = record.value }
  end
  for _, address in ipairs(missing_addresses(item, actual)) do
    changes[#changes + 1] = { field = "record", to = address }
  end
  if not is_bound(actual, item.spec.vpc_id) then
    changes[#changes + 1] = { field = "bound VPC", to = item.spec.vpc_id }
  end
  if #changes > 0 then
    return "update", changes
  end
  return "same"
end

function M.is_ready()
  return true
end

local function add_record(item, suffix, value)
  return { product = "pvtz", action = "AddZoneRecord", place = item.place, token = true, suffix = "record:" .. suffix,
    params = function(ctx)
      return { ZoneId = ctx.lookup(item.key, "id"), Rr = ROOT, Type = "A", Ttl = TTL, Value = value(ctx),
        Remark = marker.description(item.owner, "endpoint") }
    end,
    recover = { ["Record.Exists"] = function() return {} end } }
end

-- The call replaces the whole list: it is always sent whole.
local function bind(item, others)
  return { product = "pvtz", action = "BindZoneVpc", place = item.place, token = true, suffix = "bind",
    params = function(ctx)
      local list = table.move(others, 1, #others, 1, {})
      list[#list + 1] = { VpcId = item.spec.vpc_id, RegionId = item.spec.vpc_region }
      return { ZoneId = ctx.lookup(item.key, "id"), Vpcs = list }
    end }
end

local function create(item)
  local phases = { { product = "pvtz", action = "AddZone", place = item.place, token = true,
    params = { ZoneName = item.spec.name, ProxyPattern = "RECORD" },
    accept = function(answer) return { [item.key] = { id = answer.ZoneId } } end } }
  for index = 1, item.spec.count do
    phases[#phases + 1] = add_record(item, tostring(index), function(ctx)
      local addresses = refs.is(item.spec.addresses) and ctx.lookup(item.spec.addresses.key, "addresses")
        or item.spec.addresses
      return refs.is(addresses) and addresses or addresses[index]
    end)
  end
  phases[#phases + 1] = bind(item, {})
  return phases
end

local function update(item, actual)
  local phases = {}
  for _, address in ipairs(missing_addresses(item, actual)) do
    phases[#phases + 1] = add_record(item, address, function() return address end)
  end
  if not is_bound(actual, item.spec.vpc_id) then
    phases[#phases + 1] = bind(item, actual.bound)
  end
  for _, record in ipairs(stale_records(item, actual)) do
    phases[#phases + 1] = { product = "pvtz", action = "DeleteZoneRecord", place = item.place, token = true,
      suffix = "record:" .. record.value, params = { RecordId = record.id } }
  end
  return phases
end

-- Other VPCs that use the zone keep it; then only our binding goes.
local function delete(item, actual)
  local others = {}
  for _, vpc in ipairs(actual.bound) do
    if vpc.VpcId ~= item.spec.vpc_id then
      others[#others + 1] = vpc
    end
  end
  local unbind = { product = "pvtz", action = "BindZoneVpc", place = item.place, token = true, suffix = "unbind",
    removes = true, params = { ZoneId = actual.id, Vpcs = #others > 0 and others or nil } }
  if #others > 0 then
    unbind.suffix = nil
    return { unbind }
  end
  return { unbind, { product = "pvtz", action = "DeleteZone", place = item.place, token = true, removes = true,
    params = { ZoneId = actual.id }, gone = { ["Zone.NotExists"] = true, ["Zone.Invalid.Id"] = true } } }
end

--- The calls of an action, in order.
function M.phases(action, items, actuals)
  local item = items[1]
  if action == "create" then
    return create(item)
  elseif action == "update" then
    return update(item, actuals[item.key])
  end
  return delete(item, actuals[item.key])
end

--- Every zone of a topology, known by the remark of its records.
---@param session Session
---@param model Model
---@return Item[]
function M.discover(session, model)
  local items = {}
  for _, flow in ipairs(model.flows) do
    for _, item in ipairs(flow.mode == "endpoint" and flow.to.private_zone and M.items(model, flow, function()
      return {}, 0
    end) or {}) do
      local zone = find(session, item)
      if zone and zone.owner == model.name then
        items[#items + 1] = item
      end
    end
  end
  return items
end

--- The zones of a flow.
---@param model Model
---@param flow ModelFlow
---@param addresses_of fun(label: string): any, integer, string? addresses or a reference, their number, its key
---@return Item[]
function M.items(model, flow, addresses_of)
  local names = require "model.names"
  local consumer, region, items = model.vpcs[flow.from], model.vpcs[flow.target].region, {}
  for _, label in ipairs(names.in_order(flow.to.services or names.endpoint_services)) do
    local name = names.vpc(label, region)
    local addresses, count, key = addresses_of(label)
    items[#items + 1] = { key = ("zone:%s:%s"):format(consumer.id, name), kind = M.name, stage = "expose",
      owner = model.name, place = { account = consumer.account, region = consumer.region },
      after = key and { { key = key, level = "ready" } } or nil,
      spec = { name = name, vpc_id = consumer.id, vpc_region = consumer.region, addresses = addresses, count = count } }
  end
  return items
end

function M.describe(item)
  return ("private zone %s for %s"):format(item.spec.name, item.spec.vpc_id)
end

return M
