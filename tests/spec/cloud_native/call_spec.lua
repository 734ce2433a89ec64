-- SPDX-License-Identifier: MIT
-- native.call against a mounted handler: signing at the moment of sending, who may see what.
local http = require "http"
local json = require "json"
local native = require "cloud.native"
local task = require "task"
local test = require "spec"

local DEMO <const> = { source = "sandbox", access_key_id = "LTAIsandboxdefault",
  access_key_secret = "sandbox-default-secret-not-a-real-one" }

local function cloud_with(ring, seen)
  return http.mount("https://vpc.test.invalid", function(request)
    local caller, refusal = native.verify(ring, request)
    seen[#seen + 1] = request
    if not caller then
      return { status = refusal.http_status, body = json.encode { Code = refusal.code, Message = refusal.message } }
    end
    return { status = 200, headers = { ["content-type"] = "application/json" },
      body = json.encode { Uid = caller.account_uid, Protocol = caller.protocol } }
  end)
end

local function ring_of_demo()
  local ring = native.keyring()
  ring:add { access_key_id = DEMO.access_key_id, secret = DEMO.access_key_secret, account_uid = "1234567890123456" }
  return ring
end

local function call(account, change)
  local request = { host = "vpc.test.invalid", action = "DescribeVpcs", version = "2016-04-28", style = "RPC",
    signature = "ACS3", method = "POST", query = { RegionId = "eu-central-1", Name = "a b+c/网" } }
  for name, value in pairs(change or {}) do
    request[name] = value
  end
  return native.call(account, request)
end

local function both(name, fn)
  test(name .. " (real world)", fn)
  test.simulated(name .. " (simulated world)", { seed = 3 }, fn)
end

both("a signed call is accepted, in every style", function()
  local seen = {}
  local _ <close> = cloud_with(ring_of_demo(), seen)
  local account = native.account(DEMO)
  local changes = {
    {}, { method = "GET" }, { form = { Name = "x y", List = { 1, 2 } } },
    { signature = "V1" }, { signature = "V1", method = "GET" }, { signature = "V1", form = { A = "*" } },
    { signature = "ROA2", style = "ROA", path = "/a%20b/c", json = '{"a":1}', method = "PUT", content_md5 = true },
    { style = "ROA", path = "/a/b", json = "{}", method = "PUT" }, { style = "ROA", path = "/a/b", method = "DELETE" },
    { signature = "ODPS", path = "/api/projects/p", method = "GET" },
    { signature = "ODPS", region = "eu-central-1", path = "/api/projects/p", method = "GET" },
  }
  for _, change in ipairs(changes) do
    local answer = call(account, change)
    test.equal(answer.status, 200, answer.body)
    test.equal(json.decode(answer.body).Uid, "1234567890123456")
  end
end)

both("calls at once have nonces of their own", function()
  local seen = {}
  local _ <close> = cloud_with(ring_of_demo(), seen)
  local account = native.account(DEMO)
  task.map({ 1, 2, 3, 4, 5, 6, 7, 8 }, function()
    test.equal(call(account).status, 200)
  end)
  local nonces = {}
  for _, request in ipairs(seen) do
    nonces[request.headers["x-acs-signature-nonce"]] = true
  end
  local count = 0
  for _ in pairs(nonces) do
    count = count + 1
  end
  test.equal(count, 8)
end)

test("clock_offset moves the date", function()
  local _ <close> = cloud_with(ring_of_demo(), {})
  local answer = call(native.account(DEMO), { clock_offset = 1000 })
  test.equal(json.decode(answer.body).Code, "InvalidTimeStamp.Expired")
end)

test("real credentials are not shown to a mounted handler", function()
  local seen = {}
  local _ <close> = cloud_with(ring_of_demo(), seen)
  local account = native.account { source = "keys", access_key_id = "testid", access_key_secret = "testsecret" }
  local answer, err = call(account)
  test.equal(answer, nil)
  test.equal({ err.kind, err.code, err.phase }, { "network", "SecretRefused", "start" })
  test.equal(#seen, 0)
end)

test("an anonymous call is not signed", function()
  local seen = {}
  local _ <close> = cloud_with(ring_of_demo(), seen)
  local answer = call(native.account { source = "anonymous" })
  test.equal(json.decode(answer.body).Code, "MissingAccessKeyId")
  test.equal(seen[1].headers.authorization, nil)
  test.match(seen[1].query, "Format=json")
end)

test("a bearer token stands for a signature", function()
  local ring, seen = native.keyring(), {}
  ring:add { access_key_id = "bearer", bearer = "sandbox-bearer-token", account_uid = "77" }
  local _ <close> = cloud_with(ring, seen)
  local answer = call(native.account { source = "bearer", bearer_token = "sandbox-bearer-token" })
  test.equal(json.decode(answer.body).Uid, "77")
  test.match(seen[1].query, "SignatureType=BEARERTOKEN")
end)

test("a call that is cancelled ends", function()
  local _ <close> = http.mount("https://vpc.test.invalid", function()
    return { fault = { kind = "stall" } }
  end)
  local account = native.account(DEMO)
  test.raises(function()
    task.timeout(0.05, function() call(account) end)
  end, { kind = "timeout" })
end)
