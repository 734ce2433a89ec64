-- SPDX-License-Identifier: MIT
-- host: from argv to a command and its exit code.

local errors = require "errors"
local modules = require "modules"

local host = {}

local function add_folders(list, text)
  for folder in (text or ""):gmatch "[^:]+" do list[#list + 1] = folder end
end

local function set_search_path()
  local data = os.getenv "XDG_DATA_HOME"
  if not data or data == "" then data = (os.getenv "HOME" or "") .. "/.local/share" end
  -- Only folders that exist: each costs an open(2) per require.
  for _, folder in ipairs { ".peerway/scripts", data .. "/peerway/scripts" } do
    local probe = io.open(folder)
    if probe then
      probe:close()
      add_folders(modules.override_folders, folder)
    end
  end
  add_folders(modules.script_folders, os.getenv "PEERWAY_PATH")
end

local function command_of(verb)
  if not verb:match "^%l[%l-]*$" then return nil end
  local name = "commands." .. verb
  local command = modules.locate(name) and require(name)
  return type(command) == "table" and command.run and command or nil
end

--- Runs `peerway VERB ...`.
---@param arguments table arguments[0] is the program
---@return integer exit code
function host.main(arguments)
  set_search_path()
  local verb = arguments[1] or "help"
  if verb == "--version" or verb == "-V" then verb = "version" end
  if verb == "--help" or verb == "-h" then verb = "help" end
  local command = command_of(verb)
  if not command then
    errors.raise { kind = "usage", code = "UnknownCommand", message = ("'%s' is not a command"):format(verb),
      hint = "`peerway help` lists them" }
  end
  local rest = table.move(arguments, 2, #arguments, 1, {})
  rest[0] = arguments[0]
  return command.run(rest) or 0
end

--- What the process ends with; prints the error that ended it.
---@param failed boolean
---@param result any the packed results of main, or the error
---@return integer
function host.exit_code(failed, result)
  if not failed then return result[1] end
  io.stdout:flush()
  io.stderr:write("peerway: ", tostring(result), "\n")
  if errors.is(result, "LuaError") or os.getenv "PEERWAY_TRACEBACK" then
    io.stderr:write(tostring(type(result) == "table" and result.traceback), "\n")
  end
  if errors.is(result, "cancelled") and tostring(result.message):find("SIGTERM", 1, true) then return 143 end
  return errors.exit_code(result)
end

return host
