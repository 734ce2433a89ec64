-- SPDX-License-Identifier: MIT
-- What the fault specs share: one mission in the simulated world on a cloud that holds other people's
-- objects too, a crash that leaves only ledger file and cloud, and what must be true afterwards. Not a spec.
local errors = require "errors"
local fs = require "fs"
local here = debug.getinfo(1, "S").source:match "^@(.*)/[^/]*$" or "."
local bench = dofile(here .. "/../e2e/bench.lua")
local native = require "task.native"
local presets = require("sandbox").presets
local random = require "random"
local skew = require "cloud.skew"
local store = require "store"
local task = require "task"
local test = require "spec"
local wait = require "engine.wait"

local M = {}

M.seed = math.tointeger(tonumber(os.getenv "PEERWAY_FAULT_SEED" or "1"))
M.scale = tonumber(os.getenv "PEERWAY_FAULT_SCALE" or "1") -- 0.1: every tenth run; 10: all, and more random ones
M.START = 1767225600 -- 2026-01-01T00:00:00Z

local SIMPLE_MODES <const> = { domain = "analytics", endpoint = "analytics-endpoint", swapped = "analytics-swapped" }
local FORWARD <const> = {
  domain = { "100.103.48.11/32", "100.103.48.12/32", "100.103.49.21/32", "100.103.50.31/32" },
  endpoint = { "10.10.1.0/24", "10.10.2.0/24" },
}
FORWARD.swapped = FORWARD.domain
local OURS <const> = { ["vpc-t4nexample"] = true, ["vpc-gw8example"] = true }

local function copy(value)
  if type(value) ~= "table" then
    return value
  end
  local result = {}
  for key, field in pairs(value) do
    result[key] = copy(field)
  end
  return result
end

-- The worked example among the things of others: a third VPC peered with the consumer, routes, a rule.
local function shared_world()
  local world = copy(presets["worked-example"])
  table.insert(world.vpcs, { id = "vpc-gw8other", region = "eu-central-1", cidr = "10.99.0.0/16", name = "other",
    system_table = "vtb-gw8other", vswitches = {}, security_groups = {}, instances = {} })
  world.peerings = { { id = "pcc-other", vpc = "vpc-gw8example", accepting_vpc = "vpc-gw8other", name = "other" } }
  world.routes = {
    { id = "rte-other1", table = "vtb-gw8example", destination = "10.99.0.0/16", next_hop = "pcc-other",
      name = "other" },
    { id = "rte-other2", table = "vtb-t4nexample", destination = "172.20.0.0/16", next_hop_type = "Instance",
      next_hop = "i-t4nexample", name = "other" },
  }
  for _, vpc in ipairs(world.vpcs) do
    for _, group in ipairs(vpc.security_groups) do
      group.rules = { { cidr = "192.0.2.0/24", port_range = "22/22", protocol = "TCP" } }
    end
  end
  return world
end

-- Ledgers are synced at every write; in memory that costs nothing. The name is drawn in the real world.
local base = fs.stat "/dev/shm" and ("/dev/shm/peerway-%s"):format(random.hex(8)) or fs.temp_dir()
local folders = 0

local function new_folder()
  folders = folders + 1
  local folder = ("%s-%d"):format(base, folders)
  fs.mkdir(folder, tonumber("700", 8))
  return folder
end

--- A cloud and a project folder. `options` go to sandbox.new; `mode` is domain, endpoint or swapped.
---@param mode string
---@param options? table
---@return table bench with `mode`, `foreign`
function M.new(mode, options)
  skew.forget()
  local settings = { world = shared_world(), time_scale = 1, data_plane = "symbolic", seed = 7 }
  for name, value in pairs(options or {}) do
    settings[name] = value
  end
  local b = bench.new(settings)
  fs.remove(b.folder)
  b.folder = new_folder()
  b.mode, b.name, b.pace, b.folders = mode, SIMPLE_MODES[mode], wait.pace(1), { b.folder }
  b.foreign = M.foreign(b)
  return b
end

--- Removes the project folders.
function M.close(b)
  b:close()
  for _, folder in ipairs(b.folders) do
    for _, name in ipairs(fs.list(folder)) do
      fs.remove(folder .. "/" .. name)
    end
    fs.remove(folder)
  end
end

--- Runs a command; a fresh pace, as a new process has.
function M.run(b, verb, more)
  b.pace = wait.pace(1)
  return b:run(verb, b.name, more)
end

-- Crashes ------------------------------------------------------------------------------------------

-- What a killed process leaves of the ledger: the bytes of its files.
local function snapshot(b)
  local folder = new_folder()
  for _, name in ipairs { "ledger.db", "ledger.db-wal" } do
    local data = fs.stat(b.folder .. "/" .. name) and fs.read(b.folder .. "/" .. name)
    if data then
      fs.write_atomic(folder .. "/" .. name, data, tonumber("600", 8))
    end
  end
  b.folders[#b.folders + 1] = folder
  return folder
end

--- A ledger's connection whose commits go through `on_commit(commit)`.
function M.watched(connection, on_commit)
  local watched = {}
  function watched:script(text) -- luacheck: ignore self
    if text ~= "commit" then
      return connection:script(text)
    end
    on_commit(function() connection:script "commit" end)
  end
  return setmetatable(watched, { __index = function(_, name)
    return function(_, ...) return connection[name](connection, ...) end
  end })
end

-- The moments at which a run can be killed: each call before the cloud acts, after it acted ("flood": the
-- calls of the same moment act too, their answers are lost as well), and around each write of the ledger.
local function arm(b, when, at, kill)
  local box, seen = b.box, 0
  local dead = false
  local function die()
    if not dead then
      dead = true
      kill()
    end
  end
  local saved_open = store.open
  local writes = when:match "^write" ~= nil
  local function handle(self, request)
    return getmetatable(self).__index.handle(self, request)
  end
  function box.handle(self, request)
    seen = writes and seen or seen + 1
    local due = not writes and seen == at
    if due and when ~= "before" or dead and when == "flood" then
      handle(self, request)
    end
    if due then
      die()
    end
    if dead then
      task.event():wait() -- no answer reaches the dead
    end
    return handle(self, request)
  end
  function store.open(path)
    local ledger = saved_open(path)
    ledger.connection = writes and M.watched(ledger.connection, function(commit)
      seen = seen + 1
      if when == "write after" or seen ~= at then
        commit()
      end
      if seen == at then
        die()
      end
    end) or ledger.connection
    return ledger
  end
  return function()
    box.handle, store.open = nil, saved_open
    return seen
  end
end

--- Runs a command and kills it at moment `at`. False when the run ended before that moment.
---@param b table
---@param verb string
---@param when "before"|"after"|"flood"|"write before"|"write after"
---@param at integer
---@return boolean killed
---@return any exit code, or the moments that were passed
---@return table report
---@return any error
function M.crash(b, verb, when, at)
  local killed, left = task.event(), nil
  local root
  local disarm = arm(b, when, at, function()
    left = snapshot(b)
    killed:set(true)
  end)
  local code, report, problem
  root = task.named("victim", function()
    code, report, problem = M.run(b, verb)
    killed:set(false)
  end)
  local hit = killed:wait()
  if hit then
    root:cancel "killed"
    root:result()
    b.folder = left
  else
    root:join()
  end
  local seen = disarm()
  return hit, hit and seen or code, report, problem
end

local clean_runs = 0

--- A clean run, while the file is loaded; `fn(bench, calls made before the command)` looks at it.
function M.clean(mode, verb, fn, prepare)
  clean_runs = clean_runs + 1 -- the same seed twice would give the same nonces again
  native.simulate(M.seed * 7919 + clean_runs, M.START)
  local b = M.new(mode)
  if verb == "destroy" then
    test.equal((M.run(b, "apply")), 0)
  end
  local before = #b.box:calls()
  local prepared = prepare and prepare(b)
  local code, _, problem = M.run(b, verb)
  test.equal(code, 0, ("clean %s of mode %s: %s"):format(verb, mode, tostring(problem)))
  fn(b, before, prepared)
  M.close(b)
  native.real()
end

--- How many moments of a kind a clean run has.
function M.moments(mode, verb, when)
  local count
  M.clean(mode, verb, function(_, _, disarm) count = disarm() end, function(b)
    return arm(b, when, math.huge, function() end)
  end)
  return count
end

-- Invariants ---------------------------------------------------------------------------------------

local function is_pair(peer)
  return OURS[peer.vpc] and OURS[peer.acc_vpc]
end

local function is_foreign_route(id, route)
  return id:match "^rte%-other" or route.kind == "System"
end

--- Everything that is not ours, as text by id.
function M.foreign(b)
  local state, found = b.box:state(), {}
  for id, peer in pairs(state.peers) do
    found[id] = not is_pair(peer) and peer or nil
  end
  for id, route in pairs(state.routes) do
    found[id] = is_foreign_route(id, route) and route or nil
  end
  for _, collection in ipairs { "vpcs", "vswitches", "route_tables", "instances", "services", "projects" } do
    for id, object in pairs(state[collection]) do
      found[id] = object
    end
  end
  for id, group in pairs(state.security_groups) do
    for index, rule in ipairs(group.rules) do
      if rule.cidr == "192.0.2.0/24" then
        found[id .. index] = rule
      end
    end
  end
  return copy(found)
end

local function peering_of(state)
  local id, count = nil, 0
  for name, peer in pairs(state.peers) do
    if is_pair(peer) and peer.Status ~= "Deleted" then
      id, count = name, count + 1
    end
  end
  return id, count
end

local function check_routes(b, state, peering)
  local wanted = { ["vtb-t4nexample 10.20.0.0/16"] = peering }
  for _, destination in ipairs(FORWARD[b.mode]) do
    wanted["vtb-gw8example " .. destination] = peering
  end
  local found = {}
  for id, route in pairs(state.routes) do
    if not is_foreign_route(id, route) and not (b.obstacle and b.obstacle[id]) then
      local key = route.table .. " " .. route.destination
      test.falsy(found[key], "two entries for " .. key)
      test.equal(route.Status, "Available", key)
      found[key] = route.next_hop_id
    end
  end
  test.equal(found, wanted, "routes")
end

local function check_endpoints(b, state)
  local per_service, zones = {}, {}
  for id, endpoint in pairs(state.endpoints) do
    per_service[endpoint.service_name or endpoint.service] = (per_service[endpoint.service_name or endpoint.service]
      or 0) + 1
    zones[id] = 0
  end
  for _, zone in pairs(state.endpoint_zones) do
    test.truthy(zones[zone.endpoint], "a zone without its endpoint")
    zones[zone.endpoint] = zones[zone.endpoint] + 1
  end
  local services = 0
  for service, count in pairs(per_service) do
    services = services + 1
    test.equal(count, 1, "endpoints for " .. tostring(service))
  end
  test.equal(services, b.mode == "endpoint" and 2 or 0, "services with an endpoint")
  for id, count in pairs(zones) do
    test.equal(count, 2, "zones of " .. id)
  end
end

local function our_rules(state)
  local rules = {}
  for id, group in pairs(state.security_groups) do
    for _, rule in ipairs(group.rules) do
      if rule.cidr ~= "192.0.2.0/24" then
        rules[#rules + 1] = ("%s %s %s"):format(id, rule.cidr, rule.port_range)
      end
    end
  end
  table.sort(rules)
  return rules
end

local function check_ledger(b, verb)
  local ledger <close> = store.open(b.folder .. "/ledger.db")
  local open = ledger:open_intents("analytics")
  test.equal(#open, 0, "open intents, first: " .. (open[1] and open[1].action .. " " .. open[1].key or "none"))
  local known = 0
  for _ in pairs(ledger:resources("analytics")) do
    known = known + 1
  end
  local expected = verb == "destroy" and 0 or 2 + #FORWARD[b.mode] + (b.mode == "endpoint" and 4 or 0)
  test.equal(known, expected, "resources in the ledger")
end

local function check_journal(b)
  test.equal(#b.box.bugs, 0, "defects of the sandbox: " .. tostring(b.box.bugs[1]))
  for _, call in ipairs(b.box:calls()) do
    test.falsy(call.params and call.params.Force, "something was removed by force")
    test.falsy((call.outcome or ""):find "IdempotentParameterMismatch", "a token was used for another request")
  end
end

--- After a complete apply: everything exists once, nothing else was touched, nothing is left to do.
function M.check_applied(b)
  local state = b.box:state()
  local peering, count = peering_of(state)
  test.equal(count, 1, "peerings of the pair")
  test.equal(state.peers[peering].Status, "Activated")
  check_routes(b, state, peering)
  check_endpoints(b, state)
  test.equal(our_rules(state), b.mode == "endpoint" and { "sg-t4nexample 10.20.0.0/16 443/443",
    "sg-t4nexample 10.20.0.0/16 80/80" } or {}, "rules")
  test.equal(M.foreign(b), b.foreign, "things of others")
  check_ledger(b, "apply")
  check_journal(b)
  local code, report, problem = M.run(b, "plan")
  test.equal(code, 0, "the plan after it: " .. tostring(problem or M.plan_text(report)))
  test.truthy(#report.calls <= 6, ("the plan after it took %d calls"):format(#report.calls))
end

--- The steps of a plan that should have none.
function M.plan_text(report)
  local lines = {}
  for _, entry in ipairs(report.last_plan and report.last_plan.actions or {}) do
    if entry.action ~= "none" then
      lines[#lines + 1] = ("%s %s %s"):format(entry.action, entry.item.key, entry.reason or "")
    end
  end
  return table.concat(lines, "; ")
end

--- After a complete destroy: nothing of ours is left, nothing else was touched.
function M.check_destroyed(b)
  local state = b.box:state()
  local peering, count = peering_of(state)
  test.equal(count, 0, "peering left: " .. tostring(peering))
  for id, route in pairs(state.routes) do
    test.truthy(is_foreign_route(id, route) or (b.obstacle and b.obstacle[id]), "route left: " .. route.destination)
  end
  test.equal(next(state.endpoints), nil, "endpoint left")
  test.equal(next(state.endpoint_zones), nil, "endpoint zone left")
  test.equal(our_rules(state), {}, "rules left")
  test.equal(M.foreign(b), b.foreign, "things of others")
  check_ledger(b, "destroy")
  check_journal(b)
end

-- Registration -------------------------------------------------------------------------------------

local registered = 0

--- Registers one run as a test of its own, replayable by its name. `share`: 1 = always, 0.2 = a fifth of them
--- (chosen by a fixed hash of the name), times PEERWAY_FAULT_SCALE.
---@param name string
---@param share number
---@param fn fun(seed: integer)
function M.register(name, share, fn)
  local hash = 5381
  for index = 1, #name do
    hash = (hash * 33 + name:byte(index)) & 0x7fffffff
  end
  local spread = (hash * 2654435761 >> 16) & 0xffff -- names that differ little are to be far apart
  if spread / 0x10000 >= share * M.scale then
    return
  end
  registered = registered + 1
  local seed = M.seed * 1000003 + hash
  test.simulated(("%s (seed %d)"):format(name, seed), { seed = seed, wall = M.START }, function()
    fn(seed)
  end)
end

--- Says how many runs were registered.
function M.announce(what)
  print(("%s: %d runs (PEERWAY_FAULT_SEED=%d PEERWAY_FAULT_SCALE=%g)"):format(what, registered, M.seed, M.scale))
  registered = 0
end

--- Fails unless the error says what happened: exit code among `codes`, text with `needle`.
function M.check_final(code, problem, codes, needle)
  local fine = false
  for _, allowed in ipairs(codes) do
    fine = fine or code == allowed
  end
  test.truthy(fine, ("exit code %s, expected one of %s: %s"):format(tostring(code), table.concat(codes, ", "),
    tostring(problem)))
  test.truthy(errors.is(problem), "no error value: " .. tostring(problem))
  if needle then
    test.truthy(tostring(problem):find(needle, 1, true), ("%s is not named in: %s"):format(needle, tostring(problem)))
  end
end

return M
