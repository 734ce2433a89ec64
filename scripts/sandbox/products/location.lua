-- SPDX-License-Identifier: MIT
-- Location 2015-06-12: host names by region and product. Behind a socket it names that socket.

local array = require "json".array
local hosts = require "sandbox.hosts"
local regions = require "sandbox.regions"

local location = {}

function location.DescribeEndpoints(call)
  local code, region = call.p.ServiceCode, call.p.Id
  local prefix = hosts.location_codes[code]
  local rows = {}
  if prefix ~= nil and regions.known(region) then
    local host = prefix and ("%s.%s.aliyuncs.com"):format(prefix, region) or code .. ".aliyuncs.com"
    if call.door == "socket" then host = call.host end
    rows[1] = { Endpoint = host, Id = region, Namespace = "", Type = call.p.Type or "openAPI", SerivceCode = code,
      Protocols = { Protocols = array { "HTTPS", "HTTP" } } }
  end
  return { Success = true, Endpoints = { Endpoint = array(rows) } }
end

return location
