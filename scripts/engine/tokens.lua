-- SPDX-License-Identifier: MIT
-- engine.tokens: the ClientToken of a call is a pure function of the ledger's namespace, the logical key,
-- the action and the generation, so that a run after a crash sends the same one. The generation grows only
-- when the object is proved absent or deleted.
local digest = require "engine.digest"

local M = {}

--- 64 ASCII characters, the most the APIs take.
---@param namespace string random text made once for a ledger
---@param key string logical key, e.g. "route:vtb-1:10.0.0.0/16"
---@param action string API action
---@param generation integer
---@return string
function M.token(namespace, key, action, generation)
  return digest.sha256(table.concat({ namespace, key, action, tostring(generation) }, "\0"))
end

return M
