-- SPDX-License-Identifier: MIT
-- Sts and the keys it issues, the metadata server, CDT, quotas, Location.

local driver = dofile((debug.getinfo(1, "S").source:sub(2):gsub("[^/]+$", "driver.lua")))
local base64 = require "sandbox.base64"
local http = require "http"
local json = require "json"
local presets = require("sandbox").presets
local task = require "task"
local test = require "spec"

local ROLE <const> = "acs:ram::1234567890123456:role/network-admin"
local OPERATOR <const> = { key = "LTAIsandboxoperator" }

local function world(change)
  local copy = json.decode(json.encode(presets["worked-example"]))
  if change then change(copy) end
  return copy
end

local function role(more)
  local params = { RoleArn = ROLE, RoleSessionName = "spec" }
  for key, value in pairs(more or {}) do params[key] = value end
  return params
end

test("who is calling", function()
  local cloud <close> = driver.new {}
  local account = cloud:call("Sts", "GetCallerIdentity")
  test.equal({ account.IdentityType, account.AccountId, account.Arn }, { "Account", "1234567890123456",
    "acs:ram::1234567890123456:root" })
  local user = cloud:call("Sts", "GetCallerIdentity", {}, OPERATOR)
  test.equal({ user.IdentityType, user.Arn }, { "RAMUser", "acs:ram::1234567890123456:user/operator" })
end)

test("a role is taken by users and roles, not by the account itself", function()
  local cloud <close> = driver.new { world = world(function(w)
    w.accounts.partner.roles = { locked = { trust = {} } }
  end) }
  local answer = cloud:call("Sts", "AssumeRole", role { DurationSeconds = 900 }, OPERATOR)
  local id = answer.Credentials.AccessKeyId
  test.match(id, "^STS%.")
  test.match(answer.AssumedRoleUser.Arn, "assumed%-role/network%-admin/spec$")
  local identity = cloud:call("Sts", "GetCallerIdentity", {}, { key = id })
  test.equal({ identity.IdentityType, identity.AccountId }, { "AssumedRoleUser", "1234567890123456" })
  local S <const>, A <const> = "Sts", "AssumeRole"
  cloud:expect_refusals {
    { S, A, role(), "NoPermission", 403 },
    { S, A, role { RoleArn = "acs:ram::1234567890123456:role/none" }, "EntityNotExist.Role", 404, options = OPERATOR },
    { S, A, role { RoleArn = "network-admin" }, "InvalidParameter.RoleArn", 400, options = OPERATOR },
    { S, A, role { RoleArn = "acs:ram::6543210987654321:role/locked" }, "NoPermission", 403, options = OPERATOR },
    { S, A, role { RoleSessionName = "a b" }, "InvalidParameter.RoleSessionName", 400, options = OPERATOR },
    { S, A, role { RoleSessionName = "a" }, "InvalidParameter.RoleSessionName", 400, options = OPERATOR },
    { S, A, role { DurationSeconds = 899 }, "InvalidParameter.DurationSeconds", 400, options = OPERATOR },
    { S, A, role { DurationSeconds = 43201 }, "InvalidParameter.DurationSeconds", 400, options = OPERATOR },
    { S, A, role { Policy = "{" }, "InvalidParameter.PolicyGrammar", 400, options = OPERATOR },
    { S, A, { RoleSessionName = "spec" }, "MissingRoleArn", 400, options = OPERATOR },
  }
end)

test("a session policy narrows what the session may", function()
  local cloud <close> = driver.new {}
  local policy = json.encode { Version = "1",
    Statement = { { Effect = "Allow", Action = "vpc:Describe*", Resource = "*" } } }
  local id = cloud:call("Sts", "AssumeRole", role { Policy = policy }, OPERATOR).Credentials.AccessKeyId
  cloud:call("Vpc", "DescribeVpcs", { RegionId = "eu-central-1" }, { key = id })
  test.equal(cloud:refused("Vpc", "CreateVpc", { RegionId = "eu-central-1" }, { key = id }), "Forbidden.RAM")
end)

local function token(claims)
  return "x." .. base64.encode(json.encode(claims)):gsub("%+", "-"):gsub("/", "_"):gsub("=", "") .. ".y"
end

test("AssumeRoleWithOIDC needs no key, but a provider that the role trusts", function()
  local provider = "acs:ram::1234567890123456:oidc-provider/ci"
  local cloud <close> = driver.new { world = world(function(w)
    w.accounts.default.roles["network-admin"].oidc = { provider = provider, issuer = "https://ci.example" }
  end) }
  local good = token { iss = "https://ci.example", sub = "job", aud = "sts", exp = 4102444800 }
  local function params(more)
    local out = { RoleArn = ROLE, RoleSessionName = "ci", OIDCProviderArn = provider, OIDCToken = good }
    for key, value in pairs(more or {}) do out[key] = value end
    return out
  end
  local S <const>, A <const> = "Sts", "AssumeRoleWithOIDC"
  local answer = cloud:call(S, A, params())
  test.equal({ answer.OIDCTokenInfo.Subject, answer.OIDCTokenInfo.Issuer }, { "job", "https://ci.example" })
  cloud:expect_refusals {
    { S, A, params { OIDCProviderArn = "acs:ram::1:oidc-provider/x" }, "NoPermission", 403 },
    { S, A, params { OIDCToken = "rubbish" }, "AuthenticationFail.OIDCToken.Invalid" },
    { S, A, params { OIDCToken = token { iss = "https://other", exp = 4102444800 } },
      "AuthenticationFail.OIDCToken.Invalid" },
    { S, A, params { OIDCToken = token { iss = "https://ci.example", exp = 1 } },
      "AuthenticationFail.OIDCToken.Expired" },
    { S, A, params { OIDCToken = "a.bm90IGpzb24.c" }, "AuthenticationFail.OIDCToken.Invalid" },
    { S, A, { RoleArn = ROLE, RoleSessionName = "ci" }, "MissingParameter" },
  }
  -- with signatures checked: this call carries none, another without one is refused
  local box <close> = require("sandbox").new { data_plane = "none", world = world(function(w)
    w.accounts.default.roles["network-admin"].oidc = { provider = provider }
  end) }
  box:mount()
  local function unsigned(action, body)
    local response = http.request { method = "POST", body = body,
      url = ("https://sts.aliyuncs.com/?Format=JSON&Action=%s&Version=2015-04-01"):format(action),
      headers = { ["content-type"] = "application/x-www-form-urlencoded" } }
    return json.decode(response.body)
  end
  test.truthy(unsigned("AssumeRoleWithOIDC",
    ("RoleArn=%s&RoleSessionName=ci&OIDCProviderArn=%s&OIDCToken=%s"):format(ROLE,
    provider, good)).Credentials)
  test.equal(unsigned("AssumeRoleWithOIDC",
    ("RoleArn=%s&RoleSessionName=ci&OIDCProviderArn=%s&OIDCToken=a.bm90IGpzb24.c")
    :format(ROLE, provider)).Code, "AuthenticationFail.OIDCToken.Invalid")
  test.equal(unsigned("GetCallerIdentity", "").Code, "MissingAccessKeyId")
  test.equal(box:calls()[1].params.OIDCToken, "***")
end)

test("CDT: opened by a call, or by the first peering", function()
  local cloud <close> = driver.new { world = world(function(w) w.accounts.default.cdt = "closed" end) }
  test.equal(cloud:call("CDT", "GetCdtServiceStatus").Enabled, false)
  cloud:call("VpcPeer", "CreateVpcPeerConnection", { RegionId = "ap-southeast-1", VpcId = "vpc-t4nexample",
    AcceptingAliUid = 1234567890123456, AcceptingRegionId = "eu-central-1", AcceptingVpcId = "vpc-gw8example" })
  test.equal(cloud:call("CDT", "GetCdtServiceStatus").Enabled, true)
  test.equal(cloud:call("CDT", "GetCdtCbServiceStatus").Enabled, false)
  cloud:call("CDT", "OpenCdtCbService")
  test.equal(cloud:call("CDT", "GetCdtCbServiceStatus").Enabled, true)
end)

test("quotas and hosts can be asked for", function()
  local cloud <close> = driver.new { quotas = { routes_per_table = 48 } }
  test.equal(cloud:call("quotas", "GetProductQuota",
    { ProductCode = "vpc", QuotaActionCode = "vpc_quota_route_entrys_num" })
    .Quota.TotalQuota, 48)
  test.equal(cloud:refused("quotas", "GetProductQuota", { ProductCode = "vpc", QuotaActionCode = "x" }),
    "QUOTA.NOT.FOUND")
  test.equal(cloud:call("quotas", "ListProductQuotas", { ProductCode = "privatelink" }).TotalCount, 3)
  local found = cloud:call("Location", "DescribeEndpoints", { Id = "eu-central-1", ServiceCode = "vpc" },
    { host = "location-readonly.aliyuncs.com" })
  test.equal(found.Endpoints.Endpoint[1].Endpoint, "vpc.eu-central-1.aliyuncs.com")
end)

test("the metadata server hands out keys of the instance's role, which work", function()
  local cloud <close> = driver.new { world = world(function(w) w.vpcs[2].instances[1].role = "network-admin" end) }
  local function get(path, method)
    return http.request { url = "http://100.100.100.200" .. path, method = method or "GET", allow_plain = true }
  end
  test.match(get("/latest/api/token", "PUT").body, "^sandbox%-metadata%-")
  test.equal(get("/latest/meta-data/region-id").body, "eu-central-1")
  test.equal(get("/latest/meta-data/ram/security-credentials/").body, "network-admin")
  local keys = json.decode(get("/latest/meta-data/ram/security-credentials/network-admin").body)
  test.equal(keys.Code, "Success")
  test.equal(cloud:call("Sts", "GetCallerIdentity", {}, { key = keys.AccessKeyId }).IdentityType, "AssumedRoleUser")
  test.equal(get("/latest/meta-data/none").status, 404)
end)

test.simulated("an issued key expires", {}, function()
  local native = require "cloud.native"
  local cloud = require "cloud"
  local sandbox = require "sandbox"
  local box <close> = sandbox.new { data_plane = "none", time_scale = 0 }
  box:mount()
  local operator = cloud.client { product = "sts", region = "eu-central-1", account = box:account "default/operator" }
  local issued = operator:call("AssumeRole", role { DurationSeconds = 900 }).Credentials
  local session = native.account { access_key_id = issued.AccessKeyId, access_key_secret = issued.AccessKeySecret,
    security_token = issued.SecurityToken }
  local client = cloud.client { product = "sts", region = "eu-central-1", account = session }
  test.equal(client:call("GetCallerIdentity").IdentityType, "AssumedRoleUser")
  task.sleep(901)
  local problem = test.raises(function() client:call("GetCallerIdentity") end)
  test.match(problem.code, "Expired")
end)
