-- SPDX-License-Identifier: MIT
-- IPv4 arithmetic of the emulated cloud. Kept apart from module `cidr` on purpose: the client under
-- test uses that one, and a judge must not share its mistakes.

local ipv4 = {}

---@param text string dotted quad
---@return integer? address, nil when malformed (leading zeros and spaces are malformed)
function ipv4.address(text)
  local value = 0
  local count = 0
  if type(text) ~= "string" or not text:match("^%d+%.%d+%.%d+%.%d+$") then return nil end
  for part in text:gmatch("%d+") do
    local number = tonumber(part)
    if number > 255 or (#part > 1 and part:sub(1, 1) == "0") then return nil end
    value = value << 8 | number
    count = count + 1
  end
  return count == 4 and value or nil
end

---@param value integer
---@return string dotted quad
function ipv4.text(value)
  return ("%d.%d.%d.%d"):format(value >> 24 & 255, value >> 16 & 255, value >> 8 & 255, value & 255)
end

local function mask_bits(length)
  return length == 0 and 0 or (0xffffffff << (32 - length)) & 0xffffffff
end

---Parses a CIDR block; an address without a mask is a /32.
---@param text string
---@return {base:integer, length:integer, last:integer, text:string}? block
---@return string? why "malformed" or "host bits"
function ipv4.block(text)
  if type(text) ~= "string" then return nil, "malformed" end
  local address, length = text:match("^([%d%.]+)/(%d%d?)$")
  if not address then address, length = text, "32" end
  local base = ipv4.address(address)
  length = tonumber(length)
  if not base or length > 32 or text:match("/0%d") then return nil, "malformed" end
  local first = base & mask_bits(length)
  if first ~= base then return nil, "host bits" end
  return { base = base, length = length, last = base | (~mask_bits(length) & 0xffffffff),
    text = ipv4.text(base) .. "/" .. length }
end

---@return boolean whether block `outer` holds all of `inner`
function ipv4.contains(outer, inner)
  return outer.base <= inner.base and inner.last <= outer.last
end

---@return boolean whether the blocks share an address
function ipv4.overlaps(a, b)
  return a.base <= b.last and b.base <= a.last
end

---@return boolean whether the dotted quad lies in the block
function ipv4.holds(block, text)
  local address = ipv4.address(text)
  return address ~= nil and block.base <= address and address <= block.last
end

ipv4.service_range = ipv4.block("100.64.0.0/10")
-- Ranges that no VPC CIDR may equal or lie in, and no route may point to.
ipv4.reserved = { ipv4.block("224.0.0.0/4"), ipv4.block("127.0.0.0/8"), ipv4.block("169.254.0.0/16") }

return ipv4
