-- SPDX-License-Identifier: MIT
-- Vpc 2016-04-28, fourth part: writing route entries, one by one and in batches. One change at a time
-- per VPC; the batch operations answer 200 and count what failed.

local array = require "json".array
local failure = require "sandbox.failure"
local ipv4 = require "sandbox.ipv4"
local rules = require "sandbox.products.route_rules"

local routes = {}

local function need_table(call, id, codes)
  local object = call:need("route_tables", id, codes or { "InvalidRouteTableId.NotFound" }, "Route table")
  return object, call.state.vpcs[object.vpc]
end

local function hop_of(call)
  local p = call.p
  if p.NextHopList then
    if p.NextHopId then
      call:fail("InvalidNexthopTypeAndList.BothNotNull", "Give one next hop or a list of them, not both.")
    end
    if #p.NextHopList < 2 then call:fail("InvalidNexthopListSize", "A list of next hops has 2 to 16 entries.") end
    return "RouterInterface", p.NextHopList[1].NextHopId or ""
  end
  if not p.NextHopId then call:fail("InvalidNexthopTypeAndList.BothNull", "A next hop is missing.") end
  return p.NextHopType or "Instance", p.NextHopId
end

local function add_route(call, object, vpc, fields)
  local route = call:add("routes", call:id("rte", 21), {
    region = vpc.region, vpc = vpc.id, table = object.id, owner = vpc.owner, kind = "Custom",
    destination = fields.destination, next_hop_type = fields.kind, next_hop_id = fields.hop, name = fields.name,
    description = fields.description, modified = call.now, weight_in_quota = fields.weight,
  })
  call:pass("routes", route, "Status", "Pending", "Available", "route")
  return route
end

-- A prefix list as destination: it counts with its maximum size.
local function prefix_list(call, id)
  local list = call.state.prefix_lists[id]
  if not list or list.owner ~= call.caller.uid then
    call:fail("ResourceNotFound.PrefixList", ("Prefix list %s does not exist."):format(id))
  end
  return { text = id }, list.maximum
end

function routes.CreateRouteEntry(call)
  local object, vpc = need_table(call, call.p.RouteTableId)
  local kind, hop = hop_of(call)
  if object.associate_type == "Gateway" then
    call:fail("OperationDenied.GatewayRouteTableNotPermitted", "Gateway tables take no such route.")
  end
  local block, weight
  if call.p.DestinationCidrBlock:match("^pl%-") then
    block, weight = prefix_list(call, call.p.DestinationCidrBlock)
  else
    block = rules.destination(call, vpc, call.p.DestinationCidrBlock, false)
  end
  rules.next_hop(call, vpc, kind, hop)
  rules.idle(call, vpc, object)
  rules.unique(call, object, block, hop, false)
  rules.room(call, object, weight)
  call:commit()
  local route = add_route(call, object, vpc, { destination = block.text, kind = kind, hop = hop,
    name = call.p.RouteEntryName, description = call.p.Description, weight = weight })
  return { RouteEntryId = route.id }
end

local function batch_idle(call, entries)
  local seen = {}
  for _, entry in ipairs(entries) do
    local object = call:own("route_tables", entry.RouteTableId)
    if object and not seen[object.vpc] then
      seen[object.vpc] = true
      rules.idle(call, call.state.vpcs[object.vpc], object)
    end
  end
end

local function failed(entry, err)
  return { DstCidrBlock = entry.DstCidrBlock or "", NextHop = entry.NextHop or "", RouteEntryId = entry.RouteEntryId,
    FailedCode = err.code, FailedMessage = err.message }
end

-- Runs check over every entry; returns what passed and what failed.
local function sift(entries, check)
  local good, bad = {}, {}
  for _, entry in ipairs(entries) do
    local ok, result = pcall(check, entry)
    if ok then
      good[#good + 1] = result
    elseif failure.is(result) then
      bad[#bad + 1] = failed(entry, result)
    else
      error(result, 0)
    end
  end
  return good, bad
end

local function check_new(call, entry, planned)
  local object, vpc = need_table(call, entry.RouteTableId)
  local block = rules.destination(call, vpc, entry.DstCidrBlock, true)
  rules.next_hop(call, vpc, entry.NextHopType, entry.NextHop)
  rules.unique(call, object, block, entry.NextHop, true)
  local key = object.id .. " " .. block.text
  if planned[key] then
    failure.raise("VPC_ROUTE_ENTRY_CIDR_BLOCK_DUPLICATE", "The destination is given twice.")
  end
  planned[object.id] = (planned[object.id] or 0) + 1
  rules.room(call, object, planned[object.id])
  planned[key] = true
  return { object = object, vpc = vpc, destination = block.text, kind = entry.NextHopType, hop = entry.NextHop,
    name = entry.Name, description = entry.Description }
end

local function commit_batch(call, good, bad)
  -- a dry run of a batch with failures shows the failures
  if call.p.DryRun and #bad > 0 then return false end
  if #good > 0 or call.p.DryRun then call:commit() end
  return true
end

function routes.CreateRouteEntries(call)
  batch_idle(call, call.p.RouteEntries)
  local planned = {}
  local good, bad = sift(call.p.RouteEntries, function(entry) return check_new(call, entry, planned) end)
  local ids = {}
  if commit_batch(call, good, bad) then
    for i, fields in ipairs(good) do ids[i] = add_route(call, fields.object, fields.vpc, fields).id end
  end
  return { SuccessCount = #ids, FailedCount = #bad, FailedRouteEntries = array(bad), RouteEntryIds = array(ids) }
end

local function find_route(call, id, table_id, destination, hop)
  if id then
    local route = call:own("routes", id)
    if not route then call:fail("InvalidRouteEntryId.NotFound", ("Route entry %s does not exist."):format(id)) end
    return route
  end
  local block = ipv4.block(destination)
  local text = block and block.text or destination
  if not block and not destination:match("^pl%-") then
    call:fail("InvalidCidrBlock.Malformed", ("%s is not a CIDR block."):format(destination))
  end
  for _, route in pairs(call.state.routes) do
    if route.table == table_id and route.destination == text and (not hop or route.next_hop_id == hop) then
      return route
    end
  end
  call:fail("InvalidRouteEntry.NotFound", ("No such route to %s."):format(text))
end

-- A system route asked for by its destination.
local function check_system(call, object, destination)
  local block = destination and ipv4.block(destination)
  if not block then return end
  local system = block.text == ipv4.service_range.text
  for _, vswitch in pairs(call.state.vswitches) do
    if vswitch.vpc == object.vpc and vswitch.cidr == block.text then system = true end
  end
  if system then call:fail("OperationDenied", "System routes cannot be deleted.") end
end

local function check_deletable(call, route)
  if route.service_type then
    call:fail("OperationDenied.DeleteManagedRouteEntry", "A transit router manages this route.")
  end
  if route.kind ~= "Custom" then call:fail("OperationDenied", "Only custom routes can be deleted.") end
  if route.Status ~= "Available" then
    call:fail("IncorrectRouteEntryStatus", ("The route is %s."):format(route.Status))
  end
end

function routes.DeleteRouteEntry(call)
  local p = call.p
  if p.NextHopId and p.NextHopList then
    call:fail("ParamExclusive.NextHopIdAndList", "Give one next hop or a list, not both.")
  end
  if p.RouteEntryId and (p.RouteTableId or p.DestinationCidrBlock) then
    call:fail("ParamExclusive.RouteEntryIdAndRouteTableIdOrDestCidrBlock",
      "Name the route by its id, or by table and destination.")
  end
  if not p.RouteEntryId and not (p.RouteTableId and p.DestinationCidrBlock and (p.NextHopId or p.NextHopList)) then
    call:fail("MissingParameter", "RouteEntryId, or RouteTableId with DestinationCidrBlock and NextHopId, is required.")
  end
  if p.RouteEntryId and p.RouteEntryId:match("^rte%-system") then
    call:fail("OperationDenied", "System routes cannot be deleted.")
  end
  if p.RouteTableId then
    local object = need_table(call, p.RouteTableId)
    check_system(call, object, p.DestinationCidrBlock)
  end
  local hop = p.NextHopId or (p.NextHopList and p.NextHopList[1].NextHopId)
  local route = find_route(call, p.RouteEntryId, p.RouteTableId, p.DestinationCidrBlock, hop)
  check_deletable(call, route)
  rules.idle(call, call.state.vpcs[route.vpc], call.state.route_tables[route.table])
  call:commit()
  call:vanish("routes", route, "Status", "Deleting", "route_delete")
  return {}
end

local function check_old(call, entry, planned)
  need_table(call, entry.RouteTableId)
  local ok, route = pcall(find_route, call, entry.RouteEntryId, entry.RouteTableId, entry.DstCidrBlock or "",
    entry.NextHop)
  if not ok then
    if failure.is(route) and route.code:match("NotFound$") then
      failure.raise("VPC_ROUTER_ENTRY_NOT_EXIST", "No such route.")
    end
    error(route, 0)
  end
  if planned[route.id] then failure.raise("VPC_ROUTER_ENTRY_NOT_EXIST", "The route is named twice.") end
  check_deletable(call, route)
  planned[route.id] = true
  return route
end

function routes.DeleteRouteEntries(call)
  if not call.p.RouteEntries then call:fail("MissingParameter", "RouteEntries is required.") end
  batch_idle(call, call.p.RouteEntries)
  local planned = {}
  local good, bad = sift(call.p.RouteEntries, function(entry) return check_old(call, entry, planned) end)
  local count = 0
  if commit_batch(call, good, bad) then
    count = #good
    for _, route in ipairs(good) do call:vanish("routes", route, "Status", "Deleting", "route_delete") end
  end
  return { SuccessCount = count, FailedCount = #bad, FailedRouteEntries = array(bad) }
end

local function modified_route(call)
  local p = call.p
  if not p.RouteEntryId and not (p.RouteTableId and p.DestinationCidrBlock) then
    call:fail("MissingParam.RouteEntryIdOrRouteTableDstCidr", "Name the route by id, or by table and destination.")
  end
  if not p.RouteEntryId then need_table(call, p.RouteTableId, { "InvalidRouteTable.NotFound" }) end
  local ok, route = pcall(find_route, call, p.RouteEntryId, p.RouteTableId, p.DestinationCidrBlock)
  if not ok then
    if failure.is(route) and route.code == "InvalidRouteEntry.NotFound" then
      route.code = "ResourceNotFound.RouteEntry"
    end
    error(route, 0)
  end
  return route
end

function routes.ModifyRouteEntry(call)
  local p = call.p
  local route = modified_route(call)
  if route.service_type then
    call:fail("OperationDenied.ModifyManagedRouteEntry", "A transit router manages this route.")
  end
  if (p.NewNextHopType == nil) ~= (p.NewNextHopId == nil) then
    local missing = p.NewNextHopId and "NewNextHopType" or "NewNextHopId"
    call:fail("MissingParam." .. missing, missing .. " is required as well.")
  end
  local vpc, object = call.state.vpcs[route.vpc], call.state.route_tables[route.table]
  if p.NewNextHopId then
    -- whether peering next hops can be changed is not published: refused unless switched on
    if not call.settings.switches.modify_next_hop then
      call:fail("UnsupportedFeature.ModifyRouteEntryNextHop", "The next hop cannot be changed in this region.")
    end
    if route.next_hop_id == p.NewNextHopId then
      call:fail("OperationDenied.NextHopExist", "The route has this next hop.")
    end
    rules.next_hop(call, vpc, p.NewNextHopType, p.NewNextHopId)
  end
  if route.Status ~= "Available" then
    call:fail("IncorrectRouteEntryStatus", ("The route is %s."):format(route.Status))
  end
  rules.idle(call, vpc, object)
  call:commit()
  route.name = p.RouteEntryName or route.name
  route.description = p.Description or route.description
  route.next_hop_type = p.NewNextHopType or route.next_hop_type
  route.next_hop_id = p.NewNextHopId or route.next_hop_id
  route.modified = call.now
  call:pass("routes", route, "Status", "Modifying", "Available", "route")
  return {}
end

return routes
