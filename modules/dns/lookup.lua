-- SPDX-License-Identifier: MIT
-- dns.lookup: the addresses a program would use, with hosts file and DNS shown apart: a forgotten line in
-- the hosts file is a classic cause of "it works for me".

local cidr = require "cidr"
local errors = require "errors"
local hosts = require "dns.hosts"
local native = require "dns.native"
local resolve = require "dns.resolve"
local task = require "task"

local families <const> = { [4] = "A", [6] = "AAAA" }

local function wanted(options)
  if not options.family then return { 4, 6 } end
  if families[options.family] then return { options.family } end
  errors.raise { kind = "input", code = "InvalidFamily", message = "dns.lookup: family must be 4 or 6" }
end

local function literal(name, list)
  local ok, address = pcall(cidr.address, name)
  if not ok then return nil end
  for _, family in ipairs(list) do
    if family == address:family() then
      return { name = name, hosts = {}, dns = {},
        addresses = { { address = tostring(address), family = family, source = "literal" } } }
    end
  end
  return nil
end

local function from_hosts(name, options, list)
  -- The machine's own file is no part of the simulated world.
  if options.hosts == false or (options.hosts == nil and native.simulated()) then return {} end
  local found = {}
  for _, entry in ipairs(hosts.find(name, type(options.hosts) == "string" and options.hosts or nil)) do
    for _, family in ipairs(list) do
      if entry.family == family then found[#found + 1] = entry end
    end
  end
  return found
end

local function ask_dns(name, options, list)
  local question = {}
  for key, value in pairs(options) do question[key] = value end
  question.family, question.hosts = nil, nil
  if question.search == nil then question.search = not native.simulated() end
  return task.map(list, function(family)
    local own = {}
    for key, value in pairs(question) do own[key] = value end
    own.type = families[family]
    return resolve.one(name, own)
  end)
end

local function add_addresses(result, list)
  for i, answer in ipairs(result.dns) do
    for _, record in ipairs(answer.records or {}) do
      result.addresses[#result.addresses + 1] =
        { address = record.address, family = list[i], ttl = record.ttl, source = "dns" }
    end
  end
end

-- The hosts file says something else than the DNS.
local function shadows(result)
  local known = {}
  for _, entry in ipairs(result.hosts) do known[entry.address] = true end
  for _, entry in ipairs(result.addresses) do
    if not known[entry.address] then return true end
  end
  return false
end

--- See types.lua.
return function(name, options)
  options = options or {}
  local list = wanted(options)
  local direct = literal(name, list)
  if direct then return direct end
  local result = { name = name, addresses = {}, hosts = from_hosts(name, options, list) }
  result.dns = ask_dns(name, options, list)
  add_addresses(result, list)
  if #result.hosts > 0 then
    result.shadowed = #result.addresses > 0 and shadows(result)
    result.addresses = {}
    for i, entry in ipairs(result.hosts) do
      result.addresses[i] = { address = entry.address, family = entry.family, source = "hosts" }
    end
  end
  if #result.addresses == 0 then
    local worst = result.dns[1]
    for _, failure in ipairs(result.dns) do -- "no such name" and "no such record" say less than a real failure
      if worst.code == "nodata" or worst.code == "nxdomain" then worst = failure end
    end
    error(worst, 0)
  end
  return result
end
