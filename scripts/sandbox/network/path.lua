-- SPDX-License-Identifier: MIT
-- The fate of a packet by the rules alone: from an instance to an address and back, every layer that it
-- meets, and the first that stops it. The same joined model and rules as the kernel's namespaces obey.
local errors = require "errors"
local filter = require "sandbox.network.filter"
local ipv4 = require "sandbox.network.ipv4"
local routes = require "sandbox.network.routes"
local view = require "sandbox.network.view"

local path = {}

-- Source ports a Linux client takes: an ACL that admits only a part of them is broken for some connections.
local EPHEMERAL <const> = { 32768, 60999 }

---@class sandbox.network.Walk
---@field view sandbox.network.View
---@field hops {at:string, what:string}[]

local Stop = {}

local function hop(walk, at, what)
  walk.hops[#walk.hops + 1] = { at = at, what = what }
end

--- Ends the walk: thrown to path.decide, which makes the verdict of it.
local function stop(walk, layer, where, reason)
  hop(walk, where, "stopped: " .. reason)
  error(setmetatable({ layer = layer, where = where, reason = reason }, Stop), 0)
end

local function always_allowed(number)
  local text = ipv4.text(number)
  return text == view.METADATA or text == view.DNS_SERVERS[1] or text == view.DNS_SERVERS[2]
end

--- Passes the ACL of a port's vSwitch in one direction, for every destination port given.
local function pass_acl(walk, port, direction, layer, other, ports)
  local list = filter.acl(walk.view, port.acl, direction)
  if not list or always_allowed(other) then return end
  for _, number in ipairs(ports) do
    local accepted, reason = filter.decide(list, { protocol = walk.protocol, other = other, port = number })
    if not accepted then
      stop(walk, layer, ("%s of %s"):format(port.acl, port.vswitch),
        ("%s to port %d: %s"):format(direction, number, reason))
    end
  end
  hop(walk, port.acl, direction .. " allowed")
end

local function pass_group(walk, port, direction, other)
  local list = filter.security(walk.view, port, direction)
  local accepted, reason = filter.decide(list, { protocol = walk.protocol, other = other, port = walk.port })
  if not accepted then stop(walk, "security-group." .. direction, ("%s of %s"):format(list.name, port.id), reason) end
  hop(walk, list.name, direction .. ": " .. reason)
end

local function table_name(walk, vpc, id)
  return ("%s of %s%s"):format(id, vpc, walk.view.vpcs[vpc].system_table == id and " (system)" or "")
end

--- What stands at an address of the cloud-service network of a VPC: kind, service.
local function service_at(walk, vpc, number)
  local text = ipv4.text(number)
  if text == view.METADATA then return "metadata" end
  if text == view.DNS_SERVERS[1] or text == view.DNS_SERVERS[2] then return "dns" end
  local entry = (walk.view.services[walk.view.vpcs[vpc].region] or {})[number]
  if entry then return "service", entry.service end
  return nil
end

--- First lookup: the table bound to the vSwitch of the sender.
local function leave(walk, from)
  local where = table_name(walk, from.vpc, from.table_id)
  local route = routes.lookup(routes.entries(walk.view, from.vpc, from.table_id), walk.number)
  if not route then stop(walk, "route.forward", where, "no route to " .. walk.address) end
  hop(walk, where, ("%s -> %s"):format(route.block.text, route.peering or route.action))
  if route.action == "hole" then
    stop(walk, route.peering and "peering" or "route.forward", route.peering or where, route.reason)
  end
  return route
end

local function other_side(peering, vpc)
  return peering.a == vpc and peering.b or peering.a
end

--- Second lookup, after a peering: the system table of the receiving VPC.
local function arrive(walk, vpc)
  local where = table_name(walk, vpc, walk.view.vpcs[vpc].system_table)
  local route = routes.lookup(routes.arrivals(walk.view, vpc), walk.number)
  if not route then
    stop(walk, "route.forward", where, ("arrived through a peering, no Local route to %s"):format(walk.address))
  end
  if route.action == "hole" then
    stop(walk, route.transitive and "route.transitive" or "route.forward", where, route.reason)
  end
  hop(walk, where, ("%s -> %s"):format(route.block.text, route.action))
  return route
end

--- Ports that a service or an ENI answers on: the others are dropped, never refused.
local function serve(walk, where, service_kind)
  local ports = { metadata = { [80] = true }, dns = { [53] = true } }
  local open = ports[service_kind] or { [80] = true, [443] = true }
  if walk.protocol == "icmp" then
    if service_kind == "service" then stop(walk, "service", where, "service addresses do not answer ping") end
  elseif (walk.protocol == "udp" and service_kind ~= "dns") or not open[walk.port] then
    stop(walk, "port", where, ("nothing answers on %s port %d"):format(walk.protocol, walk.port))
  end
end

local function into_service(walk, vpc, through)
  local kind, service = service_at(walk, vpc, walk.number)
  local region = walk.view.vpcs[vpc].region
  if not kind and not through then
    stop(walk, "route.local-service", vpc, ("100.64.0.0/10 is Local: %s of region %s is meant, where nothing answers")
      :format(walk.address, region))
  elseif not kind then
    stop(walk, "service", vpc, ("no service of region %s has %s"):format(region, walk.address))
  end
  local name = service and service.names[1] or kind
  serve(walk, name, kind)
  walk.target = { kind = kind, id = name, vpc = vpc,
    service = service and service.kind, region = region }
  hop(walk, vpc, "delivered to " .. name)
end

local function into_port(walk, from, vpc)
  local port = (walk.view.vpcs[vpc].by_address or {})[walk.number]
  if not port then stop(walk, "service", vpc, "nobody has the address " .. walk.address) end
  if port.vswitch ~= from.vswitch then
    pass_acl(walk, port, "ingress", "acl.ingress", from.number, { walk.port })
  end
  pass_group(walk, port, "ingress", from.number)
  if port.kind == "eni" then
    if not port.alive and walk.protocol == "tcp" then
      stop(walk, "endpoint", port.id, ("the zone %s behind this ENI is dead"):format(tostring(port.zone)))
    end
    if walk.protocol ~= "icmp" then serve(walk, port.id, "eni") end
  end
  walk.target = { kind = port.kind, id = port.id, vpc = vpc, service = port.service, region = port.region }
  hop(walk, vpc, "delivered to " .. port.id)
  return port
end

--- The answer's lookup where it starts: the ENI's or instance's own table, or the system table for a service.
local function answer_leaves(walk, from, vpc, port, through)
  local id = port and port.table_id or walk.view.vpcs[vpc].system_table
  local where = table_name(walk, vpc, id)
  local route = routes.lookup(routes.entries(walk.view, vpc, id), from.number)
  if not route then
    stop(walk, "route.return", where, ("no return route to %s"):format(from.address))
  elseif route.action ~= "peer" then
    stop(walk, "route.return", where, ("the answer to %s matches %s (%s), not peering %s"):format(from.address,
      route.block.text, route.reason or route.action, through.id))
  elseif route.peering ~= through.id then
    stop(walk, "route.return", where, ("the answer leaves by peering %s, the question came by %s"):format(route.peering,
      through.id))
  end
  hop(walk, where, ("answer: %s -> %s"):format(route.block.text, route.peering))
end

local function answer_arrives(walk, from)
  local where = table_name(walk, from.vpc, walk.view.vpcs[from.vpc].system_table)
  local route = routes.lookup(routes.arrivals(walk.view, from.vpc), from.number)
  if not route or route.action ~= "local" then
    stop(walk, "route.return", where, ("the answer to %s is not delivered locally"):format(from.address))
  end
  hop(walk, from.id, "answer received")
end

local function come_back(walk, from, vpc, port, through)
  if port and port.vswitch ~= from.vswitch then
    pass_acl(walk, port, "egress", "acl.return-egress", from.number, EPHEMERAL)
  end
  if through then
    answer_leaves(walk, from, vpc, port, through)
    answer_arrives(walk, from)
  end
  if not port or port.vswitch ~= from.vswitch then
    pass_acl(walk, from, "ingress", "acl.return-ingress", walk.number, EPHEMERAL)
  end
end

local function same_vswitch(walk, from)
  return ipv4.contains(walk.view.vswitches[from.vswitch].block, walk.number)
end

local function walk_all(walk, from)
  hop(walk, from.id, ("%s to %s port %d"):format(walk.protocol, walk.address, walk.port))
  pass_group(walk, from, "egress", walk.number)
  if not same_vswitch(walk, from) then pass_acl(walk, from, "egress", "acl.egress", walk.number, { walk.port }) end
  local vpc, through = from.vpc, nil
  local route = leave(walk, from)
  if route.action == "peer" then
    through = walk.view.peerings[route.peering]
    vpc = other_side(through, from.vpc)
    hop(walk, through.id, "crosses to " .. vpc)
    route = arrive(walk, vpc)
  end
  local port
  if route.action == "services" then into_service(walk, vpc, through) else port = into_port(walk, from, vpc) end
  come_back(walk, from, vpc, port, through)
end

--- The instance as a port; a stopped one stops the walk, an unknown one is an error.
local function sender(walk, id)
  local port = walk.view.ports[id]
  if port and port.kind == "instance" then return port end
  local instance = (walk.view.model.instances or {})[id]
  if not instance then
    errors.raise { kind = "input", code = "InvalidInstance.NotFound",
      message = ("no instance %s"):format(tostring(id)) }
  end
  return stop(walk, "instance", id, "the instance is " .. tostring(instance.status))
end

---@param self sandbox.network.View
---@param instance string
---@param address string
---@param port integer
---@param protocol string|nil
---@return sandbox.network.Verdict
function path.decide(self, instance, address, port, protocol)
  local walk = { view = self, hops = {}, protocol = protocol or "tcp", port = port or 0, address = address,
    number = ipv4.number(address) }
  if not walk.number then
    errors.raise { kind = "input", code = "InvalidAddress",
      message = ("%q is no IPv4 address"):format(tostring(address)) }
  end
  local ok, broken = pcall(function()
    local from = sender(walk, instance)
    if walk.number ~= from.number then walk_all(walk, from) end
  end)
  if not ok and getmetatable(broken) ~= Stop then error(broken, 0) end
  if ok then return { ok = true, outcome = "delivered", hops = walk.hops, target = walk.target, simulated = true } end
  return { ok = false, outcome = "dropped", hops = walk.hops, target = walk.target, simulated = true,
    broken = { layer = broken.layer, where = broken.where, reason = broken.reason } }
end

return path
