-- SPDX-License-Identifier: MIT
-- The one door from the client to the C half (cloud.native: credentials, signatures, sending). Specs put
-- another half in its place with transport.use.
local transport = {}

local substitute, native

-- Loaded when first needed: a start without calls does not pay for it.
local function half()
  if substitute then
    return substitute
  end
  native = native or require "cloud.native"
  return native
end

--- Puts another implementation in the place of cloud.native; nil puts it back. For specs.
---@param other table?
function transport.use(other)
  substitute = other
end

--- Reads the fields that many requests have in common, once; the result goes into field `base` of each.
---@param request table
---@return any prepared
function transport.prepare(request)
  return half().prepare(request)
end

--- Signs and sends one request.
---@param account any account handle
---@param request table
---@return table response { status, headers, body }
function transport.call(account, request)
  return half().call(account, request)
end

--- Signs one request without sending it.
---@param account any
---@param request table
---@return table signed { method, url, headers, body }
function transport.sign(account, request)
  return half().sign(account, request)
end

--- Has temporary credentials fetched anew before the next call: the cloud refused them.
---@param account any
function transport.expire(account)
  half().expire(account)
end

--- What may be shown of an account: source, access_key_id (masked), expiry, role, profile, memory.
--- Waits until its credentials are there.
---@param account any
---@return table
function transport.describe(account)
  half().ready(account)
  return half().describe(account)
end

--- Makes an account handle.
---@param options table
---@return any handle
function transport.account(options)
  return half().account(options)
end

return transport
