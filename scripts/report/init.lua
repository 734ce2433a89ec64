-- SPDX-License-Identifier: MIT
-- report: text for people, or JSON lines for machines; both get the same events.
local M = {}

--- The report that the flags ask for.
---@param options { json: boolean? }
---@param command string
---@return table
function M.new(options, command)
  return require(options.json and "report.json_lines" or "report.text").new(command)
end

return M
