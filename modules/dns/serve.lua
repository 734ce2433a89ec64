-- SPDX-License-Identifier: MIT
-- dns.serve: a DNS server on UDP and TCP sockets, new ones or given descriptors. A request whose answer
-- may wait runs as a task of its own.

local errors = require "errors"
local native = require "dns.native"
local responses = require "dns.responses"
local task = require "task"

---@class dns.server
local Server = {}
Server.__index = Server

-- A request table as handlers get it; nil for what is no question.
local function read_request(data, address, port, protocol, server)
  local message = native.decode(data)
  if not message or message.response or message.opcode ~= 0 or not message.name then return nil, message end
  message.client = { address = address, port = port }
  message.protocol = protocol
  message.door = "socket"
  message.server = server
  message.text = message.name
  message.name = message.name:lower()
  return message
end

local function send_all(request, list)
  for _, packet in ipairs(list or {}) do request:reply(packet.bytes, packet.elsewhere) end
end

local function send(connection, reply)
  send_all(connection, reply.before)
  if reply.bytes then connection:reply(reply.bytes) end
  send_all(connection, reply.after)
  if reply.hang_up then connection:hang_up() end
end

-- Anything wrong with the handler becomes SERVFAIL for the client and a line for the operator.
local function answer(self, connection, request)
  local ok, reply = xpcall(self.answer, debug.traceback, request)
  if not ok then
    self.failures = self.failures + 1
    self.log(("dns server, %s %s: %s"):format(request.name, request.type, tostring(reply)))
    reply = responses.failure(request, "SERVFAIL", "handler failed")
  end
  send(connection, reply or responses.failure(request, "REFUSED"))
end

-- RFC 1035 4.1.1: what cannot be read is answered with FORMERR, other opcodes with NOTIMP.
local function refuse(connection, data, message)
  if #data < 12 or string.byte(data, 3) >= 0x80 then return end -- too short, or itself an answer
  local rcode = message and message.opcode ~= 0 and "NOTIMP" or "FORMERR"
  connection:reply((native.encode { id = (string.unpack(">I2", data)), response = true, rcode = rcode }))
end

local function run(self)
  while true do
    local connection, data, address, port, protocol = self.native:receive()
    if not connection then return end
    self.requests = self.requests + 1
    local request, message = read_request(data, address, port, protocol, self.label)
    if not request then
      refuse(connection, data, message)
    elseif self.waits then
      self.handlers[task.spawn(answer, self, connection, request)] = true
    else
      answer(self, connection, request)
    end
  end
end

--- Ends the server and what its handlers are doing. Idempotent.
function Server:close()
  if self.closed then return end
  self.closed = true
  self.native:close()
  self.loop:cancel("the DNS server was closed")
  -- Not from inside a handler: it would wait for itself.
  if coroutine.isyieldable() and not self.handlers[task.current()] then self.loop:result() end
end

Server.__close = Server.close

--- Requests received, and those dropped because too many waited.
---@return integer received, integer dropped
function Server:counts()
  return self.native:counts()
end

local known <const> = {
  address = true, port = true, tcp = true, fd = true, tcp_fd = true, handler = true, zones = true, views = true,
  faults = true, label = true, log = true,
}

local function check(options)
  for key in pairs(options) do
    if not known[key] then
      errors.raise { kind = "usage", code = "UnknownOption", message = ("dns.serve: unknown option '%s'"):format(key) }
    end
  end
  if not options.handler and not options.zones and not options.views then
    errors.raise { kind = "usage", code = "NoHandler", message = "dns.serve: handler= or zones= is needed" }
  end
end

--- Starts a server: see types.lua.
return function(options)
  check(options)
  local self = setmetatable({ handlers = setmetatable({}, { __mode = "k" }), requests = 0, failures = 0 }, Server)
  self.answer = responses.handler(options.handler,
    { zones = options.zones, views = options.views, faults = options.faults })
  self.log = options.log or function(text) io.stderr:write("peerway: ", text, "\n") end
  self.waits = options.handler ~= nil or options.faults ~= nil
  self.native = native.server(options)
  self.address = options.address or "127.0.0.1"
  self.port = self.native:port()
  self.endpoint = (self.address:find(":", 1, true) and "[%s]:%d" or "%s:%d"):format(self.address, self.port)
  self.label = options.label or self.endpoint
  self.loop = task.background(run, self)
  return self
end
