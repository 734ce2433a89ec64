-- SPDX-License-Identifier: MIT
-- The recorded requests of the official clients once more, through the Lua binding: the nested parameters are
-- flattened in C, and the signature must be the client's own.
local fs = require "fs"
local json = require "json"
local native = require "cloud.native"
local test = require "spec"

local function decode(text)
  return (text:gsub("%%(%x%x)", function(hex) return string.char(tonumber(hex, 16)) end))
end

local function parse(line)
  local vector = { headers = {} }
  for field in line:gmatch "[^\t]+" do
    local name, value = field:match "^([^=]+)=(.*)$"
    if name == "h" then
      local header, content = value:match "^([^:]+):(.*)$"
      vector.headers[decode(header):lower()] = decode(content)
    else
      vector[name] = decode(value)
    end
  end
  return vector
end

local function vectors(file)
  local list = {}
  for line in fs.read(file):gmatch "[^\n]+" do
    if line:sub(1, 1) ~= "#" then
      list[#list + 1] = parse(line)
    end
  end
  return list
end

-- The client's own query parameters that are no part of the call.
local envelope <const> = { "Action", "Format", "Version", "Timestamp", "SignatureNonce", "SignatureMethod",
  "SignatureVersion", "AccessKeyId", "SecurityToken", "Signature" }

local secrets <const> = { testsecret = true, testStsSecret = true, YourAccessKeySecret = true }

local function parameters_of(target)
  local found = {}
  for name, value in (target:match "%?(.*)" or ""):gmatch "([^&=]+)=([^&]*)" do
    found[decode(name)] = decode((value:gsub("%+", " ")))
  end
  return found
end

local function request_of(vector)
  local headers = {}
  for name, value in pairs(vector.headers) do
    headers[name] = value
  end
  headers.authorization = nil
  local style, wire = vector.style or "RPC", parameters_of(vector.target)
  local query = json.decode(vector.nested)
  if vector.scheme == "rpc" then
    for _, name in ipairs(envelope) do
      query[name] = query[name] or wire[name]
    end
    query.Signature = nil
  end
  return {
    style = style, signature = vector.scheme == "rpc" and "V1" or "ACS3", method = vector.method,
    host = vector.headers.host, path = vector.target:match "^[^?]*", action = vector.headers["x-acs-action"],
    version = vector.headers["x-acs-version"], query = query, headers = headers, layout = vector.scheme == "rpc"
      and "query" or nil,
    bytes = vector.scheme ~= "rpc" and vector.body or nil, content_type = vector.headers["content-type"] or "",
    timestamp = tonumber(vector.time) // 1, nonce = vector.headers["x-acs-signature-nonce"],
  }
end

-- Keys with other secrets, tokens among them, are tried in the C test; here only published constants fit.
local function usable(vector)
  return vector.nested and secrets[vector.secret] and not vector.token
    and (vector.scheme == "acs3" or (vector.scheme == "rpc" and not vector.body))
end

local function check(file, at_least)
  local tried = 0
  for number, vector in ipairs(vectors(file)) do
    if usable(vector) then
      local account = native.account { source = "keys", access_key_id = vector.id, access_key_secret = vector.secret }
      local signed = native.sign(account, request_of(vector), true)
      local what = ("%s, request %d"):format(file, number)
      if vector.scheme == "rpc" then
        test.equal(parameters_of(signed.target).Signature, parameters_of(vector.target).Signature, what)
      else
        test.equal(signed.headers.Authorization, vector.headers.authorization, what)
      end
      account:forget()
      tried = tried + 1
    end
  end
  test.truthy(tried >= at_least, ("only %d requests of %s were tried"):format(tried, file))
end

test("nested parameters of the published examples are flattened and signed as documented", function()
  check("tests/data/sign_examples.txt", 2)
end)

test("nested parameters of recorded requests are flattened and signed as the official clients do", function()
  check("tests/data/sign_vectors.txt", 100)
  check("tests/data/sign_vectors_odd.txt", 100)
end)
