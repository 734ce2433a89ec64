-- SPDX-License-Identifier: MIT
-- Digest, tokens, references, marks, and the session's reads that happen once.
local digest = require "engine.digest"
local marker = require "engine.marker"
local refs = require "model.refs"
local session = require "engine.session"
local task = require "task"
local test = require "spec"
local tokens = require "engine.tokens"

test("SHA-256 agrees with FIPS 180-4", function()
  test.equal(digest.sha256 "", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
  test.equal(digest.sha256 "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
  test.equal(digest.sha256(("a"):rep(1000)), "41edece42d63e8d9bf515a9ba6932e1c20cbc9f5a5d134645adb5db1b9737ea3")
  test.equal(digest.sha256 "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
    "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1")
end)

test("equal values have equal canonical texts, other values other ones", function()
  test.equal(digest.of { a = 1, b = { 1, 2 } }, digest.of { b = { 1, 2 }, a = 1 })
  test.truthy(digest.of { a = "1" } ~= digest.of { a = 1 })
  test.truthy(digest.of { a = { 1, 2 } } ~= digest.of { a = { 2, 1 } })
end)

test("a token depends on all of its parts and on nothing else", function()
  local token = tokens.token("n", "k", "Create", 0)
  test.match(token, "^" .. ("%x"):rep(64) .. "$")
  test.equal(tokens.token("n", "k", "Create", 0), token)
  for _, other in ipairs { tokens.token("m", "k", "Create", 0), tokens.token("n", "l", "Create", 0),
    tokens.token("n", "k", "Delete", 0), tokens.token("n", "k", "Create", 1) } do
    test.truthy(other ~= token)
  end
end)

test("references are filled in where they are known, and stay elsewhere", function()
  local value = { hop = refs.to("p", "id", "CreateX"), list = { refs.to("q", "id") } }
  local resolved, open = refs.resolve(value, function(key) return key == "p" and "pcc-1" or nil end)
  test.equal(resolved.hop, "pcc-1")
  test.truthy(refs.is(resolved.list[1]))
  test.equal(#open, 1)
  test.equal(tostring(value.hop), "(known after CreateX)")
end)

test("marks are read back from tags and descriptions", function()
  test.equal({ marker.of_tags(marker.tags("site", "peering:a:b")) }, { "site", "peering:a:b" })
  test.equal(marker.of_tags { { Key = "team", Value = "x" } }, nil)
  test.equal(marker.of_description(marker.description("site", "return")), "site")
  test.equal(marker.what(marker.description("site", "return")), "return")
  test.equal(marker.of_description "my own route", nil)
  test.equal(marker.of_description(nil), nil)
end)

test("a read runs once for all who ask, also while it runs; a failure is not kept", function()
  local s, runs = session.new { connect = function() end }, 0
  local values = task.map({ 1, 2, 3 }, function()
    return s:once("k", function()
      runs = runs + 1
      task.sleep(0.01)
      return "v"
    end)
  end)
  test.equal(values, { "v", "v", "v" })
  test.equal(runs, 1)
  s:forget "k"
  local ok = pcall(s.once, s, "k", function() error("no", 0) end)
  test.falsy(ok)
  test.equal(s:once("k", function() return 2 end), 2)
end)

test("calls that may change something are known by their verb", function()
  for action, mutating in pairs { DescribeVpcs = false, ListVpcEndpoints = false, GetVpcPeerConnectionAttribute = false,
    CheckProductOpen = false, CreateRouteEntry = true, DeleteVpcEndpoint = true, RunCommand = true,
    AuthorizeSecurityGroup = true } do
    test.equal(session.is_mutating(action), mutating, action)
  end
end)
