-- SPDX-License-Identifier: MIT
-- peerway help [COMMAND]: the commands, or one command's usage and flags.

local errors = require "errors"
local flags = require "commands.flags"

local function verbs()
  local names = {}
  for _, name in ipairs(require("bundle").names()) do
    local verb = name:match "^commands%.(%l[%l-]*)$"
    local command = verb and require(name)
    if type(command) == "table" and command.run and not command.hidden then names[#names + 1] = verb end
  end
  table.sort(names)
  return names
end

local function overview()
  print "peerway: private multi-VPC connectivity on Alibaba Cloud\n\nusage: peerway COMMAND [ARGUMENTS...]\n"
  for _, verb in ipairs(verbs()) do
    print(("  %-12s %s"):format(verb, require("commands." .. verb).summary))
  end
  print "\n`peerway help COMMAND` tells more. Exit codes: 0 done, 1 failed, 2 changes found, 3 partly applied,"
  print "4 verification failed, 5 refused before anything changed, 6 locked, 7 credentials or permission,"
  print "64 usage, 130/143 interrupted."
end

return {
  name = "help",
  verbs = verbs,
  summary = "list the commands, or explain one",
  usage = "peerway help [COMMAND]",
  run = function(arguments)
    local verb = arguments[1]
    if not verb or verb:sub(1, 1) == "-" then
      overview()
      return 0
    end
    for _, known in ipairs(verbs()) do
      if known == verb then
        io.stdout:write(flags.help(require("commands." .. verb)))
        return 0
      end
    end
    local near = require("model.suggest").nearest(verb, verbs())
    errors.raise { kind = "usage", code = "UnknownCommand", message = ("'%s' is not a command"):format(verb),
      hint = near and ("did you mean `peerway help %s`?"):format(near) or "`peerway help` lists them" }
  end,
}
