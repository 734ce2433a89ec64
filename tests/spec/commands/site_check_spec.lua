-- SPDX-License-Identifier: MIT
-- Site checks, by the example that the README shows: it lets a plan pass, and refuses one before any change.

local fs = require "fs"
local process = require "process"
local test = require "spec"

local program = fs.realpath "/proc/self/exe"
local example = fs.read "examples/checks/approved-blocks.lua"

-- Plans the worked example with the check; `approved` replaces its first approved block.
local function plan(approved)
  local folder = fs.temp_dir()
  fs.mkdir(folder .. "/checks")
  fs.write_atomic(folder .. "/checks/approved-blocks.lua", (example:gsub("10%.0%.0%.0/8", approved)))
  local topology = fs.read("examples/analytics.lua"):gsub("\n}%s*$", '\n  checks = { "site/approved-blocks" },\n}\n')
  fs.write_atomic(folder .. "/analytics.lua", topology)
  return process.run { program, "plan", "--sandbox", "--data-plane", "symbolic", "--time-scale", "0", "analytics.lua",
    cwd = folder, timeout = 60 }
end

test("a plan that the check approves is shown", function()
  local result = plan "10.0.0.0/8"
  test.match(result.stdout, "6 to add")
  test.equal(result.code, 2)
end)

test("a plan that it does not approve is refused: exit 5, the check's own words", function()
  local result = plan "10.99.0.0/16"
  test.equal(result.code, 5)
  local said = result.stdout .. result.stderr
  test.match(said, "SITE%-1")
  test.match(said, "10.20.0.0/16")
  test.match(said, "have the block approved")
end)
