-- SPDX-License-Identifier: MIT
-- netns: Linux network namespaces that live by descriptors. Links, routes and filters are left to
-- iproute2 and nftables, in batches; signatures: types.lua.
local env = require "env"
local errors = require "errors"
local fs = require "fs"
local native = require "netns.native"
local process = require "process"

local netns = {}

-- What available() found: entering the user namespace changes what a second look would say.
local found, found_reason
local entered = false

function netns.available()
  if native.is_simulated() then return nil, "the world is simulated: no packet may leave" end
  if not found then found, found_reason = native.available() end
  if not found then return nil, found_reason end
  return found
end

local Namespace = {}
Namespace.__index = Namespace
Namespace.__name = "netns.Namespace"

--- Where a tool is: on PATH, or where Debian keeps it for root, which users have not on their PATH.
local function find_tool(name)
  for folder in ((env.get("PATH") or "") .. ":/usr/sbin:/sbin:/usr/bin:/bin"):gmatch("[^:]+") do
    local path = folder .. "/" .. name
    local stat = fs.stat(path)
    if stat and stat.type == "file" then return path end
  end
end

local packages <const> = { ip = "iproute2", nft = "nftables" }

function netns.prepare()
  local how, reason = netns.available()
  if not how then return nil, reason end
  for name, package in pairs(packages) do
    if not find_tool(name) then
      return nil, ("the program %s is missing: apt-get install %s"):format(name, package)
    end
  end
  if how == "userns" and not entered then
    local ok, problem = pcall(native.enter_user_namespace)
    if not ok then return nil, problem.message or tostring(problem) end
    entered = true
  end
  return how
end

local function ready(name)
  local how, reason = netns.prepare()
  if how then return end
  errors.raise { kind = "permission", code = "NoNamespaces",
    message = ("cannot create network namespace %s: %s"):format(name, reason),
    hint = "run as root, or allow unprivileged user namespaces" }
end

function netns.new(name, options)
  ready(name)
  local handle = native.create(name, options and options.files or {})
  return setmetatable({ name = name, handle = handle }, Namespace)
end

function Namespace:run(command)
  local copy = {}
  for key, value in pairs(command) do copy[key] = value end
  copy.namespaces = self.handle:fds()
  return process.run(copy)
end

-- The namespaces that the input names by their paths stay open in the tool. By /proc/PID it could not reach them:
-- a process that holds credentials is undumpable, and its descriptors belong to the real root.
local function descriptors_in(input)
  local list = {}
  for fd in input:gmatch "/proc/self/fd/(%d+)" do list[#list + 1] = math.tointeger(tonumber(fd)) end
  return list
end

--- Runs a configuration tool in the network namespace only (the host's files, not the instance's).
local function tool(self, command, input)
  local name = command[1]
  command[1] = find_tool(name) or name
  command.stdin = input
  command.descriptors = descriptors_in(input)
  command.timeout = 30
  command.namespaces = { self.handle:fds()[1] }
  local ok, result = pcall(process.run, command)
  if ok and result.code == 0 then return end
  if not ok then
    -- A cancelled task keeps its own error; a tool that does not start is a missing package.
    if errors.is(result, "cancelled") then error(result, 0) end
    errors.raise { kind = "internal", code = "ToolMissing", cause = result,
      message = ("cannot run %s for namespace %s: %s"):format(name, self.name, tostring(result)),
      hint = "apt-get install " .. packages[name] }
  end
  errors.raise { kind = "internal", code = "ToolFailed",
    message = ("%s failed in namespace %s (exit %s): %s"):format(name, self.name,
      tostring(result.code or result.signal), (result.stderr:gsub("%s+$", ""))) }
end

--- The batch line that iproute2 blames ("Command failed -:3"), to be shown with its message.
local function blame(problem, lines)
  local number = tonumber(tostring(problem.message):match("failed %-:(%d+)"))
  if number and lines[number] then
    problem.message = ("%s; line %d: ip %s"):format(problem.message, number, lines[number])
  end
  error(problem, 0)
end

function Namespace:ip(lines)
  if #lines == 0 then return end
  local ok, problem = pcall(tool, self, { "ip", "-batch", "-" }, table.concat(lines, "\n") .. "\n")
  if not ok then blame(problem, lines) end
end

function Namespace:nft(ruleset)
  tool(self, { "nft", "-f", "-" }, ruleset)
end

function Namespace:running(links) return self.handle:running(links) end
function Namespace:sysctl(values) self.handle:sysctl(values) end
function Namespace:listen_tcp(address, port) return self.handle:listen_tcp(address, port) end
function Namespace:bind_udp(address, port) return self.handle:bind_udp(address, port) end
function Namespace:write(path, content) self.handle:write(path, content) end
function Namespace:path() return self.handle:path() end
function Namespace:fd() return self.handle:fds()[1] end
function Namespace:close() self.handle:close() end
Namespace.__close = Namespace.close

return netns
