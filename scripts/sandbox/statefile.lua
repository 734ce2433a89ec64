-- SPDX-License-Identifier: MIT
-- Keeps the cloud in a file, so that several runs of the program see one cloud, also after kill -9:
-- written as a whole before a mutating call is answered, read again when another process wrote it.

local errors = require "errors"
local fs = require "fs"
local json = require "json"
local task = require "task"

local statefile = {}
statefile.__index = statefile

local LOCK_PATIENCE <const> = 10 -- seconds to wait for another process

---@param path string
---@return table
function statefile.new(path)
  return setmetatable({ path = path, stamp = nil }, statefile)
end

local function stamp_of(path)
  local stat = fs.stat(path)
  return stat and ("%d %.9f"):format(stat.size, stat.mtime) or nil
end

---Takes the lock that keeps other processes out.
---@return table lock with :close()
function statefile:lock()
  local waited = 0
  while true do
    local lock = fs.lock(self.path .. ".lock")
    if lock then return lock end
    if waited >= LOCK_PATIENCE then
      errors.raise { kind = "locked", code = "SandboxLocked",
        message = ("another process holds %s.lock"):format(self.path),
        hint = "wait for it to end, or use another state file" }
    end
    task.sleep(0.02)
    waited = waited + 0.02
  end
end

---Reads the file when it changed since we last read or wrote it.
---@return table? state nil: nothing new
function statefile:read()
  local stamp = stamp_of(self.path)
  if not stamp or stamp == self.stamp then return nil end
  local state = json.decode(fs.read(self.path))
  self.stamp = stamp
  return state
end

---@param state table
function statefile:write(state)
  fs.write_atomic(self.path, json.encode(state), 384) -- mode 0600: it holds the sandbox's session keys
  self.stamp = stamp_of(self.path)
end

return statefile
