-- SPDX-License-Identifier: MIT
-- What public DNS knows of the emulated cloud, for lookups made by this process itself; lookups inside
-- a VPC are the data plane's. Private zones are not seen from here.

local model = require "sandbox.model"

local public_names = {}

public_names.zones = { "maxcompute.aliyun-inc.com", "privatelink.aliyuncs.com" }

local function same(a, b)
  return a:lower():gsub("%.$", "") == b:lower():gsub("%.$", "")
end

local function records(entry)
  local list = {}
  for i, address in ipairs(entry.addresses) do list[i] = { address = address, ttl = entry.ttl or 60 } end
  return list
end

---The handler of a mounted zone.
---@param box table sandbox
---@return fun(question:table):table
function public_names.handler(box)
  return function(question)
    local now = model.build(box:state())
    for _, services in pairs(now.services) do
      for _, service in ipairs(services) do
        for _, name in ipairs(service.names) do
          if same(name, question.name) and not service.only_region then
            return { answer = question.type == "A" and records(service) or {} }
          end
        end
      end
    end
    for _, entry in ipairs(now.names) do
      if same(entry.name, question.name) and not entry.vpcs then
        return { answer = question.type == "A" and records(entry) or {} }
      end
    end
    return { rcode = "NXDOMAIN" }
  end
end

return public_names
