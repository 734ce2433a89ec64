-- SPDX-License-Identifier: MIT
-- cloud.client: calls to one product in one region with one account. Checks, signs (in C), repeats, reads.
local budget = require "cloud.budget"
local catalogue = require "cloud.catalogue"
local check = require "cloud.check"
local codes = require "cloud.codes"
local endpoints = require "cloud.endpoints"
local env = require "env"
local errors = require "errors"
local paging = require "cloud.paging"
local random = require "random"
local request = require "cloud.request"
local retry = require "cloud.retry"
local statistics = require "cloud.statistics"
local transport = require "cloud.transport"
local wait = require "cloud.wait"

local client = {}

local default_timeout <const> = 300 -- seconds for a call with all its repetitions
local attempt_timeout <const> = 30 -- seconds for one of them
local connect_timeout <const> = 5

local no_options <const> = {}

local methods = {}

local metatable = {
  __name = "cloud.client", __index = methods,
  __tostring = function(self)
    return ("cloud.client(%s%s)"):format(self.product, self.region and ", " .. self.region or "")
  end,
}

-- client.DescribeVpcs(client, params) and client:DescribeVpcs{...}: any name with a capital is an action.
setmetatable(methods, { __index = function(_, name)
  if type(name) ~= "string" or not name:find "^%u%w+$" then
    return nil
  end
  return function(self, params, options)
    if getmetatable(self) ~= metatable then
      errors.raise { kind = "usage", code = "InvalidCall",
        message = ("use client:%s(...) instead of client.%s(...)"):format(name, name) }
    end
    return self:call(name, params, options)
  end
end })

local function unknown_operation(self, action)
  local product = catalogue.product(self.product)
  local guess = product and catalogue.nearest_action(product, action)
  local near = not product and catalogue.nearest_product(self.product)
  errors.raise {
    kind = "usage", code = "UnknownOperation", product = self.product, action = action,
    message = product and ("%s has no catalogued operation '%s'"):format(self.product, action)
      or ("'%s' is no catalogued product"):format(self.product),
    hint = (guess and ("did you mean %s? "):format(guess) or near and ("did you mean %s? "):format(near) or "")
      .. 'any other operation can be called with version = "YYYY-MM-DD"',
  }
end

--- The description of an operation; raises kind="usage" when it is neither catalogued nor given a version.
---@param action string
---@param options { version: string?, style: string?, method: string?, path: string? }?
---@return cloud.Operation
function methods:operation(action, options)
  local version = options and options.version or self.version
  local found = catalogue.operation(self.product, action)
  if found and (not version or version == found.version) then
    return found
  elseif not version then
    return unknown_operation(self, action)
  end
  local operation = catalogue.uncatalogued(self.product, action, version,
    options and options.style or self.style)
  operation.method, operation.path = options and options.method, options and options.path
  operation.signature = options and options.signature
  return operation
end

local function target_of(self, operation)
  if operation.region and not self.endpoint then
    return endpoints.resolve { product = self.product, region = operation.region, network = self.network,
      published_endpoints = self.published_endpoints }
  end
  self.target = self.target or endpoints.resolve(self)
  return self.target
end

-- What all calls of one action have in common, found out once.
local function make_template(self, action, options)
  local operation = self:operation(action, options)
  local target = target_of(self, operation)
  local declared = operation.parameters
  return {
    operation = operation, region = self.region, host = target.host,
    authenticated = target.scheme == "https" or endpoints.is_local(target),
    base = transport.prepare(request.fixed(operation, target, self.limits)),
    attempt_timeout = self.limits.timeout, counts = statistics.of(operation),
    takes_region = declared and declared.RegionId ~= nil or operation.uncatalogued and operation.style == "RPC",
    takes_token = operation.client_token and operation.kind == "write",
  }
end

local function template_of(self, action, options)
  if options.version or options.style or options.method or options.path or options.signature then
    return make_template(self, action, options)
  end
  local template = self.templates[action]
  if not template then
    template = make_template(self, action, options)
    self.templates[action] = template
  end
  return template
end

-- The parameters that are sent: region and ClientToken filled in where the operation takes them.
local function complete(template, given)
  given = given or no_options
  local params = {
    RegionId = template.takes_region and template.region or nil,
    ClientToken = template.takes_token and given.ClientToken == nil and random.hex(16) or nil,
  }
  for name, value in pairs(given) do
    params[name] = value
  end
  return params
end

-- The template of a call, its parameters, and the request that carries them.
local function prepare(self, action, given, options)
  local template = template_of(self, action, options)
  local params = complete(template, given)
  if options.check ~= false then
    check.call(template.operation, params)
  end
  local parts = request.parts(template.operation, params)
  parts.base = template.base
  return template, params, parts
end

local function may_repeat(operation, params, options)
  if options.retry == false then
    return false
  elseif options.idempotent ~= nil then
    return options.idempotent
  end
  return operation.kind == "read" or params.ClientToken ~= nil
end

-- The handle is asked for when something is signed, so that usage errors come before credential errors.
local function handle_of(self)
  if not self.account then
    self.account = self.find_account()
    self.budget = budget.of(self.account, self.product, self.region)
  end
  return self.account
end

local function make_call(self, template, params, parts, options)
  return {
    template = template, request = parts, account = handle_of(self), budget = self.budget,
    repeatable = may_repeat(template.operation, params, options),
    timeout = options.retry == false and 0 or options.timeout or self.timeout, -- for repetitions
    deadline = options.timeout or self.timeout,
    attempt_timeout = options.attempt_timeout or template.attempt_timeout,
    on_retry = options.on_retry or self.on_retry,
    dry_run = params.DryRun == true or params.DryRun == "true",
    attempt = 0, paid = 0, started = 0.0, sent_at = 0.0, -- kept by cloud.retry
  }
end

--- Calls an operation. Returns the decoded answer, or nil and the error when the object asked for does not
--- exist (codes of class "not found"); every other failure is raised as one error value.
---@param action string
---@param params table?
---@param options cloud.CallOptions?
---@return table? answer
---@return table? err
function methods:call(action, params, options)
  options = options or no_options
  local template, all_params, parts = prepare(self, action, params, options)
  local answer, err = retry.run(make_call(self, template, all_params, parts, options))
  if answer then
    return answer
  elseif codes.is_not_found(template.operation, err.code) then
    err.not_found = true
    return nil, err
  end
  error(err, 0)
end

--- All items of a list operation, over all pages.
---@param action string
---@param params table?
---@param path string? where the list stands ("Vpcs.Vpc"); known for catalogued operations
---@param options cloud.CallOptions?
---@return table? items
---@return table? err when the parent object does not exist
function methods:all(action, params, path, options)
  return paging.all(self, action, params, path, options)
end

--- Iterates over the items of a list operation, fetching page by page.
---@param action string
---@param params table?
---@param path string?
---@param options cloud.CallOptions?
---@return fun(): any
function methods:each(action, params, path, options)
  return paging.each(self, action, params, path, options)
end

--- Waits until an object reaches a state; see cloud.Wait.
---@param given cloud.Wait
---@return table? answer the last one; nil when the object is gone, as wished
---@return number seconds
function methods:wait(given)
  return wait.run(self, given)
end

--- What to wait for after a catalogued call, ready for client:wait; nil when there is nothing.
---@param action string
---@param params table
---@param answer table
---@return cloud.Wait?
function methods:wait_after(action, params, answer)
  return wait.after(self, action, params, answer)
end

--- The signed request of a call, without sending it; secrets and signature are masked.
---@param action string
---@param params table?
---@param options cloud.CallOptions?
---@return { method: string, url: string, headers: table, body: string? }
function methods:preview(action, params, options)
  local _, _, parts = prepare(self, action, params, options or no_options)
  return transport.sign(handle_of(self), parts)
end

--- Makes a client; see cloud.client.
---@param options cloud.ClientOptions
---@param find_account fun(): any gives the account handle when it is first needed
---@return cloud.Client
function client.new(options, find_account)
  local self = {
    product = catalogue.product_code(options.product), region = options.region, find_account = find_account,
    network = options.network, endpoint = options.endpoint, version = options.version, style = options.style,
    published_endpoints = options.published_endpoints,
    timeout = options.timeout or default_timeout, on_retry = options.on_retry or false,
    account = false, templates = {},
    limits = {
      timeout = options.attempt_timeout or attempt_timeout, connect_timeout = connect_timeout,
      ca_file = options.ca_file or env.get "SSL_CERT_FILE",
    },
  }
  return setmetatable(self, metatable)
end

return client
