-- SPDX-License-Identifier: MIT
-- `peerway sandbox` as a process: its line, its socket, files given to it, its end.

local cloud = require "cloud"
local fs = require "fs"
local http = require "http"
local json = require "json"
local process = require "process"
local sandbox = require "sandbox"
local task = require "task"
local test = require "spec"

local PROGRAM <const> = fs.realpath "/proc/self/exe"

local function place()
  local folder = fs.temp_dir()
  return setmetatable({ folder = folder }, { __close = function()
    for _, name in ipairs(fs.list(folder)) do fs.remove(folder .. "/" .. name) end
    fs.remove(folder)
  end })
end

-- Starts the command; returns its handle and the JSON line. The shell only redirects.
local function start(at, ...)
  local words = { "sh", "-c", 'exec "$0" sandbox --json --data-plane none "$@" > "$OUT"', PROGRAM, ... }
  words.env = { OUT = at.folder .. "/line" }
  local child = process.spawn(words)
  for _ = 1, 200 do
    task.sleep(0.02)
    local stat = fs.stat(at.folder .. "/line")
    if stat and stat.size > 0 then return child, json.decode(fs.read(at.folder .. "/line")) end
  end
  child:kill(9)
  error "the sandbox did not start"
end

-- The demo key of the process, which knows the same presets as we do.
local function client(line, product)
  local box = sandbox.new { data_plane = "none" }
  return cloud.client { product = product, region = "eu-central-1", account = box:account "default",
    endpoint = line.endpoint }
end

test("it serves a world on a socket and ends on SIGTERM", function()
  local at <close> = place()
  local child, line = start(at, "--listen", "127.0.0.1:0", "--time-scale", "0")
  test.equal({ line.type, line.access_key_id }, { "sandbox", "LTAIsandboxdefault" })
  test.equal(client(line, "vpc"):call("DescribeVpcs").Vpcs.Vpc[1].VpcId, "vpc-gw8example")
  local calls = json.decode(http.request { url = line.endpoint .. "/_sandbox/calls" }.body).calls
  test.equal({ calls[1].action, calls[1].outcome, calls[1].door }, { "DescribeVpcs", "ok", "socket" })
  local state = json.decode(http.request { url = line.endpoint .. "/_sandbox/state" }.body)
  test.equal({ state.vpcs["vpc-gw8example"].cidr, state.keys }, { "10.20.0.0/16", nil })
  child:kill(15)
  local result = child:wait()
  test.equal(result.code, 143)
end)

test("world, state and fault plan come from files; faults can be added while it runs", function()
  local at <close> = place()
  fs.write_atomic(at.folder .. "/world.lua", [[return {
    accounts = { default = { uid = 1234567890123456, keys = { { id = "LTAIsandboxdefault",
      secret = "sandbox-default-secret-not-a-real-one" } } } },
    vpcs = { { id = "vpc-mine", region = "eu-central-1", cidr = "10.1.0.0/16" } } }]])
  fs.write_atomic(at.folder .. "/faults.json", '[{"action":"DescribeVpcs","call":2,"error":"SystemBusy"}]')
  local words = { "--world", at.folder .. "/world.lua", "--fault", at.folder .. "/faults.json", "--state",
    at.folder .. "/state.json", "--time-scale", "0" }
  local child, line = start(at, table.unpack(words))
  local vpc = client(line, "vpc")
  test.equal(vpc:call("DescribeVpcs").Vpcs.Vpc[1].VpcId, "vpc-mine")
  test.raises(function() vpc:call("DescribeVpcs", {}, { retry = false }) end, { code = "SystemBusy" })
  http.request { method = "POST", url = line.endpoint .. "/_sandbox/faults",
    body = '[{"action":"DescribeVSwitches","error":"UnknownError"}]' }
  test.raises(function() vpc:call("DescribeVSwitches", {}, { retry = false }) end, { code = "UnknownError" })
  local made = vpc:call("CreateVpc", { CidrBlock = "10.2.0.0/16" }).VpcId
  child:kill(9)
  child:wait()
  fs.remove(at.folder .. "/line")
  child, line = start(at, table.unpack(words))
  local found = client(line, "vpc"):call("DescribeVpcs", { VpcId = made })
  test.equal(found.TotalCount, 1)
  child:kill(15)
  child:wait()
end)

test("wrong words are usage errors that name the way out", function()
  local function run(...)
    local words = { PROGRAM, "sandbox", ... }
    words.timeout = 20
    return process.run(words)
  end
  local rows = { { "--listen", "8080", "ADDRESS:PORT" }, { "--world", "mars", "worked%-example" },
    { "--data-plane", "magic", "netns" } }
  for _, row in ipairs(rows) do
    local result = run(row[1], row[2])
    test.equal(result.code, 64, row[1])
    test.match(result.stderr, row[3])
  end
  local at <close> = place()
  fs.write_atomic(at.folder .. "/bad.lua", "return {")
  test.equal(run("--world", at.folder .. "/bad.lua").code, 5)
  fs.write_atomic(at.folder .. "/rule.lua", "return { { eror = 'x' } }")
  local result = run("--fault", at.folder .. "/rule.lua")
  test.equal(result.code, 5)
  test.match(result.stderr, "eror")
end)
