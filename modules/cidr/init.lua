-- SPDX-License-Identifier: MIT
-- init.lua: module `cidr`: exact arithmetic with IPv4 and IPv6 addresses, prefixes and sets of them.
local cidr = require "cidr.native"

function cidr.aggregate(values, options)
  return cidr.set(values, options):list()
end

-- cidr.overlap is loaded when it is first asked for.
return setmetatable(cidr, {
  __index = function(self, name)
    if name == "overlap" then
      local overlap = require "cidr.overlap"
      rawset(self, name, overlap)
      return overlap
    end
  end,
})
