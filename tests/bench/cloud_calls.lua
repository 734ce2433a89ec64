-- SPDX-License-Identifier: MIT
-- usage: peerway run cloud_calls.lua REQUESTS PARALLEL; calls DescribeVpcs at PEERWAY_ENDPOINT.
-- Prints seconds, CPU seconds, failures, like curl_multi; one call more than REQUESTS is not counted.
local clock = require "clock"
local cloud = require "cloud"
local task = require "task"

local requests, parallel = math.tointeger(tonumber(arg[1])), math.tointeger(tonumber(arg[2]))
local client = cloud.client { product = "vpc", region = "eu-central-1" }
local params = { PageSize = 10, PageNumber = 1, VpcName = "data" }
local left, failed = requests, 0

local function work()
  while left > 0 do
    left = left - 1
    local answer = client:call("DescribeVpcs", params)
    if answer.TotalCount ~= 1 then
      failed = failed + 1
    end
  end
  return true
end

local workers = {}
for i = 1, parallel do
  workers[i] = work
end
client:call("DescribeVpcs", params) -- loads libcurl, which the yardsticks have loaded when their time begins
local started, cpu = clock.monotonic(), os.clock()
task.all(workers)
print(("%.6f %.6f %d"):format(clock.monotonic() - started, os.clock() - cpu, failed))
