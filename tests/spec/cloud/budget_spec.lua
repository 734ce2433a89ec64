-- SPDX-License-Identifier: MIT
-- Many tasks against one limit: few wasted calls, no peaks, no starvation, nothing kept by dead tasks.
local budget = require "cloud.budget"
local clock = require "clock"
local task = require "task"
local test = require "spec"

local here = debug.getinfo(1, "S").source:match "^@(.*/)"
local fake = dofile(here .. "fake.lua")

local operation <const> = { product = "vpc", action = "DescribeVpcs" }

-- A service that takes `limit` calls a second (a token bucket, full at the start) with 20 ms latency.
local function limited(limit, log)
  local tokens, last = limit, clock.monotonic()
  return function()
    task.sleep(0.02)
    local now = clock.monotonic()
    tokens, last = math.min(limit, tokens + (now - last) * limit), now
    log[#log + 1] = now
    if tokens < 1 then
      return fake.refusal "Throttling.User"
    end
    tokens = tokens - 1
    return fake.answer { RequestId = "R" }
  end
end

test.simulated("a thousand tasks settle at the cloud's limit", { seed = 11 }, function()
  local log, limit, count = {}, 100, 1000
  local requests = fake.install(limited(limit, log))
  local client = fake.client "vpc"
  local started = clock.monotonic()
  local list = {}
  for i = 1, count do
    list[i] = i
  end
  task.map(list, function()
    return client:DescribeVpcs {}
  end)
  local seconds = clock.monotonic() - started
  print(("        %d calls for %d results, %.1f s where the limit allows %.1f s"):format(
    #requests, count, seconds, (count - limit) / limit))
  test.truthy(#requests <= 1.3 * count, #requests)
  test.truthy(seconds <= 1.2 * count / limit, seconds)
  local bins, highest, first, last = {}, 0, math.floor(log[1]), math.floor(log[#log])
  for _, at in ipairs(log) do
    local bin = math.floor(at)
    bins[bin] = (bins[bin] or 0) + 1
    if bin > first + 1 and bin < last then
      highest = math.max(highest, bins[bin])
    end
  end
  test.truthy(highest <= 1.5 * limit, highest)
end)

test.simulated("an outage does not make a storm", { seed = 2 }, function()
  local after_a_minute = 0
  local started = clock.monotonic()
  fake.install(function()
    if clock.monotonic() - started > 60 then
      after_a_minute = after_a_minute + 1
    end
    return fake.refusal("ServiceUnavailable", 503)
  end)
  local client = fake.client("vpc", { timeout = 120 })
  local list = {}
  for i = 1, 100 do
    list[i] = i
  end
  task.map(list, function()
    pcall(client.DescribeVpcs, client, {})
    return true
  end)
  test.truthy(after_a_minute < 10, after_a_minute)
end)

test.simulated("the window lets 64 calls go at first", {}, function()
  local shared, at_once, most = budget.new(), 0, 0
  local list = {}
  for i = 1, 200 do
    list[i] = i
  end
  task.map(list, function()
    return shared:run(operation, function()
      at_once = at_once + 1
      most = math.max(most, at_once)
      task.sleep(1)
      at_once = at_once - 1
      return true
    end)
  end)
  test.equal(most, 64)
  test.equal(shared.in_flight, 0)
end)

test.simulated("cancelled tasks give their places back", {}, function()
  local shared = budget.new()
  shared.window = 2
  local function hold()
    return shared:run(operation, function()
      task.sleep(100)
      return true
    end)
  end
  local tasks = {}
  for i = 1, 6 do
    tasks[i] = task.spawn(hold)
  end
  task.sleep(1)
  test.equal(shared.in_flight, 2)
  for i = 1, 5 do
    tasks[i]:cancel "test"
  end
  task.sleep(1)
  test.equal(shared.in_flight, 1)
  tasks[6]:join()
  test.equal(shared.in_flight, 0)
  for i = 1, 5 do
    tasks[i]:result()
  end
end)

test.simulated("errors give the place back", {}, function()
  local shared = budget.new()
  test.raises(function()
    shared:run(operation, function()
      error "boom"
    end)
  end, "boom")
  test.equal(shared.in_flight, 0)
end)

test.simulated("documented limits of single operations are kept", {}, function()
  local requests = fake.install(function()
    return fake.answer { RequestId = "R" }
  end)
  local client = fake.client "pvtz"
  local started = clock.monotonic()
  for _ = 1, 25 do
    client:CheckZoneName { ZoneName = "example.com" }
  end
  local seconds = clock.monotonic() - started
  test.equal(#requests, 25)
  test.truthy(seconds >= 3.9 and seconds <= 5.1, seconds)
end)
