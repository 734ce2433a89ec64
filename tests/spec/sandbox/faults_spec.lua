-- SPDX-License-Identifier: MIT
-- Fault plans: every kind of fault, which calls are hit, and that the act happened or did not.

local driver = dofile((debug.getinfo(1, "S").source:sub(2):gsub("[^/]+$", "driver.lua")))
local clock = require "clock"
local task = require "task"
local test = require "spec"

local GROUP <const> = { RegionId = "eu-central-1", VpcId = "vpc-gw8example" }

local function groups(cloud)
  return cloud:call("Ecs", "DescribeSecurityGroups", { RegionId = "eu-central-1" }).TotalCount
end

local function create(cloud, more)
  local params = { RegionId = "eu-central-1", VpcId = "vpc-gw8example" }
  for key, value in pairs(more or {}) do params[key] = value end
  return cloud:raw("Ecs", "CreateSecurityGroup", params)
end

test("an error before the act, at the n-th call", function()
  local cloud <close> = driver.new { faults = { { product = "Ecs", action = "CreateSecurityGroup", call = 2,
    error = "ServiceUnavailable" } } }
  test.truthy(create(cloud).SecurityGroupId)
  local code, status = cloud:refused("Ecs", "CreateSecurityGroup", GROUP)
  test.equal({ code, status }, { "ServiceUnavailable", 503 })
  test.truthy(create(cloud).SecurityGroupId)
  test.equal(groups(cloud), 3)
end)

test("an error after the act hides a call that was carried out", function()
  local cloud <close> = driver.new { faults = { { action = "CreateSecurityGroup", call = 1, when = "after",
    error = "InternalError" } } }
  local code, status = cloud:refused("Ecs", "CreateSecurityGroup", GROUP)
  test.equal({ code, status }, { "InternalError", 500 })
  test.equal(groups(cloud), 2)
end)

test("a lost answer; the same token then gives the first result", function()
  local cloud <close> = driver.new { faults = { { action = "CreateSecurityGroup", call = 1, lost = true } } }
  test.raises(function() create(cloud, { ClientToken = "t" }) end, { kind = "network" })
  test.equal(groups(cloud), 2)
  test.truthy(create(cloud, { ClientToken = "t" }).SecurityGroupId)
  test.equal(groups(cloud), 2)
end)

test("a lost request does nothing", function()
  local cloud <close> = driver.new { faults = { { action = "CreateSecurityGroup", when = "before", lost = true } } }
  test.raises(function() create(cloud) end, { kind = "network" })
  test.equal(groups(cloud), 1)
end)

test("a cut answer, other text, another status", function()
  local cloud <close> = driver.new { faults = {
    { action = "DescribeVpcs", call = 1, cut = 10 },
    { action = "DescribeVpcs", call = 2, body = "<html>gateway</html>", status = 502 },
  } }
  local params = { RegionId = "eu-central-1" }
  test.raises(function() cloud:raw("Vpc", "DescribeVpcs", params) end, { kind = "network" })
  local problem = test.raises(function() cloud:raw("Vpc", "DescribeVpcs", params) end, { code = "InvalidJson" })
  test.truthy(problem)
  cloud:call("Vpc", "DescribeVpcs", params)
end)

test("a duplicate delivery carries the request out twice", function()
  local cloud <close> = driver.new { faults = { { action = "CreateSecurityGroup", call = 1, duplicate = true } } }
  create(cloud)
  test.equal(groups(cloud), 3)
  local calls = cloud.box:calls()
  test.equal({ calls[1].duplicate, calls[1].action, calls[1].outcome }, { true, "CreateSecurityGroup", "ok" })
  test.equal(calls[2].duplicate, nil)
  create(cloud, { ClientToken = "once" })
  test.equal(groups(cloud), 4)
end)

test("a duplicate that the cloud refuses is noted as refused", function()
  local cloud <close> = driver.new { faults = { { action = "CreateVSwitch", duplicate = true } } }
  cloud:call("Vpc", "CreateVSwitch", { RegionId = "eu-central-1", VpcId = "vpc-gw8example", ZoneId = "eu-central-1a",
    CidrBlock = "10.20.9.0/24" })
  test.equal({ cloud.box:calls()[1].duplicate, cloud.box:calls()[1].outcome }, { true, "InvalidCidrBlock.Overlapped" })
end)

test.simulated("a late duplicate", {}, function()
  local cloud <close> = driver.new { faults = { { action = "CreateSecurityGroup", duplicate = 30 } } }
  create(cloud)
  test.equal(groups(cloud), 2)
  task.sleep(31)
  test.equal(groups(cloud), 3)
end)

test.simulated("delays before and after", {}, function()
  local cloud <close> = driver.new { faults = { { action = "DescribeVpcs", delay = 5 },
    { action = "DescribeVpcs", delay = 2, when = "after" } } }
  local start = clock.monotonic()
  cloud:call("Vpc", "DescribeVpcs", { RegionId = "eu-central-1" })
  test.near(clock.monotonic() - start, 7, 0.01)
end)

test("throttled, with the headers", function()
  local cloud <close> = driver.new { faults = { { kind = "write", throttle = 1500, to = 1 } } }
  local code, _, _, response = cloud:refused("Ecs", "CreateSecurityGroup", GROUP)
  test.equal({ code, response.headers["x-acs-retry-after"] }, { "Throttling.User", "1500" })
  create(cloud)
end)

test("a stale read shows the state before the last write", function()
  local cloud <close> = driver.new { faults = { { action = "DescribeSecurityGroups", call = 1, stale = true } } }
  create(cloud)
  test.equal(groups(cloud), 1)
  test.equal(groups(cloud), 2)
end)

test("somebody else changes or removes an object", function()
  local cloud <close> = driver.new { faults = {
    { action = "DescribeVpcs", call = 2,
      change = { collection = "vpcs", id = "vpc-gw8example", set = { name = "renamed" } } },
    { action = "DescribeVpcs", call = 3, change = { collection = "security_groups", match = { vpc = "vpc-gw8example" },
      remove = true } },
  } }
  local function name()
    return cloud:call("Vpc", "DescribeVpcs", { RegionId = "eu-central-1" }).Vpcs.Vpc[1].VpcName
  end
  test.equal({ name(), name(), name() }, { "apps", "renamed", "renamed" })
  test.equal(groups(cloud), 0)
end)

test("rules select by product, account, kind, parameters, range and every", function()
  local cloud <close> = driver.new { faults = {
    { product = "Vpc", account = "partner", error = "UnknownError" },
    { action = "DescribeVSwitches", params = { ZoneId = "eu-central-1b" }, error = "SystemBusy" },
    { action = "DescribeRouteTableList", from = 2, to = 3, error = "SystemBusy" },
    { action = "DescribeZones", every = 2, error = "SystemBusy" },
  } }
  local params = { RegionId = "eu-central-1" }
  cloud:call("Vpc", "DescribeVpcs", params)
  test.equal(cloud:refused("Vpc", "DescribeVpcs", params, { key = "LTAIsandboxpartner" }), "UnknownError")
  cloud:call("Vpc", "DescribeVSwitches", params)
  test.equal(cloud:refused("Vpc", "DescribeVSwitches", { RegionId = "eu-central-1", ZoneId = "eu-central-1b" }),
    "SystemBusy")
  local function pattern(action)
    local out = {}
    for i = 1, 4 do out[i] = select(2, cloud:raw("Vpc", action, params)).status == 200 and "ok" or "no" end
    return table.concat(out, " ")
  end
  test.equal(pattern "DescribeRouteTableList", "ok no no ok")
  test.equal(pattern "DescribeZones", "ok no ok no")
end)

test.simulated("chance is drawn from the world", { seed = 3 }, function()
  local cloud <close> = driver.new { faults = { { action = "DescribeVpcs", chance = 0.5, error = "SystemBusy" } } }
  local failed = 0
  for _ = 1, 40 do
    if select(2, cloud:raw("Vpc", "DescribeVpcs", { RegionId = "eu-central-1" })).status ~= 200 then
      failed = failed + 1
    end
  end
  test.truthy(failed > 8 and failed < 32, tostring(failed))
end)

test("a plan that makes no sense is refused at the start", function()
  for _, rule in ipairs { { eror = "X" }, { call = "1" }, { when = "during" },
    { change = { collection = "vpc" } } } do
    test.raises(function() driver.new { faults = { rule } } end, { kind = "input", code = "InvalidFaultPlan" })
  end
end)

test.simulated("a new object is missing in lists until its grace is over, but is found by id", {}, function()
  local cloud <close> = driver.new { time_scale = 1, times = { visibility = 30 } }
  local id = create(cloud).SecurityGroupId
  test.equal(groups(cloud), 1)
  cloud:call("Ecs", "DescribeSecurityGroupAttribute", { RegionId = "eu-central-1", SecurityGroupId = id })
  task.sleep(30)
  test.equal(groups(cloud), 2)
end)
