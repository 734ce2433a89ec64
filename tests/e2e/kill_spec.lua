-- SPDX-License-Identifier: MIT
-- kill -9 at each call of apply, before the cloud acts and after it acted but before its answer; then the same
-- command again. One connection, one entry a destination, no question asked.
local bench = dofile((debug.getinfo(1, "S").source:match "^@(.*/)" or "./") .. "bench.lua")
local errors = require "errors"
local fs = require "fs"
local process = require "process"
local sandbox = require "sandbox"
local task = require "task"
local test = require "spec"

local PEERWAY <const> = "/proc/self/exe"

local function start(port, folder, name, verb)
  local argv = { PEERWAY, verb or "apply", ("%s/examples/%s.lua"):format(bench.root, name), "--state-dir", folder }
  if not verb then
    argv[#argv + 1] = "--auto-approve"
    argv[#argv + 1] = "--no-verify"
  end
  return process.spawn { argv[1], argv[2], argv[3], argv[4], argv[5], argv[6], argv[7], max_output = 1 << 20,
    env = { PEERWAY_ENDPOINT = ("http://127.0.0.1:%d"):format(port), ALIBABA_CLOUD_ACCESS_KEY_ID = "LTAIsandboxdefault",
      ALIBABA_CLOUD_ACCESS_KEY_SECRET = "sandbox-default-secret-not-a-real-one" } }
end

-- A sandbox on a socket that kills the client at its call number `at`.
local function killing_box(at, when)
  local box = sandbox.new { world = "worked-example", time_scale = 0, data_plane = "symbolic",
    on_symbolic_run = require "probe.symbolic" }
  local state = { count = 0 }
  local handle = box.handle
  function box:handle(request)
    state.count = state.count + 1
    if state.count == at and state.child then
      if when == "after" then
        handle(self, request)
      end
      state.child:kill "KILL"
      task.sleep(0.02)
      return { status = 200, fault = { kind = "drop" } }
    end
    return handle(self, request)
  end
  return box, state
end

local function natural_keys(box)
  local state, seen, peers, endpoints = box:state(), {}, 0, 0
  for _, route in pairs(state.routes) do
    if route.next_hop_type == "VpcPeer" then
      local key = route.table .. " " .. route.destination
      test.falsy(seen[key], "two entries for " .. key)
      seen[key] = true
    end
  end
  for _ in pairs(state.peers) do
    peers = peers + 1
  end
  for _ in pairs(state.endpoints) do
    endpoints = endpoints + 1
  end
  local routes = 0
  for _ in pairs(seen) do
    routes = routes + 1
  end
  return { peers = peers, routes = routes, endpoints = endpoints }
end

-- One crash and one rerun; returns false when the run ended before call number `at`.
local function crash(name, at, when, expected)
  local box <close>, state = killing_box(at, when)
  local server = box:listen { port = 0 }
  local folder = fs.temp_dir()
  state.child = start(server.port, folder, name)
  local first = state.child:wait()
  state.child = nil
  if first.signal ~= 9 then
    test.equal(first.code, 0, first.stderr)
    return false
  end
  local again = start(server.port, folder, name):wait()
  test.equal(again.code, 0, ("call %d, %s: %s"):format(at, when, again.stderr))
  test.equal(natural_keys(box), expected, ("call %d, %s"):format(at, when))
  local third = start(server.port, folder, name, "plan"):wait()
  test.equal(third.code, 0, "the plan after it")
  return true
end

local function every_call(name, when, expected)
  local at = 1
  while crash(name, at, when, expected) do
    at = at + 1
    if at > 80 then
      errors.raise { kind = "internal", code = "TooMany", message = "the run does not end" }
    end
  end
  test.truthy(at > 15, ("only %d calls were made"):format(at - 1))
end

for _, when in ipairs { "before", "after" } do
  test(("mode domain, killed %s the act of each call"):format(when), function()
    every_call("analytics", when, { peers = 1, routes = 5, endpoints = 0 })
  end)

  test(("mode endpoint, killed %s the act of each call"):format(when), function()
    every_call("analytics-endpoint", when, { peers = 1, routes = 3, endpoints = 2 })
  end)
end

test("an interruption ends in order, names what is open, and the next run completes it", function()
  local box <close>, state = killing_box(0, "never")
  local server = box:listen { port = 0 }
  box.settings.time_scale = 1
  local folder = fs.temp_dir()
  local child = start(server.port, folder, "analytics")
  for _ = 1, 200 do
    if next(box:state().peers) then
      break
    end
    task.sleep(0.05)
  end
  child:kill "INT"
  local result = child:wait()
  test.equal(result.code, 130, result.stderr)
  test.match(result.stderr, "run the same command again")
  test.match(result.stderr, "not started: route:")
  box.settings.time_scale = 0
  test.equal(start(server.port, folder, "analytics"):wait().code, 0)
  test.equal(natural_keys(box), { peers = 1, routes = 5, endpoints = 0 })
  test.truthy(state.count > 0)
end)
