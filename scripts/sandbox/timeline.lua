-- SPDX-License-Identifier: MIT
-- The clockwork of the emulated cloud: what will happen later is a sorted list of plain records in the
-- state, carried out when somebody looks. Times are wall-clock seconds, so they go on across processes.

local timeline = {}

-- Named effects that product files register: name -> function(state, event, context).
local effects = {}

---Registers what an event of this name does.
function timeline.effect(name, action)
  assert(not effects[name], "effect registered twice: " .. name)
  effects[name] = action
end

---Adds an event; equal times keep their order of arrival.
---@param state table
---@param at number wall-clock seconds
---@param event table {effect=, ...}: plain data only, it is saved with the state
function timeline.add(state, at, event)
  event.at = at
  local events = state.events
  local position = #events + 1
  while position > 1 and events[position - 1].at > at do position = position - 1 end
  table.insert(events, position, event)
end

---Changes fields of one object at a later time.
---@param collection string name of the table in the state
---@param id string
---@param fields table field -> value
function timeline.set(state, at, collection, id, fields)
  timeline.add(state, at, { effect = "set", collection = collection, id = id, fields = fields })
end

---Takes an object out of the state at a later time.
function timeline.remove(state, at, collection, id)
  timeline.add(state, at, { effect = "remove", collection = collection, id = id })
end

timeline.effect("set", function(state, event)
  local object = state[event.collection][event.id]
  if not object then return end
  for field, value in pairs(event.fields) do object[field] = value end
end)

timeline.effect("remove", function(state, event)
  state[event.collection][event.id] = nil
end)

---Forgets the events of one object (a delete overtakes what was planned for it).
function timeline.cancel(state, collection, id)
  local kept = {}
  for _, event in ipairs(state.events) do
    if not (event.collection == collection and event.id == id) then kept[#kept + 1] = event end
  end
  state.events = kept
end

---Carries out every event that is due.
---@param state table
---@param now number
---@param context table handed to the effects
---@return integer count of events carried out
function timeline.advance(state, now, context)
  local count = 0
  while state.events[1] and state.events[1].at <= now do
    local event = table.remove(state.events, 1)
    effects[event.effect](state, event, context)
    count = count + 1
  end
  if now > (state.clock or 0) then state.clock = now end
  return count
end

return timeline
