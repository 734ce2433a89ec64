-- SPDX-License-Identifier: MIT
-- Parameters are judged before anything is sent, all problems in one error.
local catalogue = require "cloud.catalogue"
local check = require "cloud.check"
local test = require "spec"

local create = catalogue.operation("vpcpeer", "CreateVpcPeerConnection")

local function good()
  return { RegionId = "eu-central-1", VpcId = "vpc-1", AcceptingAliUid = 1234567890123456,
    AcceptingRegionId = "ap-southeast-1", AcceptingVpcId = "vpc-2" }
end

local function problems_of(operation, params)
  local texts = {}
  for _, entry in ipairs(check.problems(operation, params)) do
    texts[#texts + 1] = entry.parameter .. ": " .. entry.problem
  end
  return texts
end

test("a complete call has no problem", function()
  local params = good()
  params.Tag = { { Key = "owner", Value = "" } }
  params.LinkType, params.Bandwidth, params.Name, params.DryRun = "Gold", 100, "né-1", true
  test.equal(problems_of(create, params), {})
end)

test("all problems come at once, with the nearest name", function()
  local params = good()
  params.VpcId, params.BandWidth, params.LinkType, params.Bandwidth = nil, 5, "Golf", "many"
  params.DryRun = "yes"
  test.equal(problems_of(create, params), {
    "BandWidth: no such parameter (did you mean Bandwidth?)",
    "Bandwidth: must be a whole number, not 'many'",
    "DryRun: must be true or false, not 'yes'",
    "LinkType: 'Golf' is none of Platinum, Gold (did you mean Gold?)",
    "VpcId: is required",
  })
end)

test("lengths count characters, not bytes", function()
  local params = good()
  params.Name = ("é"):rep(128)
  test.equal(problems_of(create, params), {})
  params.Name = params.Name .. "é"
  test.equal(problems_of(create, params), { "Name: must have at most 128 characters, has 129" })
  params.Name = "x"
  test.equal(problems_of(create, params), { "Name: must have at least 2 characters, has 1" })
end)

test("names begin with a letter and are no address", function()
  local params = good()
  params.Name = "9lives"
  test.equal(problems_of(create, params), { "Name: must begin with a letter" })
  params.Name, params.Description = nil, "https://example.com"
  test.equal(problems_of(create, params), { "Description: must not begin with 'https://'" })
end)

test("lists and their items are judged", function()
  local params = good()
  params.Tag = { { Key = "acs:x" }, { Kee = "y" } }
  test.equal(problems_of(create, params), {
    "Tag.1.Key: must not begin with 'acs:'",
    "Tag.2.Kee: no such parameter (did you mean Key?)",
  })
  params.Tag = { Key = "x" }
  test.equal(problems_of(create, params), { "Tag: must be a list { ... }, but has named fields" })
  params.Tag = {}
  for i = 1, 21 do
    params.Tag[i] = { Key = "k" .. i }
  end
  test.equal(problems_of(create, params), { "Tag: must have at most 20 items, has 21" })
end)

test("numbers may be text, and large account ids stay exact", function()
  local params = good()
  params.AcceptingAliUid = "1234567890123456"
  test.equal(problems_of(create, params), {})
  params.AcceptingAliUid = 1234567890123456.0
  test.equal(problems_of(create, params), {})
  params.AcceptingAliUid = 1.5
  test.equal(problems_of(create, params), { "AcceptingAliUid: must be a whole number, not 1.5" })
end)

test("ranges", function()
  local list = catalogue.operation("vpc", "DescribeVpcs")
  test.equal(problems_of(list, { RegionId = "r", PageSize = 51 }), { "PageSize: must be at most 50, is 51" })
  test.equal(problems_of(list, { RegionId = "r", PageNumber = 0 }), { "PageNumber: must be at least 1, is 0" })
end)

test("parameters that travel as JSON or comma-joined take tables", function()
  local instances = catalogue.operation("ecs", "DescribeInstances")
  test.equal(problems_of(instances, { RegionId = "r", InstanceIds = { "i-1", "i-2" } }), {})
  local run = catalogue.operation("ecs", "RunCommand")
  test.equal(problems_of(run, { RegionId = "r", Type = "RunShellScript", CommandContent = "true",
    InstanceId = { "i-1" }, Parameters = { name = "x" } }), {})
end)

test("hidden common parameters pass on RPC products", function()
  local list = catalogue.operation("vpc", "DescribeVpcs")
  test.equal(problems_of(list, { RegionId = "r", ResourceOwnerAccount = "a@b", OwnerId = 1 }), {})
end)

test("the error names product, action and every problem, and how to go on", function()
  local err = test.raises(function()
    check.call(create, { VpcId = 5, Bandwith = 1 })
  end, { kind = "input", code = "InvalidParameters", match = "did you mean Bandwidth" })
  test.equal(err.product, "vpcpeer")
  test.equal(err.action, "CreateVpcPeerConnection")
  test.equal(#err.problems, 5)
  test.match(tostring(err), "peerway api %-%-list vpcpeer CreateVpcPeerConnection")
end)

test("uncatalogued operations pass", function()
  check.call(catalogue.uncatalogued("foo", "BarBaz", "2020-01-01"), { Anything = {} })
end)

test("what passed once does not let anything else pass", function()
  local params = good()
  for _ = 1, 3 do
    params.LinkType, params.Bandwidth, params.DryRun = "Gold", 100, true
    test.equal(problems_of(create, params), {})
    params.LinkType, params.Bandwidth, params.DryRun = "gold", "100x", "TRUE"
    test.equal(#problems_of(create, params), 3)
    params.LinkType, params.Bandwidth, params.DryRun = { "Gold" }, { 100 }, { true }
    test.equal(#problems_of(create, params), 3)
  end
  local tags = { { Key = "a", Value = "b" } }
  params = good()
  params.Tag = tags
  test.equal(problems_of(create, params), {})
  tags[2] = { Kay = "x" } -- the same table, changed
  test.equal(#problems_of(create, params) > 0, true)
end)
