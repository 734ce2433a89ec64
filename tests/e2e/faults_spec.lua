-- SPDX-License-Identifier: MIT
-- Faults of the cloud and the network during apply, on the virtual clock: the answer to each call is lost, each
-- write meets "busy", reads lag behind, somebody else interferes. The mission ends well, with one of each object.
local bench = dofile((debug.getinfo(1, "S").source:match "^@(.*/)" or "./") .. "bench.lua")
local errors = require "errors"
local test = require "spec"

local function count(map)
  local n = 0
  for _ in pairs(map) do
    n = n + 1
  end
  return n
end

local function one_of_each(box, name)
  local state, seen = box:state(), {}
  test.equal(count(state.peers), 1, "connections")
  test.equal(count(state.endpoints), name == "analytics-endpoint" and 2 or 0, "endpoints")
  for _, route in pairs(state.routes) do
    if route.next_hop_type == "VpcPeer" then
      local key = route.table .. " " .. route.destination
      test.falsy(seen[key], "two entries for " .. key)
      seen[key] = true
    end
  end
  test.equal(count(seen), name == "analytics-endpoint" and 3 or 5, "entries")
  test.equal(#box.bugs, 0)
end

-- Applies with a fault plan; a run that ends in the middle is repeated as a user would.
local function survives(name, faults, times)
  local b <close> = bench.new { faults = faults, data_plane = "symbolic", time_scale = times and 1 or 0, times = times }
  local problem
  for _ = 1, 3 do
    local code, _, why = b:run("apply", name, { verify = false })
    problem = why
    if code == 0 then
      one_of_each(b.box, name)
      return
    end
  end
  error(("not applied after three runs: %s"):format(tostring(problem)), 0)
end

local MISSIONS <const> = { "analytics", "analytics-endpoint" }

local function calls_of(name)
  local b <close> = bench.new { data_plane = "symbolic" }
  test.equal((b:run("apply", name, { verify = false })), 0)
  return #b.box:calls()
end

for _, name in ipairs(MISSIONS) do
  for _, when in ipairs { "before", "after" } do
    test.simulated(("%s: each call's answer is lost once, %s the act"):format(name, when), { seed = 7 }, function()
      for call = 1, calls_of(name) do
        survives(name, { { call = call, lost = true, when = when } })
      end
    end)
  end

  test.simulated(name .. ": each answer is cut", { seed = 8 }, function()
    for call = 1, calls_of(name) do
      survives(name, { { call = call, cut = 20, when = "after" } })
    end
  end)

  test.simulated(name .. ": each call meets 500 once after it was carried out", { seed = 9 }, function()
    for call = 1, calls_of(name) do
      survives(name, { { call = call, error = "InternalError", status = 500, when = "after" } })
    end
  end)
end

test.simulated("busy codes and throttling are waited out", { seed = 10 }, function()
  survives("analytics", { { action = "CreateRouteEntry", to = 3, error = "TaskConflict" },
    { action = "CreateRouteEntry", call = 5, error = "IncorrectStatus.VpcPeer" },
    { action = "DescribeRouteEntryList", call = 2, throttle = 800 },
    { action = "CreateVpcPeerConnection", call = 1, error = "OperationFailed.LastTokenProcessing" } })
  survives("analytics-endpoint", { { action = "CreateVpcEndpoint", to = 2, error = "ConcurrentCallNotSupported" } })
end)

test.simulated("reads that lag behind, requests that arrive twice", { seed = 11 }, function()
  survives("analytics", { { kind = "read", every = 3, stale = true } })
  survives("analytics-endpoint", { { kind = "read", every = 2, stale = true } })
  survives("analytics", { { kind = "write", duplicate = true } })
  survives("analytics-endpoint", { { kind = "write", duplicate = true } })
end)

test.simulated("with the delays of a cloud, on the virtual clock", { seed = 12 }, function()
  survives("analytics", {}, { peer = 40, route = 12, endpoint = 90, invocation = 2 })
  survives("analytics-endpoint", {}, { peer = 40, route = 12, endpoint = 90, connection = 30 })
end)

test.simulated("a permission that is missing ends the run with 7 and its action's name", { seed = 13 }, function()
  local b <close> = bench.new { data_plane = "symbolic",
    faults = { { action = "CreateVpcPeerConnection", error = "Forbidden.NoPermission", status = 403 } } }
  local code, _, problem = b:run("apply", "analytics", { verify = false })
  test.equal(code, 7)
  test.match(tostring(problem), "CreateVpcPeerConnection")
  test.equal(count(b.box:state().peers), 0)
end)

test.simulated("a route that is refused leaves a run that says what is done, and can be continued", { seed = 14 },
  function()
  local b <close> = bench.new { data_plane = "symbolic",
    faults = { { action = "CreateRouteEntry", params = { DestinationCidrBlock = "100.103.49.21/32" }, call = 1,
      error = "QuotaExceeded" } } }
  local code, _, problem = b:run("apply", "analytics", { verify = false })
  test.equal(code, 3)
  test.match(tostring(problem), "QuotaExceeded")
  test.match(tostring(problem), "failed: route:vtb%-gw8example:100%.103%.49%.21/32")
  test.equal((b:run("apply", "analytics", { verify = false })), 0)
  one_of_each(b.box, "analytics")
end)

test.simulated("the other side deletes the connection between plan and routes: a clean stop", { seed = 15 }, function()
  local b <close> = bench.new { data_plane = "symbolic", faults = { { action = "GetVpcPeerConnectionAttribute",
    call = 1,
    change = { collection = "peers", match = { Status = "Activated" }, remove = true } } } }
  local code, _, problem = b:run("apply", "analytics", { verify = false })
  test.truthy(code == 3 or code == 1, tostring(problem))
  test.truthy(errors.is(problem))
  test.equal((b:run("apply", "analytics", { verify = false })), 0)
  one_of_each(b.box, "analytics")
end)

for _, name in ipairs(MISSIONS) do
  test.simulated(name .. ": however slow the way back is, no way out exists before it", { seed = 16 }, function()
    local b <close> = bench.new { data_plane = "symbolic", faults = { { action = "CreateRouteEntry", delay = 5,
      params = { DestinationCidrBlock = "10.20.0.0/16" } } } }
    local code, report, problem = b:run("apply", name, { verify = false })
    test.equal(code, 0, tostring(problem))
    local back
    for _, call in ipairs(report.calls) do
      if call.action == "CreateRouteEntry" and call.params.DestinationCidrBlock == "10.20.0.0/16" then
        back = call.time
      elseif call.action:match "^CreateRouteEntr" then
        test.truthy(back and call.time >= back + 5, "an entry of the way out was asked for too early")
      end
    end
  end)
end
