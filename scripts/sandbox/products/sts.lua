-- SPDX-License-Identifier: MIT
-- Sts 2015-04-01: who is calling, and temporary credentials. What is issued here is a key pair of the
-- emulated cloud only; the keyring learns it and verifies it from then on.

local ids = require "sandbox.ids"
local json = require "json"

local sts = {}

local function identity(call)
  local caller = call.caller
  local uid = tostring(caller.uid)
  if caller.type == "AssumedRoleUser" then
    return { IdentityType = "AssumedRoleUser", AccountId = uid, RoleId = caller.role_id,
      Arn = ("acs:ram::%s:assumed-role/%s/%s"):format(uid, caller.role, caller.name),
      PrincipalId = caller.role_id .. ":" .. caller.name }
  elseif caller.type == "RAMUser" then
    return { IdentityType = "RAMUser", AccountId = uid, UserId = caller.user_id, PrincipalId = caller.user_id,
      Arn = ("acs:ram::%s:user/%s"):format(uid, caller.name) }
  end
  return { IdentityType = "Account", AccountId = uid, UserId = uid, PrincipalId = uid,
    Arn = ("acs:ram::%s:root"):format(uid) }
end

function sts.GetCallerIdentity(call)
  return identity(call)
end

local function find_role(call)
  local arn = call.p.RoleArn or ""
  if not arn:match("^acs:ram::%d+:role/[%w%-%._]+$") then
    call:fail("InvalidParameter.RoleArn", "RoleArn has the form acs:ram::<account>:role/<name>.")
  end
  if not call.p.RoleSessionName:match("^[%w%.@_%-]+$") then
    call:fail("InvalidParameter.RoleSessionName", "RoleSessionName holds a character that is not allowed.")
  end
  local role = call.state.roles[arn]
  if not role then call:fail("EntityNotExist.Role", ("Role %s does not exist."):format(arn), { status = 404 }) end
  return role
end

local function session_policy(call)
  local text = call.p.Policy
  if not text then return nil end
  local ok, policy = pcall(json.decode, text)
  if not ok or type(policy) ~= "table" or type(policy.Statement) ~= "table" then
    call:fail("InvalidParameter.PolicyGrammar", "Policy is not a policy document.", { status = 400 })
  end
  local out = { allow = {}, deny = {} }
  for _, statement in ipairs(policy.Statement) do
    local actions = statement.Action or {}
    if type(actions) == "string" then actions = { actions } end
    for _, action in ipairs(actions) do table.insert(statement.Effect == "Deny" and out.deny or out.allow, action) end
  end
  return out
end

local function issue(call, role)
  local seconds = call.p.DurationSeconds or 3600
  if seconds < 900 or seconds > role.max_session then
    call:fail("InvalidParameter.DurationSeconds", ("DurationSeconds is 900 to %d."):format(role.max_session),
      { status = 400 })
  end
  local policy = session_policy(call)
  call:commit()
  local state = call.state
  local key = {
    id = "STS.sandbox" .. ids.hex(state, 16), secret = "sandbox-session-" .. ids.hex(state, 24), uid = role.uid,
    token = "sandbox-token-" .. ids.hex(state, 48), type = "AssumedRoleUser", name = call.p.RoleSessionName,
    role = role.name, role_id = role.id, policy = role.policy, session_policy = policy,
    expires = call.now + seconds * call.settings.session_scale,
  }
  state.keys[key.id] = key
  return {
    Credentials = { AccessKeyId = key.id, AccessKeySecret = key.secret, SecurityToken = key.token,
      Expiration = call:iso(key.expires) },
    AssumedRoleUser = { AssumedRoleId = role.id .. ":" .. key.name,
      Arn = ("acs:ram::%d:assumed-role/%s/%s"):format(role.uid, role.name, key.name) },
  }
end

function sts.AssumeRole(call)
  if call.caller.type == "Account" then
    call:fail("NoPermission", "An account itself cannot take a role; use a RAM user or a role.", { status = 403 })
  end
  local role = find_role(call)
  local trusted = false
  for _, uid in ipairs(role.trust) do trusted = trusted or uid == call.caller.uid end
  if not trusted then call:fail("NoPermission", "The role does not trust this account.", { status = 403 }) end
  local answer = issue(call, role)
  answer.SourceIdentity = call.p.SourceIdentity
  return answer
end

-- The token of the identity provider: the claims are read, its signature is not checked here.
local function claims(call)
  local body = (call.p.OIDCToken or ""):match("^[%w%-_]+%.([%w%-_]+)%.[%w%-_]*$")
  local decoded = body and call.base64.decode((body:gsub("-", "+"):gsub("_", "/")))
  local ok, value = pcall(json.decode, decoded or "")
  if not ok or type(value) ~= "table" then
    call:fail("AuthenticationFail.OIDCToken.Invalid", "OIDCToken is not a token.", { status = 400, invented = true })
  end
  return value
end

function sts.AssumeRoleWithOIDC(call)
  for _, name in ipairs { "OIDCProviderArn", "RoleArn", "OIDCToken" } do
    if not call.p[name] then call:fail("MissingParameter", name .. " is required.") end
  end
  local role = find_role(call)
  if not role.oidc or role.oidc.provider ~= call.p.OIDCProviderArn then
    call:fail("NoPermission", "The role does not trust this identity provider.", { status = 403 })
  end
  local token = claims(call)
  if token.exp and token.exp <= call.now then
    call:fail("AuthenticationFail.OIDCToken.Expired", "OIDCToken is expired.", { status = 400, invented = true })
  end
  if role.oidc.issuer and token.iss ~= role.oidc.issuer then
    call:fail("AuthenticationFail.OIDCToken.Invalid", "OIDCToken comes from another issuer.",
      { status = 400, invented = true })
  end
  local answer = issue(call, role)
  answer.OIDCTokenInfo = { Subject = token.sub or "", Issuer = token.iss or "", ClientIds = tostring(token.aud or ""),
    ExpirationTime = token.exp and call:iso(token.exp) or "", IssuanceTime = token.iat and call:iso(token.iat) or "",
    VerificationInfo = "Success" }
  return answer
end

return sts
