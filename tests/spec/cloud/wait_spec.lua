-- SPDX-License-Identifier: MIT
-- Waiting: good, bad and missing states, deadlines, intervals that adapt.
local clock = require "clock"
local test = require "spec"

local here = debug.getinfo(1, "S").source:match "^@(.*/)"
local fake = dofile(here .. "fake.lua")

-- The peering is Creating for `seconds`, then `final`.
local function changing(seconds, final, first)
  local started
  return function()
    started = started or clock.monotonic()
    local over = clock.monotonic() - started >= seconds
    return fake.answer { RequestId = "R", InstanceId = "pcc-1", Status = over and final or (first or "Creating") }
  end
end

local function job(extra)
  local given = { action = "GetVpcPeerConnectionAttribute", params = { InstanceId = "pcc-1" }, path = "Status",
    until_ = { "Activated" }, bad = { "Rejected", "Expired", "Deleted" } }
  for name, value in pairs(extra or {}) do
    given[name] = value
  end
  return given
end

test.simulated("until a good state", { seed = 4 }, function()
  local requests = fake.install(changing(8, "Activated"))
  local answer, seconds = fake.client("vpcpeer"):wait(job())
  test.equal(answer.Status, "Activated")
  test.truthy(seconds >= 8 and seconds < 13, seconds)
  test.truthy(#requests <= 7, #requests)
end)

test.simulated("a state that is good already costs one call and no time", {}, function()
  local requests = fake.install(changing(0, "Activated"))
  local _, seconds = fake.client("vpcpeer"):wait(job())
  test.equal({ #requests, seconds }, { 1, 0.0 })
end)

test.simulated("the second wait of a kind looks at the right moment", { seed = 4 }, function()
  local client = fake.client "vpcpeer"
  fake.install(changing(8, "Activated"))
  client:wait(job())
  local requests = fake.install(changing(8, "Activated"))
  local _, seconds = client:wait(job())
  test.truthy(#requests <= 4, #requests)
  test.truthy(seconds < 13, seconds)
end)

test.simulated("a bad final state ends it at once, with the reason", {}, function()
  local requests = fake.install(changing(0, "Rejected"))
  local started = clock.monotonic()
  local err = test.raises(function()
    fake.client("vpcpeer"):wait(job())
  end, { kind = "cloud", code = "WaitFailed", match = "pcc%-1 is Rejected and will not become Activated" })
  test.equal({ #requests, clock.monotonic() - started, err.state, err.request_id }, { 1, 0.0, "Rejected", "R" })
end)

test.simulated("the deadline", {}, function()
  fake.install(changing(1e9, "Activated"))
  local started = clock.monotonic()
  test.raises(function()
    fake.client("vpcpeer"):wait(job { timeout = 40 })
  end, { kind = "timeout", code = "WaitTimeout", match = "pcc%-1 is Creating after 40 s, not Activated" })
  test.near(clock.monotonic() - started, 40, 0.01)
end)

test.simulated("until gone: not found or the state Deleted", {}, function()
  fake.install(function(_, number)
    return number < 3 and fake.answer { Status = "Deleting" } or fake.refusal "ResourceNotFound.InstanceId"
  end)
  local client = fake.client "vpcpeer"
  test.equal(client:wait(job { until_ = { "Deleted" }, bad = {}, gone = true }), nil)
  fake.install(function(_, number)
    return fake.answer { Status = number < 3 and "Deleting" or "Deleted" }
  end)
  test.equal(client:wait(job { until_ = { "Deleted" }, bad = {}, gone = true }).Status, "Deleted")
end)

test.simulated("a new object may be invisible for a while, not for ever", {}, function()
  fake.install(function(_, number)
    return number < 4 and fake.refusal "ResourceNotFound.InstanceId" or fake.answer { Status = "Activated" }
  end)
  test.equal(fake.client("vpcpeer"):wait(job()).Status, "Activated")
  fake.install(function()
    return fake.refusal "ResourceNotFound.InstanceId"
  end)
  test.raises(function()
    fake.client("vpcpeer"):wait(job())
  end, { code = "WaitNotFound" })
end)

test.simulated("all matching entries of a list have to be good", {}, function()
  local function routes(first, second)
    return fake.answer { RouteEntrys = { RouteEntry = { { RouteEntryId = "rte-1", Status = first },
      { RouteEntryId = "rte-2", Status = second } } } }
  end
  local client = fake.client "vpc"
  local function wait(extra)
    local given = { action = "DescribeRouteEntryList", params = { RouteTableId = "vtb-1" },
      path = "RouteEntrys.RouteEntry.Status", until_ = "Available", timeout = 20 }
    for name, value in pairs(extra or {}) do
      given[name] = value
    end
    return client:wait(given)
  end
  fake.install(function(_, number)
    return routes("Available", number < 3 and "Pending" or "Available")
  end)
  local _, seconds = wait()
  test.truthy(seconds > 0)
  fake.install(function()
    return routes("Available", "Pending")
  end)
  _, seconds = wait { match = { RouteEntryId = "rte-1" } }
  test.equal(seconds, 0.0)
  test.raises(function()
    wait { match = { RouteEntryId = "rte-3" } }
  end, { code = "WaitTimeout" })
end)

test.simulated("items that have to go away", {}, function()
  fake.install(function(_, number)
    return fake.answer { Zones = number < 3 and { { ZoneId = "a" }, { ZoneId = "b" } } or { { ZoneId = "b" } } }
  end)
  local client = fake.client "privatelink"
  local _, seconds = client:wait { action = "ListVpcEndpointZones", params = { EndpointId = "ep-1" }, items = "Zones",
    match = { ZoneId = "a" }, gone = true }
  test.truthy(seconds > 0)
end)

test.simulated("a function may judge", {}, function()
  fake.install(function(_, number)
    return fake.answer { Status = "x", Count = number }
  end)
  local answer = fake.client("vpcpeer"):wait(job { until_ = function(answer)
    return answer.Count >= 3
  end })
  test.equal(answer.Count, 3)
end)

test.simulated("what to wait for after a call is known", {}, function()
  fake.install(function()
    return fake.answer { Status = "Activated" }
  end)
  local client = fake.client "vpcpeer"
  local after = client:wait_after("CreateVpcPeerConnection", { VpcId = "v" }, { InstanceId = "pcc-9" })
  test.equal({ after.action, after.params, after.path },
    { "GetVpcPeerConnectionAttribute", { InstanceId = "pcc-9" }, "Status" })
  test.equal(client:wait(after).Status, "Activated")
  test.equal(client:wait_after("GetVpcPeerConnectionAttribute", {}, {}), nil)
  local vpc = fake.client "vpc"
  after = vpc:wait_after("DeleteVSwitch", { VSwitchId = "vsw-1", RegionId = "r" }, { RequestId = "R" })
  test.equal({ after.action, after.params.VSwitchId, after.gone }, { "DescribeVSwitches", "vsw-1", true })
  test.equal(vpc:wait_after("DeleteRouteEntry", { RouteEntryId = "rte-1" }, {}), nil, "no route table to ask about")
end)

test("a wait without a goal is a usage error", function()
  fake.install(changing(0, "x"))
  test.raises(function()
    fake.client("vpcpeer"):wait { action = "GetVpcPeerConnectionAttribute" }
  end, { kind = "usage", code = "InvalidWait" })
end)
