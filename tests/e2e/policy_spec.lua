-- SPDX-License-Identifier: MIT
-- The printed RAM policy is enough for the mission, and the read-only one changes nothing: a RAM user of the
-- sandbox has exactly these rights.
local bench = dofile((debug.getinfo(1, "S").source:match "^@(.*/)" or "./") .. "bench.lua")
local fs = require "fs"
local json = require "json"
local process = require "process"
local sandbox = require "sandbox"
local test = require "spec"
local wait = require "engine.wait"

local function policy_of(path, ...)
  local result = process.run { "/proc/self/exe", "policy", path, "--account", "default", ... }
  test.equal(result.code, 0, result.stderr)
  return json.decode(result.stdout).Statement[1].Action
end

-- A sandbox whose RAM user "operator" has these rights only; commands run as that user.
local function bench_of(actions)
  local world = json.decode(json.encode(sandbox.presets["worked-example"]))
  for _, key in ipairs(world.accounts.default.keys) do
    if key.user == "operator" then
      key.policy = { allow = actions, deny = {} }
    end
  end
  local b = bench.new { world = world, data_plane = "symbolic" }
  b.pace = wait.pace(0)
  local as_operator = { account = function() return b.box:account "default/operator" end }
  return b, function(verb, topology, more)
    local options = { box = as_operator }
    for name, value in pairs(more or {}) do
      options[name] = value
    end
    return b:run(verb, topology, options)
  end
end

local PRIVATE_ZONE <const> = [[
return { name = "analytics", vpcs = {
    data = { region = "ap-southeast-1", id = "vpc-t4nexample", resolver = "i-t4nexample" },
    apps = { region = "eu-central-1", id = "vpc-gw8example", clients = { "i-gw8example" } } },
  peerings = { { "data", "apps", bandwidth = 500 } },
  flows = { { from = "apps", to = { maxcompute = "data", mode = "endpoint", private_zone = true,
    security_groups = { "sg-t4nexample" } } } } }]]

local function file_of(topology)
  if topology:match "^[%w-]+$" then
    return ("%s/examples/%s.lua"):format(bench.root, topology)
  end
  local path = fs.temp_dir() .. "/t.lua"
  fs.write_atomic(path, topology, tonumber("644", 8))
  return path
end

for name, topology in pairs { ["mode domain"] = "analytics", ["mode endpoint"] = "analytics-endpoint",
  ["a private zone"] = PRIVATE_ZONE } do
  test(name .. ": the policy is enough for plan, apply, verify and destroy", function()
    local b <close>, run = bench_of(policy_of(file_of(topology)))
    for _, step in ipairs { { "plan", 2 }, { "apply", 0 }, { "plan", 0 }, { "verify", 0 }, { "destroy", 0 } } do
      local code, _, problem = run(step[1], topology)
      test.equal(code, step[2], ("%s: %s"):format(step[1], tostring(problem)))
    end
    test.equal(next(b.box:state().peers), nil)
  end)

  test(name .. ": the read-only policy plans, and refuses to change", function()
    local b <close>, run = bench_of(policy_of(file_of(topology), "--read-only"))
    test.equal((run("plan", topology)), 2)
    local code, report, problem = run("apply", topology)
    test.equal(code, 7, tostring(problem))
    test.match(tostring(problem), "NoPermission")
    for _, call in ipairs(bench.mutating(report.calls)) do
      test.truthy(call.outcome ~= "ok", call.action .. " was allowed")
    end
    test.equal(next(b.box:state().peers), nil)
  end)
end
