-- SPDX-License-Identifier: MIT
-- Tags of resources: checks, filters, and the three tag operations that every product has in its
-- own spelling. An object keeps its tags as a list of {Key=, Value=} in the order they were given.

local array = require "json".array
local failure = require "sandbox.failure"
local paging = require "sandbox.paging"

local tags = {}

local MAXIMUM <const> = 20 -- per resource

local function duplicate(call)
  call:fail_first({ "Forbidden.TagKey.Duplicated", "Duplicate.TagKey", "DuplicatedTagKey", "IllegalParam.TagKey" },
    "A tag key is given twice.")
end

local function no_key(call)
  call:fail_first({ "MissingParameter.TagKey", "MissingTagKeyParam", "InvalidTagKey", "IllegalParam.TagKey" },
    "A tag needs a key.")
end

---Checks a list of tags as given with a create or a tag operation.
---@param call sandbox.Call
---@param given? table[] {Key=, Value=}
---@return table[] checked copy
function tags.check(call, given)
  local seen, list = {}, {}
  for _, tag in ipairs(given or {}) do
    if not tag.Key or tag.Key == "" then no_key(call) end
    if seen[tag.Key] then duplicate(call) end
    seen[tag.Key] = true
    list[#list + 1] = { Key = tag.Key, Value = tag.Value or "" }
  end
  return list
end

---@return table[] tags as a JSON array
function tags.show(object)
  local list = {}
  for i, tag in ipairs(object.tags or {}) do list[i] = { Key = tag.Key, Value = tag.Value } end
  return array(list)
end

---@return boolean whether the object carries all wanted tags; a tag without a value matches any value
function tags.match(object, wanted)
  for _, want in ipairs(wanted or {}) do
    local hit = false
    for _, tag in ipairs(object.tags or {}) do
      if tag.Key == want.Key and (want.Value == nil or want.Value == tag.Value) then hit = true end
    end
    if not hit then return false end
  end
  return true
end

local function merged(call, object, added)
  local list, place = {}, {}
  for _, tag in ipairs(object.tags or {}) do
    list[#list + 1] = { Key = tag.Key, Value = tag.Value }
    place[tag.Key] = #list
  end
  for _, tag in ipairs(added) do
    if place[tag.Key] then list[place[tag.Key]].Value = tag.Value else list[#list + 1] = tag end
  end
  if #list > MAXIMUM then
    call:fail_first({ "NumberExceed.Tags", "QuotaExceeded.TagNum", "QuotaExceed.TagsPerResource" },
      ("A resource can carry %d tags."):format(MAXIMUM))
  end
  return list
end

-- The objects named in ResourceId, each of them the caller's.
local function named(call, config)
  local collection = config.types[call.p.ResourceType]
  if not collection then
    call:fail_first({ "InvalidInstanceType.NotFound", "InvalidParameter" }, "This type of resource has no tags here.")
  end
  local objects = {}
  for _, id in ipairs(call.p.ResourceId or {}) do
    local object = config.find(call, collection, id)
    if not object then
      call:fail_first({ "InvalidInstanceIds.NotFound", "InvalidResourceId.NotFound" },
        ("%s does not exist."):format(id))
    end
    objects[#objects + 1] = object
  end
  return objects, collection
end

local function add(config)
  return function(call)
    local objects = named(call, config)
    local given = tags.check(call, call.p.Tag)
    local lists = {}
    for i, object in ipairs(objects) do lists[i] = merged(call, object, given) end
    call:commit()
    for i, object in ipairs(objects) do object.tags = lists[i] end
    return config.answer and config.answer() or {}
  end
end

local function take(config)
  return function(call)
    local objects = named(call, config)
    local keys = {}
    for _, key in ipairs(call.p.TagKey or {}) do
      if keys[key] then duplicate(call) end
      keys[key] = true
    end
    -- All=true counts only without keys
    local everything = call.p.All and not call.p.TagKey
    call:commit()
    for _, object in ipairs(objects) do
      local kept = {}
      for _, tag in ipairs(object.tags or {}) do
        if not everything and not keys[tag.Key] then kept[#kept + 1] = tag end
      end
      object.tags = kept
    end
    return config.answer and config.answer() or {}
  end
end

local function list(config)
  return function(call)
    local wanted = call.p.Tag
    if not call.p.ResourceId and not wanted then
      call:fail_first({ "BothEmpty.TagsAndResources", "MissingResourceIdOrTagParam" },
        "Resource ids or tags have to be given.")
    end
    for _, tag in ipairs(wanted or {}) do
      if not tag.Key or tag.Key == "" then no_key(call) end
    end
    local collection = config.types[call.p.ResourceType]
    local ids = {}
    for _, id in ipairs(call.p.ResourceId or {}) do ids[id] = true end
    local rows = {}
    for _, object in ipairs(config.all(call, collection)) do
      if (not call.p.ResourceId or ids[object.id]) and tags.match(object, wanted) then
        for _, tag in ipairs(object.tags or {}) do
          rows[#rows + 1] = { seq = #rows, row = config.row(call, object, tag) }
        end
      end
    end
    local page, cursor = paging.cursor(call, rows, { default = 50 })
    local shown = {}
    for i, entry in ipairs(page) do shown[i] = entry.row end
    return config.page(array(shown), cursor)
  end
end

---Handlers for a product's tag operations.
---@param config table types (ResourceType -> collection), find(call, collection, id), all(call, collection),
---  row(call, object, tag), page(rows, cursor), answer(), untag (name of the removing operation)
---@return table<string, fun(call:sandbox.Call):table>
function tags.operations(config)
  return { TagResources = add(config), [config.untag] = take(config), ListTagResources = list(config) }
end

---Refuses a resource group that the account does not have.
---@param call sandbox.Call
---@param codes string[] candidates
function tags.resource_group(call, id, codes)
  if not id then return call.state.accounts[tostring(call.caller.uid)].resource_group end
  local account = call.state.accounts[tostring(call.caller.uid)]
  if id == account.resource_group then return id end
  for _, known in ipairs(account.resource_groups or {}) do
    if known == id then return id end
  end
  failure.raise(failure.choose(call.operation, codes, codes[#codes]), ("Resource group %s does not exist."):format(id))
end

return tags
