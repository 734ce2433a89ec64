-- SPDX-License-Identifier: MIT
-- peerway which [MODULE]: where a module comes from, or all bundled ones.

local bundle = require "bundle"
local errors = require "errors"
local modules = require "modules"

return {
  summary = "tell where a module comes from",
  usage = "peerway which [MODULE]",
  run = function(arguments)
    local wanted = arguments[1]
    local names = wanted and { wanted } or bundle.names()
    table.sort(names)
    for _, name in ipairs(names) do
      local kind, path = modules.locate(name)
      if not kind and package.preload[name] then kind, path = "native", "-" end
      if not kind then
        errors.raise { kind = "input", code = "NoSuchModule", message = ("no module is named '%s'"):format(name) }
      end
      print(("%-28s %-9s %s"):format(name, kind, path))
    end
    return 0
  end,
}
