-- SPDX-License-Identifier: MIT
-- docs/reference/signing.md: every Lua example prints what the page says; the C one is examples/sign.c, whose output
-- the ctest docs/sign_example compares.
local fs = require "fs"
local process = require "process"
local test = require "spec"

local program <const> = fs.realpath "/proc/self/exe"
local page <const> = fs.read "docs/reference/signing.md"

test("the Lua examples print what the page says", function()
  local folder, tried = fs.temp_dir(), 0
  for code, expected in page:gmatch "```lua\n(.-)```\n\n```text\n(.-)```" do
    tried = tried + 1
    local file = ("%s/example%d.lua"):format(folder, tried)
    fs.write_atomic(file, code, 384)
    local done = process.run { program, "run", file, timeout = 60 }
    test.equal({ done.code, done.stdout }, { 0, expected }, done.stderr)
  end
  test.equal(tried, 3)
end)

test("the C example is examples/sign.c", function()
  test.equal(page:match "```c\n(.-)```", fs.read "examples/sign.c")
end)
