-- SPDX-License-Identifier: MIT
-- The symbolic plane: which layer stops a packet when each piece is taken away. No namespaces.
local network = require "sandbox.network"
local test = require "spec"

-- Files beside a spec are no modules: load it by the place of this one.
local model = dofile(debug.getinfo(1, "S").source:match("^@(.-)[^/]*$") .. "model.lua")

local function decide(change, instance, address, port, protocol)
  local world = model.new()
  if change then change(world) end
  local net <close> = network.new { mode = "symbolic" }
  net:apply(world)
  return net:path(instance or "i-c", address or model.SERVICE, port or 443, protocol)
end

local function layer_of(...)
  local verdict = decide(...)
  return verdict.broken and verdict.broken.layer, verdict
end

local function routes(world, id)
  for _, vpc in pairs(world.vpcs) do
    if vpc.tables[id] then return vpc.tables[id].entries end
  end
end

test("the worked example delivers, with every hop there and back", function()
  local verdict = decide()
  test.truthy(verdict.ok)
  test.equal(verdict.simulated, true)
  test.equal(verdict.target.kind, "service")
  local text = {}
  for _, hop in ipairs(verdict.hops) do text[#text + 1] = hop.at .. ": " .. hop.what end
  text = table.concat(text, "\n")
  test.match(text, "vtb%-c of vpc%-c %(system%): 100%.103%.48%.11/32 %-> pcc%-1")
  test.match(text, "vtb%-s of vpc%-s %(system%): answer: 10%.20%.0%.0/16 %-> pcc%-1")
end)

test("without the /32 the packet ends in the consumer's own cloud-service network", function()
  local layer, verdict = layer_of(function(world) table.remove(routes(world, "vtb-c"), 1) end)
  test.equal(layer, "route.local-service")
  test.match(verdict.broken.reason, "eu%-central%-1")
end)

test("without the return route the answer is lost", function()
  local layer, verdict = layer_of(function(world) world.vpcs["vpc-s"].tables["vtb-s"].entries = {} end)
  test.equal(layer, "route.return")
  test.match(verdict.broken.where, "vtb%-s of vpc%-s %(system%)")
end)

test("a peering that is not Activated, or is gone, stops the packet there", function()
  test.equal(layer_of(function(world) world.peerings["pcc-1"].status = "Accepting" end), "peering")
  test.equal(layer_of(function(world) world.peerings["pcc-1"] = nil end), "peering")
end)

test("a service address that only its neighbour has is not there", function()
  local layer = layer_of(function(world)
    world.services["ap-southeast-1"][1].addresses = { "100.103.48.99" }
  end)
  test.equal(layer, "service")
end)

test("services answer on 80 and 443 only, and never by ping", function()
  test.truthy(decide(nil, "i-c", model.SERVICE, 80).ok)
  test.equal(layer_of(nil, "i-c", model.SERVICE, 22), "port")
  test.equal(layer_of(nil, "i-c", model.SERVICE, 0, "icmp"), "service")
end)

test("an enterprise group needs an egress rule", function()
  local function enterprise(world) world.security_groups["sg-c"].type = "enterprise" end
  test.equal(layer_of(enterprise), "security-group.egress")
  test.truthy(decide(function(world)
    enterprise(world)
    world.security_groups["sg-c"].rules = { { direction = "egress", protocol = "TCP", port_range = "443/443",
      cidr = model.SERVICE .. "/32", policy = "Accept" } }
  end).ok)
end)

test("the smaller priority wins, at equal priority drop", function()
  local function rules(first, second)
    return function(world)
      world.security_groups["sg-c"].rules = {
        { direction = "egress", protocol = "all", port_range = "-1/-1", policy = "accept", priority = first },
        { direction = "egress", protocol = "all", port_range = "-1/-1", policy = "drop", priority = second } }
    end
  end
  test.truthy(decide(rules(1, 2)).ok)
  test.equal(layer_of(rules(2, 1)), "security-group.egress")
  test.equal(layer_of(rules(5, 5)), "security-group.egress")
end)

test("mode endpoint: the endpoint's group must admit the consumer", function()
  test.truthy(decide(model.add_endpoint, "i-c", "10.10.1.80").ok)
  test.equal(layer_of(function(world)
    model.add_endpoint(world)
    world.security_groups["sg-s"].rules = {}
  end, "i-c", "10.10.1.80"), "security-group.ingress")
end)

test("mode endpoint: members of the group reach it without a rule", function()
  test.truthy(decide(function(world)
    model.add_endpoint(world)
    world.security_groups["sg-s"].rules = {}
  end, "i-s", "10.10.2.80").ok)
end)

test("a dead zone behind a live ENI swallows TCP and answers ping", function()
  local function dead(world)
    model.add_endpoint(world)
    world.endpoints["ep-1"].enis[1].alive = false
    table.insert(world.security_groups["sg-s"].rules, { direction = "ingress", protocol = "icmp",
      port_range = "-1/-1", cidr = "10.20.0.0/16", policy = "accept" })
  end
  test.equal(layer_of(dead, "i-c", "10.10.1.80"), "endpoint")
  test.truthy(decide(dead, "i-c", "10.10.2.80").ok)
  test.truthy(decide(dead, "i-c", "10.10.1.80", 0, "icmp").ok)
end)

test("mode endpoint: the return route is looked up in the table of the endpoint's vSwitch", function()
  local function own_table(entries)
    return function(world)
      model.add_endpoint(world)
      world.vpcs["vpc-s"].tables["vtb-s2"] = { entries = entries }
      world.vswitches["vsw-s2"].route_table = "vtb-s2"
    end
  end
  local layer, verdict = layer_of(own_table {}, "i-c", "10.10.2.80")
  test.equal(layer, "route.return")
  test.match(verdict.broken.where, "^vtb%-s2")
  test.truthy(decide(own_table { { destination = "10.20.0.0/16", type = "VpcPeer", next_hop = "pcc-1" } }, "i-c",
    "10.10.2.80").ok)
  -- The service's answers go by the system table whatever the vSwitches are bound to.
  test.truthy(decide(own_table {}).ok)
end)

test("a vSwitch bound to a custom table does not see the system table's routes", function()
  local function custom(entries)
    return function(world)
      model.add_client(world)
      world.vpcs["vpc-c"].tables["vtb-c2"] = { entries = entries }
      world.vswitches["vsw-c2"].route_table = "vtb-c2"
    end
  end
  test.equal(layer_of(custom {}, "i-c2"), "route.local-service")
  test.truthy(decide(custom {}, "i-c").ok)
  test.truthy(decide(custom { { destination = model.SERVICE, type = "VpcPeer", next_hop = "pcc-1" } }, "i-c2").ok)
end)

local function add_third(world)
  world.vpcs["vpc-x"] = { region = "us-west-1", cidrs = { "10.30.0.0/16" }, system_table = "vtb-x", tables = {
    ["vtb-x"] = { entries = { { destination = model.SERVICE, type = "VpcPeer", next_hop = "pcc-2" },
      { destination = "10.10.0.0/16", type = "VpcPeer", next_hop = "pcc-2" } } } } }
  world.vswitches["vsw-x"] = { vpc = "vpc-x", cidr = "10.30.1.0/24", zone = "us-west-1a" }
  world.instances["i-x"] = { vpc = "vpc-x", vswitch = "vsw-x", address = "10.30.1.10", security_groups = {},
    status = "Running" }
  world.peerings["pcc-2"] = { a = "vpc-x", b = "vpc-c", status = "Activated" }
end

test("a peering is not transitive", function()
  local layer, verdict = layer_of(add_third, "i-x")
  test.equal(layer, "route.transitive")
  test.match(verdict.broken.where, "vtb%-c of vpc%-c")
end)

test("an ACL is stateless: without ephemeral ingress the answer is dropped", function()
  local open = { protocol = "all", port_range = "-1/-1", cidr = "0.0.0.0/0", policy = "accept" }
  local function acl(ingress, egress)
    return function(world)
      world.acls = { ["nacl-1"] = { ingress = ingress, egress = egress } }
      world.vswitches["vsw-c"].acl = "nacl-1"
    end
  end
  local web = { protocol = "tcp", port_range = "443/443", cidr = "100.103.48.0/24", policy = "accept" }
  local ephemeral = { protocol = "tcp", port_range = "1024/65535", cidr = "100.103.48.0/24", policy = "accept" }
  local half = { protocol = "tcp", port_range = "1024/40000", cidr = "100.103.48.0/24", policy = "accept" }
  test.truthy(decide(acl({ ephemeral }, { web })).ok)
  test.equal(layer_of(acl({}, { open })), "acl.return-ingress")
  test.equal(layer_of(acl({ half }, { open })), "acl.return-ingress")
  test.equal(layer_of(acl({ open }, {})), "acl.egress")
  test.equal(layer_of(acl({ open }, { { protocol = "tcp", port_range = "443/443", cidr = "100.103.48.11/32",
    policy = "drop" }, open })), "acl.egress")
  test.truthy(decide(acl({}, {}), "i-c", "100.100.2.136", 53, "udp").ok)
end)

test("overlapping VPCs: the route to the peer's equal block stays local", function()
  local function overlap(world)
    world.vpcs["vpc-c"].cidrs = { "10.10.0.0/16" }
    world.vswitches["vsw-c"].cidr = "10.10.1.0/24"
    world.instances["i-c"].address = "10.10.1.20"
  end
  test.equal(layer_of(overlap, "i-c", "10.10.1.10"), "service")
  -- Mode domain: the answer to a client whose address is also local to the service VPC stays there.
  local layer, verdict = layer_of(overlap)
  test.equal(layer, "route.return")
  test.match(verdict.broken.reason, "local")
end)

test("a wide route that covers the DNS servers takes them away", function()
  local function wide(world)
    table.insert(routes(world, "vtb-c"), { destination = "100.100.2.0/24", type = "VpcPeer", next_hop = "pcc-1" })
    world.vpcs["vpc-s"].tables["vtb-s"].entries = {}
  end
  test.equal(layer_of(wide, "i-c", "100.100.2.136", 53, "udp"), "route.return")
end)

test("names: services, zones with their pattern, only the bound VPC", function()
  local world = model.new()
  world.zones = { ["z-1"] = { name = "ap-southeast-1-vpc.maxcompute.aliyun-inc.com", vpcs = { "vpc-c" },
    proxy_pattern = "ZONE", records = { { rr = "service", type = "A", value = "10.10.1.80", ttl = 5 },
      { rr = "alias", type = "CNAME", value = "service." .. model.DOMAIN } } } }
  local net <close> = network.new { mode = "symbolic" }
  net:apply(world)
  test.equal(net:probe("i-c", "dns", "service." .. model.DOMAIN).addresses, { "10.10.1.80" })
  test.equal(net:probe("i-c", "dns", "alias." .. model.DOMAIN).addresses, { "10.10.1.80" })
  test.equal(net:probe("i-c", "dns", "dt." .. model.DOMAIN).rcode, "NXDOMAIN")
  test.equal(net:probe("i-s", "dns", "dt." .. model.DOMAIN).addresses, { model.TUNNEL })
  world.zones["z-1"].proxy_pattern = "RECORD"
  net:apply(world)
  test.equal(net:probe("i-c", "dns", "DT." .. model.DOMAIN .. ".").addresses, { model.TUNNEL })
end)

test("symbolic mode says simulated and runs nothing", function()
  local net <close> = network.new { mode = "symbolic" }
  net:apply(model.new())
  local result = net:run("i-c", "echo ran")
  test.equal(result.simulated, true)
  test.equal(result.exit_code, nil)
  test.match(result.output, "^simulated")
  local answer = net:probe("i-c", "http", "service." .. model.DOMAIN)
  test.equal(answer.status, 404)
  test.match(answer.body, "Unknown http request location")
  test.raises(function() net:run("i-none", "true") end, { code = "InvalidInstance.NotFound" })
end)

test("a model that contradicts itself is refused with the place", function()
  local function refused(change, pattern)
    local world = model.new()
    change(world)
    local net <close> = network.new { mode = "symbolic" }
    test.raises(function() net:apply(world) end, { kind = "input", match = pattern })
  end
  refused(function(world) world.instances["i-c"].address = "10.99.0.1" end, "i%-c: 10%.99%.0%.1 is outside vSwitch")
  refused(function(world) world.instances["i-c"].vswitch = "vsw-none" end, "unknown vSwitch")
  refused(function(world) world.instances["i-s"].address, world.instances["i-2"] = "10.10.1.9", { vpc = "vpc-s",
    vswitch = "vsw-s", address = "10.10.1.9", status = "Running" } end, "is also the address of")
  refused(function(world) world.services["ap-southeast-1"][1].kind = "oss" end, "service kind \"oss\"")
  refused(function(world) world.services["ap-southeast-1"][1].addresses = { "8.8.8.8" } end, "outside 100%.64")
end)
