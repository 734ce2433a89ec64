-- SPDX-License-Identifier: MIT
-- Reading answers: JSON, XML, proxies' pages, errors inside a 200, and what kind of error each is.
local answer = require "cloud.answer"
local catalogue = require "cloud.catalogue"
local test = require "spec"

local here = debug.getinfo(1, "S").source:match "^@(.*/)"
local fake = dofile(here .. "fake.lua")

local operation = catalogue.operation("vpc", "DescribeVpcs")

local function failure_of(response)
  local body, failure = answer.read(response)
  test.equal(body, nil)
  return failure
end

test("a success is the decoded body", function()
  local body = answer.read(fake.answer { RequestId = "R", AccountId = 1234567890123456 })
  test.equal(body.AccountId, 1234567890123456)
end)

test("the envelope's fields", function()
  local failure = failure_of(fake.answer({ Code = "Forbidden.RAM", Message = "no", RequestId = "R",
    Recommend = "https://x", AccessDeniedDetail = { AuthAction = "vpc:DescribeVpcs", NoPermissionType = "ImplicitDeny",
    AuthPrincipalType = "SubUser", AuthPrincipalDisplayName = "joe", PolicyType = "AccountLevelIdentityBasedPolicy" } },
    403))
  test.equal({ failure.code, failure.message, failure.request_id, failure.recommend, failure.http_status },
    { "Forbidden.RAM", "no", "R", "https://x", 403 })
  test.match(failure.denied, "vpc:DescribeVpcs is ImplicitDeny for SubUser joe")
end)

test("lower-case envelopes and the request id header", function()
  local failure = failure_of(fake.answer({ code = "InvalidX", message = "m" }, 400, { ["x-acs-request-id"] = "H" }))
  test.equal({ failure.code, failure.message, failure.request_id }, { "InvalidX", "m", "H" })
end)

test("XML errors", function()
  local xml = '<?xml version="1.0"?><Error><RequestId>R</RequestId><Code>NoSuchObject</Code>'
    .. "<Message>a &lt;b&gt; &amp; c</Message></Error>"
  local failure = failure_of(fake.answer(xml, 404, { ["content-type"] = "text/xml" }))
  test.equal({ failure.code, failure.message, failure.request_id }, { "NoSuchObject", "a <b> & c", "R" })
end)

test("pages of a proxy, cut bodies, redirects and other noise are bad answers", function()
  for _, case in ipairs {
    { 502, "<html><body>Bad Gateway</body></html>", "BadAnswer" }, { 200, "<html>portal</html>", "BadAnswer" },
    { 200, '{"Vpcs":', "BadAnswer" }, { 200, "", "BadAnswer" }, { 200, "[1]x", "BadAnswer" },
    { 200, "17", "BadAnswer" }, { 302, "", "UnexpectedRedirect" }, { 304, "{}", "UnexpectedRedirect" },
    { 503, "{}", "HTTP503" },
  } do
    test.equal(failure_of(fake.answer(case[2], case[1])).code, case[3], case[2])
  end
end)

test("an error inside a 200", function()
  test.equal(failure_of(fake.answer({ Code = "SomeFailure", Message = "m" })).code, "SomeFailure")
  local inner = failure_of(fake.answer { httpCode = 404, errorCode = "ODPS-0420111", errorMsg = "m" })
  test.equal(inner.code, "ODPS-0420111")
  for _, code in ipairs { "OK", "200", "Success" } do
    test.truthy(answer.read(fake.answer { Code = code }))
  end
  test.truthy(answer.read(fake.answer { Code = 200 }))
end)

test("how long the cloud asks to wait", function()
  test.equal(failure_of(fake.refusal("Throttling", 400, { ["x-acs-retry-after"] = "1500" })).retry_after, 1.5)
  test.equal(failure_of(fake.refusal("Throttling.User", 400,
    { ["x-ratelimit-user"] = "Limit:1,Remain:0,TimeLeft:2000,Reset:1234" })).retry_after, 2.0)
  test.equal(failure_of(fake.refusal("Throttling")).retry_after, nil)
end)

test("kinds decide the exit code", function()
  local errors = require "errors"
  local function kind(code, status, class)
    local err = answer.error({ operation = operation, region = "r" },
      { code = code, http_status = status, class = class or "final" })
    return err.kind, errors.exit_code(err)
  end
  test.equal({ kind("Forbidden.RAM", 403) }, { "permission", 7 })
  test.equal({ kind("NoPermission", 403) }, { "permission", 7 })
  test.equal({ kind("Forbidden.NoPermission", 400) }, { "permission", 7 })
  test.equal({ kind("InvalidAccessKeyId.NotFound", 404) }, { "credentials", 7 })
  test.equal({ kind("InvalidSecurityToken.Expired", 400) }, { "credentials", 7 })
  test.equal({ kind("SignatureDoesNotMatch", 400) }, { "credentials", 7 })
  test.equal({ kind("Throttling.User", 400, "throttle") }, { "throttled", 1 })
  test.equal({ kind("InvalidCidrBlock.Overlapped", 400) }, { "cloud", 1 })
end)

test("the error text names what, where, why, the next step and the RequestId", function()
  local err = answer.error({ operation = operation, region = "eu-central-1", host = "vpc.eu-central-1.aliyuncs.com" },
    { code = "Forbidden.RAM", message = "User not authorized", http_status = 403, class = "final",
      request_id = "R-1", recommend = "https://api.example/x" })
  local text = tostring(err)
  for _, part in ipairs { "vpc DescribeVpcs in eu%-central%-1", "Forbidden%.RAM: User not authorized", "policy",
    "RequestId: R%-1", "https://api%.example/x" } do
    test.match(text, part)
  end
end)
