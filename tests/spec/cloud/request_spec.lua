-- SPDX-License-Identifier: MIT
-- Where parameters go: query, form, path, JSON body.
local catalogue = require "cloud.catalogue"
local request = require "cloud.request"
local test = require "spec"

local function build(operation, params)
  local built = request.fixed(operation, { scheme = "https", host = "host.invalid" }, { timeout = 30 })
  for name, value in pairs(request.parts(operation, params)) do
    built[name] = value
  end
  return built
end

test("a peering: query for LinkType and Tag, form for the rest, as the official clients send it", function()
  local built = build(catalogue.operation("vpcpeer", "CreateVpcPeerConnection"), {
    RegionId = "eu-central-1", VpcId = "vpc-1", AcceptingAliUid = 1234567890123456, LinkType = "Gold",
    Tag = { { Key = "a", Value = "b" } },
  })
  test.equal(built.query, { LinkType = "Gold", Tag = { { Key = "a", Value = "b" } } })
  test.equal(built.form, { RegionId = "eu-central-1", VpcId = "vpc-1", AcceptingAliUid = 1234567890123456 })
  test.equal({ built.method, built.path, built.style, built.signature, built.version, built.action },
    { "POST", nil, "RPC", "ACS3", "2022-01-01", "CreateVpcPeerConnection" })
end)

test("a call without form parameters has no body at all", function()
  local built = build(catalogue.operation("vpc", "DescribeVpcs"), { RegionId = "r" })
  test.equal(built.form, nil)
  test.equal(built.json, nil)
  test.equal(built.query, { RegionId = "r" })
end)

test("ROA: path filled and escaped, query, JSON body", function()
  local built = build(catalogue.operation("maxcompute", "UpdateProjectIpWhiteList"), {
    projectName = "a b/c", ipWhiteList = { ipList = "10.0.0.0/8" },
  })
  test.equal(built.method, "PUT")
  test.equal(built.path, "/api/v1/projects/a%20b%2Fc/ipWhiteList")
  test.equal(built.json, '{"ipWhiteList":{"ipList":"10.0.0.0/8"}}')
  test.equal(built.query, {})
  local get = build(catalogue.operation("maxcompute", "GetProject"), { projectName = "p", verbose = true })
  test.equal({ get.method, get.path, get.query.verbose, get.json }, { "GET", "/api/v1/projects/p", true })
end)

test("a missing path parameter is refused", function()
  test.raises(function()
    build(catalogue.operation("maxcompute", "GetProject"), {})
  end, { kind = "input", code = "InvalidParameters", match = "projectName" })
end)

test("JSON text and comma lists", function()
  local built = build(catalogue.operation("ecs", "DescribeInstances"), { InstanceIds = { "i-1", "i-2" } })
  test.equal(built.query.InstanceIds, '["i-1","i-2"]')
  built = build(catalogue.operation("ecs", "RunCommand"), { Parameters = { name = "x" } })
  test.equal(built.query.Parameters, '{"name":"x"}')
  built = build(catalogue.operation("vpcpeer", "ListVpcPeerConnections"), { VpcId = { "vpc-1", "vpc-2" } })
  test.equal(built.form.VpcId, "vpc-1,vpc-2")
  built = build(catalogue.operation("vpc", "DescribeVpcs"), { VpcId = "vpc-1,vpc-2" })
  test.equal(built.query.VpcId, "vpc-1,vpc-2")
end)

test("long texts move from the query into the form", function()
  local script = ("x"):rep(18 * 1024)
  local built = build(catalogue.operation("ecs", "RunCommand"), { CommandContent = script, Name = "n" })
  test.equal(built.form, { CommandContent = script })
  test.equal(built.query, { Name = "n" })
end)

test("an anonymous call says so", function()
  local built = build(catalogue.operation("sts", "AssumeRoleWithOIDC"), { RoleSessionName = "s" })
  test.equal(built.signature, "anonymous")
end)
