-- SPDX-License-Identifier: MIT
-- What can be set on a sandbox: times of the state machines, quotas, switches. Times of the real cloud
-- are published nowhere; these defaults are in the range that the Terraform provider's waits suggest.

local errors = require "errors"

local settings = {}

-- Seconds.
local times = {
  peer_create = 3, peer_update = 3, peer_delete = 3,
  peer_settle = 0,          -- after Activated routes are still refused with IncorrectStatus.VpcPeer
  peer_deleted_visible = 0, -- Deleted can be seen before "not found"
  peer_expire = 7 * 86400,
  vpc = 2, cidr = 2, vswitch = 2, route_table = 2, associate = 2, acl = 2,
  route = 3, route_delete = 3,
  endpoint = 5, endpoint_zone = 5, endpoint_update = 2, endpoint_delete = 3, endpoint_zone_delete = 3, connection = 2,
  invocation = 1,
  visibility = 0,       -- a new object is missing in lists
  token_processing = 0, -- a repeated token is answered "still processing"
}

-- One name for several times.
local groups = {
  peer = { "peer_create", "peer_update", "peer_delete" },
  peer_activate = { "peer_update" },
  route = { "route", "route_delete" },
  endpoint = { "endpoint", "endpoint_zone" },
}

-- Published defaults.
local quotas = {
  peers_per_vpc = false, -- no published number
  peers_per_vpc_regions = 20, peers_per_vpc_one_region = 10, peers_per_region = 20, peer_bandwidth = 1024,
  vpcs_per_region = 10, vswitches_per_vpc = 150, secondary_cidrs_per_vpc = 5, custom_tables_per_vpc = 9,
  routes_per_table = 200, acls_per_vpc = 20, acl_entries = 20,
  endpoints_per_vpc = 1000, endpoint_services = 200, resources_per_service = 500, zones_per_endpoint = 10,
  security_groups = 100, rules_per_group = 200, invocations = 1000, commands = 500, zones = 500,
}

local switches = {
  old_service_rule = false, -- CreateRouteEntry refuses parts of 100.64.0.0/10 as older texts say
  modify_next_hop = false,  -- ModifyRouteEntry may change next hops
  need_ssl = false,         -- plain HTTP is refused
}

local function merged(what, defaults, given, names)
  local out = {}
  for key, value in pairs(defaults) do out[key] = value end
  for key, value in pairs(given or {}) do
    for _, name in ipairs(names and names[key] or { key }) do
      if defaults[name] == nil then
        errors.raise { kind = "input", code = "InvalidOption",
          message = ("sandbox: no %s is called %s"):format(what, key),
          hint = "the names are in scripts/sandbox/settings.lua" }
      end
      out[name] = value
    end
  end
  -- a precise name wins over its group, in whatever order they came
  for key, value in pairs(given or {}) do
    if defaults[key] ~= nil and not (names and names[key]) then out[key] = value end
  end
  return out
end

---Settings from the options of sandbox.new.
---@param options table
---@return table
function settings.new(options)
  return {
    times = merged("time", times, options.times, groups),
    time_scale = options.time_scale or 1,
    session_scale = options.session_scale or 1, -- stretches or shortens temporary credentials
    quotas = merged("quota", quotas, options.quotas),
    switches = merged("switch", switches, options.switches),
    token_retention = options.token_retention or 86400, -- seconds; not published
    rates = options.rates or {},
    forbidden_pairs = options.forbidden_pairs or {}, -- {{region, region}}: OperationFailed.ViolativeVpcPeer
    link_types = options.link_types or {},           -- region -> {"Gold"}; {} = none
    clock_skew = options.clock_skew or 0, -- seconds the cloud's clock is ahead of ours: signatures, Date header
  }
end

return settings
