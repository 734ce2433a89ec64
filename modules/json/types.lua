---@meta
-- SPDX-License-Identifier: MIT
-- types.lua: signatures of module `json` (JSON by RFC 8259, exact where lua-cjson is not).

---@class json
---@field null lightuserdata the value that stands for null (true in conditions)
local json = {}

---@class json.decode_options
---@field null? boolean keep nulls of objects as `json.null` (default: the key is absent). In arrays and
---at the top a null is always `json.null`, so that positions stay.
---@field max_depth? integer nested arrays and objects, default 128, at most 1000
---@field max_size? integer bytes of text, default 64 MiB

--- Decodes one JSON value. Numbers without fraction become integers; integers beyond 2^63-1 become
--- strings of their digits; of a key that stands twice the last one counts; arrays are marked
--- (see `json.is_array`).
---@param text string
---@param options? json.decode_options
---@return any value
--- Raises kind "input", code "InvalidJson", with `offset` (position of the offending byte, from 1):
--- bad grammar, invalid UTF-8, lone surrogates, numbers no double can hold, limits exceeded.
function json.decode(text, options) end

--- The same for texts that may be anything: what is no JSON gives nil and the error value instead of raising.
---@param text string
---@param options? json.decode_options
---@return any value nil when `err` is given; a text "null" gives json.null
---@return table? err kind "input", code "InvalidJson", with `offset`
function json.try_decode(text, options) end

---@class json.encode_options
---@field indent? boolean|integer spaces per level (true: 2); default: one line without blanks

--- Encodes a value: keys sorted by bytes, integers exact, floats in the shortest form that reads back
--- equal. A table with the keys 1..n is an array; an empty one only if marked with `json.array`.
---@param value any nil and json.null give null
---@param options? json.encode_options
---@return string text
--- Raises kind "input", code "InvalidJson", naming the place (".a.b[3]"): functions and other values
--- without JSON form, mixed keys, numbers that are not finite, strings that are not UTF-8, more than
--- 128 levels.
function json.encode(value, options) end

--- Marks a table as an array (an empty one then encodes as []).
---@param table? table default: a new one
---@return table the same table
function json.array(table) end

--- True for tables marked by decode or `json.array`, and for tables with an element at 1.
---@param value any
---@return boolean
function json.is_array(value) end

return json
