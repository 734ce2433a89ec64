-- SPDX-License-Identifier: MIT
-- The cloud in a file: it survives the process, also kill -9, goes on in time, and several processes
-- share it without losing a write.

local clock = require "clock"
local driver = dofile((debug.getinfo(1, "S").source:sub(2):gsub("[^/]+$", "driver.lua")))
local fs = require "fs"
local json = require "json"
local process = require "process"
local task = require "task"
local test = require "spec"

local PROGRAM <const> = fs.realpath "/proc/self/exe"
local GROUP <const> = { RegionId = "eu-central-1", VpcId = "vpc-gw8example" }

-- A folder with the file; removed in the end.
local function place()
  local folder = fs.temp_dir()
  return setmetatable({ folder = folder, file = folder .. "/cloud.json" }, { __close = function()
    for _, name in ipairs(fs.list(folder)) do fs.remove(folder .. "/" .. name) end
    fs.remove(folder)
  end })
end

local function groups(cloud)
  return cloud:call("Ecs", "DescribeSecurityGroups", { RegionId = "eu-central-1" }).TotalCount
end

test("a second sandbox on the file sees what the first one did, tokens included", function()
  local at <close> = place()
  local first = driver.new { state_file = at.file }
  local id = first:call("Ecs", "CreateSecurityGroup",
    { RegionId = "eu-central-1", VpcId = "vpc-gw8example", ClientToken = "t" })
    .SecurityGroupId
  first:close()
  test.equal(fs.stat(at.file).mode & 63, 0, "nobody else may read it")
  local second <close> = driver.new { state_file = at.file, seed = 99 }
  test.equal(second:call("Ecs", "CreateSecurityGroup",
    { RegionId = "eu-central-1", VpcId = "vpc-gw8example", ClientToken = "t" })
    .SecurityGroupId, id)
  test.equal(groups(second), 2)
  test.truthy(second:call("Ecs", "CreateSecurityGroup", GROUP).SecurityGroupId ~= id, "ids are never given twice")
end)

test("states go on while no process looks", function()
  local at <close> = place()
  local first = driver.new { state_file = at.file, time_scale = 0.1 }
  local id = first:call("VpcPeer", "CreateVpcPeerConnection", { RegionId = "ap-southeast-1", VpcId = "vpc-t4nexample",
    AcceptingAliUid = 1234567890123456, AcceptingRegionId = "eu-central-1",
      AcceptingVpcId = "vpc-gw8example" }).InstanceId
  first:close()
  task.sleep(0.35)
  local second <close> = driver.new { state_file = at.file, time_scale = 0.1 }
  test.equal(second:call("VpcPeer", "GetVpcPeerConnectionAttribute", { InstanceId = id }).Status, "Activated")
end)

test("two sandboxes on one file at the same time lose no write", function()
  local at <close> = place()
  local one <close> = driver.new { state_file = at.file }
  local two <close> = driver.new { state_file = at.file }
  one.door:close()
  local function create(box)
    return box:handle { method = "POST", scheme = "https", host = "ecs.eu-central-1.aliyuncs.com", port = 443,
      path = "/",
      query = "RegionId=eu-central-1&VpcId=vpc-gw8example", headers = { ["x-acs-action"] = "CreateSecurityGroup",
        ["x-acs-version"] = "2014-05-26" }, body = "", door = "mount" }
  end
  task.all {
    function() for _ = 1, 10 do create(one.box) end end,
    function() for _ = 1, 10 do create(two.box) end end,
  }
  test.equal(groups(two), 21)
end)

test("kill -9 in the middle of writing: the acknowledged writes are there, the next start works", function()
  local at <close> = place()
  local script = at.folder .. "/load.lua"
  fs.write_atomic(script, ([[
    local sandbox, cloud = require "sandbox", require "cloud"
    local box = sandbox.new { state_file = %q, data_plane = "none", time_scale = 0 }
    box:mount()
    local ecs = cloud.client { product = "ecs", region = "eu-central-1", account = box:account "default" }
    for i = 1, 1000 do
      ecs:call("CreateSecurityGroup", { VpcId = "vpc-gw8example", SecurityGroupName = "g" .. i })
      io.stdout:write("made ", i, "\n")
      io.stdout:flush()
    end
  ]]):format(at.file))
  local log = at.folder .. "/log"
  local child = process.spawn { "sh", "-c", 'exec "$0" run "$1" > "$2"', PROGRAM, script, log }
  local function made()
    local count = 0
    for _ in (fs.stat(log) and fs.read(log) or ""):gmatch "made %d+\n" do count = count + 1 end
    return count
  end
  for _ = 1, 1000 do
    if made() >= 3 then break end
    task.sleep(0.01)
  end
  child:kill(9)
  child:wait()
  test.truthy(made() >= 3 and made() < 99, ("the load was cut in the middle: %d"):format(made()))
  local cloud <close> = driver.new { state_file = at.file, quotas = { security_groups = 1000 } }
  local seen = groups(cloud) - 1
  test.truthy(seen == made() or seen == made() + 1, ("acknowledged %d, kept %d"):format(made(), seen))
end)

test("a lock that another process holds is waited for, then named", function()
  local at <close> = place()
  local cloud <close> = driver.new { state_file = at.file }
  local lock = fs.lock(at.file .. ".lock")
  local start = clock.monotonic()
  local waiter = task.spawn(function() return groups(cloud) end)
  task.sleep(0.2)
  lock:close()
  test.equal(waiter:join(), 1)
  test.truthy(clock.monotonic() - start >= 0.2)
end)

test("a file of another version is refused with its reason", function()
  local at <close> = place()
  fs.write_atomic(at.file, json.encode { version = 99, seed = 1, serial = 0, events = {} })
  test.raises(function() driver.new { state_file = at.file } end, { kind = "input", match = "version 99" })
end)

test("a command that nobody finished counts as lost in the end", function()
  local at <close> = place()
  local first = driver.new { state_file = at.file, time_scale = 1 }
  local id = first:call("Ecs", "RunCommand",
    { RegionId = "eu-central-1", Type = "RunShellScript", CommandContent = "true",
    InstanceId = { "i-gw8example" }, Timeout = 10 }).InvokeId
  first:close() -- the process dies before the command starts
  local state = json.decode(fs.read(at.file))
  for _, event in ipairs(state.events) do event.at = event.at - 100 end
  fs.write_atomic(at.file, json.encode(state))
  local second <close> = driver.new { state_file = at.file, time_scale = 1 }
  local seen = second:call("Ecs", "DescribeInvocationResults", { RegionId = "eu-central-1", InvokeId = id }).Invocation
    .InvocationResults.InvocationResult[1]
  test.equal({ seen.InvocationStatus, seen.ErrorCode }, { "Error", "ClientNotResponse" })
end)
