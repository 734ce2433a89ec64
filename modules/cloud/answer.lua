-- SPDX-License-Identifier: MIT
-- From an HTTP answer to a decoded table or the one error value: JSON and XML envelopes, lower-case ones,
-- errors inside a 200, pages of a proxy.
local errors = require "errors"
local json = require "json"
local remedies = require "cloud.remedies"

local answer = {}

local succeeded <const> = { ["200"] = true, OK = true, Ok = true, ok = true, Success = true, success = true }

local function field(body, ...)
  for _, name in ipairs { ... } do
    local value = body[name]
    if type(value) == "string" and value ~= "" then
      return value
    elseif type(value) == "number" or type(value) == "boolean" then
      return tostring(value)
    end
  end
  return nil
end

local entities <const> = { lt = "<", gt = ">", amp = "&", quot = '"', apos = "'" }

local function xml_text(body, name)
  local text = body:match("<" .. name .. ">%s*(.-)%s*</" .. name .. ">")
  return text and text:gsub("^<!%[CDATA%[(.*)%]%]>$", "%1"):gsub("&(%a+);", entities)
end

local function decode_xml(body)
  if not body:find "^%s*<[%?%a]" or not body:find "<Code>" then
    return nil
  end
  return { Code = xml_text(body, "Code"), Message = xml_text(body, "Message"),
    RequestId = xml_text(body, "RequestId"), HostId = xml_text(body, "HostId"),
    Recommend = xml_text(body, "Recommend") }
end

local function decode(body)
  local value, err = json.try_decode(body)
  if type(value) == "table" then
    return value
  end
  return nil, err or ("it is a JSON " .. (value == json.null and "null" or type(value)))
end

-- 403 codes that are about the object, not about rights, keep kind "cloud".
local function kind_of(code, http_status, class)
  if class == "throttle" then
    return "throttled"
  elseif code:find "^InvalidAccessKeyId" or code:find "^SignatureDoesNotMatch" or code:find "^IncompleteSignature"
    or code:find "SecurityToken" or code:find "^MissingAccessKeyId" or code:find "AccessKeyDisabled"
    or code == "SignatureNotMatch" or code == "ODPS-0410051" or code == "ODPS-0410042" then
    return "credentials"
  elseif code == "Forbidden" or code == "NoPermission" or code == "Forbidden.NoPermission"
    or code == "Forbidden.RAM" or code == "Forbidden.RiskControl" or code == "Unauthorized"
    or code:find "^NoPermission%." or (http_status == 403 and code:find "^Forbidden") then
    return "permission"
  end
  return "cloud"
end

local function denied_by(body)
  local detail = body.AccessDeniedDetail or body.accessDeniedDetail
  if type(detail) ~= "table" then
    return nil
  end
  return ("%s is %s for %s %s (policy type: %s)"):format(
    detail.AuthAction or "the action", detail.NoPermissionType or "denied", detail.AuthPrincipalType or "",
    detail.AuthPrincipalDisplayName or "", detail.PolicyType or "unknown")
end

--- The error value of a failed call.
---@param call { operation: cloud.Operation, region: string?, host: string? }
---@param facts cloud.Failure code, message, http_status, request_id, recommend, class, denied
---@return table error
function answer.error(call, facts)
  local operation = call.operation
  return errors.new {
    kind = kind_of(facts.code, facts.http_status, facts.class), code = facts.code,
    message = ("%s: %s%s"):format(facts.code, facts.message or "no message",
      facts.denied and ("; " .. facts.denied) or ""),
    cloud_message = facts.message, request_id = facts.request_id, http_status = facts.http_status,
    product = operation.product, action = operation.action, region = call.region, host = call.host,
    recommend = facts.recommend, denied = facts.denied, class = facts.class,
    hint = remedies.find(facts.code, operation),
  }
end

local function retry_after(headers)
  local wait = tonumber(headers["x-acs-retry-after"])
  if wait then
    return wait / 1000
  end
  for _, name in ipairs { "x-ratelimit-user-api", "x-ratelimit-user" } do
    local left = (headers[name] or ""):match "TimeLeft:(%d+)"
    if left then
      return tonumber(left) / 1000
    end
  end
  return nil
end

local function bad_answer(response, why)
  local kind = (response.headers["content-type"] or "no content type"):sub(1, 60)
  return {
    code = response.status >= 300 and response.status < 400 and "UnexpectedRedirect" or "BadAnswer",
    message = ("HTTP %d with %s instead of a JSON object: %s"):format(response.status, kind, why),
  }
end

-- The code a decoded answer carries although it may have status 200, or nil for a success.
local function failure_code(body, http_status)
  local code = field(body, "Code", "code")
  local inner = tonumber(body.httpCode)
  if http_status >= 400 then
    return code or field(body, "errorCode") or ("HTTP" .. http_status)
  elseif inner and inner >= 400 then
    return field(body, "errorCode") or ("HTTP" .. inner)
  elseif code and not succeeded[code] then
    return code
  end
  return nil
end

local function failure_of(body, code)
  return {
    code = code or "UnexpectedRedirect", message = field(body, "Message", "message", "errorMsg"),
    request_id = field(body, "RequestId", "requestId", "requestid"),
    recommend = field(body, "Recommend", "recommend"), denied = denied_by(body),
  }
end

--- Reads one HTTP answer.
---@param response { status: integer, headers: table<string, string>, body: string }
---@return table? body the decoded answer, nil on failure
---@return table? failure { code, message, http_status, request_id, recommend, denied, retry_after }
function answer.read(response)
  local status, body, why = response.status, decode(response.body or "")
  if body and status < 300 and body.Code == nil and body.code == nil and body.httpCode == nil then
    return body -- nearly every answer
  end
  if not body and status >= 400 then
    body = decode_xml(response.body or "")
  end
  local code = body and failure_code(body, status)
  if body and not code and status < 300 then
    return body
  end
  local failure = body and failure_of(body, code) or bad_answer(response, tostring(why))
  failure.http_status = status
  failure.request_id = failure.request_id or response.headers["x-acs-request-id"]
    or response.headers["x-odps-request-id"]
  failure.retry_after = retry_after(response.headers)
  return nil, failure
end

return answer
