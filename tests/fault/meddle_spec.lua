-- SPDX-License-Identifier: MIT
-- Somebody else changes the cloud while we work: at each call an object of ours is deleted, or one of theirs
-- stands where ours was to be. What is theirs is never touched; what was lost is made again by the next run.
-- Replay one:  peerway test --verbose --only 'NAME AS PRINTED' tests/fault/meddle_spec.lua
-- More: PEERWAY_FAULT_SCALE=10 (all modes, all moments), PEERWAY_FAULT_SEED=2 (other random numbers).
local harness = dofile((debug.getinfo(1, "S").source:match "^@(.*/)" or "./") .. "harness.lua")
local test = require "spec"

local function ours(peer)
  return peer.vpc ~= "vpc-gw8other" and peer.acc_vpc ~= "vpc-gw8other"
end

-- Deletes a peering as its owner can by force: with the routes that lead to it.
local function drop_peering(state)
  for id, peer in pairs(state.peers) do
    if ours(peer) then
      state.peers[id] = nil
      for route_id, route in pairs(state.routes) do
        state.routes[route_id] = route.next_hop_id ~= id and route or nil
      end
    end
  end
end

local function drop_routes(wanted)
  return function(state)
    for id, route in pairs(state.routes) do
      if route.kind == "Custom" and not id:match "^rte%-other" and wanted(route) then
        state.routes[id] = nil
      end
    end
  end
end

local function drop_endpoints(state)
  state.endpoints, state.endpoint_zones = {}, {}
end

local function drop_rules(state)
  local rules = state.security_groups["sg-t4nexample"].rules
  for index = #rules, 1, -1 do
    if rules[index].cidr ~= "192.0.2.0/24" then
      table.remove(rules, index)
    end
  end
end

-- Somebody else's entry for one of our destinations, unless ours is there already.
local function take_destination(state, b)
  for _, route in pairs(state.routes) do
    if route.table == "vtb-t4nexample" and route.destination == "10.20.0.0/16" then
      return
    end
  end
  local like = state.routes["rte-other2"]
  local theirs = {}
  for name, value in pairs(like) do
    theirs[name] = value
  end
  theirs.id, theirs.destination, theirs.name = "rte-obstacle", "10.20.0.0/16", "theirs"
  state.routes["rte-obstacle"] = theirs
  b.obstacle = { ["rte-obstacle"] = true }
end

local LOSSES <const> = {
  { "the peering is deleted", drop_peering },
  { "the way back is deleted", drop_routes(function(route) return route.table == "vtb-t4nexample" end) },
  { "a way out is deleted", drop_routes(function(route)
    return route.destination == "100.103.48.11/32" or route.destination == "10.10.1.0/24"
  end) },
  { "all routes are deleted", drop_routes(function() return true end) },
  { "the endpoints are deleted", drop_endpoints, "endpoint" },
  { "the rules are deleted", drop_rules, "endpoint" },
}

-- `change(state, b)` happens at call number `at`, before or after the act.
local function meddle(b, change, at, when)
  local seen = 0
  function b.box.handle(self, request)
    local handle = getmetatable(self).__index.handle
    seen = seen + 1
    if seen ~= at then
      return handle(self, request)
    end
    if when == "before" then
      change(self.data, b)
      return handle(self, request)
    end
    local reply = handle(self, request)
    change(self.data, b)
    return reply
  end
  return function()
    b.box.handle = nil
  end
end

local function with(mode, verb, fn)
  local b = harness.new(mode)
  local closer <close> = setmetatable({}, { __close = function() harness.close(b) end }) -- luacheck: ignore
  if verb == "destroy" then
    test.equal((harness.run(b, "apply")), 0, "the apply before it")
  end
  fn(b)
end

-- A run during which something was lost may succeed (lost after its last look) or fail and say why.
local function loss(mode, verb, change, at, when, count)
  return function()
    with(mode, verb, function(b)
      local undo = meddle(b, change, at, when)
      local code, report, problem = harness.run(b, verb)
      undo()
      test.truthy(#report.calls <= 2 * count + 150, ("it took %d calls, without that %d"):format(#report.calls, count))
      if code ~= 0 then
        harness.check_final(code, problem, { 1, 3, 4 })
      end
      local again, _
      again, _, problem = harness.run(b, verb)
      test.equal(again, 0, "the next run: " .. tostring(problem))
      harness[verb == "apply" and "check_applied" or "check_destroyed"](b)
    end)
  end
end

local function obstacle(mode, at, when)
  return function()
    with(mode, "apply", function(b)
      local undo = meddle(b, take_destination, at, when)
      local code, _, problem = harness.run(b, "apply")
      undo()
      if not b.obstacle then
        test.equal(code, 0, tostring(problem))
        harness.check_applied(b)
        return
      end
      harness.check_final(code, problem, { 1, 3, 5 }, "10.20.0.0/16")
      local theirs = b.box:state().routes["rte-obstacle"]
      test.truthy(theirs, "their entry was removed")
      test.equal(theirs.next_hop_id, "i-t4nexample", "their entry was changed")
      local refused, _, reason = harness.run(b, "apply")
      harness.check_final(refused, reason, { 5 }, "10.20.0.0/16")
      b.box.data.routes["rte-obstacle"] = nil
      test.equal((harness.run(b, "apply")), 0, "after the obstacle is gone")
      harness.check_applied(b)
    end)
  end
end

local SHARE <const> = { domain = 0.5, endpoint = 0.3, swapped = 0.1 }

for _, mode in ipairs { "domain", "endpoint", "swapped" } do
  for _, verb in ipairs { "apply", "destroy" } do
    local count = harness.moments(mode, verb, "before")
    for at = 1, count do
      for _, when in ipairs { "before", "after" } do
        for _, kind in ipairs(LOSSES) do
          if not kind[3] or kind[3] == mode then
            harness.register(("%s %s: %s, %s call %03d"):format(mode, verb, kind[1], when, at),
              SHARE[mode] * (verb == "apply" and 1 or 0.3), loss(mode, verb, kind[2], at, when, count))
          end
        end
        if verb == "apply" then
          harness.register(("%s: their route stands in our way, %s call %03d"):format(mode, when, at), SHARE[mode],
            obstacle(mode, at, when))
        end
      end
    end
  end
end
harness.announce "changes behind our back"
