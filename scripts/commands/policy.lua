-- SPDX-License-Identifier: MIT
-- peerway policy [FILE]: the RAM policy that a topology needs, account by account: no more than its modes use.
local context = require "commands.context"
local flags = require "commands.flags"
local json = require "json"
local model = require "model"

local READ <const> = { "vpc:DescribeVpcs", "vpc:DescribeVSwitches", "vpc:DescribeRouteTableList",
  "vpc:DescribeRouteEntryList", "vpc:ListVpcPeerConnections", "vpc:GetVpcPeerConnectionAttribute" }
local ROUTES <const> = { "vpc:CreateRouteEntry", "vpc:CreateRouteEntries", "vpc:DeleteRouteEntry" }
-- Besides the VPC rights a RAM user needs to see whether the traffic service is open (D-01).
local REQUEST <const> = { "vpc:CreateVpcPeerConnection", "vpc:ModifyVpcPeerConnection", "vpc:DeleteVpcPeerConnection",
  "cdt:GetCdtServiceStatus" }
local ACCEPT <const> = { "vpc:AcceptVpcPeerConnection", "vpc:DeleteVpcPeerConnection", "cdt:GetCdtServiceStatus" }
local COMMANDS <const> = { "ecs:DescribeInstances", "ecs:RunCommand", "ecs:DescribeInvocationResults" }
local ENDPOINT_READ <const> = { "privatelink:ListVpcEndpointServicesByEndUser", "privatelink:ListVpcEndpoints",
  "privatelink:ListVpcEndpointZones", "privatelink:GetVpcEndpointAttribute", "ecs:DescribeSecurityGroupAttribute" }
local ENDPOINT <const> = { "privatelink:CreateVpcEndpoint", "privatelink:AddZoneToVpcEndpoint",
  "privatelink:RemoveZoneFromVpcEndpoint", "privatelink:DeleteVpcEndpoint", "ecs:AuthorizeSecurityGroup",
  "ecs:RevokeSecurityGroup" }
local ZONE_READ <const> = { "pvtz:DescribeZones", "pvtz:DescribeZoneInfo", "pvtz:DescribeZoneRecords" }
local ZONE <const> = { "pvtz:AddZone", "pvtz:AddZoneRecord", "pvtz:BindZoneVpc", "pvtz:DeleteZoneRecord",
  "pvtz:DeleteZone" }

local function collector()
  local accounts = {}
  return accounts, function(account, ...)
    accounts[account] = accounts[account] or {}
    for _, list in ipairs { ... } do
      for _, action in ipairs(list) do
        accounts[account][action] = true
      end
    end
  end
end

local function add_flow(add, topology, flow, writes)
  local from, target = topology.vpcs[flow.from].account, topology.vpcs[flow.target].account
  if flow.mode ~= "vpc" then
    add(from, COMMANDS)
  end
  if flow.mode == "domain" and not flow.to.addresses then
    add(target, COMMANDS)
  elseif flow.mode == "endpoint" then
    add(target, ENDPOINT_READ, writes and ENDPOINT or {})
    if flow.to.private_zone then
      add(from, ZONE_READ, writes and ZONE or {})
    end
  end
  if flow.kind == "maxcompute" then
    -- destroy looks for endpoints of ours, whatever the mode is now
    add(target, { "privatelink:ListVpcEndpoints" })
  end
end

--- The actions that each account needs.
---@param topology Model
---@param writes boolean also apply and destroy, not only plan, verify and drift
---@return table<string, table<string, boolean>> set of actions by account
local function actions_of(topology, writes)
  local accounts, add = collector()
  for _, vpc in ipairs(topology.vpc_list) do
    add(vpc.account, READ, writes and ROUTES or {})
  end
  for _, peering in ipairs(writes and topology.peerings or {}) do
    local requester, accepter = topology.vpcs[peering.requester].account, topology.vpcs[peering.accepter].account
    add(requester, REQUEST)
    if accepter ~= requester then
      add(accepter, ACCEPT)
    end
  end
  for _, flow in ipairs(topology.flows) do
    add_flow(add, topology, flow, writes)
  end
  return accounts
end

local function document(actions)
  local list = {}
  for action in pairs(actions) do
    list[#list + 1] = action
  end
  table.sort(list)
  return { Version = "1", Statement = json.array { { Effect = "Allow", Action = json.array(list),
    Resource = json.array { "*" } } } }
end

return flags.command {
  name = "policy",
  summary = "print the RAM policy that a topology needs",
  usage = "peerway policy [FILE] [--read-only]",
  description = "One document an account; without --account all of them, by account.",
  examples = { "peerway policy analytics.lua", "peerway policy analytics.lua --read-only --account default" },
  flags = {
    { "read-only", help = "what plan, verify and drift need; the probe runs a command in the clients" },
    { "account", type = "string", value = "ALIAS", help = "only the document of this account" },
    { "chdir", short = "C", type = "string", value = "DIR", help = "work in DIR" },
  },
  positional = { 0, 1 },
  action = function(options, positional)
    local topology = model.load(context.topology_path(options, positional))
    local documents = {}
    for account, actions in pairs(actions_of(topology, not options.read_only)) do
      documents[account] = document(actions)
    end
    local shown = documents
    if options.account then
      shown = documents[options.account]
      if not shown then
        require("errors").raise { kind = "usage", code = "Usage",
          message = ("the topology has no account '%s'"):format(options.account) }
      end
    end
    print(json.encode(shown, { indent = 2 }))
    return 0
  end,
}
