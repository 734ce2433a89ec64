-- SPDX-License-Identifier: MIT
-- Rights of an identity: a policy is {allow={patterns}, deny={patterns}} over RAM action names such as
-- "vpc:CreateRouteEntry"; `*` matches anything; no policy means everything is allowed. A policy's
-- peer_accounts = {uids} limits the accounts that peering connections may lead to.

local failure = require "sandbox.failure"

local ram = {}

local function matches(patterns, action)
  for _, pattern in ipairs(patterns or {}) do
    local expression = "^" .. pattern:lower():gsub("[%-%.%+%[%]%(%)%$%^%%%?]", "%%%0"):gsub("%*", ".*") .. "$"
    if action:lower():match(expression) then return true end
  end
  return false
end

---@param policies table[] policies that all have to allow (identity, session)
---@param action string
---@return boolean allowed, string? kind "ExplicitDeny" or "ImplicitDeny"
function ram.allowed(policies, action)
  for _, policy in ipairs(policies) do
    if matches(policy.deny, action) then return false, "ExplicitDeny" end
    if policy.allow and not matches(policy.allow, action) then return false, "ImplicitDeny" end
  end
  return true
end

local CODES <const> = { VpcPeer = "Forbidden.NoPermission", Vpc = "Forbidden.RAM", Ecs = "Forbidden.RAM" }
local PRINCIPALS <const> = { RAMUser = "SubUser", AssumedRoleUser = "AssumedRoleUser", Account = "Account" }

---The refusal for a missing right.
---@param product string
---@param action string RAM action
---@param caller table
---@param kind string ExplicitDeny or ImplicitDeny
---@return table failure
function ram.denied(product, action, caller, kind)
  local code = CODES[product] or "NoPermission"
  return failure.new(code, ("The identity lacks the right %s for this operation."):format(action), {
    status = code == "Forbidden.NoPermission" and 400 or 403,
    access_denied = {
      AuthAction = action, AuthPrincipalType = PRINCIPALS[caller.type], AuthPrincipalOwnerId = tostring(caller.uid),
      AuthPrincipalDisplayName = caller.name, NoPermissionType = kind, PolicyType = "AccountLevelIdentityBasedPolicy",
    },
  })
end

return ram
