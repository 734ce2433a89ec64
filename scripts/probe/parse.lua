-- SPDX-License-Identifier: MIT
-- probe.parse: the lines of the probe script as tables. Lines that are none of ours are counted, not read.
local M = {}

local function split(line)
  local fields = {}
  for field in (line .. "|"):gmatch "([^|]*)|" do
    fields[#fields + 1] = field
  end
  return fields
end

local function list(text)
  local items = {}
  for item in (text or ""):gmatch "[^,]+" do
    items[#items + 1] = item
  end
  return items
end

local function seconds(text)
  return tonumber(text) or 0
end

-- What curl's exit codes tell about the layer that failed.
local CURL = { [0] = "ok", [6] = "dns", [7] = "refused", [28] = "timeout", [35] = "tls", [51] = "tls", [52] = "cut",
  [55] = "cut", [56] = "cut", [60] = "tls", [77] = "tls", [83] = "tls", [91] = "tls", [127] = "no tool" }

local readers = {}

function readers.dns(report, f)
  local name = f[4]
  report.names[name] = report.names[name] or { rounds = 0, empty = 0, addresses = {} }
  local entry, answer = report.names[name], list(f[5])
  entry.rounds = entry.rounds + 1
  if #answer == 0 then
    entry.empty = entry.empty + 1
  end
  for _, address in ipairs(answer) do
    entry.addresses[address] = (entry.addresses[address] or 0) + 1
  end
end

function readers.server(report, f)
  table.insert(report.servers, { server = f[2], name = f[3], addresses = list(f[4]), ttl = tonumber(f[5]),
    rcode = f[6] })
end

function readers.route(report, f)
  report.routes[f[2]] = { device = f[3], via = f[4] ~= "" and f[4] or nil, source = f[5] ~= "" and f[5] or nil }
end

function readers.visit(report, f)
  table.insert(report.visits, { role = f[2], name = f[3], address = f[4], port = tonumber(f[5]),
    curl = tonumber(f[6]), outcome = CURL[tonumber(f[6])] or "failed", connect = seconds(f[7]), tls = seconds(f[8]),
    total = seconds(f[9]), status = tonumber(f[10]) or 0, odps = f[11] == "1", code = f[12] ~= "" and f[12] or nil,
    error = f[13] ~= "" and f[13] or nil })
end

function readers.tunnel(report, f)
  report.tunnel = f[4]
end

function readers.resolvers(report, f)
  report.resolvers = list(f[2])
end

function readers.clock(report, f)
  report.clock = tonumber(f[2])
end

function readers.proxy(report, f)
  table.insert(report.proxies, f[2])
end

function readers.nic(report, f)
  report.nic, report.mtu = f[2], tonumber(f[3])
end

-- No packet was sent: the sandbox decided the paths by its rules.
function readers.simulated(report)
  report.simulated = true
end

readers["end"] = function(report)
  report.complete = true
end

--- Reads the output of the probe script.
---@param output string
---@return table report names, servers, routes, visits, resolvers, proxies, nic, complete, other_lines
function M.read(output)
  local report = { names = {}, servers = {}, routes = {}, visits = {}, proxies = {}, resolvers = {}, other_lines = 0,
    complete = false, simulated = output:match "^simulated:" ~= nil }
  for line in output:gmatch "[^\r\n]+" do
    local fields = line:match "^P|" and split(line:sub(3))
    if fields and readers[fields[1]] then
      readers[fields[1]](report, fields)
    else
      report.other_lines = report.other_lines + 1
    end
  end
  return report
end

--- The union of what the rounds and servers gave for a name, sorted by text.
---@param report table
---@param name string
---@return string[]
function M.addresses(report, name)
  local seen = {}
  for address in pairs(report.names[name] and report.names[name].addresses or {}) do
    seen[address] = true
  end
  for _, answer in ipairs(report.servers) do
    if answer.name == name then
      for _, address in ipairs(answer.addresses) do
        seen[address] = true
      end
    end
  end
  local union = {}
  for address in pairs(seen) do
    union[#union + 1] = address
  end
  table.sort(union)
  return union
end

return M
