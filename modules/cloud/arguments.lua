-- SPDX-License-Identifier: MIT
-- Parameters from a command line: Name=value, Tag.1.Key=a, InstanceId=i-1 InstanceId=i-2,
-- Tag='[{"Key":"a"}]', CommandContent=@file. What a value means follows from the operation's data.
local errors = require "errors"
local fs = require "fs"
local json = require "json"

local arguments = {}

local function refuse(message, hint)
  errors.raise { kind = "usage", code = "InvalidParameter", message = message,
    hint = hint or "write Name=value, lists as Name.1=a Name.2=b, fields as Tag.1.Key=a" }
end

local function split(word)
  local name, value = word:match "^([%w_.-]+)=(.*)$"
  if not name then
    refuse(("'%s' is not Name=value"):format(word))
  end
  if value:sub(1, 1) == "@" then
    value = fs.read(value:sub(2))
  end
  return name, value
end

local function steps_of(name)
  local steps = {}
  for step in (name .. "."):gmatch "([^.]*)%." do
    if step == "" then
      refuse(("'%s' has an empty part"):format(name))
    end
    steps[#steps + 1] = step:match "^%d+$" and math.tointeger(tonumber(step)) or step
  end
  return steps
end

local function looks_like_json(value)
  local first = value:match "^%s*([%[{])"
  return first ~= nil
end

-- The value of a whole parameter: JSON text for lists and objects, a list of one for list parameters.
local function interpret(value, spec)
  local kind = spec and spec[1]
  local structured = kind == "list" or kind == "object" or (not spec and looks_like_json(value))
  if not structured then
    return value
  end
  if looks_like_json(value) then
    return json.decode(value)
  elseif kind == "list" then
    return { value }
  end
  return value
end

local function put(params, name, value, spec)
  local present = params[name]
  if present == nil then
    params[name] = interpret(value, spec)
  elseif spec and spec[1] == "list" and type(present) == "table" then
    present[#present + 1] = value
  else
    refuse(("%s is given twice"):format(name))
  end
end

local function put_nested(params, name, value)
  local steps = steps_of(name)
  local at = params
  for index = 1, #steps - 1 do
    local step = steps[index]
    if at[step] == nil then
      at[step] = {}
    elseif type(at[step]) ~= "table" then
      refuse(("%s is given as a value and as %s"):format(table.concat(steps, ".", 1, index), name))
    end
    at = at[step]
  end
  if at[steps[#steps]] ~= nil then
    refuse(("%s is given twice"):format(name))
  end
  at[steps[#steps]] = value
end

local function check_numbering(where, value)
  if type(value) ~= "table" then
    return
  end
  local total, count, lowest, highest = 0, 0, 1, 0
  for key, item in pairs(value) do
    total = total + 1
    if math.type(key) == "integer" then
      count, lowest, highest = count + 1, math.min(lowest, key), math.max(highest, key)
    end
    check_numbering(where .. "." .. tostring(key), item)
  end
  if count ~= highest or lowest < 1 or (count > 0 and count ~= total) then
    refuse(("%s: items are numbered from 1 without gaps"):format(where))
  end
end

--- Turns words of a command line into parameters.
---@param words string[]
---@param specs table<string, table>? parameters of the operation; nil when it is not catalogued
---@return table params
function arguments.parse(words, specs)
  local params = {}
  for _, word in ipairs(words) do
    local name, value = split(word)
    if name:find(".", 1, true) then
      put_nested(params, name, value)
    else
      put(params, name, value, specs and specs[name])
    end
  end
  for name, value in pairs(params) do
    check_numbering(name, value)
  end
  return params
end

return arguments
