-- SPDX-License-Identifier: MIT
-- usage: peerway run http_bench.lua URL COUNT PARALLEL [CA]: prints requests per second, failures and new connections
local http = require "http"
local task = require "task"
local clock = require "clock"

local url, count, parallel, ca = arg[1], tonumber(arg[2]), tonumber(arg[3]), arg[4]
local left, failed, connections = count, 0, 0

local function worker()
  local request = { url = url, ca_file = ca, headers = { Accept = "application/json" } }
  while left > 0 do
    left = left - 1
    local answer = http.request(request)
    if answer.status ~= 200 or #answer.body == 0 then failed = failed + 1 end
    if not answer.reused then connections = connections + 1 end
  end
end

local begin = clock.monotonic()
local workers = {}
for i = 1, parallel do workers[i] = worker end
task.all(workers)
print(("%.0f %.2f %d %d"):format(count / (clock.monotonic() - begin), os.clock() / count * 1e6, failed, connections))
os.exit(failed == 0 and 0 or 1)
