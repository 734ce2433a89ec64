-- SPDX-License-Identifier: MIT
-- Command lines: flags in every spelling, help, and what is wrong with them; init.
local flags = require "commands.flags"
local fs = require "fs"
local process = require "process"
local test = require "spec"

local COMMAND <const> = { name = "x", summary = "s", usage = "peerway x", flags = {
  { "count", short = "n", type = "integer", min = 1, default = 8, help = "h" },
  { "auto-approve", short = "y", help = "h" },
  { "verify", default = true, help = "h" },
  { "sandbox", type = "optional", implied = "worked-example", help = "h" },
  { "mode", type = "string", choices = { "a", "b" }, help = "h" },
  { "tag", type = "string", list = true, help = "h" },
} }

test("values, defaults, lists, negation", function()
  local options, positional = flags.parse(COMMAND, { "file", "--count=3", "-y", "--no-verify", "--tag", "a", "--tag=b",
    "--", "--rest" })
  test.equal(options, { count = 3, auto_approve = true, verify = false, tag = { "a", "b" } })
  test.equal(positional, { "file", "--rest" })
  test.equal((flags.parse(COMMAND, {})), { count = 8, verify = true })
end)

test("Terraform's one dash, and flags with an optional value", function()
  test.equal((flags.parse(COMMAND, { "-auto-approve" })).auto_approve, true)
  test.equal((flags.parse(COMMAND, { "-count=2" })).count, 2)
  local options, positional = flags.parse(COMMAND, { "--sandbox", "file" })
  test.equal(options.sandbox, "worked-example")
  test.equal(positional, { "file" })
  test.equal((flags.parse(COMMAND, { "--sandbox=hub" })).sandbox, "hub")
end)

test("what is wrong is said, with a hint", function()
  local cases = {
    { { "--cuont", "3" }, "unknown flag", "%-%-count" }, { { "--count", "x" }, "whole number" },
    { { "--count", "0" }, "at least 1" }, { { "--count" }, "wants a value" }, { { "--mode", "c" }, "one of a, b" },
    { { "--auto-approve=maybe" }, "takes no value" }, { { "-z" }, "unknown flag" },
  }
  for _, case in ipairs(cases) do
    local e = test.raises(function() flags.parse(COMMAND, case[1]) end, { kind = "usage" })
    test.match(e.message, case[2])
    test.match(tostring(e.hint), case[3] or "")
  end
end)

test("every command answers --help with its flags and ends with 0", function()
  for _, verb in ipairs { "plan", "apply", "verify", "destroy", "init" } do
    local result = process.run { "/proc/self/exe", verb, "--help" }
    test.equal(result.code, 0)
    test.match(result.stdout, "usage: peerway " .. verb)
    test.match(result.stdout, "flags:")
    test.equal(result.stderr, "")
  end
end)

local function run_in(folder, argv)
  argv.cwd, argv.env, argv.timeout = folder, { HOME = folder }, 60
  table.insert(argv, 1, "/proc/self/exe")
  return process.run(argv)
end

test("version is one line, as text and as JSON", function()
  test.match(process.run({ "/proc/self/exe", "version" }).stdout, "^peerway %d+%.%d+%.%d+\n$")
  local line = process.run({ "/proc/self/exe", "version", "--json" }).stdout
  test.equal(require("json").decode(line).peerway, require("bundle").version)
end)

test("the command that goes on from here names the same cloud", function()
  local mission = require "commands.mission"
  local function line(options)
    return mission.command_line({ model = { file = "a.lua" }, options = options }, "apply")
  end
  test.equal(line {}, "peerway apply a.lua")
  test.equal(line { sandbox = "worked-example" }, "peerway apply a.lua --sandbox")
  test.equal(line { sandbox = "hub", state_dir = "x" }, "peerway apply a.lua --sandbox=hub --state-dir x")
end)

test("init writes a topology that can be planned at once, and overwrites nothing", function()
  for _, mode in ipairs { "domain", "endpoint" } do
    local folder = fs.temp_dir()
    local made = run_in(folder, { "init", "--mode", mode })
    test.equal(made.code, 0, made.stderr)
    local plan = run_in(folder, { "plan", "--sandbox", "--time-scale", "0", "--data-plane", "symbolic" })
    test.equal(plan.code, 2, plan.stderr)
    test.match(plan.stdout, "Plan: %d+ to add, 0 to change, 0 to destroy%.")
    local again = run_in(folder, { "init" })
    test.equal(again.code, 64)
    test.match(again.stderr, "nothing is overwritten")
  end
end)

test("init with ids of one's own mixes nothing of the example in", function()
  local folder = fs.temp_dir()
  local made = run_in(folder, { "init", "own.lua", "--service-region", "cn-shanghai", "--service-vpc", "vpc-1",
    "--consumer-region", "cn-beijing", "--consumer-vpc", "vpc-2" })
  test.equal(made.code, 0, made.stderr)
  test.falsy(fs.read(folder .. "/own.lua"):find("example", 1, true))
  test.equal(require("model").load(folder .. "/own.lua").vpcs.data.id, "vpc-1")
  local half = run_in(folder, { "init", "half.lua", "--service-vpc", "vpc-1" })
  test.equal(half.code, 64)
  test.falsy(fs.stat(folder .. "/half.lua"))
end)

test("a missing file and too many arguments are usage errors", function()
  local folder = fs.temp_dir()
  test.equal(run_in(folder, { "plan", "none.lua" }).code, 64)
  test.equal(run_in(folder, { "plan", "a", "b" }).code, 64)
end)
