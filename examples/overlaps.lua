-- SPDX-License-Identifier: MIT
-- Lists the VPCs of some regions and the pairs whose blocks overlap: those cannot be peered for full access.
-- Run: peerway run examples/overlaps.lua [REGION...]
local cidr, cloud, task = require "cidr", require "cloud", require "task"

local regions = #arg > 0 and arg or { "ap-southeast-1", "eu-central-1", "us-west-1" }

-- All regions at once; every waiting call lets the others run.
local found = task.map(regions, function(region)
  return cloud.client { product = "vpc", region = region }:all("DescribeVpcs", {}, "Vpcs.Vpc")
end, { limit = 8 })

local blocks = {}
for index, region in ipairs(regions) do
  for _, vpc in ipairs(found[index]) do
    print(("%-16s %-20s %s"):format(region, vpc.VpcId, vpc.CidrBlock))
    blocks[#blocks + 1] = { name = vpc.VpcId, block = cidr.prefix(vpc.CidrBlock) }
  end
end

for i, one in ipairs(blocks) do
  for j = i + 1, #blocks do
    if one.block:overlaps(blocks[j].block) then print(("overlap: %s and %s"):format(one.name, blocks[j].name)) end
  end
end
