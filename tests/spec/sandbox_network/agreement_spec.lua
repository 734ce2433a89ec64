-- SPDX-License-Identifier: MIT
-- Random clouds: what the symbolic plane decides, packets must do. Each cloud is applied over the one before,
-- so that the incremental changes are tested as well.
local env = require "env"
local network = require "sandbox.network"
local netns = require "netns"
local sorted = require "sandbox.network.view".sorted -- the same seed must give the same cloud
local task = require "task"
local test = require "spec"

local model = dofile(debug.getinfo(1, "S").source:match("^@(.-)[^/]*$") .. "model.lua")

-- More of them, and others, with PEERWAY_CLOUDS=200 PEERWAY_CLOUD_SEED=1000.
local WORLDS <const> = tonumber(env.get("PEERWAY_CLOUDS")) or 10
local FIRST <const> = tonumber(env.get("PEERWAY_CLOUD_SEED")) or 1
local how, reason = netns.available()

local function chance(percent)
  return math.random(100) <= percent
end

local function pick(list)
  return list[math.random(#list)]
end

local OPEN <const> = { protocol = "all", port_range = "-1/-1", cidr = "0.0.0.0/0", policy = "accept" }

local function random_rule(direction)
  return { direction = direction, protocol = pick { "tcp", "all", "udp" }, priority = math.random(3),
    port_range = pick { "-1/-1", "80/80", "443/443", "1/1024" }, policy = pick { "accept", "accept", "drop" },
    cidr = pick { "0.0.0.0/0", "10.20.0.0/16", "10.20.1.0/24", "10.10.0.0/16", "100.64.0.0/10" } }
end

local function random_groups(world)
  for _, id in ipairs { "sg-s", "sg-c" } do
    local group = world.security_groups[id]
    if chance(25) then group.type = "enterprise" end
    if chance(20) then group.inner_access = pick { "Accept", "Drop" } end
    if chance(60) then
      for _ = 1, math.random(3) do table.insert(group.rules, random_rule(pick { "ingress", "egress" })) end
    end
  end
end

local function random_acls(world)
  world.acls = {}
  for id, vswitch in sorted(world.vswitches) do
    if chance(15) then
      vswitch.acl = "acl-" .. id
      local list = {}
      for _, direction in ipairs { "ingress", "egress" } do
        list[direction] = {}
        for _ = 1, math.random(0, 2) do
          local entry = random_rule(direction)
          if chance(50) then entry.port_range = "1024/65535" end
          table.insert(list[direction], entry)
        end
        if chance(60) then table.insert(list[direction], OPEN) end
      end
      world.acls[vswitch.acl] = list
    end
  end
end

local DESTINATIONS <const> = { model.SERVICE, model.TUNNEL, "100.103.48.0/24", "10.10.0.0/16", "10.10.1.0/24",
  "10.20.0.0/16", "10.20.1.0/24", "10.20.2.0/24", "10.30.0.0/16", "0.0.0.0/0", "10.0.0.0/8" }

--- A table with random entries; duplicates are left out as the cloud refuses them.
local function random_table(world, vpc, keep)
  local own, entries, seen = world.vpcs[vpc], {}, {}
  for _, entry in ipairs(keep or {}) do
    if chance(85) then
      entries[#entries + 1] = entry
      seen[entry.destination] = true
    end
  end
  for _ = 1, math.random(0, 2) do
    local destination = pick(DESTINATIONS)
    if not seen[destination] and destination ~= own.cidrs[1] then
      seen[destination] = true
      local kind = pick { "VpcPeer", "VpcPeer", "VpcPeer", "NatGateway" }
      entries[#entries + 1] = { destination = destination, type = kind,
        next_hop = pick { "pcc-1", "pcc-2", "pcc-none" } }
    end
  end
  return { entries = entries }
end

local function add_third(world)
  world.vpcs["vpc-x"] = { region = pick { "us-west-1", "ap-southeast-1" }, cidrs = { "10.30.0.0/16" },
    system_table = "vtb-x", tables = { ["vtb-x"] = { entries = {
      { destination = model.SERVICE, type = "VpcPeer", next_hop = "pcc-2" } } } } }
  local block = chance(70) and "10.30.1.0/24" or "10.20.7.0/24"
  world.vswitches["vsw-x"] = { vpc = "vpc-x", cidr = block, zone = "z" }
  world.instances["i-x"] = { vpc = "vpc-x", vswitch = "vsw-x", address = block:gsub("0/24", "10"),
    security_groups = {}, status = "Running" }
  world.peerings["pcc-2"] = { a = "vpc-x", b = pick { "vpc-s", "vpc-c" }, status = "Activated" }
end

--- A next hop must be a peering of the table's own VPC: the cloud refuses others.
local function drop_foreign_hops(world)
  for id, vpc in sorted(world.vpcs) do
    for _, one in sorted(vpc.tables) do
      for index = #one.entries, 1, -1 do
        local peering = world.peerings[one.entries[index].next_hop]
        if peering and peering.a ~= id and peering.b ~= id then table.remove(one.entries, index) end
      end
    end
  end
end

local function random_world()
  local world = model.new()
  if chance(70) then model.add_endpoint(world) end
  if chance(70) then model.add_client(world) end
  if chance(60) then add_third(world) end
  for id, vpc in sorted(world.vpcs) do
    vpc.tables[vpc.system_table] = random_table(world, id, vpc.tables[vpc.system_table].entries)
    if chance(40) then vpc.tables["own-" .. id] = random_table(world, id, vpc.tables[vpc.system_table].entries) end
  end
  for _, vswitch in sorted(world.vswitches) do
    if chance(40) then vswitch.route_table = "own-" .. vswitch.vpc end
  end
  if chance(15) then world.peerings["pcc-1"].status = "Deleting" end
  if chance(30) and world.endpoints["ep-1"] then world.endpoints["ep-1"].enis[math.random(2)].alive = false end
  random_groups(world)
  random_acls(world)
  drop_foreign_hops(world)
  return world
end

local TARGETS <const> = { { model.SERVICE, 80 }, { model.TUNNEL, 80 }, { model.SERVICE, 22 }, { "100.103.48.12", 80 },
  { "10.10.1.80", 80 }, { "10.10.2.80", 80 }, { "10.10.1.10", 443 }, { "10.20.1.10", 443 }, { "10.20.2.10", 80 },
  { "10.30.1.10", 80 }, { "100.100.100.200", 80 } }

--- Connects to all targets at once; exit code of curl per target: 28 nothing came back, others: something did.
local function connect_all(net, instance, seconds, targets)
  local lines = {}
  for index, target in ipairs(targets) do
    lines[index] = ("{ curl -s -o /dev/null -m %s --connect-timeout %s http://%s:%d/; echo %d $?; } &"):format(
      seconds + 3, seconds, target[1], target[2], index)
  end
  local codes, output = {}, net:run(instance, table.concat(lines, "\n") .. "\nwait").output
  for index, code in output:gmatch("(%d+) (%d+)") do codes[tonumber(index)] = tonumber(code) end
  return codes
end

local function compare(net, instance, seed)
  local codes, wrong, delivered = connect_all(net, instance, 0.4, TARGETS), {}, 0
  for index, target in ipairs(TARGETS) do
    local verdict = net:path(instance, target[1], target[2])
    local real = codes[index] ~= 28
    -- A busy machine may be late: look again with patience before saying so.
    if verdict.ok and not real then real = connect_all(net, instance, 4, { target })[1] ~= 28 end
    delivered = delivered + (real and 1 or 0)
    if verdict.ok ~= real then
      wrong[#wrong + 1] = ("seed %d, %s to %s:%d: symbolic %s, packets %s"):format(seed, instance, target[1], target[2],
        verdict.ok and "delivered" or "stopped at " .. verdict.broken.layer .. " (" .. verdict.broken.reason .. ")",
        real and "passed" or "lost")
    end
  end
  return delivered, wrong
end

--- All instances at once.
local function compare_all(net, world, seed)
  local jobs, delivered, wrong = {}, 0, {}
  for id in sorted(world.instances) do
    jobs[#jobs + 1] = function()
      local count, differences = compare(net, id, seed)
      delivered = delivered + count
      table.move(differences, 1, #differences, #wrong + 1, wrong)
    end
  end
  task.map(jobs, function(job) job() end)
  test.equal(wrong, {})
  return delivered, #jobs * #TARGETS
end

test("in random clouds the symbolic plane and the packets agree", function()
  if not how then test.skip("no network namespaces here: " .. tostring(reason)) end
  local net <close> = network.new { mode = "netns" }
  local delivered, asked = 0, 0
  for seed = FIRST, FIRST + WORLDS - 1 do
    math.randomseed(seed)
    local world = random_world()
    net:apply(world)
    local passed, tried = compare_all(net, world, seed)
    delivered, asked = delivered + passed, asked + tried
  end
  print(("  %d clouds, %d connections, %d delivered"):format(WORLDS, asked, delivered))
  -- Both outcomes must occur often, else the comparison says little.
  test.truthy(delivered > asked / 10 and delivered < asked * 9 / 10)
end)
