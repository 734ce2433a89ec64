-- SPDX-License-Identifier: MIT
-- Control pages of a sandbox behind a socket, for test drivers in other processes: what was called,
-- what the cloud looks like, more faults, the passing of time. Not part of the emulated cloud.

local json = require "json"

local control = {}

local function reply(value)
  return { status = 200, headers = { ["content-type"] = "application/json" }, body = json.encode(value) }
end

local pages = {}

-- GET /_sandbox/calls: the journal, oldest first.
pages["GET /_sandbox/calls"] = function(box)
  local rows = {}
  for i, entry in ipairs(box:calls()) do rows[i] = entry end
  return reply { calls = json.array(rows) }
end

-- GET /_sandbox/state: the whole state.
pages["GET /_sandbox/state"] = function(box)
  local state = box:state()
  state.keys = nil -- session keys are nobody's business
  return reply(state)
end

-- POST /_sandbox/faults: a JSON list of rules is added; DELETE takes all away.
pages["POST /_sandbox/faults"] = function(box, request)
  box.faults:add(json.decode(request.body))
  return reply { rules = #box.faults.rules }
end
pages["DELETE /_sandbox/faults"] = function(box)
  box.faults:clear()
  return reply { rules = 0 }
end

-- GET /_sandbox/pace: the factor on all delays of this cloud.
pages["GET /_sandbox/pace"] = function(box)
  return reply { time_scale = box.settings.time_scale }
end

-- GET /_sandbox/model: what the data plane is given.
pages["GET /_sandbox/model"] = function(box)
  return reply(require("sandbox.model").build(box:state()))
end

---@param box table sandbox
---@param request table http request
---@return table reply
function control.handle(box, request)
  local page = pages[request.method .. " " .. request.path]
  if not page then return { status = 404, headers = {}, body = "no such control page\n" } end
  return page(box, request)
end

return control
