-- SPDX-License-Identifier: MIT
-- Base64 of command texts and outputs.

local base64 = {}

local ALPHABET <const> = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"

local value_of = {}
for i = 1, #ALPHABET do value_of[ALPHABET:byte(i)] = i - 1 end

---@param text string
---@return string
function base64.encode(text)
  local out = {}
  for i = 1, #text, 3 do
    local a, b, c = text:byte(i, i + 2)
    local bits = a << 16 | (b or 0) << 8 | (c or 0)
    for shift = 18, 0, -6 do
      local n = (bits >> shift & 63) + 1
      out[#out + 1] = ALPHABET:sub(n, n)
    end
    if not b then out[#out - 1], out[#out] = "=", "=" elseif not c then out[#out] = "=" end
  end
  return table.concat(out)
end

---@param text string padding may be missing
---@return string? nil when it is not Base64
function base64.decode(text)
  local body, padding = text:match("^([%w+/]*)(=?=?)$")
  if not body or #body % 4 == 1 or (padding ~= "" and (#body + #padding) % 4 ~= 0) then return nil end
  local out = {}
  for i = 1, #body, 4 do
    local bits, count = 0, 0
    for j = i, math.min(i + 3, #body) do
      bits, count = bits << 6 | value_of[body:byte(j)], count + 1
    end
    bits = bits << 6 * (4 - count)
    local bytes = string.char(bits >> 16 & 255, bits >> 8 & 255, bits & 255)
    out[#out + 1] = bytes:sub(1, count - 1)
  end
  return table.concat(out)
end

return base64
