-- SPDX-License-Identifier: MIT
-- spec: the test runner. `test("name", function() ... end)` registers; `peerway test FILES` runs.
-- A test runs in a task of its own and fails when it leaves tasks behind.

local errors = require "errors"
local native = require "task.native"
local task = require "task"

local spec = { tests = {}, passed = 0, failed = 0, skipped = 0 }

local SIMULATED_START <const> = 1767225600 -- 2026-01-01T00:00:00Z

local function register(name, fn, simulated)
  spec.tests[#spec.tests + 1] = { name = name, fn = fn, simulated = simulated }
end

setmetatable(spec, { __call = function(_, name, fn) register(name, fn) end })

--- Registers a test that runs in the simulated world.
---@param name string
---@param options {seed: integer?, wall: number?}
---@param fn function
function spec.simulated(name, options, fn)
  register(name, fn, { seed = options.seed or 1, wall = options.wall or SIMULATED_START })
end

local function show(value, depth)
  if type(value) == "string" then return ("%q"):format(value) end
  if type(value) ~= "table" or (getmetatable(value) or {}).__tostring then return tostring(value) end
  if (depth or 0) > 6 then return "{...}" end
  local keys, parts = {}, {}
  for key in pairs(value) do keys[#keys + 1] = key end
  table.sort(keys, function(a, b) return tostring(a) < tostring(b) end)
  for _, key in ipairs(keys) do
    parts[#parts + 1] = ("%s = %s"):format(tostring(key), show(value[key], (depth or 0) + 1))
  end
  return "{" .. table.concat(parts, ", ") .. "}"
end

local function fail(text)
  error(text, 3)
end

-- The path of the first difference, or nil.
local function difference(actual, expected, path)
  if rawequal(actual, expected) then return nil end
  if type(actual) ~= "table" or type(expected) ~= "table" then
    if actual == expected and math.type(actual) == math.type(expected) then return nil end
    return ("%s: got %s, expected %s"):format(path, show(actual), show(expected))
  end
  for key, value in pairs(expected) do
    local found = difference(actual[key], value, ("%s.%s"):format(path, tostring(key)))
    if found then return found end
  end
  for key, value in pairs(actual) do
    if expected[key] == nil then return ("%s.%s: got %s, expected nothing"):format(path, tostring(key), show(value)) end
  end
end

--- Deep equality; integers and floats differ.
function spec.equal(actual, expected, what)
  local found = difference(actual, expected, what or "value")
  if found then fail(found) end
end

--- The value must not be nil or false; returns it.
---@param value any
---@param what? string for the failure's text
---@return any value
function spec.truthy(value, what)
  if not value then fail(("%s: got %s"):format(what or "expected a true value", show(value))) end
  return value
end

--- The value must be nil or false.
---@param value any
---@param what? string for the failure's text
function spec.falsy(value, what)
  if value then fail(("%s: got %s"):format(what or "expected false or nil", show(value))) end
end

--- Two numbers must not differ by more than the tolerance.
---@param actual number
---@param expected number
---@param tolerance number
function spec.near(actual, expected, tolerance)
  if math.abs(actual - expected) > tolerance then
    fail(("got %s, expected %s within %s"):format(actual, expected, tolerance))
  end
end

--- The text (of any value: tostring) must match a Lua pattern.
---@param text any
---@param pattern string
function spec.match(text, pattern)
  if not tostring(text):find(pattern) then fail(("%s does not match %q"):format(show(tostring(text)), pattern)) end
end

--- fn must raise; `want` = {kind=, code=, match=} or a pattern. Returns the error.
function spec.raises(fn, want)
  local ok, problem = pcall(fn)
  if ok then fail("expected an error, none was raised") end
  want = type(want) == "string" and { match = want } or want or {}
  for _, field in ipairs { "kind", "code" } do
    local got = type(problem) == "table" and problem[field] or nil
    if want[field] and got ~= want[field] then
      fail(("expected %s %q, got %s: %s"):format(field, want[field], show(got), tostring(problem)))
    end
  end
  if want.match and not tostring(problem):find(want.match) then
    fail(("error %q does not match %q"):format(tostring(problem), want.match))
  end
  return problem
end

--- Ends the test as skipped; the reason is printed and counted.
function spec.skip(reason)
  error({ skipped_because = reason }, 0)
end

local function run_one(test)
  local tasks_before = task.count()
  if test.simulated then native.simulate(test.simulated.seed, test.simulated.wall) end
  local ok, problem = task.named(test.name, test.fn):result()
  if ok and task.count() > tasks_before then
    task.yield() -- background tasks that were just cancelled get a turn to end
    local left = task.count() - tasks_before
    if left > 0 then ok, problem = false, ("the test left %d task(s) behind"):format(left) end
  end
  if test.simulated then native.real() end
  return ok, problem
end

local function print_failure(name, problem)
  local text = tostring(problem)
  if errors.is(problem) and problem.traceback then text = text .. "\n" .. problem.traceback end
  print("FAILED  " .. name)
  print("        " .. text:gsub("\n", "\n        "))
end

--- Runs the registered tests of one file; prints a line for each that fails or is skipped.
---@param options {only: string?, verbose: boolean?, simulated: boolean?, seed: integer?}
function spec.run_registered(options)
  for _, test in ipairs(spec.tests) do
    if not options.only or test.name:find(options.only, 1, true) then
      if options.simulated and not test.simulated then
        test.simulated = { seed = options.seed or 1, wall = SIMULATED_START }
      end
      local ok, problem = run_one(test)
      if ok then
        spec.passed = spec.passed + 1
        if options.verbose then print("ok      " .. test.name) end
      elseif type(problem) == "table" and problem.skipped_because then
        spec.skipped = spec.skipped + 1
        print(("skipped %s: %s"):format(test.name, problem.skipped_because))
      else
        spec.failed = spec.failed + 1
        print_failure(test.name, problem)
      end
    end
  end
  spec.tests = {}
end

return spec
