-- SPDX-License-Identifier: MIT
-- One API call as the product files see it: caller, typed parameters, state, time, and the helpers
-- that every product needs. A handler checks everything, then calls commit(), then changes the state.

local failure = require "sandbox.failure"
local ids = require "sandbox.ids"
local ipv4 = require "sandbox.ipv4"
local parameters = require "sandbox.parameters"
local timeline = require "sandbox.timeline"

local Call = {}
Call.__index = Call

---@class sandbox.Call
---@field state table
---@field p table typed parameters
---@field caller {uid:integer, type:string, name:string, access_key_id:string}
---@field region? string RegionId of the request or of the host; nil: not told
---@field now number wall-clock seconds
---@field settings table times, quotas, switches
---@field product string
---@field action string
---@field operation table row of sandbox.operations

---@param fields table
---@return sandbox.Call
function Call.new(fields)
  return setmetatable(fields, Call)
end

---Refuses the call.
function Call:fail(code, message, fields) -- luacheck: ignore self
  failure.raise(code, message, fields)
end

---Refuses with the first published of several codes.
function Call:fail_first(codes, message)
  failure.raise(failure.choose(self.operation, codes, codes[#codes]), message)
end

---Refuses because of the form of one parameter.
function Call:illegal(name, why)
  parameters.illegal(self.operation, self.product, name, why)
end

---Everything is checked: a dry run ends here, a real call may change the state from here on.
function Call:commit()
  if self.p.DryRun then self:fail("DryRunOperation") end
  self.committed = true
end

---For a read operation with DryRun.
function Call:dry_run()
  if self.p.DryRun then self:fail("DryRunOperation") end
end

---@return number seconds of a named delay, scaled
function Call:seconds(name)
  local settings = self.settings
  local value = settings.times[name]
  assert(value, "no such time: " .. name)
  return value * settings.time_scale
end

---@return number wall-clock time after a named delay
function Call:at(name)
  return self.now + self:seconds(name)
end

---@return integer default or configured quota
function Call:quota(name)
  local account = self.state.accounts[tostring(self.caller.uid)]
  return account and account.quotas and account.quotas[name] or self.settings.quotas[name]
end

---@return string time in UTC with seconds
function Call:iso(time) -- luacheck: ignore self
  return os.date("!%Y-%m-%dT%H:%M:%SZ", math.floor(time))
end

---Adds a new object owned by the caller.
---@param collection string
---@param id string
---@param object table
function Call:add(collection, id, object)
  object.id = id
  object.owner = object.owner or self.caller.uid
  object.created = self.now
  object.seq = ids.number(self.state, 0, 0) + self.state.serial
  object.visible_at = self.now + self:seconds("visibility")
  self.state[collection][id] = object
  return object
end

---@return table? object of the caller in the region of the call
function Call:own(collection, id)
  local object = id and self.state[collection][id]
  if not object or object.owner ~= self.caller.uid then return nil end
  if self.region and object.region and object.region ~= self.region then return nil end
  return object
end

---The caller's object or a refusal.
---@param codes string|string[] candidates in order of preference
function Call:need(collection, id, codes, what)
  local object = self:own(collection, id)
  if object then return object end
  if type(codes) == "string" then codes = { codes } end
  self:fail_first(codes, ("%s %s does not exist, or belongs to another account or region."):format(
    what or "The resource", tostring(id)))
end

---Objects of the caller in the region, oldest first; those not yet visible are left out.
---@param collection string
---@param keep? fun(object:table):boolean
---@return table[]
function Call:list(collection, keep)
  local found = {}
  for id, object in pairs(self.state[collection]) do
    if self:own(collection, id) and object.visible_at <= self.now and (not keep or keep(object)) then
      found[#found + 1] = object
    end
  end
  table.sort(found, function(a, b) return a.seq < b.seq end)
  return found
end

---Counts objects in the whole state.
function Call:count(collection, keep)
  local count = 0
  for _, object in pairs(self.state[collection]) do
    if keep(object) then count = count + 1 end
  end
  return count
end

---Puts an object into a middle state now and into the next one after a named delay.
function Call:pass(collection, object, field, middle, final, time_name)
  object[field] = middle
  timeline.set(self.state, self:at(time_name), collection, object.id, { [field] = final })
end

---Marks an object as going away and removes it after a named delay.
function Call:vanish(collection, object, field, middle, time_name)
  timeline.cancel(self.state, collection, object.id)
  object[field] = middle
  timeline.remove(self.state, self:at(time_name), collection, object.id)
end

---@return string new identifier
function Call:id(prefix, length)
  return ids.new(self.state, prefix, length)
end

---A parsed CIDR block, or a refusal with one of the codes.
function Call:block(text, codes)
  local block, why = ipv4.block(text)
  if not block then self:fail_first(codes, ("%s is not a CIDR block: %s."):format(tostring(text), why)) end
  return block
end

return Call
