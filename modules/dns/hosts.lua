-- SPDX-License-Identifier: MIT
-- dns.hosts: the hosts file, read again when it changes (c-ares 1.18.1 reads it at every lookup).

local cidr = require "cidr"
local fs = require "fs"

local hosts = {}

local cache = {} -- path -> {stamp=, names=}

-- Lines of "address name alias..."; what is no address is skipped, as the C library does.
local function parse(text)
  local names = {}
  for line in text:gmatch "[^\n]+" do
    local address, rest = line:gsub("#.*", ""):match "^%s*(%S+)%s+(.+)$"
    local ok, value = pcall(cidr.address, address or "")
    if ok then
      for name in rest:gmatch "%S+" do
        local key = name:lower():gsub("%.$", "")
        names[key] = names[key] or {}
        table.insert(names[key], { address = tostring(value), family = value:family() })
      end
    end
  end
  return names
end

--- Entries of a name: {{address=, family=}, ...}, empty when there are none.
---@param name string
---@param path? string default /etc/hosts
---@return {address: string, family: integer}[]
function hosts.find(name, path)
  path = path or "/etc/hosts"
  local stat = fs.stat(path)
  if not stat then return {} end
  local stamp = ("%s/%s"):format(stat.mtime, stat.size)
  if not cache[path] or cache[path].stamp ~= stamp then
    cache[path] = { stamp = stamp, names = parse(fs.read(path)) }
  end
  return cache[path].names[name:lower():gsub("%.$", "")] or {}
end

return hosts
