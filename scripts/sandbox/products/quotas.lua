-- SPDX-License-Identifier: MIT
-- quotas 2020-05-10: limits of the products, read only.

local array = require "json".array
local paging = require "sandbox.paging"

local quotas = {}

-- quota id -> name in the settings
local vpc = {
  { "vpc_quota_cross_region_peer_num_per_vpc", "peers_per_vpc_regions", "Peering connections between regions per VPC" },
  { "vpc_quota_intra_region_peer_num_per_vpc", "peers_per_vpc_one_region", "Peering connections in a region per VPC" },
  { "vpc_quota_peer_num", "peers_per_region", "Peering connections per account and region" },
  { "vpc_quota_peer_cross_region_bandwidth", "peer_bandwidth", "Bandwidth of a connection between regions" },
  { "vpc_quota_route_entrys_num", "routes_per_table", "Custom routes per table" },
  { "vpc_quota_route_tables_num", "custom_tables_per_vpc", "Custom route tables per VPC" },
}
local privatelink = {
  { "pvl_quota_total_ep_per_vpc", "endpoints_per_vpc", "Endpoints per VPC" },
  { "pvl_quota_total_epsrv", "endpoint_services", "Endpoint services" },
  { "pvl_quota_epsrv_resource_per_service", "resources_per_service", "Resources per service" },
}
local products = { vpc = vpc, privatelink = privatelink }

local function row(call, product, entry)
  local limit = call:quota(entry[2])
  return { ProductCode = product, QuotaActionCode = entry[1], QuotaName = entry[1], QuotaDescription = entry[3],
    TotalQuota = limit, TotalUsage = 0, Adjustable = true, Consumable = false, QuotaType = "normal",
      QuotaUnit = "AMOUNT",
    QuotaCategory = "CommonQuota", GlobalQuota = false, ApplicableRange = array {}, SupportedRange = array {} }
end

function quotas.GetProductQuota(call)
  for _, entry in ipairs(products[call.p.ProductCode] or {}) do
    if entry[1] == call.p.QuotaActionCode then return { Quota = row(call, call.p.ProductCode, entry) } end
  end
  call:fail("QUOTA.NOT.FOUND", "No such quota.", { status = 404, invented = true })
end

function quotas.ListProductQuotas(call)
  local found = {}
  for i, entry in ipairs(products[call.p.ProductCode] or {}) do
    if not call.p.QuotaActionCode or entry[1] == call.p.QuotaActionCode then
      found[#found + 1] = { seq = i, entry = entry }
    end
  end
  local page, answer = paging.cursor(call, found, { default = 30 })
  local rows = {}
  for i, item in ipairs(page) do rows[i] = row(call, call.p.ProductCode, item.entry) end
  answer.Quotas = array(rows)
  return answer
end

return quotas
