-- SPDX-License-Identifier: MIT
-- dns.guard: which resolved addresses may become routes. A forged answer must not redirect the metadata
-- service or anything else: every address is judged alone, every refusal has a reason and a name.

local cidr = require "cidr"
local errors = require "errors"

local guard = {}

local ALLOWED <const> = { "100.64.0.0/10" } -- where cloud services live in every VPC
local MOST_PER_NAME <const> = 16
local LEAST_SIGHTINGS <const> = 2

-- Never routable, whatever the options say. The first that holds the address gives the reason.
local never <const> = {
  { "100.100.100.200/32", "metadata", "it is the metadata service of every instance" },
  { "100.100.2.136/32", "dns_server", "it is a DNS server of every VPC" },
  { "100.100.2.138/32", "dns_server", "it is a DNS server of every VPC" },
  { "0.0.0.0/8", "reserved", "0.0.0.0/8 means this network" },
  { "127.0.0.0/8", "reserved", "127.0.0.0/8 is loopback" },
  { "169.254.0.0/16", "reserved", "169.254.0.0/16 is link-local" },
  { "192.0.0.0/24", "reserved", "192.0.0.0/24 is reserved for protocols" },
  { "192.0.2.0/24", "reserved", "192.0.2.0/24 is for documentation" },
  { "198.18.0.0/15", "reserved", "198.18.0.0/15 is for benchmarks" },
  { "198.51.100.0/24", "reserved", "198.51.100.0/24 is for documentation" },
  { "203.0.113.0/24", "reserved", "203.0.113.0/24 is for documentation" },
  { "224.0.0.0/4", "reserved", "224.0.0.0/4 is multicast" },
  { "240.0.0.0/4", "reserved", "240.0.0.0/4 is reserved" },
}
-- Refused unless the operator permits the very address.
local infrastructure <const> = {
  { "100.100.0.0/16", "infrastructure", "Cloud Assistant and other host services of the cloud live in 100.100.0.0/16" },
}
local private <const> = { "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16" }

local function rows(list)
  local compiled = {}
  for i, row in ipairs(list) do compiled[i] = { prefix = cidr.prefix(row[1]), code = row[2], reason = row[3] } end
  return compiled
end

-- {"10.0.0.0/8", ...} or {["10.0.0.0/8"] = "label", ...}
local function blocks(list, what)
  local compiled = {}
  for key, value in pairs(list or {}) do
    local text, label = value, nil
    if type(key) == "string" then text, label = key, tostring(value) end
    local ok, prefix = pcall(cidr.prefix, text, { bare = true })
    if not ok then
      errors.raise { kind = "input", code = "InvalidPrefix", message = ("dns.guard: '%s' in %s is no prefix: %s")
        :format(tostring(text), what, tostring(prefix)) }
    end
    compiled[#compiled + 1] = { prefix = prefix, label = label }
  end
  return compiled
end

local function holder(list, address)
  for _, row in ipairs(list) do
    if row.prefix:contains(address) then return row end
  end
  return nil
end

local function labelled(row)
  return row.label and ("%s (%s)"):format(row.prefix, row.label) or tostring(row.prefix)
end

local function compile(options)
  return {
    never = rows(never), infrastructure = rows(infrastructure), private = blocks(private, "private"),
    allow = blocks(options.allow or ALLOWED, "allow"), deny = blocks(options.deny, "deny"),
    permit = blocks(options.permit, "permit"), vpcs = blocks(options.vpcs, "vpcs"),
    routed = blocks(options.routed, "routed"), taken = blocks(options.taken, "taken"),
    sightings = options.sightings or LEAST_SIGHTINGS, most = options.most or MOST_PER_NAME,
  }
end

local function outside(rules, address)
  if holder(rules.private, address) then
    return "private", "it is a private address outside the allowed ranges"
  end
  return "public", "it is a public address: traffic would leave the private path"
end

-- Why the address may not become a route; nil when it may.
local function objection(rules, address)
  local row = holder(rules.never, address)
  if row then return row.code, row.reason end
  row = holder(rules.deny, address)
  if row then return "denied", "the operator denies " .. labelled(row) end
  row = holder(rules.infrastructure, address)
  if row and not holder(rules.permit, address) then return row.code, row.reason end
  if not holder(rules.allow, address) then return outside(rules, address) end
  row = holder(rules.vpcs, address)
  if row then return "inside_vpc", "it lies inside the VPC block " .. labelled(row) end
  row = holder(rules.taken, address)
  if row then return "taken", "it is the address of another service in use there: " .. labelled(row) end
  row = holder(rules.routed, address)
  if row then return "routed_elsewhere", "it is routed already by " .. labelled(row) end
  return nil
end

local function parse(text)
  local ok, address = pcall(cidr.address, text)
  if not ok then return nil, "not_an_address", "it is no IP address" end
  if address:family() ~= 4 then return nil, "not_ipv4", "service addresses are IPv4 only" end
  return address
end

-- A name with its candidates: {name=, addresses={{address=, sightings=, over_tcp=}, ...}}.
local function judge_name(rules, entry, result)
  local crowd = #entry.addresses > rules.most
  for _, candidate in ipairs(entry.addresses) do
    if type(candidate) == "string" then candidate = { address = candidate } end
    local address, code, reason = parse(candidate.address)
    if address then code, reason = objection(rules, address) end
    if not code and crowd then
      code, reason = "too_many", ("the name has %d addresses, more than %d"):format(#entry.addresses, rules.most)
    end
    if not code and candidate.sightings and candidate.sightings < rules.sightings then
      code = "unconfirmed"
      reason = ("it was seen in %d answer(s) over TCP; %d are needed"):format(candidate.sightings, rules.sightings)
    end
    local verdict = { address = candidate.address, name = entry.name, ttl = candidate.ttl,
      resolvers = candidate.resolvers, code = code, reason = reason }
    table.insert(code and result.refused or result.accepted, verdict)
  end
end

local function sorted_unique(accepted)
  local seen, list = {}, {}
  for _, verdict in ipairs(accepted) do
    local address = cidr.address(verdict.address)
    if not seen[address:key()] then
      seen[address:key()] = true
      list[#list + 1] = address
    end
  end
  table.sort(list)
  for i, address in ipairs(list) do list[i] = tostring(address) end
  return list
end

--- Judges the addresses of names; see types.lua.
---@param names {name: string, addresses: (string|table)[]}[]
---@param options? table
function guard.judge(names, options)
  local rules = compile(options or {})
  local result = { accepted = {}, refused = {} }
  for _, entry in ipairs(names) do judge_name(rules, entry, result) end
  result.addresses = sorted_unique(result.accepted)
  return result
end

return guard
