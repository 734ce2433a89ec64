-- SPDX-License-Identifier: MIT
-- From flat text (Name, Name.1, Name.1.Field) to typed parameters, checked against the published
-- facts in sandbox.operations. The first thing that is wrong is raised with the product's own code.

local failure = require "sandbox.failure"

local parameters = {}

-- Codes that do not follow the naming rules below.
local special = {
  Type = { "InvalidCmdType.NotFound", "IllegalParam.Type" },
  ResourceType = { "InvalidInstanceType.NotFound", "ParameterIllegal.ResourceType" },
  Timeout = { "InvalidTimeout.ExceedLimit" },
  Priority = { "InvalidPriority.ValueNotSupported", "InvalidPriority.Malformed" },
  PortRange = { "InvalidPortRange.Malformed", "InvalidParam.PortRange" },
  NextHopType = { "InvalidNextHopType" },
  NewNextHopType = { "OperationDenied.IllegalNewNextHopType" },
  VpcNameDescription = { "InvalidVpcDiscription.Malformed" },
  Description = { "InvalidVpcDiscription.Malformed", "InvalidDescription.Malformed",
    "InvalidSecurityGroupDiscription.Malformed", "InvalidParameter.Description.Malformed" },
  UserName = { "Username.ExceedLimit" },
  Username = { "Username.ExceedLimit" },
  Name = { "CmdName.ExceedLimit", "ParameterIllegal.Name" },
  NetworkAclName = { "ParameterLengthIllegal.Name" },
}

local too_many = {
  Tag = { "NumberExceed.Tags", "SizeLimitExceeded.TagNum", "QuotaExceeded.TagNum", "QuotaExceed.Tags",
    "InvalidTagCount", "QuotaExceed.TagsPerResource" },
  ResourceId = { "NumberExceed.ResourceIds", "SizeLimitExceeded.ResourceId" },
  ResourceARN = { "NumberExceed.ResourceIds" },
  InstanceId = { "InstanceIds.ExceedLimit", "InvalidParameter.TooManyInstanceIds" },
  ResourceTag = { "NumberExceed.ResourceTags" },
  VpcId = { "InvalidVpcIdNumber.NotSupported" },
  Zone = { "QuotaExceeded.epZonePerEndpoint" },
}

local function missing(operation, product, name, parent)
  local lower = name:sub(1, 1):lower() .. name:sub(2)
  local joined = (parent or "") .. name
  local code = failure.choose(operation, { "MissingParam." .. name, "MissingParam." .. lower, "Missing" .. name,
    "MissingParameter." .. joined, "MissingParameter." .. name, "ParameterMissing." .. name,
    "Missing" .. joined .. "Param", "MissingParameter" }, product == "Ecs" and "MissingParameter" or "Missing" .. name)
  failure.raise(code, ("Parameter %s is required."):format(parent and (parent .. ".N." .. name) or name))
end

---Raises the product's code for a malformed value.
---@param operation table
---@param product string
---@param name string parameter
---@param why string what is wrong, for the message
---@param parent? string list parameter that holds the field
function parameters.illegal(operation, product, name, why, parent)
  local joined = (parent or "") .. name
  local candidates = {}
  for _, code in ipairs(special[name] or {}) do candidates[#candidates + 1] = code end
  for _, x in ipairs { joined, name } do
    for _, form in ipairs { "IllegalParam.%s", "Invalid%s.ValueNotSupported", "Invalid%s.Malformed",
      "InvalidParameter.%s", "InvalidParam.%s", "Invalid%s.NotFound", "Illegal%sParam", "Invalid%s",
      "ParameterIllegal.%s", "InvalidParameter.%s.Malformed" } do
      candidates[#candidates + 1] = form:format(x)
    end
  end
  candidates[#candidates + 1] = "InvalidParameter"
  local fallback = product == "VpcPeer" and "IllegalParam." .. name or "InvalidParameter"
  failure.raise(failure.choose(operation, candidates, fallback), ("Parameter %s is not valid: %s."):format(name, why))
end

local function starts_with_letter(text)
  local first = utf8.codepoint(text, 1)
  return text:match("^%a") ~= nil or (first >= 0x3400 and first <= 0x9fff)
end

local function form_problem(form, text)
  if not starts_with_letter(text) then return "it has to start with a letter" end
  if form == "letter_first" then return nil end
  local allowed = form == "group_name" and "^[%w:_%.%-]$" or "^[%w_%-]$"
  for _, code in utf8.codes(text) do
    if code < 0x80 and not utf8.char(code):match(allowed) then return "it holds a character that is not allowed" end
  end
end

local function string_problem(row, text)
  local length = utf8.len(text)
  if not length then return "it is not UTF-8" end
  if row.min_length and length < row.min_length then return ("it is shorter than %d"):format(row.min_length) end
  if row.max_length and length > row.max_length then return ("it is longer than %d"):format(row.max_length) end
  for _, prefix in ipairs(row.not_prefix or {}) do
    if text:lower():sub(1, #prefix) == prefix then return ("it starts with %s"):format(prefix) end
  end
  for _, part in ipairs(row.not_contains or {}) do
    if text:lower():find(part, 1, true) then return ("it contains %s"):format(part) end
  end
  if row.form then return form_problem(row.form, text) end
  if row.numeric then
    local number = text:match("^%d+$") and tonumber(text)
    if not number or number < row.min or number > row.max then
      return ("it is not a number from %d to %d"):format(row.min, row.max)
    end
  end
end

local function enum_problem(row, value)
  for _, allowed in ipairs(row.enum) do
    if value == allowed then return nil, value end
    if row.any_case and type(value) == "string" and value:lower() == tostring(allowed):lower() then
      return nil, allowed
    end
  end
  return "it is not one of the allowed values"
end

local function integer_value(row, text)
  if not text:match("^%-?%d+$") then return nil, "it is not an integer" end
  local value = math.tointeger(tonumber(text))
  if not value then return nil, "it is too large" end
  if row[2] == "integer" and (value > 0x7fffffff or value < -0x80000000) then return nil, "it is too large" end
  if row.min and value < row.min then return nil, ("it is less than %d"):format(row.min) end
  if row.max and value > row.max then return nil, ("it is more than %d"):format(row.max) end
  return value
end

---@return any value, string? problem
local function scalar(row, text)
  local kind = row[2]
  if kind == "boolean" then
    if text == "true" then return true elseif text == "false" then return false end
    return nil, "it is neither true nor false"
  elseif kind == "integer" or kind == "int64" then
    local value, problem = integer_value(row, text)
    if problem then return nil, problem end
    if row.enum then problem = enum_problem(row, value) end
    return value, problem
  end
  local problem = string_problem(row, text)
  if problem then return nil, problem end
  if row.enum then
    local value
    problem, value = enum_problem(row, text)
    return value, problem
  end
  return text
end

-- Indices that occur as Name.N or Name.N.*, in order.
local function indices(flat, name)
  local seen, list = {}, {}
  for key in pairs(flat) do
    if key:sub(1, #name + 1) == name .. "." then
      local index = tonumber(key:match("^(%d+)", #name + 2))
      if index and index >= 1 and not seen[index] then
        seen[index] = true
        list[#list + 1] = index
      end
    end
  end
  table.sort(list)
  return list
end

local function check_count(context, row, count)
  if not row.max_items or count <= row.max_items then return end
  local name = row[1]
  for _, code in ipairs(too_many[name] or {}) do
    if failure.published(context.operation, code) then
      failure.raise(code, ("Parameter %s has %d items, more than %d."):format(name, count, row.max_items))
    end
  end
  parameters.illegal(context.operation, context.product, name,
    ("it has %d items, more than %d"):format(count, row.max_items))
end

local function read_strings(context, row, flat)
  local name = row[1]
  local values = {}
  if row.wire == "comma" then
    for item in (flat[name] or ""):gmatch("[^,]+") do values[#values + 1] = item end
    -- the repeated form is understood as well
  end
  for _, index in ipairs(indices(flat, name)) do
    local text = flat[name .. "." .. index]
    if text and text ~= "" then
      local value, problem = scalar({ name, "string", enum = row.enum }, text)
      if problem then parameters.illegal(context.operation, context.product, name, problem) end
      values[#values + 1] = value
    end
  end
  check_count(context, row, #values)
  return #values > 0 and values or nil
end

local function read_object(context, row, flat, index)
  local object = {}
  local prefix = row[1] .. "." .. index .. "."
  for _, field in ipairs(row.fields or {}) do
    local name = field[1]
    if field[2] == "strings" then
      object[name] = read_strings(context, { prefix .. name, "strings", enum = field.enum }, flat)
    else
      local text = flat[prefix .. name] or flat[prefix .. name:sub(1, 1):lower() .. name:sub(2)]
      if text and (text ~= "" or name == "Value") then
        local value, problem = scalar(field, text)
        if problem then parameters.illegal(context.operation, context.product, name, problem, row[1]) end
        object[name] = value
      elseif field.required then
        missing(context.operation, context.product, name, row[1])
      end
    end
  end
  return object
end

local function read_objects(context, row, flat)
  local list = indices(flat, row[1])
  check_count(context, row, #list)
  local values = {}
  for position, index in ipairs(list) do values[position] = read_object(context, row, flat, index) end
  return #values > 0 and values or nil
end

local function read(context, row, flat)
  local name, kind = row[1], row[2]
  if kind == "strings" then return read_strings(context, row, flat) end
  if kind == "objects" then return read_objects(context, row, flat) end
  local text = flat[name]
  if text == nil or text == "" then return nil end
  local value, problem = scalar(row, text)
  if problem then parameters.illegal(context.operation, context.product, name, problem) end
  return value
end

---Reads the declared parameters; unknown ones are ignored, as the real gateway does.
---@param product string
---@param operation table row of sandbox.operations
---@param flat table<string, string>
---@return table typed values by name
function parameters.read(product, operation, flat)
  local context = { product = product, operation = operation }
  local values = {}
  -- presence first, then form: that is the order of the checks
  for _, row in ipairs(operation.parameters) do
    if row.required then
      local present = flat[row[1]] ~= nil and flat[row[1]] ~= ""
      if row[2] == "strings" or row[2] == "objects" then present = present or #indices(flat, row[1]) > 0 end
      if not present then missing(operation, product, row[1]) end
    end
  end
  for _, row in ipairs(operation.parameters) do values[row[1]] = read(context, row, flat) end
  return values
end

---Splits a string parameter that holds a list.
---@param row table parameter row with `list`
---@param text string
---@param decode fun(text:string):any JSON decoder
---@return string[]? items, nil when the JSON is not an array of text
function parameters.split(row, text, decode)
  local items = {}
  if row.list == "comma" then
    for item in text:gmatch("[^,]+") do items[#items + 1] = item end
    return items
  end
  local ok, value = pcall(decode, text)
  if not ok or type(value) ~= "table" then return nil end
  for _, item in ipairs(value) do
    if type(item) ~= "string" then return nil end
    items[#items + 1] = item
  end
  return items
end

return parameters
