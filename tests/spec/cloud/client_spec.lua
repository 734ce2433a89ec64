-- SPDX-License-Identifier: MIT
-- What a client sends and what it gives back.
local cloud = require "cloud"
local test = require "spec"

local here = debug.getinfo(1, "S").source:match "^@(.*/)"
local fake = dofile(here .. "fake.lua")

local function ok(body)
  return function()
    return fake.answer(body or { RequestId = "R" })
  end
end

test("region, host, version and parameters of a call", function()
  local requests = fake.install(ok { RequestId = "R", Vpcs = { Vpc = {} } })
  local answer = fake.client("vpc"):call("DescribeVpcs", { VpcName = "x" })
  test.equal(answer.RequestId, "R")
  local sent = requests[1]
  test.equal({ sent.scheme, sent.host, sent.action, sent.version, sent.query.RegionId, sent.query.VpcName },
    { "https", "vpc.eu-central-1.aliyuncs.com", "DescribeVpcs", "2016-04-28", "eu-central-1", "x" })
end)

test("method sugar, and a hint when the colon is forgotten", function()
  local requests = fake.install(ok())
  local client = fake.client "vpc"
  client:DescribeVpcs { VpcName = "x" }
  client.DescribeVpcs(client, { VpcName = "x" })
  test.equal(#requests, 2)
  test.raises(function()
    client.DescribeVpcs { VpcName = "x" }
  end, { kind = "usage", match = "use client:DescribeVpcs" })
  test.equal(client.nonsense, nil)
end)

test("the caller's table is not changed", function()
  fake.install(ok())
  local params = { VpcName = "x" }
  fake.client("vpc"):call("DescribeVpcs", params)
  test.equal(params, { VpcName = "x" })
end)

test("calls that change things get a ClientToken, a given one is kept", function()
  local requests = fake.install(ok { RequestId = "R", VpcId = "vpc-1" })
  local client = fake.client "vpc"
  client:CreateVpc { CidrBlock = "10.0.0.0/8" }
  client:CreateVpc { CidrBlock = "10.0.0.0/8" }
  client:CreateVpc { CidrBlock = "10.0.0.0/8", ClientToken = "mine" }
  test.match(requests[1].query.ClientToken, "^%x+$")
  test.truthy(#requests[1].query.ClientToken <= 64)
  test.truthy(requests[1].query.ClientToken ~= requests[2].query.ClientToken)
  test.equal(requests[3].query.ClientToken, "mine")
end)

test("bad parameters are never sent, unless asked for", function()
  local requests = fake.install(ok())
  local client = fake.client "vpc"
  test.raises(function()
    client:DescribeVpcs { Vpcid = "x" }
  end, { kind = "input", code = "InvalidParameters", match = "did you mean VpcId" })
  test.equal(#requests, 0)
  client:call("DescribeVpcs", { Vpcid = "x" }, { check = false })
  test.equal(requests[1].query.Vpcid, "x")
end)

test("unknown operations and products get the nearest name; version= lets anything through", function()
  local requests = fake.install(ok())
  test.raises(function()
    fake.client("vpc"):call("DescribeVpc")
  end, { kind = "usage", code = "UnknownOperation", match = "did you mean DescribeVpcs" })
  test.raises(function()
    fake.client("vpcper"):call("Describe")
  end, { kind = "usage", match = "did you mean vpcpeer" })
  fake.client("vpc"):call("DescribeEipAddresses", { PageSize = 1 }, { version = "2016-04-28" })
  fake.client("alb", { version = "2020-06-16" }):call("ListLoadBalancers")
  test.equal({ requests[1].action, requests[1].version, requests[1].query.RegionId },
    { "DescribeEipAddresses", "2016-04-28", "eu-central-1" })
  test.equal({ requests[2].host, requests[2].version }, { "alb.eu-central-1.aliyuncs.com", "2020-06-16" })
end)

test("what does not exist is nil and the error, for reads and deletes", function()
  fake.install(function()
    return fake.refusal("ResourceNotFound.InstanceId", 400)
  end)
  local client = fake.client "vpcpeer"
  local answer, err = client:GetVpcPeerConnectionAttribute { InstanceId = "pcc-1" }
  test.equal(answer, nil)
  test.equal({ err.code, err.not_found, err.request_id },
    { "ResourceNotFound.InstanceId", true, "REQ-ResourceNotFound.InstanceId" })
  answer, err = client:DeleteVpcPeerConnection { InstanceId = "pcc-1" }
  test.equal({ answer, err.not_found }, { nil, true })
  test.raises(function()
    client:AcceptVpcPeerConnection { InstanceId = "pcc-1" }
  end, { kind = "cloud", code = "ResourceNotFound.InstanceId" })
end)

test("an unknown action or key is never mistaken for a missing object", function()
  for _, code in ipairs { "InvalidApi.NotFound", "InvalidAccessKeyId.NotFound", "InvalidRegionId.NotFound" } do
    fake.install(function()
      return fake.refusal(code, 404)
    end)
    test.raises(function()
      fake.client("alb", { version = "2020-06-16" }):call("GetLoadBalancerAttribute", {})
    end, { code = code })
  end
  fake.install(function()
    return fake.refusal("ResourceNotFound.LoadBalancer", 404)
  end)
  local answer, err = fake.client("alb", { version = "2020-06-16" }):call("GetLoadBalancerAttribute", {})
  test.equal({ answer, err.not_found }, { nil, true })
end)

test("a passed dry run is a success, a failed one is the error", function()
  fake.install(function()
    return fake.refusal("DryRunOperation", 400)
  end)
  local client = fake.client "vpcpeer"
  test.equal(client:DeleteVpcPeerConnection({ InstanceId = "pcc-1", DryRun = true }).DryRun, true)
  test.raises(function()
    client:DeleteVpcPeerConnection { InstanceId = "pcc-1" }
  end, { code = "DryRunOperation" })
end)

test("what is done already is a success where the data says so", function()
  local requests = fake.install(function()
    return fake.refusal("OrderOpend", 400)
  end)
  test.equal(fake.client("privatelink"):OpenPrivateLinkService({}).Code, "OrderOpend")
  test.equal(requests[1].host, "privatelink.cn-hangzhou.aliyuncs.com")
end)

test("endpoint= rules over everything", function()
  local requests = fake.install(ok())
  fake.client("privatelink", { endpoint = "http://127.0.0.1:7777" }):OpenPrivateLinkService {}
  test.equal({ requests[1].scheme, requests[1].host, requests[1].port }, { "http", "127.0.0.1", 7777 })
end)

test("calls are counted per operation", function()
  fake.install(function(_, number)
    return number == 1 and fake.refusal "ResourceNotFound.InstanceId" or fake.answer { RequestId = "R" }
  end)
  local client = fake.client "vpcpeer"
  client:GetVpcPeerConnectionAttribute { InstanceId = "pcc-1" }
  client:GetVpcPeerConnectionAttribute { InstanceId = "pcc-1" }
  fake.client("vpc"):DescribeVpcs {}
  local counted = cloud.statistics()
  test.equal(counted.calls, 3)
  test.equal(counted.by["vpcpeer.GetVpcPeerConnectionAttribute"].calls, 2)
  test.equal(counted.by["vpcpeer.GetVpcPeerConnectionAttribute"].errors, 1)
  test.equal(counted.by["vpc.DescribeVpcs"].calls, 1)
  test.equal(counted.retries, 0)
end)

test("accounts by name, by handle, by description", function()
  local requests = fake.install(ok { RequestId = "R", AccountId = "1234567890123456", Arn = "acs:ram::1:root",
    IdentityType = "Account" })
  local partner = setmetatable({}, { __name = "partner" })
  cloud.register("partner", partner)
  cloud.client({ product = "vpc", region = "r", account = "partner" }):DescribeVpcs {}
  test.truthy(requests[1].account == partner)
  test.equal(cloud.caller_identity("partner").account_id, "1234567890123456")
  cloud.caller_identity(partner)
  test.equal(#requests, 2, "the identity is asked once")
  cloud.register("partner", nil)
  test.truthy(cloud.account "partner" ~= partner)
  cloud.register("partner", nil)
end)

test("cloud.client without a product is explained", function()
  test.raises(function()
    cloud.client { region = "r" }
  end, { kind = "usage", code = "InvalidClient" })
end)

test("a given RegionId is kept", function()
  local requests = fake.install(ok())
  fake.client("vpc"):DescribeVpcs { RegionId = "us-west-1" }
  test.equal(requests[1].query.RegionId, "us-west-1")
end)

test("catalogued operations list what counts as missing: no more, no less", function()
  fake.install(function()
    return fake.refusal("InvalidHpcClusterId.NotFound", 404)
  end)
  test.raises(function()
    fake.client("ecs"):DescribeInstances {}
  end, { code = "InvalidHpcClusterId.NotFound" })
  fake.install(function()
    return fake.refusal("Zone.Invalid.Id", 400)
  end)
  local answer, err = fake.client("pvtz"):DescribeZoneInfo { ZoneId = "z" }
  test.equal({ answer, err.not_found }, { nil, true })
end)
