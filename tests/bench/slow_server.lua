-- SPDX-License-Identifier: MIT
-- usage: peerway run slow_server.lua MILLISECONDS; answers every request after that time, prints its port,
-- and on the path /count how many connections it has seen.
local http = require "http"
local task = require "task"

local seconds = tonumber(arg[1]) / 1000
local peers, connections = {}, 0

local function handler(request)
  if request.path == "/count" then
    return { status = 200, body = tostring(connections) }
  end
  local peer = request.peer.address .. ":" .. tostring(request.peer.port)
  if not peers[peer] then
    peers[peer] = true
    connections = connections + 1
  end
  task.sleep(seconds)
  return { status = 200, headers = { ["content-type"] = "application/json" },
    body = '{"RequestId":"R","TotalCount":1,"Vpcs":{"Vpc":[]}}' }
end

local server = http.serve { address = "127.0.0.1", port = 0, handler = handler }
print(server.port)
io.stdout:flush()
task.sleep(600)
server:close()
