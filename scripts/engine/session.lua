-- SPDX-License-Identifier: MIT
-- engine.session: one run against one cloud: clients, a limit for calls in flight, a record of every call,
-- reads that are made once, and the events that reports listen to.
local clock = require "clock"
local task = require "task"
local wait = require "engine.wait"

local M = {}

---@class Place where a call goes
---@field account string alias
---@field region string

---@class Session
---@field calls { product: string, action: string, region: string, mutating: boolean, seconds: number, ok: boolean }[]
---@field pace Pace
---@field stopping boolean set when the run shall start nothing new
local Session = {}
Session.__index = Session

local READ_TIMEOUT <const> = 30 -- seconds for a read with its repetitions
local READ_ATTEMPT <const> = 10 -- seconds for one of them: silence once must not end a run
local READING = { Describe = true, List = true, Get = true, Check = true, Query = true }

--- Whether an API action may change something.
---@param action string
---@return boolean
function M.is_mutating(action)
  return not READING[action:match "^%u%l+" or ""]
end

--- A new session.
---@param options { connect: fun(product: string, place: Place): table, parallelism: integer?, pace: Pace?,
---  listener: fun(event: table)? }
---@return Session
function M.new(options)
  return setmetatable({ connect = options.connect, listener = options.listener, clients = {}, memory = {}, calls = {},
    pace = options.pace or wait.pace(), slots = task.semaphore(options.parallelism or 8), stopping = false }, Session)
end

--- Tells the listener of an event.
---@param kind string
---@param fields? table
function Session:emit(kind, fields)
  if self.listener then
    local event = fields or {}
    event.type = kind
    self.listener(event)
  end
end

local function client_for(self, product, place)
  local key = table.concat({ product, place.account, place.region }, "/")
  if not self.clients[key] then
    self.clients[key] = self.connect(product, place)
  end
  return self.clients[key]
end

local function record(self, product, place, action, started, ok)
  local call = { product = product, action = action, region = place.region, mutating = M.is_mutating(action),
    seconds = clock.monotonic() - started, ok = ok }
  self.calls[#self.calls + 1] = call
  self:emit("call", { product = product, action = action, region = place.region, ok = ok, seconds = call.seconds })
end

-- A write may have to wait for its turn; a read that fails for half a minute tells the user more than a longer one.
local function with_deadline(action, options)
  if M.is_mutating(action) or (options and options.timeout) then
    return options
  end
  local complete = { timeout = READ_TIMEOUT, attempt_timeout = READ_ATTEMPT }
  for name, value in pairs(options or {}) do
    complete[name] = value
  end
  return complete
end

local function guarded(self, product, place, action, fn)
  local client = client_for(self, product, place)
  return self.slots:with(function()
    local started = clock.monotonic()
    local results = table.pack(pcall(fn, client))
    record(self, product, place, action, started, results[1] and results[2] ~= nil)
    if not results[1] then
      error(results[2], 0)
    end
    return table.unpack(results, 2, results.n)
  end)
end

--- Makes one call. A "not found" answer gives nil and the error; every other failure is raised.
---@param product string lower-case product code
---@param place Place
---@param action string
---@param params table
---@param options? table for the client
---@return table? answer
---@return table? not_found
function Session:call(product, place, action, params, options)
  return guarded(self, product, place, action, function(client)
    return client:call(action, params, with_deadline(action, options))
  end)
end

--- All pages of a list. `path` names the list inside an answer ("Vpcs.Vpc").
---@param product string
---@param place Place
---@param action string
---@param params table
---@param path string
---@return table[] items
function Session:all(product, place, action, params, path)
  return guarded(self, product, place, action, function(client)
    return client:all(action, params, path, with_deadline(action))
  end)
end

--- Runs `fn` once for a key and gives its value to every caller, also to those that ask while it runs.
---@param key string
---@param fn fun(): any
---@return any
function Session:once(key, fn)
  local entry = self.memory[key]
  if not entry then
    entry = { done = task.event(), ok = false, value = "the task that read it was cancelled" }
    self.memory[key] = entry
    -- Also when this task is cancelled: nobody waits for ever, the next reader asks again.
    local _ <close> = setmetatable({}, { __close = function()
      if not entry.ok and self.memory[key] == entry then
        self.memory[key] = nil
      end
      entry.done:set(true)
    end })
    entry.ok, entry.value = pcall(fn)
  else
    entry.done:wait()
  end
  if not entry.ok then
    error(entry.value, 0)
  end
  return entry.value
end

--- Forgets what was read under keys that begin with `prefix`; the next reader asks the cloud again.
---@param prefix string
function Session:forget(prefix)
  for key in pairs(self.memory) do
    if key:sub(1, #prefix) == prefix then
      self.memory[key] = nil
    end
  end
end

--- Numbers of the calls made so far.
---@return integer all
---@return integer mutating
function Session:counts()
  local mutating = 0
  for _, call in ipairs(self.calls) do
    if call.mutating then
      mutating = mutating + 1
    end
  end
  return #self.calls, mutating
end

return M
