-- SPDX-License-Identifier: MIT
-- json_spec.lua: what survives decode and encode, and what is refused.
local test = require "spec"
local json = require "json"

local function kind(value)
  return math.type(value) or type(value)
end

test("integers stay integers", function()
  for _, text in ipairs { "0", "3000000000", "999999999999999", "1234567890123456", "9999999999999999",
    "1234567890123456789", "9223372036854775807", "-9223372036854775808" } do
    local value = json.decode(text)
    test.equal(kind(value), "integer")
    test.equal(json.encode(value), text)
    test.equal(json.encode(json.decode('{"id":[' .. text .. "]}")), '{"id":[' .. text .. "]}")
  end
end)

test("integers beyond 64 bits keep their digits", function()
  test.equal(json.decode("9223372036854775808"), "9223372036854775808")
  test.equal(json.decode("-9223372036854775809"), "-9223372036854775809")
  test.equal(json.decode("[123456789012345678901234567890]")[1], "123456789012345678901234567890")
end)

test("floats round trip", function()
  for _, number in ipairs { 0.1, 1 / 3, 1e300, 5e-324, -2.5, 123456.789, 1e16 + 0.0 } do
    test.equal(json.decode(json.encode(number)), number)
  end
  test.equal(kind(json.decode "2.0"), "integer")
  test.equal(json.encode(0.1), "0.1")
end)

test("empty arrays and objects stay apart", function()
  test.equal(json.encode(json.decode "[]"), "[]")
  test.equal(json.encode(json.decode "{}"), "{}")
  test.equal(json.encode(json.decode '{"a":[],"b":{},"c":[[],{}]}'), '{"a":[],"b":{},"c":[[],{}]}')
  test.truthy(json.is_array(json.decode "[]"))
  test.truthy(json.is_array(json.decode "[1]"))
  test.falsy(json.is_array(json.decode "{}"))
  test.equal(#json.decode "[]", 0)
  local emptied = json.decode "[1]"
  emptied[1] = nil
  test.equal(json.encode(emptied), "[]")
end)

test("array marks", function()
  test.equal(json.encode {}, "{}")
  test.equal(json.encode(json.array {}), "[]")
  test.equal(json.encode(json.array()), "[]")
  test.equal(json.encode { 1, 2 }, "[1,2]")
  test.truthy(json.is_array { 1 })
  test.falsy(json.is_array "x")
end)

test("null is absent in objects unless asked", function()
  test.equal(json.decode '{"a":null,"b":1}', { b = 1 })
  local kept = json.decode('{"a":null}', { null = true })
  test.equal(kept.a, json.null)
  test.equal(json.encode(kept), '{"a":null}')
  local list = json.decode "[null,1,null]"
  test.equal(#list, 3)
  test.equal(list[1], json.null)
  test.equal(json.encode(list), "[null,1,null]")
  test.equal(json.decode "null", json.null)
end)

test("strings are exact", function()
  local text = json.decode [["\u0000\u001f\"\\\/\b\f\n\r\t\u20ac\ud83d\ude00é"]]
  test.equal(text, "\0\31\"\\/\b\f\n\r\t€😀é")
  test.equal(json.decode(json.encode(text)), text)
  test.equal(json.encode "a/b", '"a/b"')
  test.equal(json.encode "\1\127", '"\\u0001\127"')
  test.equal(json.decode '{"1234567890123456":"1234567890123456"}', { ["1234567890123456"] = "1234567890123456" })
end)

test("keys are sorted by bytes", function()
  test.equal(json.encode { b = 1, a = 2, B = 3, aa = 4, [""] = 5 }, '{"":5,"B":3,"a":2,"aa":4,"b":1}')
end)

test("indentation", function()
  test.equal(json.encode({ a = { 1, 2 }, b = {}, c = json.array() }, { indent = 2 }),
    '{\n  "a": [\n    1,\n    2\n  ],\n  "b": {},\n  "c": []\n}')
  test.equal(json.encode({ 1 }, { indent = true }), "[\n  1\n]")
end)

test("bad texts are refused with their place", function()
  local cases = {
    { "", 1 }, { "[1,]", 4 }, { "NaN", 1 }, { "0x1F", 2 }, { '"\\ud800"', 2 }, { '"\xff"', 2 },
    { "[1] x", 5 }, { "1e400", 1 }, { '{"a":1,"b"}', 11 }, { "[\0]", 2 },
  }
  for _, case in ipairs(cases) do
    local err = test.raises(function() json.decode(case[1]) end, { kind = "input", code = "InvalidJson" })
    test.equal(err.offset, case[2])
    test.match(tostring(err), "byte " .. case[2])
  end
end)

test("limits on depth and size", function()
  local deep = ("["):rep(129) .. ("]"):rep(129)
  test.raises(function() json.decode(deep) end, { code = "InvalidJson", match = "nested" })
  test.truthy(json.decode(deep, { max_depth = 129 }))
  test.raises(function() json.decode("[1,2,3]", { max_size = 6 }) end, { code = "InvalidJson", match = "larger" })
  local deepest = ("["):rep(1000) .. ("]"):rep(1000)
  test.truthy(json.decode(deepest, { max_depth = 5000 }))
  test.raises(function() json.decode("[" .. deepest .. "]", { max_depth = 5000 }) end, { code = "InvalidJson" })
end)

test("what has no JSON form is refused with its place", function()
  test.raises(function() json.encode { a = { print } } end, { code = "InvalidJson", match = "%.a%[1%]" })
  test.raises(function() json.encode { x = 0 / 0 } end, { code = "InvalidJson", match = "finite" })
  test.raises(function() json.encode { x = 1 / 0 } end, { code = "InvalidJson", match = "%.x" })
  test.raises(function() json.encode { 1, a = 2 } end, { code = "InvalidJson", match = "keys" })
  test.raises(function() json.encode { [1] = 1, [3] = 3 } end, { code = "InvalidJson" })
  test.raises(function() json.encode "\xff" end, { code = "InvalidJson", match = "UTF%-8" })
  test.raises(function() json.encode(json.array { a = 1 }) end, { code = "InvalidJson" })
  local loop = {}
  loop.loop = loop
  test.raises(function() json.encode(loop) end, { code = "InvalidJson", match = "itself" })
end)

test("a reply of a megabyte survives", function()
  local list = {}
  for i = 1, 4000 do
    list[i] = { VpcId = "vpc-" .. i, OwnerId = 1234567890123456 + i, Tags = json.array(), Name = ("é"):rep(50) }
  end
  local text = json.encode { Vpcs = { Vpc = list }, TotalCount = 4000 }
  test.truthy(#text > 600000)
  test.equal(json.encode(json.decode(text)), text)
end)

test("try_decode gives what is wrong instead of raising it", function()
  test.equal(json.try_decode '{"a":[1,null]}', { a = { 1, json.null } })
  test.equal(json.try_decode "null", json.null)
  test.equal(json.try_decode("[[1]]", { max_depth = 2 }), { { 1 } })
  local value, err = json.try_decode "<html>"
  test.equal(value, nil)
  test.equal({ err.kind, err.code, err.offset }, { "input", "InvalidJson", 1 })
  value, err = json.try_decode("[[1]]", { max_depth = 1 })
  test.equal({ value, err.offset }, { nil, 2 })
  test.raises(function() json.try_decode(nil) end, {})
  test.equal(json.decode "[2]", { 2 })
end)
