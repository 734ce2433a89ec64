-- SPDX-License-Identifier: MIT
-- Paths into answers: "Vpcs.Vpc", "Vpcs.Vpc[].VpcId", "Vpcs.Vpc[0].CidrBlock", "Tags[Key=env].Value".
-- [] maps over a list, [n] picks (0 first, -1 last), [Field=value] filters; a name maps over a list too.
local errors = require "errors"
local json = require "json"

local path = {}

local function fail(text, position)
  errors.raise {
    kind = "usage", code = "InvalidPath",
    message = ("'%s' is no path: unexpected text at position %d"):format(text, position),
    hint = "a path is names and selectors, as in Vpcs.Vpc[].VpcId, Vpcs.Vpc[0] or Tags[Key=env].Value",
  }
end

local function selector(text)
  if text == "" then
    return { kind = "each" }
  end
  if text:match "^%-?%d+$" then
    return { kind = "index", index = math.tointeger(tonumber(text)) }
  end
  local field, value = text:match "^([%w_.-]+)=(.*)$"
  if field then
    return { kind = "filter", field = field, value = value }
  end
  return nil
end

--- Compiles a path; raises kind="usage" when it is malformed.
---@param text string
---@return table[] steps
function path.compile(text)
  local steps, position = {}, 1
  while position <= #text do
    local step, after
    if text:sub(position, position) == "[" then
      local inner, stop = text:match("^%[([^%]]*)%]()", position)
      step, after = inner and selector(inner), stop
    else
      local name, stop = text:match("^%.?([^.%[%]]+)()", position)
      if name and (position == 1) == (text:sub(position, position) == ".") then
        name = nil
      end
      step, after = name and { kind = "name", name = name }, stop
    end
    if not step then
      fail(text, position)
    end
    steps[#steps + 1] = step
    position = after
  end
  return steps
end

local function is_list(value)
  return type(value) == "table" and (json.is_array(value) or next(value) == nil)
end

local walk

local function walk_each(list, steps, at)
  local results = json.array {}
  for _, item in ipairs(list) do
    local value, many = walk(item, steps, at)
    if many then
      table.move(value, 1, #value, #results + 1, results)
    elseif value ~= nil then
      results[#results + 1] = value
    end
  end
  return results, true
end

local function walk_filter(value, step, steps, at)
  local matching = {}
  for _, item in ipairs(is_list(value) and value or {}) do
    if type(item) == "table" and tostring(path.get(item, step.field)) == step.value then
      matching[#matching + 1] = item
    end
  end
  return walk_each(matching, steps, at + 1)
end

function walk(value, steps, at)
  local step = steps[at]
  if not step then
    return value, false
  end
  if type(value) ~= "table" then
    return nil, false
  end
  if step.kind == "each" then
    return walk_each(is_list(value) and value or {}, steps, at + 1)
  elseif step.kind == "filter" then
    return walk_filter(value, step, steps, at)
  elseif step.kind == "index" then
    local index = step.index < 0 and #value + 1 + step.index or step.index + 1
    return walk(value[index], steps, at + 1)
  elseif is_list(value) and value[step.name] == nil then
    if next(value) == nil and not json.is_array(value) then
      return nil, false -- an empty object
    end
    return walk_each(value, steps, at)
  end
  return walk(value[step.name], steps, at + 1)
end

--- The value at a path: a single value, nil when absent, or a list when the path maps over a list.
---@param value any decoded JSON
---@param where string|table[] a path or a compiled one
---@return any
function path.get(value, where)
  local steps = type(where) == "table" and where or path.compile(where)
  return (walk(value, steps, 1))
end

--- The list at a path: absent or an empty text is an empty list. Raises when something else stands there.
---@param value any
---@param where string
---@return table
function path.list(value, where)
  local found = path.get(value, where)
  if found == nil or found == "" then
    return {}
  end
  if not is_list(found) then
    errors.raise {
      kind = "cloud", code = "UnexpectedAnswer",
      message = ("the answer has no list at '%s' (found: %s)"):format(where, type(found)),
      hint = "name the path of the list, for example Vpcs.Vpc",
    }
  end
  return found
end

return path
