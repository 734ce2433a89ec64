-- SPDX-License-Identifier: MIT
-- The operation data: complete, well-formed, consistent with itself.
local catalogue = require "cloud.catalogue"
local test = require "spec"

local types <const> = { string = true, integer = true, boolean = true, list = true, object = true }
local places <const> = { form = true, path = true, json = true }
local known_keys <const> = {
  [1] = true, required = true, place = true, wire = true, min = true, max = true, min_length = true,
  max_length = true, min_items = true, max_items = true, enum = true, open = true, ascii = true,
  not_prefix = true, not_contains = true, start = true, deprecated = true, of = true, fields = true,
}

local function each_operation(visit)
  for _, code in ipairs(catalogue.products()) do
    local product = catalogue.product(code)
    for _, action in ipairs(catalogue.actions(product)) do
      visit(catalogue.operation(code, action), product)
    end
  end
end

local function check_parameter(where, spec)
  test.truthy(types[spec[1]], where .. ": type " .. tostring(spec[1]))
  for key in pairs(spec) do
    test.truthy(known_keys[key], where .. ": key " .. tostring(key))
  end
  test.truthy(spec.place == nil or places[spec.place], where .. ": place")
  test.truthy(not spec.min or not spec.max or spec.min <= spec.max, where .. ": min and max")
  for name, field in pairs(spec.fields or {}) do
    check_parameter(where .. "." .. name, field)
  end
end

test("every operation is described with known words only", function()
  local count = 0
  each_operation(function(operation)
    count = count + 1
    local where = operation.product .. "." .. operation.action
    test.truthy(operation.kind == "read" or operation.kind == "write", where .. ": kind")
    test.match(operation.version, "^%d%d%d%d%-%d%d%-%d%d$")
    test.truthy(operation.style == "RPC" or operation.style == "ROA", where .. ": style")
    for name, spec in pairs(operation.parameters) do
      check_parameter(where .. "." .. name, spec)
    end
  end)
  test.equal(count, 152)
end)

test("every operation with a ClientToken parameter says client_token, and the other way round", function()
  each_operation(function(operation)
    test.equal(operation.client_token or false, operation.parameters.ClientToken ~= nil,
      operation.product .. "." .. operation.action)
  end)
end)

test("paging names parameters that exist", function()
  each_operation(function(operation)
    local rule = operation.paging
    if rule then
      local where = operation.product .. "." .. operation.action
      test.truthy(operation.parameters[rule.cursor], where .. ": " .. rule.cursor)
      test.truthy(rule.size == nil or operation.parameters[rule.size], where .. ": size")
      test.truthy(rule.items, where .. ": items")
    end
  end)
end)

test("waits name operations, parameters and states that can be asked for", function()
  each_operation(function(operation)
    local rule = operation.wait
    if rule then
      local where = operation.product .. "." .. operation.action
      local poll = test.truthy(catalogue.operation(operation.product, rule.action), where .. ": " .. rule.action)
      for _, name in ipairs(rule["with"]) do
        local common = catalogue.common_parameters[name]
        test.truthy(poll.parameters[name] or common, where .. ": " .. rule.action .. " takes no " .. name)
      end
      test.truthy(rule.good or rule.gone, where .. ": nothing to wait for")
      test.truthy(rule.field or rule.items, where .. ": no field")
    end
  end)
end)

test("calls that change things never count as reads", function()
  each_operation(function(operation)
    local verb = operation.action:match "^%u%l+"
    if verb == "Describe" or verb == "List" or verb == "Get" then
      test.equal(operation.kind, "read", operation.action)
    elseif verb == "Create" or verb == "Delete" or verb == "Add" or verb == "Attach" or verb == "Modify" then
      test.equal(operation.kind, "write", operation.action)
    end
  end)
end)

test("near misses of products and actions are found", function()
  test.equal(catalogue.nearest_product "vpcper", "vpcpeer")
  test.equal(catalogue.nearest_action(catalogue.product "vpc", "DescribeVpc"), "DescribeVpcs")
  test.equal(catalogue.nearest_action(catalogue.product "vpc", "describevswitchs"), "DescribeVSwitches")
  test.equal(catalogue.nearest_action(catalogue.product "vpc", "MakeCoffee"), nil)
end)

test("other spellings of a product mean the same", function()
  test.equal(catalogue.product_code "VpcPeer", "vpcpeer")
  test.equal(catalogue.product_code "CEN", "cbn")
  test.equal(catalogue.product "nonsense", nil)
end)
