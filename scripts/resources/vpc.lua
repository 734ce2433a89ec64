-- SPDX-License-Identifier: MIT
-- resources.vpc: reads VPCs with all their blocks and vSwitches with the route tables they are bound to.
-- Owned by others; never created or changed here.
local errors = require "errors"

local M = {}

---@class VSwitchFacts
---@field id string
---@field zone string
---@field cidr string
---@field table string route table in force
---@field free integer? addresses left

---@class VpcFacts
---@field id string
---@field region string
---@field account string alias
---@field owner string account id
---@field status string
---@field cidrs string[] main block first, then secondary ones
---@field user_cidrs string[]
---@field vswitches VSwitchFacts[]
---@field system_table string
---@field tables string[] every table in use, the system table first

local function not_found(vpc)
  errors.raise { kind = "input", code = "VpcNotFound",
    message = ("VPC %s (%s) does not exist in %s for account '%s'"):format(vpc.id, vpc.alias, vpc.region, vpc.account),
    hint = "check the id, the region and which account the credentials are of: peerway whoami (D-75)" }
end

local function list(value, name)
  return value and value[name] or {}
end

local function describe_vpc(session, vpc)
  local answer = session:call("vpc", vpc, "DescribeVpcs", { RegionId = vpc.region, VpcId = vpc.id })
  local found = answer and list(answer.Vpcs, "Vpc")[1]
  if not found then
    not_found(vpc)
  end
  return found
end

local function describe_vswitches(session, vpc)
  return session:all("vpc", vpc, "DescribeVSwitches", { RegionId = vpc.region, VpcId = vpc.id, PageSize = 50 },
    "VSwitches.VSwitch")
end

-- The table list is asked for only when no vSwitch tells which one is the system table.
local function system_table(session, vpc)
  for _, entry in ipairs(session:all("vpc", vpc, "DescribeRouteTableList",
    { RegionId = vpc.region, VpcId = vpc.id, PageSize = 50 }, "RouterTableList.RouterTableListType")) do
    if entry.RouteTableType == "System" then
      return entry.RouteTableId
    end
  end
  errors.raise { kind = "cloud", code = "NoSystemTable",
    message = "no system route table in the list of VPC " .. vpc.id,
    hint = "the answer of DescribeRouteTableList is incomplete; check the permission vpc:DescribeRouteTableList" }
end

local function vswitch_facts(raw)
  local facts, system = {}, nil
  for index, item in ipairs(raw) do
    local bound = item.RouteTable or {}
    facts[index] = { id = item.VSwitchId, zone = item.ZoneId, cidr = item.CidrBlock, table = bound.RouteTableId,
      free = item.AvailableIpAddressCount }
    if bound.RouteTableType == "System" then
      system = bound.RouteTableId
    end
  end
  table.sort(facts, function(a, b) return a.id < b.id end)
  return facts, system
end

local function tables_of(raw, vswitches, system)
  local seen, tables = { [system] = true }, { system }
  local function add(id)
    if id and not seen[id] then
      seen[id] = true
      tables[#tables + 1] = id
    end
  end
  for _, vswitch in ipairs(vswitches) do
    vswitch.table = vswitch.table or system
    add(vswitch.table)
  end
  for _, id in ipairs(list(raw.RouterTableIds, "RouterTableIds")) do
    add(id)
  end
  table.sort(tables, function(a, b)
    if (a == system) ~= (b == system) then return a == system end
    return a < b
  end)
  return tables
end

--- Everything that routes of a VPC depend on; two calls, made side by side.
---@param session Session
---@param vpc ModelVpc
---@return VpcFacts
function M.read(session, vpc)
  local task = require "task"
  local raw, raw_vswitches = table.unpack(task.all {
    function() return describe_vpc(session, vpc) end,
    function() return describe_vswitches(session, vpc) end,
  })
  local vswitches, system = vswitch_facts(raw_vswitches)
  system = system or system_table(session, vpc)
  local cidrs = { raw.CidrBlock }
  table.move(list(raw.SecondaryCidrBlocks, "SecondaryCidrBlock"), 1, #list(raw.SecondaryCidrBlocks,
    "SecondaryCidrBlock"), 2, cidrs)
  return { id = vpc.id, region = vpc.region, account = vpc.account, owner = tostring(raw.OwnerId), status = raw.Status,
    cidrs = cidrs, user_cidrs = list(raw.UserCidrs, "UserCidr"), vswitches = vswitches, system_table = system,
    tables = tables_of(raw, vswitches, system) }
end

return M
