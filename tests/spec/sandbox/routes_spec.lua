-- SPDX-License-Identifier: MIT
-- Route entries: which destinations and next hops are allowed, one change at a time per VPC, batches.

local driver = dofile((debug.getinfo(1, "S").source:sub(2):gsub("[^/]+$", "driver.lua")))
local json = require "json"
local presets = require("sandbox").presets
local task = require "task"
local test = require "spec"

local OWN <const> = "vtb-gw8example"

-- The worked example with an active peering and some other next hops.
local function world(change)
  local copy = json.decode(json.encode(presets["worked-example"]))
  copy.peerings = { { id = "pcc-one", vpc = "vpc-t4nexample", accepting_vpc = "vpc-gw8example" } }
  copy.next_hops = { { id = "ngw-one", kind = "NatGateway", vpc = "vpc-gw8example" },
    { id = "ngw-far", kind = "NatGateway", vpc = "vpc-t4nexample" } }
  copy.prefix_lists = { { id = "pl-one", maximum = 50, entries = { "100.103.48.11/32" } } }
  copy.vpcs[2].route_tables = { { id = "vtb-gw8custom", name = "custom" } }
  copy.vpcs[#copy.vpcs + 1] = { id = "vpc-third", region = "eu-central-1", cidr = "10.30.0.0/16" }
  if change then change(copy) end
  return copy
end

local function new(options)
  options = options or {}
  options.world = options.world or world()
  return driver.new(options)
end

local function wish(more)
  local params = { RouteTableId = OWN, DestinationCidrBlock = "100.103.48.11", NextHopType = "VpcPeer",
    NextHopId = "pcc-one" }
  for key, value in pairs(more or {}) do params[key] = value ~= "" and value or nil end
  return params
end

local function custom(cloud, table_id, more)
  local params = { RegionId = "eu-central-1", RouteTableId = table_id or OWN, RouteEntryType = "Custom" }
  for key, value in pairs(more or {}) do params[key] = value end
  return cloud:call("Vpc", "DescribeRouteEntryList", params).RouteEntrys.RouteEntry
end

test("what a destination may be", function()
  local allowed = { "100.103.48.11", "100.103.48.0/24", "10.10.0.0/16", "10.20.0.0/16", "0.0.0.0/0", "8.8.8.0/24",
    "100.0.0.0/8" }
  for _, destination in ipairs(allowed) do
    local cloud <close> = new()
    cloud:call("Vpc", "CreateRouteEntry", wish { DestinationCidrBlock = destination })
    local shown = custom(cloud)[1].DestinationCidrBlock
    test.equal(shown, destination:find("/", 1, true) and destination or destination .. "/32")
  end
  local cloud <close> = new()
  local refused = {
    { "rubbish", "InvalidCidrBlock.Malformed" }, { "10.0.0.1/24", "InvalidCidrBlock.Malformed" },
    { "10.0.0.0/33", "InvalidCidrBlock.Malformed" }, { "10.0.0.300", "InvalidCidrBlock.Malformed" },
    { "2001:db8::/64", "OperationDenied.VpcIpv6NotEnabled" },
    { "100.64.0.0/10", "InvalidDestinationCidrBlock" }, { "127.0.0.0/8", "InvalidDestinationCidrBlock" },
    { "169.254.1.0/24", "InvalidDestinationCidrBlock" }, { "224.1.0.0/16", "InvalidDestinationCidrBlock" },
    { "10.20.1.0/24", "InvalidCidrBlock" }, { "10.20.1.10", "InvalidCidrBlock" },
    { "pl-unknown", "ResourceNotFound.PrefixList" },
  }
  for _, row in ipairs(refused) do
    local code, status = cloud:refused("Vpc", "CreateRouteEntry", wish { DestinationCidrBlock = row[1] })
    test.equal({ code, status }, { row[2], 400 }, row[1])
  end
end)

test("the old rule refuses all of 100.64.0.0/10", function()
  local cloud <close> = new { switches = { old_service_rule = true } }
  test.equal(cloud:refused("Vpc", "CreateRouteEntry", wish()), "InvalidDestinationCidrBlock")
end)

test("what a next hop may be", function()
  local cloud <close> = new { world = world(function(w)
    w.peerings[2] = { id = "pcc-third", vpc = "vpc-t4nexample", accepting_vpc = "vpc-third" }
    w.peerings[3] = { id = "pcc-waiting", vpc = "vpc-gw8example", accepting_vpc = "vpc-third", status = "Accepting" }
  end) }
  local V <const>, A <const> = "Vpc", "CreateRouteEntry"
  cloud:expect_refusals {
    { V, A, wish { NextHopId = "" }, "InvalidNexthopTypeAndList.BothNull", 400 },
    { V, A, wish { NextHopList = { { NextHopId = "ri-1", NextHopType = "RouterInterface" } } },
      "InvalidNexthopTypeAndList.BothNotNull" },
    { V, A, wish { NextHopId = "", NextHopList = { { NextHopId = "ri-1", NextHopType = "RouterInterface" } } },
      "InvalidNexthopListSize" },
    { V, A, wish { NextHopType = "" }, "InvalidInstanId.NotFound", 404 }, -- the type defaults to Instance
    { V, A, wish { NextHopType = "Tunnel" }, "InvalidNextHopType" },
    { V, A, wish { NextHopId = "pcc-unknown" }, "ResourceNotFound.VpcPeer", 400 },
    { V, A, wish { NextHopId = "pcc-third" }, "OperationFailed.InstanceDismatchCurrentVpc" },
    { V, A, wish { NextHopId = "pcc-waiting" }, "IncorrectStatus.VpcPeer" },
    { V, A, wish { NextHopType = "NatGateway", NextHopId = "ngw-unknown" }, "InvalidNatGateway.NotFound" },
    { V, A, wish { NextHopType = "NatGateway", NextHopId = "ngw-far" }, "OperationFailed.InstanceDismatchCurrentVpc" },
    { V, A, wish { NextHopType = "HaVip", NextHopId = "x" }, "InvalidHaVip.NotFound" },
    { V, A, wish { NextHopType = "NetworkInterface", NextHopId = "x" }, "InvalidNetworkInterface.NotFound" },
    { V, A, wish { NextHopType = "GatewayEndpoint", NextHopId = "x" }, "InvalidNextHop.NotFound" },
    { V, A, wish { NextHopType = "Instance", NextHopId = "i-t4nexample" }, "InvalidInstanId.NotFound",
      options = { host = "vpc.eu-central-1.aliyuncs.com" } },
    { V, A, wish { RouteTableId = "vtb-unknown" }, "InvalidRouteTableId.NotFound", 404 },
    { V, A, wish { RouteTableId = "" }, "MissingParameter" },
    { V, A, wish { RouteEntryName = "http://x" }, "InvalidRouteEntryName.Malformed" },
    { V, A, wish { Description = "https://x" }, "InvalidDescription.Malformed" },
    { V, A, wish { DryRun = true }, "DryRunOperation" },
  }
  cloud:call(V, A, wish { NextHopType = "NatGateway", NextHopId = "ngw-one" })
  cloud:call(V, A, wish { NextHopType = "Instance", NextHopId = "i-gw8example", DestinationCidrBlock = "8.8.8.8" })
  test.equal(#custom(cloud), 2)
end)

test("one destination, one route in a table", function()
  local cloud <close> = new()
  cloud:call("Vpc", "CreateRouteEntry", wish())
  cloud:expect_refusals {
    { "Vpc", "CreateRouteEntry", wish(), "Duplicated.VpcNextHop" },
    { "Vpc", "CreateRouteEntry", wish { NextHopType = "NatGateway", NextHopId = "ngw-one" },
      "InvalidCIDRBlock.Duplicate" },
  }
  cloud:call("Vpc", "CreateRouteEntry", wish { RouteTableId = "vtb-gw8custom" })
end)

test("a dynamic route and a transit router's route are not ours", function()
  local cloud <close> = new { world = world(function(w)
    w.routes = { { id = "rte-cen", table = OWN, destination = "10.99.0.0/16", kind = "CEN",
      next_hop_type = "Attachment",
      next_hop = "tr-1", service_type = "TR" } }
  end) }
  cloud:expect_refusals {
    { "Vpc", "CreateRouteEntry", wish { DestinationCidrBlock = "10.99.0.0/16" }, "RouteConflict.AlreadyExist" },
    { "Vpc", "DeleteRouteEntry", { RouteEntryId = "rte-cen" }, "OperationDenied.DeleteManagedRouteEntry" },
    { "Vpc", "ModifyRouteEntry", { RegionId = "eu-central-1", RouteEntryId = "rte-cen", RouteEntryName = "x" },
      "OperationDenied.ModifyManagedRouteEntry" },
  }
end)

test("a table holds 200 custom routes; a prefix list counts with its maximum", function()
  local cloud <close> = new { quotas = { routes_per_table = 51 } }
  cloud:call("Vpc", "CreateRouteEntry", wish { DestinationCidrBlock = "pl-one" })
  cloud:call("Vpc", "CreateRouteEntry", wish())
  test.equal(cloud:refused("Vpc", "CreateRouteEntry", wish { DestinationCidrBlock = "8.8.8.8" }), "QuotaExceeded")
  test.equal(require("sandbox.settings").new({}).quotas.routes_per_table, 200)
end)

test.simulated("Pending, Available; a second write in the VPC is a conflict, another VPC is not", {}, function()
  local cloud <close> = new { time_scale = 1 }
  local first = cloud:call("Vpc", "CreateRouteEntry", wish())
  test.equal(custom(cloud)[1].Status, "Pending")
  cloud:expect_refusals {
    { "Vpc", "CreateRouteEntry", wish { DestinationCidrBlock = "8.8.8.8" }, "TaskConflict", 400 },
    { "Vpc", "CreateRouteEntry", wish { DestinationCidrBlock = "8.8.8.8", RouteTableId = "vtb-gw8custom" },
      "TaskConflict" },
    { "Vpc", "DeleteRouteEntry", { RouteEntryId = first.RouteEntryId }, "IncorrectRouteEntryStatus" },
    { "Vpc", "CreateVSwitch", { RegionId = "eu-central-1", VpcId = "vpc-gw8example", ZoneId = "eu-central-1a",
      CidrBlock = "10.20.9.0/24" }, "IncorrectRouteEntryStatus" },
  }
  cloud:call("Vpc", "CreateRouteEntry", wish { RouteTableId = "vtb-t4nexample", DestinationCidrBlock = "10.20.0.0/16" })
  task.sleep(3)
  test.equal(custom(cloud)[1].Status, "Available")
  cloud:call("Vpc", "DeleteRouteEntry", { RouteEntryId = first.RouteEntryId })
  test.equal(custom(cloud)[1].Status, "Deleting")
  test.equal(cloud:refused("Vpc", "CreateRouteEntry", wish { DestinationCidrBlock = "8.8.8.8" }), "TaskConflict")
  task.sleep(3)
  test.equal(custom(cloud), json.array {})
  test.equal(cloud:refused("Vpc", "DeleteRouteEntry", { RouteEntryId = first.RouteEntryId }),
    "InvalidRouteEntryId.NotFound")
end)

test.simulated("a route write waits for VPC and vSwitches as well", {}, function()
  local cloud <close> = new { time_scale = 1 }
  cloud:call("Vpc", "CreateVSwitch", { RegionId = "eu-central-1", VpcId = "vpc-gw8example", ZoneId = "eu-central-1a",
    CidrBlock = "10.20.9.0/24" })
  test.equal(cloud:refused("Vpc", "CreateRouteEntry", wish()), "IncorrectVSwitchStatus")
  task.sleep(2)
  cloud:call("Vpc", "AssociateVpcCidrBlock", { RegionId = "eu-central-1", VpcId = "vpc-gw8example",
    SecondaryCidrBlock = "10.21.0.0/16" })
  test.equal(cloud:refused("Vpc", "CreateRouteEntry", wish()), "IncorrectVpcStatus")
end)

test("delete by id or by natural key, not by both", function()
  local cloud <close> = new()
  local made = cloud:call("Vpc", "CreateRouteEntry", wish())
  local key = { RouteTableId = OWN, DestinationCidrBlock = "100.103.48.11/32", NextHopId = "pcc-one" }
  local V <const>, D <const> = "Vpc", "DeleteRouteEntry"
  local function with(more)
    local params = {}
    for name, value in pairs(key) do params[name] = value end
    for name, value in pairs(more) do params[name] = value ~= "" and value or nil end
    return params
  end
  cloud:expect_refusals {
    { V, D, with { RouteEntryId = made.RouteEntryId }, "ParamExclusive.RouteEntryIdAndRouteTableIdOrDestCidrBlock" },
    { V, D, with { NextHopList = { { NextHopId = "a", NextHopType = "RouterInterface" } } },
      "ParamExclusive.NextHopIdAndList" },
    { V, D, {}, "MissingParameter" }, { V, D, with { NextHopId = "" }, "MissingParameter" },
    { V, D, with { RouteTableId = "vtb-unknown" }, "InvalidRouteTableId.NotFound", 404 },
    { V, D, with { NextHopId = "pcc-other" }, "InvalidRouteEntry.NotFound", 400 },
    { V, D, with { DestinationCidrBlock = "9.9.9.9" }, "InvalidRouteEntry.NotFound" },
    { V, D, with { DestinationCidrBlock = "rubbish" }, "InvalidCidrBlock.Malformed" },
    { V, D, with { DestinationCidrBlock = "100.64.0.0/10" }, "OperationDenied" },
    { V, D, with { DestinationCidrBlock = "10.20.1.0/24" }, "OperationDenied" },
    { V, D, { RouteEntryId = "rte-unknown" }, "InvalidRouteEntryId.NotFound", 400 },
    { V, D, with { DryRun = true }, "DryRunOperation" },
  }
  cloud:call(V, D, key)
  test.equal(#custom(cloud), 0)
  test.equal(cloud:refused(V, D, key), "InvalidRouteEntry.NotFound")
end)

local function entry(destination, more)
  local row = { RouteTableId = OWN, DstCidrBlock = destination, NextHop = "pcc-one", NextHopType = "VpcPeer" }
  for key, value in pairs(more or {}) do row[key] = value end
  return row
end

local function batch(cloud, action, entries, more)
  local params = { RegionId = "eu-central-1", RouteEntries = entries }
  for key, value in pairs(more or {}) do params[key] = value end
  return cloud:call("Vpc", action, params)
end

test("a batch answers 200 and counts what failed", function()
  local cloud <close> = new()
  local answer = batch(cloud, "CreateRouteEntries", { entry "10.10.0.0/16", entry "8.8.8.8", entry "8.8.8.8",
    entry "100.103.48.11/32", entry "10.20.0.0/16", entry("9.9.9.9", { NextHop = "pcc-unknown" }),
    entry("9.9.9.9", { RouteTableId = "vtb-unknown" }) })
  test.equal({ answer.SuccessCount, answer.FailedCount, #answer.RouteEntryIds }, { 2, 5, 2 })
  local codes = {}
  for i, row in ipairs(answer.FailedRouteEntries) do codes[i] = row.FailedCode end
  test.equal(codes, { "VPC_ROUTE_ENTRY_CIDR_BLOCK_DUPLICATE", "InvalidDestinationCidrBlock", "InvalidCidrBlock",
    "ResourceNotFound.VpcPeer", "InvalidRouteTableId.NotFound" })
  local again = batch(cloud, "CreateRouteEntries", { entry "8.8.8.8" })
  test.equal(again.FailedRouteEntries[1].FailedCode, "VPC_ROUTE_ENTRY_CIDR_BLOCK_DUPLICATE")
  local gone = batch(cloud, "DeleteRouteEntries", { { RouteTableId = OWN, RouteEntryId = answer.RouteEntryIds[1] },
    { RouteTableId = OWN, DstCidrBlock = "8.8.8.8", NextHop = "pcc-one" },
    { RouteTableId = OWN, DstCidrBlock = "7.7.7.7", NextHop = "pcc-one" } })
  test.equal({ gone.SuccessCount, gone.FailedCount }, { 2, 1 })
  test.equal(gone.FailedRouteEntries[1].FailedCode, "VPC_ROUTER_ENTRY_NOT_EXIST")
end)

test("batches: dry run, limits, missing fields, quota", function()
  local cloud <close> = new { quotas = { routes_per_table = 2 } }
  local many = {}
  for i = 1, 51 do many[i] = entry("8.8." .. i .. ".0/24") end
  local no_table = entry "8.8.8.8"
  no_table.RouteTableId = nil
  local function params(entries, more)
    local out = { RegionId = "eu-central-1", RouteEntries = entries }
    for key, value in pairs(more or {}) do out[key] = value end
    return out
  end
  cloud:expect_refusals {
    { "Vpc", "CreateRouteEntries", params(many), "InvalidParameter" },
    { "Vpc", "CreateRouteEntries", params { no_table }, "MissingParam.RouteTableId" },
    { "Vpc", "CreateRouteEntries", { RegionId = "eu-central-1" }, "MissingRouteEntries" },
    { "Vpc", "CreateRouteEntries", params({ entry "8.8.8.8" }, { DryRun = true }), "DryRunOperation" },
    { "Vpc", "DeleteRouteEntries", { RegionId = "eu-central-1" }, "MissingParameter" },
  }
  test.equal(#custom(cloud), 0)
  local answer = batch(cloud, "CreateRouteEntries", { entry "8.8.8.8", entry "8.8.4.4", entry "9.9.9.9" })
  test.equal({ answer.SuccessCount, answer.FailedRouteEntries[1].FailedCode }, { 2, "QuotaExceeded" })
end)

test.simulated("a batch is one write: the VPC is busy until it is done", {}, function()
  local cloud <close> = new { time_scale = 1 }
  batch(cloud, "CreateRouteEntries", { entry "8.8.8.8", entry "8.8.4.4" })
  cloud:expect_refusals {
    { "Vpc", "CreateRouteEntries", { RegionId = "eu-central-1", RouteEntries = { entry "9.9.9.9" } }, "TaskConflict" },
    { "Vpc", "DeleteRouteEntries", { RegionId = "eu-central-1", RouteEntries = { { RouteTableId = OWN,
      DstCidrBlock = "8.8.8.8", NextHop = "pcc-one" } } }, "TaskConflict" },
  }
  task.sleep(3)
  batch(cloud, "CreateRouteEntries", { entry "9.9.9.9" })
end)

test("modify: names, next hops only when switched on", function()
  local cloud <close> = new()
  local made = cloud:call("Vpc", "CreateRouteEntry", wish()).RouteEntryId
  local function params(more)
    local out = { RegionId = "eu-central-1", RouteEntryId = made }
    for key, value in pairs(more) do out[key] = value ~= "" and value or nil end
    return out
  end
  local V <const>, M <const> = "Vpc", "ModifyRouteEntry"
  cloud:call(V, M, params { RouteEntryName = "service", Description = "to MaxCompute" })
  test.equal(custom(cloud)[1].RouteEntryName, "service")
  cloud:expect_refusals {
    { V, M, params { RouteEntryId = "" }, "MissingParam.RouteEntryIdOrRouteTableDstCidr" },
    { V, M, params { RouteEntryId = "rte-unknown" }, "InvalidRouteEntryId.NotFound" },
    { V, M, params { RouteEntryId = "", RouteTableId = "vtb-unknown", DestinationCidrBlock = "8.8.8.8" },
      "InvalidRouteTable.NotFound" },
    { V, M, params { RouteEntryId = "", RouteTableId = OWN, DestinationCidrBlock = "8.8.8.8" },
      "ResourceNotFound.RouteEntry" },
    { V, M, params { NewNextHopId = "pcc-one" }, "MissingParam.NewNextHopType" },
    { V, M, params { NewNextHopType = "VpcPeer" }, "MissingParam.NewNextHopId" },
    { V, M, params { NewNextHopType = "NatGateway", NewNextHopId = "ngw-one" },
      "UnsupportedFeature.ModifyRouteEntryNextHop" },
  }
  local open <close> = new { switches = { modify_next_hop = true } }
  made = open:call("Vpc", "CreateRouteEntry", wish()).RouteEntryId
  test.equal(open:refused(V, M, params { NewNextHopType = "VpcPeer", NewNextHopId = "pcc-one" }),
    "OperationDenied.NextHopExist")
  open:call(V, M, params { NewNextHopType = "NatGateway", NewNextHopId = "ngw-one" })
  test.equal(custom(open)[1].NextHops.NextHop[1].NextHopId, "ngw-one")
end)

test("the list: system routes, filters, cursor", function()
  local cloud <close> = new()
  for i = 1, 5 do
    cloud:call("Vpc", "CreateRouteEntry",
      wish { DestinationCidrBlock = "8.8." .. i .. ".0/24", RouteEntryName = "n" .. i })
  end
  local function list(more)
    local params = { RegionId = "eu-central-1", RouteTableId = OWN }
    for key, value in pairs(more or {}) do params[key] = value end
    local answer = cloud:call("Vpc", "DescribeRouteEntryList", params)
    local out = {}
    for i, row in ipairs(answer.RouteEntrys.RouteEntry) do out[i] = row.DestinationCidrBlock end
    return out, answer
  end
  test.equal(list { RouteEntryType = "System" }, { "100.64.0.0/10", "10.20.1.0/24", "10.20.2.0/24" })
  test.equal(#list(), 8)
  test.equal(list { NextHopId = "pcc-one", DestinationCidrBlock = "8.8.2.0/24" }, { "8.8.2.0/24" })
  test.equal(list { DestCidrBlockList = { "8.8.1.0/24", "8.8.5.0/24" } }, { "8.8.1.0/24", "8.8.5.0/24" })
  test.equal(list { RouteEntryType = "Custom", RouteEntryName = "n3" }, { "8.8.3.0/24" })
  test.equal(list { NextHopType = "NatGateway" }, {})
  local _, answer = list { RouteEntryType = "System" }
  test.equal(answer.RouteEntrys.RouteEntry[1].NextHops.NextHop[1].NextHopType, "service")
  local seen, token = {}, nil
  repeat
    local page
    page, answer = list { MaxResult = 3, NextToken = token }
    table.move(page, 1, #page, #seen + 1, seen)
    token = answer.NextToken
  until not token or token == ""
  test.equal(#seen, 8)
  cloud:expect_refusals {
    { "Vpc", "DescribeRouteEntryList", { RegionId = "eu-central-1", RouteTableId = "vtb-unknown" },
      "InvalidRouteTable.NotFound" },
    { "Vpc", "DescribeRouteEntryList", { RegionId = "eu-central-1", RouteTableId = OWN, RouteEntryName = "n1" },
      "OperationFailed.FilterParamUnderWrongRouteType" },
    { "Vpc", "DescribeRouteEntryList", { RegionId = "eu-central-1", RouteTableId = OWN, RouteEntryType = "Own" },
      "IllegalParam.RouteEntryType" },
    { "Vpc", "DescribeRouteEntryList", { RegionId = "eu-central-1", RouteTableId = OWN, NextToken = ("0"):rep(24) },
      "IllegalParam.NextToken" },
    { "Vpc", "DescribeRouteEntryList", { RegionId = "ap-southeast-1", RouteTableId = OWN },
      "InvalidRouteTable.NotFound" },
  }
  local summary = cloud:call("Vpc", "GetVpcRouteEntrySummary", { RegionId = "eu-central-1", VpcId = "vpc-gw8example",
    RouteTableId = OWN, RouteEntryType = "Custom" }).RouteEntrySummarys
  test.equal(summary, { { RouteTableId = OWN, EntrySummarys = { { RouteEntryType = "Custom", Count = 5 } } } })
  local old = cloud:call("Vpc", "DescribeRouteTables", { RegionId = "eu-central-1", RouteTableId = OWN })
  test.equal(#old.RouteTables.RouteTable[1].RouteEntrys.RouteEntry, 8)
end)

test.simulated("a cursor expires", {}, function()
  local cloud <close> = new()
  local page = cloud:call("Vpc", "DescribeRouteEntryList",
    { RegionId = "eu-central-1", RouteTableId = OWN, MaxResult = 1 })
  task.sleep(3600)
  test.equal(cloud:refused("Vpc", "DescribeRouteEntryList",
    { RegionId = "eu-central-1", RouteTableId = OWN, MaxResult = 1,
    NextToken = page.NextToken }), "IllegalParam.NextTokenExpired")
end)
