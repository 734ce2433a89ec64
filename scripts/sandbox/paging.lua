-- SPDX-License-Identifier: MIT
-- The three styles of paging: page numbers, cursors, and both at once (Ecs).

local failure = require "sandbox.failure"

local paging = {}

local KEY <const> = 0x5bd1e995 -- makes cursors opaque, so that no client builds one itself
local CURSOR_LIFE <const> = 1800 -- seconds; the real life time is not published

local function encode(seq, now)
  local stamp = math.floor(now) & 0xffffffff
  local check = (seq * 31 + stamp * 17 + KEY) & 0xffff
  return ("%012x%08x%04x"):format(seq ~ KEY, stamp ~ KEY, check)
end

local function bad(call, expired)
  local codes = { "IllegalParam.NextToken", "InvalidParameter.NextToken", "InValidParameter.NextToken",
    "Invalid.NextToken", "InvalidParameter" }
  if expired then table.insert(codes, 1, "IllegalParam.NextTokenExpired") end
  failure.raise(failure.choose(call.operation, codes, "IllegalParam.NextToken"),
    expired and "The cursor has expired; start the list again." or "The cursor is not one of ours.")
end

local function decode(call, token)
  local seq, stamp, check = token:match("^(%x%x%x%x%x%x%x%x%x%x%x%x)(%x%x%x%x%x%x%x%x)(%x%x%x%x)$")
  if not seq then bad(call) end
  seq, stamp, check = tonumber(seq, 16) ~ KEY, tonumber(stamp, 16) ~ KEY, tonumber(check, 16)
  if (seq * 31 + stamp * 17 + KEY) & 0xffff ~= check then bad(call) end
  if call.now - stamp > CURSOR_LIFE then bad(call, true) end
  return seq
end

---One page by number.
---@param call sandbox.Call
---@param list table[]
---@param limits {default:integer}
---@return table[] page, table fields TotalCount, PageNumber, PageSize
function paging.numbers(call, list, limits)
  local number = call.p.PageNumber or 1
  local size = call.p.PageSize or limits.default
  if number < 1 then call:illegal("PageNumber", "it is less than 1") end
  if size < 1 then call:illegal("PageSize", "it is less than 1") end
  local page = table.move(list, (number - 1) * size + 1, math.min(number * size, #list), 1, {})
  return page, { TotalCount = #list, PageNumber = number, PageSize = size }
end

---One page by cursor. Items carry `seq`, and the list is in that order.
---@param call sandbox.Call
---@param list table[]
---@param limits {size:string?, default:integer, minimum:integer?} name of the size parameter
---@return table[] page, table fields TotalCount, MaxResults, NextToken
function paging.cursor(call, list, limits)
  local size = call.p[limits.size or "MaxResults"] or limits.default
  if size < 1 then call:illegal(limits.size or "MaxResults", "it is less than 1") end
  if limits.minimum and size < limits.minimum then size = limits.minimum end
  local after = call.p.NextToken and decode(call, call.p.NextToken) or -1
  local page, more = {}, false
  for _, item in ipairs(list) do
    if item.seq > after then
      if #page == size then
        more = true
        break
      end
      page[#page + 1] = item
    end
  end
  local token = more and encode(page[#page].seq, call.now) or ""
  return page, { TotalCount = #list, MaxResults = size, NextToken = token }
end

---Cursor when one of its parameters is given, page numbers otherwise (Ecs).
function paging.either(call, list, limits)
  if call.p.NextToken or call.p.MaxResults then
    local page, answer = paging.cursor(call, list, limits)
    answer.MaxResults = nil -- not shown by Ecs
    return page, answer
  end
  return paging.numbers(call, list, limits)
end

return paging
