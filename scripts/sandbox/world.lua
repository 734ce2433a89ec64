-- SPDX-License-Identifier: MIT
-- Makes the first state of the cloud from a world: a table that says which accounts, VPCs, services
-- and addresses exist. The state is plain data (it is saved as JSON); the world is what people write.

local errors = require "errors"
local ipv4 = require "sandbox.ipv4"
local regions = require "sandbox.regions"

local world = {}

local VERSION <const> = 1

-- Collections of the state; each maps an id to an object.
local COLLECTIONS <const> = {
  "accounts", "keys", "roles", "sessions", "tokens", "vpcs", "vswitches", "route_tables", "routes", "network_acls",
  "prefix_lists", "next_hops", "peers", "services", "endpoints", "endpoint_zones", "security_groups", "instances",
  "commands", "invocations", "zones", "records", "projects", "oidc_providers",
}

world.collections = {}
for _, name in ipairs(COLLECTIONS) do world.collections[name] = true end

local function bad(what, ...)
  errors.raise { kind = "input", code = "InvalidWorld", message = "sandbox world: " .. what:format(...),
    hint = "see scripts/sandbox/presets.lua for a complete example" }
end

local function number(state)
  state.serial = state.serial + 1
  return state.serial
end

-- Adds an object as the create operations would have left it, long ago.
local function put(state, collection, object)
  if not object.id then bad("an object of %s has no id", collection) end
  if state[collection][object.id] then bad("id %s is used twice", object.id) end
  object.seq = number(state)
  object.created = object.created or state.born
  object.visible_at = 0
  object.tags = object.tags or {}
  state[collection][object.id] = object
  return object
end

local function stem(id)
  return (id:gsub("^%a+%-", ""))
end

local function add_account(state, name, spec)
  if math.type(spec.uid) ~= "integer" then bad("account %s needs an integer uid", name) end
  local uid = tostring(spec.uid)
  state.accounts[uid] = {
    name = name, uid = spec.uid, site = spec.site or "international", locked = spec.locked, quotas = spec.quotas,
    cdt = spec.cdt or "open", cdt_cross_border = spec.cdt_cross_border or "closed",
    privatelink = spec.privatelink or "closed", resource_group = spec.resource_group or "rg-" .. uid,
    resource_groups = spec.resource_groups or {},
  }
  for _, key in ipairs(spec.keys or {}) do
    state.keys[key.id] = { id = key.id, secret = key.secret, uid = spec.uid, type = key.user and "RAMUser" or "Account",
      name = key.user or name, user_id = key.user_id or uid, policy = key.policy, disabled = key.disabled }
  end
  for role, facts in pairs(spec.roles or {}) do
    local arn = ("acs:ram::%s:role/%s"):format(uid, role)
    state.roles[arn] = { arn = arn, name = role, uid = spec.uid, id = facts.id
      or tostring(300000000000000 + number(state)),
      max_session = facts.max_session or 3600, trust = facts.trust or { spec.uid }, policy = facts.policy,
      oidc = facts.oidc }
  end
end

local function uid_of(state, name, what)
  for _, account in pairs(state.accounts) do
    if account.name == (name or "default") then return account.uid end
  end
  bad("%s: no account %s", what, tostring(name))
end

local function add_vswitch(state, vpc, spec)
  local block = ipv4.block(spec.cidr)
  if not block or not ipv4.contains(ipv4.block(vpc.cidr), block) and #vpc.secondary == 0 then
    bad("vSwitch %s: %s does not lie in %s", tostring(spec.id), tostring(spec.cidr), vpc.cidr)
  end
  put(state, "vswitches", { id = spec.id, owner = vpc.owner, region = vpc.region, vpc = vpc.id, zone = spec.zone,
    cidr = spec.cidr, name = spec.name or spec.id, route_table = spec.route_table or vpc.system_table,
      group = vpc.group,
    Status = "Available" })
end

local function add_group(state, vpc, spec)
  local rules = {}
  for i, rule in ipairs(spec.rules or {}) do
    rules[i] = { id = "sgr-" .. stem(spec.id) .. i, direction = rule.direction or "ingress",
      policy = rule.policy or "Accept", protocol = rule.protocol or "TCP", port_range = rule.port_range or "-1/-1",
      cidr = rule.cidr, source_group = rule.group, priority = rule.priority or 1, created = state.born }
  end
  put(state, "security_groups", { id = spec.id, owner = vpc.owner, region = vpc.region, vpc = vpc.id,
    name = spec.name or spec.id, kind = spec.type or "normal", rules = rules,
    inner_access = spec.type == "enterprise" and "Drop" or "Accept" })
end

local function add_instance(state, vpc, spec)
  local vswitch = state.vswitches[spec.vswitch]
  if not vswitch then bad("instance %s: no vSwitch %s", tostring(spec.id), tostring(spec.vswitch)) end
  if not ipv4.holds(ipv4.block(vswitch.cidr), spec.address) then
    bad("instance %s: %s does not lie in %s", spec.id, tostring(spec.address), vswitch.cidr)
  end
  put(state, "instances", { id = spec.id, owner = vpc.owner, region = vpc.region, vpc = vpc.id, zone = vswitch.zone,
    vswitch = vswitch.id, address = spec.address, security_groups = spec.security_groups or {}, name = spec.name
      or spec.id,
    Status = spec.status or "Running", assistant = spec.assistant or "online", role = spec.role,
    eni = "eni-" .. stem(spec.id) })
end

local function add_vpc(state, spec)
  if not regions.known(spec.region) then bad("VPC %s: no region %s", tostring(spec.id), tostring(spec.region)) end
  local owner = uid_of(state, spec.account, spec.id)
  local table_id = spec.system_table or "vtb-" .. stem(spec.id)
  local vpc = put(state, "vpcs", { id = spec.id, owner = owner, region = spec.region, cidr = spec.cidr,
    secondary = spec.secondary or {}, user_cidrs = {}, name = spec.name or spec.id, router = spec.router or "vrt-"
      .. stem(spec.id),
    system_table = table_id, group = state.accounts[tostring(owner)].resource_group, Status = "Available",
    cloud_box = spec.cloud_box, shared_with = spec.shared_with })
  put(state, "route_tables", { id = table_id, owner = owner, region = spec.region, vpc = vpc.id, kind = "System",
    associate_type = "VSwitch", Status = "Available", group = vpc.group })
  for _, row in ipairs(spec.route_tables or {}) do
    put(state, "route_tables", { id = row.id, owner = owner, region = spec.region, vpc = vpc.id, kind = "Custom",
      associate_type = "VSwitch", name = row.name, Status = "Available", group = vpc.group })
  end
  for _, row in ipairs(spec.vswitches or {}) do add_vswitch(state, vpc, row) end
  for _, row in ipairs(spec.security_groups or {}) do add_group(state, vpc, row) end
  for _, row in ipairs(spec.instances or {}) do add_instance(state, vpc, row) end
end

local function add_peering(state, spec)
  local own, other = state.vpcs[spec.vpc], state.vpcs[spec.accepting_vpc]
  if not own or not other then bad("peering %s names a VPC that does not exist", tostring(spec.id)) end
  put(state, "peers", { id = spec.id, owner = own.owner, region = own.region, vpc = own.id, acc_owner = other.owner,
    acc_region = other.region, acc_vpc = other.id, Status = spec.status or "Activated", name = spec.name,
    bandwidth = own.region == other.region and -1 or 1024, link_type = own.region ~= other.region and "Gold" or nil,
    modified = state.born, usable_at = 0, managed_service = spec.managed_service })
end

local function add_route(state, spec)
  local object = state.route_tables[spec.table]
  if not object then bad("route to %s: no table %s", tostring(spec.destination), tostring(spec.table)) end
  put(state, "routes", { id = spec.id or "rte-world" .. number(state), owner = object.owner, region = object.region,
    vpc = object.vpc, table = object.id, kind = spec.kind or "Custom", destination = spec.destination,
    next_hop_type = spec.next_hop_type or "VpcPeer", next_hop_id = spec.next_hop, name = spec.name,
      Status = "Available",
    modified = state.born, service_type = spec.service_type })
end

-- Endpoint services of the cloud itself; they need no load balancer behind them.
local function add_service(state, spec)
  local id = spec.id or "epsrv-" .. spec.region:gsub("%W", "") .. spec.kind
  put(state, "services", { id = id, owner = spec.owner or 1000000000000001, region = spec.region, name = spec.name,
    kind = "Interface", resource_type = "nlb", auto_accept = spec.auto_accept ~= false, payer = "Endpoint",
    zones = spec.zones, resources = {}, managed = true, public = spec.public ~= false, users = spec.users or {},
    backend = spec.kind, Status = "Active", supported_regions = spec.supported_regions or {} })
end

local function add_project(state, region, spec)
  put(state, "projects", { id = spec.name, owner = uid_of(state, spec.account, spec.name), region = region,
    status = spec.status or "AVAILABLE", ip_list = spec.ip_list or "", vpc_ip_list = spec.vpc_ip_list or "" })
end

---The first state of a cloud.
---@param spec table world
---@param now number wall-clock seconds
---@param seed integer
---@return table state
function world.build(spec, now, seed)
  local state = { version = VERSION, seed = seed, serial = 0, born = now - 86400, clock = now, events = {},
    router_links = spec.router_links or {}, names = spec.names or {}, data_services = {} }
  for _, collection in ipairs(COLLECTIONS) do state[collection] = {} end
  for name, account in pairs(spec.accounts or {}) do add_account(state, name, account) end
  for _, vpc in ipairs(spec.vpcs or {}) do add_vpc(state, vpc) end
  for _, peering in ipairs(spec.peerings or {}) do add_peering(state, peering) end
  for _, hop in ipairs(spec.next_hops or {}) do
    put(state, "next_hops", { id = hop.id, kind = hop.kind, vpc = hop.vpc, owner = state.vpcs[hop.vpc].owner })
  end
  for _, list in ipairs(spec.prefix_lists or {}) do
    put(state, "prefix_lists", { id = list.id, owner = uid_of(state, list.account, list.id), maximum = list.maximum,
      entries = list.entries or {} })
  end
  for _, route in ipairs(spec.routes or {}) do add_route(state, route) end
  for _, service in ipairs(spec.services or {}) do add_service(state, service) end
  for region, facts in pairs(spec.maxcompute or {}) do
    state.data_services[region] = facts.services
    for _, project in ipairs(facts.projects or {}) do add_project(state, region, project) end
  end
  return state
end

---Completes a state that an older version of the program saved.
---@param state table
---@return table state
function world.adopt(state)
  if state.version ~= VERSION then
    bad("the saved state has version %s, this program reads %d", tostring(state.version), VERSION)
  end
  for _, collection in ipairs(COLLECTIONS) do state[collection] = state[collection] or {} end
  return state
end

return world
