-- SPDX-License-Identifier: MIT
-- ClientToken: the same token with the same parameters gives the first result again, with others an
-- error; a failure is not remembered. How long a token lives is not published and therefore a setting.

local failure = require "sandbox.failure"
local json = require "json"

local tokens = {}

local BUSY <const> = {
  ["Vpc.CreateVSwitch"] = "OperationFailed.IdempotentTokenProcessing", ["Vpc.CreateVpc"] = "TOKEN_PROCESSING",
}

local function key_of(call)
  return ("%d %s %s %s"):format(call.caller.uid, call.product, call.action, call.p.ClientToken)
end

local function digest_of(call)
  local copy = {}
  for name, value in pairs(call.p) do
    if name ~= "ClientToken" then copy[name] = value end
  end
  return json.encode(copy)
end

local function applies(call)
  local token = call.p.ClientToken
  if not call.operation.client_token or not token or call.p.DryRun then return false end
  if token:find("[\128-\255%c]") then call:illegal("ClientToken", "it has to be ASCII") end
  return true
end

local function mismatch(call)
  call:fail_first({ "IdempotentParameterMismatch", "Duplicated.ClientToken", "IdempotentParameterMismatch" },
    "This ClientToken was used with other parameters.")
end

---Looks for an earlier result.
---@param call sandbox.Call
---@return table? answer stored answer to replay
function tokens.find(call)
  if not applies(call) then return nil end
  local entry = call.state.tokens[key_of(call)]
  if not entry or entry.at + call.settings.token_retention <= call.now then return nil end
  if entry.digest ~= digest_of(call) then mismatch(call) end
  if call.now < entry.at + call:seconds("token_processing") then
    local fallback = call.product == "Ecs" and "IdempotentProcessing" or "LastTokenProcessing"
    failure.raise(BUSY[call.product .. "." .. call.action] or fallback)
  end
  return json.decode(entry.answer)
end

---Remembers the result of a successful write.
function tokens.keep(call, answer)
  if not applies(call) or call.settings.token_retention <= 0 then return end
  call.state.tokens[key_of(call)] = { at = call.now, digest = digest_of(call), answer = json.encode(answer) }
end

---Forgets tokens whose time is over.
function tokens.sweep(state, now, retention)
  for key, entry in pairs(state.tokens) do
    if entry.at + retention <= now then state.tokens[key] = nil end
  end
end

return tokens
