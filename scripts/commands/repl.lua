-- SPDX-License-Identifier: MIT
-- peerway repl: an interactive Lua prompt with the modules at hand. Expressions print their values;
-- waiting calls (http, dns, cloud) work as in a script.

local flags = require "commands.flags"
local modules = require "modules"

-- Modules that the prompt knows by name without require.
local known = { "cidr", "clock", "cloud", "dns", "env", "errors", "fs", "http", "json", "net", "process",
  "random", "task" }

local function inspect(value, indent, seen)
  if type(value) == "string" then return ("%q"):format(value):gsub("\\\n", "\\n") end
  local meta = getmetatable(value)
  if type(value) ~= "table" or (type(meta) == "table" and meta.__tostring) then return tostring(value) end
  if seen[value] then return "<seen above>" end
  seen[value] = true
  local keys, lines = {}, {}
  for key in pairs(value) do keys[#keys + 1] = key end
  table.sort(keys, function(a, b)
    if type(a) == type(b) and (type(a) == "number" or type(a) == "string") then return a < b end
    return type(a) < type(b)
  end)
  for _, key in ipairs(keys) do
    local name = type(key) == "string" and key:match "^[%a_][%w_]*$" or ("[%s]"):format(tostring(key))
    lines[#lines + 1] = ("%s  %s = %s"):format(indent, name, inspect(value[key], indent .. "  ", seen))
  end
  if #lines == 0 then return "{}" end
  return "{\n" .. table.concat(lines, ",\n") .. "\n" .. indent .. "}"
end

local function environment()
  local names = {}
  for _, name in ipairs(known) do names[name] = true end
  return setmetatable({}, {
    __index = function(self, name)
      local value = rawget(_G, name)
      if value == nil and names[name] and (package.preload[name] or modules.locate(name)) then
        value = require(name)
        rawset(self, name, value)
      end
      return value
    end,
  })
end

-- Reads lines until they form a chunk; an expression becomes `return expression`.
local function read_chunk(scope, interactive)
  local text = ""
  while true do
    if interactive then
      io.stderr:write(text == "" and "peerway> " or "      >> ")
    end
    local line = io.read "l"
    if not line then return nil, text ~= "" and "unfinished input" or nil end
    text = text .. line .. "\n"
    local chunk = load("return " .. text:gsub("^%s*=", ""), "=repl", "t", scope)
    local problem
    if not chunk then chunk, problem = load(text, "=repl", "t", scope) end
    if chunk then return chunk end
    if not problem:find("<eof>", 1, true) then return nil, problem, true end
  end
end

local function print_results(ok, ...)
  if not ok then
    io.stderr:write(tostring((...)), "\n")
    return
  end
  for i = 1, select("#", ...) do print(inspect(select(i, ...), "", {})) end
end

return flags.command {
  name = "repl",
  summary = "an interactive Lua prompt with every module at hand",
  usage = "peerway repl",
  examples = { "echo 'cidr.prefix(\"10.0.0.0/8\"):contains(\"10.1.2.3\")' | peerway repl" },
  action = function()
    local interactive = require("fs").is_terminal(0)
    local scope = environment()
    local failed = false
    while true do
      local chunk, problem, go_on = read_chunk(scope, interactive)
      if chunk then
        local results = table.pack(pcall(chunk))
        failed = failed or not results[1]
        print_results(table.unpack(results, 1, results.n))
      elseif problem then
        io.stderr:write(problem, "\n")
        failed = true
      end
      if not chunk and not go_on then break end
    end
    if interactive then
      io.stderr:write "\n"
      return 0
    end
    return failed and 1 or 0
  end,
}
