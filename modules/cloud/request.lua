-- SPDX-License-Identifier: MIT
-- From an operation and its parameters to the request that cloud.native signs: what stays from call to call,
-- and which parameter goes into query, form, path or JSON body. Flattening and encoding happen in C.
local errors = require "errors"
local json = require "json"

local request = {}

-- A longer text value goes into the form body instead of the query, so that no proxy refuses the URL.
-- RPC products read both alike.
local long_value <const> = 2048

local nothing <const> = {}

local function on_the_wire(value, spec)
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

local special_names = setmetatable({}, { __mode = "k" })

-- The parameters that have a place of their own, or another form on the wire than their value.
local function special_of(specs)
  local names = special_names[specs]
  if not names then
    names = {}
    for name, spec in pairs(specs) do
      names[name] = spec.place and true or spec.wire and true or nil
    end
    special_names[specs] = names
  end
  return names
end

local function needs_sorting(params, specs)
  local special = special_of(specs)
  for name, value in pairs(params) do
    if special[name] or type(value) == "string" and #value > long_value then
      return true
    end
  end
  return false
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
local function sort_parameters(params, specs, body_allowed)
  local parts = { query = {} }
  for name, value in pairs(params) do
    local spec = specs[name] or nothing
    local wire = type(value) == "table" and value ~= json.null and on_the_wire(value, spec) or value
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

local function method_of(operation)
  return operation.method or "POST"
end

--- What is the same for all requests of an operation, without parameters and credentials.
---@param operation cloud.Operation
---@param target { scheme: string, host: string, port: integer? } where it goes
---@param limits { timeout: number?, connect_timeout: number?, ca_file: string? }
---@return table request as cloud.native.prepare takes it
function request.fixed(operation, target, limits)
  return {
    style = operation.style, signature = operation.signature or "ACS3", method = method_of(operation),
    scheme = target.scheme, host = target.host, port = target.port,
    action = operation.action, version = operation.version,
    timeout = limits.timeout, connect_timeout = limits.connect_timeout, ca_file = limits.ca_file,
  }
end

--- The parts of a request that carry the parameters of one call.
---@param operation cloud.Operation
---@param params table taken over: the parts may hold it
---@return { query: table, form: table?, json: string?, path: string? } parts for cloud.native.call
function request.parts(operation, params)
  local specs = operation.parameters or nothing
  if not operation.path and not needs_sorting(params, specs) then
    return { query = params }
  end
  local parts = sort_parameters(params, specs, operation.style == "RPC" and method_of(operation) == "POST")
  return {
    path = operation.path and fill_path(operation, parts.path or nothing), query = parts.query, form = parts.form,
    json = parts.json and json.encode(parts.json),
  }
end

return request
