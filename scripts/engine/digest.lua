-- SPDX-License-Identifier: MIT
-- engine.digest: SHA-256 of small texts (keys, parameters), and one canonical text for a Lua value.
-- Not for secrets: those are hashed in C.
local M = {}

local K = {}
local H0 = {}

-- The constants of FIPS 180-4: fractional parts of cube and square roots of the first primes.
do
  local count, candidate = 0, 2
  local function fraction(root)
    return math.floor((root - math.floor(root)) * 2 ^ 32)
  end
  while count < 64 do
    local prime = true
    for d = 2, math.floor(math.sqrt(candidate)) do
      if candidate % d == 0 then
        prime = false
        break
      end
    end
    if prime then
      count = count + 1
      K[count] = fraction(candidate ^ (1 / 3))
      if count <= 8 then
        H0[count] = fraction(math.sqrt(candidate))
      end
    end
    candidate = candidate + 1
  end
end

local MASK <const> = 0xffffffff

local function rotate(x, n)
  return ((x >> n) | (x << (32 - n))) & MASK
end

local function block(state, text, offset)
  local w = { string.unpack(">I4I4I4I4I4I4I4I4I4I4I4I4I4I4I4I4", text, offset) }
  for i = 17, 64 do
    local a, b = w[i - 15], w[i - 2]
    local s0 = rotate(a, 7) ~ rotate(a, 18) ~ (a >> 3)
    local s1 = rotate(b, 17) ~ rotate(b, 19) ~ (b >> 10)
    w[i] = (w[i - 16] + s0 + w[i - 7] + s1) & MASK
  end
  local a, b, c, d, e, f, g, h = table.unpack(state)
  for i = 1, 64 do
    local s1 = rotate(e, 6) ~ rotate(e, 11) ~ rotate(e, 25)
    local t1 = (h + s1 + ((e & f) ~ (~e & g)) + K[i] + w[i]) & MASK
    local s0 = rotate(a, 2) ~ rotate(a, 13) ~ rotate(a, 22)
    local t2 = (s0 + ((a & b) ~ (a & c) ~ (b & c))) & MASK
    h, g, f, e, d, c, b, a = g, f, e, (d + t1) & MASK, c, b, a, (t1 + t2) & MASK
  end
  for i, value in ipairs { a, b, c, d, e, f, g, h } do
    state[i] = (state[i] + value) & MASK
  end
end

--- SHA-256 of `text` as 64 hexadecimal digits.
---@param text string
---@return string
function M.sha256(text)
  local padding = (55 - #text) % 64
  local padded = text .. "\128" .. ("\0"):rep(padding) .. string.pack(">I8", #text * 8)
  local state = table.move(H0, 1, 8, 1, {})
  for offset = 1, #padded, 64 do
    block(state, padded, offset)
  end
  return (("%08x"):rep(8)):format(table.unpack(state))
end

--- One text for a value: keys sorted, types told apart, so that equal values give equal texts.
---@param value any tables, strings, numbers, booleans, nil
---@return string
function M.canonical(value)
  if type(value) ~= "table" then
    return type(value) == "string" and ("%q"):format(value) or tostring(value)
  end
  local keys, parts = {}, {}
  for key in pairs(value) do
    keys[#keys + 1] = key
  end
  table.sort(keys, function(a, b)
    local ta, tb = type(a), type(b)
    if ta ~= tb then return ta < tb end
    return a < b
  end)
  for index, key in ipairs(keys) do
    parts[index] = ("[%s]=%s"):format(M.canonical(key), M.canonical(value[key]))
  end
  return "{" .. table.concat(parts, ",") .. "}"
end

--- SHA-256 of the canonical text of a value.
---@param value any
---@return string
function M.of(value)
  return M.sha256(M.canonical(value))
end

return M
