-- SPDX-License-Identifier: MIT
-- Parameters from command lines.
local arguments = require "cloud.arguments"
local catalogue = require "cloud.catalogue"
local fs = require "fs"
local test = require "spec"

local function specs(product, action)
  return catalogue.operation(product, action).parameters
end

test("plain values stay text", function()
  test.equal(arguments.parse({ "PageSize=10", "VpcName=a=b", "Empty=" }, specs("vpc", "DescribeVpcs")),
    { PageSize = "10", VpcName = "a=b", Empty = "" })
end)

test("numbered lists and fields", function()
  test.equal(arguments.parse({ "Tag.1.Key=a", "Tag.1.Value=b", "Tag.2.Key=c" }, {}),
    { Tag = { { Key = "a", Value = "b" }, { Key = "c" } } })
  test.equal(arguments.parse({ "Zone.2=b", "Zone.1=a" }, {}), { Zone = { "a", "b" } })
end)

test("repeated names are lists where the operation says list", function()
  local run = specs("ecs", "RunCommand")
  test.equal(arguments.parse({ "InstanceId=i-1", "InstanceId=i-2" }, run), { InstanceId = { "i-1", "i-2" } })
  test.equal(arguments.parse({ "InstanceId=i-1" }, run), { InstanceId = { "i-1" } })
  test.raises(function()
    arguments.parse({ "Name=a", "Name=b" }, run)
  end, { kind = "usage", match = "Name is given twice" })
end)

test("JSON for lists, objects and unknown parameters; text stays text", function()
  local create = specs("vpcpeer", "CreateVpcPeerConnection")
  test.equal(arguments.parse({ 'Tag=[{"Key":"a"}]', "Description=[not json" }, create).Tag[1].Key, "a")
  test.equal(arguments.parse({ "Description=[x]" }, create).Description, "[x]")
  test.equal(arguments.parse({ 'ipWhiteList={"ipList":"x"}' }, specs("maxcompute", "UpdateProjectIpWhiteList"))
    .ipWhiteList.ipList, "x")
  test.equal(arguments.parse({ 'Anything=["a"]' }, nil).Anything[1], "a")
  test.raises(function()
    arguments.parse({ "Tag=[broken" }, create)
  end, { kind = "input", code = "InvalidJson" })
end)

test("values from files", function()
  local file = fs.temp_dir() .. "/script.sh"
  fs.write_atomic(file, "echo hello\n", 384)
  test.equal(arguments.parse({ "CommandContent=@" .. file }, specs("ecs", "RunCommand")).CommandContent, "echo hello\n")
  fs.remove(file)
end)

test("what cannot be meant is refused", function()
  for _, words in ipairs { { "novalue" }, { "=x" }, { "a..b=x" }, { "Tag.1=x", "Tag.1.Key=y" }, { "A=1", "A.1=2" },
    { "A.1=2", "A.1=3" }, { "Tag.2.Key=x" }, { "Tag.0.Key=x", "Tag.2.Key=x" } } do
    test.raises(function()
      arguments.parse(words, {})
    end, { kind = "usage" })
  end
end)
