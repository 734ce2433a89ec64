-- SPDX-License-Identifier: MIT
-- dns.zones: authoritative answers from zones as data: exact names, wildcards (RFC 4592), aliases followed
-- through all zones at hand, negative answers with their SOA; another set of zones for each kind of client.

local cidr = require "cidr"
local errors = require "errors"
local native = require "dns.native"

local zones = {}

local CHAIN_MAX <const> = 16
-- The field that holds the data of a record given as plain text.
local main_field <const> = {
  A = "address", AAAA = "address", CNAME = "target", NS = "target", PTR = "target", TXT = "text",
}

local function refuse(zone, text)
  errors.raise { kind = "input", code = "InvalidZone", message = ("dns: zone %s: %s"):format(zone, text),
    hint = 'zones = { ["example.com"] = { ttl = 60, records = { www = "192.0.2.1", mx = { MX = {...} } } } }' }
end

-- One record from "text" or a table of fields.
local function record_of(zone, owner, kind, value, ttl)
  local record = { name = owner, type = kind, ttl = ttl }
  if type(value) == "table" then
    for key, field in pairs(value) do record[key] = field end
  elseif main_field[kind] then
    record[main_field[kind]] = value
  else
    refuse(zone, ("a %s record of %s must be a table of its fields"):format(kind, owner))
  end
  -- Encoding it once finds what is wrong with it now and not at the first question.
  native.encode { response = true, answer = { record } }
  return record
end

local function add(zone, node, owner, kind, value, ttl)
  kind = kind:upper()
  local list = node[kind] or {}
  node[kind] = list
  local many = type(value) == "table" and value[1] ~= nil and value or { value }
  for _, one in ipairs(many) do list[#list + 1] = record_of(zone, owner, kind, one, ttl) end
end

-- {A = ..., TXT = ..., ttl = 60}, or an address, or a list of addresses.
local function add_set(zone, node, owner, set, ttl)
  if type(set) == "string" then set = { set } end
  if set[1] ~= nil then
    for _, address in ipairs(set) do
      add(zone, node, owner, tostring(address):find(":", 1, true) and "AAAA" or "A", address, ttl)
    end
    return
  end
  for kind, value in pairs(set) do
    if kind ~= "ttl" then add(zone, node, owner, kind, value, set.ttl or ttl) end
  end
end

local function absolute(zone, label)
  if label == "@" or label == "" then return zone end
  if zone == "." then return label:lower() end
  return (label .. "." .. zone):lower()
end

local function compile_zone(name, zone)
  local canonical, why = native.name(name)
  if not canonical then refuse(name, why) end
  local ttl = zone.ttl or 60
  local compiled = { name = canonical, nodes = {}, parents = {} }
  for label, set in pairs(zone.records or {}) do
    local owner, problem = native.name(absolute(canonical, label))
    if not owner then refuse(name, ("'%s' is no name: %s"):format(label, problem)) end
    local node = compiled.nodes[owner] or {}
    compiled.nodes[owner] = node
    add_set(name, node, owner, set, ttl)
    local parent = owner:match "^[^.]+%.(.+)$" -- names between it and the zone exist too, without records
    while parent and #parent > #canonical do
      compiled.parents[parent] = true
      parent = parent:match "^[^.]+%.(.+)$"
    end
  end
  local soa = zone.soa or {}
  local prefix = canonical == "." and "" or "." .. canonical
  compiled.soa = { name = canonical, type = "SOA", ttl = soa.ttl or ttl, primary = soa.primary or "ns" .. prefix,
    mailbox = soa.mailbox or "hostmaster" .. prefix, serial = soa.serial or 1, refresh = soa.refresh or 3600,
    retry = soa.retry or 600, expire = soa.expire or 86400, minimum = soa.minimum or ttl }
  compiled.nodes[canonical] = compiled.nodes[canonical] or {}
  compiled.nodes[canonical].SOA = { compiled.soa }
  return compiled
end

local function compile(given)
  local compiled = {}
  for name, zone in pairs(given) do
    local result = compile_zone(name, zone)
    compiled[result.name] = result
  end
  return compiled
end

local function zone_of(compiled, name)
  local at = name
  while at do
    if compiled[at] then return compiled[at] end
    at = at:match "^[^.]+%.(.+)$"
  end
  return compiled["."]
end

-- The records at a name, with those of a wildcard under its own name; nil: no such name.
local function node_of(zone, name)
  local node = zone.nodes[name]
  if node then return node end
  if zone.parents[name] then return {} end
  local encloser = name:match "^[^.]+%.(.+)$"
  while encloser and #encloser >= #zone.name do
    local wildcard = zone.nodes["*." .. encloser]
    if wildcard then
      local copy = {}
      for kind, list in pairs(wildcard) do
        copy[kind] = {}
        for i, record in ipairs(list) do
          copy[kind][i] = {}
          for key, value in pairs(record) do copy[kind][i][key] = value end
          copy[kind][i].name = name
        end
      end
      return copy
    end
    if zone.nodes[encloser] or zone.parents[encloser] then return nil end
    encloser = encloser:match "^[^.]+%.(.+)$"
  end
  return nil
end

local function copy_into(list, records)
  for _, record in ipairs(records or {}) do
    local copy = {}
    for key, value in pairs(record) do copy[key] = value end
    list[#list + 1] = copy
  end
end

local function collect(node, kind, answer)
  if kind ~= "ANY" then return copy_into(answer, node[kind]) end
  for _, list in pairs(node) do copy_into(answer, list) end
end

-- RFC 1034 4.3.2 without delegations.
local function answer_from(compiled, request)
  local name, answer = request.name, {}
  for _ = 1, CHAIN_MAX do
    local zone = zone_of(compiled, name)
    if not zone then break end
    local node = node_of(zone, name)
    if not node then return { rcode = "NXDOMAIN", answer = answer, authority = { zone.soa } } end
    local alias = request.type ~= "CNAME" and request.type ~= "ANY" and node.CNAME
    if not alias then
      local before = #answer
      collect(node, request.type, answer)
      return { answer = answer, authority = #answer == before and { zone.soa } or nil }
    end
    copy_into(answer, alias)
    name = native.name(alias[1].target)
  end
  if #answer == 0 then return nil end
  return { answer = answer }
end

local function compile_views(views)
  local list = {}
  for i, view in ipairs(views or {}) do
    local clients = {}
    for j, text in ipairs(view.clients or {}) do clients[j] = cidr.prefix(text, { bare = true }) end
    list[i] = { clients = clients, servers = view.servers, zones = compile(view.zones or {}) }
  end
  return list
end

local function sees(view, request)
  for _, server in ipairs(view.servers or {}) do
    if server == request.server then return true end
  end
  for _, prefix in ipairs(view.clients) do
    if prefix:contains(request.client.address) then return true end
  end
  return false
end

--- A handler that answers from zones; a client of a view gets that view's zones, others the rest.
---@param given table<string, table>
---@param views? {clients: string[]?, servers: string[]?, zones: table}[]
function zones.handler(given, views)
  local common, special = compile(given), compile_views(views)
  return function(request)
    for _, view in ipairs(special) do
      if sees(view, request) then return answer_from(view.zones, request) end
    end
    return answer_from(common, request)
  end
end

return zones
