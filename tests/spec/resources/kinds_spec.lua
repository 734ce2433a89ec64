-- SPDX-License-Identifier: MIT
-- Resources: comparing, batching, and the exact requests; against a client that only records.
local kinds = require "resources"
local session = require "engine.session"
local test = require "spec"
local wait = require "engine.wait"

local PLACE <const> = { account = "default", region = "eu-central-1" }

-- A session whose calls are answered by `answers[action]` (a table or a function).
local function recording(answers)
  local calls = {}
  local function answer(action, params)
    calls[#calls + 1] = { action = action, params = params }
    local value = answers[action]
    if type(value) == "function" then
      return value(params)
    end
    return value
  end
  local client = {}
  function client:call(action, params) return answer(action, params) end
  function client:all(action, params) return answer(action, params) end
  return session.new { connect = function() return client end, pace = wait.pace(0) }, calls
end

local function route(destination, fields)
  local item = { key = "route:vtb-1:" .. destination, kind = "route_entry", place = PLACE, owner = "t",
    spec = { table = "vtb-1", destination = destination, next_hop = "pcc-1", role = "forward" } }
  for name, value in pairs(fields or {}) do
    item.spec[name] = value
  end
  return item
end

local function raw_route(destination, hop, fields)
  local entry = { RouteEntryId = "rte-" .. destination, DestinationCidrBlock = destination, Type = "Custom",
    Status = "Available", NextHops = { NextHop = { { NextHopType = "VpcPeer", NextHopId = hop } } } }
  for name, value in pairs(fields or {}) do
    entry[name] = value
  end
  return entry
end

test("100.x destinations go alone, up to 50 others share a call", function()
  local items = { route "100.103.48.11/32" }
  for index = 0, 119 do
    items[#items + 1] = route(("10.%d.0.0/16"):format(index))
  end
  items[#items + 1] = route "100.103.48.12/32"
  local sizes = {}
  for index, batch in ipairs(kinds.route_entry.batches(items)) do
    sizes[index] = #batch
  end
  test.equal(sizes, { 1, 50, 50, 20, 1 })
end)

test("a table is read once for all its entries", function()
  local s, calls = recording { DescribeRouteEntryList = { raw_route("10.1.0.0/16", "pcc-1") } }
  local found = kinds.route_entry.read(s, { route "10.1.0.0/16", route "10.2.0.0/16" })
  test.equal(#calls, 1)
  test.equal(found["route:vtb-1:10.1.0.0/16"].next_hop, "pcc-1")
  test.equal(found["route:vtb-1:10.2.0.0/16"], nil)
end)

test("an entry is the same, ours to replace, or somebody else's", function()
  local item = route "10.1.0.0/16"
  test.equal((kinds.route_entry.compare(item, { next_hop = "pcc-1" })), "same")
  test.equal((kinds.route_entry.compare(item, { next_hop = "pcc-0", owner = "t" })), "replace")
  local verdict, reason = kinds.route_entry.compare(item, { next_hop = "ngw-1", next_hop_type = "NatGateway",
    type = "Custom" })
  test.equal(verdict, "conflict")
  test.match(reason, "ngw%-1")
end)

test("the batch call leaves out what an earlier attempt made", function()
  local s = recording { DescribeRouteEntryList = { raw_route("10.1.0.0/16", "pcc-1") } }
  local phase = kinds.route_entry.phases("create", { route "10.1.0.0/16", route "10.2.0.0/16" }, {})[1]
  local ctx = { session = s, resolve = function(v) return v end }
  test.equal(#phase.params(ctx).RouteEntries, 2)
  ctx.resending = true
  local rest = phase.params(ctx).RouteEntries
  test.equal(#rest, 1)
  test.equal(rest[1].DstCidrBlock, "10.2.0.0/16")
end)

test("a failed entry of a batch is an error, a duplicate is looked at", function()
  local phase = kinds.route_entry.phases("create", { route "10.1.0.0/16", route "10.2.0.0/16" }, {})[1]
  phase.accept { FailedRouteEntries = { { DstCidrBlock = "10.1.0.0/16",
    FailedCode = "VPC_ROUTE_ENTRY_CIDR_BLOCK_DUPLICATE" } } }
  test.raises(function()
    phase.accept { FailedRouteEntries = { { DstCidrBlock = "10.1.0.0/16", FailedCode = "QuotaExceeded" } } }
  end, { code = "QuotaExceeded" })
end)

test("an entry that turned up with another next hop is not ours", function()
  local s = recording { DescribeRouteEntryList = { raw_route("10.1.0.0/16", "ngw-1") } }
  local phase = kinds.route_entry.phases("create", { route "10.1.0.0/16" }, {})[1]
  local ctx = { session = s, resolve = function(v) return v end }
  test.equal(phase.recover["InvalidCIDRBlock.Duplicate"](ctx), false)
  test.raises(function() phase.look(ctx) end, { code = "RouteTaken" })
end)

local function peering(fields)
  local item = { key = "peering:vpc-a:vpc-b", kind = "peer_connection", place = PLACE, owner = "t",
    spec = { name = "t-a-b", requester = { id = "vpc-a", region = "eu-central-1", owner = "1234567890123456" },
      accepter = { id = "vpc-b", region = "ap-southeast-1", owner = "1234567890123456" } } }
  for name, value in pairs(fields or {}) do
    item.spec[name] = value
  end
  return item
end

local function raw_peering(requester, accepter, fields)
  local entry = { InstanceId = "pcc-1", Status = "Activated", BizStatus = "Normal", Bandwidth = 1024, LinkType = "Gold",
    Vpc = { VpcId = requester, Ipv4Cidrs = {} }, AcceptingVpc = { VpcId = accepter, Ipv4Cidrs = {} } }
  for name, value in pairs(fields or {}) do
    entry[name] = value
  end
  return entry
end

test("a connection is found from either side, a deleted one is not", function()
  for _, entry in ipairs { raw_peering("vpc-a", "vpc-b"), raw_peering("vpc-b", "vpc-a") } do
    local s = recording { ListVpcPeerConnections = { raw_peering("vpc-a", "vpc-c", { InstanceId = "pcc-2" }), entry } }
    test.equal(kinds.peer_connection.read(s, { peering() })["peering:vpc-a:vpc-b"].id, "pcc-1")
  end
  local s = recording { ListVpcPeerConnections = { raw_peering("vpc-a", "vpc-b", { Status = "Deleted" }) } }
  test.equal(kinds.peer_connection.read(s, { peering() }), {})
end)

test("what is not wished for is not sent", function()
  local params = kinds.peer_connection.phases("create", { peering() }, {})[1].params
  test.equal(params.Bandwidth, nil)
  test.equal(params.LinkType, nil)
  test.equal(params.AcceptingAliUid, 1234567890123456)
  params = kinds.peer_connection.phases("create", { peering { bandwidth = 200, link_type = "Platinum" } }, {})[1].params
  test.equal(params.Bandwidth, 200)
  test.equal(params.LinkType, "Platinum")
end)

test("connections: changed in place, dead, locked", function()
  local compare = kinds.peer_connection.compare
  local function actual(fields)
    local entry = { id = "pcc-1", state = "Activated", biz = "Normal", bandwidth = 1024, link_type = "Gold" }
    for name, value in pairs(fields or {}) do
      entry[name] = value
    end
    return entry
  end
  test.equal((compare(peering(), actual())), "same")
  test.equal((compare(peering { bandwidth = 2048 }, actual())), "update")
  test.equal((compare(peering(), actual { state = "Rejected" })), "conflict")
  test.equal((compare(peering(), actual { state = "Expired", owner = "t" })), "replace")
  test.equal((compare(peering(), actual { biz = "FinancialLocked" })), "conflict")
end)

test("between two accounts the other side accepts", function()
  local item = peering()
  item.spec.accepter.owner = "6543210987654321"
  item.accepter_place = { account = "partner", region = "ap-southeast-1" }
  local phases = kinds.peer_connection.phases("create", { item }, {})
  test.equal(phases[1].action, "CreateVpcPeerConnection")
  test.equal(phases[2].action, "AcceptVpcPeerConnection")
  test.equal(phases[2].place.account, "partner")
  local verdict = kinds.peer_connection.compare(item, { id = "pcc-1", state = "Accepting", biz = "Normal" })
  test.equal(verdict, "update")
  phases = kinds.peer_connection.phases("update", { item }, { [item.key] = { id = "pcc-1", state = "Accepting" } })
  test.equal(phases[1].action, "AcceptVpcPeerConnection")
end)

local function rules(...)
  local list = {}
  for index, rule in ipairs { ... } do
    list[index] = { Direction = "ingress", Policy = rule[1], IpProtocol = rule[2], PortRange = rule[3],
      SourceCidrIp = rule[4], Priority = rule[5] or "1", SecurityGroupRuleId = "sgr-" .. index }
  end
  return list
end

test("the rule that decides", function()
  local cases = {
    { nil, rules() },
    { "accept", rules { "Accept", "TCP", "443/443", "10.20.0.0/16" } },
    { "accept", rules { "Accept", "ALL", "-1/-1", "0.0.0.0/0" } },
    { nil, rules { "Accept", "UDP", "443/443", "10.20.0.0/16" } },
    { nil, rules { "Accept", "TCP", "80/80", "10.20.0.0/16" } },
    { nil, rules { "Accept", "TCP", "443/443", "10.20.1.0/24" } },
    { "drop", rules({ "Accept", "TCP", "443/443", "10.20.0.0/16", "5" }, { "Drop", "TCP", "1/65535", "10.20.0.0/16",
      "1" }) },
    { "accept", rules({ "Accept", "TCP", "443/443", "10.20.0.0/16", "1" }, { "Drop", "ALL", "-1/-1", "0.0.0.0/0",
      "5" }) },
    { "drop", rules({ "Accept", "TCP", "443/443", "10.20.0.0/16" }, { "Drop", "TCP", "443/443", "10.20.1.0/24" }) },
  }
  for index, case in ipairs(cases) do
    local s = recording { DescribeSecurityGroupAttribute = case[2] }
    local list = kinds.security_group_rule.list(s, PLACE, "sg-1")
    local rule = kinds.security_group_rule.deciding(list, "10.20.0.0/16", 443)
    test.equal(rule and rule.policy, case[1], "case " .. index)
  end
end)

test("an endpoint is ready when every wanted zone is connected", function()
  local item = { spec = { zones = { { zone = "a" }, { zone = "b" } } } }
  local function zones(a, b)
    return { zones = { { zone = "a", state = a }, { zone = "b", state = b } } }
  end
  test.truthy(kinds.vpc_endpoint.is_ready(zones("Connected", "Connected"), item))
  test.falsy(kinds.vpc_endpoint.is_ready(zones("Connected", "Wait"), item))
  test.falsy(kinds.vpc_endpoint.is_ready({ zones = { { zone = "a", state = "Connected" } } }, item))
  test.equal((kinds.vpc_endpoint.compare(item, { zones = { { zone = "a" } } })), "update")
end)

test("an endpoint loses its zones before it is deleted", function()
  local item = { key = "e", place = PLACE, spec = {} }
  local actions = {}
  for index, phase in ipairs(kinds.vpc_endpoint.phases("delete", { item },
    { e = { id = "ep-1", zones = { { zone = "a" }, { zone = "b" } } } })) do
    actions[index] = phase.action .. (phase.params.ZoneId or "")
  end
  test.equal(actions, { "RemoveZoneFromVpcEndpointa", "RemoveZoneFromVpcEndpointb", "DeleteVpcEndpoint" })
end)
