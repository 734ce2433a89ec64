-- SPDX-License-Identifier: MIT
-- task: straight-line code that waits. Tasks are coroutines over one event loop; a task owns its
-- children, a cancelled task unwinds its <close> variables, an error keeps its traceback.

local errors = require "errors"
local native = require "task.native"

local task = {}

---@class Task
local Task = {}
native.metatable.__index = Task
native.metatable.__name = "task"

--- Runs `fn(...)` as a child of the current task.
---@param fn function
---@return Task
function task.spawn(fn, ...)
  return native.spawn(nil, false, fn, ...)
end

--- Like task.spawn, with a name for the status display.
---@param name string
---@param fn function
---@return Task
function task.named(name, fn, ...)
  return native.spawn(name, false, fn, ...)
end

--- Runs `fn(...)` as a task that ends with the script at the latest; its error goes to stderr.
---@param fn function
---@return Task
function task.background(fn, ...)
  return native.spawn(nil, true, fn, ...)
end

local LONGEST_TRACEBACK <const> = 8192 -- bytes; a chain of waiting tasks adds no more after that

-- The error of another task, its traceback continued by where this task waited for that one.
local function crossed(problem)
  local trace = errors.is(problem) and problem.traceback
  if trace and #trace < LONGEST_TRACEBACK then
    problem.traceback = trace .. debug.traceback("", 3):gsub("^%s*stack traceback:", "\nwaited for by:")
  end
  return problem
end

--- Waits for the end; returns what the function returned, or raises its error.
function Task:join()
  native.wait(self)
  local failed, result = native.result(self)
  if failed then error(crossed(result), 0) end
  return table.unpack(result, 1, result.n)
end

--- Waits for the end; returns true and the results, or false and the error.
function Task:result()
  native.wait(self)
  local failed, result = native.result(self)
  if failed then return false, result end
  return true, table.unpack(result, 1, result.n)
end

--- Cancels; the task's wait under way raises the cancellation, which cannot be caught.
---@param reason? string
function Task:cancel(reason)
  native.cancel(self, reason)
end

---@return "ready"|"running"|"waiting"|"ending"|"done" state
---@return boolean failed
function Task:status()
  return native.status(self)
end

--- The running task.
---@return Task
function task.current()
  return native.current()
end

--- Waits `seconds` (0 or more).
task.sleep = native.sleep

--- Lets the other ready tasks run.
function task.yield()
  native.sleep(0)
end

-- A <close> value that runs `fn` when its scope is left, in whatever way.
local function on_leave(fn)
  return setmetatable({}, { __close = fn })
end

--- Runs fn(...) and returns its results; after `seconds` it is cancelled, and kind "timeout" raised.
---@param seconds number
---@param fn function
function task.timeout(seconds, fn, ...)
  local child = native.spawn("timeout", false, fn, ...)
  local _ <close> = on_leave(function() native.cancel(child, "its caller has gone on") end)
  native.deadline(child, seconds)
  native.wait(child)
  local failed, result, timed_out = native.result(child)
  if failed and timed_out and errors.is(result, "cancelled") then
    errors.raise { kind = "timeout", code = "Timeout", message = ("not finished within %g s"):format(seconds) }
  end
  if failed then error(result, 0) end
  return table.unpack(result, 1, result.n)
end

--- Runs fn(...) with cancellation held back until it has returned: for cleanup that must be whole.
---@param fn function
function task.shield(fn, ...)
  native.shield(1)
  local _ <close> = on_leave(function() native.shield(-1) end)
  return fn(...)
end

-- Synchronization ------------------------------------------------------------------------------------

---@class Event a value that is set once; everybody may wait for it
local Event = {}
Event.__index = Event

---@return Event
function task.event()
  return setmetatable({ gate = native.gate() }, Event)
end

--- Sets the value; the first one counts.
function Event:set(value)
  if self.is_set then return end
  self.is_set, self.value = true, value
  self.gate:open()
end

--- Waits for the value.
function Event:wait()
  self.gate:wait()
  return self.value
end

---@class Semaphore at most n holders at a time, first come first served
local Semaphore = {}
Semaphore.__index = Semaphore

---@param count integer
---@return Semaphore
function task.semaphore(count)
  return setmetatable({ free = count, waiting = {} }, Semaphore)
end

function Semaphore:release()
  local place = table.remove(self.waiting, 1)
  if place then
    place.granted = true
    place.gate:open()
  else
    self.free = self.free + 1
  end
end

-- A cancelled waiter leaves the line, or hands on what it was just granted.
local function leave_line(self, place)
  if place.holds then return end
  if place.granted then return self:release() end
  for i, other in ipairs(self.waiting) do
    if other == place then
      table.remove(self.waiting, i)
      return
    end
  end
end

function Semaphore:acquire()
  if self.free > 0 then
    self.free = self.free - 1
    return
  end
  local place = { gate = native.gate() }
  self.waiting[#self.waiting + 1] = place
  local _ <close> = on_leave(function() leave_line(self, place) end)
  place.gate:wait()
  place.holds = true
end

--- Runs fn(...) while holding the semaphore.
---@param fn function
function Semaphore:with(fn, ...)
  self:acquire()
  local _ <close> = on_leave(function() self:release() end)
  return fn(...)
end

---@class Queue values in order between tasks
local Queue = {}
Queue.__index = Queue

---@return Queue
function task.queue()
  return setmetatable({ first = 1, last = 0, items = {}, available = task.semaphore(0) }, Queue)
end

function Queue:put(value)
  self.last = self.last + 1
  self.items[self.last] = { value }
  self.available:release()
end

--- Waits for the next value.
function Queue:take()
  self.available:acquire()
  local item = self.items[self.first]
  self.items[self.first] = nil
  self.first = self.first + 1
  return item[1]
end

-- Many at once ---------------------------------------------------------------------------------------

-- Cancels the tasks and waits for their ends, so that nothing of them runs on.
local function end_all(workers)
  for _, worker in ipairs(workers) do native.cancel(worker, "another task of its group failed or was cancelled") end
  task.shield(function()
    for _, worker in ipairs(workers) do native.wait(worker) end
  end)
end

--- Calls fn(item, index) for every item, at most `limit` at a time; returns the first results in the
--- order of the list. The first error cancels the rest and is raised.
---@param list any[]
---@param fn fun(item: any, index: integer): any
---@param options? {limit: integer?}
---@return any[]
function task.map(list, fn, options)
  local count = #list
  local results = {}
  if count == 0 then return results end
  local limit = math.min(options and options.limit or count, count)
  if limit < 1 then
    errors.raise { kind = "usage", code = "BadLimit", message = "task.map: limit must be 1 or more" }
  end
  local finished, failure, next_index, running = task.event(), nil, 1, limit
  local function work_through()
    while next_index <= count and not failure do
      local index = next_index
      next_index = index + 1
      results[index] = fn(list[index], index)
    end
  end
  local function worker()
    local ok, problem = xpcall(work_through, native.add_traceback)
    if not ok and not failure then failure = { problem } end
    running = running - 1
    if failure or running == 0 then finished:set() end
  end
  local workers = {}
  local _ <close> = on_leave(function() end_all(workers) end)
  for i = 1, limit do workers[i] = native.spawn("map", false, worker) end
  finished:wait()
  if failure then error(crossed(failure[1]), 0) end
  return results
end

--- Runs the functions at the same time; returns their first results in order.
---@param functions function[]
---@return any[]
function task.all(functions)
  return task.map(functions, function(fn) return fn() end)
end

--- Calls fn(signal number) instead of cancelling the script when SIGINT or SIGTERM comes first; the
--- second one ends the process at once. nil: back to cancelling.
---@param fn function?
function task.on_interrupt(fn)
  native.on_interrupt(fn)
end

--- Number of tasks that are not done.
task.count = native.count

--- Prints what every task waits for on stderr (as SIGUSR1 does).
task.print_status = native.print_status

return task
