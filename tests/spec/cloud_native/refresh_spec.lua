-- SPDX-License-Identifier: MIT
-- Credentials that come over the network: metadata service, URI, AssumeRole, OIDC; refreshed once for all.
local clock = require "clock"
local fs = require "fs"
local http = require "http"
local json = require "json"
local native = require "cloud.native"
local task = require "task"
local test = require "spec"

local DEMO <const> = { source = "sandbox", access_key_id = "LTAIsandboxdefault",
  access_key_secret = "sandbox-default-secret-not-a-real-one" }
local ROLE <const> = "acs:ram::1234567890123456:role/reader"

local function issued(serial, seconds, extra)
  local answer = { AccessKeyId = "STS.sandbox" .. serial, AccessKeySecret = "sandbox-issued-" .. serial,
    SecurityToken = "sandbox-token-" .. serial, Expiration = clock.iso8601(clock.wall() + seconds) }
  for name, value in pairs(extra or {}) do
    answer[name] = value
  end
  return answer
end

local function reply(body, status)
  return { status = status or 200, headers = { ["content-type"] = "application/json" },
    body = type(body) == "string" and body or json.encode(body) }
end

-- STS that knows the demo key; counts the calls.
local function sts(options)
  local state = { calls = 0, requests = {} }
  local ring = native.keyring()
  ring:add { access_key_id = DEMO.access_key_id, secret = DEMO.access_key_secret }
  state.mount = http.mount(options.origin or "https://sts.aliyuncs.com", function(request)
    state.calls = state.calls + 1
    state.requests[#state.requests + 1] = request
    if options.wait then
      task.sleep(options.wait)
    end
    if options.answer then
      return options.answer(request, state.calls)
    end
    if request.headers.authorization then
      local caller, refusal = native.verify(ring, request)
      if not caller then
        return reply({ Code = refusal.code, Message = refusal.message, RequestId = "R-1" }, refusal.http_status)
      end
    end
    return reply { Credentials = issued(state.calls, options.seconds or 3600), RequestId = "R-1" }
  end)
  return state
end

test.simulated("AssumeRole: one call for many tasks, again before the expiry", { seed = 5 }, function()
  local state = sts { wait = 0.2 }
  local _ <close> = state.mount
  local account = native.account { source = "role", base = native.account(DEMO), role_arn = ROLE, session_name = "me",
    external_id = "outside", duration = 900, policy = '{"Version":"1"}' }
  test.equal(tostring(account), "account (role, no key yet)")
  task.map({ 1, 2, 3, 4, 5 }, function() native.ready(account) end)
  test.equal(state.calls, 1)
  local form = state.requests[1].body
  test.match(form, "RoleArn=acs%%3Aram%%3A%%3A1234567890123456%%3Arole%%2Freader")
  test.match(form, "RoleSessionName=me")
  test.match(form, "ExternalId=outside")
  test.match(form, "DurationSeconds=900")
  local facts = native.describe(account)
  test.equal(facts.access_key_id, "****box1")
  test.equal(facts.role, ROLE)
  test.equal(facts.sandbox, true)
  task.sleep(3600 - 250)
  native.ready(account)
  test.equal(state.calls, 1)
  task.sleep(71)
  task.map({ 1, 2, 3 }, function() native.ready(account) end)
  test.equal(state.calls, 2)
  test.equal(native.describe(account).access_key_id, "****box2")
end)

test.simulated("a refresh that fails early keeps the old credential, a late one does not", { seed = 6 }, function()
  local fail = false
  local state = sts { answer = function(_, serial)
    return fail and reply("<html>", 503) or reply { Credentials = issued(serial, 1000) }
  end }
  local _ <close> = state.mount
  local account = native.account { source = "role", base = native.account(DEMO), role_arn = ROLE }
  native.ready(account)
  fail = true
  task.sleep(900)
  native.ready(account)
  test.equal(state.calls, 2)
  task.sleep(101)
  local problem = test.raises(function() native.ready(account) end, { kind = "credentials" })
  test.match(tostring(problem), "503")
  fail = false
  native.ready(account)
end)

test.simulated("a call that waits for its credential keeps what it was given", { seed = 17 }, function()
  local seen = {}
  local state = sts { wait = 0.5 }
  local _ <close> = state.mount
  local service <close> = http.mount("https://vpc.test.invalid", function(request)
    seen[#seen + 1] = request
    return reply { Fine = true }
  end)
  local account = native.account { source = "role", base = native.account(DEMO), role_arn = ROLE }
  local fixed = { host = "vpc.test.invalid", action = "Describe" .. "Vpcs", version = "2016-04-28" }
  local request = { base = native.prepare(fixed),
    query = { Name = "the " .. "first" }, form = { Text = ("x"):rep(3000) } }
  local waiting = task.spawn(function() return native.call(account, request).status end)
  task.yield()
  request.base, request.query.Name, request.form = nil, "changed", nil -- while it waits
  collectgarbage()
  collectgarbage()
  test.equal(waiting:join(), 200)
  test.equal(seen[1].headers["x-acs-action"], "DescribeVpcs")
  test.match(seen[1].target, "Name=the%%20first")
  test.equal(seen[1].body, "Text=" .. ("x"):rep(3000))
  test.truthy(service)
end)

test.simulated("native.expire makes the next call fetch", { seed = 7 }, function()
  local state = sts {}
  local _ <close> = state.mount
  local account = native.account { source = "role", base = native.account(DEMO), role_arn = ROLE }
  native.ready(account)
  native.expire(account)
  native.ready(account)
  test.equal(state.calls, 2)
end)

test.simulated("roles on roles", { seed = 8 }, function()
  local state = sts { answer = function(_, serial)
    return reply { Credentials = issued(serial, 3600) }
  end }
  local _ <close> = state.mount
  local first = native.account { source = "role", base = native.account(DEMO), role_arn = ROLE }
  local second = native.account { source = "role", base = first, role_arn = ROLE .. "2" }
  native.ready(second)
  test.equal(state.calls, 2)
  test.match(state.requests[2].headers.authorization, "Credential=STS.sandbox1,")
  test.equal(state.requests[2].headers["x-acs-security-token"], "sandbox-token-1")
end)

test.simulated("STS refuses: code, request id and remedy", { seed = 9 }, function()
  local state = sts { answer = function()
    return reply({ Code = "NoPermission", Message = "You are not authorized.", RequestId = "ABC-1" }, 403)
  end }
  local _ <close> = state.mount
  local account = native.account { source = "role", base = native.account(DEMO), role_arn = ROLE }
  local problem = test.raises(function() native.ready(account) end, { kind = "credentials", code = "NoPermission" })
  test.match(problem.message, "ABC%-1")
  test.match(problem.message, "not authorized")
  test.match(problem.hint, "sts:AssumeRole")
end)

test.simulated("malformed answers show nothing of themselves", { seed = 10 }, function()
  local canary = "sandbox-canary-7d3f"
  local bodies = {
    canary, '{"Credentials":{"AccessKeySecret":"' .. canary .. '"',
    json.encode { Credentials = { AccessKeyId = "a", AccessKeySecret = canary } },
    json.encode { Credentials = { AccessKeyId = "a", AccessKeySecret = canary, SecurityToken = canary } },
    json.encode { Credentials = issued(1, -5, { AccessKeySecret = canary }) },
    json.encode { Credentials = issued(1, 60, { AccessKeySecret = canary, Expiration = "soon" }) },
    json.encode { Credentials = issued(1, 60, { AccessKeyId = ("a"):rep(200) }) },
    json.encode { Code = "Denied", AccessKeySecret = canary },
  }
  for _, body in ipairs(bodies) do
    local state = sts { answer = function() return reply(body) end }
    local _ <close> = state.mount
    local account = native.account { source = "role", base = native.account(DEMO), role_arn = ROLE }
    local problem = test.raises(function() native.ready(account) end, { kind = "credentials" })
    test.falsy(tostring(problem):find("canary", 1, true))
  end
end)

test.simulated("a signature refusal of STS is not quoted: it may hold the token", { seed = 11 }, function()
  local state = sts { answer = function()
    return reply({ Code = "SignatureDoesNotMatch", Message = "server CanonicalRequest is [sandbox-token]" }, 400)
  end }
  local _ <close> = state.mount
  local account = native.account { source = "role", base = native.account(DEMO), role_arn = ROLE }
  local problem = test.raises(function() native.ready(account) end, { code = "SignatureDoesNotMatch" })
  test.falsy(tostring(problem):find("CanonicalRequest", 1, true))
end)

-- The metadata service: v2 token flow.
local function metadata(options)
  local state = { log = {} }
  state.mount = http.mount("http://100.100.100.200", function(request)
    state.log[#state.log + 1] = request.method .. " " .. request.path
    local token = request.headers["x-aliyun-ecs-metadata-token"]
    if request.method == "PUT" then
      if options.no_token then
        return { status = 404 }
      end
      test.equal(request.headers["x-aliyun-ecs-metadata-token-ttl-seconds"], "21600")
      return { status = 200, body = "metadata-token" }
    elseif not options.no_token and token ~= "metadata-token" then
      return { status = 403 }
    elseif request.path == "/latest/meta-data/ram/security-credentials/" then
      return { status = options.role and 200 or 404, body = options.role }
    end
    return reply(issued(1, 3600, { Code = "Success", LastUpdated = "2026-01-01T00:00:00Z" }))
  end)
  return state
end

test.simulated("metadata: token, role, credential", { seed = 12 }, function()
  local state = metadata { role = "my-role\n" }
  local _ <close> = state.mount
  local account = native.ready(native.account { source = "metadata" })
  test.equal(table.concat(state.log, "|"), "PUT /latest/api/token|GET /latest/meta-data/ram/security-credentials/|"
    .. "GET /latest/meta-data/ram/security-credentials/my-role")
  test.equal(native.describe(account).source, "ecs_ram_role")
end)

test.simulated("metadata: a named role is not asked for", { seed = 13 }, function()
  local state = metadata {}
  local _ <close> = state.mount
  native.ready(native.account { source = "metadata", role_name = "given" })
  test.equal(state.log[2], "GET /latest/meta-data/ram/security-credentials/given")
end)

test.simulated("metadata: no fall back to the flow without token, no role", { seed = 14 }, function()
  local state = metadata { no_token = true, role = "r" }
  local _ <close> = state.mount
  test.raises(function() native.ready(native.account { source = "metadata" }) end, { kind = "credentials" })
  test.equal(#state.log, 1)
  state.mount:close()
  state = metadata {}
  local _ <close> = state.mount
  local problem = test.raises(function() native.ready(native.account { source = "metadata" }) end,
    { code = "MetadataRefused" })
  test.match(problem.hint, "RAM role")
end)

test.simulated("a credentials URI", { seed = 15 }, function()
  local _ <close> = http.mount("http://127.0.0.1:9911", function(request)
    test.equal(request.target, "/creds?x=1")
    return reply(issued(4, 3600, { Code = "Success" }))
  end)
  local account = native.ready(native.account { source = "uri", uri = "http://127.0.0.1:9911/creds?x=1" })
  test.equal(native.describe(account).access_key_id, "****box4")
end)

test("AssumeRoleWithOIDC: unsigned, the token in the body", function()
  local folder = fs.temp_dir()
  fs.write_atomic(folder .. "/token", "sandbox-oidc-token\n", 0x1a4)
  local state = sts {}
  local _ <close> = state.mount
  local options = { source = "oidc", role_arn = ROLE, oidc_provider_arn = "acs:ram::1:oidc-provider/p",
    oidc_token_file = folder .. "/token" }
  local account = native.account(options)
  native.ready(account)
  local request = state.requests[1]
  test.equal(request.headers.authorization, nil)
  test.match(request.query,
    "^Action=AssumeRoleWithOIDC&Format=JSON&SignatureNonce=%x+&Timestamp=[^&]+&Version=2015%-04%-01$")
  test.match(request.body, "OIDCToken=sandbox%-oidc%-token$")
  test.match(request.body, "OIDCProviderArn=")
  fs.remove(folder .. "/token")
  test.raises(function() native.ready(native.account(options)) end, { code = "MissingTokenFile" })
end)

test("a credential program: output, error, garbage, too much", function()
  local good = '{"mode":"StsToken","access_key_id":"STS.sandboxext","access_key_secret":"sandbox-s",'
    .. '"sts_token":"sandbox-t"}'
  local folder = fs.temp_dir()
  local function program(name, text)
    fs.write_atomic(folder .. "/" .. name, "#!/bin/sh\n" .. text, 0x1c0)
    return native.account { source = "process", command = folder .. "/" .. name .. " argument" }
  end
  local account = native.ready(program("good", "[ \"$1\" = argument ] && echo '" .. good .. "'"))
  test.equal(native.describe(account).source, "external")
  test.equal(native.describe(account).access_key_id, "****xext")
  test.raises(function() native.ready(program("bad", "exit 3")) end, { code = "ProcessFailed" })
  test.raises(function() native.ready(program("noise", "echo hello")) end, { code = "MalformedAnswer" })
  test.raises(function() native.ready(program("flood", "yes")) end, { code = "MalformedAnswer" })
  test.raises(function()
    native.ready(native.account { source = "process", command = folder .. "/absent" })
  end, { code = "ProcessFailed" })
end)

test.simulated("waiters may leave, and a handle may be forgotten while it is asked for", { seed = 16 }, function()
  local state = sts { wait = 1 }
  local _ <close> = state.mount
  local account = native.account { source = "role", base = native.account(DEMO), role_arn = ROLE }
  local waiting = task.spawn(function() native.ready(account) end)
  test.raises(function() task.timeout(0.5, function() native.ready(account) end) end, { kind = "timeout" })
  account:forget()
  test.raises(function() waiting:join() end, { code = "AccountForgotten" })
end)
