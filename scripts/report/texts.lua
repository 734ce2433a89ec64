-- SPDX-License-Identifier: MIT
-- report.texts: words that more than one report needs.
local plan = require "engine.plan"
local refs = require "model.refs"
local sorted_keys = require("model.fields").sorted_keys

local M = {}

M.signs = { create = "+", update = "~", delete = "-", replace = "-/+", wait = "*", none = " ", conflict = "!" }
M.verbs = { create = "create", update = "change", delete = "remove", replace = "replace", wait = "wait for" }
M.styles = { create = "green", update = "yellow", delete = "red", replace = "yellow", wait = "cyan", conflict = "red" }

--- A parameter as text; what another call will give is named.
function M.value(value)
  if refs.is(value) then
    return tostring(value)
  elseif type(value) == "table" then
    local parts = {}
    for _, key in ipairs(sorted_keys(value)) do
      local text = M.value(value[key])
      parts[#parts + 1] = math.type(key) == "integer" and text or ("%s=%s"):format(key, text)
    end
    return (#value > 0 and "[%s]" or "{%s}"):format(table.concat(parts, ", "))
  end
  return tostring(value)
end

--- A plan's summary line.
function M.summary(the_plan)
  local counts = plan.counts(the_plan)
  return ("Plan: %d to add, %d to change, %d to destroy."):format(counts.add, counts.change, counts.destroy)
end

--- "1 call", "3 calls".
function M.count(number, noun)
  return ("%d %s%s"):format(number, noun, number == 1 and "" or "s")
end

--- The outcome of a step as one line.
function M.step(step)
  local first = step.items[1]
  local text = first.key
  if #step.items > 1 then
    text = ("%s and %d more"):format(text, #step.items - 1)
  end
  return text
end

--- What the verdicts prove, in one sentence; packets or rules.
---@param verdicts Verdict[]
---@return string sentence
---@return boolean proved some path was found open
function M.proof(verdicts)
  local proved, simulated = false, false
  for _, verdict in ipairs(verdicts) do
    proved = proved or (verdict.layer == "http" and verdict.ok == true)
    simulated = simulated or verdict.simulated == true
  end
  if not proved then return "Configured; no packet was sent.", false end
  if simulated then
    return "Reachable and private (simulated: decided by the sandbox's rules, no packet was sent).", true
  end
  return "Reachable and private.", true
end

return M
