-- SPDX-License-Identifier: MIT
-- What is repeated, how often, how long, and what is not.
local clock = require "clock"
local cloud = require "cloud"
local errors = require "errors"
local skew = require "cloud.skew"
local test = require "spec"

local here = debug.getinfo(1, "S").source:match "^@(.*/)"
local fake = dofile(here .. "fake.lua")

-- Answers with the codes one after the other, then with success.
local function sequence(codes)
  return function(_, number)
    local code = codes[number]
    if type(code) == "function" then
      return code()
    end
    return code and fake.refusal(code) or fake.answer { RequestId = "R" }
  end
end

local function network(kind, code, phase)
  return function()
    errors.raise { kind = kind, code = code, phase = phase, message = "test: " .. code }
  end
end

local function endless(code, status)
  return function()
    return fake.refusal(code, status)
  end
end

test.simulated("busy, throttled, not ready and failing services are asked again", { seed = 3 }, function()
  for _, code in ipairs { "Throttling.User", "Throttling.Api", "SomeProduct.Throttling", "TaskConflict",
    "OperationConflict", "LastTokenProcessing", "IncorrectStatus.VpcPeer", "IncorrectVpcStatus", "SystemBusy",
    "ServiceUnavailable", "InternalError", "SignatureNonceUsed", "ConcurrentCallNotSupported" } do
    local requests = fake.install(sequence { code, code })
    fake.client("vpc"):DescribeVpcs {}
    test.equal(#requests, 3, code)
    test.equal(cloud.statistics().retries, 2)
  end
end)

test.simulated("what is wrong stays wrong: one try", {}, function()
  for _, code in ipairs { "InvalidCidrBlock.Overlapped", "Forbidden.RAM", "SignatureDoesNotMatch", "QuotaExceeded.Vpc",
    "IncorrectBusinessStatus.VpcPeer", "IdempotentParameterMismatch", "InvalidParameter" } do
    local requests = fake.install(endless(code))
    test.raises(function()
      fake.client("vpc"):DescribeVpcs {}
    end, { code = code })
    test.equal(#requests, 1, code)
  end
end)

test.simulated("an operation's own data decides first", {}, function()
  local requests = fake.install(endless "IncorrectStatus.VpcPeer")
  local err = test.raises(function()
    fake.client("vpcpeer"):AcceptVpcPeerConnection { InstanceId = "pcc-1" }
  end, { code = "IncorrectStatus.VpcPeer" })
  test.equal(#requests, 1)
  test.match(err.hint, "accepted, rejected or expired")
  requests = fake.install(sequence { "OperationFailed.CidrInUse" })
  fake.client("vpc"):UnassociateVpcCidrBlock { VpcId = "vpc-1", SecondaryCidrBlock = "10.0.0.0/24" }
  test.equal(#requests, 2)
end)

test.simulated("HTTP statuses count only where there is no known code", {}, function()
  local requests = fake.install(function(_, number)
    return number == 1 and fake.answer("<html>", 502, { ["content-type"] = "text/html" })
      or number == 2 and fake.refusal("Odd.Code", 429) or number == 3 and fake.refusal("Odd.Code", 500)
      or fake.answer { RequestId = "R" }
  end)
  fake.client("vpc"):DescribeVpcs {}
  test.equal(#requests, 4)
end)

test.simulated("every attempt is a request of its own with the same ClientToken", {}, function()
  local requests = fake.install(sequence { "InternalError", "TaskConflict" })
  fake.client("vpc"):CreateVpc { CidrBlock = "10.0.0.0/8" }
  test.equal(#requests, 3)
  test.equal(requests[2].query.ClientToken, requests[1].query.ClientToken)
  test.equal(requests[3].query.ClientToken, requests[1].query.ClientToken)
end)

test.simulated("an unknown outcome without ClientToken is never repeated", {}, function()
  for _, case in ipairs { endless("InternalError", 500), network("timeout", "Timeout", "answer"),
    network("network", "CutAnswer", "answer"), network("network", "EmptyAnswer", "wait") } do
    local requests = fake.install(case)
    local err = test.raises(function()
      fake.client("vpc"):DeleteRouteEntry { RouteEntryId = "rte-1" }
    end)
    test.equal(#requests, 1)
    test.equal(err.outcome, "unknown")
    test.match(err.hint, "read the object before repeating")
  end
  local requests = fake.install(sequence { "InternalError" })
  fake.client("vpc"):call("DeleteRouteEntry", { RouteEntryId = "rte-1" }, { idempotent = true })
  test.equal(#requests, 2)
end)

test.simulated("what certainly did not arrive is repeated always", {}, function()
  for _, phase in ipairs { "resolve", "connect", "tls" } do
    local requests = fake.install(sequence { network("network", "ConnectFailed", phase) })
    fake.client("vpc"):DeleteRouteEntry { RouteEntryId = "rte-1" }
    test.equal(#requests, 2)
  end
  local requests = fake.install(sequence { "TaskConflict" })
  fake.client("vpc"):DeleteRouteEntry { RouteEntryId = "rte-1" }
  test.equal(#requests, 2)
end)

test.simulated("bad certificates and refused requests are final", {}, function()
  for _, code in ipairs { "CertificateRejected", "RedirectRefused", "TooLarge", "PlainRefused" } do
    local requests = fake.install(network("network", code, "tls"))
    test.raises(function()
      fake.client("vpc"):DescribeVpcs {}
    end, { kind = "network", code = code })
    test.equal(#requests, 1)
  end
end)

test.simulated("errors that are not the network's pass through untouched", {}, function()
  local requests = fake.install(function()
    errors.raise { kind = "credentials", code = "NoCredentials", message = "none" }
  end)
  test.raises(function()
    fake.client("vpc"):DescribeVpcs {}
  end, { kind = "credentials", code = "NoCredentials" })
  test.equal(#requests, 1)
end)

test.simulated("the deadline ends everything, and the error says so", { seed = 5 }, function()
  local requests = fake.install(endless "TaskConflict")
  local started = clock.monotonic()
  local err = test.raises(function()
    fake.client("vpc", { timeout = 60 }):DescribeVpcs {}
  end, { code = "TaskConflict", match = "the deadline of 60 s is reached" })
  local seconds = clock.monotonic() - started
  test.truthy(seconds <= 60 and seconds > 20, seconds)
  test.equal(err.attempts, #requests)
  test.equal(err.outcome, "not done")
end)

test.simulated("waits grow with full jitter and stay below 20 s", { seed = 7 }, function()
  local waits = {}
  fake.install(endless "TaskConflict")
  local client = fake.client("vpc", { timeout = 600, on_retry = function(_, wait, attempt)
    waits[attempt] = wait
  end })
  pcall(client.call, client, "DescribeVpcs", {})
  test.truthy(#waits > 20)
  local longest = 0
  for attempt, wait in ipairs(waits) do
    test.truthy(wait >= 0 and wait <= math.min(20, 2 ^ (attempt - 1)), wait)
    longest = math.max(longest, wait)
  end
  test.truthy(longest > 10, longest)
end)

test.simulated("not ready objects are given up after two minutes", {}, function()
  fake.install(endless "IncorrectVpcStatus")
  local started = clock.monotonic()
  test.raises(function()
    fake.client("vpc"):DescribeVpcs {}
  end, { code = "IncorrectVpcStatus", match = "gave up after" })
  test.truthy(clock.monotonic() - started <= 120)
end)

test.simulated("the cloud's own wait is obeyed", {}, function()
  local requests = fake.install(function(_, number)
    return number == 1 and fake.refusal("Throttling.User", 400, { ["x-acs-retry-after"] = "7000" })
      or fake.answer { RequestId = "R" }
  end)
  local started = clock.monotonic()
  fake.client("vpc"):DescribeVpcs {}
  test.equal(#requests, 2)
  local seconds = clock.monotonic() - started
  test.truthy(seconds >= 7 and seconds < 9, seconds)
end)

test.simulated("retry = false means one try", {}, function()
  local requests = fake.install(endless "TaskConflict")
  test.raises(function()
    fake.client("vpc"):call("DescribeVpcs", {}, { retry = false })
  end, { code = "TaskConflict" })
  test.equal(#requests, 1)
end)

test.simulated("the budget of 500 tokens stops a storm: 5 a retry, 10 a timeout", {}, function()
  local account = setmetatable({}, { __name = "storm" })
  local requests = fake.install(endless("ServiceUnavailable", 503))
  local refused = 0
  for _ = 1, 40 do
    local client = fake.client("vpc", { account = account, timeout = 120 })
    local err = test.raises(function()
      client:DescribeVpcs {}
    end, { code = "ServiceUnavailable" })
    refused = refused + ((err.gave_up or ""):find("budget", 1, true) and 1 or 0)
  end
  test.equal(#requests, 40 + 100, "40 first tries and 500 / 5 repetitions")
  test.truthy(refused > 0)
  requests = fake.install(network("timeout", "Timeout", "answer"))
  account = setmetatable({}, { __name = "storm" })
  for _ = 1, 40 do
    pcall(function()
      fake.client("vpc", { account = account, timeout = 120 }):DescribeVpcs {}
    end)
  end
  test.equal(#requests, 40 + 50, "40 first tries and 500 / 10 repetitions")
end)

test.simulated("success gives tokens back; other accounts have their own", {}, function()
  local budget = require "cloud.budget"
  local account = setmetatable({}, { __name = "a" })
  local mine = budget.of(account, "vpc", "r")
  test.truthy(mine == budget.of(account, "vpc", "r"))
  test.truthy(mine ~= budget.of(account, "vpc", "other"))
  test.truthy(mine ~= budget.of(account, "ecs", "r"))
  test.truthy(mine ~= budget.of(setmetatable({}, { __name = "b" }), "vpc", "r"))
  test.truthy(mine:take(500))
  test.falsy(mine:take(5))
  mine:succeeded(5)
  test.truthy(mine:take(5))
  mine:succeeded(0)
  test.equal(mine.tokens, 1)
end)

test.simulated("the clock is corrected once, from an authenticated answer", { wall = 1767225600 }, function()
  local function expired()
    return fake.refusal("InvalidTimeStamp.Expired", 400, { date = "Thu, 01 Jan 2026 01:00:00 GMT" })
  end
  local requests = fake.install(function(request)
    return request.clock_offset and fake.answer { RequestId = "R" } or expired()
  end)
  fake.client("vpc"):DescribeVpcs {}
  fake.client("vpc"):DescribeVpcs {}
  test.equal(#requests, 3, "refused once, then right, then right at once")
  test.near(requests[2].clock_offset, 3600, 5)
  requests = fake.install(expired)
  test.raises(function()
    fake.client("vpc"):DescribeVpcs {}
  end, { code = "InvalidTimeStamp.Expired", match = "set this machine's clock" })
  test.equal(#requests, 2, "a second refusal is final")
end)

test("HTTP dates", function()
  test.equal(skew.parse_date "Sun, 06 Nov 1994 08:49:37 GMT", 784111777)
  test.equal(skew.parse_date "Thu, 29 Feb 2024 23:59:59 GMT", 1709251199)
  test.equal(skew.parse_date "Thu, 01 Jan 1970 00:00:00 GMT", 0)
  test.equal(skew.parse_date "yesterday", nil)
  test.equal(skew.parse_date(nil), nil)
end)


test.simulated("expired temporary credentials are fetched anew, once", {}, function()
  local transport = require "cloud.transport"
  local requests = fake.install(sequence { "InvalidSecurityToken.Expired" })
  local expired = 0
  local real = transport.expire
  local _ <close> = setmetatable({}, { __close = function()
    transport.expire = real
  end })
  transport.expire = function()
    expired = expired + 1
  end
  fake.client("vpc"):DescribeVpcs {}
  test.equal({ #requests, expired }, { 2, 1 })
  requests = fake.install(endless "InvalidSecurityToken.Expired")
  test.raises(function()
    fake.client("vpc"):DescribeVpcs {}
  end, { kind = "credentials", code = "InvalidSecurityToken.Expired" })
  test.equal({ #requests, expired }, { 2, 2 })
end)

test.simulated("the cloud's wait is obeyed for every class", {}, function()
  fake.install(function(_, number)
    return number == 1 and fake.refusal("ServiceUnavailable", 503, { ["x-acs-retry-after"] = "9000" })
      or fake.answer { RequestId = "R" }
  end)
  local started = clock.monotonic()
  fake.client("vpc"):DescribeVpcs {}
  test.truthy(clock.monotonic() - started >= 9)
end)

test("the clock is learnt from authenticated answers only", function()
  local response = { headers = { date = "Thu, 01 Jan 2026 01:00:00 GMT" } }
  skew.forget()
  test.falsy(skew.learn(response, false))
  test.equal(skew.seconds(), 0)
  test.falsy(skew.learn({ headers = {} }, true))
  test.truthy(skew.learn(response, true))
  test.falsy(skew.learn(response, true))
  skew.forget()
end)
