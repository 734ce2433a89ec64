-- SPDX-License-Identifier: MIT
-- report.json_lines: the same events and results as JSON lines on stdout. The first line names the schema;
-- a reader skips types it does not know; minor versions only add.
local clock = require "clock"
local json = require "json"
local plan_module = require "engine.plan"
local refs = require "model.refs"

local M = {}

local Report = {}
Report.__index = Report

M.SCHEMA = "1.0"

-- What JSON cannot hold becomes text: references are "(known after X)".
local function plain(value)
  if refs.is(value) then
    return tostring(value)
  elseif type(value) == "table" then
    local copy = {}
    for key, item in pairs(value) do
      if type(item) ~= "function" and type(item) ~= "userdata" then
        copy[key] = plain(item)
      end
    end
    return #value > 0 and json.array(copy) or copy
  end
  return value
end

--- A report for one command.
---@param command string
---@return table
function M.new(command)
  local self = setmetatable({ command = command }, Report)
  self:line("version", { schema = M.SCHEMA, peerway = require("bundle").version, command = command })
  return self
end

--- Prints one line.
function Report:line(kind, fields)
  local entry = plain(fields or {})
  entry.type, entry.time = kind, clock.iso8601()
  io.stdout:write(json.encode(entry), "\n")
  io.stdout:flush()
end

local function step_fields(step)
  local keys = {}
  for index, item in ipairs(step.items) do
    keys[index] = item.key
  end
  return { step = step.id, action = step.action, stage = step.stage, resources = json.array(keys) }
end

--- Events of a session.
function Report:event(event)
  if event.step then
    local fields = step_fields(event.step)
    fields.state, fields.call, fields.outcome, fields.seconds = event.state, event.action, event.outcome,
      event.step.seconds
    fields.failure = event.failure and { code = event.failure.code, message = tostring(event.failure) } or nil
    self:line(event.type, fields)
  elseif event.type == "call" then
    self:line("call", { product = event.product, action = event.action, region = event.region, ok = event.ok,
      seconds = event.seconds })
  else
    local fields = {}
    for name, value in pairs(event) do
      fields[name] = value
    end
    self:line(event.type, fields)
  end
end

local function entries_of(list)
  local rows = {}
  for index, entry in ipairs(list) do
    rows[index] = { destination = entry.destination, next_hop = entry.next_hop and plain(entry.next_hop) or nil,
      next_hop_type = entry.next_hop_type, kind = entry.type, planned = entry.planned }
  end
  return json.array(rows)
end

--- A plan: one line a change with its calls, one a route table, one a finding, one summary.
function Report:plan(plan, view, tables)
  for _, step in ipairs(plan.steps) do
    local fields = step_fields(step)
    fields.calls = {}
    for index, call in ipairs(plan_module.calls(plan, step)) do
      fields.calls[index] = { product = call.product, action = call.action, region = call.place.region,
        account = call.place.account, params = plain(call.params) }
    end
    fields.calls = json.array(fields.calls)
    fields.changes = step.changes
    self:line("planned_change", fields)
  end
  for id, info in pairs(view.tables) do
    self:line("route_table", { table = id, vpc = info.vpc, region = info.region, before = entries_of(info.entries),
      after = entries_of(tables[id]) })
  end
  self:findings(view.findings)
  self:line("summary", plan_module.counts(plan))
end

function Report:findings(findings)
  for _, finding in ipairs(findings or {}) do
    self:line("check", { id = finding.id, severity = finding.severity, message = finding.message,
      remedy = finding.remedy })
  end
end

function Report:verdicts(verdicts)
  for _, verdict in ipairs(verdicts) do
    self:line("probe", verdict)
  end
end

function Report:note(text)
  self:line("note", { text = text })
end

--- The end of a command.
function Report:result(fields)
  self:line("result", fields)
end

--- Prints the error that ends a command as a line; its text goes to stderr as always.
---@param command string
---@param problem any
function M.failed(command, problem)
  local known = type(problem) == "table" and problem or {}
  local fields = { command = command, message = tostring(problem) }
  for _, name in ipairs { "kind", "code", "hint", "layer", "request_id", "product", "action", "region",
    "http_status" } do
    fields[name] = known[name]
  end
  Report.line(nil, "error", fields)
end

return M
