-- SPDX-License-Identifier: MIT
-- history, drift, explain, graph and adopt on an applied topology.
local bench = dofile((debug.getinfo(1, "S").source:match "^@(.*/)" or "./") .. "bench.lua")
local cloud = require "cloud"
local fs = require "fs"
local process = require "process"
local test = require "spec"
local wait = require "engine.wait"

local function applied(name)
  local b = bench.new { data_plane = "symbolic" }
  b.pace = wait.pace(0)
  local code, _, problem = b:run("apply", name or "analytics", { verify = false })
  test.equal(code, 0, tostring(problem))
  return b
end

local function client(b, product, region)
  return cloud.client { product = product, region = region, account = b.box:account() }
end

local function run_on(b, verb, arguments)
  local reports = require("tests_report")
  local report = reports.silent()
  local options = { box = b.box, state_dir = b.folder, report = report, pace = b.pace, parallelism = 8 }
  return require("commands." .. verb).action(options, arguments), report
end

package.preload["tests_report"] = function()
  return { silent = function()
    local report = { results = {} }
    function report:event() end
    function report:note() end
    function report:result(fields) self.results[#self.results + 1] = fields end
    return report
  end }
end

test("drift is silent after an apply, and names what changed", function()
  local b <close> = applied()
  test.equal((b:run("drift", "analytics")), 0)
  client(b, "vpc", "eu-central-1"):call("AssociateVpcCidrBlock", { RegionId = "eu-central-1", VpcId = "vpc-gw8example",
    SecondaryCidrBlock = "172.20.0.0/16" })
  table.insert(b.box.data.data_services["ap-southeast-1"][1].addresses, "100.103.48.13")
  local code, report = b:run("drift", "analytics")
  test.equal(code, 2)
  local text = table.concat(report.results[1].changes, "\n")
  test.match(text, "blocks of apps: 172%.20%.0%.0/16 is new")
  test.match(text, "addresses of flow:1: 100%.103%.48%.13 is new")
  test.match(text, "route:vtb%-t4nexample:172%.20%.0%.0/16 is missing")
  test.equal(#bench.mutating(report.calls), 0)
end)

test("explain follows a packet there and back, and shows where it is lost", function()
  local b <close> = applied()
  local file = b:topology "analytics"
  local code, report = run_on(b, "explain", { file, "10.20.1.10", "100.103.48.11" })
  test.equal(code, 0)
  test.equal(#report.results[1].hops, 3)
  code = run_on(b, "explain", { file, "10.20.1.10", "100.103.99.99" })
  test.equal(code, 4)
  test.raises(function() run_on(b, "explain", { file, "192.0.2.1", "100.103.48.11" }) end, { kind = "input" })
end)

test("adopt fills an empty ledger: ours is ours again, others' things stay theirs", function()
  local b <close> = applied()
  b.folder = fs.temp_dir()
  local code, report = b:run("adopt", "analytics")
  test.equal(code, 0)
  test.equal(report.results[1].known, 6)
  local _, plan_report = b:run("plan", "analytics")
  test.equal(#bench.mutating(plan_report.calls), 0)
end)

test("a connection that others made is used, and survives destroy", function()
  local b <close> = bench.new { data_plane = "symbolic" }
  local made = client(b, "vpcpeer", "eu-central-1"):call("CreateVpcPeerConnection", { RegionId = "eu-central-1",
    VpcId = "vpc-gw8example", AcceptingAliUid = 1234567890123456, AcceptingRegionId = "ap-southeast-1",
    AcceptingVpcId = "vpc-t4nexample" })
  local code, report, problem = b:run("apply", "analytics", { verify = false })
  test.equal(code, 0, tostring(problem))
  for _, call in ipairs(bench.mutating(report.calls)) do
    test.truthy(call.action ~= "CreateVpcPeerConnection")
  end
  test.equal((b:run("destroy", "analytics")), 0)
  test.truthy(b.box:state().peers[made.InstanceId], "somebody else's connection was removed")
  for _, route in pairs(b.box:state().routes) do
    test.truthy(route.next_hop_type ~= "VpcPeer", "an entry of ours is left")
  end
end)

test("an identical entry that others made is used, and survives destroy", function()
  local b <close> = bench.new { data_plane = "symbolic" }
  local peer = client(b, "vpcpeer", "ap-southeast-1"):call("CreateVpcPeerConnection", { RegionId = "ap-southeast-1",
    VpcId = "vpc-t4nexample", AcceptingAliUid = 1234567890123456, AcceptingRegionId = "eu-central-1",
    AcceptingVpcId = "vpc-gw8example" }).InstanceId
  client(b, "vpc", "ap-southeast-1"):call("CreateRouteEntry", { RegionId = "ap-southeast-1",
    RouteTableId = "vtb-t4nexample", DestinationCidrBlock = "10.20.0.0/16", NextHopType = "VpcPeer", NextHopId = peer })
  test.equal((b:run("apply", "analytics", { verify = false })), 0)
  test.equal((b:run("destroy", "analytics")), 0)
  local left = {}
  for _, route in pairs(b.box:state().routes) do
    if route.next_hop_type == "VpcPeer" then
      left[#left + 1] = route.destination
    end
  end
  test.equal(left, { "10.20.0.0/16" })
end)

test("history lists runs and their calls; graph is DOT", function()
  local folder, file = fs.temp_dir(), bench.root .. "/examples/analytics.lua"
  local function peerway(...)
    local argv = { "/proc/self/exe", ... }
    argv.cwd, argv.timeout = folder, 120
    return process.run(argv)
  end
  local made = peerway("apply", file, "--sandbox", "-y", "--no-verify", "--time-scale", "0", "--data-plane", "symbolic")
  test.equal(made.code, 0, made.stderr)
  local runs = peerway("history", file, "--sandbox")
  test.match(runs.stdout, "apply  done")
  local calls = peerway("history", file, "--sandbox", "--run", "1")
  test.match(calls.stdout, "CreateVpcPeerConnection  peering:vpc%-gw8example:vpc%-t4nexample  done")
  test.match(peerway("graph", file).stdout, '^digraph "analytics" {')
end)
