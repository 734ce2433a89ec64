-- SPDX-License-Identifier: MIT
-- Private addresses of a vSwitch: which are taken, which can be given out. The first and the last
-- three addresses of a vSwitch are reserved.

local ids = require "sandbox.ids"
local ipv4 = require "sandbox.ipv4"

local addresses = {}

---@return table<string, true> addresses in use
function addresses.used(state, vswitch_id)
  local used = {}
  for _, instance in pairs(state.instances) do
    if instance.vswitch == vswitch_id then used[instance.address] = true end
  end
  for _, zone in pairs(state.endpoint_zones) do
    if zone.vswitch == vswitch_id then used[zone.address] = true end
  end
  return used
end

---@return integer addresses that can still be given out
function addresses.free(state, vswitch)
  local block = ipv4.block(vswitch.cidr)
  local count = block.last - block.base + 1 - 4
  for _ in pairs(addresses.used(state, vswitch.id)) do count = count - 1 end
  return count
end

---@return boolean whether the address may be given to somebody in the vSwitch
function addresses.usable(vswitch, text)
  local block, address = ipv4.block(vswitch.cidr), ipv4.address(text)
  return address ~= nil and address > block.base and address < block.last - 2
end

---Takes an address that is not in use, from a place that the state's generator draws.
---@return string? address, nil when the vSwitch is full
function addresses.take(state, vswitch)
  local block = ipv4.block(vswitch.cidr)
  local first, last = block.base + 1, block.last - 3
  local used = addresses.used(state, vswitch.id)
  local start = ids.number(state, first, last)
  for step = 0, last - first do
    local text = ipv4.text(first + (start - first + step) % (last - first + 1))
    if not used[text] then return text end
  end
  return nil
end

return addresses
