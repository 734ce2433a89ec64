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
  return setmetatable({ path = path, text = nil }, statefile)
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

---Reads the file when it is not what we last read or wrote. Texts are compared, not times: two writes can
---fall into one tick of the file system's clock.
---@return table? state nil: nothing new
function statefile:read()
  if not fs.stat(self.path) then return nil end
  local text = fs.read(self.path)
  if text == self.text then return nil end
  self.text = text
  return json.decode(text)
end

---@param state table
function statefile:write(state)
  local text = json.encode(state)
  fs.write_atomic(self.path, text, 384) -- mode 0600: it holds the sandbox's session keys
  self.text = text
end

return statefile
