-- SPDX-License-Identifier: MIT
-- pvtz 2018-01-01: private zones, their records, and the VPCs they are bound to.

local array = require "json".array
local ids = require "sandbox.ids"
local ipv4 = require "sandbox.ipv4"
local regions = require "sandbox.regions"
local tags = require "sandbox.tags"

local pvtz = {}

local INVENTED <const> = { invented = true }

local function need_zone(call)
  local zone = call.state.zones[call.p.ZoneId]
  if not zone or zone.owner ~= call.caller.uid then
    call:fail("Zone.NotExists", ("Zone %s does not exist."):format(call.p.ZoneId))
  end
  return zone
end

local function need_record(call)
  local record = call.state.records[tostring(call.p.RecordId)]
  if not record or record.owner ~= call.caller.uid then
    call:fail("Record.Invalid.Id", ("Record %d does not exist."):format(call.p.RecordId), INVENTED)
  end
  return record
end

local function name_problem(name)
  if not name or name == "" or #name > 253 then return "it is empty or too long" end
  for label in (name .. "."):gmatch("([^%.]*)%.") do
    if label == "" or #label > 63 or not label:match("^[%w_%-]+$") or label:match("^%-") or label:match("%-$") then
      return ("label %q is not valid"):format(label)
    end
  end
end

function pvtz.CheckZoneName(call)
  return { Success = true, Check = name_problem(call.p.ZoneName) == nil }
end

function pvtz.AddZone(call)
  local p = call.p
  if not p.ZoneName then call:fail("MissingParameter", "ZoneName is required.", { status = 400 }) end
  local problem = name_problem(p.ZoneName)
  if problem then call:fail("Zone.Invalid.Name", "ZoneName: " .. problem, { status = 400 }) end
  -- several zones may have one name; a VPC is bound to one of them at most
  local count = call:count("zones", function(z) return z.owner == call.caller.uid end)
  if count >= call:quota("zones") then call:fail("Zone.Number.Exceed", "Too many zones.", INVENTED) end
  local group = tags.resource_group(call, p.ResourceGroupId, { "ResourceGroup.NotExists" })
  call:commit()
  local zone = call:add("zones", ids.hex(call.state, 32),
    { name = p.ZoneName:lower(), pattern = p.ProxyPattern or "ZONE",
    vpcs = {}, remark = "", group = group, dns_group = p.DnsGroup or "FAST_ZONE", updated = call.now, tags = {} })
  return { ZoneId = zone.id, ZoneName = zone.name, Success = true }
end

local function records_of(call, zone)
  local list = {}
  for _, record in pairs(call.state.records) do
    if record.zone == zone.id then list[#list + 1] = record end
  end
  table.sort(list, function(a, b) return a.seq < b.seq end)
  return list
end

function pvtz.DeleteZone(call)
  local zone = need_zone(call)
  if #zone.vpcs > 0 then call:fail("Zone.VpcExists", "VPCs are bound to the zone.", { status = 400 }) end
  call:commit()
  for _, record in ipairs(records_of(call, zone)) do call.state.records[record.id] = nil end
  call.state.zones[zone.id] = nil
  return { ZoneId = zone.id }
end

local function show_vpcs(call, zone)
  local rows = {}
  for i, bound in ipairs(zone.vpcs) do
    local vpc = call.state.vpcs[bound.id]
    rows[i] = { VpcId = bound.id, RegionId = bound.region, RegionName = regions.by_id[bound.region].name,
      VpcName = vpc and vpc.name or "", VpcType = "STANDARD", VpcUserId = vpc and vpc.owner or zone.owner }
  end
  return array(rows)
end

local function show_zone(call, zone)
  return { ZoneId = zone.id, ZoneName = zone.name, ProxyPattern = zone.pattern, Remark = zone.remark,
    RecordCount = #records_of(call, zone), CreateTime = call:iso(zone.created), UpdateTime = call:iso(zone.updated),
    CreateTimestamp = math.floor(zone.created * 1000), UpdateTimestamp = math.floor(zone.updated * 1000), IsPtr = false,
    ResourceGroupId = zone.group, DnsGroup = zone.dns_group, ZoneType = "AUTH_ZONE", Creator = tostring(zone.owner),
    DnsGroupChanging = false, ZoneTag = "" }
end

function pvtz.DescribeZoneInfo(call)
  local zone = need_zone(call)
  local answer = show_zone(call, zone)
  answer.BindVpcs = { Vpc = show_vpcs(call, zone) }
  answer.SlaveDns = false
  return answer
end

-- Page numbers, with the counters that this product uses.
local function pages(call, list)
  local number, size = call.p.PageNumber or 1, call.p.PageSize or 20
  local page = table.move(list, (number - 1) * size + 1, math.min(number * size, #list), 1, {})
  return page, { TotalItems = #list, TotalPages = (#list + size - 1) // size, PageNumber = number, PageSize = size }
end

local function bound_to(zone, vpc_id)
  for _, bound in ipairs(zone.vpcs) do
    if bound.id == vpc_id then return true end
  end
  return false
end

function pvtz.DescribeZones(call)
  local p = call.p
  local found = call:list("zones", function(zone)
    local hit = not p.Keyword or (p.SearchMode == "EXACT" and zone.name == p.Keyword)
      or (p.SearchMode ~= "EXACT" and zone.name:find(p.Keyword:lower(), 1, true) ~= nil)
    return hit and (not p.QueryVpcId or bound_to(zone, p.QueryVpcId)) and p.ZoneType ~= "CLOUD_PRODUCT_ZONE"
  end)
  local page, answer = pages(call, found)
  local rows = {}
  for i, zone in ipairs(page) do rows[i] = show_zone(call, zone) end
  answer.Zones = { Zone = array(rows) }
  return answer
end

function pvtz.DescribeZoneVpcTree(call)
  local rows = {}
  for i, zone in ipairs(call:list("zones")) do
    rows[i] = show_zone(call, zone)
    rows[i].Vpcs = { Vpc = show_vpcs(call, zone) }
  end
  return { Zones = { Zone = array(rows) } }
end

-- The list is set as a whole; no VPC in it means unbind all.
function pvtz.BindZoneVpc(call)
  local zone = need_zone(call)
  local bound, seen = {}, {}
  for _, row in ipairs(call.p.Vpcs or {}) do
    local vpc = call.state.vpcs[row.VpcId or ""]
    if not vpc or vpc.owner ~= call.caller.uid or vpc.region ~= row.RegionId then
      call:fail("ZoneVpc.NotExists.VpcId",
        ("VPC %s does not exist in %s."):format(tostring(row.VpcId), tostring(row.RegionId)),
        { status = 400 })
    end
    for _, other in pairs(call.state.zones) do
      if other ~= zone and other.name == zone.name and bound_to(other, vpc.id) then
        call:fail("ZoneVpc.Zone.Repeated", "The VPC is bound to another zone of this name.")
      end
    end
    if not seen[vpc.id] then
      seen[vpc.id] = true
      bound[#bound + 1] = { id = vpc.id, region = vpc.region }
    end
  end
  call:commit()
  zone.vpcs, zone.updated = bound, call.now
  return {}
end

function pvtz.SetProxyPattern(call)
  local zone = need_zone(call)
  call:commit()
  zone.pattern, zone.updated = call.p.ProxyPattern, call.now
  return { ZoneId = zone.id }
end

function pvtz.UpdateZoneRemark(call)
  local zone = need_zone(call)
  if #(call.p.Remark or "") > 50 then call:fail("Zone.Remark", "Remark is too long.") end
  call:commit()
  zone.remark = call.p.Remark or ""
  return { ZoneId = zone.id }
end

local function check_value(call, kind, value)
  local valid = true
  if kind == "A" then valid = ipv4.address(value) ~= nil end
  if kind == "AAAA" then valid = value:match("^[%x:%.]+$") ~= nil and value:find(":", 1, true) ~= nil end
  if kind == "CNAME" or kind == "PTR" or kind == "MX" then valid = name_problem((value:gsub("%.$", ""))) == nil end
  if not valid then call:fail("Record.Invalid.Value", ("%s is no value for %s."):format(value, kind), INVENTED) end
end

local function check_record(call, zone, kind, rr, value, except)
  if rr ~= "@" and rr ~= "*" and name_problem((rr:gsub("^%*%.", ""))) then
    call:fail("Record.Invalid.Rr", ("%s is not a host name."):format(rr), INVENTED)
  end
  check_value(call, kind, value)
  if kind == "MX" and not call.p.Priority then
    call:fail("MissingParameter", "Priority is required for MX.", { status = 400 })
  end
  for _, record in ipairs(records_of(call, zone)) do
    if record ~= except and record.rr == rr then
      if record.kind == kind and record.value == value then
        call:fail("Record.Exists", "The record exists already.", INVENTED)
      elseif record.kind == "CNAME" or kind == "CNAME" then
        call:fail("Record.Conflict", "A CNAME stands alone.", INVENTED)
      end
    end
  end
end

function pvtz.AddZoneRecord(call)
  local p = call.p
  local zone = need_zone(call)
  check_record(call, zone, p.Type, p.Rr, p.Value)
  call:commit()
  local id = ids.number(call.state, 100000000, 999999999999)
  local record = call:add("records", tostring(id), { zone = zone.id, rr = p.Rr, kind = p.Type, value = p.Value,
    ttl = p.Ttl or 60, priority = p.Priority, weight = p.Weight or 1, Status = "ENABLE", remark = p.Remark or "",
    number = id, updated = call.now })
  zone.updated = call.now
  return { RecordId = record.number, Success = true }
end

function pvtz.UpdateZoneRecord(call)
  local p = call.p
  local record = need_record(call)
  check_record(call, call.state.zones[record.zone], p.Type, p.Rr, p.Value, record)
  call:commit()
  record.rr, record.kind, record.value, record.ttl = p.Rr, p.Type, p.Value, p.Ttl or record.ttl
  record.priority, record.updated = p.Priority, call.now
  return { RecordId = record.number }
end

function pvtz.DeleteZoneRecord(call)
  local record = need_record(call)
  call:commit()
  call.state.records[record.id] = nil
  return { RecordId = record.number }
end

function pvtz.SetZoneRecordStatus(call)
  local record = need_record(call)
  call:commit()
  record.Status, record.updated = call.p.Status, call.now
  return { RecordId = record.number, Status = record.Status }
end

function pvtz.UpdateRecordRemark(call)
  local record = need_record(call)
  if #(call.p.Remark or "") > 50 then call:fail("Zone.Remark", "Remark is too long.") end
  call:commit()
  record.remark = call.p.Remark or ""
  return { RecordId = record.number }
end

local function show_record(call, record)
  return { RecordId = record.number, ZoneId = record.zone, Rr = record.rr, Type = record.kind, Value = record.value,
    Ttl = record.ttl, Priority = record.priority, Weight = record.weight, Status = record.Status,
      Remark = record.remark,
    Line = "default", CreateTime = call:iso(record.created), UpdateTime = call:iso(record.updated),
    CreateTimestamp = math.floor(record.created * 1000), UpdateTimestamp = math.floor(record.updated * 1000) }
end

function pvtz.DescribeZoneRecords(call)
  local zone = need_zone(call)
  local found = {}
  for _, record in ipairs(records_of(call, zone)) do
    local key = call.p.Keyword
    local text = record.rr .. " " .. record.value
    if not key or (call.p.SearchMode == "LIKE" and text:find(key, 1, true)) or record.rr == key
      or record.value == key then
      found[#found + 1] = record
    end
  end
  local page, answer = pages(call, found)
  local rows = {}
  for i, record in ipairs(page) do rows[i] = show_record(call, record) end
  answer.Records = { Record = array(rows) }
  return answer
end

function pvtz.DescribeZoneRecord(call)
  return show_record(call, need_record(call))
end

function pvtz.DescribeRegions()
  local rows = {}
  for i, region in ipairs(regions.list) do
    rows[i] = { RegionId = region.id, RegionName = region.name, LocalName = region.name,
      RegionEndpoint = "pvtz.aliyuncs.com" }
  end
  return { Regions = { Region = array(rows) } }
end

function pvtz.DescribeUserServiceStatus()
  return { Status = "OPENED" }
end

return pvtz
