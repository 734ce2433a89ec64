-- SPDX-License-Identifier: MIT
-- peerway run FILE [ARGUMENTS...]: runs a Lua script; `arg` and `...` as in lua(1).

local errors = require "errors"
local modules = require "modules"

return {
  summary = "run a Lua script",
  usage = "peerway run FILE [ARGUMENTS...]",
  run = function(arguments)
    local path = arguments[1]
    if not path then
      io.stderr:write "usage: peerway run FILE [ARGUMENTS...]\n"
      return 64
    end
    local chunk, problem = loadfile(path, "t")
    if not chunk then
      errors.raise { kind = "input", code = "CannotLoad", message = problem }
    end
    local folder = path:match "^(.*)/[^/]*$" or "."
    table.insert(modules.script_folders, 1, folder)
    local script_arguments = table.move(arguments, 2, #arguments, 1, {})
    script_arguments[0] = path
    rawset(_G, "arg", script_arguments)
    local result = chunk(table.unpack(script_arguments))
    return math.type(result) == "integer" and result or 0
  end,
}
