-- SPDX-License-Identifier: MIT
-- A fault plan is data: a list of rules, each saying which calls it hits and what goes wrong with them.
-- scripts/sandbox/FAULTS.md explains every field; tests and `peerway sandbox --fault FILE` use the same form.

local errors = require "errors"
local failure = require "sandbox.failure"
local random = require "random"
local task = require "task"
local throttle = require "sandbox.throttle"
local world = require "sandbox.world"

local faults = {}
faults.__index = faults

local FIELDS <const> = {
  product = "string", action = "string", account = "string", kind = "string", params = "table", call = "number",
  from = "number", to = "number", every = "number", chance = "number", when = "string", error = "string",
  status = "number", message = "string", lost = "boolean", cut = "number", stall = "boolean", body = "string",
  delay = "number", duplicate = "any", stale = "boolean", throttle = "number", change = "table", note = "string",
}

local function check_rule(rule, index)
  for field, value in pairs(rule) do
    local kind = FIELDS[field]
    if not kind or (kind ~= "any" and type(value) ~= kind) then
      errors.raise { kind = "input", code = "InvalidFaultPlan",
        message = ("fault rule %d: field %s is unknown or of the wrong type"):format(index, tostring(field)),
        hint = "see scripts/sandbox/FAULTS.md" }
    end
  end
  if rule.change and not world.collections[rule.change.collection] then
    errors.raise { kind = "input", code = "InvalidFaultPlan",
      message = ("fault rule %d: the cloud has no collection %s"):format(index, tostring(rule.change.collection)),
      hint = "the names are in scripts/sandbox/world.lua" }
  end
  if rule.when and rule.when ~= "before" and rule.when ~= "after" then
    errors.raise { kind = "input", code = "InvalidFaultPlan",
      message = ("fault rule %d: when is before or after"):format(index) }
  end
end

---@param rules table[]
---@return table
function faults.new(rules)
  local self = setmetatable({ rules = {}, seen = {}, keeps_history = false }, faults)
  self:add(rules or {})
  return self
end

---Adds rules to a running sandbox.
function faults:add(rules)
  for i, rule in ipairs(rules) do
    check_rule(rule, i)
    self.rules[#self.rules + 1] = rule
    self.keeps_history = self.keeps_history or rule.stale or false
  end
end

---Takes all rules away.
function faults:clear()
  self.rules, self.seen = {}, {}
end

local function selects(rule, call)
  if rule.product and rule.product:lower() ~= call.product:lower() then return false end
  if rule.action and rule.action ~= call.action then return false end
  if rule.account and rule.account ~= call.account then return false end
  if rule.kind and rule.kind ~= call.kind then return false end
  for name, value in pairs(rule.params or {}) do
    if tostring(value) ~= call.params[name] then return false end
  end
  return true
end

-- Whether the n-th call that a rule selects is hit.
local function due(rule, n)
  if rule.call and n ~= rule.call then return false end
  if rule.from and n < rule.from then return false end
  if rule.to and n > rule.to then return false end
  if rule.every and n % rule.every ~= 0 then return false end
  if rule.chance and random.uniform() >= rule.chance then return false end
  return true
end

local Plan = {}
Plan.__index = Plan

---What goes wrong with one call.
---@param call {product:string, action:string, account:string?, kind:string, params:table<string,string>}
---@return table plan
function faults:plan(call)
  local plan = setmetatable({ hits = {} }, Plan)
  for index, rule in ipairs(self.rules) do
    if selects(rule, call) then
      self.seen[index] = (self.seen[index] or 0) + 1
      if due(rule, self.seen[index]) then
        plan.hits[#plan.hits + 1] = rule
        plan.stale = plan.stale or rule.stale
        plan.duplicate = plan.duplicate or rule.duplicate
      end
    end
  end
  return plan
end

local function failure_of(rule)
  if rule.throttle then
    return failure.new(rule.error or "Throttling.User", rule.message,
      { status = rule.status or 400, headers = throttle.headers(rule.throttle) })
  end
  return failure.new(rule.error, rule.message, { status = rule.status })
end

local function change(state, wish)
  local collection = state[wish.collection]
  for id, object in pairs(collection) do
    local hit = (not wish.id or id == wish.id)
    for field, value in pairs(wish.match or {}) do hit = hit and object[field] == value end
    if hit and wish.remove then collection[id] = nil end
    for field, value in pairs(hit and wish.set or {}) do object[field] = value end
  end
end

---Before the act: waits, loses the request or raises an error. Returns true when the request is lost.
function Plan:before()
  for _, rule in ipairs(self.hits) do
    if rule.delay and rule.when ~= "after" then task.sleep(rule.delay) end
    if rule.when == "before" and rule.lost then return true end
    if (rule.error or rule.throttle) and rule.when ~= "after" then error(failure_of(rule), 0) end
  end
  return false
end

---Changes behind the caller's back, in the same moment as the act.
function Plan:meddle(state, when)
  local changed = false
  for _, rule in ipairs(self.hits) do
    if rule.change and (rule.when or "before") == when then
      change(state, rule.change)
      changed = true
    end
  end
  return changed
end

---An error that hides a call that was carried out.
---@return table? failure
function Plan:error_after()
  for _, rule in ipairs(self.hits) do
    if rule.when == "after" and (rule.error or rule.throttle) then return failure_of(rule) end
  end
end

---After the act: what becomes of the answer.
---@param reply table http reply
---@return table http reply
function Plan:after(reply)
  for _, rule in ipairs(self.hits) do
    if rule.delay and rule.when == "after" then task.sleep(rule.delay) end
    if rule.lost and rule.when ~= "before" then return { fault = { kind = "drop" } } end
    if rule.body then reply.body = rule.body end
    if rule.status and not rule.error and not rule.throttle then reply.status = math.tointeger(rule.status) end
    if rule.cut then reply.fault = { kind = "cut", bytes = math.tointeger(rule.cut) } end
    if rule.stall then reply.fault = { kind = "stall" } end
  end
  return reply
end

return faults
