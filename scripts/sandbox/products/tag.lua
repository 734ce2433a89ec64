-- SPDX-License-Identifier: MIT
-- Tag 2018-08-28: finding resources by tag over all products of a region.

local array = require "json".array
local paging = require "sandbox.paging"
local json = require "json"

local tag = {}

-- Resource type of this product -> collection; ARN form acs:<service>:<region>:<uid>:<type>/<id>.
local TYPES <const> = {
  { service = "vpc", type = "vpc", collection = "vpcs", name = "ALIYUN::VPC::VPC" },
  { service = "vpc", type = "vswitch", collection = "vswitches", name = "ALIYUN::VPC::VSWITCH" },
  { service = "vpc", type = "routetable", collection = "route_tables", name = "ALIYUN::VPC::ROUTETABLE" },
  { service = "vpc", type = "peerconnection", collection = "peers", name = "ALIYUN::VPC::PEERCONNECTION" },
  { service = "privatelink", type = "vpcendpoint", collection = "endpoints",
    name = "ALIYUN::PRIVATELINK::VPCENDPOINT" },
  { service = "privatelink", type = "vpcendpointservice", collection = "services",
    name = "ALIYUN::PRIVATELINK::VPCENDPOINTSERVICE" },
  { service = "ecs", type = "instance", collection = "instances", name = "ALIYUN::ECS::INSTANCE" },
  { service = "ecs", type = "securitygroup", collection = "security_groups", name = "ALIYUN::ECS::SECURITYGROUP" },
}

local function arn(call, kind, object)
  return ("acs:%s:%s:%d:%s/%s"):format(kind.service, object.region, call.caller.uid, kind.type, object.id)
end

local function tags_of(object)
  local rows = {}
  for i, item in ipairs(object.tags or {}) do rows[i] = { Key = item.Key, Value = item.Value, Category = "Custom" } end
  return rows
end

local function carries(object, key, value)
  for _, item in ipairs(object.tags or {}) do
    if item.Key == key and (value == nil or value == "" or item.Value == value) then return true end
  end
  return false
end

function tag.ListTagResources(call)
  local wanted, arns
  if call.p.Tags then
    local ok, value = pcall(json.decode, call.p.Tags)
    if not ok or type(value) ~= "table" then call:fail("InvalidParameter.Tags", "Tags is not a JSON object.") end
    wanted = value
  end
  for _, name in ipairs(call.p.ResourceARN or {}) do
    arns = arns or {}
    arns[name] = true
  end
  local found = {}
  for _, kind in ipairs(TYPES) do
    for _, object in ipairs(call:list(kind.collection)) do
      local hit = #(object.tags or {}) > 0 and (not arns or arns[arn(call, kind, object)])
      for key, value in pairs(wanted or {}) do hit = hit and carries(object, key, value) end
      if hit then found[#found + 1] = { seq = object.seq, kind = kind, object = object } end
    end
  end
  table.sort(found, function(a, b) return a.seq < b.seq end)
  local page, cursor = paging.cursor(call, found, { size = "PageSize", default = 50 })
  local rows = {}
  for i, item in ipairs(page) do
    rows[i] = { ResourceARN = arn(call, item.kind, item.object), Tags = array(tags_of(item.object)) }
  end
  return { TagResources = array(rows), NextToken = cursor.NextToken }
end

function tag.ListResourcesByTag(call)
  local kind
  for _, row in ipairs(TYPES) do
    if row.name == call.p.ResourceType:upper() then kind = row end
  end
  if not kind then
    call:fail("InvalidParameter.ResourceType", "This type of resource is not known.", { status = 403 })
  end
  local key, value = call.p["TagFilter.Key"], call.p["TagFilter.Value"]
  local found = call:list(kind.collection, function(object)
    local hit = carries(object, key, value)
    if call.p.FuzzyType == "NOT" then return not hit end
    return hit
  end)
  local page, cursor = paging.cursor(call, found, { size = "MaxResult", default = 50 })
  local rows = {}
  for i, object in ipairs(page) do
    rows[i] = { ResourceId = object.id, Tags = array(call.p.IncludeAllTags and tags_of(object) or {}) }
  end
  return { Resources = array(rows), NextToken = cursor.NextToken }
end

return tag
