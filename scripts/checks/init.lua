-- SPDX-License-Identifier: MIT
-- checks: rules over the model. A rule is a table: id, title, moment ("facts" before a plan, "plan" on it),
-- severity ("error" refuses, "warning" tells), cause, remedy, run(view) -> list of messages. Site checks in
-- the project's checks/ folder have the same shape.
local errors = require "errors"

local M = {}

---@class Rule
---@field id string
---@field title string
---@field moment "facts"|"plan"
---@field severity "error"|"warning"
---@field cause string
---@field remedy string
---@field run fun(view: table): string[]

---@class Finding
---@field id string
---@field severity "error"|"warning"
---@field message string
---@field remedy string

local BUNDLED <const> = { "checks.addressing", "checks.quotas", "checks.references", "checks.regions",
  "checks.routing" }

--- All bundled rules.
---@return Rule[]
function M.bundled()
  local rules = {}
  for _, name in ipairs(BUNDLED) do
    local list = require(name)
    table.move(list, 1, #list, #rules + 1, rules)
  end
  return rules
end

local FIELDS <const> = { "id", "title", "moment", "severity", "cause", "remedy", "run" }

local function site_rule(model, name)
  local short = name:match "^site/([%w_-]+)$"
  local path = short and ("%s/checks/%s.lua"):format(model.folder, short)
  if not path then
    errors.raise { kind = "input", code = "UnknownCheck",
      message = ("checks: '%s' is not of the form site/NAME"):format(name),
      hint = "site checks are files in the folder checks/ beside the topology" }
  end
  local chunk, why = loadfile(path, "t")
  if not chunk then
    errors.raise { kind = "input", code = "CheckMissing", message = ("check %s: %s"):format(name, why) }
  end
  local rule = chunk()
  for _, field in ipairs(FIELDS) do
    if type(rule) ~= "table" or rule[field] == nil then
      errors.raise { kind = "input", code = "InvalidCheck", message = ("%s lacks the field '%s'"):format(path, field),
        hint = "a check returns a table with " .. table.concat(FIELDS, ", ") }
    end
  end
  return rule
end

--- Runs the rules of a moment.
---@param moment "facts"|"plan"
---@param view table model, facts, and on a plan: plan, items, actuals, tables, problems
---@return Finding[]
function M.run(moment, view)
  local rules = M.bundled()
  for _, name in ipairs(view.model.checks) do
    rules[#rules + 1] = site_rule(view.model, name)
  end
  local findings = {}
  for _, rule in ipairs(rules) do
    if rule.moment == moment then
      for _, message in ipairs(rule.run(view) or {}) do
        findings[#findings + 1] = { id = rule.id, severity = rule.severity, message = message, remedy = rule.remedy,
          title = rule.title }
      end
    end
  end
  return findings
end

--- Raises one error for all findings of severity "error".
---@param findings Finding[]
function M.refuse(findings)
  local lines = {}
  for _, finding in ipairs(findings) do
    if finding.severity == "error" then
      lines[#lines + 1] = ("%s %s\n    %s"):format(finding.id, finding.message, finding.remedy)
    end
  end
  if #lines > 0 then
    errors.raise { kind = "refused", code = "CheckFailed", findings = findings,
      message = ("%d check%s refused this:\n  %s"):format(#lines, #lines == 1 and "" or "s",
        table.concat(lines, "\n  ")),
      hint = "nothing was changed" }
  end
end

return M
