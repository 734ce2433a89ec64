-- SPDX-License-Identifier: MIT
-- Answers of the MaxCompute data API in the form its clients parse: XML objects and errors, dates, and
-- the decoding of what comes in (paths, queries, XML of a job).
local clock = require "clock"
local random = require "random"

local answers = {}

local ESCAPES <const> = { ["&"] = "&amp;", ["<"] = "&lt;", [">"] = "&gt;", ['"'] = "&quot;", ["'"] = "&apos;" }
local ENTITIES <const> = { amp = "&", lt = "<", gt = ">", quot = '"', apos = "'" }

---@param text any
---@return string
function answers.escape(text)
  return (tostring(text):gsub("[&<>\"']", ESCAPES))
end

function answers.cdata(text)
  return "<![CDATA[" .. text:gsub("%]%]>", "]]]]><![CDATA[>") .. "]]>"
end

--- HTTP date of a wall-clock time, which the clients parse as RFC 822.
---@param seconds number
---@return string
function answers.date(seconds)
  return os.date("!%a, %d %b %Y %H:%M:%S GMT", math.floor(seconds)) --[[@as string]]
end

--- An answer with the headers every MaxCompute answer has.
---@param status integer
---@param body string
---@param headers table|nil
function answers.reply(status, body, headers)
  local all = { ["x-odps-request-id"] = random.hex(12):upper(), ["Content-Type"] = "application/xml; charset=UTF-8",
    ["Date"] = answers.date(clock.wall()), ["Server"] = "nginx" }
  for name, value in pairs(headers or {}) do all[name] = value end
  return { status = status, headers = all, body = body }
end

---@param root string element name
---@param inner string
function answers.object(root, inner, headers)
  return answers.reply(200, ('<?xml version="1.0" encoding="UTF-8"?>\n<%s>%s</%s>'):format(root, inner, root), headers)
end

--- The error document: its shape is what a probe recognizes MaxCompute by.
---@param status integer
---@param code string
---@param message string
---@param host string
function answers.failure(status, code, message, host)
  local id = random.hex(12):upper()
  local body = ('<?xml version="1.0"?>\n<Error>\n<Code>%s</Code>\n<Message>%s</Message>\n<RequestId>%s</RequestId>\n'
    .. "<HostId>%s</HostId>\n</Error>"):format(answers.escape(code), answers.cdata(message), id, answers.escape(host))
  return answers.reply(status, body, { ["x-odps-request-id"] = id })
end

--- Ends the handling of a call with an error document; caught by the service.
function answers.refuse(call, status, code, message)
  error({ refused = answers.failure(status, code, message, "http://" .. call.host .. "/api") }, 0)
end

---@param text string
---@return string
function answers.unescape(text)
  return (text:gsub("%+", " "):gsub("%%(%x%x)", function(hex) return string.char(tonumber(hex, 16)) end))
end

--- Query parameters; those without value are "".
---@param query string
---@return table<string, string>
function answers.query(query)
  local list = {}
  for part in query:gmatch("[^&]+") do
    local name, value = part:match("^([^=]*)=?(.*)$")
    list[answers.unescape(name)] = answers.unescape(value)
  end
  return list
end

--- Text of the first element of that name: CDATA or escaped.
---@param xml string
---@param name string
---@return string|nil
function answers.element(xml, name)
  local inner = xml:match("<" .. name .. "[^>]*>(.-)</" .. name .. ">")
  if not inner then return nil end
  local cdata = inner:match("^%s*<!%[CDATA%[(.-)%]%]>%s*$")
  if cdata then return cdata end
  return (inner:gsub("&#(%d+);", function(code) return utf8.char(tonumber(code)) end):gsub("&(%a+);", ENTITIES))
end

return answers
