-- SPDX-License-Identifier: MIT
-- The emulated products: published facts (operations) beside what we do (handlers), found by version.

local products = { by_version = {}, by_name = {} }

for _, file in ipairs { "vpc", "vpcpeer", "privatelink", "ecs", "sts", "pvtz", "maxcompute", "cdt", "tag", "quotas",
  "location" } do
  local facts = require("sandbox.operations." .. file)
  local product = { name = facts.product, version = facts.version, style = facts.style, operations = facts.operations,
    handlers = require("sandbox.products." .. file) }
  products.by_version[product.version] = product
  products.by_name[product.name] = product
end

---Finds a ROA operation by method and path.
---@return string? action, table<string, string> parameters of the path
function products.route(product, method, path)
  for action, operation in pairs(product.operations) do
    local names = {}
    local pattern = "^" .. operation.path:gsub("{(%w+)}", function(name)
      names[#names + 1] = name
      return "([^/]+)"
    end) .. "/?$"
    local captures = { path:match(pattern) }
    if captures[1] and operation.method == method then
      local found = {}
      for i, name in ipairs(names) do found[name] = captures[i] end
      return action, found
    end
  end
  return nil, {}
end

return products
