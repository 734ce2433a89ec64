-- SPDX-License-Identifier: MIT
-- model.fields: a raw table against field specs (model.schema): types, patterns, choices, required and
-- unknown fields. Collects every problem with the path of its field.
local cidr = require "cidr"
local suggest = require "model.suggest"

local M = {}

---@class Problem
---@field path (string|integer)[]
---@field message string
---@field hint? string

local function path_text(path)
  local text = ""
  for _, key in ipairs(path) do
    if math.type(key) == "integer" then
      text = text .. "[" .. key .. "]"
    else
      text = text .. (text == "" and "" or ".") .. tostring(key)
    end
  end
  return text == "" and "the topology" or text
end
M.path_text = path_text

local function add(problems, path, message, hint)
  problems[#problems + 1] = { path = table.move(path, 1, #path, 1, {}), message = message, hint = hint }
end

M.add = add

local function sorted_keys(t)
  local keys = {}
  for key in pairs(t) do
    keys[#keys + 1] = key
  end
  table.sort(keys, function(a, b)
    if type(a) == type(b) then return a < b end
    return type(a) == "number"
  end)
  return keys
end
M.sorted_keys = sorted_keys

local function quoted(value)
  return type(value) == "string" and ("'%s'"):format(value) or tostring(value)
end

local check

local function check_string(spec, value, path, problems)
  if type(value) ~= "string" then
    return add(problems, path, ("%s must be text, not %s"):format(path_text(path), type(value)))
  end
  if value:match "^https?://" then
    return add(problems, path, ("%s must not begin with http:// or https://: %s"):format(path_text(path),
      quoted(value)), "write the bare name")
  end
  if (spec.pattern and not value:match(spec.pattern)) or (spec.max and #value > spec.max) then
    return add(problems, path, ("%s is %s; it must be %s"):format(path_text(path), quoted(value), spec.wants))
  end
  if spec.choices then
    for _, choice in ipairs(spec.choices) do
      if choice == value then return end
    end
    local near = suggest.nearest(value, spec.choices)
    add(problems, path, ("%s is %s; it must be one of: %s"):format(path_text(path), quoted(value),
      table.concat(spec.choices, ", ")), near and ("did you mean '%s'?"):format(near))
  elseif spec.cidr then
    local ok, why = pcall(cidr.prefix, value)
    if not ok then
      add(problems, path, ("%s is %s, not an IPv4 block: %s"):format(path_text(path), quoted(value),
        type(why) == "table" and why.message or tostring(why)))
    end
  end
end

local function check_integer(spec, value, path, problems)
  if math.type(value) ~= "integer" then
    add(problems, path, ("%s must be a whole number, not %s"):format(path_text(path), quoted(value)))
  elseif (spec.min and value < spec.min) or (spec.max and value > spec.max) then
    add(problems, path, ("%s is %d; it must be %s"):format(path_text(path), value,
      spec.wants or ("from %s to %s"):format(spec.min, spec.max)))
  end
end

local function check_list(spec, value, path, problems)
  for _, key in ipairs(sorted_keys(value)) do
    path[#path + 1] = key
    if math.type(key) ~= "integer" then
      add(problems, path, ("%s: a list has no named fields"):format(path_text(path)))
    else
      check(spec.of, value[key], path, problems)
    end
    path[#path] = nil
  end
end

local function check_map(spec, value, path, problems)
  for _, key in ipairs(sorted_keys(value)) do
    path[#path + 1] = key
    check(spec.keys, key, path, problems)
    check(spec.of, value[key], path, problems)
    path[#path] = nil
  end
end

local function unknown_field(spec, key, path, problems)
  local names = {}
  for name in pairs(spec.fields) do
    if type(name) == "string" then
      names[#names + 1] = name
    end
  end
  table.sort(names)
  local near = type(key) == "string" and suggest.nearest(key, names)
  add(problems, path, ("unknown field %s"):format(path_text(path)),
    near and ("did you mean '%s'?"):format(near) or ("known fields: " .. table.concat(names, ", ")))
end

local function check_record(spec, value, path, problems)
  for _, key in ipairs(sorted_keys(value)) do
    path[#path + 1] = key
    if spec.fields[key] then
      check(spec.fields[key], value[key], path, problems)
    else
      unknown_field(spec, key, path, problems)
    end
    path[#path] = nil
  end
  for _, key in ipairs(sorted_keys(spec.fields)) do
    if spec.fields[key].required and value[key] == nil then
      local what = math.type(key) == "integer" and ("entry %d"):format(key) or ("field '%s'"):format(key)
      add(problems, path, ("%s lacks its %s%s"):format(path_text(path), what,
        spec.fields[key].help and (" (%s)"):format(spec.fields[key].help) or ""))
    end
  end
end

local TABLES = { list = check_list, map = check_map, record = check_record }

function check(spec, value, path, problems)
  if TABLES[spec.type] then
    if type(value) ~= "table" then
      return add(problems, path, ("%s must be a table, not %s"):format(path_text(path), quoted(value)))
    end
    return TABLES[spec.type](spec, value, path, problems)
  elseif spec.type == "string" then
    return check_string(spec, value, path, problems)
  elseif spec.type == "integer" then
    return check_integer(spec, value, path, problems)
  elseif spec.type == "boolean" and type(value) ~= "boolean" then
    add(problems, path, ("%s must be true or false, not %s"):format(path_text(path), quoted(value)))
  end
end

--- Checks `value` against `spec`; problems are appended to `problems`.
---@param spec FieldSpec
---@param value any
---@param path (string|integer)[]
---@param problems Problem[]
function M.check(spec, value, path, problems)
  check(spec, value, path, problems)
end

return M
