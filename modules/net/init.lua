-- SPDX-License-Identifier: MIT
-- net: TCP and TLS probes, local addresses and routes. All of it is native; see types.lua.
return require "net.native"
