-- SPDX-License-Identifier: MIT
-- probe.symbolic: what the probe script prints where a sandbox cannot run it (no network namespaces). It
-- reads the commands at the end of the script and asks the sandbox's path rules for each. Every such report
-- is marked as simulated.
local sorted_keys = require("model.fields").sorted_keys

local REFUSED <const>, TIMED_OUT <const> = 7, 28

local function say(lines, ...)
  local fields = { ... }
  for index, field in ipairs(fields) do
    fields[index] = tostring(field)
  end
  lines[#lines + 1] = "P|" .. table.concat(fields, "|")
end

local function names(net, instance, lines, rest)
  local round, list = rest:match "^(%d+)%s+(.*)$"
  for name in list:gmatch "%S+" do
    local answer = net:probe(instance, "dns", name)
    say(lines, "dns", "system", round, name, table.concat(answer.addresses or {}, ","))
  end
end

local function has_request_id(headers)
  for _, name in ipairs(sorted_keys(headers or {})) do
    if name:lower() == "x-odps-request-id" then
      return 1
    end
  end
  return 0
end

local function visit(net, instance, lines, rest)
  local role, name, address, scheme, port, path = rest:match "^(%S+) (%S+) (%S+) (%S+) (%d+) (%S+)"
  local answer = net:probe(instance, "http", name, { address = address, port = math.tointeger(tonumber(port)),
    scheme = scheme, path = path })
  if not answer.ok then
    say(lines, "visit", role, name, address, port, answer.refused and REFUSED or TIMED_OUT, 0, 0, 0, "000", 0, "",
      answer.broken and tostring(answer.broken.layer or answer.broken) or "")
    return
  end
  say(lines, "visit", role, name, address, port, 0, 0.001, scheme == "https" and 0.002 or 0, 0.003,
    answer.status or "000", has_request_id(answer.headers), (answer.body or ""):match "<Code>([%w_.]+)<" or "", "")
end

local COMMANDS <const> = {
  names = names,
  ["{ visit"] = visit,
  host_route = function(_, _, lines, rest) say(lines, "route", rest, "unknown", "", "") end,
}

--- Answers a probe script from the sandbox's symbolic data plane.
---@param net table sandbox.network.Net
---@param instance string
---@param command string
---@return { exit_code: integer, output: string, timed_out: boolean, simulated: boolean }
return function(net, instance, command)
  local lines = {}
  for line in command:gmatch "[^\n]+" do
    for prefix, answer in pairs(COMMANDS) do
      if line:sub(1, #prefix + 1) == prefix .. " " and not line:find("$", 1, true) or
        (prefix == "{ visit" and line:sub(1, #prefix + 1) == prefix .. " ") then
        answer(net, instance, lines, line:sub(#prefix + 2))
      end
    end
  end
  say(lines, "simulated")
  say(lines, "end")
  return { exit_code = 0, output = table.concat(lines, "\n") .. "\n", timed_out = false, simulated = true }
end
