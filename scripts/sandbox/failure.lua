-- SPDX-License-Identifier: MIT
-- The error value of the emulated cloud: a table {code, message, status, ...} that product code
-- raises and the gateway turns into the error envelope. Never seen outside the sandbox.

local failure = {}

local metatable = {
  __name = "sandbox.failure",
  __tostring = function(self) return ("%s (%s): %s"):format(self.code, self.status or "?", self.message or "") end,
}

-- Codes that any operation may answer, with their HTTP status.
local gateway_codes = {
  MissingAccessKeyId = 400, MissingSecurityToken = 400, MissingParameter = 400, MissingAction = 400,
  MissingVersion = 400,
  ["InvalidAccessKeyId.NotFound"] = 404, ["InvalidAccessKeyId.Inactive"] = 400,
  ["InvalidSecurityToken.Malformed"] = 400, ["InvalidSecurityToken.MismatchWithAccessKey"] = 400,
  ["InvalidSecurityToken.Expired"] = 400,
  ["InvalidTimeStamp.Format"] = 400, ["InvalidTimeStamp.Expired"] = 400,
  SignatureNonceUsed = 400, SignatureDoesNotMatch = 400, IncompleteSignature = 400, InvalidSignatureMethod = 400,
  InvalidParameter = 400, ["InvalidParameter.Format"] = 400,
  ["InvalidApi.NotFound"] = 404, ["InvalidProduct.NotFound"] = 404, UnsupportedHTTPMethod = 400,
  ["InvalidProtocol.NeedSsl"] = 400, ["InvalidRegionId.NotFound"] = 400,
  Throttling = 400, ["Throttling.Api"] = 400, ["Throttling.User"] = 400, ["Rejected.Throttling"] = 503,
  Forbidden = 403, ["Forbidden.RAM"] = 403, NoPermission = 403, ["Forbidden.NoPermission"] = 400,
  InternalError = 500, UnknownError = 500, ServiceUnavailable = 503,
  DryRunOperation = 400, IdempotentParameterMismatch = 400, LastTokenProcessing = 400,
  TaskConflict = 400, OperationConflict = 400, SystemBusy = 400,
}

-- Texts in our own words; the code is what clients branch on.
local messages = {
  MissingParameter = "A parameter that this operation requires is missing.",
  MissingAccessKeyId = "This operation needs an AccessKey.",
  ["InvalidApi.NotFound"] = "No such operation; check the action, the version and the method.",
  ["InvalidProduct.NotFound"] = "No product has this version; check the host and the version.",
  UnsupportedHTTPMethod = "The HTTP method is not allowed for this operation.",
  InternalError = "The request failed for an unknown reason.",
  UnknownError = "The request failed for an unknown reason.",
  ServiceUnavailable = "The service is unavailable for a moment.",
  Throttling = "The request was refused by flow control.",
  ["Throttling.User"] = "The request was refused by the flow control of this user.",
  ["Throttling.Api"] = "The request was refused by the flow control of this operation.",
  DryRunOperation = "The dry run passed: this request would have succeeded.",
  IdempotentParameterMismatch = "The ClientToken was used before with other parameters.",
  LastTokenProcessing = "The first request with this ClientToken still runs.",
  TaskConflict = "Another task works on this VPC, or the operation is too frequent; try again later.",
  ["Forbidden.RAM"] = "The RAM identity lacks the right for this operation.",
  NoPermission = "The RAM identity lacks the right for this operation.",
  ["Forbidden.NoPermission"] = "The RAM identity lacks the right for this operation.",
  ["InvalidRegionId.NotFound"] = "The region does not exist.",
}

---A new failure value.
---@param code string the cloud's error code
---@param message? string text; a default in our own words when absent
---@param fields? table further fields: status, invented (true: the reference publishes no code), detail, headers
---@return table
function failure.new(code, message, fields)
  local value = { code = code, message = message or messages[code] or ("The request was refused: " .. code .. ".") }
  for key, field in pairs(fields or {}) do value[key] = field end
  return setmetatable(value, metatable)
end

---Raises a failure (see failure.new).
function failure.raise(code, message, fields)
  error(failure.new(code, message, fields), 0)
end

---@return boolean whether the value is a failure
function failure.is(value)
  return getmetatable(value) == metatable
end

---The HTTP status for a code: what the operation publishes, else the gateway's, else 400.
---@param operation? table row of sandbox.operations
---@param code string
---@return integer
function failure.status(operation, code)
  for status, codes in pairs(operation and operation.errors or {}) do
    for _, published in ipairs(codes) do
      if published == code then return status end
    end
  end
  return gateway_codes[code] or 400
end

---Whether the code is published for the operation or belongs to the gateway.
function failure.published(operation, code)
  for _, codes in pairs(operation and operation.errors or {}) do
    for _, published in ipairs(codes) do
      if published == code then return true end
    end
  end
  return gateway_codes[code] ~= nil
end

-- Forms in which the gateway names a parameter, and codes that a product publishes for all operations.
local forms = { "^Missing%u%w*$", "^MissingParam%.", "^IllegalParam%.", "^Invalid%u%w*$", "^InvalidParameter%." }
local everywhere = { ["VpcPeer Conflict.Operation"] = true, ["Privatelink NeedOpenProduct"] = true,
  ["pvtz ZoneVpc.NotExists.VpcId"] = true }

---Whether the code is published for any operation of the product, or has one of the gateway's forms.
function failure.known(product, code)
  if everywhere[product.name .. " " .. code] then return true end
  for _, form in ipairs(forms) do
    if code:match(form) then return true end
  end
  for _, operation in pairs(product.operations) do
    if failure.published(operation, code) then return true end
  end
  return false
end

---The first of the candidate codes that the operation publishes, or the fallback.
---@param operation table
---@param candidates string[]
---@param fallback string
---@return string
function failure.choose(operation, candidates, fallback)
  local set = {}
  for _, codes in pairs(operation.errors or {}) do
    for _, code in ipairs(codes) do set[code] = true end
  end
  for _, code in ipairs(candidates) do
    if set[code] then return code end
  end
  return fallback
end

return failure
