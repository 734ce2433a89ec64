-- SPDX-License-Identifier: MIT
-- report.text: what people read. Plans and results on stdout; progress, one line a step, on stderr.
local clock = require "clock"
local plan_module = require "engine.plan"
local term = require "term"
local texts = require "report.texts"

local M = {}

local Report = {}
Report.__index = Report

--- A report for one command.
---@param command string
---@return table
function M.new(command)
  return setmetatable({ command = command, paint = term.painter "stdout", paint_progress = term.painter "stderr",
    progress = term.progress(), started = {} }, Report)
end

local function out(line)
  io.stdout:write(line or "", "\n")
end

-- Results and progress go to different streams; what was printed first shall be seen first.
local function flush()
  io.stdout:flush()
end

-- Progress ------------------------------------------------------------------------------------------

local events = {}

function events.step_start(self, event)
  self.started[event.step.id] = clock.monotonic()
end

function events.step_call(self, event)
  self.progress:set(event.step.id, ("  %s  %s"):format(event.action, texts.step(event.step)))
end

function events.step_progress(self, event)
  self.progress:set(event.step.id, ("  %s  %s"):format(texts.step(event.step), tostring(event.state)))
end

function events.step_done(self, event)
  local step = event.step
  local took = self.started[step.id] and ("  %.1f s"):format(clock.monotonic() - self.started[step.id]) or ""
  if event.outcome == "done" then
    self.progress:done(step.id, ("  %s %s%s"):format(self.paint_progress("green", "done"), texts.step(step), took))
  elseif event.outcome == "failed" then
    self.progress:done(step.id, ("  %s %s%s"):format(self.paint_progress("red", "failed"), texts.step(step), took))
  else
    self.progress:done(step.id, ("  %s %s"):format(self.paint_progress("yellow", event.outcome), texts.step(step)))
  end
end

function events.resumed(self, event)
  self.progress:say(("  resuming %s %s: %s"):format(event.action, event.key,
    event.found and "it had succeeded" or "not there; the same request is sent again"))
end

function events.probe_start(self, event)
  self.progress:say(("  probing %s from %s"):format(texts.count(event.targets, "address"):gsub("addresss", "addresses"),
    table.concat(event.clients, ", ")))
end

function events.interrupted(self)
  self.progress:say "  interrupted: finishing the calls in flight, starting nothing new"
end

--- Events of a session.
function Report:event(event)
  if events[event.type] then
    events[event.type](self, event)
  end
end

--- A remark for people.
function Report:note(text)
  self.progress:say(text)
end

-- Plans ---------------------------------------------------------------------------------------------

local function print_call(call)
  out(("        %s.%s  (%s)"):format(call.product, call.action, call.place.region))
  local rows = {}
  for _, name in ipairs(require("model.fields").sorted_keys(call.params)) do
    if name ~= "ClientToken" then
      rows[#rows + 1] = { name, texts.value(call.params[name]) }
    end
  end
  for _, line in ipairs(term.table(rows, { indent = "            " })) do
    out(line)
  end
end

local function print_step(self, plan, step)
  for _, item in ipairs(step.items) do
    out(("    %s %s"):format(self.paint(texts.styles[step.action], texts.signs[step.action]), step.kind.describe(item)))
  end
  for _, change in ipairs(step.changes or {}) do
    out(("        %s: %s -> %s"):format(change.field, tostring(change.from or "-"), texts.value(change.to)))
  end
  for _, call in ipairs(plan_module.calls(plan, step)) do
    print_call(call)
  end
end

local function print_stage(self, plan, stage)
  local first = true
  for _, step in ipairs(plan.steps) do
    if step.stage == stage.name then
      if first then
        out(("  %s: %s"):format(self.paint("bold", stage.name), stage.title))
        first = false
      end
      print_step(self, plan, step)
    end
  end
end

local function hop(entry)
  if entry.planned then
    return texts.value(entry.next_hop):gsub("known after.*", "the new peering)"):gsub("^%(the", "(the")
  elseif entry.type == "System" then
    return "Local"
  end
  return ("%s %s"):format(entry.next_hop_type or "", entry.next_hop or "")
end

local function print_tables(self, view, tables)
  out(("  %s"):format(self.paint("bold", "route tables, before and after")))
  for _, id in ipairs(require("model.fields").sorted_keys(view.tables)) do
    local info = view.tables[id]
    out(("    %s  (%s, %s, %d -> %d entries)"):format(id, info.vpc, info.system and "system table" or "custom table",
      #info.entries, #tables[id]))
    local rows = {}
    for _, entry in ipairs(tables[id]) do
      rows[#rows + 1] = { entry.planned and self.paint("green", "+") or " ", entry.destination, "-> " .. hop(entry) }
    end
    for _, line in ipairs(term.table(rows, { indent = "      " })) do
      out(line)
    end
  end
end

--- Prints findings, one line each with its remedy.
function Report:findings(findings)
  for _, finding in ipairs(findings or {}) do
    local style = finding.severity == "error" and "red" or "yellow"
    out(("  %s %s: %s"):format(self.paint(style, finding.severity), finding.id, finding.message))
    out("      " .. finding.remedy)
  end
end

--- Prints a plan: stages with exact calls, the tables before and after, the proof, the summary line.
---@param plan Plan
---@param view table
---@param tables table<string, table[]>
function Report:plan(plan, view, tables)
  if #plan.steps > 0 then
    for _, stage in ipairs(view.stages) do
      print_stage(self, plan, stage)
    end
    print_tables(self, view, tables)
  end
  self:findings(view.findings)
  out(texts.summary(plan))
  flush()
end

-- Proof ---------------------------------------------------------------------------------------------

local function mark(self, verdict)
  if verdict.ok then
    return self.paint("green", "ok")
  elseif verdict.ok == false then
    return self.paint("red", "FAIL")
  end
  return self.paint("dim", "info")
end

--- Prints verdicts as a table, worst remark with its remedy.
---@param verdicts Verdict[]
function Report:verdicts(verdicts)
  local rows = {}
  for _, verdict in ipairs(verdicts) do
    rows[#rows + 1] = { mark(self, verdict), verdict.layer, verdict.instance or "", verdict.message }
  end
  for _, line in ipairs(term.table(rows, { indent = "  " })) do
    out(line)
  end
  flush()
end

--- The end of a command: lines for people.
---@param fields { lines: string[] }
function Report:result(fields)
  for _, line in ipairs(fields.lines or {}) do
    out(line)
  end
  flush()
end

return M
