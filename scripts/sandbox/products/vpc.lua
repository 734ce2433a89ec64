-- SPDX-License-Identifier: MIT
-- Vpc 2016-04-28: the parts put together, and the tag operations of VPCs, vSwitches and route tables.

local tags = require "sandbox.tags"

local vpc = {}

for _, part in ipairs { "vpc_networks", "vpc_vswitches", "vpc_tables", "vpc_routes", "vpc_route_reads", "vpc_acls" } do
  for name, handler in pairs(require("sandbox.products." .. part)) do
    if name:match("^%u") then vpc[name] = handler end
  end
end


for action, handler in pairs(tags.operations {
  types = { VPC = "vpcs", VSWITCH = "vswitches", ROUTETABLE = "route_tables" },
  untag = "UnTagResources",
  find = function(call, collection, id) return call:own(collection, id) end,
  all = function(call, collection) return collection and call:list(collection) or {} end,
  row = function(call, object, tag)
    return { ResourceType = call.p.ResourceType, ResourceId = object.id, TagKey = tag.Key, TagValue = tag.Value }
  end,
  page = function(rows, cursor) return { TagResources = { TagResource = rows }, NextToken = cursor.NextToken } end,
}) do vpc[action] = handler end

return vpc
