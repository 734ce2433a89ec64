-- SPDX-License-Identifier: MIT
-- dns.responses: from what a handler returns to octets; the same for sockets and mounted zones. Faults
-- change the response, or what is sent (dns.faults).

local errors = require "errors"
local faults = require "dns.faults"
local native = require "dns.native"
local zones = require "dns.zones"

local responses = {}

local UDP_PLAIN <const> = 512
local TCP_LIMIT <const> = 65535

-- Name, type and TTL of a record may be left out when they are those of the question.
local function complete_records(list, request)
  for i, record in ipairs(list or {}) do
    if type(record) == "string" then
      record = { address = record }
      list[i] = record
    end
    record.name = record.name or request.name
    record.type = record.type or (record.address and (record.address:find(":", 1, true) and "AAAA" or "A"))
      or request.type
    record.ttl = record.ttl or 60
  end
  return list
end

-- A response table from what a handler may return: a response, a list of records or addresses, nil.
local function normal(value, request)
  if value == nil then return nil end
  if type(value) ~= "table" then
    errors.raise { kind = "usage", code = "InvalidResponse",
      message = ("dns: the handler returned a %s for %s; it must be a response table, a list of records or nil")
        :format(type(value), request.name) }
  end
  local response = value
  if value[1] ~= nil then response = { answer = value } end
  complete_records(response.answer, request)
  complete_records(response.authority, request)
  complete_records(response.additional, request)
  return response
end

-- Octets of the response, cut to what the client takes.
local function encode(response, request)
  local limit = TCP_LIMIT
  if request.protocol == "udp" then limit = request.edns and math.max(UDP_PLAIN, request.edns.udp_size) or UDP_PLAIN end
  local flags = response.flags or { aa = true }
  local edns = response.edns
  if edns == nil and request.edns then edns = { udp_size = 1232 } end
  local bytes, cut = native.encode({
    id = request.id, response = true, rcode = response.rcode, name = request.name, type = request.type,
    class = request.class,
    flags = { aa = flags.aa, tc = flags.tc, rd = request.flags.rd, ra = flags.ra, ad = flags.ad, cd = flags.cd },
    answer = response.answer, authority = response.authority, additional = response.additional,
    edns = edns,
  }, limit)
  return bytes, cut or flags.tc or false
end

--- The function that answers requests: returns nil (not ours) or a reply
--- {bytes=, truncated=, lost=, before={...}, after={...}, elsewhere=, hang_up=}.
---@param handler function|table a handler, or zones as data
---@param options? {faults: table[]?, views: table[]?, zones: table?}
---@return fun(request: table): table?
function responses.handler(handler, options)
  options = options or {}
  local answer = handler
  if type(handler) == "table" and not (getmetatable(handler) or {}).__call then
    answer = zones.handler(handler, options.views)
  elseif handler == nil then
    answer = zones.handler(options.zones or {}, options.views)
  end
  local plan = faults.plan(options.faults)
  return function(request)
    local response = normal(answer(request), request)
    local fault = plan(request) or response and response.fault
    if not response and not fault then return nil end
    response = response or {}
    if fault then faults.shape(fault, request, response) end
    complete_records(response.answer, request)
    local bytes, truncated = encode(response, request)
    local reply = { bytes = bytes, truncated = truncated }
    if fault then faults.apply(fault, request, reply) end
    return reply
  end
end

--- The reply to a request that nobody takes, or whose handler failed.
---@param request table
---@param rcode string
---@param text? string extended error
function responses.failure(request, rcode, text)
  local response = { rcode = rcode, flags = {} }
  if text and request.edns then
    response.edns = { udp_size = 1232, extended_error = { code = 0, text = text } }
  end
  return { bytes = (encode(response, request)) }
end

return responses
