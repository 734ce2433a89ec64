-- SPDX-License-Identifier: MIT
-- model.regions: the regions, as data: which can be peered, where MaxCompute runs, how its PrivateLink
-- service is had. From the vendor's pages as of 2026; a user's copy of this file may add regions.
local M = {}

---@class Region
---@field name string
---@field mainland boolean inside the Chinese mainland (Hong Kong is not)
---@field cloud "public"|"finance"|"government"
---@field peering boolean VPC peering connections are offered
---@field maxcompute boolean MaxCompute runs here
---@field privatelink "direct"|"ticket"|"none" how to get MaxCompute's endpoint service

local function region(name, area, cloud, peering, maxcompute, privatelink)
  return { name = name, mainland = area == "mainland", cloud = cloud, peering = peering,
    maxcompute = maxcompute, privatelink = privatelink }
end

---@type table<string, Region>
M.all = {
  ["ap-northeast-1"] = region("Japan (Tokyo)", "outside", "public", true, true, "ticket"),
  ["ap-northeast-2"] = region("South Korea (Seoul)", "outside", "public", true, false, "none"),
  ["ap-south-1"] = region("India (Mumbai)", "outside", "public", false, false, "none"),
  ["ap-southeast-1"] = region("Singapore", "outside", "public", true, true, "ticket"),
  ["ap-southeast-2"] = region("Australia (Sydney)", "outside", "public", false, false, "none"),
  ["ap-southeast-3"] = region("Malaysia (Kuala Lumpur)", "outside", "public", true, true, "ticket"),
  ["ap-southeast-5"] = region("Indonesia (Jakarta)", "outside", "public", true, true, "ticket"),
  ["ap-southeast-6"] = region("Philippines (Manila)", "outside", "public", true, false, "none"),
  ["ap-southeast-7"] = region("Thailand (Bangkok)", "outside", "public", true, false, "none"),
  ["ap-southeast-8"] = region("Malaysia (Johor)", "outside", "public", true, false, "none"),
  ["cn-beijing"] = region("China (Beijing)", "mainland", "public", true, true, "direct"),
  ["cn-beijing-finance-1"] = region("China North 2 Finance (Beijing)", "mainland", "finance", true, true, "none"),
  ["cn-chengdu"] = region("China (Chengdu)", "mainland", "public", true, true, "direct"),
  ["cn-fuzhou"] = region("China (Fuzhou, closing)", "mainland", "public", true, false, "none"),
  ["cn-guangzhou"] = region("China (Guangzhou)", "mainland", "public", true, false, "none"),
  ["cn-hangzhou"] = region("China (Hangzhou)", "mainland", "public", true, true, "direct"),
  ["cn-hangzhou-finance"] = region("China East 1 Finance (Hangzhou)", "mainland", "finance", false, true, "none"),
  ["cn-heyuan"] = region("China (Heyuan)", "mainland", "public", true, false, "none"),
  ["cn-heyuan-acdr-1"] = region("China (Heyuan, automotive cloud)", "mainland", "public", false, false, "none"),
  ["cn-hongkong"] = region("China (Hong Kong)", "outside", "public", true, true, "direct"),
  ["cn-huhehaote"] = region("China (Hohhot)", "mainland", "public", true, false, "none"),
  ["cn-nanjing"] = region("China (Nanjing, closing)", "mainland", "public", true, false, "none"),
  ["cn-north-2-gov-1"] = region("China North 2 Government (Beijing)", "mainland", "government", true, true, "none"),
  ["cn-qingdao"] = region("China (Qingdao)", "mainland", "public", true, false, "none"),
  ["cn-shanghai"] = region("China (Shanghai)", "mainland", "public", true, true, "direct"),
  ["cn-shanghai-finance-1"] = region("China East 2 Finance (Shanghai)", "mainland", "finance", true, true, "none"),
  ["cn-shenzhen"] = region("China (Shenzhen)", "mainland", "public", true, true, "direct"),
  ["cn-shenzhen-finance-1"] = region("China South 1 Finance (Shenzhen)", "mainland", "finance", true, true, "none"),
  ["cn-wuhan-lr"] = region("China (Wuhan)", "mainland", "public", true, false, "none"),
  ["cn-wulanchabu"] = region("China (Ulanqab)", "mainland", "public", true, true, "direct"),
  ["cn-zhangjiakou"] = region("China (Zhangjiakou)", "mainland", "public", true, true, "direct"),
  ["cn-zhengzhou-jva"] = region("China (Zhengzhou, joint venture)", "mainland", "public", false, false, "none"),
  ["cn-zhongwei"] = region("China (Zhongwei)", "mainland", "public", true, false, "none"),
  ["eu-central-1"] = region("Germany (Frankfurt)", "outside", "public", true, true, "ticket"),
  ["eu-west-1"] = region("UK (London)", "outside", "public", true, true, "none"),
  ["eu-west-2"] = region("France (Paris)", "outside", "public", false, false, "none"),
  ["me-central-1"] = region("Saudi Arabia (Riyadh, partner region)", "outside", "public", true, true, "none"),
  ["me-east-1"] = region("UAE (Dubai)", "outside", "public", true, true, "none"),
  ["na-south-1"] = region("Mexico", "outside", "public", false, false, "none"),
  ["us-east-1"] = region("US (Virginia)", "outside", "public", true, true, "ticket"),
  ["us-southeast-1"] = region("US South East (city not verified)", "outside", "public", false, false, "none"),
  ["us-west-1"] = region("US (Silicon Valley)", "outside", "public", true, true, "ticket"),
}

--- All region ids, sorted.
---@return string[]
function M.ids()
  local ids = {}
  for id in pairs(M.all) do
    ids[#ids + 1] = id
  end
  table.sort(ids)
  return ids
end

--- Whether a connection between two regions crosses the border of the Chinese mainland, which needs
--- a compliance approval and the cross-border CDT service.
---@param a string
---@param b string
---@return boolean
function M.cross_border(a, b)
  return M.all[a].mainland ~= M.all[b].mainland
end

return M
