-- SPDX-License-Identifier: MIT
-- The front door: layouts of requests, unknown products and actions, envelopes, rights, flow control.

local driver = dofile((debug.getinfo(1, "S").source:sub(2):gsub("[^/]+$", "driver.lua")))
local http = require "http"
local json = require "json"
local presets = require("sandbox").presets
local task = require "task"
local test = require "spec"

local function send(options)
  options.method = options.method or "POST"
  options.headers = options.headers or {}
  return http.request(options)
end

test("V1 with everything in the query, or in the form, or spread; XML unless JSON is asked for", function()
  local cloud <close> = driver.new {} -- luacheck: ignore 211
  local system = "Action=DescribeVpcs&Version=2016-04-28&RegionId=eu-central-1"
  local form = { ["content-type"] = "application/x-www-form-urlencoded" }
  local layouts = {
    { url = "https://vpc.eu-central-1.aliyuncs.com/?Format=JSON&" .. system, method = "GET" },
    { url = "https://vpc.eu-central-1.aliyuncs.com/?Format=JSON&" .. system },
    { url = "https://vpc.eu-central-1.aliyuncs.com/", headers = form, body = "Format=JSON&" .. system },
    { url = "https://vpc.eu-central-1.aliyuncs.com/?Format=json&Action=DescribeVpcs&Version=2016-04-28", headers = form,
      body = "RegionId=eu-central-1" },
    { url = "https://vpc.aliyuncs.com/?Format=JSON&" .. system },
  }
  for i, layout in ipairs(layouts) do
    local response = send(layout)
    test.equal(response.status, 200, "layout " .. i)
    test.equal(json.decode(response.body).Vpcs.Vpc[1].VpcId, "vpc-gw8example")
  end
  local xml = send { url = "https://vpc.eu-central-1.aliyuncs.com/?" .. system }
  test.match(xml.headers["content-type"], "text/xml")
  test.match(xml.body, "^<%?xml.*<DescribeVpcsResponse>.*<Vpcs><Vpc>.*<VpcId>vpc%-gw8example</VpcId>")
end)

test("ACS3 with query, form and JSON body", function()
  local cloud <close> = driver.new {} -- luacheck: ignore 211
  local function headers(kind)
    return { ["x-acs-action"] = "DescribeVpcs", ["x-acs-version"] = "2016-04-28", ["content-type"] = kind }
  end
  local layouts = {
    { url = "https://vpc.eu-central-1.aliyuncs.com/?RegionId=eu-central-1", headers = headers() },
    { url = "https://vpc.eu-central-1.aliyuncs.com/", headers = headers "application/x-www-form-urlencoded",
      body = "RegionId=eu%2Dcentral%2D1&Unknown=1&OwnerId=2" },
    { url = "https://vpc.eu-central-1.aliyuncs.com/", headers = headers "application/json; charset=utf-8",
      body = '{"RegionId":"eu-central-1"}' },
  }
  for i, layout in ipairs(layouts) do
    local response = send(layout)
    test.equal(response.status, 200, "layout " .. i)
    test.match(response.headers["content-type"], "application/json")
  end
end)

test("what the gateway refuses before it looks at parameters", function()
  local cloud <close> = driver.new {} -- luacheck: ignore 211
  local host = "https://vpc.eu-central-1.aliyuncs.com"
  local function headers(action, version)
    return { ["x-acs-action"] = action, ["x-acs-version"] = version }
  end
  local rows = {
    { { url = host .. "/", headers = headers("DescribeVpcs", "2016-04-29") }, "InvalidProduct.NotFound", 404 },
    { { url = host .. "/", headers = headers("DescribeVpcs", "2014-05-26") }, "InvalidProduct.NotFound", 404 },
    { { url = host .. "/", headers = headers("DescribeVpcz", "2016-04-28") }, "InvalidApi.NotFound", 404 },
    { { url = host .. "/v1/vpcs", headers = headers("DescribeVpcs", "2016-04-28") }, "InvalidApi.NotFound", 404 },
    { { url = host .. "/", headers = headers("DescribeVpcs", "2016-04-28"), method = "PUT" },
      "UnsupportedHTTPMethod", 400 },
    { { url = "https://nothing.aliyuncs.com/", headers = headers("DescribeVpcs", "2016-04-28") },
      "InvalidProduct.NotFound", 404, "nothing.aliyuncs.com" },
    { { url = host .. "/?Format=JSON&Version=2016-04-28" }, "MissingAction", 400 },
    { { url = host .. "/?Format=JSON&Action=DescribeVpcs" }, "MissingVersion", 400 },
    { { url = host .. "/?RegionId=ap-southeast-1", headers = headers("DescribeVpcs", "2016-04-28") },
      "InvalidRegionId.NotFound", 400 },
    { { url = host .. "/", headers = { ["x-acs-action"] = "DescribeVpcs", ["x-acs-version"] = "2016-04-28",
      ["content-type"] = "application/json" }, body = "{" }, "InvalidParameter.Format", 400 },
  }
  for i, row in ipairs(rows) do
    local response = send(row[1])
    local answer = json.decode(response.body)
    test.equal({ answer.Code, response.status }, { row[2], row[3] }, "row " .. i)
    test.match(answer.RequestId, "^%x%x%x%x%x%x%x%x%-%x%x%x%x%-%x%x%x%x%-%x%x%x%x%-%x+$")
    test.equal(answer.RequestId, answer.RequestId:upper())
    test.equal(response.headers["x-acs-request-id"], answer.RequestId)
    test.equal(answer.HostId, row[4] or "vpc.eu-central-1.aliyuncs.com")
    test.match(answer.Recommend, "troubleshoot.*q=" .. row[2])
  end
end)

test("plain HTTP can be refused", function()
  local cloud <close> = driver.new { switches = { need_ssl = true } } -- luacheck: ignore 211
  local response = send { allow_plain = true,
    url = "http://vpc.eu-central-1.aliyuncs.com/?Action=DescribeVpcs&Version=2016-04-28&Format=JSON" }
  test.equal(json.decode(response.body).Code, "InvalidProtocol.NeedSsl")
end)

test("an error of a V1 client without Format is XML", function()
  local cloud <close> = driver.new {} -- luacheck: ignore 211
  local response = send { url = "https://ecs.eu-central-1.aliyuncs.com/?Action=Nothing&Version=2014-05-26" }
  test.match(response.body, "<Error><Code>InvalidApi.NotFound</Code>.*product=Ecs.*<RequestId>")
end)

test("a policy decides: wildcard, deny, session, product's code, detail", function()
  local world = json.decode(json.encode(presets["worked-example"]))
  world.accounts.default.keys[2].policy = { allow = { "vpc:Describe*", "ecs:*", "privatelink:*" },
    deny = { "ecs:RunCommand" } }
  local cloud <close> = driver.new { world = world }
  local operator = { key = "LTAIsandboxoperator" }
  cloud:call("Vpc", "DescribeVpcs", { RegionId = "eu-central-1" }, operator)
  local code, status, answer = cloud:refused("Vpc", "CreateVpc", { RegionId = "eu-central-1" }, operator)
  test.equal({ code, status }, { "Forbidden.RAM", 403 })
  test.equal({ answer.AccessDeniedDetail.AuthAction, answer.AccessDeniedDetail.AuthPrincipalType,
    answer.AccessDeniedDetail.NoPermissionType }, { "vpc:CreateVpc", "SubUser", "ImplicitDeny" })
  code, status, answer = cloud:refused("Ecs", "RunCommand", { RegionId = "eu-central-1" }, operator)
  test.equal({ code, status, answer.AccessDeniedDetail.NoPermissionType }, { "Forbidden.RAM", 403, "ExplicitDeny" })
  code, status = cloud:refused("VpcPeer", "ListVpcPeerConnections", {}, operator)
  test.equal({ code, status }, { "Forbidden.NoPermission", 400 })
  code, status = cloud:refused("pvtz", "DescribeZones", {}, operator)
  test.equal({ code, status }, { "NoPermission", 403 })
end)

test("a RAM user that may create a peering but not look at CDT is told so", function()
  local world = json.decode(json.encode(presets["worked-example"]))
  world.accounts.default.keys[2].policy = { allow = { "vpc:*" } }
  local cloud <close> = driver.new { world = world }
  local code, _, answer = cloud:refused("VpcPeer", "CreateVpcPeerConnection", { RegionId = "ap-southeast-1",
    VpcId = "vpc-t4nexample", AcceptingAliUid = 1234567890123456, AcceptingRegionId = "eu-central-1",
    AcceptingVpcId = "vpc-gw8example" }, { key = "LTAIsandboxoperator" })
  test.equal(code, "Forbidden.NoPermission")
  test.match(answer.Message, "cdt:GetCdtServiceStatus")
end)

test("a condition on the target account is an explicit deny", function()
  local world = json.decode(json.encode(presets["worked-example"]))
  world.accounts.default.keys[2].policy = { peer_accounts = { 6543210987654321 } }
  local cloud <close> = driver.new { world = world }
  local code, _, answer = cloud:refused("VpcPeer", "CreateVpcPeerConnection", { RegionId = "ap-southeast-1",
    VpcId = "vpc-t4nexample", AcceptingAliUid = 1234567890123456, AcceptingRegionId = "eu-central-1",
    AcceptingVpcId = "vpc-gw8example" }, { key = "LTAIsandboxoperator" })
  test.equal({ code, answer.AccessDeniedDetail.NoPermissionType }, { "Forbidden.NoPermission", "ExplicitDeny" })
  world.accounts.default.keys[2].policy = { peer_accounts = { 6543210987654321, 1234567890123456 } }
  local open <close> = driver.new { world = world }
  open:call("VpcPeer", "CreateVpcPeerConnection", { RegionId = "ap-southeast-1", VpcId = "vpc-t4nexample",
    AcceptingAliUid = 1234567890123456, AcceptingRegionId = "eu-central-1", AcceptingVpcId = "vpc-gw8example" },
    { key = "LTAIsandboxoperator" })
end)

test("DescribeInstances without the right is an empty list", function()
  local world = json.decode(json.encode(presets["worked-example"]))
  world.accounts.default.keys[2].policy = { allow = { "vpc:*" } }
  local cloud <close> = driver.new { world = world }
  local answer = cloud:call("Ecs", "DescribeInstances", { RegionId = "eu-central-1" }, { key = "LTAIsandboxoperator" })
  test.equal(answer.TotalCount, 0)
  test.equal(cloud:call("Ecs", "DescribeInstances", { RegionId = "eu-central-1" }).TotalCount, 1)
end)

test.simulated("flow control: so many calls per account and operation, then the headers that tell how long", {},
  function()
  local cloud <close> = driver.new { rates = { ["Vpc.DescribeVpcs"] = { calls = 2, seconds = 10 } } }
  local params = { RegionId = "eu-central-1" }
  cloud:call("Vpc", "DescribeVpcs", params)
  cloud:call("Vpc", "DescribeVpcs", params)
  local code, status, _, response = cloud:refused("Vpc", "DescribeVpcs", params)
  test.equal({ code, status }, { "Throttling.User", 400 })
  test.truthy(tonumber(response.headers["x-acs-retry-after"]) > 9000)
  test.match(response.headers["x-ratelimit-user-api"], "^Limit:2,Remain:0,TimeLeft:%d+")
  cloud:call("Vpc", "DescribeVSwitches", params)
  cloud:call("Vpc", "DescribeVpcs", params, { key = "LTAIsandboxpartner" })
  task.sleep(10)
  cloud:call("Vpc", "DescribeVpcs", params)
end)

test.simulated("published rates hold without being asked for", {}, function()
  local cloud <close> = driver.new {} -- luacheck: ignore 211
  for _ = 1, 5 do cloud:call("pvtz", "DescribeZoneVpcTree", {}) end
  test.equal(cloud:refused("pvtz", "DescribeZoneVpcTree", {}), "Throttling.User")
end)

test("operations that the sandbox does not emulate say so", function()
  local cloud <close> = driver.new {} -- luacheck: ignore 211
  local code, status = cloud:refused("Privatelink", "UpdateVpcEndpointServiceResourceAttribute",
    { RegionId = "eu-central-1",
    ServiceId = "x", ResourceId = "y", AutoAllocatedEnabled = true })
  test.equal({ code, status }, { "SandboxNotImplemented", 501 })
end)

test("types are checked", function()
  local cloud <close> = driver.new {} -- luacheck: ignore 211
  cloud:expect_refusals {
    { "Vpc", "DescribeVpcs", { RegionId = "eu-central-1", IsDefault = "True" }, "InvalidParameter" },
    { "Vpc", "DescribeVpcs", { RegionId = "eu-central-1", PageSize = "ten" }, "InvalidParameter" },
    { "Vpc", "DescribeVpcs", { RegionId = "eu-central-1", PageSize = "99999999999" }, "InvalidParameter" },
    { "Vpc", "DescribeVpcs", { RegionId = "eu-central-1", VpcName = ("x"):rep(129) }, "InvalidParameter" },
    { "Vpc", "DescribeVpcs", { RegionId = "eu-central-1", VpcName = "\xff\xfe" }, "InvalidParameter" },
  }
end)

test("a request with many shapes of lists is read in order", function()
  local request = require "sandbox.request"
  local parameters = require "sandbox.parameters"
  local operation = { parameters = { { "Tag", "objects", fields = { { "Key", "string" }, { "Value", "string" } } },
    { "Id", "strings" } } }
  local flat = request.pairs "Tag.10.Key=c&Tag.2.Key=b&Tag.2.Value=&Tag.1.Key=a+b&Id.3=z&Id.1=x&Tag.x.Key=no"
  local values = parameters.read("Vpc", operation, flat)
  test.equal(values, { Tag = { { Key = "a b" }, { Key = "b", Value = "" }, { Key = "c" } }, Id = { "x", "z" } })
end)
