-- SPDX-License-Identifier: MIT
-- Regions of the emulated cloud: area decides what is cross-border, peering whether VpcPeer works there.

local rows = {
  { "ap-northeast-1", "Japan (Tokyo)", "outside", true },
  { "ap-northeast-2", "South Korea (Seoul)", "outside", true },
  { "ap-south-1", "India (Mumbai)", "outside", false },
  { "ap-southeast-1", "Singapore", "outside", true },
  { "ap-southeast-2", "Australia (Sydney)", "outside", false },
  { "ap-southeast-3", "Malaysia (Kuala Lumpur)", "outside", true },
  { "ap-southeast-5", "Indonesia (Jakarta)", "outside", true },
  { "ap-southeast-6", "Philippines (Manila)", "outside", true },
  { "ap-southeast-7", "Thailand (Bangkok)", "outside", true },
  { "ap-southeast-8", "Malaysia (Johor)", "outside", true },
  { "cn-beijing", "China (Beijing)", "mainland", true },
  { "cn-chengdu", "China (Chengdu)", "mainland", true },
  { "cn-fuzhou", "China (Fuzhou)", "mainland", true },
  { "cn-guangzhou", "China (Guangzhou)", "mainland", true },
  { "cn-hangzhou", "China (Hangzhou)", "mainland", true },
  { "cn-heyuan", "China (Heyuan)", "mainland", true },
  { "cn-hongkong", "China (Hong Kong)", "outside", true },
  { "cn-huhehaote", "China (Hohhot)", "mainland", true },
  { "cn-nanjing", "China (Nanjing)", "mainland", true },
  { "cn-qingdao", "China (Qingdao)", "mainland", true },
  { "cn-shanghai", "China (Shanghai)", "mainland", true },
  { "cn-shenzhen", "China (Shenzhen)", "mainland", true },
  { "cn-wuhan-lr", "China (Wuhan - Local Region)", "mainland", true },
  { "cn-wulanchabu", "China (Ulanqab)", "mainland", true },
  { "cn-zhangjiakou", "China (Zhangjiakou)", "mainland", true },
  { "cn-zhongwei", "China (Zhongwei)", "mainland", true },
  { "cn-zhengzhou-jva", "China (Zhengzhou, joint venture)", "mainland", false },
  { "eu-central-1", "Germany (Frankfurt)", "outside", true },
  { "eu-west-1", "UK (London)", "outside", true },
  { "eu-west-2", "France (Paris)", "outside", false },
  { "me-central-1", "Saudi Arabia (Riyadh, partner region)", "outside", true },
  { "me-east-1", "UAE (Dubai)", "outside", true },
  { "na-south-1", "Mexico", "outside", false },
  { "us-east-1", "US (Virginia)", "outside", true },
  { "us-west-1", "US (Silicon Valley)", "outside", true },
  { "us-southeast-1", "US South East (city not verified)", "outside", false },
  { "cn-beijing-finance-1", "China North 2 Finance (Beijing, preview)", "finance", true },
  { "cn-hangzhou-finance", "China East 1 Finance (Hangzhou)", "finance", false },
  { "cn-shanghai-finance-1", "China East 2 Finance (Shanghai)", "finance", true },
  { "cn-shenzhen-finance-1", "China South 1 Finance (Shenzhen)", "finance", true },
  { "cn-north-2-gov-1", "China North 2 Government (Beijing)", "government", true },
  { "cn-heyuan-acdr-1", "China (Heyuan, automotive cloud)", "mainland", false },
}

local regions = { list = {}, by_id = {} }

for _, row in ipairs(rows) do
  local region = { id = row[1], name = row[2], area = row[3], peering = row[4] }
  regions.list[#regions.list + 1] = region
  regions.by_id[region.id] = region
end

---@return boolean whether the region exists
function regions.known(id)
  return regions.by_id[id] ~= nil
end

---@return string[] zone ids of a region: "eu-central-1a", but "cn-hangzhou-a"
function regions.zones(id)
  local stem = id:match("%d$") and id or id .. "-"
  return { stem .. "a", stem .. "b", stem .. "c" }
end

---@return boolean whether traffic between the two crosses the border of the mainland
function regions.cross_border(a, b)
  local first, second = regions.by_id[a], regions.by_id[b]
  return (first.area == "mainland") ~= (second.area == "mainland")
end

---@return string "public", "finance" or "government": clouds that cannot be peered with each other
function regions.cloud(id)
  local area = regions.by_id[id].area
  return (area == "finance" or area == "government") and area or "public"
end

return regions
