-- SPDX-License-Identifier: MIT
-- Six planted secrets, every command and failure that touches credentials, on a sandbox behind a socket that
-- knows such keys. Then stdout, stderr, every file of the project, and arguments and environment of every
-- child are searched: nothing is found. A planted hit proves that the search finds.
local bench = dofile((debug.getinfo(1, "S").source:match "^@(.*/)" or "./") .. "bench.lua")
local fs = require "fs"
local process = require "process"
local sandbox = require "sandbox"
local task = require "task"
local test = require "spec"

local PEERWAY <const> = "/proc/self/exe"
local MODE_FILE <const>, MODE_PROGRAM <const> = tonumber("600", 8), tonumber("700", 8)

-- The verifier of the sandbox takes a secret from Lua only with this prefix; it is not part of what is searched.
local PREFIX <const> = "sandbox-"

local CANARY <const> = {
  environment = "sandbox-canaryEnvironmentSecret7Q2zR", token = "sandbox-canarySecurityToken9fKpL3xW",
  config = "sandbox-canaryConfigJsonSecret4mTnB8", ini = "sandbox-canaryIniProfileSecret1vYhD6",
  oidc = "sandbox-canaryOidcTokenContent5sGjC0", program = "sandbox-canaryProgramOutputSecret8wQ",
}

-- Searching ----------------------------------------------------------------------------------------

local function hex(text)
  return (text:gsub(".", function(c) return ("%02x"):format(c:byte()) end))
end

-- Every form in which a careless program writes a text: as it is, in hex, in Base64 at each alignment.
local function forms(whole)
  local secret = whole:sub(#PREFIX + 1)
  local base64 = require "sandbox.base64"
  local list = { secret, hex(secret), hex(secret):upper(), secret:reverse() }
  for shift = 0, 2 do
    local text = base64.encode(("x"):rep(shift) .. secret)
    list[#list + 1] = text:sub(shift == 0 and 1 or 5, -5)
  end
  return list
end

local needles = {}
for name, secret in pairs(CANARY) do
  needles[name] = forms(secret)
end

-- "where: name" for each canary in a text.
local function hits(text, where, list)
  for name, variants in pairs(needles) do
    for _, form in ipairs(variants) do
      if text:find(form, 1, true) then
        list[#list + 1] = ("%s: %s"):format(where, name)
        break
      end
    end
  end
end

local function read_raw(path)
  local file = io.open(path, "rb")
  local text = file and file:read "a"
  if file then
    file:close()
  end
  return text
end

local function search_folder(folder, list)
  for _, name in ipairs(fs.list(folder)) do
    local path = folder .. "/" .. name
    if fs.stat(path).type == "directory" then
      search_folder(path, list)
    else
      hits(read_raw(path) or "", path, list)
    end
  end
end

-- Parents of all processes.
local function parents()
  local map = {}
  for _, name in ipairs(fs.list "/proc") do
    local pid = math.tointeger(tonumber(name))
    local stat = pid and read_raw(("/proc/%d/stat"):format(pid))
    map[pid or 0] = stat and math.tointeger(tonumber(stat:match "^%d+ %(.*%) %S (%d+)"))
  end
  return map
end

-- Arguments of a process and all its descendants, environments of the descendants.
local function look_at(pid, label, list)
  local map = parents()
  local count = 0
  for child in pairs(map) do
    local up = child
    while up and up ~= pid and up > 1 do
      up = map[up]
    end
    if up == pid then
      hits(read_raw(("/proc/%d/cmdline"):format(child)) or "", label .. ": arguments", list)
      if child ~= pid then
        count = count + 1
        hits(read_raw(("/proc/%d/environ"):format(child)) or "", label .. ": environment of a child", list)
      end
    end
  end
  return count
end

-- A cloud that knows the keys, and a project ---------------------------------------------------------

local function world()
  local copy = {}
  for name, value in pairs(sandbox.presets["worked-example"]) do
    copy[name] = value
  end
  local default = {}
  for name, value in pairs(copy.accounts.default) do
    default[name] = value
  end
  default.keys = { { id = "LTAIcanaryenvironment", secret = CANARY.environment },
    { id = "LTAIcanaryconfig", secret = CANARY.config, user = "config", user_id = "201" },
    { id = "LTAIcanaryini", secret = CANARY.ini, user = "ini", user_id = "202" },
    { id = "LTAIcanaryprogram", secret = CANARY.program, user = "program", user_id = "203" } }
  copy.accounts = { default = default }
  return copy
end

local Stage = {}
Stage.__index = Stage

local function new_stage(options)
  local settings = { world = world(), time_scale = 0, data_plane = "symbolic",
    on_symbolic_run = require "probe.symbolic" }
  for name, value in pairs(options or {}) do
    settings[name] = value
  end
  local box = sandbox.new(settings)
  box.data.keys["STS.canary"] = { id = "STS.canary", secret = CANARY.environment, uid = 1234567890123456,
    type = "AssumedRoleUser", name = "session", role = "network-admin", role_id = "300", token = CANARY.token,
    expires = box:now() + 3600 }
  box:learn_keys()
  local self = setmetatable({ box = box, server = box:listen { port = 0 }, home = fs.temp_dir(),
    project = fs.temp_dir(), found = {}, children = 0 }, Stage)
  fs.write_atomic(self.project .. "/analytics.lua", fs.read(bench.root .. "/examples/analytics.lua"), MODE_FILE)
  return self
end

function Stage:close()
  self.box:close()
end
Stage.__close = Stage.close

local ENVIRONMENT <const> = { ALIBABA_CLOUD_ACCESS_KEY_ID = "LTAIcanaryenvironment",
  ALIBABA_CLOUD_ACCESS_KEY_SECRET = CANARY.environment }

--- Starts a command in the project with these variables and looks at its processes until it ends.
function Stage:start(env, ...)
  local all = { HOME = self.home, PEERWAY_ENDPOINT = ("http://127.0.0.1:%d"):format(self.server.port),
    ALIBABA_CLOUD_ECS_METADATA_DISABLED = "true", PEERWAY_TRACEBACK = "1" }
  for name, value in pairs(env) do
    all[name] = value
  end
  local argv, verb = { PEERWAY, ... }, (...)
  argv.env, argv.cwd, argv.max_output = all, self.project, 1 << 22
  local child = process.spawn(argv)
  local watch = task.spawn(function()
    while true do
      self.children = math.max(self.children, look_at(child:pid(), verb, self.found))
      task.sleep(0.01)
    end
  end)
  return child, watch
end

function Stage:finish(child, watch, label)
  local result = child:wait()
  watch:cancel "ended"
  hits(result.stdout, label .. ": stdout", self.found)
  hits(result.stderr, label .. ": stderr", self.found)
  return result
end

function Stage:run(env, ...)
  local child, watch = self:start(env, ...)
  return self:finish(child, watch, table.concat({ ... }, " "))
end

function Stage:clean()
  search_folder(self.project, self.found)
  table.sort(self.found)
  test.equal(table.concat(self.found, "; "), "", "hits")
end

-- Tests --------------------------------------------------------------------------------------------

test("the search finds a planted hit: in output, in a file, in arguments and environment of a child", function()
  local stage <close> = new_stage()
  local leak = fs.temp_dir() .. "/leak.lua"
  fs.write_atomic(leak, ([[
    local process, fs = require "process", require "fs"
    io.stderr:write "%s\n"
    fs.write_atomic("leak.bin", "\0\1%s\2", 384)
    process.run { "sleep", "0.3", env = { LEAK = "%s" } }
    process.run { "sh", "-c", "sleep 0.3; : %s" }
    print "%s"
  ]]):format(CANARY.ini, CANARY.oidc, CANARY.token, CANARY.config, require("sandbox.base64").encode(CANARY.program)),
    MODE_FILE)
  stage:run({}, "run", leak)
  search_folder(stage.project, stage.found)
  local all = table.concat(stage.found, "\n")
  for _, wanted in ipairs { "stderr: ini", "leak%.bin: oidc", "environment of a child: token", "arguments: config",
    "stdout: program" } do
    test.match(all, wanted)
  end
  test.falsy(all:find("environment$", 1), "a canary that nobody wrote was found")
end)

test("a secret of the environment: every command, good and refused", function()
  local stage <close> = new_stage()
  test.equal(stage:run(ENVIRONMENT, "whoami").code, 0)
  test.equal(stage:run(ENVIRONMENT, "whoami", "--json").code, 0)
  test.equal(stage:run(ENVIRONMENT, "whoami", "--offline").code, 0)
  local answered = stage:run(ENVIRONMENT, "api", "vpc", "DescribeVpcs", "RegionId=eu-central-1")
  test.equal(answered.code, 0, answered.stderr)
  for _, more in ipairs { "--dry-run", "--json" } do
    stage:run(ENVIRONMENT, "api", "vpc", "DescribeVpcs", "RegionId=eu-central-1", more)
  end
  stage:run(ENVIRONMENT, "api", "vpc", "NoSuchThing", "RegionId=eu-central-1")
  local wrong = { ALIBABA_CLOUD_ACCESS_KEY_ID = "LTAIcanaryini", ALIBABA_CLOUD_ACCESS_KEY_SECRET = CANARY.environment }
  local refused = stage:run(wrong, "plan", "analytics.lua")
  test.equal(refused.code, 7, refused.stderr)
  test.match(refused.stderr, "SignatureDoesNotMatch")
  stage:run(wrong, "whoami", "--json")
  stage:clean()
end)

test("the whole mission with that key, its ledger, and the commands that read it", function()
  local stage <close> = new_stage()
  for _, step in ipairs { { 4, "verify", "analytics.lua" }, { 2, "plan", "analytics.lua" },
    { 2, "plan", "analytics.lua", "--json" }, { 0, "apply", "--auto-approve", "analytics.lua" },
    { 0, "verify", "analytics.lua", "--json" }, { 0, "plan", "analytics.lua" }, { 0, "drift", "analytics.lua" },
    { 0, "history", "analytics.lua" }, { 0, "graph", "analytics.lua" },
    { 0, "destroy", "--auto-approve", "analytics.lua" } } do
    local result = stage:run(ENVIRONMENT, table.unpack(step, 2))
    test.equal(result.code, step[1], step[2] .. ": " .. result.stderr)
  end
  test.truthy(fs.stat(stage.project .. "/.peerway/ledger.db"), "there is a ledger to search")
  stage:clean()
end)

test("status on SIGUSR1, interruption and kill -9 in the middle of apply", function()
  for _, signal in ipairs { "INT", "KILL" } do
    local stage <close> = new_stage { time_scale = 0.5 }
    local child, watch = stage:start(ENVIRONMENT, "apply", "--auto-approve", "analytics.lua")
    for _ = 1, 400 do
      if next(stage.box:state().peers) then
        break
      end
      task.sleep(0.02)
    end
    test.truthy(next(stage.box:state().peers), "apply did not begin")
    child:kill "USR1"
    task.sleep(0.2)
    child:kill(signal)
    local result = stage:finish(child, watch, "apply with SIG" .. signal)
    test.truthy(result.code == 130 or result.signal == 9, result.stderr)
    test.match(result.stderr, "peering:vpc", "the status names the step")
    stage:clean()
  end
end)

test("a token of STS: used, refused, over", function()
  local stage <close> = new_stage()
  local env = { ALIBABA_CLOUD_ACCESS_KEY_ID = "STS.canary", ALIBABA_CLOUD_ACCESS_KEY_SECRET = CANARY.environment,
    ALIBABA_CLOUD_SECURITY_TOKEN = CANARY.token }
  test.equal(stage:run(env, "whoami").code, 0)
  stage:run(env, "api", "vpc", "DescribeVpcs", "RegionId=eu-central-1", "--dry-run")
  test.equal(stage:run(env, "plan", "analytics.lua").code, 2)
  env.ALIBABA_CLOUD_SECURITY_TOKEN = CANARY.token .. "x"
  test.truthy(stage:run(env, "plan", "analytics.lua").code ~= 2, "a wrong token is refused")
  stage.box.data.keys["STS.canary"].expires = stage.box:now() - 1
  stage:run(env, "plan", "analytics.lua", "--json")
  stage:clean()
end)

-- `text` with its one piece `old` replaced.
local function swap(text, old, new)
  local from, to = text:find(old, 1, true)
  test.truthy(from, "there is no " .. old)
  return text:sub(1, from - 1) .. new .. text:sub(to + 1)
end

test("secrets in config.json and in the INI file, also where those are damaged", function()
  local stage <close> = new_stage()
  fs.mkdir(stage.home .. "/.aliyun", MODE_PROGRAM)
  local config = ('{"current":"p","profiles":[{"name":"p","mode":"AK","access_key_id":"LTAIcanaryconfig",'
    .. '"access_key_secret":"%s","region_id":"eu-central-1"}]}'):format(CANARY.config)
  local function write_config(text)
    fs.write_atomic(stage.home .. "/.aliyun/config.json", text, MODE_FILE)
  end
  write_config(config)
  test.equal(stage:run({}, "whoami").code, 0)
  stage:run({}, "whoami", "p", "--json")
  test.equal(stage:run({}, "plan", "analytics.lua").code, 2)
  for _, broken in ipairs { config:sub(1, -12), swap(config, '"access_key_secret":', '"access_key_secret"='),
    swap(config, '"' .. CANARY.config, CANARY.config), swap(config, '"AK"', '"NoSuchMode"') } do
    write_config(broken)
    test.truthy(stage:run({}, "plan", "analytics.lua").code ~= 2, "damaged config.json: " .. broken)
  end
  fs.remove(stage.home .. "/.aliyun/config.json")
  local ini = stage.home .. "/credentials.ini"
  local env = { ALIBABA_CLOUD_CREDENTIALS_FILE = ini }
  local good = ("[default]\ntype = access_key\naccess_key_id = LTAIcanaryini\naccess_key_secret = %s\n")
    :format(CANARY.ini)
  fs.write_atomic(ini, good, MODE_FILE)
  test.equal(stage:run(env, "whoami").code, 0)
  test.equal(stage:run(env, "plan", "analytics.lua").code, 2)
  for _, broken in ipairs { swap(good, "access_key_secret = ", "access_key_secret "), swap(good, "]", ""),
    swap(good, "type = access_key\n", "type = " .. CANARY.ini .. "\n"), good .. "[" .. CANARY.ini } do
    fs.write_atomic(ini, broken, MODE_FILE)
    stage:run(env, "plan", "analytics.lua")
  end
  stage:clean()
end)

test("an identity token that STS refuses, and one that cannot be sent", function()
  local stage <close> = new_stage()
  fs.write_atomic(stage.home .. "/token", CANARY.oidc, MODE_FILE)
  local env = { ALIBABA_CLOUD_ROLE_ARN = "acs:ram::1234567890123456:role/network-admin",
    ALIBABA_CLOUD_OIDC_PROVIDER_ARN = "acs:ram::1234567890123456:oidc-provider/ci",
    ALIBABA_CLOUD_OIDC_TOKEN_FILE = stage.home .. "/token" }
  local refused = stage:run(env, "whoami")
  test.truthy(refused.code ~= 0, "the token is not a real one")
  stage:run(env, "plan", "analytics.lua")
  env.PEERWAY_ENDPOINT = "http://127.0.0.1:1"
  stage:run(env, "whoami", "--json")
  stage:clean()
end)

test("a program that gives credentials: good, garbage, failing; its own environment", function()
  local stage <close> = new_stage()
  local program = stage.home .. "/program"
  fs.mkdir(stage.home .. "/.aliyun", MODE_PROGRAM)
  fs.write_atomic(stage.home .. "/.aliyun/config.json",
    ('{"current":"p","profiles":[{"name":"p","mode":"External","process_command":"%s","region_id":"eu-central-1"}]}')
    :format(program), MODE_FILE)
  local good = ('{"mode":"AK","access_key_id":"LTAIcanaryprogram","access_key_secret":"%s"}'):format(CANARY.program)
  local function write_program(line)
    -- what the program sees of its surroundings is left in the project, where it is searched
    fs.write_atomic(program, ("#!/bin/sh\ntr '\\0' '\\n' </proc/self/environ >%s/seen-environment\n"
      .. "tr '\\0' ' ' </proc/$PPID/cmdline >%s/seen-arguments\n%s\n"):format(stage.project, stage.project, line),
      MODE_PROGRAM)
  end
  write_program(("echo '%s'"):format(good))
  local env = { ALIBABA_CLOUD_SECURITY_TOKEN = CANARY.token, ALIBABA_CLOUD_ACCESS_KEY_SECRET = CANARY.environment }
  local result = stage:run(env, "whoami")
  test.equal(result.code, 0, result.stderr)
  test.truthy(fs.stat(stage.project .. "/seen-environment"), "the program was run")
  test.equal(stage:run(env, "plan", "analytics.lua").code, 2)
  for _, line in ipairs { ("echo '%s'"):format(CANARY.program), ("echo '%s'; exit 3"):format(good),
    ("echo '%s'"):format(good:sub(1, -5)),
    ("echo '%s'"):format(swap(good, '"access_key_id"', '"' .. CANARY.program .. '"')) } do
    write_program(line)
    test.truthy(stage:run(env, "plan", "analytics.lua").code ~= 2, "a bad answer of the program: " .. line)
  end
  stage:clean()
end)

test("the embedded sandbox with its data plane: no child inherits a secret", function()
  local stage <close> = new_stage()
  local result = stage:run(ENVIRONMENT, "apply", "--sandbox", "--auto-approve", "--time-scale", "0", "analytics.lua")
  test.equal(result.code, 0, result.stderr)
  if require("netns").available() then
    test.truthy(stage.children > 0, "no child was seen")
  end
  stage:clean()
end)

test("a script cannot read what was taken from the environment, nor do its children", function()
  local stage <close> = new_stage()
  local script = stage.home .. "/probe.lua"
  fs.write_atomic(script, [[
    local env, process = require "env", require "process"
    print(env.get "ALIBABA_CLOUD_ACCESS_KEY_SECRET", os.getenv "ALIBABA_CLOUD_ACCESS_KEY_SECRET")
    print(process.run { "env" }.stdout)
    local account = require("cloud").account()
    print(account, require("cloud").caller_identity(account).account_id)
    print(process.run { "sh", "-c", "env; tr '\\0' '\\n' </proc/$PPID/environ" }.stdout)
    error { account }
  ]], MODE_FILE)
  local result = stage:run(ENVIRONMENT, "run", script)
  test.match(result.stdout, "1234567890123456")
  stage:clean()
end)
