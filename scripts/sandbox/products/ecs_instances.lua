-- SPDX-License-Identifier: MIT
-- Ecs 2014-05-26, first part: regions, zones, instances and their interfaces (read only: the world
-- brings the instances).

local array = require "json".array
local json = require "json"
local paging = require "sandbox.paging"
local parameters = require "sandbox.parameters"
local regions = require "sandbox.regions"
local tags = require "sandbox.tags"

local instances = {}

-- Times of instances have no seconds.
local function minute(time)
  return os.date("!%Y-%m-%dT%H:%MZ", math.floor(time))
end

function instances.DescribeRegions()
  local rows = {}
  for i, region in ipairs(regions.list) do
    rows[i] = { RegionId = region.id, LocalName = region.name, Status = "available",
      RegionEndpoint = ("ecs.%s.aliyuncs.com"):format(region.id) }
  end
  return { Regions = { Region = array(rows) } }
end

function instances.DescribeZones(call)
  local rows = {}
  for i, zone in ipairs(regions.zones(call.p.RegionId)) do
    rows[i] = { ZoneId = zone, ZoneType = "AvailabilityZone", LocalName = "Zone " .. zone:sub(-1):upper() }
  end
  return { Zones = { Zone = array(rows) } }
end

-- A set from JSON text such as ["i-1","i-2"].
local function json_set(call, name)
  local text = call.p[name]
  if not text then return nil end
  local items = parameters.split({ list = "json" }, text, json.decode)
  if not items then call:illegal(name, "it is not a JSON array of text") end
  if #items > 100 then call:illegal(name, "it has more than 100 items") end
  local set = {}
  for _, item in ipairs(items) do set[item] = true end
  return set
end

local function has(list, item)
  for _, value in ipairs(list) do
    if value == item then return true end
  end
  return false
end

local function show(instance)
  local shown_tags = {}
  for i, tag in ipairs(instance.tags) do shown_tags[i] = { TagKey = tag.Key, TagValue = tag.Value } end
  return {
    InstanceId = instance.id, InstanceName = instance.name, HostName = instance.id, RegionId = instance.region,
    ZoneId = instance.zone, Status = instance.Status, InstanceNetworkType = "vpc", OSType = "linux",
    OSName = "Debian 12", OSNameEn = "Debian 12", ImageId = "debian_12", InstanceType = "ecs.g7.large",
    InstanceTypeFamily = "ecs.g7", Cpu = 2, Memory = 8192, CreationTime = minute(instance.created),
    StartTime = minute(instance.created), InstanceChargeType = "PostPaid", ResourceGroupId = "",
    SecurityGroupIds = { SecurityGroupId = array { table.unpack(instance.security_groups) } },
    VpcAttributes = { VpcId = instance.vpc, VSwitchId = instance.vswitch, NatIpAddress = "",
      PrivateIpAddress = { IpAddress = array { instance.address } } },
    PublicIpAddress = { IpAddress = array {} }, InnerIpAddress = { IpAddress = array {} },
    EipAddress = { IpAddress = "", AllocationId = "", InternetChargeType = "" },
    NetworkInterfaces = { NetworkInterface = array { { NetworkInterfaceId = instance.eni, Type = "Primary",
      PrimaryIpAddress = instance.address,
      PrivateIpSets = { PrivateIpSet = array { { PrivateIpAddress = instance.address, Primary = true } } } } } },
    Tags = { Tag = array(shown_tags) }, OperationLocks = { LockReason = array {} },
  }
end

function instances.DescribeInstances(call)
  call:dry_run()
  local p = call.p
  local ids, addresses = json_set(call, "InstanceIds"), json_set(call, "PrivateIpAddresses")
  local public = p.PublicIpAddresses or p.EipAddresses or p.InnerIpAddresses
  local found = call:list("instances", function(i)
    return not call.denied and not public and (not ids or ids[i.id]) and (not addresses or addresses[i.address])
      and (not p.VpcId or i.vpc == p.VpcId) and (not p.VSwitchId or i.vswitch == p.VSwitchId)
      and (not p.ZoneId or i.zone == p.ZoneId) and (not p.Status or i.Status == p.Status)
      and (not p.InstanceName or i.name == p.InstanceName) and p.InstanceNetworkType ~= "classic"
      and (not p.SecurityGroupId or has(i.security_groups, p.SecurityGroupId)) and tags.match(i, p.Tag)
  end)
  local page, answer = paging.either(call, found, { default = 10, minimum = 10 })
  local rows = {}
  for i, instance in ipairs(page) do rows[i] = show(instance) end
  answer.Instances = { Instance = array(rows) }
  return answer
end

function instances.DescribeInstanceStatus(call)
  local wanted
  for _, id in ipairs(call.p.InstanceId or {}) do
    wanted = wanted or {}
    wanted[id] = true
  end
  local found = call:list("instances", function(i)
    return (not wanted or wanted[i.id]) and (not call.p.ZoneId or i.zone == call.p.ZoneId)
  end)
  local page, answer = paging.numbers(call, found, { default = 10 })
  local rows = {}
  for i, instance in ipairs(page) do rows[i] = { InstanceId = instance.id, Status = instance.Status } end
  answer.InstanceStatuses = { InstanceStatus = array(rows) }
  return answer
end

-- Interfaces of instances and of endpoints, in one list.
local function interfaces(call)
  local rows = {}
  for _, i in ipairs(call:list("instances")) do
    rows[#rows + 1] = { seq = i.seq, id = i.eni, vpc = i.vpc, vswitch = i.vswitch, zone = i.zone, address = i.address,
      groups = i.security_groups, instance = i.id, kind = "Primary", created = i.created }
  end
  for _, z in ipairs(call:list("endpoint_zones")) do
    local endpoint = call.state.endpoints[z.endpoint]
    local groups = {}
    for n, group in ipairs(endpoint.groups) do groups[n] = group.id end
    rows[#rows + 1] = { seq = z.seq, id = z.eni, vpc = endpoint.vpc, vswitch = z.vswitch, zone = z.zone,
      address = z.address, groups = groups, instance = "", kind = "Secondary", managed = true, created = z.created }
  end
  table.sort(rows, function(a, b) return a.seq < b.seq end)
  return rows
end

function instances.DescribeNetworkInterfaces(call)
  local p = call.p
  local found = {}
  for _, eni in ipairs(interfaces(call)) do
    if (not p.VpcId or eni.vpc == p.VpcId) and (not p.VSwitchId or eni.vswitch == p.VSwitchId)
      and (not p.InstanceId or eni.instance == p.InstanceId)
        and (not p.PrimaryIpAddress or eni.address == p.PrimaryIpAddress)
      and (not p.NetworkInterfaceId or has(p.NetworkInterfaceId, eni.id))
      and (not p.PrivateIpAddress or has(p.PrivateIpAddress, eni.address))
      and (not p.SecurityGroupId or has(eni.groups, p.SecurityGroupId)) and (not p.Type or eni.kind == p.Type)
      and (p.ServiceManaged == nil or (eni.managed or false) == p.ServiceManaged) then
      found[#found + 1] = eni
    end
  end
  local page, answer = paging.either(call, found, { default = 10 })
  local rows = {}
  for i, eni in ipairs(page) do
    rows[i] = { NetworkInterfaceId = eni.id, VpcId = eni.vpc, VSwitchId = eni.vswitch, ZoneId = eni.zone,
      Status = "InUse",
      Type = eni.kind, PrivateIpAddress = eni.address, InstanceId = eni.instance, ServiceManaged = eni.managed or false,
      CreationTime = call:iso(eni.created), SecurityGroupIds = { SecurityGroupId = array { table.unpack(eni.groups) } },
      PrivateIpSets = { PrivateIpSet = array { { PrivateIpAddress = eni.address, Primary = true } } },
      OwnerId = tostring(call.caller.uid), Tags = { Tag = array {} } }
  end
  answer.NetworkInterfaceSets = { NetworkInterfaceSet = array(rows) }
  return answer
end

return instances
