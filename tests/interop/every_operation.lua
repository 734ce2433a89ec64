-- SPDX-License-Identifier: MIT
-- Calls every catalogued operation once with all its parameters, against PEERWAY_ENDPOINT, and prints what it
-- meant to send as JSON lines; tests/interop/compare.py checks that this is what arrived.
local cloud = require "cloud"
local json = require "json"

-- Signs that need care in encodings, a combining accent, and an emoji.
local difficult <const> = "x y+/=~*'()!&?#%25-ä-e\u{301}-中-\u{1F600}"

local value_of

local function text_of(spec, name)
  if spec.enum then
    return spec.enum[1]
  elseif spec.wire == "json" then
    return { "a-1", "b 2" }
  elseif spec.wire == "comma" then
    return "a,b"
  elseif spec.ascii or name:find "Token" then
    return "token-" .. name
  end
  local text = spec.start == "letter" and "n" .. difficult or difficult
  if spec.max_length and utf8.len(text) > spec.max_length then
    text = text:sub(1, utf8.offset(text, spec.max_length + 1) - 1)
  end
  return text .. ("z"):rep((spec.min_length or 0) - utf8.len(text))
end

local function fields_of(fields)
  local item = {}
  for name, spec in pairs(fields) do
    item[name] = value_of(spec, name)
  end
  return item
end

local function list_of(spec, name)
  local list = {}
  for i = 1, math.min(spec.max_items or 2, 2) do
    list[i] = spec.fields and fields_of(spec.fields) or value_of({ spec.of or "string" }, name)
  end
  return list
end

function value_of(spec, name)
  if spec[1] == "string" then
    return text_of(spec, name)
  elseif spec[1] == "integer" then
    return math.max(spec.min or 0, math.min(spec.max or math.maxinteger, 1234567890123456))
  elseif spec[1] == "boolean" then
    return name:byte() % 2 == 0
  elseif spec[1] == "list" then
    return list_of(spec, name)
  end
  return { ["a key"] = "ä value", n = 1 }
end

-- What compare.py has to know of the parameters: place in the request, and packing.
local function layout_of(parameters)
  local layout = {}
  for name, spec in pairs(parameters) do
    layout[name] = { place = spec.place, wire = spec.wire, type = spec[1] }
  end
  return layout
end

local count = 0
for _, code in ipairs(cloud.catalogue.products()) do
  local client = cloud.client { product = code, region = "eu-central-1" }
  for _, action in ipairs(cloud.catalogue.actions(cloud.catalogue.product(code))) do
    local operation = cloud.catalogue.operation(code, action)
    local params = fields_of(operation.parameters)
    client:call(action, params, { retry = false })
    count = count + 1
    print(json.encode { product = code, action = action, version = operation.version, style = operation.style,
      path = operation.path, params = params, specs = layout_of(operation.parameters),
      anonymous = operation.signature == "anonymous" })
  end
end
io.stderr:write(("called %d operations\n"):format(count))
