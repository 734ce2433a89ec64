-- SPDX-License-Identifier: MIT
-- The operations known to peerway: one data file per product below cloud.operations, loaded when
-- first asked for. A user's copy of such a file on the search path wins, as for every script.
local nearest = require "cloud.nearest"

local catalogue = {}

-- Products with a data file, by lower-case code; the names people and other tools also write for them.
local products <const> = {
  "cbn", "ecs", "location", "maxcompute", "nis", "privatelink", "pvtz", "quotas", "sts", "tag", "vpc", "vpcpeer",
}
local aliases <const> = { cen = "cbn", odps = "maxcompute", privatezone = "pvtz", quota = "quotas" }

-- Verbs whose calls change nothing: an uncatalogued operation named so may be repeated freely.
local reading_verbs <const> = { "Describe", "List", "Get", "Query", "Check", "Search", "Count" }

-- Parameters that every RPC product takes although no operation lists them.
catalogue.common_parameters = {
  RegionId = { "string" },
  OwnerId = { "integer" },
  OwnerAccount = { "string" },
  ResourceOwnerId = { "integer" },
  ResourceOwnerAccount = { "string" },
}

local known, loaded = {}, {}
for _, code in ipairs(products) do
  known[code] = true
end

--- The code of a product as the data files and endpoint tables spell it.
---@param name string any spelling, e.g. "VpcPeer", "Vpc"
---@return string code lower case
function catalogue.product_code(name)
  local code = name:lower()
  return aliases[code] or code
end

--- All catalogued product codes, sorted.
---@return string[]
function catalogue.products()
  return table.move(products, 1, #products, 1, {})
end

--- The data of one product, or nil when it has no data file.
---@param code string lower-case product code
---@return cloud.Product?
function catalogue.product(code)
  if not loaded[code] and known[code] then
    loaded[code] = require("cloud.operations." .. code)
  end
  return loaded[code]
end

--- The product code nearest to an unknown one ("vcp" -> "vpc"), or nil.
---@param code string
---@return string?
function catalogue.nearest_product(code)
  return nearest.find(code, products)
end

--- The action of a product nearest to an unknown one, or nil.
---@param product cloud.Product
---@param action string
---@return string?
function catalogue.nearest_action(product, action)
  return nearest.find(action, catalogue.actions(product))
end

--- The actions of a product, sorted.
---@param product cloud.Product
---@return string[]
function catalogue.actions(product)
  local names = {}
  for name in pairs(product.operations) do
    names[#names + 1] = name
  end
  table.sort(names)
  return names
end

local function reads(action)
  for _, verb in ipairs(reading_verbs) do
    if action:sub(1, #verb) == verb then
      return true
    end
  end
  return false
end

--- Describes an operation that has no entry in the data files, so that it can be called all the same.
---@param code string product code
---@param action string
---@param version string API version, e.g. "2016-04-28"
---@param style string? "RPC" (default) or "ROA"
---@return cloud.Operation
function catalogue.uncatalogued(code, action, version, style)
  return {
    product = code, name = code, action = action, version = version, style = style or "RPC",
    kind = reads(action) and "read" or "write", uncatalogued = true,
  }
end

--- One operation with its product's facts filled in (product, version, style, action); nil when unknown.
---@param code string product code
---@param action string
---@return cloud.Operation?
function catalogue.operation(code, action)
  local product = catalogue.product(code)
  local data = product and product.operations[action]
  if not data then
    return nil
  end
  if not data.action then
    data.action, data.product, data.name = action, product.product, product.name
    data.version, data.style = data.version or product.version, data.style or product.style
  end
  return data
end

return catalogue
