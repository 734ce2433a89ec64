-- SPDX-License-Identifier: MIT
-- dns.mounts: zones that are answered in this process. No socket is opened; question and answer go
-- through the wire codec all the same, so that both doors of a handler give the same answers.

local clock = require "clock"
local errors = require "errors"
local native = require "dns.native"
local responses = require "dns.responses"
local task = require "task"

local mounts = {}

local DEFAULT_TIMEOUT <const> = 5
local mounted = {} -- in the order of their mounting

---@class dns.mount
local Mount = {}
Mount.__index = Mount

--- Takes the zone away again. Idempotent.
function Mount:close()
  for i, other in ipairs(mounted) do
    if other == self then
      table.remove(mounted, i)
      return
    end
  end
end

Mount.__close = Mount.close

--- Whether any zone is mounted.
function mounts.any()
  return #mounted > 0
end

--- Mounts a handler (or zones as data, as dns.serve takes them) for a zone and all names below it.
---@param zone string "." takes every name
---@param handler function|table
---@param options? {faults: table[]?, views: table[]?}
function mounts.add(zone, handler, options)
  local canonical, why = native.name(zone)
  if not canonical then
    errors.raise { kind = "input", code = "InvalidName",
      message = ("dns.mount: '%s' is no zone name: %s"):format(zone, why) }
  end
  local mount = setmetatable({ zone = canonical, answer = responses.handler(handler, options) }, Mount)
  mounted[#mounted + 1] = mount
  return mount
end

local function covers(zone, name)
  return zone == "." or name == zone or name:sub(-#zone - 1) == "." .. zone
end

-- The mounts of a name: longest zone first, among equals the latest.
local function candidates(name)
  local list = {}
  for i, mount in ipairs(mounted) do
    if covers(mount.zone, name) then list[#list + 1] = { mount = mount, order = i } end
  end
  table.sort(list, function(a, b)
    if #a.mount.zone ~= #b.mount.zone then return #a.mount.zone > #b.mount.zone end
    return a.order > b.order
  end)
  return list
end

local function timed_out(name, question, server, seconds)
  return errors.new { kind = "dns", code = "timeout", name = name, type = question.type or "A", server = server,
    protocol = "mount", time = seconds,
    message = ("%s %s: no answer came in time, server %s"):format(name, question.type or "A", server),
    hint = "the mounted zone did not answer within the deadline" }
end

local function cut(name, question, server, seconds)
  return errors.new { kind = "dns", code = "truncated", name = name, type = question.type or "A", server = server,
    protocol = "mount", time = seconds, message = ("%s: only a truncated answer came, and TCP was not allowed or "
      .. "did not help, server %s"):format(name, server), hint = "allow TCP (tcp=true)" }
end

-- One exchange with a handler; false: it does not know the name.
local function exchange(mount, request, question, seconds)
  local started = clock.monotonic()
  local ok, reply = pcall(task.timeout, seconds, mount.answer, request)
  local elapsed = clock.monotonic() - started
  if not ok and errors.is(reply, "timeout") then return timed_out(request.name, question, request.server, seconds) end
  if not ok then error(reply, 0) end
  if not reply then return false end
  if reply.lost then -- what a socket would have ignored, or never got: silence until the deadline
    task.sleep(math.max(0, seconds - elapsed))
    return timed_out(request.name, question, request.server, seconds)
  end
  if reply.truncated and request.protocol == "udp" then
    if question.tcp == false then return cut(request.name, question, request.server, elapsed) end
    request.protocol = "tcp"
    local result = exchange(mount, request, question, math.max(0.001, seconds - elapsed))
    if errors.is(result, "timeout") then return cut(request.name, question, request.server, seconds) end
    if result then result.truncated = true end
    return result
  end
  return native.judge(reply.bytes, request.name, question.type, request.server, "mount", elapsed)
end

local function new_request(name, question, server)
  return { name = name, type = native.type_text(question.type), server = server, door = "mount",
    protocol = question.tcp and "tcp" or "udp", id = 0, flags = { rd = question.recursion ~= false },
    edns = question.edns ~= false and { udp_size = 1232, dnssec_ok = question.dnssec or false } or nil,
    client = { address = "127.0.0.1", port = 0 } }
end

-- Asks the servers of the question in turn, as the engine does: a failure sends it on to the next.
local function ask_mount(mount, name, question)
  local servers = question.servers or { "mount " .. mount.zone }
  local seconds = (question.timeout or DEFAULT_TIMEOUT) / #servers
  local best
  for _, server in ipairs(servers) do
    local result = exchange(mount, new_request(name, question, server), question, seconds)
    if result == false then return nil end
    if not errors.is(result) or result.code == "nxdomain" or result.code == "nodata" then return result end
    if not best or best.code == "timeout" then best = result end
  end
  return best
end

--- The result of a mounted zone, or nil when none takes the question.
---@param name string
---@param question table
function mounts.ask(name, question)
  if #mounted == 0 then return nil end
  local canonical = native.name(name)
  if not canonical then return nil end
  for _, candidate in ipairs(candidates(canonical)) do
    local result = ask_mount(candidate.mount, canonical, question)
    if result then return result end
  end
  return nil
end

return mounts
