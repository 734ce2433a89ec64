-- SPDX-License-Identifier: MIT
-- What the DNS servers 100.100.2.136/138 answer in one VPC: private zones bound to it, then the names of
-- cloud services, then further public names of the model. Pure; the servers and the symbolic plane use it.
local view = require "sandbox.network.view"

local resolver = {}

local DEFAULT_TTL <const> = 60
local MAX_CNAMES <const> = 8

---@class sandbox.network.Record
---@field name string
---@field type string
---@field ttl integer
---@field data string

local function normal(name)
  return (name:lower():gsub("%.$", ""))
end

local function bound(list, vpc)
  if not list then return true end
  for _, id in ipairs(list) do
    if id == vpc then return true end
  end
  return false
end

--- The private zone of this VPC that has the longest name above `name`.
local function zone_of(self, vpc, name)
  local best
  for _, zone in view.sorted(self.model.zones) do
    local apex = normal(zone.name)
    if bound(zone.vpcs, vpc) and (name == apex or name:sub(-#apex - 1) == "." .. apex)
      and (not best or #apex > #normal(best.name)) then
      best = zone
    end
  end
  return best
end

--- Records of a name in a zone (all types); those of a wildcard when the name itself has none.
local function zone_records(zone, name)
  local apex, exact, wild = normal(zone.name), {}, {}
  for _, record in ipairs(zone.records or {}) do
    local owner = record.rr == "@" and apex or normal(record.rr) .. "." .. apex
    if owner == name then exact[#exact + 1] = record end
    if owner:sub(1, 2) == "*." and name:sub(-#owner + 1) == owner:sub(2) then wild[#wild + 1] = record end
  end
  return #exact > 0 and exact or wild
end

local function from_zone(records, name, kind)
  local answer = {}
  for _, record in ipairs(records) do
    if record.type == kind or record.type == "CNAME" then
      answer[#answer + 1] = { name = name, type = record.type, ttl = record.ttl or DEFAULT_TTL, data = record.value }
    end
  end
  return answer
end

local function addresses(entry, name, kind)
  local answer = {}
  for _, address in ipairs(kind == "A" and entry.addresses or {}) do
    answer[#answer + 1] = { name = name, type = "A", ttl = entry.ttl or DEFAULT_TTL, data = address }
  end
  return answer
end

--- The name as every VPC of the region, or the public DNS, knows it.
local function from_cloud(self, vpc, name, kind)
  for region, services in view.sorted(self.model.services) do
    for _, service in ipairs(services) do
      for _, known in ipairs(service.names) do
        if normal(known) == name and (not service.only_region or region == self.vpcs[vpc].region) then
          return addresses(service, name, kind)
        end
      end
    end
  end
  for _, entry in ipairs(self.model.names or {}) do
    if normal(entry.name) == name and bound(entry.vpcs, vpc) then return addresses(entry, name, kind) end
  end
  return nil
end

local function once(self, vpc, name, kind)
  local zone = zone_of(self, vpc, name)
  if zone then
    local records = zone_records(zone, name)
    if #records > 0 then return from_zone(records, name, kind) end
    if zone.proxy_pattern ~= "RECORD" then return nil end
  end
  return from_cloud(self, vpc, name, kind)
end

--- Answers a question as asked from inside a VPC.
---@param self sandbox.network.View
---@param vpc string
---@param name string
---@param kind string record type, "A"
---@return {rcode:string, records:sandbox.network.Record[]} rcode "NOERROR", "NXDOMAIN" or "SERVFAIL" (CNAME loop)
function resolver.answer(self, vpc, name, kind)
  local chain, owner = {}, normal(name)
  for _ = 1, MAX_CNAMES do
    local found = once(self, vpc, owner, kind)
    if not found then return { rcode = "NXDOMAIN", records = chain } end
    table.move(found, 1, #found, #chain + 1, chain)
    local last = found[#found]
    if not last or last.type == kind or last.type ~= "CNAME" then return { rcode = "NOERROR", records = chain } end
    owner = normal(last.data)
  end
  return { rcode = "SERVFAIL", records = {} }
end

return resolver
