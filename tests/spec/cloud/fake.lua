-- SPDX-License-Identifier: MIT
-- A stand-in for cloud.native: answers from a function, records every request.
local cloud = require "cloud"
local json = require "json"
local skew = require "cloud.skew"
local statistics = require "cloud.statistics"
local transport = require "cloud.transport"

local fake = {}

--- An HTTP answer with a JSON body.
function fake.answer(body, status, headers)
  headers = headers or {}
  headers["content-type"] = headers["content-type"] or "application/json;charset=utf-8"
  return { status = status or 200, headers = headers, body = type(body) == "string" and body or json.encode(body) }
end

--- An error answer in the cloud's envelope.
function fake.refusal(code, status, headers)
  return fake.answer({ Code = code, Message = "refused for the test", RequestId = "REQ-" .. code,
    HostId = "test", Recommend = "https://example.invalid/" .. code }, status or 400, headers)
end

local function copy(value)
  if type(value) ~= "table" then
    return value
  end
  local fresh = {}
  for key, item in pairs(value) do
    fresh[key] = copy(item)
  end
  return fresh
end

-- A request with what its base gives it, as the real half reads it.
local function whole(request)
  local all = copy(request.base)
  for name, value in pairs(copy(request)) do
    all[name] = value
  end
  all.base = nil
  return all
end

--- Installs a fake half; `respond(request, number)` gives the answer (or raises). Returns the list of requests.
function fake.install(respond)
  local requests = {}
  skew.forget()
  statistics.reset()
  transport.use {
    account = function(options)
      return { name = options.profile or "default" }
    end,
    prepare = copy,
    call = function(account, request)
      local seen = whole(request)
      seen.account = account
      requests[#requests + 1] = seen
      local fine, response = pcall(respond, seen, #requests)
      if fine then
        return response
      elseif type(response) == "table" and (response.kind == "network" or response.kind == "timeout") then
        return nil, response
      end
      error(response, 0)
    end,
    sign = function(_, parts)
      local request = whole(parts)
      return { method = request.method, url = ("%s://%s/"):format(request.scheme, request.host), headers = {} }
    end,
  }
  return requests
end

--- A client with an account of its own, so that budgets are fresh.
function fake.client(product, options)
  options = options or {}
  options.product, options.region = product, options.region or "eu-central-1"
  options.account = options.account or setmetatable({}, { __name = "fake account" })
  return cloud.client(options)
end

return fake
