-- SPDX-License-Identifier: MIT
-- Something is taken away behind our back: verify ends with 4 and names exactly that layer, and the next
-- apply repairs it. Packets are really sent where namespaces are permitted.
local bench = dofile((debug.getinfo(1, "S").source:match "^@(.*/)" or "./") .. "bench.lua")
local cloud = require "cloud"
local test = require "spec"
local wait = require "engine.wait"

local function client(b, product, region)
  return cloud.client { product = product, region = region, account = b.box:account() }
end

local function route_id(b, table_id, destination)
  for id, route in pairs(b.box:state().routes) do
    if route.table == table_id and route.destination == destination then
      return id
    end
  end
  error("there is no route " .. destination)
end

local function only_key(map)
  local key = next(map)
  return test.truthy(key)
end

local function applied(name)
  local b = bench.new()
  b.pace = wait.pace(0)
  local code, _, problem = b:run("apply", name, { verify = false })
  test.equal(code, 0, tostring(problem))
  return b
end

-- Breaks, sees verify name the layer, repairs, sees it pass.
local function breaks(name, layer, id, take_away)
  local b <close> = applied(name)
  test.equal((b:run("verify", name)), 0, "verify before")
  take_away(b)
  local code, report, problem = b:run("verify", name)
  test.equal(code, 4, "exit code of verify")
  test.equal(problem.layer, layer)
  test.equal(report.results[1].id, id)
  test.equal(#bench.mutating(report.calls), 0, "verify changes nothing")
  test.equal((b:run("plan", name)), 2, "plan sees the drift")
  test.equal((b:run("apply", name)), 0, "apply repairs it and proves it")
  test.equal((b:run("verify", name)), 0, "verify after")
end

test("the way out to one address is taken away", function()
  breaks("analytics", "forward route", "D-17", function(b)
    client(b, "vpc", "eu-central-1"):call("DeleteRouteEntry", { RegionId = "eu-central-1",
      RouteEntryId = route_id(b, "vtb-gw8example", "100.103.49.21/32") })
  end)
end)

test("the way back is taken away", function()
  breaks("analytics", "return route", "D-16", function(b)
    client(b, "vpc", "ap-southeast-1"):call("DeleteRouteEntry", { RegionId = "ap-southeast-1",
      RouteEntryId = route_id(b, "vtb-t4nexample", "10.20.0.0/16") })
  end)
end)

test("the peering is taken away, its routes with it", function()
  breaks("analytics", "peering", "D-12", function(b)
    client(b, "vpcpeer", "ap-southeast-1"):call("DeleteVpcPeerConnection",
      { InstanceId = only_key(b.box:state().peers), Force = true })
  end)
end)

test("the rule of the endpoint's security group is taken away", function()
  breaks("analytics-endpoint", "security group", "D-53", function(b)
    client(b, "ecs", "ap-southeast-1"):call("RevokeSecurityGroup", { RegionId = "ap-southeast-1",
      SecurityGroupId = "sg-t4nexample", Permissions = { { IpProtocol = "TCP", PortRange = "443/443",
        SourceCidrIp = "10.20.0.0/16", Policy = "accept", Priority = "1" } } })
  end)
end)

test("before anything exists the missing peering is named", function()
  local b <close> = bench.new()
  local code, report, problem = b:run("verify", "analytics")
  test.equal(code, 4)
  test.equal(problem.layer, "peering")
  test.equal(#bench.mutating(report.calls), 0)
end)

test("a client whose own group lets nothing out is found by packets", function()
  local b <close> = applied "analytics"
  if b.box:network():mode() ~= "netns" then
    test.skip "no network namespaces here"
  end
  client(b, "ecs", "eu-central-1"):call("AuthorizeSecurityGroupEgress", { RegionId = "eu-central-1",
    SecurityGroupId = "sg-gw8example", Permissions = { { IpProtocol = "TCP", PortRange = "443/443",
      DestCidrIp = "100.64.0.0/10", Policy = "drop", Priority = "1" } } })
  local code, report = b:run("verify", "analytics")
  test.equal(code, 4)
  test.equal(report.results[1].layer, "tcp")
end)

test("an address that the service gets later is named, then routed", function()
  local b <close> = applied "analytics"
  local state = b.box.data
  for _, service in ipairs(state.data_services["ap-southeast-1"]) do
    if service.kind == "maxcompute" then
      table.insert(service.addresses, "100.103.48.13")
    end
  end
  local code, _, problem = b:run("verify", "analytics")
  test.equal(code, 4)
  test.equal(problem.layer, "forward route")
  test.match(problem.message, "100%.103%.48%.13")
  local applied_code, report = b:run("apply", "analytics", { refresh = true })
  test.equal(applied_code, 0)
  local mutating = bench.mutating(report.calls)
  test.equal(#mutating, 1, "only what is missing is added")
  test.equal(mutating[1].params.DestinationCidrBlock, "100.103.48.13/32")
end)
