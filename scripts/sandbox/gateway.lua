-- SPDX-License-Identifier: MIT
-- The front door of the emulated cloud: an HTTP request becomes one call of a product. Checks in the
-- order: transport and action, signature, flow control, rights, parameters, region, token; then the product.

local failure = require "sandbox.failure"
local Call = require "sandbox.call"
local envelope = require "sandbox.envelope"
local hosts = require "sandbox.hosts"
local ids = require "sandbox.ids"
local parameters = require "sandbox.parameters"
local products = require "sandbox.products"
local ram = require "sandbox.ram"
local random = require "random"
local regions = require "sandbox.regions"
local request = require "sandbox.request"
local timeline = require "sandbox.timeline"
local tokens = require "sandbox.tokens"

local gateway = {}

-- Operations that nobody signs.
local ANONYMOUS <const> = { ["Sts.AssumeRoleWithOIDC"] = true }
-- Without the right these answer an empty list instead of an error.
local EMPTY_WHEN_DENIED <const> = { ["Ecs.DescribeInstances"] = true }

-- Product and operation of a request; raises 404 and 400 codes.
local function identify(http, context)
  local parsed, host_product = context.parsed, context.host_product
  local version = parsed.version
  if not version then failure.raise("MissingVersion", "Version is required.", { status = 400 }) end
  local product = products.by_version[version]
  if not product or (host_product ~= nil and product.name ~= host_product) then
    failure.raise("InvalidProduct.NotFound")
  end
  context.product = product
  local action = parsed.action
  if product.style == "ROA" then
    local path_parameters
    action, path_parameters = products.route(product, http.method, http.path)
    for name, value in pairs(path_parameters) do parsed.flat[name] = value end
  elseif http.method ~= "POST" and http.method ~= "GET" then
    failure.raise("UnsupportedHTTPMethod")
  elseif not action then
    failure.raise("MissingAction", "Action is required.", { status = 400 })
  end
  local operation = action and product.operations[action]
  if not operation or http.path ~= "/" and http.path ~= "" and product.style == "RPC" then
    failure.raise("InvalidApi.NotFound")
  end
  return product, action, operation
end

-- Who calls: the verified key, looked up among the keys of the state.
local function authenticate(box, http, product, action)
  if ANONYMOUS[product.name .. "." .. action] then return { type = "Anonymous", uid = 0, name = "anonymous" } end
  local result, problem = box:verify(http)
  if not result then
    failure.raise(problem.code, problem.message, { status = problem.http_status })
  end
  local key = box.data.keys[result.access_key_id]
  if not key then failure.raise("InvalidAccessKeyId.NotFound", "The AccessKey does not exist.") end
  return key
end

local function authorise(product, operation, call)
  local caller = call.caller
  local policies = { caller.policy, caller.session_policy }
  local account = call.state.accounts[tostring(caller.uid)]
  if account and account.policy then policies[#policies + 1] = account.policy end
  local list = {}
  for _, policy in pairs(policies) do list[#list + 1] = policy end
  call.allowed = function(action) return (ram.allowed(list, action)) end
  if not operation.ram then return end
  local allowed, kind = ram.allowed(list, operation.ram)
  if allowed then return end
  if EMPTY_WHEN_DENIED[product.name .. "." .. call.action] then
    call.denied = true
  else
    error(ram.denied(product.name, operation.ram, caller, kind), 0)
  end
end

-- Region of the call: the parameter, else the host. They must not contradict each other.
local function set_region(call, host_region)
  local region = call.p.RegionId
  if region and not regions.known(region) then
    call:fail_first({ "UnsupportedRegion", "InvalidRegionId.NotFound" }, ("Region %s does not exist."):format(region))
  end
  if region and host_region and region ~= host_region then
    call:fail("InvalidRegionId.NotFound", ("Region %s is not served by this host."):format(region))
  end
  if call.product == "VpcPeer" or call.product == "pvtz" or call.product == "Sts" then region = nil end
  call.region = region or host_region
end

local function perform(call, handler)
  local stored = tokens.find(call)
  if stored then
    call.replayed = true
    return stored
  end
  local answer = handler(call)
  if call.committed then tokens.keep(call, answer) end
  return answer
end

-- Everything from the verified request to the answer of the product, on the state of the box.
local function serve(box, call, product, operation, host_region, flat)
  box.throttle:admit(call.caller.uid, product.name, call.action, operation, call.now)
  authorise(product, operation, call)
  call.p = parameters.read(product.name, operation, flat)
  set_region(call, host_region)
  local handler = product.handlers[call.action]
  if not handler then
    failure.raise("SandboxNotImplemented", ("The sandbox does not emulate %s.%s."):format(product.name, call.action),
      { status = 501, invented = true })
  end
  return perform(call, handler)
end

local function request_ids()
  return ids.uuid(random.hex(16)), random.hex(16)
end

-- Turns whatever was raised into a failure with a status.
local function as_failure(box, operation, value)
  if not failure.is(value) then
    box:report_bug(value)
    value = failure.new("InternalError", "The sandbox itself failed: " .. tostring(value))
  end
  value.status = value.status or failure.status(operation, value.code)
  return value
end

local function wants_xml(http, parsed)
  if parsed.format then return parsed.format == "XML" end
  local accept = http.headers.accept or ""
  if parsed.v1 then return not accept:find("application/json", 1, true) end
  return accept:find("application/xml", 1, true) ~= nil
end

-- Product, operation and caller; who is not known gets no further.
local function admit(box, http, context)
  local entry = context.entry
  if context.parsed.problem then failure.raise("InvalidParameter.Format", context.parsed.problem) end
  if box.settings.switches.need_ssl and http.scheme ~= "https" then failure.raise("InvalidProtocol.NeedSsl") end
  local product, action, operation = identify(http, context)
  context.action, context.operation = action, operation
  entry.product, entry.action, entry.kind = product.name, action, operation.kind
  box:exclusive(function()
    context.caller = authenticate(box, http, product, action)
    local account = box.data.accounts[tostring(context.caller.uid)]
    entry.account, entry.access_key_id = account and account.name, context.caller.id
  end)
  return box.faults:plan(entry)
end

-- Carries the call out on the state, in one uninterrupted step.
local function act(box, http, context, plan)
  local call
  local answer = box:exclusive(function(step)
    local state = plan.stale and context.operation.kind == "read" and box:old_state() or box.data
    call = Call.new { state = state, caller = context.caller, now = box:now(), settings = box.settings, box = box,
      product = context.product.name, action = context.action, operation = context.operation,
        json = context.parsed.json,
      host = http.host, door = http.door, base64 = box.base64, after = {} }
    timeline.advance(state, call.now, box)
    step.save = plan:meddle(state, "before")
    local result = serve(box, call, context.product, context.operation, context.host_region, context.parsed.flat)
    step.save = plan:meddle(state, "after") or step.save or call.committed
    return result
  end)
  context.entry.committed, context.entry.replayed = call.committed or false, call.replayed
  for _, later in ipairs(call.after) do later() end
  return answer
end

local function options_of(box, context)
  return { format = context.format, request_id = context.request_id, trace_id = context.trace_id,
    now = box:now() + box.settings.clock_skew,
    action = context.action, host = context.host, product = context.product and context.product.name,
    lower = context.product and context.product.style == "ROA" }
end

-- One delivery of the request; the journal entry of the context tells what became of it.
local function deliver(box, http, context, plan)
  local ok, result = pcall(act, box, http, context, plan)
  if ok then
    context.entry.outcome, context.entry.status = "ok", 200
    return envelope.success(result, options_of(box, context))
  end
  return nil, result
end

local function refuse(box, context, value)
  local err = as_failure(box, context.operation, value)
  context.entry.outcome, context.entry.status, context.entry.message = err.code, err.status, err.message
  context.entry.product = context.product and context.product.name
  -- codes of ours that no document lists have to say so
  context.entry.unpublished = context.product and not err.invented and not failure.known(context.product, err.code)
    or nil
  return envelope.error(err, options_of(box, context))
end

local function again(box, http, context, plan)
  local second = setmetatable({ entry = { duplicate = true } }, { __index = context })
  for key, value in pairs(context.entry) do
    if second.entry[key] == nil then second.entry[key] = value end
  end
  local reply, problem = deliver(box, http, second, plan)
  if not reply then refuse(box, second, problem) end
  box:record(second.entry)
end

-- The call with the faults of its plan around it.
local function run(box, http, context, plan)
  if plan:before() then
    context.entry.outcome = "lost before the act"
    return { fault = { kind = "drop" } }
  end
  local reply, problem = deliver(box, http, context, plan)
  if plan.duplicate == true then
    again(box, http, context, plan)
  elseif plan.duplicate then
    box:spawn(function()
      require("task").sleep(plan.duplicate)
      again(box, http, context, plan)
    end)
  end
  if not reply then error(problem, 0) end
  local hidden = plan:error_after()
  if hidden then reply = envelope.error(as_failure(box, context.operation, hidden), options_of(box, context)) end
  return plan:after(reply)
end

-- Parameters for the journal: tokens of identity providers are nobody's business.
local function masked(params)
  if not params.OIDCToken then return params end
  local copy = {}
  for name, value in pairs(params) do copy[name] = value end
  copy.OIDCToken = "***"
  return copy
end

---Answers one HTTP request to the API of the cloud.
---@param box table sandbox
---@param http table request as http handlers get it
---@return table reply
function gateway.handle(box, http)
  local parsed = request.parse(http)
  local hostname = (http.hostname or http.host or ""):gsub(":%d+$", "")
  local host_product, host_region = hosts.lookup(hostname)
  if not host_product and hostname:match("%.aliyuncs%.com$") then host_product = false end -- no such host
  local request_id, trace_id = request_ids()
  local entry = { time = box:now(), action = parsed.action, params = masked(parsed.flat), door = http.door,
    request_id = request_id }
  local context = { parsed = parsed, host = http.host or hostname, host_product = host_product,
    host_region = host_region,
    request_id = request_id, trace_id = trace_id, entry = entry, format = wants_xml(http, parsed) and "XML" or "JSON" }
  local ok, reply = pcall(function() return run(box, http, context, admit(box, http, context)) end)
  if not ok then reply = refuse(box, context, reply) end
  box:record(entry)
  return reply
end

return gateway
