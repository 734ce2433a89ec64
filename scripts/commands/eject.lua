-- SPDX-License-Identifier: MIT
-- peerway eject MODULE: copies a bundled script into the project, where the copy wins.

local bundle = require "bundle"
local errors = require "errors"
local fs = require "fs"

local PROJECT_FOLDER <const> = ".peerway/scripts"

return {
  summary = "copy a bundled script into the project to change it",
  usage = "peerway eject MODULE      (for example: peerway eject stages.route)",
  run = function(arguments)
    local name = arguments[1]
    if not name then
      errors.raise { kind = "usage", code = "NoModule", message = "peerway eject: no module named",
        hint = "`peerway which` lists the modules" }
    end
    local text = bundle.source(name)
    if not text then
      errors.raise { kind = "input", code = "NoSuchModule", message = ("no bundled module is named '%s'"):format(name),
        hint = "`peerway which` lists the modules" }
    end
    local path = ("%s/%s.lua"):format(PROJECT_FOLDER, (name:gsub("%.", "/")))
    if fs.stat(path) then
      errors.raise { kind = "input", code = "AlreadyEjected", message = path .. " exists already and is not touched" }
    end
    fs.mkdir(path:match "^(.*)/", tonumber("755", 8))
    fs.write_atomic(path, text, tonumber("644", 8))
    print(path)
    return 0
  end,
}
