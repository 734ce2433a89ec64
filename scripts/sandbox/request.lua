-- SPDX-License-Identifier: MIT
-- Reads the layouts in which official clients send an API call: action in headers (ACS3) or among the
-- parameters (V1), parameters in the query, in a form, in JSON, or spread over two of them.

local json = require "json"

local request = {}

-- Parameters of the protocol, not of the operation.
local protocol = {
  Action = true, Version = true, Format = true, AccessKeyId = true, SignatureMethod = true, SignatureVersion = true,
  SignatureNonce = true, Timestamp = true, Signature = true, SecurityToken = true, SignatureType = true,
  BearerToken = true,
}

local function unescape(text)
  return (text:gsub("%+", " "):gsub("%%(%x%x)", function(hex) return string.char(tonumber(hex, 16)) end))
end

---@param text string name=value pairs joined by &
---@param into? table<string, string>
---@return table<string, string>
function request.pairs(text, into)
  local out = into or {}
  for part in text:gmatch("[^&]+") do
    local name, value = part:match("^([^=]*)=(.*)$")
    out[unescape(name or part)] = unescape(value or "")
  end
  return out
end

local function flatten(value, name, out)
  if type(value) == "table" then
    if json.is_array(value) then
      for i, item in ipairs(value) do flatten(item, name .. "." .. i, out) end
    else
      for key, item in pairs(value) do flatten(item, name == "" and key or name .. "." .. key, out) end
    end
  elseif value ~= json.null then
    out[name] = tostring(value)
  end
end

local function read_body(http, out)
  local kind = http.headers["content-type"] or ""
  if http.body == "" then return nil end
  if kind:find("application/x-www-form-urlencoded", 1, true) then
    request.pairs(http.body, out)
  elseif kind:find("application/json", 1, true) then
    local ok, value = pcall(json.decode, http.body)
    if not ok then return nil, "the body is not JSON" end
    if type(value) == "table" and not json.is_array(value) then flatten(value, "", out) end
    return value
  end
end

---@class sandbox.Parsed
---@field action? string
---@field version? string
---@field format? "JSON"|"XML" as asked for; nil: not told
---@field v1 boolean parameters of signature V1 are present
---@field flat table<string, string> parameters of the operation
---@field json? any decoded JSON body
---@field problem? string

---@param http table request as http handlers get it
---@return sandbox.Parsed
function request.parse(http)
  local all = request.pairs(http.query)
  local body, problem = read_body(http, all)
  local parsed = { flat = {}, json = body, problem = problem }
  parsed.action = http.headers["x-acs-action"] or all.Action
  parsed.version = http.headers["x-acs-version"] or all.Version
  parsed.v1 = http.headers["x-acs-action"] == nil
  if all.Format then parsed.format = all.Format:upper() == "XML" and "XML" or "JSON" end
  for name, value in pairs(all) do
    if not protocol[name] then parsed.flat[name] = value end
  end
  return parsed
end

return request
