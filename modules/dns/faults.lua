-- SPDX-License-Identifier: MIT
-- dns.faults: a fault plan is a list of {kind=, name=, type=, protocol=, client=, server=, first=, last=,
-- every=, ...}; the first entry that matches a request decides. Kinds and their fields: types.lua.

local errors = require "errors"
local random = require "random"
local task = require "task"

local faults = {}

local function addresses(request, list, ttl)
  local records = {}
  for i, address in ipairs(list) do
    records[i] = { name = request.name, ttl = ttl or 60, address = address,
      type = address:find(":", 1, true) and "AAAA" or "A" }
  end
  return records
end

local function fail_with(rcode)
  return function(_, _, response)
    response.rcode, response.answer, response.authority = rcode, {}, {}
  end
end

local function circle(fault, request, response)
  local length = fault.length or 2
  local records = {}
  local function name(i) return i % length == 0 and request.name or ("loop%d.%s"):format(i % length, request.name) end
  for i = 0, length - 1 do
    records[i + 1] = { name = name(i), type = "CNAME", ttl = 60, target = name(i + 1) }
  end
  response.rcode, response.answer = "NOERROR", records
end

local function huge(fault, request, response)
  local records = {}
  for i = 0, (fault.count or 200) - 1 do
    local address = ("100.103.%d.%d"):format(i // 250, i % 250)
    records[i + 1] = { name = request.name, type = "A", ttl = 60, address = address }
  end
  response.rcode, response.answer = "NOERROR", records
end

-- Changes of the response.
local shapes <const> = {
  servfail = fail_with "SERVFAIL", refused = fail_with "REFUSED", notimp = fail_with "NOTIMP",
  formerr = fail_with "FORMERR", nxdomain = fail_with "NXDOMAIN", nodata = fail_with "NOERROR",
  loop = circle, huge = huge,
  rcode = function(fault, _, response) fail_with(fault.rcode)(fault, nil, response) end,
  delay = function(fault) task.sleep(fault.seconds or 1) end,
  lie = function(fault, request, response)
    response.rcode, response.answer = "NOERROR", addresses(request, fault.addresses or { "192.0.2.66" }, fault.ttl)
  end,
  change = function(fault, request, response)
    local set = fault.sets[(fault.hits - 1) % #fault.sets + 1]
    response.rcode, response.answer = "NOERROR", addresses(request, set, fault.ttl)
  end,
  zero_ttl = function(_, _, response)
    for _, record in ipairs(response.answer or {}) do record.ttl = 0 end
  end,
  blocked = function(fault, _, response)
    response.rcode, response.answer = fault.rcode or "NXDOMAIN", {}
    response.edns = { udp_size = 1232, extended_error = { code = 15, text = fault.text or "blocked by policy" } }
  end,
}

local function with_id(bytes, id)
  return string.pack(">I2", id & 0xffff) .. bytes:sub(3)
end

local function id_of(bytes)
  return (string.unpack(">I2", bytes))
end

-- The octets with another first letter in the question's name.
local function with_other_question(bytes)
  local letter = bytes:sub(14, 14) == "x" and "y" or "x"
  return bytes:sub(1, 13) .. letter .. bytes:sub(15)
end

-- A datagram that no resolver may take; the right answer follows only when the fault asks for it.
local function only_wrong(wrong)
  return function(fault, request, reply)
    reply.before = { { bytes = wrong(reply.bytes, request), elsewhere = fault.kind == "wrong_source" } }
    if not fault.then_answer then reply.bytes, reply.lost = nil, true end
  end
end

local function flood(fault, _, reply)
  reply.before = {}
  local right = id_of(reply.bytes)
  for i = 1, fault.count or 100 do
    local id = random.integer(0, 65535)
    reply.before[i] = { bytes = with_id(reply.bytes, id == right and id + 1 or id) }
  end
  if fault.answer == false then reply.bytes, reply.lost = nil, true end
end

-- Changes of what is sent.
local deliveries <const> = {
  timeout = function(_, _, reply) reply.bytes, reply.lost = nil, true end,
  wrong_id = only_wrong(function(bytes) return with_id(bytes, id_of(bytes) + 1) end),
  wrong_question = only_wrong(with_other_question),
  wrong_source = only_wrong(function(bytes) return bytes end),
  flood = flood,
  -- header and question fit, the rest does not
  malformed = function(fault, _, reply)
    reply.bytes = fault.bytes and (reply.bytes:sub(1, 2) .. fault.bytes) or reply.bytes .. "\0"
  end,
  truncate = function(fault, request, reply)
    if request.protocol == "tcp" then
      if fault.tcp == "timeout" then reply.bytes, reply.lost = nil, true end
      if fault.tcp == "hang_up" then reply.bytes, reply.lost, reply.hang_up = nil, true, true end
      return
    end
    local keep = fault.keep or 0 -- octets of the answer section that stay, maybe half a record
    local flags = string.unpack(">I2", reply.bytes, 3)
    local _, name_end = reply.bytes:find("\0", 13, true)
    reply.bytes = reply.bytes:sub(1, 2) .. string.pack(">I2", flags | 0x0200) .. reply.bytes:sub(5, 6)
      .. (keep > 0 and reply.bytes:sub(7, 8) or "\0\0") .. "\0\0\0\0" .. reply.bytes:sub(13, name_end + 4 + keep)
    reply.truncated = true
  end,
  hang_up = function(_, request, reply)
    reply.bytes, reply.lost, reply.hang_up = nil, true, request.protocol == "tcp"
  end,
  duplicate = function(fault, _, reply)
    reply.after = {}
    for i = 1, (fault.count or 2) - 1 do reply.after[i] = { bytes = reply.bytes } end
  end,
}

local function suffix_matches(pattern, name)
  pattern = pattern:lower()
  return pattern == name or (pattern:sub(1, 2) == "*." and name:sub(-#pattern + 1) == pattern:sub(2))
end

local function matches(fault, request)
  return (not fault.name or suffix_matches(fault.name, request.name))
    and (not fault.type or fault.type == request.type)
    and (not fault.protocol or fault.protocol == request.protocol)
    and (not fault.client or fault.client == request.client.address)
    and (not fault.server or fault.server == request.server)
end

local function is_due(fault)
  local n = fault.hits
  return n >= (fault.first or 1) and n <= (fault.last or math.huge)
    and (not fault.every or (n - (fault.first or 1)) % fault.every == 0)
end

--- The function that names the fault of a request, or nil. Each entry counts its own matches.
---@param list? table[]
function faults.plan(list)
  local plan = {}
  for i, entry in ipairs(list or {}) do
    if not shapes[entry.kind] and not deliveries[entry.kind] then
      errors.raise { kind = "input", code = "InvalidFault",
        message = ("dns: entry %d of the fault plan has the unknown kind '%s'"):format(i, tostring(entry.kind)) }
    end
    local copy = { hits = 0 }
    for key, value in pairs(entry) do copy[key] = value end
    plan[i] = copy
  end
  return function(request)
    for _, fault in ipairs(plan) do
      if matches(fault, request) then
        fault.hits = fault.hits + 1
        if is_due(fault) then return fault end
      end
    end
    return nil
  end
end

--- Changes the response; may wait.
function faults.shape(fault, request, response)
  local shape = shapes[fault.kind]
  if shape then shape(fault, request, response) end
end

--- Changes what is sent.
function faults.apply(fault, request, reply)
  local delivery = deliveries[fault.kind]
  if delivery then delivery(fault, request, reply) end
end

return faults
