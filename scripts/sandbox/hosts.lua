-- SPDX-License-Identifier: MIT
-- Which product and region a cloud host name stands for.

local regions = require "sandbox.regions"

local hosts = {}

local central = {
  ["vpcpeer.aliyuncs.com"] = "VpcPeer", ["vpc.aliyuncs.com"] = "Vpc", ["ecs.aliyuncs.com"] = "Ecs",
  ["ecs-cn-hangzhou.aliyuncs.com"] = "Ecs", ["sts.aliyuncs.com"] = "Sts", ["pvtz.aliyuncs.com"] = "pvtz",
  ["pvtz.vpc-proxy.aliyuncs.com"] = "pvtz", ["cdt.aliyuncs.com"] = "CDT", ["quotas.aliyuncs.com"] = "quotas",
  ["location-readonly.aliyuncs.com"] = "Location", ["location.aliyuncs.com"] = "Location",
  ["maxcompute.aliyuncs.com"] = "MaxCompute", ["tag.aliyuncs.com"] = "Tag",
}

local regional = { vpc = "Vpc", privatelink = "Privatelink", ecs = "Ecs", sts = "Sts", maxcompute = "MaxCompute",
  tag = "Tag", quotas = "quotas" }

---@param host string without port, any case
---@return string? product, string? region (nil for central hosts)
function hosts.lookup(host)
  host = host:lower()
  if central[host] then return central[host] end
  local prefix, region = host:match("^([%w%-]+)%.([%w%-]+)%.aliyuncs%.com$")
  if not prefix or not regions.known(region) then return nil end
  return regional[prefix] or regional[prefix:match("^(.*)%-vpc$") or ""], region
end

-- The names that the Location service gives for a product.
hosts.location_codes = { vpc = "vpc", ecs = "ecs", privatelink = "privatelink", vpcpeer = false, pvtz = false,
  sts = "sts" }

---@param host string
---@return boolean whether it is a data-service name of MaxCompute
function hosts.is_data_service(host)
  host = host:lower()
  return host:match("%.maxcompute%.aliyun%-inc%.com$") ~= nil or host:match("%.maxcompute%.aliyun%.com$") ~= nil
end

return hosts
