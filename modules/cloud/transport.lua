-- SPDX-License-Identifier: MIT
-- The one door from the client to the C half (cloud.native: credentials, signatures, sending). Specs put
-- another half in its place with transport.use.
local transport = {}

local substitute

local function half()
  return substitute or require "cloud.native"
end

-- transport.prepare, .call and .sign are the half's own functions (see cloud.native), taken over when first asked
-- for: a start without calls loads nothing, and a call goes through nothing else.
local taken_over <const> = { prepare = true, call = true, sign = true }

setmetatable(transport, { __index = function(_, name)
  if taken_over[name] then
    transport[name] = half()[name]
    return transport[name]
  end
  return nil
end })

--- Puts another implementation in the place of cloud.native; nil puts it back. For specs.
---@param other table?
function transport.use(other)
  substitute = other
  for name in pairs(taken_over) do
    transport[name] = nil
  end
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
