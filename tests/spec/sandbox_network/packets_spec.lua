-- SPDX-License-Identifier: MIT
-- Real packets: curl and getent inside instances of the worked example, and each piece taken away.
local network = require "sandbox.network"
local netns = require "netns"
local test = require "spec"

local model = dofile(debug.getinfo(1, "S").source:match("^@(.-)[^/]*$") .. "model.lua")

local NAME <const> = "service." .. model.DOMAIN
local TIMED_OUT <const> = 28 -- curl's exit code; 7 would be a refused connection
local how, reason = netns.available()

--- Runs fn(net, world) with the data plane of the worked example, changed by `change` before.
local function check(name, change, fn)
  test(name, function()
    if not how then test.skip("no network namespaces here: " .. tostring(reason)) end
    local world = model.new()
    if change then change(world) end
    local net <close> = network.new { mode = "netns" }
    net:apply(world)
    fn(net, world)
  end)
end

--- curl from an instance: exit code and the rest of what it says.
local function curl(net, instance, url, options)
  local result = net:run(instance, ("curl -s -m 5 --connect-timeout 0.6 -w '%%{http_code}' %s '%s'"):format(
    options or "-o /dev/null", url), { timeout = 10 })
  return result.exit_code, result.output
end

local function reaches(net, instance, url)
  local code, output = curl(net, instance, url, "-o /dev/null --connect-timeout 4") -- a busy machine may be late
  test.equal(output, "404")
  test.equal(code, 0)
end

--- Nothing came back: neither an answer nor a reset.
local function silent(net, instance, url)
  test.equal(curl(net, instance, url), TIMED_OUT)
end

check("the worked example: names, HTTP, HTTPS with a trusted certificate, the Tunnel", nil, function(net)
  local statistics = net:statistics()
  print(("  %d namespaces, %d links, %d commands in %.0f ms"):format(statistics.namespaces, statistics.links,
    statistics.commands, statistics.seconds * 1000))
  test.equal(statistics.namespaces, 6)
  test.match(net:run("i-c", "getent ahostsv4 " .. NAME).output, "100%.103%.48%.11 +STREAM")
  local code, output = curl(net, "i-c", "https://" .. NAME .. "/api", "-i")
  test.equal(code, 0)
  test.match(output, "x%-odps%-request%-id: %x+")
  test.match(output, "Unknown http request location: /")
  reaches(net, "i-c", "http://" .. NAME .. "/api")
  reaches(net, "i-c", "https://dt." .. model.DOMAIN .. "/")
  reaches(net, "i-s", "https://" .. NAME .. "/api")
end)

check("the certificate is for the service's names only", nil, function(net)
  local code = curl(net, "i-c", "https://" .. model.SERVICE .. "/api")
  test.equal(code, 60)
end)

check("DNS: unknown names, TCP, the second server, zones per VPC", nil, function(net, world)
  test.equal(net:run("i-c", "getent ahostsv4 nothing.example.com").exit_code, 2)
  local dns = "getent ahostsv4 " .. NAME
  local second = "nameserver 100.100.2.138\n"
  test.equal(net:run("i-c", ("printf '%s' > /etc/resolv.conf; %s"):format(second:gsub("\n", "\\n"), dns)).exit_code, 0)
  local tcp = "options use-vc\\nnameserver 100.100.2.136\\n"
  test.equal(net:run("i-c", ("printf '%s' > /etc/resolv.conf; %s"):format(tcp, dns)).exit_code, 0)
  world.zones = { z = { name = NAME, vpcs = { "vpc-c" },
    records = { { rr = "@", type = "A", value = "10.10.1.80" } } } }
  net:apply(world)
  test.match(net:run("i-c", dns).output, "10%.10%.1%.80")
  test.match(net:run("i-s", dns).output, "100%.103%.48")
end)

check("metadata answers each instance about itself", nil, function(net)
  local code, output = curl(net, "i-c", "http://100.100.100.200/latest/meta-data/instance-id", "")
  test.equal(code, 0)
  test.equal(output, "i-c200")
end)

test("metadata can be answered by the cloud's own model, which is told who asks", function()
  if not how then test.skip("no network namespaces here: " .. tostring(reason)) end
  local net <close> = network.new { mode = "netns",
    metadata = function(request) return { status = 200, body = request.instance .. " asks " .. request.path } end }
  net:apply(model.new())
  local _, output = curl(net, "i-s", "http://100.100.100.200/latest/user-data", "")
  test.equal(output, "i-s asks /latest/user-data200")
end)

check("without the forward /32 the connection times out, never refused", function(world)
  table.remove(world.vpcs["vpc-c"].tables["vtb-c"].entries, 1)
end, function(net)
  silent(net, "i-c", "http://" .. model.SERVICE .. "/")
  reaches(net, "i-c", "http://" .. model.TUNNEL .. "/")
end)

check("without the return route the answer is lost; with it back all is well", function(world)
  world.vpcs["vpc-s"].tables["vtb-s"].entries = {}
end, function(net, world)
  silent(net, "i-c", "http://" .. model.SERVICE .. "/")
  world.vpcs["vpc-s"].tables["vtb-s"].entries = { { destination = "10.20.1.0/24", type = "VpcPeer",
    next_hop = "pcc-1" } }
  net:apply(world)
  test.equal(net:statistics().commands, 1) -- only the router of the service VPC was touched
  reaches(net, "i-c", "http://" .. model.SERVICE .. "/")
end)

check("the peering carries packets only while it is Activated", function(world)
  world.peerings["pcc-1"].status = "Accepting"
end, function(net, world)
  silent(net, "i-c", "http://" .. model.SERVICE .. "/")
  world.peerings["pcc-1"].status = "Activated"
  net:apply(world)
  reaches(net, "i-c", "http://" .. model.SERVICE .. "/")
  world.peerings["pcc-1"] = nil
  net:apply(world)
  silent(net, "i-c", "http://" .. model.SERVICE .. "/")
end)

check("a peering is not transitive", function(world)
  world.vpcs["vpc-x"] = { region = "us-west-1", cidrs = { "10.30.0.0/16" }, system_table = "vtb-x", tables = {
    ["vtb-x"] = { entries = { { destination = model.SERVICE, type = "VpcPeer", next_hop = "pcc-2" },
      { destination = "10.20.0.0/16", type = "VpcPeer", next_hop = "pcc-2" } } } } }
  world.vswitches["vsw-x"] = { vpc = "vpc-x", cidr = "10.30.1.0/24", zone = "us-west-1a" }
  world.instances["i-x"] = { vpc = "vpc-x", vswitch = "vsw-x", address = "10.30.1.10", security_groups = {},
    status = "Running" }
  world.peerings["pcc-2"] = { a = "vpc-x", b = "vpc-c", status = "Activated" }
  -- Every route that could help is there, on both sides.
  table.insert(world.vpcs["vpc-s"].tables["vtb-s"].entries, { destination = "10.30.0.0/16", type = "VpcPeer",
    next_hop = "pcc-1" })
  table.insert(world.vpcs["vpc-c"].tables["vtb-c"].entries, { destination = "10.30.0.0/16", type = "VpcPeer",
    next_hop = "pcc-2" })
end, function(net)
  reaches(net, "i-c", "http://" .. model.SERVICE .. "/")
  silent(net, "i-x", "http://" .. model.SERVICE .. "/")
end)

check("a client vSwitch with a table of its own needs its own routes", function(world)
  model.add_client(world)
  world.vpcs["vpc-c"].tables["vtb-c2"] = { entries = {} }
  world.vswitches["vsw-c2"].route_table = "vtb-c2"
end, function(net, world)
  reaches(net, "i-c", "http://" .. model.SERVICE .. "/")
  silent(net, "i-c2", "http://" .. model.SERVICE .. "/")
  world.vpcs["vpc-c"].tables["vtb-c2"].entries = { { destination = model.SERVICE, type = "VpcPeer",
    next_hop = "pcc-1" } }
  net:apply(world)
  reaches(net, "i-c2", "http://" .. model.SERVICE .. "/")
end)

check("mode endpoint: ENIs answer as their service, the group decides who may", model.add_endpoint,
  function(net, world)
    local function by_eni(name, address)
      local code, output = curl(net, "i-c", "https://" .. name .. "/api",
        ("--resolve %s:443:%s -o /dev/null"):format(name, address))
      return code == 0 and output
    end
    test.equal(by_eni(NAME, "10.10.1.80"), "404")
    test.equal(by_eni("dt." .. model.DOMAIN, "10.10.2.80"), "404")
    reaches(net, "i-s", "http://10.10.1.80/")
    world.security_groups["sg-s"].rules = {}
    net:apply(world)
    silent(net, "i-c", "http://10.10.1.80/")
    reaches(net, "i-s", "http://10.10.1.80/") -- a member of the group
    reaches(net, "i-c", "http://" .. model.SERVICE .. "/") -- no group guards the domain addresses
  end)

check("mode endpoint: a dead zone hangs, its ENI still answers ping", model.add_endpoint, function(net, world)
  table.insert(world.security_groups["sg-s"].rules, { direction = "ingress", protocol = "icmp", port_range = "-1/-1",
    cidr = "10.20.0.0/16", policy = "accept" })
  world.endpoints["ep-1"].enis[1].alive = false
  net:apply(world)
  silent(net, "i-c", "http://10.10.1.80/")
  reaches(net, "i-c", "http://10.10.2.80/")
  local ping = net:run("i-c", "command -v ping >/dev/null || exit 99; ping -c 1 -W 1 10.10.1.80")
  if ping.exit_code ~= 99 then test.equal(ping.exit_code, 0) end
end)

check("mode endpoint: the answer is routed by the table of the ENI's vSwitch", model.add_endpoint, function(net, world)
  world.vpcs["vpc-s"].tables["vtb-s2"] = { entries = {} }
  world.vswitches["vsw-s2"].route_table = "vtb-s2"
  net:apply(world)
  reaches(net, "i-c", "http://10.10.1.80/")
  silent(net, "i-c", "http://10.10.2.80/")
end)

check("an enterprise group without egress rule is silent in one place only", function(world)
  model.add_client(world)
  world.security_groups["sg-e"] = { type = "enterprise", vpc = "vpc-c", rules = {} }
  world.instances["i-c2"].security_groups = { "sg-e" }
end, function(net, world)
  reaches(net, "i-c", "http://" .. model.SERVICE .. "/")
  silent(net, "i-c2", "http://" .. model.SERVICE .. "/")
  world.security_groups["sg-e"].rules = { { direction = "egress", protocol = "tcp", port_range = "80/80",
    cidr = "100.64.0.0/10", policy = "accept" } }
  net:apply(world)
  reaches(net, "i-c2", "http://" .. model.SERVICE .. "/")
end)

check("an ACL without ephemeral ingress drops the answer, DNS stays allowed", function(world)
  world.acls = { a = { egress = { { protocol = "all", port_range = "-1/-1", cidr = "0.0.0.0/0", policy = "accept" } },
    ingress = {} } }
  world.vswitches["vsw-c"].acl = "a"
end, function(net, world)
  silent(net, "i-c", "http://" .. model.SERVICE .. "/")
  test.equal(net:run("i-c", "getent ahostsv4 " .. NAME).exit_code, 0)
  world.acls.a.ingress = { { protocol = "tcp", port_range = "1024/65535", cidr = "100.64.0.0/10", policy = "accept" } }
  net:apply(world)
  reaches(net, "i-c", "http://" .. model.SERVICE .. "/")
end)

check("two consumers with the same CIDR, told apart by vSwitch routes", function(world)
  world.vpcs["vpc-d"] = { region = "us-west-1", cidrs = { "10.20.0.0/16" }, system_table = "vtb-d", tables = {
    ["vtb-d"] = { entries = { { destination = model.SERVICE, type = "VpcPeer", next_hop = "pcc-d" } } } } }
  world.vswitches["vsw-d"] = { vpc = "vpc-d", cidr = "10.20.9.0/24", zone = "us-west-1a" }
  world.vswitches["vsw-d2"] = { vpc = "vpc-d", cidr = "10.20.1.0/24", zone = "us-west-1a" } -- equal to vsw-c
  for id, switch in pairs { ["i-d"] = "vsw-d", ["i-d2"] = "vsw-d2" } do
    world.instances[id] = { vpc = "vpc-d", vswitch = switch, address = id == "i-d" and "10.20.9.10" or "10.20.1.10",
      security_groups = {}, status = "Running" }
  end
  world.peerings["pcc-d"] = { a = "vpc-d", b = "vpc-s", status = "Activated" }
  world.vpcs["vpc-s"].tables["vtb-s"].entries = {
    { destination = "10.20.1.0/24", type = "VpcPeer", next_hop = "pcc-1" },
    { destination = "10.20.9.0/24", type = "VpcPeer", next_hop = "pcc-d" } }
end, function(net)
  reaches(net, "i-c", "http://" .. model.SERVICE .. "/")
  reaches(net, "i-d", "http://" .. model.SERVICE .. "/")
  silent(net, "i-d2", "http://" .. model.SERVICE .. "/") -- its answers go to the other 10.20.1.10
end)

check("the same 100.x address is another service in the consumer's region", function(world)
  world.services["eu-central-1"] = { { kind = "other", names = { "oss.example" }, addresses = { model.SERVICE } } }
  table.remove(world.vpcs["vpc-c"].tables["vtb-c"].entries, 1)
end, function(net)
  local code, output = curl(net, "i-c", "http://" .. model.SERVICE .. "/api", "")
  test.equal(code, 0)
  test.match(output, "another cloud service")
end)

check("a wide 100.x route takes the DNS servers away", nil, function(net, world)
  table.insert(world.vpcs["vpc-c"].tables["vtb-c"].entries, { destination = "100.100.2.0/24", type = "NatGateway",
    next_hop = "ngw-1" })
  net:apply(world)
  test.equal(net:run("i-c", "timeout 1 getent ahostsv4 " .. NAME).exit_code, 124)
end)

check("stopped instances disappear and come back", nil, function(net, world)
  world.instances["i-c"].status = "Stopped"
  net:apply(world)
  test.raises(function() net:run("i-c", "true") end, { code = "InstanceNotRunning" })
  world.instances["i-c"].status = "Running"
  net:apply(world)
  reaches(net, "i-c", "http://" .. model.SERVICE .. "/")
end)

check("run: exit code, one stream, scripts with an interpreter, argv, time-out", nil, function(net)
  local result = net:run("i-c", "echo out; echo err >&2; pwd; exit 3")
  test.equal(result.exit_code, 3)
  test.equal(result.output, "out\nerr\n/root\n")
  test.equal(net:run("i-c", "#!/usr/bin/env -S awk -f\nBEGIN { print 6 * 7 }\n").output, "42\n")
  test.equal(net:run("i-c", { "printf", "%s|", "a b", "$HOME" }).output, "a b|$HOME|")
  test.equal(net:run("i-c", "uname -n; echo $http_proxy").output, "i-c\n\n")
  local slow = net:run("i-c", "echo started; sleep 30", { timeout = 0.3 })
  test.equal(slow.timed_out, true)
  test.equal(slow.exit_code, -1)
end)

check("after a failure in the middle the next apply begins anew", nil, function(net, world)
  local router = net.kernel.spaces["vpc-s"].ns
  function router.ip() error("the machine failed", 0) end
  world.vpcs["vpc-s"].tables["vtb-s"].entries = {}
  test.raises(function() net:apply(world) end, { match = "the machine failed" })
  world.vpcs["vpc-s"].tables["vtb-s"].entries = { { destination = "10.20.0.0/16", type = "VpcPeer",
    next_hop = "pcc-1" } }
  net:apply(world)
  test.equal(net:statistics().namespaces, 6)
  reaches(net, "i-c", "http://" .. model.SERVICE .. "/")
  test.equal(net:run("i-c", "getent ahostsv4 " .. NAME).exit_code, 0)
end)

check("inspect shows what the kernel holds", nil, function(net)
  local texts = net:inspect()
  test.match(texts["vpc-s"], "10%.20%.0%.0/16 dev w%d+ table %d+")
  test.match(texts["vpc-s"], "chain security_groups")
  test.match(texts["vpc-c/cloud"], "100%.100%.2%.136/32")
  test.match(net:inspect("i-c")["i-c"], "eth0.*10%.20%.1%.10/24")
  test.equal(net:inspect("i-c")["vpc-s"], nil)
end)

check("applying the same model again runs nothing", nil, function(net, world)
  net:apply(world)
  test.equal(net:statistics().commands, 0)
end)
