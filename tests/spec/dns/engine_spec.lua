-- SPDX-License-Identifier: MIT
-- The engine under load and under cancellation: nothing lost, nothing left, pace and order kept.

local clock = require "clock"
local dns = require "dns"
local errors = require "errors"
local fs = require "fs"
local task = require "task"
local test = require "spec"

local function address_of(index)
  return ("100.%d.%d.%d"):format(64 + index // 65536, index // 256 % 256, index % 256)
end

-- Answers hN.test with the address of N.
local function numbered(request)
  local index = request.name:match "^h(%d+)%.test$"
  if not index then return { rcode = "NXDOMAIN" } end
  return { address_of(tonumber(index)) }
end

local function names(count)
  local list = {}
  for i = 1, count do list[i] = ("h%d.test"):format(i) end
  return list
end

local function open_descriptors()
  return #fs.list "/proc/self/fd"
end

test("10,000 names in one call: all answered, each its own, sockets closed, memory given back", function()
  local zone = {}
  for i = 1, 10000 do zone["h" .. i] = address_of(i) end
  local server <close> = dns.serve { zones = { test = { records = zone } } }
  local before = open_descriptors()
  local results = dns.resolve_all(names(10000), { server = server.endpoint, limit = 200, timeout = 20 })
  test.equal(#results, 10000)
  for i, answer in ipairs(results) do
    if dns.failed(answer) or answer.records[1].address ~= address_of(i) then
      test.equal(answer, address_of(i), "answer " .. i)
    end
  end
  test.equal(open_descriptors(), before)
  collectgarbage()
  local base = collectgarbage "count"
  for _ = 1, 3 do
    dns.resolve_all(names(2000), { server = server.endpoint })
    collectgarbage()
  end
  test.truthy(collectgarbage "count" < base + 500, "memory grows from call to call")
end)

test("2,000 names over one TCP connection after the other", function()
  local server <close> = dns.serve { handler = numbered }
  local before = open_descriptors()
  local results = dns.resolve_all(names(2000), { server = server.endpoint, tcp = true, timeout = 20 })
  for i, answer in ipairs(results) do
    if dns.failed(answer) then error(answer, 0) end
    test.equal(answer.records[1].address, address_of(i))
  end
  task.sleep(0.01) -- the server side sees the end of the connections
  test.equal(open_descriptors(), before)
end)

test("tasks that ask at the same time share the engine", function()
  local server <close> = dns.serve { handler = numbered }
  local answers = task.map(names(500), function(name)
    return dns.resolve(name, { server = server.endpoint, timeout = 10 })
  end, { limit = 50 })
  for i, answer in ipairs(answers) do test.equal(answer.records[1].address, address_of(i)) end
end)

test("losses are made good: a server that drops every third datagram", function()
  local server <close> = dns.serve { handler = numbered, faults = { { kind = "timeout", every = 3 } } }
  local results = dns.resolve_all(names(60), { server = server.endpoint, timeout = 3, tries = 10, limit = 60 })
  for i, answer in ipairs(results) do
    if dns.failed(answer) then error(answer, 0) end
    test.equal(answer.records[1].address, address_of(i))
  end
end)

test("the pace is kept", function()
  local times = {}
  local server <close> = dns.serve { handler = function(request)
    times[#times + 1] = clock.monotonic()
    return numbered(request)
  end }
  local started = clock.monotonic()
  dns.resolve_all(names(101), { server = server.endpoint, rate = 200, limit = 100 })
  local seconds = clock.monotonic() - started
  test.truthy(seconds > 0.45 and seconds < 1, "101 questions at 200 a second took " .. seconds)
  for i = 21, #times do
    test.truthy(times[i] - times[i - 20] > 0.02, "20 questions within 20 ms at 200 a second")
  end
end)

test("a dead server among 1,000 names costs one deadline, not a thousand", function()
  local server <close> = dns.serve { handler = numbered, faults = { { kind = "timeout" } } }
  local started = clock.monotonic()
  local results = dns.resolve_all(names(1000), { server = server.endpoint, timeout = 0.4, tries = 2, limit = 1000 })
  test.near(clock.monotonic() - started, 0.6, 0.35)
  for _, result in ipairs(results) do test.truthy(errors.is(result, "timeout")) end
end)

test("a closed port among many names: all unreachable, at once", function()
  local server = dns.serve { handler = numbered }
  server:close()
  local started = clock.monotonic()
  for _, result in ipairs(dns.resolve_all(names(3000), { server = server.endpoint, timeout = 10 })) do
    test.equal(result.code, "unreachable")
  end
  test.truthy(clock.monotonic() - started < 2)
end)

test("cancelled questions leave no socket and no timer", function()
  local server <close> = dns.serve { handler = numbered, faults = { { kind = "timeout" } } }
  local before = open_descriptors()
  for _, options in ipairs { {}, { tcp = true }, { limit = 5 }, { rate = 10 } } do
    options.server, options.timeout = server.endpoint, 30
    local child = task.spawn(function() return dns.resolve_all(names(50), options) end)
    task.sleep(0.02)
    child:cancel "test"
    test.falsy((child:result()))
    if options.tcp then task.sleep(0.01) end
    test.equal(open_descriptors(), before)
  end
  test.raises(function()
    task.timeout(0.05, dns.resolve, "h1.test", { server = server.endpoint, timeout = 30 })
  end, { kind = "timeout" })
  test.equal(open_descriptors(), before)
end)

test("cancelling one question leaves the others alone", function()
  local server <close> = dns.serve { handler = function(request)
    if request.name == "h1.test" then task.sleep(5) end
    task.sleep(0.05)
    return numbered(request)
  end }
  local options = { server = server.endpoint, timeout = 10 }
  local slow = task.spawn(dns.resolve, "h1.test", options)
  local other = task.spawn(dns.resolve, "h2.test", options)
  task.sleep(0.01)
  slow:cancel "test"
  test.equal(other:join().records[1].address, address_of(2))
  test.falsy((slow:result()))
end)

test("without descriptors left the failure says so", function()
  local process = require "process"
  local script = fs.temp_dir() .. "/limit.lua"
  fs.write_atomic(script, [[
    local dns = require "dns"
    local taken = {}
    repeat taken[#taken + 1] = io.open "/dev/null" or false until not taken[#taken]
    local _, failure = dns.try("x.test", { server = "127.0.0.1:9" })
    io.write(failure.code, " ", tostring(failure))
  ]])
  local result = process.run { "sh", "-c", 'ulimit -n 40; exec "$0" run "$1"', fs.realpath "/proc/self/exe", script,
    timeout = 20 }
  fs.remove(script)
  test.match(result.stdout, "^local x%.test A: no socket could be made on this machine: Too many open files")
end)
