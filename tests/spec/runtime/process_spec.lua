-- SPDX-License-Identifier: MIT
-- Child processes, and the program itself as one: signals, exit codes, modules.

local clock = require "clock"
local fs = require "fs"
local process = require "process"
local task = require "task"
local test = require "spec"

local program = fs.realpath "/proc/self/exe"

-- Runs a script text by the program; returns the result.
local function run_script(text, options)
  local folder = fs.temp_dir()
  local path = folder .. "/main.lua"
  fs.write_atomic(path, text)
  options = options or {}
  local command = { program, "run", path, table.unpack(options.arguments or {}) }
  command.timeout, command.env, command.cwd = options.timeout or 20, options.env, options.cwd or folder
  local result = process.run(command)
  fs.remove(path)
  return result, folder
end

test("output, errors, exit code, input", function()
  local result = process.run { "sh", "-c", "cat; echo problem >&2; exit 3", stdin = ("x"):rep(200000) }
  test.equal(result.code, 3)
  test.equal(#result.stdout, 200000)
  test.equal(result.stderr, "problem\n")
end)

test("output beyond the cap is dropped and said", function()
  local result = process.run { "sh", "-c", "head -c 100000 /dev/zero", max_output = 1000 }
  test.equal(#result.stdout, 1000)
  test.truthy(result.truncated)
end)

test("a timeout kills the whole process group", function()
  local started = clock.monotonic()
  local result = process.run { "sh", "-c", "sleep 30 & sleep 30", timeout = 0.2 }
  test.truthy(result.timed_out)
  test.equal(result.signal, 9)
  test.truthy(clock.monotonic() - started < 10)
end)

test("a program that does not exist, and a folder that does not", function()
  test.raises(function() process.run { "/no/such/program" } end, { code = "CannotStart", match = "exec failed" })
  test.raises(function() process.run { "true", cwd = "/no/such/folder" } end, { match = "chdir failed" })
end)

test("children see no secret of the environment and no descriptor", function()
  local result = run_script([[
    local process = require "process"
    print(process.run { "sh", "-c", "echo [$MY_SECRET_KEY][$PLAIN]; ls /proc/self/fd | wc -l" }.stdout)
    print(os.getenv "MY_SECRET_KEY", os.getenv "PLAIN")
  ]], { env = { MY_SECRET_KEY = "canary", PLAIN = "visible" } })
  test.match(result.stdout, "%[%]%[visible%]")
  test.match(result.stdout, "nil\tvisible")
  -- 0, 1, 2 and the folder that ls itself reads.
  test.match(result.stdout, "\n%s*4\n")
end)

test("lines of a child arrive while it runs", function()
  local child <close> = process.spawn { "sh", "-c", "echo one; sleep 0.1; echo two" }
  test.equal(child:read_line(), "one")
  test.equal(child:read_line(), "two")
  test.equal(child:read_line(), nil)
end)

test("cancelling a task that waits for a child kills the child", function()
  local pid
  local waiter = task.spawn(function()
    local child <close> = process.spawn { "sleep", "30" }
    pid = child:pid()
    child:wait()
  end)
  task.yield()
  waiter:cancel()
  waiter:result()
  test.falsy(fs.stat("/proc/" .. pid .. "/exe"))
end)

local function interrupt(text, signal)
  local folder = fs.temp_dir()
  fs.write_atomic(folder .. "/main.lua", text)
  local child <close> = process.spawn { program, "run", folder .. "/main.lua" }
  child:read_line()
  child:kill(signal)
  return task.timeout(10, child.wait, child)
end

test("SIGINT and SIGTERM unwind the script: exit 130 and 143, cleanup runs", function()
  local text = [[
    local task = require "task"
    local _ <close> = setmetatable({}, { __close = function() print "cleaned" end })
    io.stdout:setvbuf "no"
    print "ready"
    task.sleep(30)
  ]]
  for signal, code in pairs { INT = 130, TERM = 143 } do
    local result = interrupt(text, signal)
    test.equal(result.code, code)
    test.match(result.stdout, "cleaned")
  end
end)

test("SIGINT stops a busy loop, also one that catches errors", function()
  for _, loop in ipairs { "while true do end", "while true do pcall(function() while true do end end) end" } do
    local result = interrupt('io.stdout:setvbuf "no" print "ready" ' .. loop, "INT")
    test.equal(result.code, 130)
  end
end)

test("a script may handle the first interruption itself", function()
  local result = interrupt([[
    local task = require "task"
    io.stdout:setvbuf "no"
    local stop = task.event()
    task.on_interrupt(function(number) stop:set(number) end)
    print "ready"
    print("stopped by", stop:wait())
  ]], "INT")
  test.equal(result.code, 0)
  test.match(result.stdout, "stopped by\t2")
end)

test("SIGUSR1 prints what every task waits for", function()
  local folder = fs.temp_dir()
  fs.write_atomic(folder .. "/main.lua",
    'io.stdout:setvbuf "no" print "ready" require("task").named("the sleeper", require("task").sleep, 20):join()')
  local child <close> = process.spawn { program, "run", folder .. "/main.lua" }
  child:read_line()
  task.sleep(0.1)
  child:kill "USR1"
  test.match(child:read_line "error", "the sleeper")
  child:kill "KILL"
end)

test("a deadlock is an error, not a hang", function()
  local result = run_script 'require("task").event():wait()'
  test.equal(result.code, 130)
  test.match(result.stderr, "deadlock")
end)

test("arguments and results of a script", function()
  local result = run_script('print(arg[0] ~= nil, arg[1], ...) return 5', { arguments = { "a", "--b=c d" } })
  test.equal(result.code, 5)
  test.match(result.stdout, "true\ta\ta\t%-%-b=c d")
end)

test("an uncaught error prints file, line and traceback, exit 1", function()
  local result = run_script 'local function inner() error "oops" end inner()'
  test.equal(result.code, 1)
  test.match(result.stderr, "main.lua:1: oops")
  test.match(result.stderr, "in .*inner")
end)

test("undeclared globals are errors", function()
  test.match(run_script("undeclared = 1").stderr, "undeclared global 'undeclared'")
  test.match(run_script("print(undeclared)").stderr, "undeclared global 'undeclared'")
end)

test("a module's top level may wait; a cycle is named", function()
  local folder = fs.temp_dir()
  fs.write_atomic(folder .. "/waits.lua", 'require("task").sleep(0.01) return "waited"')
  fs.write_atomic(folder .. "/cycle.lua", 'return require "cycle"')
  fs.write_atomic(folder .. "/main.lua",
    'print(require "waits") print(select(2, pcall(require, "cycle"))) print(select(2, pcall(require, "nowhere")))')
  local result = process.run { program, "run", folder .. "/main.lua" }
  test.match(result.stdout, "^waited\n")
  test.match(result.stdout, "'cycle' requires itself")
  test.match(result.stdout, "'nowhere' not found")
end)

test("a file of the script's folder that a bundled module hides is named", function()
  local folder = fs.temp_dir()
  fs.write_atomic(folder .. "/spec.lua", "return 1")
  fs.write_atomic(folder .. "/main.lua", 'print(type(require "spec"))')
  local result = process.run { program, "run", folder .. "/main.lua" }
  test.equal(result.stdout, "table\n")
  test.match(result.stderr, "spec.lua is not what require")
end)

test("an ejected copy wins over the bundled script", function()
  local folder = fs.temp_dir()
  local result = process.run { program, "eject", "commands.version", cwd = folder }
  test.equal(result.code, 0)
  local copy = folder .. "/.peerway/scripts/commands/version.lua"
  fs.write_atomic(copy, (fs.read(copy):gsub('"peerway "', '"my peerway "')))
  test.match(process.run { program, "version", cwd = folder }.stdout, "^my peerway ")
  test.match(process.run { program, "which", "commands.version", cwd = folder }.stdout, "override")
  test.equal(process.run { program, "eject", "commands.version", cwd = folder }.code, 5)
end)

test("unknown commands and flags end with 64", function()
  test.equal(process.run { program, "no-such-command" }.code, 64)
  test.equal(process.run { program, "../main" }.code, 64)
  test.equal(process.run { program, "test", "--no-such-flag" }.code, 64)
end)
