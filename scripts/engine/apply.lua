-- SPDX-License-Identifier: MIT
-- engine.apply: runs the steps of a plan as tasks. A step waits for those it needs, takes its queue, makes
-- its calls between an intent and a result record, and polls until the object is usable. A failure stops
-- what depends on it; an interruption stops everything that has not begun.
local clock = require "clock"
local digest = require "engine.digest"
local errors = require "errors"
local json = require "json"
local refs = require "model.refs"
local task = require "task"
local tokens = require "engine.tokens"
local wait = require "engine.wait"

local M = {}

local VISIBILITY_GRACE <const> = 60 -- seconds after which an object that "exists" has to be in a list
local VISIBILITY_LOOK <const> = 2

---@class Execution
---@field session Session
---@field ledger Ledger
---@field plan Plan
---@field topology string
---@field run integer
---@field busy integer steps that are neither done nor patient
---@field quiet Event set when only patient steps are left
local Execution = {}
Execution.__index = Execution

local function stopped()
  return errors.new { kind = "interrupted", code = "Stopped", message = "stopped before it began" }
end

local function keys_of(step)
  local keys = {}
  for index, item in ipairs(step.items) do
    keys[index] = item.key
  end
  return keys
end

local function lookup_in(results)
  return function(key, field)
    return results[key] and results[key][field]
  end
end

local function merge(results, new)
  for key, fields in pairs(type(new) == "table" and new or {}) do
    results[key] = results[key] or {}
    for name, value in pairs(fields) do
      results[key][name] = value
    end
  end
end

-- The context that phases get: values by reference, and the session for looks.
local function context(self)
  local lookup = lookup_in(self.plan.results)
  return { session = self.session, lookup = lookup, resolve = function(value)
    return (refs.resolve(value, lookup))
  end }
end

local function phase_key(step, phase)
  local keys = keys_of(step)
  local key = #keys == 1 and keys[1] or ("batch:" .. digest.sha256(table.concat(keys, "\n")):sub(1, 16))
  return phase.suffix and (key .. "/" .. phase.suffix) or key
end

-- The same key and generation give the same token. When the parameters of an earlier attempt differ, the
-- object was just read as absent, so a new generation begins.
local function token_for(self, step, key, phase, params_digest)
  local last = self.ledger:last_intent(self.topology, key, phase.action)
  local generation = self.ledger:generation(self.topology, key)
  for _, item in ipairs(#step.items > 1 and step.items or {}) do -- what a batch made may be gone in part
    generation = generation + self.ledger:generation(self.topology, item.key)
  end
  if last and last.generation == generation and last.digest ~= params_digest then
    self.ledger:forget(self.topology, { key })
    generation = generation + 1
  end
  return phase.token and tokens.token(self.ledger.namespace, key, phase.action, generation) or nil, generation
end

local function resource_rows(self, step, phase)
  if phase.removes then
    return nil
  end
  local rows = {}
  for index, item in ipairs(step.items) do
    local known = self.plan.results[item.key] or {}
    rows[index] = { key = item.key, kind = item.kind, id = known.id, owner = "ours", account = item.place.account,
      region = item.place.region, spec = context(self).resolve(item.spec),
      result = { addresses = known.addresses, zones = known.zones } }
  end
  return rows
end

local function conclude(self, step, phase, intent, state, result)
  self.ledger:conclude(intent, { state = state, result = result, topology = self.topology,
    resources = state == "done" and resource_rows(self, step, phase) or nil })
end

-- The cloud says "it exists", but lists show new objects late: looks until it is visible. A handler gives
-- nil for "not seen", false for "seen, but not what we want".
local function recover(phase, ctx, failure)
  local handler = type(failure) == "table" and phase.recover and phase.recover[failure.code]
  local result, started = nil, clock.monotonic()
  while handler do
    result = handler(ctx)
    if result ~= nil or ctx.session.stopping or clock.monotonic() - started > VISIBILITY_GRACE then
      break
    end
    task.sleep(VISIBILITY_LOOK)
  end
  return result
end

-- One call between its two records. An answer that says "gone" fulfils a removal.
local function call(self, step, phase, ctx)
  local key = phase_key(step, phase)
  ctx.resending = self.ledger:supersede(self.topology, key)
  local params = ctx.resolve(type(phase.params) == "function" and phase.params(ctx) or phase.params)
  local params_digest = digest.of(params)
  local token, generation = token_for(self, step, key, phase, params_digest)
  local intent = self.ledger:intend { run = self.run, topology = self.topology, key = key, action = phase.action,
    digest = params_digest, token = token, generation = generation, account = phase.place.account,
    request = { product = phase.product, region = phase.place.region, keys = keys_of(step), params = params } }
  params.ClientToken = token
  local ok, answer, missing = pcall(self.session.call, self.session, phase.product, phase.place, phase.action, params)
  if not ok then
    local gone = phase.gone and type(answer) == "table" and phase.gone[answer.code]
    local recovered = not gone and recover(phase, ctx, answer)
    if not gone and not recovered then
      conclude(self, step, phase, intent, "failed", { code = answer.code, message = tostring(answer) })
      error(answer, 0)
    end
    merge(self.plan.results, recovered)
  elseif answer then
    local accepted, results = pcall(phase.accept or function() end, answer, ctx)
    if not accepted then
      conclude(self, step, phase, intent, "failed", { message = tostring(results) })
      error(results, 0)
    end
    merge(self.plan.results, results)
  elseif not phase.removes then
    conclude(self, step, phase, intent, "failed", { code = missing and missing.code })
    error(missing, 0)
  end
  conclude(self, step, phase, intent, "done", { request_id = answer and answer.RequestId })
end

-- Since when an object is in no list. What stays invisible for longer than lists may lag is gone.
local function unseen_since(result, state, unseen, step)
  if result ~= nil or not tostring(state):find("not visible yet", 1, true) then
    return nil
  end
  unseen = unseen or clock.monotonic()
  if clock.monotonic() - unseen > VISIBILITY_GRACE then
    errors.raise { kind = "cloud", code = "Vanished", message = ("%s: %s for more than %d s"):format(
      step.items[1].key, state, VISIBILITY_GRACE),
      hint = "somebody removed it meanwhile, or the cloud lost it; run the same command again: it is made anew" }
  end
  return unseen
end

-- Polls in a task of its own, so that an interruption can end the waiting at once.
local function await_ready(self, step, phase, ctx, started)
  local kind = phase.removes and "removal" or step.kind.waits
  local watcher = task.named("wait " .. step.items[1].key, function()
    local last, unseen
    return wait.poll({ kind = kind, what = step.items[1].key, timeout = step.kind.timeout or 300,
      pace = self.session.pace, started = started }, function()
      local result, state = phase.look(ctx)
      unseen = unseen_since(result, state, unseen, step)
      if result == nil and state ~= last then
        last = state
        self.session:emit("step_progress", { step = step, state = state })
      end
      return result, state
    end)
  end)
  self.waiting[watcher] = true
  local ok, result = watcher:result()
  self.waiting[watcher] = nil
  if not ok then
    error(self.session.stopping and stopped() or result, 0)
  end
  merge(self.plan.results, result)
end

-- A step is patient when nobody needs it to be ready: no step depends on that, none waits for its queue.
local function is_patient(self, step)
  for _, other in ipairs(self.plan.steps) do
    if other ~= step and not other.outcome then
      if step.queue and other.queue == step.queue and not other.begun then
        return false
      end
      for _, need in ipairs(other.after) do
        if need.step == step and need.level == "ready" then
          return false
        end
      end
    end
  end
  return true
end

local function set_busy(self, change)
  self.busy = self.busy + change
  if self.busy == 0 then
    self.quiet:set(true)
  end
end

-- Patient steps look when everything else is done: then most of them are ready at the first look.
local function await_quiet(self, step)
  if step.patient or not is_patient(self, step) then
    return
  end
  step.patient = true
  set_busy(self, -1)
  self.quiet:wait()
end

local function finish_phase(self, step, phase)
  if phase.removes and not phase.suffix then
    self.ledger:forget(self.topology, keys_of(step))
  elseif not phase.removes and step.action ~= "delete" and phase.look then
    self.ledger:remember(self.topology, resource_rows(self, step, phase))
  end
end

local function run_phases(self, step)
  local ctx = context(self)
  for index, phase in ipairs(step.phases) do
    phase.index = index
    if self.session.stopping then
      error(stopped(), 0)
    end
    if phase.product then
      self.session:emit("step_call", { step = step, action = phase.action })
      call(self, step, phase, ctx)
      step.started = true
    end
    if not step.phases[index + 1] then
      step.exists:set(true)
    end
    if phase.look then
      local started = clock.monotonic()
      if not step.phases[index + 1] then
        await_quiet(self, step)
      end
      await_ready(self, step, phase, ctx, started)
    end
    finish_phase(self, step, phase)
  end
end

local function await_needs(step)
  for _, need in ipairs(step.after) do
    local other = need.step
    local reached = (need.level == "exists" and other.exists or other.ready):wait()
    if not reached then
      error(errors.new { kind = "skipped", code = "Skipped",
        message = ("not started: %s did not succeed"):format(other.items[1].key) }, 0)
    end
  end
end

local function queue_of(self, step)
  if not step.queue then
    return nil
  end
  self.queues[step.queue] = self.queues[step.queue] or task.semaphore(1)
  return self.queues[step.queue]
end

local function run_step(self, step)
  await_needs(step)
  local queue = queue_of(self, step)
  local function work()
    if self.session.stopping then
      error(stopped(), 0)
    end
    step.begun = clock.monotonic()
    self.session:emit("step_start", { step = step })
    run_phases(self, step)
  end
  if queue then
    queue:with(work)
  else
    work()
  end
end

local function outcome_of(step, failure)
  local kind = type(failure) == "table" and failure.kind
  if not failure then
    return "done"
  elseif kind == "skipped" or kind == "interrupted" then
    return step.started and "stopped" or "not started"
  end
  return "failed"
end

local function guard(self, step)
  local ok, failure = pcall(run_step, self, step)
  step.seconds = step.begun and clock.monotonic() - step.begun or nil
  step.failure = not ok and (failure or "unknown failure") or nil
  step.outcome = outcome_of(step, step.failure)
  step.exists:set(ok)
  step.ready:set(ok)
  if not step.patient then
    set_busy(self, -1)
  end
  self.session:emit("step_done", { step = step, outcome = step.outcome, failure = step.failure })
end

local REMOVING <const> = { Delete = true, Remove = true, Revoke = true }

-- What an earlier run left open: found now (or gone now, when it was a removal) = done after all; the rest is
-- decided by the calls to come.
local function settle_open_intents(self, actuals)
  for _, intent in ipairs(self.ledger:open_intents(self.topology)) do
    local request = json.decode(intent.request or "{}")
    local found = true
    for _, key in ipairs(request.keys or { intent.key }) do
      found = found and actuals[key] ~= nil
    end
    self.session:emit("resumed", { key = intent.key, action = intent.action, found = found })
    if REMOVING[intent.action:match "^%u%l+"] and not found then
      self.ledger:conclude(intent.id, { state = "done", topology = self.topology })
    elseif found and not REMOVING[intent.action:match "^%u%l+"] then
      self.ledger:conclude(intent.id, { state = "adopted", topology = self.topology })
    end
  end
end

-- Proved absent although the ledger has it: the next one is a new generation.
local function settle_known(self, actuals)
  local gone = {}
  for key in pairs(self.ledger:resources(self.topology)) do
    if self.wanted[key] and not actuals[key] then
      gone[#gone + 1] = key
    end
  end
  if #gone > 0 then
    table.sort(gone)
    self.ledger:forget(self.topology, gone)
  end
end

local function note_existing(self)
  local known, rows = self.ledger:resources(self.topology), {}
  for _, entry in ipairs(self.plan.actions) do
    local item, actual = entry.item, entry.actual
    if actual and (entry.action == "none" or entry.action == "wait") and not known[item.key] then
      rows[#rows + 1] = { key = item.key, kind = item.kind, id = actual.id,
        owner = actual.owner == item.owner and "ours" or "foreign", account = item.place.account,
        region = item.place.region, spec = item.spec, result = { addresses = actual.addresses, zones = actual.zones } }
    end
  end
  if #rows > 0 then
    self.ledger:remember(self.topology, rows)
  end
end

--- Carries a plan out.
---@param options { session: Session, ledger: Ledger, plan: Plan, topology: string, run: integer,
---  actuals: table<string, table> }
---@return { done: Step[], failed: Step[], unfinished: Step[], interrupted: boolean }
function M.run(options)
  local self = setmetatable({ session = options.session, ledger = options.ledger, plan = options.plan,
    topology = options.topology, run = options.run, queues = {}, waiting = {}, wanted = {},
    busy = #options.plan.steps, quiet = task.event() }, Execution)
  for _, entry in ipairs(self.plan.actions) do
    self.wanted[entry.item.key] = true
  end
  settle_open_intents(self, options.actuals)
  settle_known(self, options.actuals)
  note_existing(self)
  for _, step in ipairs(self.plan.steps) do
    step.exists, step.ready = task.event(), task.event()
  end
  task.on_interrupt(function(signal)
    self.session.stopping, self.session.signal = true, signal
    self.session:emit("interrupted", { signal = signal })
    for watcher in pairs(self.waiting) do
      watcher:cancel "interrupted"
    end
  end)
  local tasks = {}
  for index, step in ipairs(self.plan.steps) do
    tasks[index] = task.named(step.items[1].key, guard, self, step)
  end
  for _, running in ipairs(tasks) do
    running:join()
  end
  task.on_interrupt(nil)
  local report = M.report(self.plan, self.session)
  if #report.failed == 0 and #report.unfinished == 0 then
    self.ledger:void_open(self.topology)
  end
  return report
end

--- Sorts the steps by outcome.
---@param plan Plan
---@param session Session
---@return table
function M.report(plan, session)
  local report = { done = {}, failed = {}, unfinished = {}, interrupted = session.stopping }
  for _, step in ipairs(plan.steps) do
    local list = step.outcome == "done" and report.done or step.outcome == "failed" and report.failed
      or report.unfinished
    list[#list + 1] = step
  end
  return report
end

return M
