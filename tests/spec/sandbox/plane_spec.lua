-- SPDX-License-Identifier: MIT
-- Control plane and data plane together: commands run in the instance's namespace, over what the API
-- calls built, and stop getting through when a piece is taken away.

local driver = dofile((debug.getinfo(1, "S").source:sub(2):gsub("[^/]+$", "driver.lua")))
local netns = require "netns"
local task = require "task"
local test = require "spec"

local FRANKFURT <const>, SINGAPORE <const> = "eu-central-1", "ap-southeast-1"

local function plane_or_skip()
  local how, why = netns.available()
  if not how then test.skip("no network namespaces here: " .. tostring(why)) end
end

-- Runs a script on the client; waits for its end.
local function run(cloud, script, instance, region)
  local id = cloud:call("Ecs", "RunCommand", { RegionId = region or FRANKFURT, Type = "RunShellScript", Timeout = 20,
    CommandContent = script, InstanceId = { instance or "i-gw8example" } }).InvokeId
  for _ = 1, 400 do
    task.sleep(0.05)
    local row = cloud:call("Ecs", "DescribeInvocationResults", { RegionId = region or FRANKFURT, InvokeId = id,
      ContentEncoding = "PlainText" }).Invocation.InvocationResults.InvocationResult[1]
    if row.InvocationStatus ~= "Pending" and row.InvocationStatus ~= "Running" then return row end
  end
  error "the command did not end"
end

local NAME <const> = "service.ap-southeast-1-vpc.maxcompute.aliyun-inc.com"
local PROBE <const> = "curl -s -m 2 -o /dev/null -w '%{http_code}' http://" .. NAME .. "/api"

test("the mission by hand, with packets", function()
  plane_or_skip()
  local cloud <close> = driver.new { data_plane = "netns" }
  test.match(run(cloud, "ip -4 -o addr; pwd; id -un").Output, "10%.20%.1%.10.*/root.*root")
  test.equal(run(cloud, "exit 7").ExitCode, 7)
  test.match(run(cloud, "getent ahostsv4 service.ap-southeast-1-vpc.maxcompute.aliyun-inc.com", "i-t4nexample",
    SINGAPORE)
    .Output, "100%.103%.48%.1[12]")
  test.equal(run(cloud, PROBE).Output, "000")
  local peer = cloud:call("VpcPeer", "CreateVpcPeerConnection", { RegionId = SINGAPORE, VpcId = "vpc-t4nexample",
    AcceptingAliUid = 1234567890123456, AcceptingRegionId = FRANKFURT, AcceptingVpcId = "vpc-gw8example" }).InstanceId
  local function route(table_id, destination)
    return cloud:call("Vpc", "CreateRouteEntry", { RouteTableId = table_id, DestinationCidrBlock = destination,
      NextHopType = "VpcPeer", NextHopId = peer }).RouteEntryId
  end
  local back = route("vtb-t4nexample", "10.20.0.0/16")
  route("vtb-gw8example", "100.103.48.11/32")
  route("vtb-gw8example", "100.103.48.12/32")
  test.equal(run(cloud, PROBE).Output, "404", "MaxCompute answers an unknown location")
  cloud:call("Vpc", "DeleteRouteEntry", { RouteEntryId = back })
  test.equal(run(cloud, PROBE).Output, "000", "no return route, no answer")
end)

test("a command is killed after its time", function()
  plane_or_skip()
  local cloud <close> = driver.new { data_plane = "netns" }
  local id = cloud:call("Ecs", "RunCommand", { RegionId = FRANKFURT, Type = "RunShellScript", Timeout = 10,
    CommandContent = "echo started; sleep 60", InstanceId = { "i-gw8example" } }).InvokeId
  task.sleep(1)
  cloud:call("Ecs", "StopInvocation", { RegionId = FRANKFURT, InvokeId = id })
  task.sleep(0.5)
  local row = cloud:call("Ecs", "DescribeInvocationResults", { RegionId = FRANKFURT, InvokeId = id }).Invocation
    .InvocationResults.InvocationResult[1]
  test.equal(row.InvocationStatus, "Terminated")
end)

test("where nothing can be run, the result says that it is simulated", function()
  local cloud <close> = driver.new { data_plane = "symbolic" }
  local row = run(cloud, "true")
  test.equal({ row.InvocationStatus, row.ErrorCode }, { "Error", "ExecutionException" })
  test.match(row.ErrorInfo, "simulated")
end)
