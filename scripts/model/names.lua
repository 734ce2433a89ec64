-- SPDX-License-Identifier: MIT
-- model.names: the names of MaxCompute inside a VPC and of its PrivateLink services. Patterns are data;
-- a topology may give its own names where a region is special.
local M = {}

-- What each host label is for. "service" answers the API, "dt" the Tunnel, "dt-exclusive" the Tunnel of
-- exclusive resource groups.
M.labels = { "service", "dt", "dt-exclusive" }

M.vpc_pattern = "%s.%s-vpc.maxcompute.aliyun-inc.com"

-- The published names of other products are com.aliyuncs.privatelink.<region>.<product>; the list of
-- services that the account may use decides (ListVpcEndpointServicesByEndUser).
M.endpoint_services = {
  service = "com.aliyuncs.privatelink.%s.maxcompute",
  dt = "com.aliyuncs.privatelink.%s.maxcompute-tunnel",
}

--- The VPC name of MaxCompute for a host label in a region. The region id is checked, so that no other
--- text can become a host name.
---@param label string
---@param region string
---@return string
function M.vpc(label, region)
  assert(region:match "^[a-z][a-z]%-[a-z0-9-]+$", "not a region id")
  if label:find(".", 1, true) then
    return label
  end
  return M.vpc_pattern:format(label, region)
end

--- The role of a name in the access probe: "service" or "tunnel".
---@param name string host name or label
---@return "service"|"tunnel"
function M.role(name)
  return name:match "^dt" and "tunnel" or "service"
end

--- The labels of a map, "service" first.
---@param by_label table<string, any>
---@return string[]
function M.in_order(by_label)
  local list = {}
  for label in pairs(by_label) do
    list[#list + 1] = label
  end
  table.sort(list, function(a, b)
    if (a == "service") ~= (b == "service") then return a == "service" end
    return a < b
  end)
  return list
end

return M
