-- SPDX-License-Identifier: MIT
-- The metadata server of an instance: its facts, and temporary credentials of its RAM role. Which
-- instance asks is told by the source address where the data plane knows it, else it is the only one
-- with a role.

local ids = require "sandbox.ids"
local json = require "json"

local metadata = {}

local TOKEN_LIFE <const> = 6 * 3600 -- seconds that role credentials live

local function text(body)
  return { status = 200, headers = { ["content-type"] = "text/plain" }, body = body }
end

local function instance_of(box, request)
  local with_role
  for _, instance in pairs(box.data.instances) do
    if request.instance == instance.id then return instance end
    if instance.role then with_role = with_role or instance end
  end
  return with_role
end

local function credentials(box, role)
  return box:exclusive(function(step)
    local state, now = box.data, box:now()
    local key = { id = "STS.sandbox" .. ids.hex(state, 16), secret = "sandbox-session-" .. ids.hex(state, 24),
      token = "sandbox-token-" .. ids.hex(state, 48), uid = role.uid, type = "AssumedRoleUser", name = "vm",
        role = role.name,
      role_id = role.id, policy = role.policy, expires = now + TOKEN_LIFE * box.settings.session_scale }
    state.keys[key.id] = key
    step.save = true
    return { Code = "Success", AccessKeyId = key.id, AccessKeySecret = key.secret, SecurityToken = key.token,
      Expiration = os.date("!%Y-%m-%dT%H:%M:%SZ", math.floor(key.expires)),
      LastUpdated = os.date("!%Y-%m-%dT%H:%M:%SZ", math.floor(now)) }
  end)
end

---@param box table sandbox
---@param request table http request
---@return table reply
function metadata.handle(box, request)
  if request.path == "/latest/api/token" and request.method == "PUT" then
    return text("sandbox-metadata-" .. ids.hex(box.data, 32))
  end
  local instance = instance_of(box, request)
  if not instance then return { status = 404, headers = {}, body = "" } end
  local facts = { ["instance-id"] = instance.id, ["region-id"] = instance.region, ["zone-id"] = instance.zone,
    ["private-ipv4"] = instance.address, ["vpc-id"] = instance.vpc, ["vswitch-id"] = instance.vswitch,
    ["owner-account-id"] = tostring(instance.owner) }
  local name = request.path:match("^/latest/meta%-data/([%w%-]+)$")
  if name and facts[name] then return text(facts[name]) end
  local role_path = request.path:match("^/latest/meta%-data/ram/security%-credentials/?(.*)$")
  local role = instance.role and box.data.roles[("acs:ram::%d:role/%s"):format(instance.owner, instance.role)]
  if role_path == "" and role then return text(instance.role) end
  if role_path and role and role_path == instance.role then return text(json.encode(credentials(box, role))) end
  return { status = 404, headers = {}, body = "" }
end

return metadata
