-- SPDX-License-Identifier: MIT
-- Terminals: colour rules in a child with that environment, tables, progress without a terminal.
local fs = require "fs"
local process = require "process"
local term = require "term"
local test = require "spec"

local function has_color(env)
  local path = fs.temp_dir() .. "/color.lua"
  fs.write_atomic(path, 'print(require("term").has_color "stdout")', tonumber("644", 8))
  local argv = { "/proc/self/exe", "run", path, env = { NO_COLOR = "", CLICOLOR_FORCE = "", FORCE_COLOR = "" } }
  for name, value in pairs(env) do
    argv.env[name] = value
  end
  return process.run(argv).stdout:match "%a+" == "true"
end

test("no colour in a pipe; forced by CLICOLOR_FORCE, forbidden by NO_COLOR", function()
  test.falsy(has_color {})
  test.truthy(has_color { CLICOLOR_FORCE = "1" })
  test.truthy(has_color { FORCE_COLOR = "1" })
  test.falsy(has_color { CLICOLOR_FORCE = "0" })
  test.falsy(has_color { CLICOLOR_FORCE = "1", NO_COLOR = "1" })
end)

test("columns are as wide as their widest cell; colour has no width", function()
  test.equal(term.table({ { "a", "bb", "c" }, { "aaa", "b", "" } }), { "a    bb  c", "aaa  b" })
  test.equal(term.length "\27[31mred\27[0m", 3)
  test.equal(term.table { { "\27[31mx\27[0m", "y" }, { "long", "z" } }[2], "long  z")
  test.equal(term.length "äö", 2)
end)

test("without a terminal every change is one line and nothing moves", function()
  local path = fs.temp_dir() .. "/progress.lua"
  fs.write_atomic(path, [[
    local lines = require("term").progress()
    lines:set("a", "a begins") lines:set("a", "a begins") lines:set("b", "b begins") lines:done("a", "a done")
  ]], tonumber("644", 8))
  local result = process.run { "/proc/self/exe", "run", path }
  test.equal(result.stderr, "a begins\nb begins\na done\n")
  test.equal(result.stdout, "")
end)

test("a question without a terminal has no answer", function()
  local path = fs.temp_dir() .. "/ask.lua"
  fs.write_atomic(path, 'print(require("term").ask "sure? ")', tonumber("644", 8))
  local result = process.run { "/proc/self/exe", "run", path, stdin = "yes\n" }
  test.equal(result.stdout, "nil\n")
end)
