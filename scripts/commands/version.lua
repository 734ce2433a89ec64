-- SPDX-License-Identifier: MIT
-- peerway version: prints the version. Flags are parsed only when there are any: this is the measured start.
local bundle = require "bundle"

local M = { summary = "print the version", usage = "peerway version [--json]" }

local function with_flags(args)
  return require("commands.flags").command({ name = "version", summary = M.summary, usage = M.usage,
    flags = { { "json", help = "print it as a JSON line" } },
    action = function(options)
      print(options.json and require("json").encode { type = "version", peerway = bundle.version }
        or "peerway " .. bundle.version)
      return 0
    end }).run(args)
end

function M.run(args)
  if args[1] then
    return with_flags(args)
  end
  print("peerway " .. bundle.version)
  return 0
end

return M
