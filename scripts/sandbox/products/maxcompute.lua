-- SPDX-License-Identifier: MIT
-- MaxCompute 2022-01-04, the management API: projects and their whitelists. ROA, lower camel case.

local array = require "json".array
local ipv4 = require "sandbox.ipv4"

local maxcompute = {}

local function show(project)
  return {
    name = project.id, owner = "ALIYUN$sandbox", type = "managed", status = project.status, regionId = project.region,
    createdTime = math.floor(project.created * 1000), comment = "", defaultQuota = "default", costStorage = "0",
    ipWhiteList = { ipList = project.ip_list, vpcIpList = project.vpc_ip_list },
    properties = { timezone = "Asia/Singapore", allowFullScan = true, typeSystem = "2" }, superAdmins = array {},
  }
end

local function need(call)
  local project = call.state.projects[call.p.projectName]
  if not project or project.owner ~= call.caller.uid or (call.region and project.region ~= call.region) then
    call:fail("OBJECT_NOT_EXIST", ("Project %s does not exist."):format(call.p.projectName),
      { status = 404, invented = true })
  end
  return project
end

function maxcompute.GetProject(call)
  return { data = show(need(call)) }
end

function maxcompute.ListProjects(call)
  local limit = call.p.maxItem or 10
  local after = call.p.marker or ""
  local found = call:list("projects", function(project)
    return not call.p.prefix or project.id:sub(1, #call.p.prefix) == call.p.prefix
  end)
  table.sort(found, function(a, b) return a.id < b.id end)
  local rows, marker = {}, ""
  for _, project in ipairs(found) do
    if project.id > after then
      if #rows == limit then
        marker = rows[limit].name
        break
      end
      rows[#rows + 1] = show(project)
    end
  end
  return { data = { projects = array(rows), marker = marker, maxItem = limit, NextToken = marker } }
end

-- A list of addresses and blocks, or of "region_vpc[addresses]" for VPC access.
local function check_list(call, name, text)
  if type(text) ~= "string" then call:illegal(name, "it is not text") end
  local inner = text:gsub("[%w%-]+_vpc%-[%w%-]+%[([^%]]*)%]", "%1"):gsub("[%w%-]+_vpc%-[%w%-]+", "")
  for part in inner:gmatch("[^,]+") do
    if part ~= "*" and not ipv4.block(part) then call:illegal(name, ("%s is not an address"):format(part)) end
  end
end

function maxcompute.UpdateProjectIpWhiteList(call)
  local project = need(call)
  local body = call.json
  if type(body) ~= "table" then call:fail("MissingParameter", "A JSON body is required.") end
  for _, name in ipairs { "ipList", "vpcIpList" } do
    if body[name] ~= nil then check_list(call, name, body[name]) end
  end
  call:commit()
  project.ip_list = body.ipList or ""
  project.vpc_ip_list = body.vpcIpList or ""
  return { data = "OK" }
end

return maxcompute
