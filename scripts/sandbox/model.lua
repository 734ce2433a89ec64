-- SPDX-License-Identifier: MIT
-- The cloud as the data plane sees it: only what carries packets now. The form is defined in
-- scripts/sandbox/network/types.lua.

local model = {}

local GOING <const> = { Available = true, Modifying = true, Deleting = true }

local function vpcs_of(state)
  local out = {}
  for id, vpc in pairs(state.vpcs) do
    out[id] = { region = vpc.region, cidrs = { vpc.cidr, table.unpack(vpc.secondary) }, system_table = vpc.system_table,
      tables = {} }
  end
  for id, object in pairs(state.route_tables) do
    if out[object.vpc] then out[object.vpc].tables[id] = { entries = {} } end
  end
  for _, route in pairs(state.routes) do
    local vpc = out[route.vpc]
    local list = state.prefix_lists[route.destination]
    local destinations = list and list.entries or { route.destination }
    -- a route that is being deleted still carries packets, one that is Pending does not yet
    if vpc and vpc.tables[route.table] and GOING[route.Status] then
      for _, destination in ipairs(destinations) do
        table.insert(vpc.tables[route.table].entries, { destination = destination, type = route.next_hop_type,
          next_hop = route.next_hop_id })
      end
    end
  end
  for _, vpc in pairs(out) do
    for _, object in pairs(vpc.tables) do
      table.sort(object.entries, function(a, b) return a.destination < b.destination end)
    end
  end
  return out
end

local function vswitches_of(state)
  local out = {}
  for id, vswitch in pairs(state.vswitches) do
    out[id] = { vpc = vswitch.vpc, cidr = vswitch.cidr, zone = vswitch.zone, route_table = vswitch.route_table,
      acl = vswitch.acl }
  end
  return out
end

local function instances_of(state)
  local out = {}
  for id, instance in pairs(state.instances) do
    out[id] = { vpc = instance.vpc, vswitch = instance.vswitch, address = instance.address,
      security_groups = instance.security_groups, status = instance.Status }
  end
  return out
end

local function peerings_of(state)
  local out = {}
  for id, peer in pairs(state.peers) do
    local locked = state.accounts[tostring(peer.owner)].locked or state.accounts[tostring(peer.acc_owner)].locked
    local status = peer.Status
    -- changing bandwidth does not interrupt; an acceptance that is not finished does not carry yet
    if status == "Updating" and peer.usable_at and peer.usable_at <= (state.clock or 0) then status = "Activated" end
    out[id] = { a = peer.vpc, b = peer.acc_vpc, status = locked and "FinancialLocked" or status }
  end
  return out
end

local function endpoints_of(state)
  local out = {}
  for id, endpoint in pairs(state.endpoints) do
    local service = state.services[endpoint.service]
    local enis = {}
    for _, zone in pairs(state.endpoint_zones) do
      if zone.endpoint == id and zone.Status == "Connected" and endpoint.connection == "Connected" and service then
        local groups = {}
        for _, group in ipairs(endpoint.groups) do groups[#groups + 1] = group.id end
        enis[#enis + 1] = { address = zone.address, vswitch = zone.vswitch, zone = zone.zone, security_groups = groups,
          service = service.backend or "other", region = service.region, alive = zone.alive }
      end
    end
    table.sort(enis, function(a, b) return a.address < b.address end)
    out[id] = { vpc = endpoint.vpc, enis = enis }
  end
  return out
end

local function groups_of(state)
  local out = {}
  for id, group in pairs(state.security_groups) do
    local rules = {}
    for _, rule in ipairs(group.rules) do
      local v6 = rule.cidr and rule.cidr:find(":", 1, true)
      if not v6 and not rule.prefix_list then
        rules[#rules + 1] = { direction = rule.direction, protocol = rule.protocol:lower(),
          port_range = rule.port_range,
          cidr = rule.cidr, group = rule.source_group, policy = rule.policy:lower(), priority = rule.priority }
      elseif rule.prefix_list then
        for _, cidr in ipairs(state.prefix_lists[rule.prefix_list].entries) do
          rules[#rules + 1] = { direction = rule.direction, protocol = rule.protocol:lower(),
            port_range = rule.port_range,
            cidr = cidr, policy = rule.policy:lower(), priority = rule.priority }
        end
      end
    end
    out[id] = { type = group.kind, vpc = group.vpc, inner_access = group.inner_access, rules = rules }
  end
  return out
end

local function acls_of(state)
  local function entries(list)
    local rows = {}
    for i, entry in ipairs(list) do
      rows[i] = { protocol = entry.protocol, port_range = entry.port, cidr = entry.cidr, policy = entry.policy }
    end
    return rows
  end
  local out = {}
  for id, acl in pairs(state.network_acls) do
    out[id] = { ingress = entries(acl.ingress), egress = entries(acl.egress) }
  end
  return out
end

-- Names of endpoints and of their zones: published in public DNS.
local function names_of(state)
  local out = {}
  for _, name in ipairs(state.names) do out[#out + 1] = name end
  for id, endpoint in pairs(state.endpoints) do
    local all = {}
    for _, zone in pairs(state.endpoint_zones) do
      if zone.endpoint == id and zone.Status == "Connected" then
        all[#all + 1] = zone.address
        out[#out + 1] = { addresses = { zone.address }, ttl = 60,
          name = ("%s-%s.%s.%s.privatelink.aliyuncs.com"):format(id, endpoint.region, endpoint.service, zone.zone) }
      end
    end
    table.sort(all)
    if #all > 0 then
      out[#out + 1] = { addresses = all, ttl = 60,
        name = ("%s.%s.%s.privatelink.aliyuncs.com"):format(id, endpoint.service, endpoint.service_region) }
    end
  end
  table.sort(out, function(a, b) return a.name < b.name end)
  return out
end

local function zones_of(state)
  local out = {}
  for id, zone in pairs(state.zones) do
    local vpcs, records = {}, {}
    for _, bound in ipairs(zone.vpcs) do vpcs[#vpcs + 1] = bound.id end
    for _, record in pairs(state.records) do
      if record.zone == id and record.Status == "ENABLE" then
        records[#records + 1] = { rr = record.rr, type = record.kind, value = record.value, ttl = record.ttl }
      end
    end
    table.sort(records, function(a, b) return a.rr .. a.type .. a.value < b.rr .. b.type .. b.value end)
    out[id] = { name = zone.name, vpcs = vpcs, proxy_pattern = zone.pattern, records = records }
  end
  return out
end

---The model of the data plane for a state.
---@param state table
---@return sandbox.network.Model
function model.build(state)
  return { vpcs = vpcs_of(state), vswitches = vswitches_of(state), instances = instances_of(state),
    peerings = peerings_of(state), endpoints = endpoints_of(state), security_groups = groups_of(state),
      acls = acls_of(state),
    services = state.data_services, names = names_of(state), zones = zones_of(state) }
end

return model
