-- SPDX-License-Identifier: MIT
-- Vpc 2016-04-28, third part: route tables and which vSwitch uses which.

local array = require "json".array
local paging = require "sandbox.paging"
local tags = require "sandbox.tags"

local tables = {}

function tables.CreateRouteTable(call)
  local vpc = call:need("vpcs", call.p.VpcId, "InvalidVpcId.NotFound", "VPC")
  local given = tags.check(call, call.p.Tag)
  local count = call:count("route_tables", function(t) return t.vpc == vpc.id and t.kind == "Custom" end)
  if count >= call:quota("custom_tables_per_vpc") then
    call:fail("QuotaExceeded.RouteTable", "The VPC has too many custom route tables.")
  end
  call:commit()
  local new = call:add("route_tables", call:id("vtb", 21), {
    region = vpc.region, vpc = vpc.id, kind = "Custom", associate_type = call.p.AssociateType or "VSwitch",
    name = call.p.RouteTableName, description = call.p.Description, tags = given, group = vpc.group,
  })
  call:pass("route_tables", new, "Status", "Pending", "Available", "route_table")
  return { RouteTableId = new.id }
end

local TABLE_NOT_FOUND <const> = { "InvalidRouteTableId.NotFound", "InvalidRouteTable.NotFound" }

function tables.DeleteRouteTable(call)
  local object = call:own("route_tables", call.p.RouteTableId)
  -- no code for an unknown table is published for this operation
  if not object then
    call:fail("InvalidRouteTableId.NotFound", ("Route table %s does not exist."):format(call.p.RouteTableId),
      { status = 404, invented = true })
  end
  if object.kind == "System" then call:fail("IncorrectRouteTableType", "The system table cannot be deleted.") end
  if object.Status ~= "Available" then call:fail("IncorrectRouteTableStatus", "The table is being changed.") end
  for _, route in pairs(call.state.routes) do
    if route.table == object.id then call:fail("DependencyViolation.RouteEntry", "The table still has routes.") end
  end
  for _, vswitch in pairs(call.state.vswitches) do
    if vswitch.route_table == object.id then
      call:fail("IncorrectRouteTableStatus", ("vSwitch %s uses the table."):format(vswitch.id))
    end
  end
  call:commit()
  call:vanish("route_tables", object, "Status", "Deleting", "route_table")
  return {}
end

local function pair(call)
  local object = call:need("route_tables", call.p.RouteTableId, TABLE_NOT_FOUND, "Route table")
  local vswitch = call:need("vswitches", call.p.VSwitchId, { "InvalidVSwitchId.NotFound", "ResourceNotFound.VSwitch" },
    "vSwitch")
  return object, vswitch
end

function tables.AssociateRouteTable(call)
  local object, vswitch = pair(call)
  if object.kind == "System" then
    call:fail("OperationDenied.SwitchToSystemRouteTable", "Unbind the custom table to return to the system table.")
  end
  if object.associate_type == "Gateway" then
    call:fail("OperationDenied.AssociateGatewayRouteTable", "A gateway table cannot be bound to a vSwitch.")
  end
  if object.vpc ~= vswitch.vpc then call:fail("Forbidden.NotInSameVpc", "Table and vSwitch belong to two VPCs.") end
  if object.Status ~= "Available" then call:fail("IncorrectStatus.RouteTable", "The table is not Available.") end
  if vswitch.Status ~= "Available" then call:fail("IncorrectVSwitchStatus", "The vSwitch is not Available.") end
  local bound = call.state.route_tables[vswitch.route_table]
  if bound == object then
    call:fail("ResourceAlreadyAssociated.RouteTable", "The table is bound to this vSwitch already.")
  end
  if bound.kind == "Custom" then
    call:fail("Forbidden.VSwitchAlreadyAssociatedRouteTable", "The vSwitch uses another custom table.")
  end
  call:commit()
  vswitch.route_table = object.id
  call:pass("vswitches", vswitch, "Status", "Pending", "Available", "associate")
  return {}
end

function tables.UnassociateRouteTable(call)
  local object, vswitch = pair(call)
  if object.kind == "System" then
    call:fail("OperationUnsupported.SystemRouteTable", "The system table cannot be unbound.")
  end
  if vswitch.route_table ~= object.id then
    call:fail("OperationFailed.VSwitchNotAssociate", "The vSwitch does not use this table.")
  end
  if vswitch.Status ~= "Available" then call:fail("IncorrectVSwitchStatus", "The vSwitch is not Available.") end
  call:commit()
  vswitch.route_table = call.state.vpcs[vswitch.vpc].system_table
  call:pass("vswitches", vswitch, "Status", "Pending", "Available", "associate")
  return {}
end

-- vSwitches that are bound explicitly. Whether the system table lists those that merely fall back to it
-- is not published: it lists none here, so that no client comes to depend on it.
local function bound_vswitches(call, object)
  local list = {}
  if object.kind == "Custom" then
    for _, vswitch in ipairs(call:list("vswitches", function(v) return v.route_table == object.id end)) do
      list[#list + 1] = vswitch.id
    end
  end
  return array(list)
end

function tables.DescribeRouteTableList(call)
  local p = call.p
  local found = call:list("route_tables", function(object)
    local vpc = call.state.vpcs[object.vpc]
    return p.RouterType ~= "VBR" and (not p.RouterId or (vpc and vpc.router == p.RouterId))
      and (not p.VpcId or object.vpc == p.VpcId) and (not p.RouteTableId or object.id == p.RouteTableId)
      and (not p.RouteTableName or object.name == p.RouteTableName)
      and (not p.RouteTableType or object.kind == p.RouteTableType)
      and (not p.ResourceGroupId or object.group == p.ResourceGroupId) and tags.match(object, p.Tag)
  end)
  local page, answer = paging.numbers(call, found, { default = 10 })
  local rows = {}
  for i, object in ipairs(page) do
    local vpc = call.state.vpcs[object.vpc]
    rows[i] = {
      RouteTableId = object.id, RouteTableName = object.name or "", RouteTableType = object.kind,
      Description = object.description or "", Status = object.Status, VpcId = object.vpc,
      RouterId = vpc and vpc.router or "", RouterType = "VRouter", AssociateType = object.associate_type,
      OwnerId = object.owner, CreationTime = call:iso(object.created), ResourceGroupId = object.group,
      VSwitchIds = { VSwitchId = bound_vswitches(call, object) }, GatewayIds = { GatewayIds = array {} },
      RoutePropagationEnable = true, Tags = { Tag = tags.show(object) },
    }
  end
  answer.RouterTableList = { RouterTableListType = array(rows) }
  return answer
end

return tables
