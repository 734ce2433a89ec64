-- SPDX-License-Identifier: MIT
-- Vpc 2016-04-28, fifth part: reading route entries, system routes included.

local array = require "json".array
local ipv4 = require "sandbox.ipv4"
local paging = require "sandbox.paging"

local reads = {}

-- System routes are not stored: one per vSwitch, and 100.64.0.0/10.
local function system_routes(call, object)
  local stem = object.id:gsub("^vtb%-", "")
  local function row(seq, key, destination, kind, modified)
    return { seq = seq, id = "rte-system-" .. key .. "-" .. stem, table = object.id, vpc = object.vpc, kind = "System",
      destination = destination, next_hop_type = kind, next_hop_id = "", Status = "Available", modified = modified }
  end
  local rows = { row(0, "service", ipv4.service_range.text, "service", object.created) }
  for _, vswitch in pairs(call.state.vswitches) do
    if vswitch.vpc == object.vpc then
      local key = vswitch.id:gsub("^vsw%-", "")
      rows[#rows + 1] = row(vswitch.seq, key, vswitch.cidr, "local", vswitch.created)
    end
  end
  return rows
end

---All routes of a table in a stable order, as the caller sees them now.
---@return table[]
function reads.of_table(call, object)
  local rows = system_routes(call, object)
  for _, route in pairs(call.state.routes) do
    if route.table == object.id and route.visible_at <= call.now then rows[#rows + 1] = route end
  end
  table.sort(rows, function(a, b) return a.seq < b.seq end)
  return rows
end

local function show(call, route)
  local origin = { System = "SystemCreate", Custom = "CustomCreate" }
  return {
    RouteEntryId = route.id, RouteEntryName = route.name or "", Description = route.description or "",
    RouteTableId = route.table, DestinationCidrBlock = route.destination, Status = route.Status, Type = route.kind,
    Origin = origin[route.kind] or "RoutePropagation", IpVersion = "IPv4", ServiceType = route.service_type or "",
    GmtModified = call:iso(route.modified),
    NextHops = { NextHop = array { {
      NextHopType = route.next_hop_type, NextHopId = route.next_hop_id, Enabled = 1, Weight = 100, NextHopRegionId = "",
      NextHopRelatedInfo = { InstanceId = "", InstanceType = "", RegionId = "" },
    } } },
  }
end

local function set_of(list)
  if not list then return nil end
  local set = {}
  for _, text in ipairs(list) do
    local block = ipv4.block(text)
    set[block and block.text or text] = true
  end
  return set
end

function reads.DescribeRouteEntryList(call)
  local p = call.p
  local object = call:need("route_tables", p.RouteTableId, "InvalidRouteTable.NotFound", "Route table")
  if object.associate_type == "Gateway" then
    call:fail("OperationDenied.UseGatewayRouteEntryQueryInterface", "Gateway tables have a query of their own.")
  end
  if (p.RouteEntryId or p.RouteEntryName) and p.RouteEntryType ~= "Custom" then
    call:fail("OperationFailed.FilterParamUnderWrongRouteType",
      "The filters by id and by name need RouteEntryType=Custom.")
  end
  local destinations = set_of(p.DestCidrBlockList) or set_of(p.DestinationCidrBlock and { p.DestinationCidrBlock })
  local found = {}
  for _, route in ipairs(reads.of_table(call, object)) do
    if (not p.RouteEntryType or route.kind == p.RouteEntryType)
      and (not p.RouteEntryId or route.id == p.RouteEntryId)
      and (not p.RouteEntryName or route.name == p.RouteEntryName)
      and (not p.NextHopType or route.next_hop_type == p.NextHopType)
      and (not p.NextHopId or route.next_hop_id == p.NextHopId)
      and (not destinations or destinations[route.destination])
      and p.IpVersion ~= "IPv6" and (not p.ServiceType or route.service_type == p.ServiceType) then
      found[#found + 1] = route
    end
  end
  local page, cursor = paging.cursor(call, found, { size = "MaxResult", default = 100 })
  local rows = {}
  for i, route in ipairs(page) do rows[i] = show(call, route) end
  return { RouteEntrys = { RouteEntry = array(rows) }, NextToken = cursor.NextToken }
end

local function old_row(route)
  return {
    RouteTableId = route.table, RouteEntryId = route.id, RouteEntryName = route.name or "",
    Description = route.description or "", DestinationCidrBlock = route.destination, Status = route.Status,
    Type = route.kind, NextHopType = route.next_hop_type, InstanceId = route.next_hop_id,
    NextHops = { NextHop = array {} },
  }
end

-- The older list: tables with all their routes inside.
function reads.DescribeRouteTables(call)
  local p = call.p
  local router = p.RouterId or p.VRouterId
  local known = router == nil
  for _, vpc in ipairs(call:list("vpcs")) do known = known or vpc.router == router end
  if not known then call:fail("InvalidVRouterId.NotFound", ("Router %s does not exist."):format(router)) end
  local found = call:list("route_tables", function(object)
    local vpc = call.state.vpcs[object.vpc]
    return (not router or (vpc and vpc.router == router)) and (not p.RouteTableId or object.id == p.RouteTableId)
      and (not p.RouteTableName or object.name == p.RouteTableName) and p.RouterType ~= "VBR"
  end)
  local page, answer = paging.numbers(call, found, { default = 10 })
  local rows = {}
  for i, object in ipairs(page) do
    local entries, vpc = {}, call.state.vpcs[object.vpc]
    for j, route in ipairs(reads.of_table(call, object)) do entries[j] = old_row(route) end
    rows[i] = {
      RouteTableId = object.id, RouteTableType = object.kind, VRouterId = vpc and vpc.router or "",
        Status = object.Status,
      CreationTime = call:iso(object.created), ResourceGroupId = object.group,
      RouteEntrys = { RouteEntry = array(entries) }, VSwitchIds = { VSwitchId = array {} },
    }
  end
  answer.RouteTables = { RouteTable = array(rows) }
  return answer
end

-- Nothing here publishes routes; provider tools ask all the same and know this answer.
function reads.ListVpcPublishedRouteEntries(call)
  call:fail("ResourceNotAssociated.TargetInstance", "The route table is associated with no such instance.")
end

function reads.GetVpcRouteEntrySummary(call)
  local p = call.p
  local vpc = call:need("vpcs", p.VpcId, "InvalidVpcId.NotFound", "VPC")
  local rows = {}
  for _, object in ipairs(call:list("route_tables", function(t)
    return t.vpc == vpc.id and (not p.RouteTableId or t.id == p.RouteTableId)
  end)) do
    local counts = { Custom = 0, System = 0, BGP = 0, CEN = 0, ECR = 0 }
    for _, route in ipairs(reads.of_table(call, object)) do counts[route.kind] = counts[route.kind] + 1 end
    local entries = {}
    for _, kind in ipairs { "Custom", "System", "BGP", "CEN", "ECR" } do
      if p.RouteEntryType == "All" or p.RouteEntryType == kind then
        entries[#entries + 1] = { RouteEntryType = kind, Count = counts[kind] }
      end
    end
    rows[#rows + 1] = { RouteTableId = object.id, EntrySummarys = array(entries) }
  end
  return { RouteEntrySummarys = array(rows) }
end

return reads
