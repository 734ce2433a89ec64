-- SPDX-License-Identifier: MIT
-- IPv4 as the data plane needs it: blocks as {first, last, length, text}, addresses as integers.
local errors = require "errors"

local ipv4 = {}

--- Parses a dotted address strictly.
---@param text string
---@return integer|nil number nil when it is no IPv4 address
function ipv4.number(text)
  local a, b, c, d = tostring(text):match("^(%d%d?%d?)%.(%d%d?%d?)%.(%d%d?%d?)%.(%d%d?%d?)$")
  if not a then return nil end
  local number = 0
  for _, part in ipairs { a, b, c, d } do
    if tonumber(part) > 255 or part:match("^0%d") then return nil end
    number = number << 8 | tonumber(part)
  end
  return number
end

---@param number integer
---@return string address
function ipv4.text(number)
  return ("%d.%d.%d.%d"):format(number >> 24, number >> 16 & 255, number >> 8 & 255, number & 255)
end

---@class sandbox.network.Block
---@field first integer
---@field last integer
---@field length integer
---@field text string canonical

--- Parses "a.b.c.d/n" or a bare address (/32); host bits are cut off, as the cloud's API does for routes.
---@param text string
---@param where string what it belongs to, for the error
---@return sandbox.network.Block block raises kind="input", code="InvalidCidr"
function ipv4.block(text, where)
  local address, length = tostring(text):match("^([%d.]+)/(%d%d?)$")
  local number = ipv4.number(address or text)
  length = tonumber(length or 32)
  if not number or length > 32 then
    errors.raise { kind = "input", code = "InvalidCidr",
      message = ("%s: %q is no IPv4 block"):format(where, tostring(text)) }
  end
  local size = 1 << (32 - length)
  local first = number // size * size
  return { first = first, last = first + size - 1, length = length, text = ipv4.text(first) .. "/" .. length }
end

---@param block sandbox.network.Block
---@param number integer
---@return boolean
function ipv4.contains(block, number)
  return number >= block.first and number <= block.last
end

--- The gateway of a vSwitch: the third address from its end (x.x.x.253 of a /24).
---@param block sandbox.network.Block
---@return string address
function ipv4.gateway(block)
  return ipv4.text(block.last - 2)
end

return ipv4
