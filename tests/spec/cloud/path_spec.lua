-- SPDX-License-Identifier: MIT
-- Paths into answers.
local json = require "json"
local path = require "cloud.path"
local test = require "spec"

local answer = json.decode [[{
  "RequestId": "R", "TotalCount": 2, "Empty": [],
  "Vpcs": {"Vpc": [
    {"VpcId": "vpc-1", "VSwitchIds": {"VSwitchId": ["a", "b"]}, "Tags": [{"Key": "env", "Value": "x"}]},
    {"VpcId": "vpc-2", "VSwitchIds": {"VSwitchId": ["c"]}, "Size": 3}
  ]}
}]]

test("names, lists, positions, filters", function()
  test.equal(path.get(answer, "RequestId"), "R")
  test.equal(path.get(answer, "Vpcs.Vpc[0].VpcId"), "vpc-1")
  test.equal(path.get(answer, "Vpcs.Vpc[-1].VpcId"), "vpc-2")
  test.equal(path.get(answer, "Vpcs.Vpc[].VpcId"), { "vpc-1", "vpc-2" })
  test.equal(path.get(answer, "Vpcs.Vpc.VpcId"), { "vpc-1", "vpc-2" })
  test.equal(path.get(answer, "Vpcs.Vpc[].VSwitchIds.VSwitchId[]"), { "a", "b", "c" })
  test.equal(path.get(answer, "Vpcs.Vpc[].Size"), { 3 })
  test.equal(path.get(answer, "Vpcs.Vpc[VpcId=vpc-2].Size"), { 3 })
  test.equal(path.get(answer, "Vpcs.Vpc[0].Tags[Key=env].Value"), { "x" })
  test.equal(path.get(answer, "Nothing.Here"), nil)
  test.equal(path.get(answer, "Vpcs.Vpc[7].VpcId"), nil)
  test.equal(path.get(answer, ""), answer)
end)

test("lists may be absent or empty, anything else is an error", function()
  test.equal(#path.list(answer, "Empty"), 0)
  test.equal(#path.list(answer, "Gone.Away"), 0)
  test.equal(#path.list(answer, "Vpcs.Vpc"), 2)
  test.raises(function()
    path.list(answer, "RequestId")
  end, { kind = "cloud", code = "UnexpectedAnswer" })
  test.raises(function()
    path.list(answer, "Vpcs")
  end, { code = "UnexpectedAnswer" })
end)

test("malformed paths are usage errors", function()
  for _, text in ipairs { ".a", "a..b", "a[", "a[x]", "a]b", "a.", "[?x]" } do
    test.raises(function()
      path.get(answer, text)
    end, { kind = "usage", code = "InvalidPath" })
  end
end)
