-- SPDX-License-Identifier: MIT
-- Damaged and malicious answers: whatever comes, it is a body, or an error with a code; nothing else.
local answer = require "cloud.answer"
local catalogue = require "cloud.catalogue"
local errors = require "errors"
local json = require "json"
local path = require "cloud.path"
local random = require "random"
local test = require "spec"

local here = debug.getinfo(1, "S").source:match "^@(.*/)"
local fake = dofile(here .. "fake.lua")

local seeds <const> = {
  '{"Code":"Throttling.User","Message":"m","RequestId":"R","AccessDeniedDetail":{"AuthAction":"a"}}',
  '{"RequestId":"R","TotalCount":2,"Vpcs":{"Vpc":[{"VpcId":"v","Tags":[{"Key":"a","Value":"b"}]}]},"NextToken":"x"}',
  '<?xml version="1.0"?><Error><Code>NoSuchObject</Code><Message>a &lt;b&gt;</Message></Error>',
  '{"httpCode":404,"errorCode":"E","errorMsg":"m","data":null}',
}
local pieces <const> = {
  "{", "}", "[", "]", "\"", ":", ",", "null", "1e999", "\0", "\xff", "<Code>", "</Code>", "&#", "-",
  '"Code":', '"NextToken":', "0x", "\\u0000", "\\ud800", "[[[[[[[[" }

local function damaged(text)
  for _ = 1, random.integer(1, 4) do
    local at = random.integer(1, #text)
    local kind = random.integer(1, 3)
    if kind == 1 then
      text = text:sub(1, at)
    elseif kind == 2 then
      text = text:sub(1, at - 1) .. pieces[random.integer(1, #pieces)] .. text:sub(at)
    else
      text = text:sub(1, at - 1) .. string.char(random.integer(0, 255)) .. text:sub(at + 1)
    end
    if text == "" then
      return "{"
    end
  end
  return text
end

test.simulated("ten thousand damaged answers", { seed = 42 }, function()
  local operation = catalogue.operation("vpc", "DescribeVpcs")
  local bodies, failures = 0, 0
  for _ = 1, 10000 do
    local text = damaged(seeds[random.integer(1, #seeds)])
    local status = ({ 200, 200, 400, 403, 404, 500, 502, 302 })[random.integer(1, 8)]
    local body, failure = answer.read { status = status, headers = {}, body = text }
    if body then
      bodies = bodies + 1
      test.equal(type(body), "table")
      test.equal(status, 200)
    else
      failures = failures + 1
      test.equal({ type(failure.code), failure.http_status }, { "string", status })
      failure.class = "final"
      test.equal(type(tostring(answer.error({ operation = operation }, failure))), "string")
    end
  end
  test.truthy(bodies > 20 and failures > 5000, bodies)
end)

test.simulated("lists in damaged pages come whole or not at all", { seed = 43 }, function()
  local whole, refused = 0, 0
  for _ = 1, 500 do
    fake.install(function(_, number)
      return fake.answer(number == 1 and damaged(seeds[2]) or '{"RequestId":"R","TotalCount":2,"Vpcs":{"Vpc":[]}}')
    end)
    local fine, result = pcall(function()
      return fake.client("vpc", { timeout = 1 }):all "DescribeVpcs"
    end)
    if fine then
      whole = whole + 1
      test.equal(type(result), "table")
    else
      refused = refused + 1
      test.truthy(errors.is(result), tostring(result))
    end
  end
  test.truthy(whole > 0 and refused > 100, whole)
end)

test("deep nesting and huge numbers stay bounded", function()
  local deep = ("["):rep(100000)
  local _, failure = answer.read { status = 200, headers = {}, body = deep }
  test.equal(failure.code, "BadAnswer")
  local body = answer.read { status = 200, headers = {}, body = '{"AccountId":12345678901234567890,"N":1}' }
  test.equal(body.AccountId, "12345678901234567890")
  test.equal(path.get(json.decode "{}", "a.b[0].c[].d"), nil)
end)
