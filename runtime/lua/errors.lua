-- SPDX-License-Identifier: MIT
-- errors: the one error value: a table that says what, where, why and the next step.

local errors = {}

local metatable = require "errors.native"

local exit_codes <const> = {
  usage = 64, input = 5, refused = 5, credentials = 7, permission = 7, verification = 4, locked = 6,
  partial = 3, cancelled = 130,
}

local function where(e)
  local parts = {}
  if e.product or e.action then
    parts[#parts + 1] = ("%s%s%s"):format(e.product or "", e.product and e.action and " " or "", e.action or "")
  end
  if e.region then parts[#parts + 1] = "in " .. e.region end
  if e.host then parts[#parts + 1] = "at " .. e.host end
  return table.concat(parts, " ")
end

--- The whole text: what, where, why, next step, and the cloud's RequestId.
function metatable.__tostring(e)
  local text = tostring(e.message or e.code or e.kind)
  local place = where(e)
  if place ~= "" then text = place .. ": " .. text end
  if e.code and e.code ~= "LuaError" and not text:find(tostring(e.code), 1, true) then
    text = ("%s (%s)"):format(text, e.code)
  end
  if e.hint then text = text .. "\n  next: " .. e.hint end
  if e.request_id then text = text .. "\n  RequestId: " .. e.request_id end
  if e.recommend then text = text .. "\n  see: " .. e.recommend end
  return text
end

--- Makes an error value.
---@param fields {kind: string, code: string, message: string, hint: string?}
---@return table
function errors.new(fields)
  return setmetatable(fields, metatable)
end

--- Raises an error value.
---@param fields table as for errors.new
function errors.raise(fields)
  error(errors.new(fields), 0)
end

--- Whether `e` is an error value, and of that kind or code where one is given.
---@param e any
---@param kind_or_code? string
---@return boolean
function errors.is(e, kind_or_code)
  if getmetatable(e) ~= metatable then return false end
  return kind_or_code == nil or e.kind == kind_or_code or e.code == kind_or_code
end

--- The exit code a command ends with when this error ends it.
---@param e any
---@return integer
function errors.exit_code(e)
  if not errors.is(e) then return 1 end
  return e.exit_code or exit_codes[e.kind] or 1
end

return errors
