-- SPDX-License-Identifier: MIT
-- dns_bench.lua SERVER NAMES CALLS FLIGHT: bulk lookups, every answer checked; prints "Q q/s, N lost, ...".

local clock = require "clock"
local dns = require "dns"

local server, count, calls, flight = arg[1], tonumber(arg[2]), tonumber(arg[3]), tonumber(arg[4])

local names, expected = {}, {}
for i = 0, count - 1 do
  names[i + 1] = ("h%d.bench"):format(i)
  expected[i + 1] = ("100.%d.%d.%d"):format(64 + i // 65536, i // 256 % 256, i % 256)
end

local seconds, cpu, lost, memory = 0, 0, 0, 0
for _ = 1, calls do
  local wall, processor = clock.monotonic(), os.clock()
  local results = dns.resolve_all(names, { server = server, limit = flight, edns = false })
  seconds, cpu = seconds + clock.monotonic() - wall, cpu + os.clock() - processor
  for i, result in ipairs(results) do
    if dns.failed(result) or result.records[1].address ~= expected[i] then lost = lost + 1 end
  end
  memory = math.max(memory, collectgarbage "count")
end
print(("%d q/s, %d lost, %.2f us CPU a question, %.1f MB of Lua"):format(count * calls // seconds, lost,
  cpu / (count * calls) * 1e6, memory / 1024))
