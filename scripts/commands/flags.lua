-- SPDX-License-Identifier: MIT
-- commands.flags: the one parser of command lines. A command lists its flags as data; parsing,
-- `--help`, completion and the man page all read that list.
local errors = require "errors"
local suggest = require "model.suggest"

local M = {}

---@class FlagSpec
---@field [1] string long name without dashes, words joined by "-"
---@field short? string one letter
---@field type? "boolean"|"string"|"integer"|"number"|"optional" default "boolean"; "optional" may lack its value
---@field value? string name of the value in the help text
---@field default? any value when the flag is absent
---@field implied? string value of an "optional" flag that is given without one
---@field min? number lowest number allowed
---@field choices? string[] the allowed values
---@field list? boolean may be given more than once; the option is a list
---@field help string one line

---@type FlagSpec[] flags that every command takes
M.common = {
  { "help", short = "h", help = "show this text" },
}

--- Flags shared by the commands that work on a topology.
---@type FlagSpec[]
M.topology = {
  { "sandbox", type = "optional", value = "PRESET", implied = "worked-example",
    help = "work on the embedded sandbox, kept in .peerway/, not on a cloud" },
  { "time-scale", type = "number", value = "FACTOR", min = 0,
    help = "speed of the embedded sandbox: 1 = cloud-like delays (default 0.1)" },
  { "data-plane", type = "string", value = "KIND", choices = { "auto", "netns", "symbolic", "none" },
    help = "how the embedded sandbox carries packets (default auto)" },
  { "json", help = "print versioned JSON lines on stdout" },
  { "parallelism", type = "integer", value = "N", min = 1, default = 8, help = "calls in flight at once" },
  { "chdir", short = "C", type = "string", value = "DIR",
    help = "work in DIR: topology, checks/ and .peerway/ are there" },
  { "state-dir", type = "string", value = "DIR", help = "keep ledger and sandbox in DIR instead of .peerway/" },
}

--- Joins lists of flag specs, later ones after earlier ones.
---@param ... FlagSpec[]
---@return FlagSpec[]
function M.join(...)
  local all = {}
  for _, list in ipairs { ... } do
    table.move(list, 1, #list, #all + 1, all)
  end
  return all
end

local function usage_error(command, message, hint)
  errors.raise { kind = "usage", code = "Usage", message = message,
    hint = hint or ("see: peerway help " .. (command.name or "")) }
end

local function index_of(specs)
  local by_name, names = {}, {}
  for _, spec in ipairs(specs) do
    by_name[spec[1]] = spec
    names[#names + 1] = spec[1]
    if spec.short then
      by_name[spec.short] = spec
    end
  end
  return by_name, names
end

local function convert(command, spec, text)
  local value = text
  if spec.type == "integer" then
    value = text:match "^[+-]?%d+$" and math.tointeger(tonumber(text))
  elseif spec.type == "number" then
    value = tonumber(text)
  end
  if value == nil or value == false then
    usage_error(command, ("--%s wants %s, not '%s'"):format(spec[1],
      spec.type == "integer" and "a whole number" or "a number", text))
  end
  if spec.min and value < spec.min then
    usage_error(command, ("--%s must be at least %s, not %s"):format(spec[1], spec.min, text))
  end
  if spec.choices then
    for _, choice in ipairs(spec.choices) do
      if choice == value then return value end
    end
    usage_error(command, ("--%s must be one of %s, not '%s'"):format(spec[1], table.concat(spec.choices, ", "), text))
  end
  return value
end

local function key_of(spec)
  return (spec[1]:gsub("-", "_"))
end

local function store(options, spec, value)
  local key = key_of(spec)
  if spec.list then
    options[key] = options[key] or {}
    table.insert(options[key], value)
  else
    options[key] = value
  end
end

local function unknown(command, names, argument, name)
  local near = suggest.nearest(name, names)
  usage_error(command, ("unknown flag '%s' for 'peerway %s'"):format(argument, command.name or "?"),
    near and ("did you mean --%s?"):format(near))
end

-- Terraform's habit of one dash before long names is understood: -auto-approve = --auto-approve.
local function split(argument)
  local name, value = argument:match "^%-%-?([^=]+)=(.*)$"
  if name then
    return name, value
  end
  return argument:match "^%-%-?(.+)$"
end

--- Parses a command line. Options have "_" for "-" in their names; defaults are filled in.
---@param command { name: string?, flags: FlagSpec[]? }
---@param args string[] words after the verb
---@return table options
---@return string[] positional
function M.parse(command, args)
  local specs = M.join(command.flags or {}, M.common)
  local by_name, names = index_of(specs)
  local options, positional = {}, {}
  local position = 1
  while position <= #args do
    local argument = args[position]
    position = position + 1
    if argument == "--" then
      table.move(args, position, #args, #positional + 1, positional)
      break
    elseif argument == "-" or argument:sub(1, 1) ~= "-" or argument:match "^%-%d" then
      positional[#positional + 1] = argument
    else
      local name, value = split(argument)
      local negated = name:match "^no%-(.+)$"
      local spec = by_name[name]
      if not spec and negated and by_name[negated] and (by_name[negated].type or "boolean") == "boolean" then
        store(options, by_name[negated], false)
      elseif not spec then
        unknown(command, names, argument, name)
      elseif (spec.type or "boolean") == "boolean" then
        if value and value ~= "true" and value ~= "false" then
          usage_error(command, ("--%s takes no value"):format(spec[1]))
        end
        store(options, spec, value ~= "false")
      elseif spec.type == "optional" then
        store(options, spec, value or spec.implied or true)
      else
        if not value then
          value = args[position]
          position = position + 1
          if value == nil then
            usage_error(command, ("--%s wants a value: --%s %s"):format(spec[1], spec[1], spec.value or "VALUE"))
          end
        end
        store(options, spec, convert(command, spec, value))
      end
    end
  end
  for _, spec in ipairs(specs) do
    local key = key_of(spec)
    if options[key] == nil and spec.default ~= nil then
      options[key] = spec.default
    end
  end
  return options, positional
end

local function flag_column(spec)
  local value = spec.value or "VALUE"
  local long = "--" .. spec[1]
  if spec.type == "optional" then
    long = long .. "[=" .. value .. "]"
  elseif spec.type and spec.type ~= "boolean" then
    long = long .. " " .. value
  end
  return (spec.short and ("-" .. spec.short .. ", ") or "    ") .. long
end

--- The help text of a command: summary, usage, examples, flags.
---@param command table
---@return string
function M.help(command)
  local lines = { command.summary, "", "usage: " .. (command.usage or ("peerway " .. (command.name or ""))) }
  if command.description then
    lines[#lines + 1] = ""
    lines[#lines + 1] = (command.description:gsub("%s+$", ""))
  end
  if command.examples then
    lines[#lines + 1] = ""
    lines[#lines + 1] = "examples:"
    for _, example in ipairs(command.examples) do
      lines[#lines + 1] = "  " .. example
    end
  end
  local specs, width = M.join(command.flags or {}, M.common), 0
  for _, spec in ipairs(specs) do
    width = math.max(width, #flag_column(spec))
  end
  lines[#lines + 1] = ""
  lines[#lines + 1] = "flags:"
  for _, spec in ipairs(specs) do
    local text = spec.help
    if spec.choices then
      text = text .. " (" .. table.concat(spec.choices, ", ") .. ")"
    end
    if spec.default ~= nil and spec.type and spec.type ~= "boolean" then
      text = text .. (" [%s]"):format(spec.default)
    end
    lines[#lines + 1] = ("  %-" .. width .. "s  %s"):format(flag_column(spec), text)
  end
  return table.concat(lines, "\n") .. "\n"
end

--- Runs a command whose output is JSON lines: an error that ends it is the last line, too.
function M.with_json_errors(command, options, positional)
  local ok, result = pcall(command.action, options, positional)
  if not ok then
    require("report.json_lines").failed(command.name, result)
    error(result, 0)
  end
  return result
end

--- Makes a command from a description: its `run(args)` parses, answers --help, checks the number of
--- positional arguments (`positional = {min, max}`) and calls `action(options, positional)`.
---@param command table name, summary, usage, flags, examples, positional, action
---@return table command
function M.command(command)
  function command.run(args)
    local options, positional = M.parse(command, args)
    if options.help then
      io.stdout:write(M.help(command))
      return 0
    end
    local limits = command.positional or { 0, 0 }
    if #positional < limits[1] then
      usage_error(command, "too few arguments", "usage: " .. command.usage)
    elseif #positional > limits[2] then
      usage_error(command, ("unexpected argument '%s'"):format(positional[limits[2] + 1]), "usage: " .. command.usage)
    end
    if not (options.json and command.json_lines) then
      return command.action(options, positional)
    end
    return M.with_json_errors(command, options, positional)
  end
  return command
end

return M
