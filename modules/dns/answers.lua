-- SPDX-License-Identifier: MIT
-- dns.answers: what can be done with an answer, and how failures are told from answers.

local errors = require "errors"

local answers = {}

--- Whether a result is an error value.
---@param result any
---@return boolean
function answers.failed(result)
  return errors.is(result)
end

--- The answer, or raises what is an error.
function answers.check(result)
  if errors.is(result) then error(result, 0) end
  return result
end

-- Least TTL of aliases and records.
local function least_ttl(answer)
  local ttl
  for _, list in ipairs { answer.records, rawget(answer, "chain") or {} } do
    for _, record in ipairs(list) do ttl = math.min(ttl or record.ttl, record.ttl) end
  end
  return ttl
end

--- Fields that are computed when read: `ttl`, and `chain` where there is none.
function answers.index(answer, key)
  if key == "ttl" then return least_ttl(answer) end
  if key == "chain" then return {} end
  return answers[key]
end

--- The addresses of the records, in the order of the answer.
---@return string[]
function answers:addresses()
  local list = {}
  for _, record in ipairs(self.records) do
    if record.address then list[#list + 1] = record.address end
  end
  return list
end

local function quoted(text)
  text = text:gsub('["\\]', "\\%0")
  return '"' .. text:gsub("[%c\127-\255]", function(c) return ("\\%03d"):format(c:byte()) end) .. '"'
end

local writers <const> = {
  SOA = function(r)
    return ("%s %s %d %d %d %d %d"):format(r.primary, r.mailbox, r.serial, r.refresh, r.retry, r.expire, r.minimum)
  end,
  SRV = function(r) return ("%d %d %d %s"):format(r.priority, r.weight, r.port, r.target) end,
  MX = function(r) return ("%d %s"):format(r.preference, r.exchange) end,
  CAA = function(r) return ("%d %s %s"):format(r.flags, r.tag, quoted(r.value)) end,
  TXT = function(r)
    local parts = {}
    for i, text in ipairs(r.strings) do parts[i] = quoted(text) end
    return table.concat(parts, " ")
  end,
}

--- The data of a record as printable text, as zone files have it.
---@param record table
---@return string
function answers.text(record)
  local simple = record.address or (record.type ~= "SRV" and record.target)
  if simple then return simple end
  if record.data then
    local hex = record.data:gsub(".", function(c) return ("%02x"):format(c:byte()) end)
    return ("\\# %d %s"):format(#record.data, hex)
  end
  return writers[record.type](record)
end

--- The data of all records as text.
---@return string[]
function answers:values()
  local list = {}
  for i, record in ipairs(self.records) do list[i] = answers.text(record) end
  return list
end

return answers
