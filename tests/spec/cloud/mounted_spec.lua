-- SPDX-License-Identifier: MIT
-- The client with its real C half: requests signed, sent to mounted handlers, verified there.
local clock = require "clock"
local cloud = require "cloud"
local http = require "http"
local json = require "json"
local native = require "cloud.native"
local skew = require "cloud.skew"
local task = require "task"
local test = require "spec"
local transport = require "cloud.transport"

local key_id <const>, secret <const> = "LTAIsandboxdefault", "sandbox-default-secret-not-a-real-one"

local function account()
  return native.account { access_key_id = key_id, access_key_secret = secret }
end

local function ring()
  local keys = native.keyring()
  keys:add { access_key_id = key_id, secret = secret, account_uid = "1234567890123456" }
  return keys
end

local function reply(body, status)
  return { status = status or 200, headers = { ["content-type"] = "application/json;charset=utf-8" },
    body = json.encode(body) }
end

-- Mounts `respond` on the host of vpc in eu-central-1; what it gets is verified first.
local function mount(respond)
  transport.use(nil)
  skew.forget()
  local keys, seen = ring(), {}
  local door = http.mount("https://vpc.eu-central-1.aliyuncs.com", function(request)
    local identity, problem = native.verify(keys, request)
    seen[#seen + 1] = { identity = identity, problem = problem, headers = request.headers, query = request.query }
    if not identity then
      return reply({ Code = problem.code, Message = problem.message }, problem.http_status)
    end
    return respond(#seen, request)
  end)
  return seen, door
end

local function closing(door)
  return setmetatable({}, { __close = function()
    door:close()
  end })
end

local function client(options)
  options = options or {}
  options.product, options.region, options.account = "vpc", "eu-central-1", options.account or account()
  return cloud.client(options)
end

test("a signed call is verified and answered", function()
  local seen, door = mount(function()
    return reply { RequestId = "R", Vpcs = { Vpc = json.array {} }, TotalCount = 0 }
  end)
  local _ <close> = closing(door)
  test.equal(client():DescribeVpcs({ VpcName = "a b+c/ä*~" }).RequestId, "R")
  test.equal(seen[1].identity.account_uid, "1234567890123456")
  test.equal(seen[1].headers["x-acs-action"], "DescribeVpcs")
end)

test("every attempt has its own nonce and signature, all have one ClientToken", function()
  local seen, door = mount(function(number)
    if number < 4 then
      return number == 2 and reply({ Code = "InternalError", Message = "later" }, 500)
        or reply({ Code = "TaskConflict", Message = "later" }, 400)
    end
    return reply { RequestId = "R", VpcId = "vpc-1" }
  end)
  local _ <close> = closing(door)
  client():CreateVpc { CidrBlock = "10.0.0.0/8" }
  test.equal(#seen, 4)
  local nonces, signatures = {}, {}
  for _, one in ipairs(seen) do
    test.truthy(one.identity, "verified")
    test.equal(one.query:match "ClientToken=(%x+)", seen[1].query:match "ClientToken=(%x+)")
    nonces[one.headers["x-acs-signature-nonce"]] = true
    signatures[one.headers.authorization] = true
  end
  local count = 0
  for _ in pairs(nonces) do
    count = count + 1
  end
  for _ in pairs(signatures) do
    count = count + 1
  end
  test.equal(count, 8)
end)

test("lost answers: a call with a token is repeated, one without is not", function()
  local acted = 0
  local seen, door = mount(function(number)
    acted = acted + 1
    if number == 1 then
      return { status = 200, body = '{"RequestId":"R"}', fault = { kind = "drop" } }
    end
    return reply { RequestId = "R", VpcId = "vpc-1" }
  end)
  local _ <close> = closing(door)
  client():CreateVpc { CidrBlock = "10.0.0.0/8" }
  test.equal({ #seen, acted }, { 2, 2 })
  door:close()
  local others, second = mount(function()
    return { status = 200, body = '{"RequestId":"R"}', fault = { kind = "cut", bytes = 5 } }
  end)
  local _ <close> = closing(second)
  local err = test.raises(function()
    client():DeleteRouteEntry { RouteEntryId = "rte-1" }
  end, { kind = "network" })
  test.equal({ #others, err.outcome }, { 1, "unknown" })
end)

test("a clock that is an hour off is corrected from the cloud's date, once", function()
  local seen, door = mount(function() end)
  door:close()
  local later = math.floor(clock.wall()) + 3600
  door = http.mount("https://vpc.eu-central-1.aliyuncs.com", function(request)
    seen[#seen + 1] = request.headers["x-acs-date"]
    local right = seen[#seen] >= os.date("!%Y-%m-%dT%H:%M:%SZ", later - 60)
    local response = right and reply { RequestId = "R" }
      or reply({ Code = "InvalidTimeStamp.Expired", Message = "expired" }, 400)
    response.headers.date = os.date("!%a, %d %b %Y %H:%M:%S GMT", later)
    return response
  end)
  local _ <close> = closing(door)
  client():DescribeVpcs {}
  test.equal(#seen, 2)
  test.near(skew.seconds(), 3600, 3)
  client():DescribeVpcs {}
  test.equal(#seen, 3)
  skew.forget()
end)

test("a wrong secret is one attempt and exit code 7", function()
  local seen, door = mount(function()
    return reply { RequestId = "R" }
  end)
  local _ <close> = closing(door)
  local wrong = native.account { access_key_id = key_id, access_key_secret = "sandbox-partner-secret-not-a-real-one" }
  local err = test.raises(function()
    client({ account = wrong }):DescribeVpcs {}
  end, { kind = "credentials", code = "SignatureDoesNotMatch" })
  test.equal({ #seen, err.attempts }, { 1, 1 })
  test.equal(require("errors").exit_code(err), 7)
end)

test("many calls at once share what they have to", function()
  local at_once, most = 0, 0
  local _, door = mount(function()
    at_once = at_once + 1
    most = math.max(most, at_once)
    task.sleep(0.005)
    at_once = at_once - 1
    return reply { RequestId = "R", TotalCount = 0, Vpcs = { Vpc = json.array {} } }
  end)
  local _ <close> = closing(door)
  local shared = client()
  local list = {}
  for i = 1, 200 do
    list[i] = i
  end
  local results = task.map(list, function()
    return shared:DescribeVpcs({}).RequestId
  end)
  test.equal(#results, 200)
  test.truthy(most >= 64 and most < 200, most)
end)

test("a cancelled caller leaves nothing behind", function()
  local _, door = mount(function()
    task.sleep(60)
    return reply { RequestId = "R" }
  end)
  local _ <close> = closing(door)
  local budget = require "cloud.budget"
  local handle = account()
  local shared = client { account = handle }
  local one = task.spawn(function()
    shared:DescribeVpcs {}
  end)
  task.sleep(0.05)
  test.equal(budget.of(handle, "vpc", "eu-central-1").in_flight, 1)
  one:cancel "test"
  one:result()
  test.equal(budget.of(handle, "vpc", "eu-central-1").in_flight, 0)
end)
