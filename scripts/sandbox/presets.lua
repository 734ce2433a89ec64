-- SPDX-License-Identifier: MIT
-- Worlds to start from. The key pairs are documented constants of the sandbox, not secrets: they open
-- nothing but an emulated cloud.

local presets = {}

local function default_account(more)
  local account = {
    uid = 1234567890123456,
    keys = {
      { id = "LTAIsandboxdefault", secret = "sandbox-default-secret-not-a-real-one" },
      { id = "LTAIsandboxoperator", secret = "sandbox-operator-secret-not-a-real-one", user = "operator",
        user_id = "201234567890123456" },
    },
    roles = { ["network-admin"] = { max_session = 43200 } },
    cdt = "open", privatelink = "open",
  }
  for key, value in pairs(more or {}) do account[key] = value end
  return account
end

local function partner_account(more)
  local account = {
    uid = 6543210987654321,
    keys = { { id = "LTAIsandboxpartner", secret = "sandbox-partner-secret-not-a-real-one" } },
    cdt = "open", privatelink = "open",
  }
  for key, value in pairs(more or {}) do account[key] = value end
  return account
end

local SUFFIX <const> = ".ap-southeast-1-vpc.maxcompute.aliyun-inc.com"

local function maxcompute(account)
  return { ["ap-southeast-1"] = {
    services = {
      { kind = "maxcompute", names = { "service" .. SUFFIX }, addresses = { "100.103.48.11", "100.103.48.12" } },
      { kind = "tunnel", names = { "dt" .. SUFFIX }, addresses = { "100.103.49.21" } },
      { kind = "tunnel", names = { "dt-exclusive" .. SUFFIX }, addresses = { "100.103.50.31" } },
    },
    projects = { { name = "analytics_demo", account = account } },
  } }
end

local function services()
  local zones = { "ap-southeast-1a", "ap-southeast-1b" }
  return {
    { id = "epsrv-t4nmaxcompute", kind = "maxcompute", region = "ap-southeast-1", zones = zones,
      name = "com.aliyuncs.privatelink.ap-southeast-1.maxcompute" },
    { id = "epsrv-t4nmaxcomputetunnel", kind = "tunnel", region = "ap-southeast-1", zones = zones,
      name = "com.aliyuncs.privatelink.ap-southeast-1.maxcompute-tunnel" },
  }
end

-- The VPC near MaxCompute.
local function service_vpc(account)
  return {
    id = "vpc-t4nexample", account = account, region = "ap-southeast-1", cidr = "10.10.0.0/16", name = "data",
    system_table = "vtb-t4nexample",
    vswitches = {
      { id = "vsw-t4nexample-a", cidr = "10.10.1.0/24", zone = "ap-southeast-1a" },
      { id = "vsw-t4nexample-b", cidr = "10.10.2.0/24", zone = "ap-southeast-1b" },
    },
    security_groups = { { id = "sg-t4nexample", name = "endpoint" } },
    instances = { { id = "i-t4nexample", vswitch = "vsw-t4nexample-a", address = "10.10.1.10",
      security_groups = { "sg-t4nexample" } } },
  }
end

-- The VPC with the client.
local function consumer_vpc(account)
  return {
    id = "vpc-gw8example", account = account, region = "eu-central-1", cidr = "10.20.0.0/16", name = "apps",
    system_table = "vtb-gw8example",
    vswitches = {
      { id = "vsw-gw8example-a", cidr = "10.20.1.0/24", zone = "eu-central-1a" },
      { id = "vsw-gw8example-b", cidr = "10.20.2.0/24", zone = "eu-central-1b" },
    },
    security_groups = { { id = "sg-gw8example", name = "apps" } },
    instances = { { id = "i-gw8example", vswitch = "vsw-gw8example-a", address = "10.20.1.10",
      security_groups = { "sg-gw8example" } } },
  }
end

-- Two regions, one account: MaxCompute in Singapore, the ECS in Frankfurt.
presets["worked-example"] = {
  accounts = { default = default_account(), partner = partner_account() },
  vpcs = { service_vpc "default", consumer_vpc "default" },
  services = services(), maxcompute = maxcompute "default",
}

-- Accounts, but nothing in them.
presets.empty = { accounts = { default = default_account(), partner = partner_account() } }

-- The same two VPCs, but the partner owns the service VPC: two sets of credentials, and an acceptance.
presets["cross-account"] = {
  accounts = { default = default_account(), partner = partner_account() },
  vpcs = { service_vpc "partner", consumer_vpc "default" },
  services = services(), maxcompute = maxcompute "partner",
}

-- One service VPC and a consumer VPC in each of `count` regions.
local function hub(consumer_regions)
  local vpcs = { service_vpc "default" }
  for i, region in ipairs(consumer_regions) do
    local name, net = "spoke" .. i, "10." .. (20 + i)
    vpcs[#vpcs + 1] = {
      id = "vpc-" .. name, region = region, cidr = net .. ".0.0/16", name = name,
      vswitches = { { id = "vsw-" .. name, cidr = net .. ".1.0/24",
        zone = require("sandbox.regions").zones(region)[1] } },
      security_groups = { { id = "sg-" .. name } },
      instances = { { id = "i-" .. name, vswitch = "vsw-" .. name, address = net .. ".1.10",
        security_groups = { "sg-" .. name } } },
    }
  end
  return { accounts = { default = default_account(), partner = partner_account() }, vpcs = vpcs, services = services(),
    maxcompute = maxcompute "default" }
end

presets.hub = hub { "eu-central-1", "us-west-1", "ap-northeast-1", "eu-west-1" }

return presets
