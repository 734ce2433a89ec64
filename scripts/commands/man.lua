-- SPDX-License-Identifier: MIT
-- peerway man: the manual page (roff), made from the commands' own texts.

local flags = require "commands.flags"

local function escape(text)
  return (text:gsub("\\", "\\e"):gsub("-", "\\-"):gsub("\n%.", "\n\\&."))
end

local function command_section(lines, verb)
  local command = require("commands." .. verb)
  lines[#lines + 1] = ".SS " .. escape("peerway " .. verb)
  lines[#lines + 1] = escape(command.summary) .. ".\n.PP\n.nf"
  lines[#lines + 1] = escape(command.usage or ("peerway " .. verb)) .. "\n.fi"
  for _, flag in ipairs(command.flags or {}) do
    local value = flag.value and flag.type and (" " .. flag.value) or ""
    local name = escape(flag[1])
    lines[#lines + 1] = (".TP\n.B \\-\\-%s%s\n%s"):format(name, escape(value), escape(flag.help))
  end
end

return flags.command {
  name = "man",
  summary = "print the manual page (for man -l)",
  usage = "peerway man",
  examples = { "peerway man | man -l -" },
  action = function()
    local lines = {
      ('.TH PEERWAY 1 "" "peerway %s" "User Commands"'):format(require("bundle").version),
      ".SH NAME\npeerway \\- private multi\\-VPC connectivity on Alibaba Cloud",
      ".SH SYNOPSIS\n.B peerway\n.I COMMAND\n[\\fIARGUMENTS\\fR...]",
      ".SH DESCRIPTION\nConnects VPCs by peering, routes both directions, exposes MaxCompute and proves the",
      "private path from the instance. Workflows are Lua scripts; an embedded sandbox stands in for the cloud.",
      ".SH COMMANDS",
    }
    for _, verb in ipairs(require("commands.help").verbs()) do command_section(lines, verb) end
    lines[#lines + 1] = [[
.SH EXIT STATUS
0 done; 1 failed; 2 plan or drift has changes; 3 partly applied, run again; 4 verification failed;
5 refused by a check or by validation, nothing changed; 6 locked; 7 credentials or permission; 64 usage;
130, 143 interrupted with complete state.
.SH ENVIRONMENT
ALIBABA_CLOUD_ACCESS_KEY_ID, ALIBABA_CLOUD_ACCESS_KEY_SECRET and the other ALIBABA_CLOUD_* names;
ALIBABA_CLOUD_ENDPOINT_PRODUCT and PEERWAY_ENDPOINT replace endpoints; PEERWAY_PATH lists folders of modules;
PEERWAY_TRACEBACK prints tracebacks; NO_COLOR.
.SH FILES
.peerway/ (ledger and sandbox of a project, its overrides in .peerway/scripts), ~/.aliyun/config.json.]]
    print(table.concat(lines, "\n"))
    return 0
  end,
}
