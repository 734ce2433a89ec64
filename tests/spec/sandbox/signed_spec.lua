-- SPDX-License-Identifier: MIT
-- The sandbox with real signatures: the client of this program, both doors, temporary credentials.

local cloud = require "cloud"
local sandbox = require "sandbox"
local test = require "spec"

local function new(options)
  options = options or {}
  options.time_scale, options.data_plane = 0, "none"
  return sandbox.new(options)
end

test("the client of this program is understood in-process", function()
  local box <close> = new()
  box:mount()
  local account = box:account "default"
  local identity = cloud.client { product = "sts", region = "eu-central-1",
    account = account }:call("GetCallerIdentity")
  test.equal({ identity.AccountId, identity.IdentityType }, { "1234567890123456", "Account" })
  local vpcs = cloud.client { product = "vpc", region = "eu-central-1", account = account }:call("DescribeVpcs")
  test.equal(vpcs.Vpcs.Vpc[1].VpcId, "vpc-gw8example")
  local made = cloud.client { product = "vpcpeer", region = "ap-southeast-1", account = account }:call(
    "CreateVpcPeerConnection", { VpcId = "vpc-t4nexample", AcceptingAliUid = 1234567890123456,
      AcceptingRegionId = "eu-central-1", AcceptingVpcId = "vpc-gw8example", Tag = { { Key = "by", Value = "spec" } } })
  test.match(made.InstanceId, "^pcc%-")
  test.equal(#box.bugs, 0)
  local last = box:calls()[#box:calls()]
  test.equal({ last.product, last.action, last.account, last.outcome, last.kind },
    { "VpcPeer", "CreateVpcPeerConnection", "default", "ok", "write" })
end)

test("every account has its own key", function()
  local box <close> = new { world = "cross-account" }
  box:mount()
  local function vpcs(name, region)
    local list = cloud.client { product = "vpc", region = region, account = box:account(name) }:call("DescribeVpcs")
    return list.TotalCount
  end
  test.equal({ vpcs("default", "eu-central-1"), vpcs("default", "ap-southeast-1") }, { 1, 0 })
  test.equal({ vpcs("partner", "eu-central-1"), vpcs("partner", "ap-southeast-1") }, { 0, 1 })
  local user = cloud.client { product = "sts", region = "eu-central-1", account = box:account "default/operator" }
  test.equal(user:call("GetCallerIdentity").IdentityType, "RAMUser")
end)

test("the same cloud on a socket", function()
  local box <close> = new()
  local server = box:listen()
  local client = cloud.client { product = "vpc", region = "eu-central-1", account = box:account "default",
    endpoint = "http://127.0.0.1:" .. server.port }
  test.equal(client:call("DescribeVpcs").TotalCount, 1)
  test.equal(box:calls()[1].door, "socket")
end)

test("a clock that is off by more than 15 minutes is refused; the Date header tells the cloud's time", function()
  local box <close> = new { clock_skew = 1200 }
  box:mount()
  local client = cloud.client { product = "vpc", region = "eu-central-1", account = box:account "default" }
  client:call("DescribeVpcs") -- the client learns the difference and signs anew
  require("cloud.skew").forget()
  local outcomes = {}
  for i, entry in ipairs(box:calls()) do outcomes[i] = entry.outcome end
  test.equal(outcomes, { "InvalidTimeStamp.Expired", "ok" })
end)

test("a wrong secret, a used nonce, a changed parameter", function()
  local http = require "http"
  local json = require "json"
  local native = require "cloud.native"
  local box <close> = new()
  local server = box:listen()
  local signed = native.sign(box:account "default",
    { style = "RPC", signature = "ACS3", method = "POST", scheme = "http",
    host = "127.0.0.1:" .. server.port, path = "/", action = "DescribeVpcs", version = "2016-04-28",
    query = { RegionId = "eu-central-1" } })
  local function send(change)
    local request = { method = "POST", url = signed.url, headers = {}, body = signed.body }
    for name, value in pairs(signed.headers) do request.headers[name] = value end
    if change then change(request) end
    local response = http.request(request)
    return json.decode(response.body).Code or response.status
  end
  test.equal(send(function(r) r.url = r.url:gsub("eu%-central%-1", "us-west-1") end), "SignatureDoesNotMatch")
  test.equal(send(), 200)
  test.equal(send(), "SignatureNonceUsed")
end)
