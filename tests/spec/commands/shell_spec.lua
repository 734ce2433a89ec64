-- SPDX-License-Identifier: MIT
-- repl, completion, man, help: as a shell sees them.

local fs = require "fs"
local process = require "process"
local test = require "spec"

local program = fs.realpath "/proc/self/exe"

local function run(...)
  local command = { program, ... }
  command.timeout = 20
  return process.run(command)
end

test("repl evaluates expressions, statements, several lines, and waits", function()
  local result = process.run { program, "repl", timeout = 20,
    stdin = 'x = 20\nx + 1\nfor i = 1, 2 do\nprint(i)\nend\n{ a = "b" }\ntask.sleep(0.01)\nclock.monotonic() > 0\n' }
  test.equal(result.stdout, '21\n1\n2\n{\n  a = "b"\n}\ntrue\n')
  test.equal(result.code, 0)
end)

test("every file of commands/ that has a run is a verb", function()
  local listed = {}
  for verb in run("help").stdout:gmatch "\n  (%l[%l-]*) " do listed[verb] = true end
  for _, name in ipairs(fs.list "scripts/commands") do
    local verb = name:match "^(%l+)%.lua$"
    local text = verb and fs.read("scripts/commands/" .. name) or ""
    if text:find "\n  run = function" or text:find "return flags%.command" then test.truthy(listed[verb], verb) end
  end
  test.truthy(listed.init, "init.lua alone would be the module `commands`")
end)

test("repl goes on after an error and says so in its exit code", function()
  local result = process.run { program, "repl", stdin = "error('x')\n1 +* 2\n3\n", timeout = 20 }
  test.equal(result.stdout, "3\n")
  test.match(result.stderr, "x")
  test.match(result.stderr, "unexpected symbol")
  test.equal(result.code, 1)
end)

test("completion scripts name every command", function()
  for _, shell in ipairs { "bash", "zsh", "fish" } do
    local text = run("completion", shell).stdout
    for _, verb in ipairs { "run", "test", "version", "completion" } do test.match(text, verb) end
  end
  test.equal(process.run { "bash", "-n", stdin = run("completion", "bash").stdout }.code, 0)
  test.equal(run("completion", "tcsh").code, 64)
end)

test("help explains each command it lists, and suggests for a typo", function()
  for verb in run("help").stdout:gmatch "\n  (%l[%l-]*) " do
    local result = run("help", verb)
    test.equal(result.code, 0, verb)
    test.match(result.stdout, "usage: peerway")
  end
  local typo = run("help", "vesion")
  test.equal(typo.code, 64)
  test.match(typo.stderr, "version")
end)

test("man prints a page with every command", function()
  test.match(run("man").stdout, "%.SS peerway version")
end)
