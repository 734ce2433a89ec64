-- SPDX-License-Identifier: MIT
-- What an error code means for repeating the call: classes, and which code belongs to which. The cloud
-- answers throttling and "busy" with HTTP 400, so the code decides and the status only where there is no code.
local codes = {}

--- The classes. base: first back-off in seconds (doubles each time, full jitter, cap 20 s); cost: tokens of
--- the retry budget; patience: seconds after which the class is given up although the deadline is not
--- reached; acted: the call may have been carried out ("no" = certainly not, "unknown" = nobody knows).
codes.classes = {
  throttle = { retry = true, base = 0.5, cost = 5, acted = "no" },
  busy = { retry = true, base = 1, cost = 5, acted = "no" },
  not_ready = { retry = true, base = 1, cost = 5, acted = "no", patience = 120 },
  unknown = { retry = true, base = 0.5, cost = 5, acted = "unknown" },
  timeout = { retry = true, base = 0.5, cost = 10, acted = "unknown" },
  unreachable = { retry = true, base = 0.5, cost = 10, acted = "no", patience = 60 },
  nonce = { retry = true, base = 0, cost = 5, acted = "no" },
  clock = { retry = true, base = 0, cost = 5, acted = "no" },
  token = { retry = true, base = 0, cost = 5, acted = "no" },
  final = { retry = false, acted = "no" },
}

--- Exact codes.
codes.exact = {
  -- rate limits
  ["QPS Limit Exceeded"] = "throttle",
  ["Rejected.Throttling"] = "throttle",
  -- another call on the same object, or the first call with the same ClientToken, still runs
  ["TaskConflict"] = "busy",
  ["OperationConflict"] = "busy",
  ["Conflict.Operation"] = "busy",
  ["LastTokenProcessing"] = "busy",
  ["OperationFailed.LastTokenProcessing"] = "busy",
  ["OperationFailed.IdempotentTokenProcessing"] = "busy",
  ["TOKEN_PROCESSING"] = "busy",
  ["IdempotentProcessing"] = "busy",
  ["SystemBusy"] = "busy",
  ["System.Busy"] = "busy",
  ["System.ServiceBusy"] = "busy",
  ["OperationFailed.SystemBusy"] = "busy",
  ["OperationFailed.DistibuteLock"] = "busy",
  ["OperationFailed.OperationLocked"] = "busy",
  ["Operation.Blocking"] = "busy",
  ["ConcurrentCallNotSupported"] = "busy",
  ["EndpointLocked"] = "busy",
  ["EndpointServiceLocked"] = "busy",
  ["EndpointOperationDenied"] = "busy",
  ["EndpointConnectionOperationDenied"] = "busy",
  ["EndpointServiceOperationDenied"] = "busy",
  ["OperationDenied.OtherSubnetCreating"] = "busy",
  ["OperationDenied.OtherSubnetProcessing"] = "busy",
  -- a related object is between two states
  ["IncorrectVpcStatus"] = "not_ready",
  ["IncorrectVSwitchStatus"] = "not_ready",
  ["IncorrectRouteEntryStatus"] = "not_ready",
  ["IncorrcetRouteEntryStatus"] = "not_ready",
  ["IncorrectRouteTableStatus"] = "not_ready",
  ["IncorrectHaVipStatus"] = "not_ready",
  ["IncorrectInstanceStatus"] = "not_ready",
  ["IncorrectStatus"] = "not_ready",
  ["NetworkStatus.Modifying"] = "not_ready",
  ["ResourceStatus.Error"] = "not_ready",
  ["OperationDenied.NetworkAclAttachmentInMiddleStatus"] = "not_ready",
  ["VSwitchStatusNotAllowed"] = "not_ready",
  -- the service failed; whether it acted first is not known
  ["ServiceUnavailable"] = "unknown",
  ["InternalError"] = "unknown",
  ["Internal.Error"] = "unknown",
  ["InternalError.Dispatch"] = "unknown",
  ["UnknownError"] = "unknown",
  ["VPC.ERROR"] = "unknown",
  ["Vpc.Error"] = "unknown",
  -- the request itself
  ["SignatureNonceUsed"] = "nonce",
  ["InvalidTimeStamp.Expired"] = "clock",
  ["IllegalTimestamp"] = "clock",
  ["RequestTimeTooSkewed"] = "clock",
  ["AuthenticationRequestExpired"] = "clock",
  ["InvalidSecurityToken.Expired"] = "token",
  -- peerway's own
  ["BadAnswer"] = "unknown",
}

--- Lua patterns for families of codes, tried in this order after the exact ones.
codes.patterns = {
  { "Throttling", "throttle" },
  { "^IncorrectStatus%.", "not_ready" },
}

-- "Not found" codes that name something else than the object asked for: never data.
local not_the_object <const> = {
  "^InvalidApi%.", "^InvalidAction%.", "^InvalidProduct%.", "^InvalidAccessKeyId%.", "^InvalidRegionId?%.",
  "^InvalidVersion", "ResourceGroup", "AcceptLanguage",
}

local function contains(list, value)
  for _, entry in ipairs(list or {}) do
    if entry == value then
      return true
    end
  end
  return false
end

local function by_code(code)
  if codes.exact[code] then
    return codes.exact[code]
  end
  for _, rule in ipairs(codes.patterns) do
    if code:find(rule[1]) then
      return rule[2]
    end
  end
  return nil
end

--- The class of a failed call.
---@param operation cloud.Operation
---@param code string
---@param http_status integer?
---@return string class a key of codes.classes
function codes.class(operation, code, http_status)
  if contains(operation.final, code) then
    return "final"
  elseif contains(operation.not_ready, code) then
    return "not_ready"
  end
  local class = by_code(code)
  if class then
    return class
  elseif http_status == 429 then
    return "throttle"
  elseif http_status and http_status >= 500 then
    return "unknown"
  end
  return "final"
end

--- Whether a code says "the object is not there", so that the caller gets nil instead of an error.
--- Catalogued operations list their codes; for others it is a read or delete and a name like X.NotFound.
---@param operation cloud.Operation
---@param code string
---@return boolean
function codes.is_not_found(operation, code)
  if not operation.uncatalogued then
    return contains(operation.not_found, code)
  end
  if operation.kind ~= "read" and not operation.action:find "^Delete" then
    return false
  end
  for _, pattern in ipairs(not_the_object) do
    if code:find(pattern) then
      return false
    end
  end
  return code:find "NotFound" ~= nil or code:find "NotExists?$" ~= nil
end

--- Whether the code says that what was wanted is so already (OpenPrivateLinkService: "OrderOpend").
---@param operation cloud.Operation
---@param code string
---@return boolean
function codes.is_done(operation, code)
  return contains(operation.done, code)
end

return codes
