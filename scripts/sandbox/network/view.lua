-- SPDX-License-Identifier: MIT
-- The cloud model, checked and joined for quick use: ports (instances and ENIs with their vSwitch, route
-- table, ACL and groups), VPCs with their ports, active peerings. Both planes are computed from it.
local errors = require "errors"
local ipv4 = require "sandbox.network.ipv4"

local view = {}

view.DNS_SERVERS = { "100.100.2.136", "100.100.2.138" }
view.METADATA = "100.100.100.200"
view.SERVICE_KINDS = { maxcompute = true, tunnel = true, other = true }
view.SERVICE_RANGE = ipv4.block("100.64.0.0/10", "cloud services")

---@class sandbox.network.Port
---@field id string instance id, or endpoint id and address
---@field kind "instance"|"eni"
---@field vpc string
---@field vswitch string
---@field address string
---@field number integer the address
---@field groups string[]
---@field table_id string route table for what comes out of it
---@field acl string|nil
---@field service string|nil of an ENI: kind of the service
---@field region string|nil of an ENI: region of the service
---@field alive boolean|nil of an ENI
---@field instance sandbox.network.Instance|nil

local function bad(where, message)
  errors.raise { kind = "input", code = "InvalidModel", message = ("data plane model, %s: %s"):format(where, message) }
end

--- Keys of a table in a stable order, so that equal models give equal kernels.
---@param map table|nil
---@return fun():string, any
function view.sorted(map)
  local keys = {}
  for key in pairs(map or {}) do keys[#keys + 1] = key end
  table.sort(keys)
  local index = 0
  return function()
    index = index + 1
    return keys[index], keys[index] and map[keys[index]]
  end
end

local function check_kind(where, kind)
  if not view.SERVICE_KINDS[kind or ""] then
    bad(where, ("service kind %q is not maxcompute, tunnel or other"):format(tostring(kind)))
  end
end

local function add_vpcs(self, model)
  for id, vpc in view.sorted(model.vpcs) do
    local cidrs = {}
    for index, cidr in ipairs(vpc.cidrs or {}) do cidrs[index] = ipv4.block(cidr, id) end
    if not (vpc.tables or {})[vpc.system_table] then bad(id, "its system route table is not among its tables") end
    self.vpcs[id] = { id = id, region = vpc.region, cidrs = cidrs, system_table = vpc.system_table,
      tables = vpc.tables, dns_servers = vpc.dns_servers or view.DNS_SERVERS,
      ports = {}, vswitches = {}, peerings = {} }
    self.vpc_ids[#self.vpc_ids + 1] = id
  end
end

local function add_vswitches(self, model)
  for id, vswitch in view.sorted(model.vswitches) do
    local vpc = self.vpcs[vswitch.vpc] or bad(id, ("unknown VPC %q"):format(tostring(vswitch.vpc)))
    local bound = vswitch.route_table
    if not (bound and vpc.tables[bound]) then bound = vpc.system_table end
    local acl = vswitch.acl and (model.acls or {})[vswitch.acl] and vswitch.acl or nil
    local entry = { id = id, vpc = vpc.id, block = ipv4.block(vswitch.cidr, id), table_id = bound, acl = acl,
      ports = {} }
    self.vswitches[id] = entry
    vpc.vswitches[#vpc.vswitches + 1] = entry
  end
end

--- Joins one port to its vSwitch and VPC.
local function add_port(self, port, where)
  local vswitch = self.vswitches[port.vswitch] or bad(where, ("unknown vSwitch %q"):format(tostring(port.vswitch)))
  local vpc = self.vpcs[port.vpc]
  if not vpc or vswitch.vpc ~= port.vpc then bad(where, "its vSwitch belongs to another VPC") end
  port.number = ipv4.number(port.address) or bad(where, ("%q is no address"):format(tostring(port.address)))
  if not ipv4.contains(vswitch.block, port.number) then
    bad(where, ("%s is outside vSwitch %s (%s)"):format(port.address, vswitch.id, vswitch.block.text))
  end
  local other = vpc.by_address and vpc.by_address[port.number]
  if other then bad(where, ("%s is also the address of %s"):format(port.address, other.id)) end
  vpc.by_address = vpc.by_address or {}
  vpc.by_address[port.number] = port
  port.table_id, port.acl = vswitch.table_id, vswitch.acl
  self.ports[port.id] = port
  vpc.ports[#vpc.ports + 1] = port
  vswitch.ports[#vswitch.ports + 1] = port
  for _, group in ipairs(port.groups) do
    self.members[group] = self.members[group] or {}
    table.insert(self.members[group], port)
  end
end

local function add_ports(self, model)
  for id, instance in view.sorted(model.instances) do
    if instance.status == "Running" then
      add_port(self, { id = id, kind = "instance", vpc = instance.vpc, vswitch = instance.vswitch,
        address = instance.address, groups = instance.security_groups or {}, instance = instance }, id)
    end
  end
  for id, endpoint in view.sorted(model.endpoints) do
    for _, eni in ipairs(endpoint.enis or {}) do
      check_kind(id, eni.service)
      add_port(self, { id = id .. "/" .. tostring(eni.address), kind = "eni", endpoint = id, vpc = endpoint.vpc,
        vswitch = eni.vswitch, address = eni.address, groups = eni.security_groups or {}, zone = eni.zone,
        service = eni.service, region = eni.region, alive = eni.alive ~= false }, id)
    end
  end
end

local function add_peerings(self, model)
  for id, peering in view.sorted(model.peerings) do
    local a, b = self.vpcs[peering.a], self.vpcs[peering.b]
    local active = peering.status == "Activated" and a ~= nil and b ~= nil and a ~= b
    self.peerings[id] = { id = id, a = peering.a, b = peering.b, status = peering.status, active = active }
    if active then
      table.insert(a.peerings, self.peerings[id])
      table.insert(b.peerings, self.peerings[id])
    end
  end
end

--- Which services stand at which 100.x address in a region, and their names.
local function add_services(self, model)
  for region, services in view.sorted(model.services) do
    self.services[region] = {}
    for _, service in ipairs(services) do
      check_kind("services of " .. region, service.kind)
      for _, address in ipairs(service.addresses) do
        local number = ipv4.number(address)
        if not (number and ipv4.contains(view.SERVICE_RANGE, number)) then
          bad("services of " .. region, ("%q is outside 100.64.0.0/10"):format(tostring(address)))
        end
        self.services[region][number] = { address = address, service = service }
      end
    end
  end
end

---@param model sandbox.network.Model
---@return sandbox.network.View view raises kind="input", code="InvalidModel"
function view.new(model)
  ---@class sandbox.network.View
  local self = { model = model, vpcs = {}, vpc_ids = {}, vswitches = {}, ports = {}, peerings = {}, members = {},
    services = {}, security_groups = model.security_groups or {}, acls = model.acls or {} }
  add_vpcs(self, model)
  add_vswitches(self, model)
  add_ports(self, model)
  add_peerings(self, model)
  add_services(self, model)
  return self
end

return view
