-- SPDX-License-Identifier: MIT
-- The record stream of a Tunnel download: protobuf fields per record, each record and the whole stream
-- closed by CRC-32C sums, as the official clients check them (PyODPS odps/tunnel/io/reader.py).
local records = {}

-- Field numbers that are no columns (PyODPS odps/tunnel/wireconstants.py).
local END_RECORD <const> = 33553408
local META_COUNT <const> = 33554430
local META_CHECKSUM <const> = 33554431
local VARINT <const>, FIXED64 <const>, BYTES <const> = 0, 1, 2

local crc_table = {}
for index = 0, 255 do
  local crc = index
  for _ = 1, 8 do crc = crc & 1 == 1 and (crc >> 1) ~ 0x82F63B78 or crc >> 1 end
  crc_table[index] = crc
end

--- CRC-32C (Castagnoli) of `text`, continuing from `crc` (start with 0).
---@param text string
---@param crc integer|nil
---@return integer
function records.crc32c(text, crc)
  crc = (crc or 0) ~ 0xFFFFFFFF
  for index = 1, #text do crc = crc_table[(crc ~ text:byte(index)) & 0xFF] ~ (crc >> 8) end
  return crc ~ 0xFFFFFFFF
end

local function varint(number)
  local bytes = {}
  repeat
    local byte = number & 0x7F
    number = number >> 7
    bytes[#bytes + 1] = string.char(number ~= 0 and byte | 0x80 or byte)
  until number == 0
  return table.concat(bytes)
end

local function key(field, wire)
  return varint(field << 3 | wire)
end

local function zigzag(number)
  return varint(number << 1 ~ (number < 0 and -1 or 0))
end

--- A value on the wire, its wire type, and the bytes that the checksum covers.
local encoders = {
  bigint = function(value) return zigzag(value), VARINT, ("<i8"):pack(value) end,
  double = function(value) return ("<d"):pack(value), FIXED64, ("<d"):pack(value) end,
  boolean = function(value) return value and "\1" or "\0", VARINT, value and "\1" or "\0" end,
  string = function(value) return varint(#value) .. value, BYTES, value end,
}

local function record(columns, row, parts)
  local crc = 0
  for index, column in ipairs(columns) do
    local value = row[column.source or index]
    if value ~= nil then
      local data, wire, covered = encoders[column.type](value)
      crc = records.crc32c(("<i4"):pack(index) .. covered, crc)
      parts[#parts + 1] = key(index, wire) .. data
    end
  end
  parts[#parts + 1] = key(END_RECORD, VARINT) .. varint(crc)
  return crc
end

--- Encodes rows.
---@param columns {name:string, type:"bigint"|"double"|"boolean"|"string", source:integer?}[]
---@param rows any[][]
---@return string
function records.encode(columns, rows)
  local parts, sum = {}, 0
  for _, row in ipairs(rows) do sum = records.crc32c(("<I4"):pack(record(columns, row, parts)), sum) end
  parts[#parts + 1] = key(META_COUNT, VARINT) .. zigzag(#rows)
  parts[#parts + 1] = key(META_CHECKSUM, VARINT) .. varint(sum)
  return table.concat(parts)
end

return records
