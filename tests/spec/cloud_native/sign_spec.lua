-- SPDX-License-Identifier: MIT
-- native.sign: what becomes of values, where parameters go, what is refused.
local json = require "json"
local native = require "cloud.native"
local test = require "spec"

local account = native.account { source = "keys", access_key_id = "testid", access_key_secret = "testsecret" }

local function sign(fields)
  local request = { host = "vpc.aliyuncs.com", action = "A", version = "2016-04-28", method = "POST" }
  for name, value in pairs(fields) do
    request[name] = value
  end
  return native.sign(account, request, true)
end

local function query(table)
  return sign({ query = table }).target:match "^/%??(.*)$"
end

test("scalars", function()
  test.equal(query { A = true, B = false, C = 7, D = 1.5, E = 100.0, F = "" }, "A=true&B=false&C=7&D=1.5&E=100&F=")
  test.equal(query { A = 1e21, B = 1e-7, C = 0.1, D = -0.000001 }, "A=1e%2B21&B=1e-7&C=0.1&D=-0.000001")
  test.equal(query { Uid = 1234567890123456 }, "Uid=1234567890123456")
end)

test("lists and tables", function()
  test.equal(query { Tag = { { Key = "a", Value = "b" }, { Key = "c" } } }, "Tag.1.Key=a&Tag.1.Value=b&Tag.2.Key=c")
  test.equal(query { A = { { "x" }, "y" } }, "A.1.1=x&A.2=y")
  test.equal(query { A = { b = { c = 1 } } }, "A.b.c=1")
end)

test("null keeps its index, empty tables give nothing", function()
  test.equal(query { A = { json.null, "second" } }, "A.2=second")
  test.equal(query { A = { nil, "second" } }, "A.2=second")
  test.equal(query { A = {}, B = json.null }, "")
end)

test("names sort by byte, not by number", function()
  local list = {}
  for index = 1, 11 do
    list[index] = index
  end
  test.equal(query { T = list }, "T.1=1&T.10=10&T.11=11&T.2=2&T.3=3&T.4=4&T.5=5&T.6=6&T.7=7&T.8=8&T.9=9")
  test.equal(query { a = 1, A = 1, Z = 1, _x = 1 }, "A=1&Z=1&_x=1&a=1")
end)

test("encoding is strict", function()
  test.equal(query { A = "a b+c*~!'()/网" }, "A=a%20b%2Bc%2A~%21%27%28%29%2F%E7%BD%91")
  test.equal(query { A = "\0\255" }, "A=%00%FF")
end)

test("a form is the body, an ordered list keeps its order", function()
  local signed = sign { form = { { "Z", 1 }, { "A", { "x" } } } }
  test.equal(signed.body, "Z=1&A.1=x")
  test.equal(signed.headers["content-type"], "application/x-www-form-urlencoded")
  test.equal(sign({ form = { Z = 1, A = 2 } }).body, "A=2&Z=1")
end)

test("no body, no content type", function()
  local signed = sign {}
  test.equal(signed.body, "")
  test.equal(signed.headers["content-type"], nil)
  test.equal(sign({ form = {} }).headers["content-type"], nil)
end)

test("JSON and bytes", function()
  test.equal(sign({ json = "{}" }).headers["content-type"], "application/json; charset=utf-8")
  test.equal(sign({ bytes = "x" }).headers["content-type"], "application/octet-stream")
end)

test("RPC V1 layouts", function()
  local fields = { signature = "V1", query = { A = 1 }, form = { B = 2 } }
  local mixed = sign(fields)
  test.match(mixed.target, "Signature=")
  test.equal(mixed.body, "B=2")
  fields.layout = "form"
  local form = sign(fields)
  test.equal(form.target, "/")
  test.match(form.body, "Signature=")
  fields.layout, fields.form, fields.method = nil, nil, "GET"
  test.match(sign(fields).target, "&Signature=")
end)

test("the token never reaches Lua", function()
  local sts = native.account { source = "keys", access_key_id = "STS.testid", access_key_secret = "testStsSecret",
    security_token = "CAIStesttoken" }
  for _, scheme in ipairs { "ACS3", "V1", "ROA2", "ODPS" } do
    for _, layout in ipairs { "query", "form" } do
      local request = { signature = scheme, layout = layout, host = "h", action = "A", version = "1" }
      local signed = native.sign(sts, request, true)
      test.truthy(#signed.string_to_sign > 10)
      test.falsy(json.encode(signed):find("CAIStesttoken", 1, true), scheme)
    end
  end
end)

test("what cannot be signed is refused", function()
  test.raises(function() sign { query = { A = print } } end, { kind = "input", match = "parameter A" })
  test.raises(function() sign { query = { A = { [1.5] = 1 } } } end, { kind = "input", match = "parameter A" })
  test.raises(function() sign { query = { A = 0 / 0 } } end, { kind = "input", match = "finite" })
  test.raises(function() sign { headers = { ["x-acs-a"] = "1\r\nevil: 1" } } end, { kind = "input" })
  test.raises(function() sign { host = "a/b" } end, { kind = "input" })
  test.raises(function() sign { signature = "V9" } end, { kind = "usage", match = "ACS3" })
  local loop = {}
  loop.a = loop
  test.raises(function() sign { query = loop } end, { kind = "input", match = "nested" })
end)

test("secrets may not come from Lua", function()
  test.raises(function()
    native.account { source = "keys", access_key_id = "LTAI5tReal", access_key_secret = "a-real-secret" }
  end, { kind = "usage", code = "SecretInLua" })
end)

test("a forgotten account signs no more", function()
  local gone = native.account { source = "keys", access_key_id = "testid", access_key_secret = "testsecret" }
  gone:forget()
  test.raises(function() native.sign(gone, { host = "h" }) end, { kind = "credentials", match = "forgotten" })
  test.equal(tostring(gone), "account (forgotten)")
end)

test("ROA V2 signs an encoded path as it is sent, V3 its canonical form", function()
  local path = "//a//%7Eb/%e7%bd%91/."
  local signed = sign { style = "ROA", signature = "ROA2", method = "GET", path = path }
  test.equal(signed.target, path)
  test.equal(signed.string_to_sign:match "[^\n]*$", path)
  test.equal(sign({ style = "ROA", method = "GET", path = path }).target, "//a//~b/%e7%bd%91/.")
end)

test("a base gives every field that the request does not name", function()
  local fixed = { timestamp = 1456231564, nonce = "n", host = "vpc.aliyuncs.com", port = 8443, action = "A",
    version = "2016-04-28", method = "PUT", style = "ROA", path = "/api/a", headers = { ["x-acs-one"] = "1" },
    user_agent = "u", json = '{"a":1}', signature = "ROA2", content_md5 = true }
  local base = native.prepare(fixed)
  test.equal(native.sign(account, { base = base }, true), native.sign(account, fixed, true))
  for _, change in ipairs {
    { query = { B = 2 } }, { method = "GET", path = "/b" }, { signature = "ACS3", query = { A = 1 } }, { json = "{}" },
    { host = "ecs.aliyuncs.com" }, { host = "ecs.aliyuncs.com", port = 81 }, { headers = { ["x-acs-two"] = "2" } },
    { content_md5 = false }, { timestamp = 1 }, { nonce = "other" }, { region = "r", signature = "ODPS" },
  } do
    local whole = {}
    for name, value in pairs(fixed) do
      whole[name] = value
    end
    if change.host and not change.port then
      whole.port = nil -- a port belongs to its host
    end
    for name, value in pairs(change) do
      whole[name] = value
    end
    change.base = base
    test.equal(native.sign(account, change, true), native.sign(account, whole, true))
  end
end)

test("a base is what native.prepare made, and lives as long as it is used", function()
  test.raises(function() native.sign(account, { base = {}, host = "h" }) end, { match = "prepared" })
  test.raises(function() native.prepare { host = "h", style = "SOAP" } end, { kind = "usage", match = "SOAP" })
  local fixed = { host = "kept" .. ".invalid", action = ("x"):rep(100), nonce = "n", timestamp = 1 }
  local request = { base = native.prepare(fixed) }
  collectgarbage()
  local first = native.sign(account, request, true)
  for _ = 1, 100 do
    native.prepare { host = "other.invalid", action = ("y"):rep(100) }
  end
  collectgarbage()
  test.equal(native.sign(account, request, true), first)
  test.match(first.url, "kept.invalid")
end)
