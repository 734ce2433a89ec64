-- SPDX-License-Identifier: MIT
-- The generated reference pages are those of today's annotations (`./dev docs` writes them).

local fs = require "fs"
local process = require "process"
local test = require "spec"

local program = fs.realpath "/proc/self/exe"

test("no reference page is stale", function()
  local result = process.run { program, "run", "docs/generate.lua", "--check", timeout = 60 }
  test.equal(result.stdout:match ", (%d+) stale", "0", result.stdout .. result.stderr)
  test.equal(result.code, 0)
end)

test("the README's commands, files and examples exist", function()
  local text = fs.read "README.md"
  for command in text:gmatch "\n%./dev (%l+)" do
    test.match(fs.read "dev", "cmd_" .. command .. "%(%)")
  end
  for path in text:gmatch "`(docs/[%w/._-]+)`" do
    test.truthy(fs.stat((path:gsub("/$", ""))), path)
  end
  -- The workflow and the check stand there as they stand in examples/.
  for _, path in ipairs { "examples/overlaps.lua", "examples/checks/approved-blocks.lua" } do
    local code = fs.read(path):match "\n(local .*)$"
    test.truthy(text:find(code, 1, true), path .. " differs from the README")
  end
end)
