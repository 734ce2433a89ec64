-- SPDX-License-Identifier: MIT
-- What the end-to-end specs share: a sandbox of their own, commands run on it in this process, and what the
-- sandbox saw of them. Not a spec.
local errors = require "errors"
local fs = require "fs"
local json = require "json"
local sandbox = require "sandbox"

local M = {}

local Bench = {}
Bench.__index = Bench

M.root = fs.realpath(debug.getinfo(1, "S").source:match "^@(.*)/tests/e2e/[^/]*$" or ".")

local function silent()
  local report = { lines = {}, verdict_list = {}, events = {}, results = {} }
  function report:event(event) self.events[#self.events + 1] = event end
  function report:note(text) self.lines[#self.lines + 1] = text end
  function report:plan(plan, view, tables) self.last_plan, self.view, self.tables = plan, view, tables end
  function report:findings(list) self.finding_list = list end
  function report:verdicts(list) self.verdict_list = list end
  function report:result(fields) self.results[#self.results + 1] = fields end
  return report
end

--- A sandbox in this process. `options` go to sandbox.new; times are short by default.
function M.new(options)
  options = options or {}
  -- A copy: what a test does to its world must not reach the next one.
  local world = json.decode(json.encode(sandbox.presets["worked-example"]))
  local settings = { world = world, time_scale = 0, data_plane = "auto",
    on_symbolic_run = require "probe.symbolic" }
  for name, value in pairs(options) do
    settings[name] = value
  end
  local box = sandbox.new(settings)
  box:mount()
  return setmetatable({ box = box, folder = fs.temp_dir() }, Bench)
end

function Bench:close()
  self.box:close()
end
Bench.__close = Bench.close

--- The path of an example, or of a topology given as text.
function Bench:topology(text)
  if text:match "^[%w-]+$" then
    return ("%s/examples/%s.lua"):format(M.root, text)
  end
  local path = self.folder .. "/topology.lua"
  fs.write_atomic(path, text, tonumber("644", 8))
  return path
end

--- Runs a command; returns its exit code, its report, and the error that ended it.
function Bench:run(verb, topology, more)
  local report = silent()
  local options = { box = self.box, state_dir = self.folder, parallelism = 8, auto_approve = true, report = report,
    verify = true, pace = self.pace }
  for name, value in pairs(more or {}) do
    options[name] = value
  end
  local before = #self.box:calls()
  local ok, result = pcall(require("commands." .. verb).action, options, { self:topology(topology) })
  report.calls = table.move(self.box:calls(), before + 1, #self.box:calls(), 1, {})
  if ok then
    return result, report
  end
  return errors.exit_code(result), report, result
end

local READING <const> = { Describe = true, List = true, Get = true }

--- The calls that change something, in order.
function M.mutating(calls)
  local list = {}
  for _, call in ipairs(calls) do
    if not READING[call.action:match "^%u%l+"] and call.action ~= "RunCommand" then
      list[#list + 1] = call
    end
  end
  return list
end

--- Custom entries of a table as "destination -> next hop type".
function Bench:routes(table_id)
  local list = {}
  for _, entry in pairs(self.box:state().routes or {}) do
    if entry.table == table_id and entry.type == "Custom" then
      list[#list + 1] = entry.destination
    end
  end
  table.sort(list)
  return list
end

return M
