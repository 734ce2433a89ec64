-- SPDX-License-Identifier: MIT
-- report: text for people, or JSON lines for machines; both get the same events.
local M = {}

--- The report that the flags ask for; a script that runs a command may bring its own.
---@param options { json: boolean?, report: table? }
---@param command string
---@return table
function M.new(options, command)
  if options.report then
    return options.report
  end
  return require(options.json and "report.json_lines" or "report.text").new(command)
end

return M
