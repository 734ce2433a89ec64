-- SPDX-License-Identifier: MIT
-- dns.resolve: the way of a question: names to try, mounted zone, vantage point or network, aliases that
-- the server did not follow.

local errors = require "errors"
local mounts = require "dns.mounts"
local native = require "dns.native"
local options = require "dns.options"
local system = require "dns.system"
local task = require "task"

local resolve = {}

local FOLLOW_MAX <const> = 8
local DEFAULT_LIMIT <const> = 100
-- A name that does not exist here may exist with the next suffix; other failures say nothing about it.
local negative <const> = { nxdomain = true, nodata = true }

-- Results of the engine, in the order of the entries.
local function ask_network(entries, question)
  local batch <close>, results = native.batch(entries, question)
  while batch:take(results) do end
  return results
end

-- The name a PTR question is about: addresses are turned round.
local function subject(name, kind)
  if type(name) ~= "string" then
    errors.raise { kind = "input", code = "InvalidName",
      message = ("dns: a name must be a string, not a %s"):format(type(name)) }
  end
  if type(kind) == "string" and kind:upper() == "PTR" then return native.reverse(name) or name end
  return name
end

-- Asks from a network namespace: through a socket that lives there.
local function ask_in_namespace(name, question, namespace)
  local servers = options.servers(question)
  local wildcard = servers[1]:sub(1, 1) == "[" and "::" or "0.0.0.0"
  local descriptor = namespace:bind_udp(wildcard, 0)
  question.fd = descriptor
  local ok, result = pcall(ask_network, { name }, question)
  question.fd = nil
  native.close_descriptor(descriptor)
  if not ok then error(result, 0) end
  return result[1]
end

-- What somebody else's function gave, as an answer like ours; error values and answers stay as they are.
local function adopt(result, name, question)
  if errors.is(result) or getmetatable(result) == native.answer_metatable then return result end
  if type(result) ~= "table" or type(result.records) ~= "table" then
    errors.raise { kind = "usage", code = "InvalidVantage",
      message = ("dns: the vantage point gave a %s for '%s', not an answer or an error value"):format(
        type(result) == "table" and "table without records" or type(result), name),
      hint = "return what dns.resolve gives, or { records = { { type=, address=, ttl= } } }" }
  end
  result.name, result.type = result.name or name, result.type or question.type
  result.rcode, result.flags = result.rcode or "NOERROR", result.flags or {}
  return setmetatable(result, native.answer_metatable)
end

-- A vantage point: a function, something with a method `resolve`, or a network namespace.
local function ask_at(name, question, at)
  if type(at) == "function" then return adopt(at(name, question), name, question) end
  if type(at) == "table" or type(at) == "userdata" then
    if at.resolve then return adopt(at:resolve(name, question), name, question) end
    if at.bind_udp then return ask_in_namespace(name, question, at) end
  end
  errors.raise { kind = "usage", code = "InvalidVantage",
    message = "dns: option 'at' must be a function, have a method 'resolve', or be a network namespace",
    hint = "e.g. at = netns.new('probe'), or at = function(name, options) ... end" }
end

local function ask(name, question)
  if question.sections == nil then question.sections = true end -- all of one answer is cheap
  if question.at then return ask_at(name, question, question.at) end
  local result = mounts.ask(name, question)
  if result then return result end
  if not native.simulated() then options.servers(question) end
  return ask_network({ name }, question)[1]
end

-- The end of a chain that the server did not follow itself; nil when there is nothing to follow.
local function dangling(result)
  if not errors.is(result, "nodata") then return nil end
  local answer = result.answer
  if not answer or #answer.chain == 0 or answer.negative_ttl then return nil end
  return answer.canonical
end

local function join_chains(result, chain, name)
  local answer = errors.is(result) and result.answer or result
  if answer then
    table.move(answer.chain, 1, #answer.chain, #chain + 1, chain)
    answer.chain = chain
    answer.canonical = answer.canonical or answer.name
    answer.name = name
  end
  return result
end

local function circle(name, chain)
  return errors.new { kind = "dns", code = "malformed", reason = "cname-loop", name = name, chain = chain,
    message = ("%s: its CNAME records run in a circle, or are too many"):format(name),
    hint = "the zone is wrong: ask its owner" }
end

-- Follows aliases from answer to answer, at most FOLLOW_MAX times.
local function follow(result, name, question)
  local chain, seen = {}, {}
  local target = dangling(result)
  if not target then return result end
  while target do
    table.move(result.answer.chain, 1, #result.answer.chain, #chain + 1, chain)
    local key = target:lower()
    if seen[key] or #chain > 2 * FOLLOW_MAX then return circle(name, chain) end
    seen[key] = true
    result = ask(target, question)
    target = dangling(result)
  end
  return join_chains(result, chain, name)
end

local function ask_and_follow(name, question)
  local result = ask(name, question)
  if question.follow == false then return result end
  return follow(result, name, question)
end

-- resolv.conf(5): with fewer dots than ndots the suffixes come first, otherwise the name itself.
local function names_to_try(name, question)
  if not question.search or name:sub(-1) == "." then return { name } end
  local configuration = question.search == true and system.read() or { search = question.search, ndots = 1 }
  local _, dots = name:gsub("%.", "")
  local list = {}
  for _, suffix in ipairs(configuration.search) do list[#list + 1] = name .. "." .. suffix end
  local first = dots >= (question.ndots or configuration.ndots)
  table.insert(list, first and 1 or #list + 1, name)
  return list
end

local function searched(name, question)
  local tried, best = {}, nil
  for _, candidate in ipairs(names_to_try(name, question)) do
    local result = ask_and_follow(candidate, question)
    tried[#tried + 1] = candidate
    if not (errors.is(result) and negative[result.code]) then
      result.searched = question.search and tried or nil
      return result
    end
    if not best or result.code == "nodata" then best = result end
  end
  best.searched = question.search and tried or nil
  return best
end

--- One question: an answer or an error value.
---@param name string
---@param given? table
function resolve.one(name, given)
  local question = options.complete(given)
  return searched(subject(name, question.type), question)
end

-- The entries as the native batch takes them.
local function subjects(names, question)
  local list = {}
  for i, entry in ipairs(names) do
    if type(entry) == "table" then
      list[i] = { name = subject(entry.name, entry.type or question.type), type = entry.type }
    else
      list[i] = subject(entry, question.type)
    end
  end
  return list
end

local function all_by_tasks(entries, question)
  return task.map(entries, function(entry)
    local single = {}
    for key, value in pairs(question) do single[key] = value end
    if type(entry) == "string" then return searched(entry, single) end
    single.type = entry.type or question.type
    return searched(entry.name, single)
  end, { limit = question.limit or DEFAULT_LIMIT })
end

--- Many questions at once: a list with an answer or an error value for each. The engine takes them all
--- in one go; search lists, vantage points and mounted zones need a task for each.
---@param names (string|{name: string, type: string?})[]
---@param given? table
function resolve.all(names, given)
  local question = options.complete(given)
  local entries = subjects(names, question)
  if question.search or question.at or mounts.any() or native.simulated() then
    return all_by_tasks(entries, question)
  end
  options.servers(question)
  local results = ask_network(entries, question)
  for i, result in ipairs(results) do
    if question.follow ~= false and dangling(result) then
      local entry = entries[i]
      results[i] = follow(result, type(entry) == "table" and entry.name or entry, question)
    end
  end
  return results
end

return resolve
