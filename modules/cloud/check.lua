-- SPDX-License-Identifier: MIT
-- Checks the parameters of a catalogued operation before anything is sent: unknown names, types,
-- lengths, ranges, value lists, required ones. All problems are found in one go.
local catalogue = require "cloud.catalogue"
local errors = require "errors"
local json = require "json"
local nearest = require "cloud.nearest"

local check = {}

local none <const> = {}

local function add(problems, where, text)
  problems[#problems + 1] = { parameter = where, problem = text }
end

local function length_of(text)
  return utf8.len(text) or #text
end

local function begins_with_letter(text)
  local byte = text:byte(1)
  return byte ~= nil and (byte >= 0x80 or string.char(byte):match "%a" ~= nil)
end

local function check_enum(problems, where, value, spec)
  if spec.open then
    return
  end
  for _, allowed in ipairs(spec.enum) do
    if allowed == value then
      return
    end
  end
  local guess = nearest.find(value, spec.enum)
  add(problems, where, ("'%s' is none of %s%s"):format(value, table.concat(spec.enum, ", "),
    guess and (" (did you mean %s?)"):format(guess) or ""))
end

local function check_parts(problems, where, value, spec)
  for _, prefix in ipairs(spec.not_prefix or none) do
    if value:sub(1, #prefix) == prefix then
      add(problems, where, ("must not begin with '%s'"):format(prefix))
    end
  end
  for _, part in ipairs(spec.not_contains or none) do
    if value:find(part, 1, true) then
      add(problems, where, ("must not contain '%s'"):format(part))
    end
  end
end

local function check_wording(problems, where, value, spec)
  if spec.not_prefix or spec.not_contains then
    check_parts(problems, where, value, spec)
  end
  if spec.start == "letter" and not begins_with_letter(value) then
    add(problems, where, "must begin with a letter")
  end
  if spec.ascii and value:find "[\128-\255]" then
    add(problems, where, "must be ASCII")
  end
end

local function check_length(problems, where, value, spec)
  local length = length_of(value)
  if spec.min_length and length < spec.min_length then
    add(problems, where, ("must have at least %d characters, has %d"):format(spec.min_length, length))
  elseif spec.max_length and length > spec.max_length then
    add(problems, where, ("must have at most %d characters, has %d"):format(spec.max_length, length))
  end
end

local function check_string(problems, where, value, spec)
  if type(value) == "number" then
    value = math.type(value) == "integer" and tostring(value) or ("%.17g"):format(value)
  elseif type(value) ~= "string" then
    return add(problems, where, ("must be text, not a %s"):format(type(value)))
  end
  if spec.min_length or spec.max_length then
    check_length(problems, where, value, spec)
  end
  if spec.enum then
    check_enum(problems, where, value, spec)
  end
  check_wording(problems, where, value, spec)
end

local function whole_number(value)
  if type(value) == "string" and value:match "^%-?%d+$" then
    return math.tointeger(tonumber(value)) or value
  elseif type(value) == "number" then
    return math.tointeger(value)
  end
  return nil
end

local function check_integer(problems, where, value, spec)
  local number = whole_number(value)
  if not number then
    return add(problems, where, ("must be a whole number, not %s"):format(
      type(value) == "string" and ("'%s'"):format(value) or type(value) == "number" and tostring(value)
      or "a " .. type(value)))
  end
  if type(number) ~= "number" then
    return
  end
  if spec.min and number < spec.min then
    add(problems, where, ("must be at least %d, is %d"):format(spec.min, number))
  elseif spec.max and number > spec.max then
    add(problems, where, ("must be at most %d, is %d"):format(spec.max, number))
  end
end

local function check_boolean(problems, where, value)
  if type(value) ~= "boolean" and value ~= "true" and value ~= "false" then
    add(problems, where, ("must be true or false, not %s"):format(
      type(value) == "string" and ("'%s'"):format(value) or "a " .. type(value)))
  end
end

local check_value

local function check_fields(problems, where, value, fields)
  if type(value) ~= "table" then
    return add(problems, where, ("must be a table of fields, not a %s"):format(type(value)))
  end
  check.fields(problems, where .. ".", value, fields)
end

local function check_list(problems, where, value, spec)
  if type(value) ~= "table" then
    if spec.wire == "comma" and type(value) == "string" then
      return
    end
    return add(problems, where, ("must be a list, not a %s"):format(type(value)))
  end
  local count = #value
  if next(value) ~= nil and count == 0 then
    return add(problems, where, "must be a list { ... }, but has named fields")
  end
  if spec.max_items and count > spec.max_items then
    add(problems, where, ("must have at most %d items, has %d"):format(spec.max_items, count))
  elseif spec.min_items and count < spec.min_items then
    add(problems, where, ("must have at least %d items, has %d"):format(spec.min_items, count))
  end
  for index, item in ipairs(value) do
    local name = ("%s.%d"):format(where, index)
    if spec.fields then
      check_fields(problems, name, item, spec.fields)
    elseif spec.of then
      check_value(problems, name, item, { spec.of })
    end
  end
end

local function check_object(problems, where, value, spec)
  if type(value) == "string" and spec.wire == "json" then
    return
  end
  if type(value) ~= "table" then
    return add(problems, where, ("must be a table, not a %s"):format(type(value)))
  end
  if spec.fields then
    check_fields(problems, where, value, spec.fields)
  end
end

local checkers <const> = {
  string = check_string, integer = check_integer, boolean = check_boolean,
  list = check_list, object = check_object,
}

function check_value(problems, where, value, spec)
  local packed = spec.wire == "json" or spec.wire == "comma"
  if spec[1] == "string" and packed and type(value) == "table" then
    return
  end
  checkers[spec[1]](problems, where, value, spec)
end

local function names_of(fields, extra)
  local names = {}
  for name in pairs(fields) do
    names[#names + 1] = name
  end
  for name in pairs(extra or {}) do
    names[#names + 1] = name
  end
  table.sort(names)
  return names
end

local required_names = setmetatable({}, { __mode = "k" })

local function required_of(fields)
  local names = required_names[fields]
  if not names then
    names = {}
    for name, spec in pairs(fields) do
      names[#names + 1] = spec.required and name or nil
    end
    required_names[fields] = names
  end
  return names
end

local function unknown(problems, where, name, fields, extra)
  local guess = nearest.find(tostring(name), names_of(fields, extra))
  add(problems, where, "no such parameter" .. (guess and (" (did you mean %s?)"):format(guess) or ""))
end

-- The value that passed last, by description: calls repeat most of their parameters, and a region that was
-- good is good again. Not for tables, which change, nor for what nobody should keep.
local passed = setmetatable({}, { __mode = "k" })

local function judge(problems, where, name, value, spec)
  local before = #problems
  check_value(problems, where, value, spec)
  if #problems == before and type(value) ~= "table" and not name:find "Password" and not name:find "Secret" then
    passed[spec] = value
  end
end

--- Checks a table of values against a table of parameter descriptions.
---@param problems table[] receives { parameter=, problem= }
---@param prefix string put before names in messages
---@param values table
---@param fields table<string, table>
---@param extra table<string, table>? further names that are allowed
function check.fields(problems, prefix, values, fields, extra)
  for name, value in pairs(values) do
    local spec = fields[name] or (extra and extra[name])
    if not spec then
      unknown(problems, prefix .. tostring(name), name, fields, extra)
    elseif passed[spec] ~= value and value ~= json.null then
      judge(problems, prefix == "" and name or prefix .. name, name, value, spec)
    end
  end
  local required = required_of(fields)
  for index = 1, #required do
    local name = required[index]
    if values[name] == nil or values[name] == json.null then
      add(problems, prefix .. name, "is required")
    end
  end
end

-- An empty list to begin with: most checks find nothing and leave it empty for the next one.
local unused = {}

--- All problems of a call's parameters, sorted by parameter; an empty list when it may be sent.
---@param operation cloud.Operation
---@param params table
---@return { parameter: string, problem: string }[]
function check.problems(operation, params)
  local problems = next(unused) == nil and unused or {}
  local extra = operation.style == "RPC" and catalogue.common_parameters or nil
  check.fields(problems, "", params, operation.parameters, extra)
  if #problems == 0 then
    return none
  end
  unused = {}
  table.sort(problems, function(a, b)
    if a.parameter == b.parameter then
      return a.problem < b.problem
    end
    return a.parameter < b.parameter
  end)
  return problems
end

--- Raises one error (kind "input", code "InvalidParameters", field `problems`) when a call must not be sent.
---@param operation cloud.Operation
---@param params table
function check.call(operation, params)
  if operation.uncatalogued then
    return
  end
  local problems = check.problems(operation, params)
  if #problems == 0 then
    return
  end
  local lines = {}
  for index, entry in ipairs(problems) do
    lines[index] = ("%s: %s"):format(entry.parameter, entry.problem)
  end
  errors.raise {
    kind = "input", code = "InvalidParameters", product = operation.product, action = operation.action,
    problems = problems,
    message = "not sent: " .. table.concat(lines, "; "),
    hint = ("peerway api --list %s %s shows the parameters; { check = false } or --unchecked sends them as they are")
      :format(operation.product, operation.action),
  }
end

return check
