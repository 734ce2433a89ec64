-- SPDX-License-Identifier: MIT
-- require "cloud": signed calls to Alibaba Cloud. Credentials and signatures are C (cloud.native);
-- operations, endpoints, retry classes, waits and remedies are the Lua data beside this file.
local catalogue = require "cloud.catalogue"
local client = require "cloud.client"
local env = require "env"
local errors = require "errors"
local statistics = require "cloud.statistics"
local transport = require "cloud.transport"

local cloud = {}

local accounts = {}
local identities = setmetatable({}, { __mode = "k" })

local function region_from_environment()
  for _, name in ipairs { "ALIBABA_CLOUD_REGION_ID", "ALIBABA_CLOUD_REGION", "ALICLOUD_REGION" } do
    local value = env.get(name)
    if value and value ~= "" then
      return value
    end
  end
  return nil
end

--- An account handle: an opaque value that signs, and that Lua cannot read a secret from.
--- Without a name it is the default chain; a name is one given to cloud.register, else a profile of
--- ~/.aliyun/config.json; a table goes to cloud.native.account as it is (profile=, role_arn=, ...).
---@param name string|table|userdata|nil
---@return any handle
function cloud.account(name)
  if name ~= nil and type(name) ~= "string" then
    return type(name) == "table" and getmetatable(name) == nil and transport.account(name) or name
  end
  local key = name or "default"
  if not accounts[key] then
    accounts[key] = transport.account { profile = name }
  end
  return accounts[key]
end

--- Gives a handle a name for this run; "default" replaces the default chain. nil forgets the name.
---@param name string
---@param handle any
function cloud.register(name, handle)
  accounts[name] = handle
end

--- A client of one product in one region with one account.
---@param options cloud.ClientOptions
---@return cloud.Client
function cloud.client(options)
  if type(options) ~= "table" or type(options.product) ~= "string" then
    errors.raise { kind = "usage", code = "InvalidClient", message = "cloud.client needs product=",
      hint = 'cloud.client{ product = "vpc", region = "eu-central-1" }' }
  end
  local complete = { region = region_from_environment() }
  for name, value in pairs(options) do
    complete[name] = value
  end
  return client.new(complete, function()
    return cloud.account(options.account)
  end)
end

--- Who an account is: { account_id, type, arn, principal_id }, asked from STS once per handle.
---@param account any handle or name; nil is the default
---@param options { region: string?, network: string? }? passed to the STS client
---@return { account_id: string, type: string, arn: string, principal_id: string? }
function cloud.caller_identity(account, options)
  local handle = cloud.account(account)
  if not identities[handle] then
    options = options or {}
    local sts = client.new({ product = "sts", region = options.region, network = options.network }, function()
      return handle
    end)
    local answer = sts:call("GetCallerIdentity", {})
    identities[handle] = { account_id = tostring(answer.AccountId), type = answer.IdentityType,
      arn = answer.Arn, principal_id = answer.PrincipalId }
  end
  return identities[handle]
end

--- What may be shown of an account: { source, access_key_id (masked), expiry, role, profile, memory }. Waits for
--- its credentials; raises kind "credentials" when there are none.
---@param account any handle or name; nil is the default
---@return table
function cloud.describe(account)
  return transport.describe(cloud.account(account))
end

--- What was sent so far: calls, retries, throttled, errors, waited, and `by` per "product.Action".
---@return cloud.Statistics
function cloud.statistics()
  return statistics.read()
end

--- The catalogue of operations (cloud.catalogue): products(), actions(product), operation(product, action).
cloud.catalogue = catalogue

return cloud
