-- SPDX-License-Identifier: MIT
-- The whole mission in this process: both modes, both roles. What is created, in which order, with how many
-- calls; the second plan; the removal.
local bench = dofile((debug.getinfo(1, "S").source:match "^@(.*/)" or "./") .. "bench.lua")
local cloud_model = require "sandbox.model"
local test = require "spec"
local wait = require "engine.wait"

local SERVICE <const>, CONSUMER <const> = "vpc-t4nexample", "vpc-gw8example"
local SERVICE_TABLE <const>, CONSUMER_TABLE <const> = "vtb-t4nexample", "vtb-gw8example"
local ADDRESSES <const> = { "100.103.48.11/32", "100.103.48.12/32", "100.103.49.21/32", "100.103.50.31/32" }
local ENDPOINT_BLOCKS <const> = { "10.10.1.0/24", "10.10.2.0/24" }

local function destinations(cloud, vpc, table_id, next_hop)
  local list = {}
  for _, entry in ipairs(cloud.vpcs[vpc].tables[table_id].entries) do
    test.equal(entry.type, "VpcPeer")
    test.equal(entry.next_hop, next_hop)
    list[#list + 1] = entry.destination
  end
  table.sort(list)
  return list
end

local function only(map)
  local key, value = next(map)
  test.truthy(key, "there is none")
  test.equal(next(map, key), nil, "a second one")
  return key, value
end

local function index_of_route(calls, destination)
  for index, call in ipairs(calls) do
    local params = call.params
    if call.action == "CreateRouteEntry" and params.DestinationCidrBlock == destination then
      return index
    elseif call.action == "CreateRouteEntries" then
      for number = 1, 50 do
        if params[("RouteEntries.%d.DstCidrBlock"):format(number)] == destination then
          return index
        end
      end
    end
  end
  error("no call creates " .. destination)
end

local function check_routes(box, forward)
  local cloud = cloud_model.build(box:state())
  local id, peering = only(cloud.peerings)
  test.equal(peering.status, "Activated")
  test.equal(destinations(cloud, CONSUMER, CONSUMER_TABLE, id), forward, "forward entries")
  test.equal(destinations(cloud, SERVICE, SERVICE_TABLE, id), { "10.20.0.0/16" }, "return entries")
  return cloud
end

local function reached(report)
  for _, verdict in ipairs(report.verdict_list) do
    test.truthy(verdict.ok ~= false, verdict.message)
    if verdict.layer == "http" and verdict.ok then
      return true
    end
  end
  return false
end

local function mission(name, forward, check)
  local b <close> = bench.new()
  b.pace = wait.pace(0)
  local code, report, problem = b:run("apply", name)
  test.equal(code, 0, tostring(problem))
  test.truthy(reached(report), "no answer of MaxCompute was seen")
  local cloud = check_routes(b.box, forward)
  local mutating = bench.mutating(report.calls)
  for _, destination in ipairs(forward) do
    test.truthy(index_of_route(mutating, "10.20.0.0/16") < index_of_route(mutating, destination),
      "the way back exists before the way out to " .. destination)
  end
  check(cloud, report, mutating, b)
  local plan_code, plan_report = b:run("plan", name)
  test.equal(plan_code, 0, "exit code of the second plan")
  test.truthy(#plan_report.calls <= 6, ("the second plan took %d calls"):format(#plan_report.calls))
  local destroy_code, destroy_report = b:run("destroy", name)
  test.equal(destroy_code, 0)
  for _, call in ipairs(destroy_report.calls) do
    test.falsy(call.params.Force, "nothing is removed by force")
  end
  local state = b.box:state()
  for _, kind in ipairs { "peers", "endpoints", "endpoint_zones" } do
    test.equal(next(state[kind]), nil, kind .. " left")
  end
  cloud = cloud_model.build(state)
  test.equal(#cloud.vpcs[SERVICE].tables[SERVICE_TABLE].entries, 0)
  test.equal(#cloud.vpcs[CONSUMER].tables[CONSUMER_TABLE].entries, 0)
  test.equal(#cloud.security_groups["sg-t4nexample"].rules, 0, "rules left")
  test.equal(#b.box.bugs, 0, "defects of the sandbox")
end

test("mode domain, the service side requests", function()
  mission("analytics", ADDRESSES, function(_, _, mutating)
    test.equal(mutating[1].action, "CreateVpcPeerConnection")
    test.equal(mutating[1].params.VpcId, SERVICE)
    test.equal(mutating[1].params.AcceptingVpcId, CONSUMER)
    test.equal(#mutating, 6)
    for _, call in ipairs(mutating) do
      test.truthy(call.action ~= "CreateRouteEntries", "100.x destinations go alone")
    end
  end)
end)

test("mode domain, the consumer requests: the same routes", function()
  mission("analytics-swapped", ADDRESSES, function(_, _, mutating)
    test.equal(mutating[1].params.VpcId, CONSUMER)
    test.equal(mutating[1].params.AcceptingVpcId, SERVICE)
  end)
end)

test("mode endpoint: two endpoints with two zones, their blocks routed, the consumer let in", function()
  mission("analytics-endpoint", ENDPOINT_BLOCKS, function(cloud, report, mutating)
    local kinds, count = {}, 0
    for _, endpoint in pairs(cloud.endpoints) do
      count = count + 1
      test.equal(endpoint.vpc, SERVICE)
      test.equal(#endpoint.enis, 2)
      for _, eni in ipairs(endpoint.enis) do
        test.match(eni.address, eni.vswitch == "vsw-t4nexample-a" and "^10%.10%.1%." or "^10%.10%.2%.")
        kinds[eni.service] = true
      end
    end
    test.equal(count, 2)
    test.equal(kinds, { maxcompute = true, tunnel = true })
    local ports = {}
    for _, rule in ipairs(cloud.security_groups["sg-t4nexample"].rules) do
      test.equal(rule.cidr, "10.20.0.0/16")
      ports[rule.port_range] = true
    end
    test.equal(ports, { ["443/443"] = true, ["80/80"] = true })
    local building = 0
    for _, call in ipairs(report.calls) do
      if call.action == "RunCommand" then
        break
      end
      building = building + 1
    end
    test.truthy(building <= 21, ("apply took %d calls"):format(building))
    test.equal(#mutating, 6)
  end)
end)

test("products that the mission does not need are not called", function()
  local b <close> = bench.new { data_plane = "none" }
  b:run("apply", "analytics-endpoint", { verify = false })
  local needed = { Vpc = true, VpcPeer = true, Privatelink = true, Ecs = true }
  for _, call in ipairs(b.box:calls()) do
    test.truthy(needed[call.product], ("%s.%s was called"):format(call.product, call.action))
  end
end)

test("the roles may be swapped later: the same connection serves, nothing is changed", function()
  local b <close> = bench.new()
  test.equal((b:run("apply", "analytics", { verify = false })), 0)
  local code, report = b:run("plan", "analytics-swapped")
  test.equal(code, 0)
  test.equal(#bench.mutating(report.calls), 0)
end)

test("without a ledger what we made is found again, used, and removed", function()
  local fs = require "fs"
  local b <close> = bench.new()
  test.equal((b:run("apply", "analytics", { verify = false })), 0)
  b.folder = fs.temp_dir()
  local code, report = b:run("plan", "analytics")
  test.equal(code, 0)
  test.equal(#bench.mutating(report.calls), 0)
  b.folder = fs.temp_dir()
  test.equal((b:run("destroy", "analytics")), 0)
  test.equal(next(b.box:state().peers), nil)
end)

test("apply waits no longer than the cloud: longest chain, round trips, and one second", function()
  local clock = require "clock"
  local times = { peer = 1.2, route = 0.8, endpoint = 1.5, connection = 0.5, invocation = 0 }
  local b <close> = bench.new { times = times, time_scale = 1, data_plane = "none" }
  local started = clock.monotonic()
  local code, _, problem = b:run("apply", "analytics-endpoint", { verify = false })
  local took = clock.monotonic() - started
  test.equal(code, 0, tostring(problem))
  local chain = math.max(times.peer + times.route, times.endpoint + times.connection)
  test.truthy(took >= chain - 0.05, "the times were not used")
  test.truthy(took <= chain + 1, ("%.2f s for a chain of %.2f s"):format(took, chain))
end)
