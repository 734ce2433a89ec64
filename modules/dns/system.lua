-- SPDX-License-Identifier: MIT
-- dns.system: the system's resolver configuration, read again when /etc/resolv.conf changes.

local fs = require "fs"
local native = require "dns.native"

local system = {}

local RESOLV_CONF <const> = "/etc/resolv.conf"
local cached

--- Servers ("address:port"), search list, ndots, rotate.
---@return {servers: string[], search: string[], ndots: integer, rotate: boolean}
function system.read()
  -- This machine's files are no part of the simulated world.
  if native.simulated() then return { servers = {}, search = {}, ndots = 1, rotate = false } end
  local stat = fs.stat(RESOLV_CONF)
  local stamp = stat and ("%s/%s"):format(stat.mtime, stat.size) or "none"
  if not cached or cached.stamp ~= stamp then
    cached = native.system()
    cached.stamp = stamp
  end
  return { servers = { table.unpack(cached.servers) }, search = { table.unpack(cached.search) },
    ndots = cached.ndots, rotate = cached.rotate }
end

return system
