-- SPDX-License-Identifier: MIT
-- engine.marker: how objects that we made are known again without a ledger: tags where the product has
-- them, name and description elsewhere.
local M = {}

local TAG <const> = "peerway"
local KEY_TAG <const> = "peerway-key"

--- Tags for a new object.
---@param owner string name of the topology
---@param key string logical key
---@return table[]
function M.tags(owner, key)
  return { { Key = TAG, Value = owner }, { Key = KEY_TAG, Value = key } }
end

--- The owner that a list of tags names, if it is one of ours.
---@param tags table[]?
---@return string? owner
---@return string? key
function M.of_tags(tags)
  local owner, key
  for _, tag in ipairs(tags or {}) do
    if tag.Key == TAG then
      owner = tag.Value
    elseif tag.Key == KEY_TAG then
      key = tag.Value
    end
  end
  return owner, key
end

--- Description of an object without tags.
---@param owner string
---@param what string
---@return string
function M.description(owner, what)
  return ("peerway:%s %s"):format(owner, what)
end

--- The owner that a description names.
---@param text string?
---@return string?
function M.of_description(text)
  return text and text:match "^peerway:(%S+)"
end

--- What a description of ours says about the object.
---@param text string?
---@return string?
function M.what(text)
  return text and text:match "^peerway:%S+ (.+)$"
end

return M
