-- SPDX-License-Identifier: MIT
-- peerway help [COMMAND]: the commands, or one command's usage.

local errors = require "errors"

local function commands()
  local names = {}
  for _, name in ipairs(require("bundle").names()) do
    local verb = name:match "^commands%.(%l[%l-]*)$"
    if verb and type(require(name)) == "table" and require(name).run then names[#names + 1] = verb end
  end
  table.sort(names)
  return names
end

local function overview()
  print "peerway: private multi-VPC connectivity on Alibaba Cloud\n\nusage: peerway COMMAND [ARGUMENTS...]\n"
  for _, verb in ipairs(commands()) do
    print(("  %-12s %s"):format(verb, require("commands." .. verb).summary))
  end
  print "\n`peerway help COMMAND` tells more."
end

return {
  summary = "list the commands, or explain one",
  usage = "peerway help [COMMAND]",
  run = function(arguments)
    local verb = arguments[1]
    if not verb then
      overview()
      return 0
    end
    for _, known in ipairs(commands()) do
      if known == verb then
        local command = require("commands." .. verb)
        print(command.summary .. "\n\nusage: " .. command.usage)
        if command.help then print("\n" .. command.help) end
        return 0
      end
    end
    errors.raise { kind = "usage", code = "UnknownCommand", message = ("'%s' is not a command"):format(verb),
      hint = "`peerway help` lists them" }
  end,
}
