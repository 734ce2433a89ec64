-- SPDX-License-Identifier: MIT
-- The call budget over a socket: a sandbox tells its pace, so every wait needs one look, whatever the pace.

local fs = require "fs"
local process = require "process"
local test = require "spec"

local program = fs.realpath "/proc/self/exe"
local ENDPOINT_BUDGET <const> = 21 -- apply with preflight, mode endpoint
local NO_OP_BUDGET <const> = 6

local function serve(scale)
  local server = process.spawn { program, "sandbox", "--time-scale", scale, "--data-plane", "symbolic" }
  local line = server:read_line()
  local env = {}
  for name, value in line:match("export (.*)"):gmatch "([%u_]+)=(%S+)" do env[name] = value end
  return server, env
end

local function calls_of(command, env)
  command.env, command.timeout, command.cwd = env, 100, command.cwd
  local result = process.run(command)
  return tonumber(result.stdout:match "(%d+) API calls"), result
end

for _, scale in ipairs { "0.05", "0.5" } do
  test(("apply in mode endpoint keeps its budget at time scale %s"):format(scale), function()
    local server <close>, env = serve(scale)
    local folder = fs.temp_dir()
    fs.write_atomic(folder .. "/analytics.lua", fs.read "examples/analytics-endpoint.lua")
    local calls, result = calls_of({ program, "apply", "--auto-approve", "analytics.lua", cwd = folder }, env)
    test.equal(result.code, 0, result.stdout .. result.stderr)
    test.truthy(calls and calls <= ENDPOINT_BUDGET, ("%s calls"):format(calls))
    calls, result = calls_of({ program, "plan", "analytics.lua", cwd = folder }, env)
    test.equal(result.code, 0, result.stdout .. result.stderr)
    test.truthy(calls and calls <= NO_OP_BUDGET, ("%s calls for nothing to do"):format(calls))
    server:kill()
  end)
end
