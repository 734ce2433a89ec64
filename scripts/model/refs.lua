-- SPDX-License-Identifier: MIT
-- model.refs: values that another step will give: an id is "known after" the call that creates it.
local M = {}

local Ref = {}
Ref.__index = Ref
Ref.__name = "reference"

function Ref:__tostring()
  return ("(known after %s)"):format(self.call or self.key)
end

--- A value that the resource `key` has once it exists.
---@param key string logical key of the resource
---@param field string field of its result, mostly "id"
---@param call? string the call that gives it, for texts
---@return table
function M.to(key, field, call)
  return setmetatable({ key = key, field = field, call = call }, Ref)
end

---@param value any
---@return boolean
function M.is(value)
  return getmetatable(value) == Ref
end

--- Replaces every reference inside `value` by what `lookup` gives; what it does not know stays.
---@param value any
---@param lookup fun(key: string, field: string): any
---@return any value
---@return table[] open references that are left
function M.resolve(value, lookup)
  local open = {}
  local function walk(item)
    if M.is(item) then
      local found = lookup(item.key, item.field)
      if found == nil then
        open[#open + 1] = item
        return item
      end
      return found
    elseif type(item) ~= "table" then
      return item
    end
    local copy = setmetatable({}, getmetatable(item))
    for key, child in pairs(item) do
      copy[key] = walk(child)
    end
    return copy
  end
  return walk(value), open
end

return M
