-- SPDX-License-Identifier: MIT
-- Bad input: every problem at once with its place and remedy, the right exit code, and no call that changes
-- anything. Run as users run it: the binary, against a sandbox on a socket.
local bench = dofile((debug.getinfo(1, "S").source:match "^@(.*/)" or "./") .. "bench.lua")
local fs = require "fs"
local http = require "http"
local process = require "process"
local sandbox = require "sandbox"
local test = require "spec"

local GOOD <const> = [[
return {
  name = "analytics",
  vpcs = {
    data = { region = "ap-southeast-1", id = "vpc-t4nexample", resolver = "i-t4nexample" },
    apps = { region = "eu-central-1", id = "vpc-gw8example", clients = { "i-gw8example" } },
  },
  peerings = { { "data", "apps", link_type = "Gold", bandwidth = 1024 } },
  flows = { { from = "apps", to = { maxcompute = "data", mode = "domain" } } },
}
]]

local KEY <const> = { ALIBABA_CLOUD_ACCESS_KEY_ID = "LTAIsandboxdefault",
  ALIBABA_CLOUD_ACCESS_KEY_SECRET = "sandbox-default-secret-not-a-real-one" }

local function changed(pattern, replacement)
  local text, count = GOOD:gsub(pattern:gsub("[%-%[%]%.%(%)]", "%%%0"), (replacement:gsub("%%", "%%%%")))
  test.equal(count, 1, "the topology does not hold " .. pattern)
  return text
end

local function peerway(verb, text, env)
  local folder = fs.temp_dir()
  fs.write_atomic(folder .. "/topology.lua", text, tonumber("644", 8))
  local all = { HOME = folder, ALIBABA_CLOUD_ECS_METADATA_DISABLED = "true" }
  for name, value in pairs(env) do
    all[name] = value
  end
  local argv = { "/proc/self/exe", verb, "topology.lua", env = all, cwd = folder, timeout = 60 }
  if verb ~= "plan" then
    argv[4] = "--auto-approve"
  end
  return process.run(argv)
end

local function with_sandbox(options, fn)
  local box <close> = sandbox.new { world = options.world or "worked-example", time_scale = 0, data_plane = "symbolic",
    faults = options.faults, on_symbolic_run = require "probe.symbolic" }
  local server = box:listen { port = 0 }
  local env = { PEERWAY_ENDPOINT = ("http://127.0.0.1:%d"):format(server.port) }
  for name, value in pairs(options.env or KEY) do
    env[name] = value
  end
  fn(box, env)
  test.equal(#bench.mutating(box:calls()), 0, "calls that change something")
end

local function refused(text, code, expected, options)
  with_sandbox(options or {}, function(_, env)
    for _, verb in ipairs { "plan", "apply" } do
      local result = peerway(verb, text, env)
      test.equal(result.code, code, ("%s: %s"):format(verb, result.stderr))
      for _, pattern in ipairs(expected) do
        test.match(result.stderr, pattern)
      end
      test.falsy(result.stderr:find("traceback", 1, true), "a traceback reached the user")
    end
  end)
end

local function world_with(change)
  local copy = require("json").decode(require("json").encode(sandbox.presets["worked-example"]))
  change(copy)
  return copy
end

test("the unchanged topology is good", function()
  local box <close> = sandbox.new { world = "worked-example", time_scale = 0, data_plane = "symbolic",
    on_symbolic_run = require "probe.symbolic" }
  local server = box:listen { port = 0 }
  local env = { PEERWAY_ENDPOINT = ("http://127.0.0.1:%d"):format(server.port) }
  for name, value in pairs(KEY) do
    env[name] = value
  end
  local result = peerway("plan", GOOD, env)
  test.equal(result.code, 2, result.stderr)
end)

test("an unknown field, with the nearest known one", function()
  refused(changed("resolver =", "resolvr ="), 5, { "topology%.lua:4: unknown field vpcs%.data%.resolvr", "'resolver'" })
end)

test("several problems at once, each with its line", function()
  local text = changed('link_type = "Gold"', 'link_type = "Golden"'):gsub("eu%-central%-1", "eu-central-11")
    :gsub('from = "apps"', 'from = "app"')
  refused(text, 5, { "topology%.lua:5: .*eu%-central%-11", "topology%.lua:7: .*Golden", "topology%.lua:8: .*'app'",
    "3 problems" })
end)

test("the same VPC twice", function()
  refused(changed('id = "vpc-gw8example"', 'id = "vpc-t4nexample"'), 5,
    { "topology%.lua:4: .*same VPC vpc%-t4nexample" })
end)

test("a VPC peered with itself", function()
  refused(changed('{ "data", "apps", link_type', '{ "data", "data", link_type'), 5, { "with itself", "not peered" })
end)

test("a region that does not exist", function()
  refused(changed('region = "eu-central-1"', 'region = "eu-centrl-1"'), 5, { "no region", "'eu%-central%-1'" })
end)

test("a name with http://", function()
  refused(changed('name = "analytics"', 'name = "http://analytics"'), 5, { "topology%.lua:2: .*http://" })
end)

test("a file that does not parse, and one that fails", function()
  refused("return { name = ", 5, { "topology%.lua:1" })
  refused("local x = nil\nreturn { name = x.y }", 5, { "topology%.lua:2" })
end)

test("equal blocks", function()
  refused(GOOD, 5, { "D%-27", "10%.10%.0%.0/16", "same block", "announce" }, { world = world_with(function(world)
    local vpc = world.vpcs[2]
    vpc.cidr = "10.10.0.0/16"
    vpc.vswitches = { { id = "vsw-gw8example-a", cidr = "10.10.1.0/24", zone = "eu-central-1a" } }
    vpc.instances[1].address = "10.10.1.10"
  end) })
end)

test("overlapping blocks", function()
  refused(GOOD, 5, { "D%-27", "overlap" }, { world = world_with(function(world)
    world.vpcs[2].secondary = { "10.10.128.0/20" }
  end) })
end)

test("a VPC that the account does not have", function()
  refused(changed('id = "vpc-gw8example"', 'id = "vpc-gw8other"'), 5, { "vpc%-gw8other", "eu%-central%-1", "whoami" })
end)

test("the wrong account", function()
  refused(changed('name = "analytics"', 'name = "analytics", accounts = { default = { uid = "6543210987654321" } }'), 7,
    { "1234567890123456", "6543210987654321", "D%-75" })
end)

test("no credentials", function()
  refused(GOOD, 7, { "credentials", "ALIBABA_CLOUD_ACCESS_KEY_ID" }, { env = {} })
end)

test("a key that does not exist, and a wrong secret", function()
  refused(GOOD, 7, { "InvalidAccessKeyId%.NotFound" }, { env = { ALIBABA_CLOUD_ACCESS_KEY_ID = "LTAInobody",
    ALIBABA_CLOUD_ACCESS_KEY_SECRET = "x" } })
  refused(GOOD, 7, { "SignatureDoesNotMatch" }, { env = { ALIBABA_CLOUD_ACCESS_KEY_ID = "LTAIsandboxdefault",
    ALIBABA_CLOUD_ACCESS_KEY_SECRET = "wrong" } })
end)

test("an endpoint that nobody serves", function()
  local env = { PEERWAY_ENDPOINT = "http://127.0.0.1:9", ALIBABA_CLOUD_ACCESS_KEY_ID = "LTAIx",
    ALIBABA_CLOUD_ACCESS_KEY_SECRET = "y" }
  local result = peerway("plan", GOOD, env)
  test.equal(result.code, 1, result.stderr)
  test.match(result.stderr, "127%.0%.0%.1")
  test.match(result.stderr, "[Rr]efused")
end)

test("an endpoint that answers something else", function()
  local calls = 0
  local server = http.serve { address = "127.0.0.1", port = 0, handler = function()
    calls = calls + 1
    return { status = 200, headers = { ["content-type"] = "text/html" }, body = "<html>Welcome</html>" }
  end }
  local env = { PEERWAY_ENDPOINT = ("http://127.0.0.1:%d"):format(server.port), ALIBABA_CLOUD_ACCESS_KEY_ID = "LTAIx",
    ALIBABA_CLOUD_ACCESS_KEY_SECRET = "y" }
  local result = peerway("plan", GOOD, env)
  server:close()
  test.equal(result.code, 1, result.stderr)
  test.match(result.stderr, "127%.0%.0%.1")
  test.truthy(calls > 0)
end)

test("addresses that must not become routes", function()
  refused(GOOD, 5, { "100%.100%.2%.136", "D%-26" }, { world = world_with(function(world)
    table.insert(world.maxcompute["ap-southeast-1"].services[1].addresses, "100.100.2.136")
  end) })
end)

test("a route that somebody else has taken", function()
  refused(GOOD, 5, { "vtb%-gw8example", "100%.103%.49%.21/32", "D%-21" }, { world = world_with(function(world)
    world.routes = { { table = "vtb-gw8example", destination = "100.103.49.21/32", next_hop_type = "Instance",
      next_hop_id = "i-gw8example" } }
  end) })
end)

local ENDPOINT <const> = 'mode = "endpoint", security_groups = { "sg-t4nexample" }'

test("a security group, a vSwitch, a table that do not exist", function()
  refused(changed('mode = "domain"', 'mode = "endpoint", security_groups = { "sg-nobody" }'), 5, { "sg%-nobody" })
  refused(changed('mode = "domain"', ENDPOINT .. ', vswitches = { "vsw-gw8example-a" }'), 5,
    { "vsw%-gw8example%-a", "D%-18" })
  refused(changed('clients = { "i-gw8example" }', 'tables = { "vtb-t4nexample" }'), 5, { "vtb%-t4nexample", "D%-18" })
end)

test("a resolver that does not exist, and names that are no host names", function()
  refused(changed('resolver = "i-t4nexample"', 'resolver = "i-nobody"'), 5, { "i%-nobody", "ap%-southeast%-1" })
  refused(changed('mode = "domain"', 'mode = "domain", names = { "service; id", "$(id)" }'), 5,
    { "2 problems", "names%[1%]", "names%[2%]" })
end)

test("a vSwitch in a zone that the service does not offer", function()
  refused(changed('mode = "domain"', ENDPOINT .. ', vswitches = { "vsw-t4nexample-b" }'), 5, { "D%-47" },
    { world = world_with(function(world)
      for _, service in ipairs(world.services) do
        service.zones = { "ap-southeast-1a" }
      end
    end) })
end)

test("an endpoint service that is not offered", function()
  refused(changed('mode = "domain"', ENDPOINT), 5, { "D%-46", "maxcompute" },
    { world = world_with(function(world) world.services = {} end) })
end)

test("without a terminal apply asks nobody and names the flag", function()
  with_sandbox({}, function(_, env)
    local folder = fs.temp_dir()
    fs.write_atomic(folder .. "/topology.lua", GOOD, tonumber("644", 8))
    env.HOME = folder
    local result = process.run { "/proc/self/exe", "apply", "topology.lua", env = env, cwd = folder, timeout = 60 }
    test.equal(result.code, 64, result.stderr)
    test.match(result.stderr, "%-%-auto%-approve")
  end)
end)

test("two runs at once: the second is told who holds the lock", function()
  with_sandbox({}, function(_, env)
    local store = require "store"
    local folder = fs.temp_dir()
    fs.write_atomic(folder .. "/topology.lua", GOOD, tonumber("644", 8))
    fs.mkdir(folder .. "/.peerway", tonumber("700", 8))
    local ledger <close> = store.open(folder .. "/.peerway/ledger.db")
    local lock <close> = ledger:lock("analytics", "apply")
    env.HOME = folder
    local result = process.run { "/proc/self/exe", "apply", "topology.lua", "-y", env = env, cwd = folder,
      timeout = 60 }
    test.equal(result.code, 6, result.stderr)
    test.match(result.stderr, "locked by process")
    test.truthy(lock)
  end)
end)
