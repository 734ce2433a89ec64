-- SPDX-License-Identifier: MIT
-- model.guard: which resolved addresses may become routes. A name's answer is outside data: a wrong or
-- forged one must never pull DNS, metadata or the Cloud Assistant of the clients into a peering.
local cidr = require "cidr"

local M = {}

M.allowed = { "100.64.0.0/10" }
M.most_per_name = 16

-- Addresses inside the allowed range that every instance needs locally.
M.reserved = {
  ["100.100.2.136/32"] = "DNS server of the VPC",
  ["100.100.2.138/32"] = "DNS server of the VPC",
  ["100.100.100.200/32"] = "metadata service",
}

local function inside_any(blocks, address)
  for _, block in ipairs(blocks) do
    if cidr.prefix(block):contains(address) then
      return block
    end
  end
end

local function refusal(address, own_blocks)
  if not inside_any(M.allowed, address) then
    return ("%s is outside %s: a public or rewritten answer (D-38)"):format(tostring(address),
      table.concat(M.allowed, ", "))
  end
  for block, what in pairs(M.reserved) do
    if cidr.prefix(block):contains(address) then
      return ("%s is the %s (D-26)"):format(tostring(address), what)
    end
  end
  local own = inside_any(own_blocks, address)
  if own then
    return ("%s lies in the VPC block %s"):format(tostring(address), own)
  end
end

--- Checks the answer for one name.
---@param name string
---@param addresses string[]
---@param own_blocks string[] blocks of all VPCs involved
---@return string[] accepted
---@return string[] refused reasons, each naming the address
function M.check(name, addresses, own_blocks)
  local accepted, refused = {}, {}
  if #addresses > M.most_per_name then
    return {}, { ("%s has %d addresses; more than %d are not believed"):format(name, #addresses, M.most_per_name) }
  end
  for _, text in ipairs(addresses) do
    local ok, address = pcall(cidr.address, text)
    local why = not ok and (text .. " is no address") or refusal(address, own_blocks)
    if why then
      refused[#refused + 1] = ("%s: %s"):format(name, why)
    else
      accepted[#accepted + 1] = tostring(address)
    end
  end
  return accepted, refused
end

return M
