-- SPDX-License-Identifier: MIT
-- dns.service: addresses of a region's service names: every resolver asked several times over TCP, the
-- union with who said what, and the verdict of the route guard.

local answers = require "dns.answers"
local errors = require "errors"
local guard = require "dns.guard"
local native = require "dns.native"
local options_of = require "dns.options"
local resolve = require "dns.resolve"
local task = require "task"

local service = {}

local PATTERN <const> = "{service}.{region}-vpc.maxcompute.aliyun-inc.com"
local REPEATS <const> = 3

--- Raises unless `region` looks like a region id; only such text gets into a host name.
function service.check_region(region)
  if type(region) == "string" and #region <= 40 and region:find "^%l%l%-[%l%d%-]*[%l%d]$"
    and not region:find("--", 1, true) then return region end
  errors.raise { kind = "input", code = "InvalidRegion",
    message = ("dns: '%s' is no region id"):format(tostring(region)), hint = "e.g. ap-southeast-1 or eu-central-1" }
end

local function check_service(name)
  if type(name) == "string" and #name <= 40 and name:find "^%l[%l%d%-]*$" and name:sub(-1) ~= "-" then return name end
  errors.raise { kind = "input", code = "InvalidService",
    message = ("dns: '%s' is no service label"):format(tostring(name)), hint = "service, dt or dt-exclusive" }
end

--- The private name of a service in a region.
function service.name(region, label, pattern)
  local values = { region = service.check_region(region), service = check_service(label) }
  return ((pattern or PATTERN):gsub("{(%l+)}", values))
end

-- "address[:port]", a vantage point, or {label=, server=, at=} as {label=, server=, at=}.
local function normal_resolver(entry, index)
  if type(entry) == "string" then return { label = entry, server = entry } end
  if type(entry) == "table" and (entry.server or entry.at) then
    return { label = entry.label or entry.server or ("vantage " .. index), server = entry.server, at = entry.at }
  end
  return { label = "vantage " .. index, at = entry }
end

local function normal_resolvers(given)
  local list = {}
  if not given and native.simulated() then return { { label = "system" } } end
  for i, entry in ipairs(given or options_of.servers {}) do list[i] = normal_resolver(entry, i) end
  return list
end

local function joined(list)
  table.sort(list)
  return table.concat(list, " ")
end

-- One resolver about one name: the union of its answers, and whether they changed between questions.
local function ask_resolver(name, resolver, options)
  local report = { resolver = resolver.label, addresses = {}, sightings = {}, answers = 0 }
  local first, known = nil, {}
  for _ = 1, options.repeats or REPEATS do
    local result = resolve.one(name, { server = resolver.server, at = resolver.at, tcp = true,
      timeout = options.timeout or 5, tries = options.tries })
    if answers.failed(result) then
      report.error = result
    else
      report.answers = report.answers + 1
      report.ttl = math.min(report.ttl or math.maxinteger, result.ttl)
      report.time, report.protocol, report.chain = result.time, result.protocol, result.chain
      local list = result:addresses()
      for _, address in ipairs(list) do
        report.sightings[address] = (report.sightings[address] or 0) + 1
        if not known[address] then
          known[address] = true
          table.insert(report.addresses, address)
        end
      end
      local text = joined(list)
      report.changed = report.changed or (first ~= nil and first ~= text)
      first = first or text
    end
  end
  table.sort(report.addresses)
  if report.answers > 0 and report.error then report.unstable, report.error = report.error, nil end
  return report
end

-- "same" sets from all that answered, "different" ones, or "none" answered; silence is named, not counted.
local function agreement(reports)
  local first
  for _, report in ipairs(reports) do
    if report.answers > 0 then
      local text = table.concat(report.addresses, " ")
      if first and first ~= text then return "different" end
      first = text
    end
  end
  return first and "same" or "none"
end

local function union(reports)
  local list, by_address = {}, {}
  for _, report in ipairs(reports) do
    for _, address in ipairs(report.addresses) do
      local entry = by_address[address]
      if not entry then
        entry = { address = address, sightings = 0, resolvers = {} }
        by_address[address] = entry
        list[#list + 1] = entry
      end
      entry.sightings = entry.sightings + report.sightings[address]
      entry.ttl = math.min(entry.ttl or math.maxinteger, report.ttl)
      table.insert(entry.resolvers, report.resolver)
    end
  end
  table.sort(list, function(a, b) return a.address < b.address end)
  return list
end

local function ask_name(region, label, resolvers, options)
  local name = service.name(region, label, options.pattern)
  local reports = task.map(resolvers, function(resolver) return ask_resolver(name, resolver, options) end)
  local entry = { service = label, name = name, resolvers = reports, agreement = agreement(reports),
    addresses = union(reports) }
  for _, report in ipairs(reports) do
    entry.ttl = report.ttl and math.min(entry.ttl or math.maxinteger, report.ttl) or entry.ttl
  end
  if #entry.addresses == 0 then entry.error = reports[1] and reports[1].error end
  return entry
end

-- Addresses that other names have: routing them would take those services away.
local function taken_by(names, options)
  local taken = {}
  for key, value in pairs(options.taken or {}) do
    taken[type(key) == "string" and key or value] = type(key) == "string" and value or "given by the operator"
  end
  local resolvers = normal_resolvers(options.avoid_resolvers or options.resolvers)
  local found = task.map(names, function(name)
    local list = {}
    for _, resolver in ipairs(resolvers) do
      local result = resolve.one(name, { server = resolver.server, at = resolver.at, timeout = options.timeout or 5 })
      if not answers.failed(result) then table.move(result:addresses(), 1, #result.records, #list + 1, list) end
    end
    return list
  end)
  for i, list in ipairs(found) do
    for _, address in ipairs(list) do taken[address .. "/32"] = names[i] end
  end
  return taken
end

--- See types.lua.
function service.addresses(region, services, options)
  options = options or {}
  service.check_region(region)
  services = services or { "service", "dt" }
  for _, label in ipairs(services) do check_service(label) end
  local resolvers = normal_resolvers(options.resolvers)
  local names = task.map(services, function(label) return ask_name(region, label, resolvers, options) end)
  local verdict = guard.judge(names, { allow = options.allow, deny = options.deny, permit = options.permit,
    vpcs = options.vpcs, routed = options.routed, taken = taken_by(options.avoid or {}, options),
    most = options.most, sightings = options.sightings })
  return { region = region, names = names, accepted = verdict.accepted, refused = verdict.refused,
    addresses = verdict.addresses }
end

return service
