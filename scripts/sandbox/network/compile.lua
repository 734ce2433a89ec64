-- SPDX-License-Identifier: MIT
-- Turns the joined model into what each network namespace shall hold: links, then configuration lines
-- of `ip -batch`, each with the line that undoes it, then one nftables ruleset. Pure; see kernel.lua.
--
-- Per VPC a router namespace ("vpc-x") and a cloud-service namespace ("vpc-x/cloud"), per running instance one
-- namespace. A veth pair has the same MAC on both ends and no ARP: a plain wire, no gateway address is needed.
local ipv4 = require "sandbox.network.ipv4"
local nftables = require "sandbox.network.nftables"
local routes = require "sandbox.network.routes"
local view = require "sandbox.network.view"

local compile = {}

local ARRIVALS, DELIVERY = 10, 20 -- routing tables of a router; those of the VPC follow from FIRST_TABLE
local FIRST_TABLE = 1000 -- above the reserved numbers 253 to 255

---@class sandbox.network.Space
---@field key string
---@field kind "router"|"cloud"|"instance"
---@field sysctl table<string,string>
---@field links {name:string, peer:string, space:string}[] veths made from here: name here, peer name, peer namespace
---@field lines {add:string, del:string, link:string?}[]
---@field nft string|nil
---@field vpc string

local function space(spaces, key, kind, vpc)
  local quiet = { ["net.ipv6.conf.all.disable_ipv6"] = "1", ["net.ipv6.conf.default.disable_ipv6"] = "1",
    ["net.ipv4.conf.all.rp_filter"] = "0", ["net.ipv4.conf.default.rp_filter"] = "0" }
  if kind == "router" then
    quiet["net.ipv4.ip_forward"] = "1"
    quiet["net.ipv4.conf.all.send_redirects"] = "0"
    quiet["net.ipv4.conf.default.send_redirects"] = "0"
  end
  spaces[key] = { key = key, kind = kind, vpc = vpc, sysctl = quiet, links = {}, lines = {} }
  return spaces[key]
end

local function line(target, object, text, link)
  table.insert(target.lines, { add = object .. " add " .. text, del = object .. " del " .. text, link = link })
end

local function up(target, link)
  table.insert(target.lines, { add = ("link set dev %s arp off up"):format(link), link = link })
end

--- One route of a VPC table as an entry of a kernel table. "throw" goes on to the delivery table.
local function kernel_route(route, table_number, wire)
  if route.action == "peer" then
    return ("%s dev %s table %d"):format(route.block.text, wire(route.peering), table_number), wire(route.peering)
  end
  local kind = route.action == "hole" and "blackhole" or "throw"
  return ("%s %s table %d"):format(kind, route.block.text, table_number), nil
end

local function kernel_table(router, list, table_number, wire)
  local default = false
  for _, route in ipairs(list) do
    local text, link = kernel_route(route, table_number, wire)
    default = default or route.block.length == 0
    line(router, "route", text, link)
  end
  if not default then line(router, "route", ("blackhole default table %d"):format(table_number)) end
end

--- Numbers of the VPC's tables: only those that something uses.
local function used_tables(vpc)
  local numbers, list = {}, {}
  local function use(id)
    if numbers[id] then return end
    list[#list + 1] = id
    numbers[id] = FIRST_TABLE + #list
  end
  use(vpc.system_table)
  for _, vswitch in ipairs(vpc.vswitches) do use(vswitch.table_id) end
  return numbers, list
end

local function attach_port(router, port, name, gateway, table_number)
  up(router, name)
  line(router, "addr", ("%s/32 dev %s"):format(gateway, name), name)
  line(router, "route", ("%s/32 dev %s table %d"):format(port.address, name, DELIVERY), name)
  line(router, "rule", ("pref 1000 iif %s lookup %d"):format(name, table_number))
end

local function add_router(self, spaces, vpc, number)
  local router = space(spaces, vpc.id, "router", vpc.id)
  local function link(id) return number("port", id) end
  local function wire(id) return number("wire", id) end
  local numbers, list = used_tables(vpc)
  table.insert(router.links, { name = "cloud", peer = "vpc", space = vpc.id .. "/cloud" })
  up(router, "lo")
  up(router, "cloud")
  line(router, "route", ("%s dev cloud table %d"):format(view.SERVICE_RANGE.text, DELIVERY), "cloud")
  line(router, "route", ("blackhole default table %d"):format(DELIVERY))
  for _, port in ipairs(vpc.ports) do
    local name = link(port.id)
    local eni = port.kind == "eni"
    local far = eni and vpc.id .. "/cloud" or port.id
    table.insert(router.links, { name = name, peer = eni and name or "eth0", space = far })
    attach_port(router, port, name, ipv4.gateway(self.vswitches[port.vswitch].block), numbers[port.table_id])
  end
  for _, peering in ipairs(vpc.peerings) do
    local name = wire(peering.id)
    if peering.a == vpc.id then table.insert(router.links, { name = name, peer = name, space = peering.b }) end
    up(router, name)
    line(router, "rule", ("pref 1000 iif %s lookup %d"):format(name, ARRIVALS))
  end
  for _, id in ipairs(list) do kernel_table(router, routes.entries(self, vpc.id, id), numbers[id], wire) end
  kernel_table(router, routes.arrivals(self, vpc.id), ARRIVALS, wire)
  line(router, "rule", ("pref 1000 iif cloud lookup %d"):format(numbers[vpc.system_table]))
  line(router, "rule", ("pref 2000 lookup %d"):format(DELIVERY))
  router.nft = nftables.router(self, vpc, link)
end

local function add_cloud(self, spaces, vpc, number)
  local cloud = space(spaces, vpc.id .. "/cloud", "cloud", vpc.id)
  local function link(id) return number("port", id) end
  local function mark(id) return tonumber(link(id):match("%d+")) end
  up(cloud, "lo")
  up(cloud, "vpc")
  for _, address in ipairs { view.DNS_SERVERS[1], view.METADATA, nftables.LISTEN.maxcompute, nftables.LISTEN.tunnel,
    nftables.LISTEN.other } do
    line(cloud, "addr", address .. "/32 dev lo", "lo")
  end
  line(cloud, "route", "default dev vpc", "vpc")
  for _, port in ipairs(vpc.ports) do
    if port.kind == "eni" then
      local name = link(port.id)
      up(cloud, name)
      line(cloud, "route", ("default dev %s table %d"):format(name, FIRST_TABLE + mark(port.id)), name)
      line(cloud, "rule", ("pref 1000 fwmark %d lookup %d"):format(mark(port.id), FIRST_TABLE + mark(port.id)))
    end
  end
  cloud.nft = nftables.cloud(self, vpc, link, mark)
end

local function add_instance(self, spaces, port)
  local instance = space(spaces, port.id, "instance", port.vpc)
  local block = self.vswitches[port.vswitch].block
  local gateway = ipv4.gateway(block)
  instance.port = port
  up(instance, "lo")
  up(instance, "eth0")
  line(instance, "addr", ("%s/%d dev eth0 noprefixroute"):format(port.address, block.length), "eth0")
  line(instance, "route", gateway .. " dev eth0 scope link", "eth0")
  line(instance, "route", ("default via %s dev eth0"):format(gateway), "eth0")
end

--- Everything that shall exist.
---@param self sandbox.network.View
---@param number fun(kind:string, id:string):string a short, lasting link name for a port or a peering
---@return table<string, sandbox.network.Space>
function compile.spaces(self, number)
  local spaces = {}
  for _, id in ipairs(self.vpc_ids) do
    local vpc = self.vpcs[id]
    add_router(self, spaces, vpc, number)
    add_cloud(self, spaces, vpc, number)
    for _, port in ipairs(vpc.ports) do
      if port.kind == "instance" then add_instance(self, spaces, port) end
    end
  end
  return spaces
end

return compile
