-- SPDX-License-Identifier: MIT
-- The address whitelists of a MaxCompute project: ipList (public and interconnection networks) and
-- vpcIpList (VPCs). Setting only one of them prohibits the other kind of access.
local ipv4 = require "sandbox.network.ipv4"

local whitelist = {}

local function in_item(item, number)
  local first, last = item:match("^([%d.]+)%-([%d.]+)$")
  if first then return number >= (ipv4.number(first) or math.huge) and number <= (ipv4.number(last) or -1) end
  return ipv4.contains(ipv4.block(item, "whitelist"), number)
end

local function in_list(list, number)
  for item in list:gmatch("[^,%s]+") do
    if in_item(item, number) then return true end
  end
  return false
end

--- One entry "RegionID_VPCID[ip,ip]"; without brackets the whole VPC.
local function in_entry(entry, region, vpc, number)
  local where, list = entry:match("^([^%[]+)%[(.*)%]$")
  where = where or entry
  if where ~= region .. "_" .. vpc and where ~= vpc then return false end
  return not list or list == "" or in_list(list, number)
end

--- Splits at the commas outside brackets.
local function entries(text)
  local list, depth, start = {}, 0, 1
  for position, character in text:gmatch("()([%[%],])") do
    if character == "[" then depth = depth + 1
    elseif character == "]" then depth = depth - 1
    elseif depth == 0 then
      list[#list + 1] = text:sub(start, position - 1)
      start = position + 1
    end
  end
  list[#list + 1] = text:sub(start)
  return list
end

--- May a request that came through `vpc` from `address` use the project?
---@param lists {ip:string?, vpc:string?} comma-separated texts, as GetProject shows them
---@param region string
---@param vpc string|nil nil: it came from a public network
---@param address string
---@return boolean
function whitelist.admits(lists, region, vpc, address)
  local public, private = lists.ip or "", lists.vpc or ""
  if public == "" and private == "" then return true end
  local number = ipv4.number(address)
  if not vpc then return public ~= "" and in_list(public, number) end
  for _, entry in ipairs(entries(private)) do
    if entry ~= "" and in_entry(entry:match("^%s*(.-)%s*$"), region, vpc, number) then return true end
  end
  return false
end

return whitelist
