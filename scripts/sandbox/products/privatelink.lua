-- SPDX-License-Identifier: MIT
-- Privatelink 2020-04-15: consumer side, zones and provider side put together, and the tag operations.

local tags = require "sandbox.tags"

local privatelink = {}

for _, part in ipairs { "privatelink_endpoints", "privatelink_zones", "privatelink_services",
  "privatelink_connections" } do
  for name, handler in pairs(require("sandbox.products." .. part)) do
    if name:match("^%u") then privatelink[name] = handler end
  end
end

function privatelink.ChangeResourceGroup(call)
  local object = call:own("endpoints", call.p.ResourceId) or call:own("services", call.p.ResourceId)
  if not object then call:fail("ResourceNotFound", ("%s does not exist."):format(call.p.ResourceId)) end
  local group = tags.resource_group(call, call.p.ResourceGroupId, { "InvalidResourceGroup" })
  call:commit()
  object.group = group
  return {}
end

for action, handler in pairs(tags.operations {
  types = { vpcendpoint = "endpoints", vpcendpointservice = "services" },
  untag = "UntagResources",
  find = function(call, collection, id) return call:own(collection, id) end,
  all = function(call, collection) return collection and call:list(collection) or {} end,
  row = function(call, object, tag)
    return { ResourceType = call.p.ResourceType, ResourceId = object.id, TagKey = tag.Key, TagValue = tag.Value }
  end,
  page = function(rows, cursor) return { TagResources = rows, NextToken = cursor.NextToken } end,
}) do privatelink[action] = handler end

return privatelink
