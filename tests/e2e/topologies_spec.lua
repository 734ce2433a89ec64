-- SPDX-License-Identifier: MIT
-- More than a pair: a hub with four regions, a mesh, two accounts, tables of their own; with packets where
-- namespaces are permitted.
local bench = dofile((debug.getinfo(1, "S").source:match "^@(.*/)" or "./") .. "bench.lua")
local cloud_model = require "sandbox.model"
local test = require "spec"
local wait = require "engine.wait"

local function count(map)
  local n = 0
  for _ in pairs(map) do
    n = n + 1
  end
  return n
end

local function all_reached(report, instances)
  local seen = {}
  for _, verdict in ipairs(report.verdict_list) do
    test.truthy(verdict.ok ~= false, verdict.message)
    if verdict.layer == "http" and verdict.ok then
      seen[verdict.instance] = true
    end
  end
  test.equal(count(seen), instances, "instances that reached MaxCompute")
end

test("a hub: four consumers in four regions, one way back each, nothing else", function()
  local b <close> = bench.new { world = "hub" }
  b.pace = wait.pace(0)
  local code, report, problem = b:run("apply", "hub")
  test.equal(code, 0, tostring(problem))
  all_reached(report, 4)
  local cloud = cloud_model.build(b.box:state())
  test.equal(count(cloud.peerings), 4)
  test.equal(#cloud.vpcs["vpc-t4nexample"].tables["vtb-t4nexample"].entries, 4)
  local plan_code, plan_report = b:run("plan", "hub")
  test.equal(plan_code, 0)
  test.truthy(#plan_report.calls <= 2 + 4 * 5, ("the second plan took %d calls"):format(#plan_report.calls))
  test.equal((b:run("destroy", "hub")), 0)
  test.equal(count(b.box:state().peers), 0)
end)

local MESH <const> = [[
return require "topologies.mesh" { name = "mesh", link_type = "Gold", vpcs = {
  a = { region = "eu-central-1", id = "vpc-spoke1" }, b = { region = "us-west-1", id = "vpc-spoke2" },
  c = { region = "ap-northeast-1", id = "vpc-spoke3" } } }]]

test("a mesh of three: three connections, six entries, each direction once", function()
  local b <close> = bench.new { world = "hub", data_plane = "none" }
  b.pace = wait.pace(0)
  local code, _, problem = b:run("apply", MESH, { verify = false })
  test.equal(code, 0, tostring(problem))
  local cloud, entries = cloud_model.build(b.box:state()), 0
  test.equal(count(cloud.peerings), 3)
  for _, vpc in pairs(cloud.vpcs) do
    for _, object in pairs(vpc.tables) do
      entries = entries + #object.entries
    end
  end
  test.equal(entries, 6)
  test.equal((b:run("plan", MESH)), 0)
  test.equal((b:run("destroy", MESH)), 0)
end)

local CROSS <const> = [[
return { name = "cross", accounts = { partner = { uid = "6543210987654321" } },
  vpcs = { data = { region = "ap-southeast-1", id = "vpc-t4nexample", resolver = "i-t4nexample", account = "partner" },
    apps = { region = "eu-central-1", id = "vpc-gw8example", clients = { "i-gw8example" } } },
  peerings = { { "apps", "data" } }, flows = { { from = "apps", to = { maxcompute = "data" } } } }]]

test("two accounts: one asks, the other accepts, each writes its own tables", function()
  local b <close> = bench.new { world = "cross-account" }
  b.pace = wait.pace(0)
  local code, report, problem = b:run("apply", CROSS)
  test.equal(code, 0, tostring(problem))
  all_reached(report, 1)
  local accounts = {}
  for _, call in ipairs(bench.mutating(report.calls)) do
    accounts[call.action] = call.account
  end
  test.equal(accounts.AcceptVpcPeerConnection, "partner")
  test.equal(accounts.CreateVpcPeerConnection, "default")
  test.equal((b:run("plan", CROSS)), 0)
  test.equal((b:run("destroy", CROSS)), 0)
  test.equal(count(b.box:state().peers), 0)
end)

test("a connection that waits for its acceptance is accepted by the next run", function()
  local b <close> = bench.new { world = "cross-account", data_plane = "symbolic",
    faults = { { action = "AcceptVpcPeerConnection", call = 1, error = "Forbidden.NoPermission", status = 403 } } }
  b.pace = wait.pace(0)
  test.equal((b:run("apply", CROSS, { verify = false })), 3)
  local code, report, problem = b:run("apply", CROSS, { verify = false })
  test.equal(code, 0, tostring(problem))
  test.equal(bench.mutating(report.calls)[1].action, "AcceptVpcPeerConnection")
  test.equal(count(b.box:state().peers), 1)
end)

local PRIVATE <const> = [[
return { name = "analytics", vpcs = {
    data = { region = "ap-southeast-1", id = "vpc-t4nexample", resolver = "i-t4nexample" },
    apps = { region = "eu-central-1", id = "vpc-gw8example", clients = { "i-gw8example" } } },
  peerings = { { "data", "apps" } },
  flows = { { from = "apps", to = { maxcompute = "data", mode = "endpoint", private_zone = true,
    security_groups = { "sg-t4nexample" } } } } }]]

test("a private zone gives MaxCompute's own names the endpoint's addresses, for the consumer only", function()
  local b <close> = bench.new()
  b.pace = wait.pace(0)
  local code, report, problem = b:run("apply", PRIVATE)
  test.equal(code, 0, tostring(problem))
  all_reached(report, 1)
  local resolved = 0
  for _, verdict in ipairs(report.verdict_list) do
    if verdict.layer == "dns" then
      test.equal(verdict.ok, true, verdict.message)
      resolved = resolved + 1
    end
  end
  test.equal(resolved, 2)
  local binds = {}
  for index, call in ipairs(bench.mutating(report.calls)) do
    binds[call.action] = index
  end
  test.truthy(binds.BindZoneVpc > binds.AddZoneRecord, "a zone is bound when it has its records")
  local state = b.box:state()
  test.equal(count(state.zones), 2)
  for _, zone in pairs(state.zones) do
    test.equal(zone.pattern, "RECORD")
    test.equal(#zone.vpcs, 1)
    test.equal(zone.vpcs[1].id, "vpc-gw8example")
  end
  test.equal((b:run("plan", PRIVATE)), 0)
  test.equal((b:run("verify", PRIVATE)), 0)
  b.box.data.records[next(b.box.data.records)] = nil
  local broken, _, why = b:run("verify", PRIVATE)
  test.equal(broken, 4)
  test.equal(why.layer, "dns")
  test.equal((b:run("apply", PRIVATE)), 0)
  b.folder = require("fs").temp_dir()
  test.equal((b:run("destroy", PRIVATE)), 0)
  test.equal(count(b.box:state().zones), 0)
end)

test("an address set grows, then shrinks: additions at once, removal only when asked for", function()
  local b <close> = bench.new { data_plane = "symbolic" }
  b.pace = wait.pace(0)
  test.equal((b:run("apply", "analytics", { verify = false })), 0)
  local addresses = b.box.data.data_services["ap-southeast-1"][1].addresses
  table.insert(addresses, "100.103.48.13")
  local _, grown = b:run("apply", "analytics", { verify = false, refresh = true })
  test.equal(#bench.mutating(grown.calls), 1)
  table.remove(addresses, 1)
  local code, report = b:run("apply", "analytics", { verify = false, refresh = true })
  test.equal(code, 0)
  test.equal(#bench.mutating(report.calls), 0, "nothing is removed unasked")
  test.equal(report.view.findings[1].id, "D-34")
  test.match(report.view.findings[1].message, "100%.103%.48%.11/32")
  local _, pruned = b:run("apply", "analytics", { verify = false, refresh = true, prune = true })
  local mutating = bench.mutating(pruned.calls)
  test.equal(#mutating, 1)
  test.equal(mutating[1].action, "DeleteRouteEntry")
  test.equal((b:run("plan", "analytics")), 0)
end)
