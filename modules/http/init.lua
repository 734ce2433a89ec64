-- SPDX-License-Identifier: MIT
-- http: requests, and handlers behind two doors: http.mount (in this process) and http.serve (a socket).
-- Signatures and rules are in types.lua.
local native = require "http.native"
local task = require "task"
local errors = require "errors"

local http = { request = native.request }

---A handler that fails is a broken server: whoever waits gets 500, and the error goes on to stderr.
local function reply_failure(exchange, failure)
  exchange:reply { status = 500, headers = { ["Content-Type"] = "text/plain" },
    body = "the handler failed: " .. tostring(failure) .. "\n" }
  error(failure, 0)
end

---Makes the function that serves one request in the task that the door started for it.
---@param handler fun(request: http.InboundRequest): http.Reply
---@param tasks table<table, boolean> the tasks at work, cancelled when the door closes
local function server_of(handler, tasks)
  return function(request, exchange)
    local me = task.current()
    local _ <close> = setmetatable({}, { __close = function() tasks[me] = nil end })
    tasks[me] = true
    local ok, response = pcall(handler, request)
    if ok then
      ok, response = pcall(exchange.reply, exchange, response)
    end
    if not ok then
      if errors.is(response, "cancelled") then
        error(response, 0)
      end
      reply_failure(exchange, response)
    end
  end
end

local door = {}
door.__index = door

---Stops serving, and cancels the handlers at work; whoever waits for them gets a closed connection.
function door:close()
  self.native:close()
  for one in pairs(self.tasks) do
    if one ~= task.current() then
      one:cancel("the door of its handler was closed")
    end
  end
end

door.__close = door.close
door.__name = "http door"

local function check_handler(name, handler)
  if type(handler) ~= "function" then
    errors.raise { kind = "usage", code = "InvalidHandler", message = name .. ": the handler must be a function" }
  end
end

function http.mount(origin, handler)
  check_handler("http.mount", handler)
  local tasks = {}
  return setmetatable({ native = native.mount(origin, server_of(handler, tasks)), tasks = tasks }, door)
end

function http.serve(options)
  check_handler("http.serve", options.handler)
  local tasks = {}
  local server = native.serve(options, server_of(options.handler, tasks))
  return setmetatable({ native = server, tasks = tasks, port = server:port() }, door)
end

return http
