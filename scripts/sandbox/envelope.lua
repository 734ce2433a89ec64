-- SPDX-License-Identifier: MIT
-- Answers on the wire: JSON, or XML for V1 clients that did not ask for JSON; the error envelope with
-- Code, Message, RequestId, HostId and Recommend.

local json = require "json"

local envelope = {}

local function escape(text)
  return (tostring(text):gsub("[&<>\"']", { ["&"] = "&amp;", ["<"] = "&lt;", [">"] = "&gt;", ['"'] = "&quot;",
    ["'"] = "&apos;" }))
end

local function element(name, value, out)
  if type(value) ~= "table" then
    out[#out + 1] = ("<%s>%s</%s>"):format(name, escape(value), name)
  elseif json.is_array(value) then
    for _, item in ipairs(value) do element(name, item, out) end
  else
    local keys = {}
    for key in pairs(value) do keys[#keys + 1] = key end
    table.sort(keys)
    out[#out + 1] = "<" .. name .. ">"
    for _, key in ipairs(keys) do element(key, value[key], out) end
    out[#out + 1] = "</" .. name .. ">"
  end
end

local function xml(root, value)
  local out = { '<?xml version="1.0" encoding="UTF-8"?>' }
  element(root, value, out)
  return table.concat(out)
end

local function reply(status, root, value, options)
  local body, kind
  if options.format == "XML" then
    body, kind = xml(root, value), "text/xml;charset=utf-8"
  else
    body, kind = json.encode(value), "application/json;charset=utf-8"
  end
  local headers = {
    ["content-type"] = kind, ["x-acs-request-id"] = options.request_id, ["x-acs-trace-id"] = options.trace_id,
    date = os.date("!%a, %d %b %Y %H:%M:%S GMT", math.floor(options.now)),
  }
  for name, text in pairs(options.headers or {}) do headers[name] = text end
  return { status = status, headers = headers, body = body }
end

---@param value table answer of the operation
---@param options {format:string, request_id:string, trace_id:string, now:number, action:string, lower:boolean?}
---@return table http reply
function envelope.success(value, options)
  value[options.lower and "requestId" or "RequestId"] = options.request_id
  return reply(200, (options.action or "") .. "Response", value, options)
end

---@param err table failure (sandbox.failure)
---@param options table as for success, and host, product
---@return table http reply
function envelope.error(err, options)
  local value = {
    Code = err.code, Message = err.message, RequestId = options.request_id, HostId = options.host,
    Recommend = ("https://api.alibabacloud.com/troubleshoot?intl_lang=EN_US&q=%s&product=%s&requestId=%s"):format(
      err.code, options.product or "", options.request_id),
    AccessDeniedDetail = err.access_denied,
  }
  local with = {}
  for key, field in pairs(options) do with[key] = field end
  with.headers = err.headers
  return reply(err.status, "Error", value, with)
end

return envelope
