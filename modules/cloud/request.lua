-- SPDX-License-Identifier: MIT
-- From an operation and its parameters to the request that cloud.native signs: which parameter goes
-- into query, form, path or JSON body. Flattening and encoding happen in C.
local errors = require "errors"
local json = require "json"

local request = {}

-- A longer text value goes into the form body instead of the query, so that no proxy refuses the URL.
-- RPC products read both alike.
local long_value <const> = 2048

local nothing <const> = {}

local function on_the_wire(value, spec)
  if type(value) ~= "table" or value == json.null then
    return value
  end
  if spec.wire == "json" then
    return json.encode(value)
  elseif spec.wire == "comma" then
    return table.concat(value, ",")
  end
  return value
end

local function escape_segment(text)
  return (tostring(text):gsub("[^%w%-_.~]", function(char)
    return ("%%%02X"):format(char:byte())
  end))
end

local function fill_path(operation, values)
  return (operation.path:gsub("{([%w_]+)}", function(name)
    local value = values[name]
    if value == nil or value == "" then
      errors.raise {
        kind = "input", code = "InvalidParameters", product = operation.product, action = operation.action,
        message = ("not sent: %s: is required"):format(name), hint = "it is a part of the request's path",
      }
    end
    return escape_segment(value)
  end))
end

local function place_of(spec, value, body_allowed)
  if spec.place then
    return spec.place
  elseif body_allowed and type(value) == "string" and #value > long_value then
    return "form"
  end
  return "query"
end

-- Puts each parameter into the part of the request it belongs to; parts come into being when needed.
local function sort_parameters(operation, params, method)
  local parts = { query = {} }
  local specs = operation.parameters or nothing
  local body_allowed = operation.style == "RPC" and method == "POST"
  for name, value in pairs(params) do
    local spec = specs[name] or nothing
    local wire = on_the_wire(value, spec)
    local place = place_of(spec, wire, body_allowed)
    local part = parts[place]
    if not part then
      part = {}
      parts[place] = part
    end
    part[name] = wire
  end
  return parts
end

--- The request of one call, without credentials.
---@param operation cloud.Operation
---@param params table
---@param target { scheme: string, host: string, port: integer? }? where it goes
---@param limits { timeout: number?, connect_timeout: number?, ca_file: string? }?
---@return table request as cloud.native takes it
function request.build(operation, params, target, limits)
  local method = operation.method or "POST"
  local parts = sort_parameters(operation, params, method)
  target, limits = target or nothing, limits or nothing
  return {
    style = operation.style, signature = operation.signature or "ACS3", method = method,
    scheme = target.scheme, host = target.host, port = target.port,
    product = operation.product, action = operation.action, version = operation.version,
    path = operation.path and fill_path(operation, parts.path or nothing) or "/",
    query = parts.query, form = parts.form, json = parts.json and json.encode(parts.json),
    timeout = limits.timeout, connect_timeout = limits.connect_timeout, ca_file = limits.ca_file,
  }
end

return request
