-- SPDX-License-Identifier: MIT
-- Tasks: order, errors, cancellation, ownership, synchronization.

local clock = require "clock"
local errors = require "errors"
local task = require "task"
local test = require "spec"

local function on_leave(fn)
  return setmetatable({}, { __close = fn })
end

test.simulated("map keeps the order of the list and runs at most `limit` at a time", {}, function()
  local running, most = 0, 0
  local results = task.map({ 5, 1, 4, 2, 3 }, function(x)
    running = running + 1
    most = math.max(most, running)
    task.sleep(x)
    running = running - 1
    return x * 10
  end, { limit = 2 })
  test.equal(results, { 50, 10, 40, 20, 30 })
  test.equal(most, 2)
end)

test.simulated("map raises the first error and cancels the rest", {}, function()
  local started, finished = clock.monotonic(), 0
  local problem = test.raises(function()
    task.map({ 10, 1, 20 }, function(x)
      task.sleep(x)
      if x == 1 then errors.raise { kind = "input", code = "Boom", message = "boom" } end
      finished = finished + 1
    end)
  end, { code = "Boom" })
  test.match(problem.traceback, "task_spec.lua")
  test.equal(finished, 0)
  test.near(clock.monotonic() - started, 1, 0.001)
end)

test.simulated("map of nothing returns nothing; a bad limit is refused", {}, function()
  test.equal(task.map({}, error), {})
  test.raises(function() task.map({ 1 }, print, { limit = 0 }) end, { code = "BadLimit" })
end)

test.simulated("all runs functions at the same time", {}, function()
  local started = clock.monotonic()
  local results = task.all { function() task.sleep(3) return "a" end, function() task.sleep(2) return "b" end }
  test.equal(results, { "a", "b" })
  test.near(clock.monotonic() - started, 3, 0.001)
end)

test.simulated("timeout ends what takes too long, and lets pass what does not", {}, function()
  test.equal(task.timeout(5, function(a) task.sleep(1) return a end, "done"), "done")
  local started = clock.monotonic()
  test.raises(function() task.timeout(5, task.sleep, 60) end, { kind = "timeout" })
  test.near(clock.monotonic() - started, 5, 0.001)
  test.raises(function() task.timeout(5, error, "own error") end, "own error")
end)

test.simulated("cancel reaches a sleeping task, a joining one, and one that has not run yet", {}, function()
  for _, case in ipairs { "sleeping", "joining", "fresh" } do
    local reached_end = false
    local child = task.spawn(function()
      if case == "joining" then task.spawn(task.sleep, 50):join() else task.sleep(50) end
      reached_end = true
    end)
    if case ~= "fresh" then task.sleep(1) end
    child:cancel("because " .. case)
    local ok, problem = child:result()
    test.falsy(ok)
    test.equal(problem.kind, "cancelled")
    test.match(problem, "because " .. case)
    test.falsy(reached_end)
  end
end)

test.simulated("cancellation is sticky and cannot be caught, but cleanup may wait", {}, function()
  local caught, cleaned = false, false
  local child = task.spawn(function()
    local _ <close> = on_leave(function() task.sleep(2) cleaned = true end)
    pcall(task.sleep, 100)
    caught = true
  end)
  task.sleep(1)
  child:cancel()
  child:result()
  test.falsy(caught)
  test.truthy(cleaned)
end)

test.simulated("cleanup has a limit of its own", {}, function()
  local started = clock.monotonic()
  local child = task.spawn(function()
    local _ <close> = on_leave(function() task.sleep(1e6) end)
    task.sleep(100)
  end)
  task.yield()
  child:cancel()
  child:result()
  test.near(clock.monotonic() - started, 30, 0.01)
end)

test.simulated("shield holds a cancellation back until the shielded part is whole", {}, function()
  local whole, after = false, false
  local child = task.spawn(function()
    task.shield(function() task.sleep(5) whole = true end)
    task.sleep(1)
    after = true
  end)
  task.sleep(1)
  child:cancel()
  child:result()
  test.truthy(whole)
  test.falsy(after)
end)

test.simulated("a parent ends after its children; a failing parent cancels them", {}, function()
  local order = {}
  task.spawn(function()
    task.spawn(function() task.sleep(2) order[#order + 1] = "child" end)
    order[#order + 1] = "parent body"
  end):join()
  order[#order + 1] = "joined"
  test.equal(order, { "parent body", "child", "joined" })

  local child_ended = false
  local ok = task.spawn(function()
    task.spawn(function() task.sleep(100) child_ended = true end)
    task.yield()
    error "parent failed"
  end):result()
  test.falsy(ok)
  test.falsy(child_ended)
end)

test.simulated("the error of a child that nobody joins becomes the parent's", {}, function()
  local ok, problem = task.spawn(function()
    task.spawn(function() error "lost?" end)
    task.sleep(1)
  end):result()
  test.falsy(ok)
  test.match(problem, "lost%?")
end)

test.simulated("a failed child can be joined late", {}, function()
  local child = task.spawn(function() error "late" end)
  task.sleep(5)
  test.raises(function() child:join() end, "late")
end)

test.simulated("an error crosses tasks with the traceback of where it was raised", {}, function()
  local function deep_inside() error "deep" end
  local ok, problem = task.spawn(function() task.spawn(function() task.yield() deep_inside() end):join() end):result()
  test.falsy(ok)
  test.match(problem.traceback, "deep_inside")
end)

test.simulated("the traceback goes on with the tasks that waited for the failed one", {}, function()
  local function deep_inside() error "deep" end
  local function joins_it() task.spawn(function() task.yield() deep_inside() end):join() end
  local function maps_it() task.map({ 1, 2 }, function() joins_it() end) end
  local problem = test.raises(function() maps_it() end, "deep")
  test.match(problem.traceback, "deep_inside.*waited for by:.*joins_it.*waited for by:.*maps_it")
end)

test.simulated("a wait inside the script's own coroutine reaches the task", {}, function()
  local produce = coroutine.wrap(function()
    for i = 1, 3 do
      task.sleep(1)
      coroutine.yield(i)
    end
  end)
  local started = clock.monotonic()
  test.equal({ produce(), produce(), produce() }, { 1, 2, 3 })
  test.near(clock.monotonic() - started, 3, 0.001)
end)

test.simulated("where Lua cannot wait, the error says so", {}, function()
  test.raises(function() table.sort({ 2, 1 }, function() task.sleep(0) end) end, { code = "CannotWait" })
  test.raises(function() ("x"):gsub("x", function() task.sleep(0) end) end, { code = "CannotWait" })
end)

test.simulated("a stray yield is an error, not a hang", {}, function()
  local ok, problem = task.spawn(function() coroutine.yield(1) end):result()
  test.falsy(ok)
  test.equal(problem.code, "StrayYield")
end)

test.simulated("a coroutine that waits cannot be resumed by somebody else", {}, function()
  local co = coroutine.create(function() task.sleep(10) end)
  local first = task.spawn(function() coroutine.resume(co) end)
  task.yield()
  local ok, problem = coroutine.resume(co)
  test.falsy(ok and true)
  test.truthy(problem)
  first:cancel()
  first:result()
end)

test.simulated("semaphore: waiters in order, a cancelled waiter leaves the line", {}, function()
  local gate, order = task.semaphore(1), {}
  local function visit(name)
    gate:with(function()
      order[#order + 1] = name
      task.sleep(1)
    end)
  end
  local children = {}
  for i, name in ipairs { "a", "b", "c" } do children[i] = task.spawn(visit, name) end
  task.yield()
  children[2]:cancel()
  for _, child in ipairs(children) do child:result() end
  test.equal(order, { "a", "c" })
  test.equal(gate.free, 1)
end)

test.simulated("queue and event hand values over", {}, function()
  local queue, event = task.queue(), task.event()
  local taker = task.spawn(function() return queue:take() + queue:take() end)
  queue:put(1)
  task.sleep(1)
  queue:put(2)
  test.equal(taker:join(), 3)
  local waiter = task.spawn(function() return event:wait() end)
  event:set "now"
  event:set "ignored"
  test.equal(waiter:join(), "now")
  test.equal(event:wait(), "now")
end)

test.simulated("two runs with one seed are equal", {}, function()
  local native, random = require "task.native", require "random"
  local function draw()
    native.simulate(42, 0)
    return random.hex(16) .. random.integer(1, 1000000) .. random.uniform()
  end
  test.equal(draw(), draw())
end)

test("pcall and coroutine.resume give exactly the results there are", function()
  test.equal(select("#", pcall(function() end)), 1)
  test.equal(select("#", pcall(function() return nil, nil end)), 3)
  test.equal(select("#", coroutine.resume(coroutine.create(function() end))), 1)
end)

test("join of itself and bad arguments are refused", function()
  test.raises(function() task.current():join() end, "cannot join itself")
  test.raises(function() task.sleep(-1) end, "0 or more")
  test.raises(function() task.sleep(0 / 0) end, "0 or more")
end)
