-- SPDX-License-Identifier: MIT
-- dns.options: checks the options of a question and completes them from the system's configuration.

local errors = require "errors"
local native = require "dns.native"
local system = require "dns.system"

local options = {}

local known <const> = {
  type = true, server = true, tcp = true, timeout = true, tries = true, search = true, edns = true, at = true,
  dnssec = true, recursion = true, checking_disabled = true, follow = true, ndots = true, limit = true,
  rate = true, family = true, hosts = true, sections = true,
}

local function refuse_unknown(given)
  for key in pairs(given) do
    if not known[key] then
      local names = {}
      for name in pairs(known) do names[#names + 1] = name end
      table.sort(names)
      errors.raise { kind = "usage", code = "UnknownOption", message = ("dns: unknown option '%s'"):format(key),
        hint = "options are " .. table.concat(names, ", ") }
    end
  end
end

-- One server or a list, as "address:port"; nil when none is given.
local function server_list(given)
  if given == nil then return nil end
  local list = {}
  for i, text in ipairs(type(given) == "table" and given or { given }) do list[i] = native.server_text(text) end
  if #list == 0 then
    errors.raise { kind = "input", code = "InvalidServer", message = "dns: the list of servers is empty" }
  end
  return list
end

--- A completed copy; servers stay nil where the system's are meant, which options.servers reads.
---@param given? table
---@return table
function options.complete(given)
  local result = {}
  if given then
    refuse_unknown(given)
    for key, value in pairs(given) do result[key] = value end
  end
  result.servers = server_list(result.server)
  result.server = nil
  return result
end

--- The servers of the question, the system's where none were given.
---@param question table
---@return string[]
function options.servers(question)
  if not question.servers then
    local configuration = system.read()
    question.servers = configuration.servers
    if #question.servers == 0 then
      errors.raise { kind = "dns", code = "local", message = "dns: this system has no DNS server",
        hint = "write a nameserver line into /etc/resolv.conf, or give server=" }
    end
  end
  return question.servers
end

return options
