-- SPDX-License-Identifier: MIT
-- Identifiers of the emulated cloud, drawn from a generator inside the state: the same world and the
-- same calls give the same ids in every process, and a saved state never repeats one.

local ids = {}

local DIGITS <const> = "abcdefghijklmnopqrstuvwxyz0123456789"

-- splitmix64: one step per number, good enough to look random and trivially saved.
local function next_number(state)
  state.serial = state.serial + 1
  local z = state.seed + state.serial * 0x9e3779b97f4a7c15
  z = (z ~ (z >> 30)) * 0xbf58476d1ce4e5b9
  z = (z ~ (z >> 27)) * 0x94d049bb133111eb
  return z ~ (z >> 31)
end

---@param state table the cloud's state (fields seed, serial)
---@param low integer
---@param high integer
---@return integer low..high
function ids.number(state, low, high)
  return low + (next_number(state) >> 1) % (high - low + 1)
end

---@param state table
---@param prefix string such as "pcc"
---@param length integer characters after the hyphen
---@return string
function ids.new(state, prefix, length)
  local out = {}
  for i = 1, length do
    local n = ids.number(state, 1, #DIGITS)
    out[i] = DIGITS:sub(n, n)
  end
  return prefix .. "-" .. table.concat(out)
end

---@param state table
---@param length integer
---@return string lower-case hexadecimal digits
function ids.hex(state, length)
  local out = {}
  for i = 1, length do out[i] = ("%x"):format(ids.number(state, 0, 15)) end
  return table.concat(out)
end

---@param hex string 32 hexadecimal digits
---@return string upper-case UUID as RequestId shows it
function ids.uuid(hex)
  hex = hex:upper()
  return ("%s-%s-%s-%s-%s"):format(hex:sub(1, 8), hex:sub(9, 12), hex:sub(13, 16), hex:sub(17, 20), hex:sub(21, 32))
end

return ids
