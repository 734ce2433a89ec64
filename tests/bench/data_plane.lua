-- SPDX-License-Identifier: MIT
-- Times of the sandbox's data plane; run by data_plane_bench.sh.
local clock = require "clock"
local network = require "sandbox.network"

local model = dofile(debug.getinfo(1, "S").source:match("^@(.-)bench/[^/]*$") .. "spec/sandbox_network/model.lua")

local function timed(name, fn)
  local start = clock.monotonic()
  fn()
  print(("%-44s %8.1f ms"):format(name, (clock.monotonic() - start) * 1000))
end

--- A spoke VPC with one client, peered with the service VPC, routes on both sides.
local function add_spoke(world, index)
  local vpc, block = "vpc-n" .. index, ("10.%d.0.0/16"):format(100 + index)
  local peering = "pcc-n" .. index
  world.vpcs[vpc] = { region = "us-west-1", cidrs = { block }, system_table = "vtb-n" .. index, tables = {
    ["vtb-n" .. index] = { entries = { { destination = model.SERVICE, type = "VpcPeer", next_hop = peering } } } } }
  world.vswitches["vsw-n" .. index] = { vpc = vpc, cidr = block:gsub("0%.0/16", "1.0/24"), zone = "z" }
  world.instances["i-n" .. index] = { vpc = vpc, vswitch = "vsw-n" .. index, address = block:gsub("0%.0/16", "1.10"),
    security_groups = {}, status = "Running" }
  world.peerings[peering] = { a = vpc, b = "vpc-s", status = "Activated" }
  table.insert(world.vpcs["vpc-s"].tables["vtb-s"].entries, { destination = block, type = "VpcPeer",
    next_hop = peering })
end

local net <close> = network.new { mode = "netns" }
local world = model.new()
timed("worked example, certificates included", function() net:apply(world) end)
timed("the same model again", function() net:apply(world) end)
timed("one route more", function()
  table.insert(world.vpcs["vpc-c"].tables["vtb-c"].entries, { destination = "100.103.48.12", type = "VpcPeer",
    next_hop = "pcc-1" })
  net:apply(world)
end)
timed("run `true` in an instance", function() net:run("i-c", "true") end)
timed("run curl over HTTPS to the service", function()
  net:run("i-c", "curl -s -o /dev/null https://service." .. model.DOMAIN .. "/api")
end)
timed("20 spoke VPCs more", function()
  for index = 1, 20 do add_spoke(world, index) end
  net:apply(world)
end)
local peak = io.open("/proc/self/status"):read("a"):match("VmHWM:%s*(%d+)")
print(("%-44s %8.1f MB"):format(("peak memory, %d namespaces"):format(net:statistics().namespaces), peak / 1024))
