-- SPDX-License-Identifier: MIT
-- peerway dns NAME...: what several resolvers say about names, side by side, with differences marked.
local cidr = require "cidr"
local dns = require "dns"
local errors = require "errors"
local flags = require "commands.flags"
local hosts = require "dns.hosts"
local json = require "json"
local native = require "dns.native"
local task = require "task"
local term = require "term"

local JSON_VERSION <const> = 1
local AGREE <const>, FAILED <const>, DIFFER <const>, OUTSIDE <const> = 0, 1, 2, 4

-- ---- asking ----

local function question(options, server, kind)
  local ask = { type = kind, timeout = options.timeout, tries = options.tries, server = server, edns = options.edns }
  if options.tcp ~= nil then ask.tcp = options.tcp end
  if options.search then ask.search = true end
  return ask
end

local function sorted(list)
  local copy = table.move(list, 1, #list, 1, {})
  table.sort(copy)
  return copy
end

-- One resolver about one name, as plain data that the table and --json both print.
local function ask_one(name, kind, server, options)
  local answer, failure = dns.try(name, question(options, server, kind))
  local result = answer or failure
  local report = { resolver = server, server = result.server, time = result.time, protocol = result.protocol }
  if failure then
    report.error, report.message, report.reason = failure.code, failure.message, failure.reason
    report.key = "error " .. failure.code
    return report
  end
  report.values, report.ttl, report.rcode = json.array(answer:values()), answer.ttl, answer.rcode
  report.truncated, report.canonical = answer.truncated, answer.canonical
  report.flags = json.array {}
  for _, flag in ipairs { "aa", "tc", "rd", "ra", "ad", "cd" } do
    if answer.flags[flag] then table.insert(report.flags, flag) end
  end
  report.chain = json.array {}
  for i, alias in ipairs(answer.chain) do
    report.chain[i] = { name = alias.name, target = alias.target, ttl = alias.ttl }
  end
  report.key = table.concat(sorted(report.values), "\0")
  return report
end

-- Notes what each answer has or lacks compared with the other answers; returns whether all reports are equal.
local function mark_differences(reports)
  local count, answered, same = {}, 0, true
  for _, report in ipairs(reports) do
    same = same and report.key == reports[1].key
    if report.values then answered = answered + 1 end
    for _, value in ipairs(report.values or {}) do count[value] = (count[value] or 0) + 1 end
  end
  for _, report in ipairs(reports) do
    local own, only, missing = {}, {}, {}
    for _, value in ipairs(report.values or {}) do
      own[value] = true
      if count[value] < answered then only[#only + 1] = value end
    end
    for value in pairs(report.values and count or {}) do
      if not own[value] then missing[#missing + 1] = value end
    end
    report.only, report.missing = json.array(sorted(only)), json.array(sorted(missing))
  end
  return same
end

local function outside(prefixes, reports)
  local list, seen = {}, {}
  for _, report in ipairs(reports) do
    for _, value in ipairs(report.values or {}) do
      local ok, address = pcall(cidr.address, value)
      local inside = not ok or #prefixes == 0
      for _, prefix in ipairs(prefixes) do inside = inside or prefix:contains(address) end
      if not inside and not seen[value] then
        seen[value] = true
        list[#list + 1] = value
      end
    end
  end
  return json.array(list)
end

local function examine(name, kind, servers, options, prefixes)
  local reports = task.map(servers, function(server) return ask_one(name, kind, server, options) end)
  local block = { name = name, type = kind, resolvers = reports, hosts = json.array {} }
  block.agree = mark_differences(reports)
  block.answered = false
  for _, report in ipairs(reports) do block.answered = block.answered or report.values ~= nil end
  block.outside = outside(prefixes, reports)
  if kind == "A" or kind == "AAAA" then
    for _, entry in ipairs(hosts.find(name)) do
      if entry.family == (kind == "A" and 4 or 6) then table.insert(block.hosts, entry.address) end
    end
  end
  return block
end

-- ---- printing ----

local function milliseconds(seconds)
  return seconds and ("%.1f ms"):format(seconds * 1000) or ""
end

local function row(report, block, paint)
  local differs = #report.only + #report.missing > 0 or report.error
  local mark = not block.agree and differs and paint("yellow", "!") or " "
  if report.error then
    local failure = report.error .. (report.reason and (" (%s)"):format(report.reason) or "")
    return { mark, report.resolver, paint("red", failure), "", milliseconds(report.time), report.protocol or "" }
  end
  local shown = {}
  for i, value in ipairs(report.values) do
    local only = false
    for _, other in ipairs(report.only) do only = only or other == value end
    shown[i] = only and paint("yellow", value .. " (!)") or value
  end
  return { mark, report.resolver, table.concat(shown, ", "), ("ttl %d"):format(report.ttl), milliseconds(report.time),
    report.protocol .. (report.truncated and " (was cut)" or ""), table.concat(report.flags, " ") }
end

local function alias_lines(block, paint)
  local lines, seen = {}, {}
  for _, report in ipairs(block.resolvers) do
    local parts = {}
    for i, alias in ipairs(report.chain or {}) do
      parts[i] = ("%s -> %s (ttl %d)"):format(alias.name, alias.target, alias.ttl)
    end
    local text = table.concat(parts, ", ")
    if text ~= "" and not seen[text] then
      seen[text] = true
      lines[#lines + 1] = paint("dim", "    alias " .. text)
    end
  end
  return lines
end

local function print_block(block, paint)
  print(paint("bold", ("%s  %s"):format(block.name, block.type)))
  local rows = {}
  for i, report in ipairs(block.resolvers) do rows[i] = row(report, block, paint) end
  if #block.hosts > 0 then
    rows[#rows + 1] = { " ", "hosts file", table.concat(block.hosts, ", ") }
  end
  for _, line in ipairs(term.table(rows, { indent = "  " })) do print(line) end
  for _, line in ipairs(alias_lines(block, paint)) do print(line) end
  if not block.agree then
    print(paint("yellow", "  the resolvers differ") .. ": (!) marks what not all answers say")
  end
  if #block.outside > 0 then
    print(paint("red", "  outside the expected prefixes: ") .. table.concat(block.outside, ", "))
  end
end

local function print_json(block)
  for _, report in ipairs(block.resolvers) do report.key = nil end
  block.version = JSON_VERSION
  print(json.encode(block))
end

-- ---- service addresses ----

local function print_guard(result, paint)
  for _, entry in ipairs(result.names) do
    print(paint("bold", entry.name) .. ("  resolvers: %s%s"):format(entry.agreement,
      entry.error and (", " .. entry.error.code) or ""))
    for _, report in ipairs(entry.resolvers) do
      print(("    %s  %s%s"):format(report.resolver, report.error and report.error.code
        or table.concat(report.addresses, ", "), report.changed and "  (changed between questions)" or ""))
    end
  end
  for _, verdict in ipairs(result.accepted) do
    print(("  %s %s/32  ttl %d"):format(paint("green", "route"), verdict.address, verdict.ttl))
  end
  for _, verdict in ipairs(result.refused) do
    print(("  %s %s  %s: %s"):format(paint("red", "refused"), verdict.address, verdict.code, verdict.reason))
  end
end

local function guard_json(result)
  for _, key in ipairs { "addresses", "accepted", "refused", "names" } do json.array(result[key]) end
  for _, entry in ipairs(result.names) do
    entry.error = entry.error and entry.error.code
    json.array(entry.addresses)
    for _, report in ipairs(entry.resolvers) do
      json.array(report.addresses)
      report.chain = report.chain and json.array(report.chain)
      report.error, report.unstable = report.error and report.error.code, report.unstable and report.unstable.code
    end
  end
  result.version = JSON_VERSION
  return json.encode(result)
end

local function run_services(options)
  local result = dns.service_addresses(options.region, options.service, { resolvers = options.server,
    timeout = options.timeout, tries = options.tries })
  if options.json then
    print(guard_json(result))
  else
    print_guard(result, term.painter "stdout")
  end
  if #result.accepted == 0 then return FAILED end
  return #result.refused > 0 and OUTSIDE or AGREE
end

-- ---- the command ----

local function exit_code(blocks)
  local code = AGREE
  for _, block in ipairs(blocks) do
    if not block.answered then return FAILED end
    if not block.agree then code = code == OUTSIDE and code or DIFFER end
    if #block.outside > 0 then code = OUTSIDE end
  end
  return code
end

local function prefixes_of(texts)
  local list = {}
  for i, text in ipairs(texts or {}) do list[i] = cidr.prefix(text, { bare = true }) end
  return list
end

local function run(options, names)
  if options.region then return run_services(options) end
  if #names == 0 then
    errors.raise { kind = "usage", code = "Usage", message = "no name to ask for",
      hint = "usage: peerway dns NAME... [flags], or peerway dns --region REGION" }
  end
  local servers = options.server or dns.system().servers
  for i, server in ipairs(servers) do servers[i] = native.server_text(server) end
  local prefixes, blocks, paint = prefixes_of(options.within), {}, term.painter "stdout"
  for _, name in ipairs(names) do
    local kinds = options.type or { native.reverse(name) and "PTR" or "A" }
    for _, kind in ipairs(kinds) do
      local block = examine(name, native.type_text(kind), servers, options, prefixes)
      blocks[#blocks + 1] = block
      if options.json then print_json(block) else print_block(block, paint) end
    end
  end
  return exit_code(blocks)
end

return flags.command {
  name = "dns",
  summary = "ask resolvers for names, side by side, with differences marked",
  usage = "peerway dns NAME... [flags]  |  peerway dns --region REGION [--service NAME]... [flags]",
  description = [[
Asks every --server (default: the system's) for every NAME and type; an address asks for its PTR record.
With --region it asks for MaxCompute's private names there, several times over TCP, and says which
addresses may become routes and why the others may not.
Exit codes: 0 all answered and agree, 1 a name got no answer, 2 the resolvers differ, 4 an address lies
outside --within or was refused as a route, 64 wrong usage.]],
  examples = {
    "peerway dns www.example.com --type A --type AAAA",
    "peerway dns service.ap-southeast-1-vpc.maxcompute.aliyun-inc.com --server 100.100.2.136 --server 223.5.5.5 "
      .. "--within 100.64.0.0/10",
    "peerway dns --region ap-southeast-1 --server 100.100.2.136 --server 100.100.2.138 --json",
  },
  flags = {
    { "server", short = "s", type = "string", value = "ADDRESS", list = true, help = "resolver [:port]; repeatable" },
    { "type", short = "t", type = "string", value = "TYPE", list = true, help = "record type; repeat it [A, or PTR]" },
    { "tcp", help = "ask over TCP only (--no-tcp: never, not even after truncation)" },
    { "timeout", type = "number", value = "SECONDS", min = 0.001, default = 5, help = "deadline of one question" },
    { "tries", type = "integer", value = "N", min = 1, default = 2, help = "rounds within the deadline" },
    { "edns", type = "integer", value = "OCTETS", min = 512, help = "EDNS buffer size (1232 when absent)" },
    { "search", help = "try the system's search list" },
    { "within", type = "string", value = "PREFIX", list = true, help = "every address must lie in one of these" },
    { "region", type = "string", value = "ID", help = "ask for the service addresses of a region" },
    { "service", type = "string", value = "NAME", list = true, help = "service, dt, dt-exclusive [service, dt]" },
    { "json", help = "one line of JSON per name and type" },
  },
  positional = { 0, math.huge },
  action = run,
}
