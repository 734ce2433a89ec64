-- SPDX-License-Identifier: MIT
-- The worked example as a cloud model, everything in place: changed by each test before use.
local model = {}

model.SERVICE = "100.103.48.11"
model.TUNNEL = "100.103.49.21"
model.DOMAIN = "ap-southeast-1-vpc.maxcompute.aliyun-inc.com"

local function web_rules()
  return { { direction = "ingress", protocol = "tcp", port_range = "1/65535", cidr = "10.20.0.0/16",
    policy = "accept" } }
end

--- service VPC (Singapore) and consumer VPC (Frankfurt), mode domain, all routes there.
function model.new()
  return {
    vpcs = {
      ["vpc-s"] = { region = "ap-southeast-1", cidrs = { "10.10.0.0/16" }, system_table = "vtb-s", tables = {
        ["vtb-s"] = { entries = { { destination = "10.20.0.0/16", type = "VpcPeer", next_hop = "pcc-1" } } } } },
      ["vpc-c"] = { region = "eu-central-1", cidrs = { "10.20.0.0/16" }, system_table = "vtb-c", tables = {
        ["vtb-c"] = { entries = {
          { destination = model.SERVICE .. "/32", type = "VpcPeer", next_hop = "pcc-1" },
          { destination = model.TUNNEL .. "/32", type = "VpcPeer", next_hop = "pcc-1" },
          { destination = "10.10.0.0/16", type = "VpcPeer", next_hop = "pcc-1" } } } } },
    },
    vswitches = {
      ["vsw-s"] = { vpc = "vpc-s", cidr = "10.10.1.0/24", zone = "ap-southeast-1a" },
      ["vsw-c"] = { vpc = "vpc-c", cidr = "10.20.1.0/24", zone = "eu-central-1a" },
      ["vsw-c2"] = { vpc = "vpc-c", cidr = "10.20.2.0/24", zone = "eu-central-1b" },
    },
    instances = {
      ["i-s"] = { vpc = "vpc-s", vswitch = "vsw-s", address = "10.10.1.10", security_groups = { "sg-s" },
        status = "Running" },
      ["i-c"] = { vpc = "vpc-c", vswitch = "vsw-c", address = "10.20.1.10", security_groups = { "sg-c" },
        status = "Running" },
    },
    peerings = { ["pcc-1"] = { a = "vpc-s", b = "vpc-c", status = "Activated" } },
    endpoints = {},
    security_groups = {
      ["sg-s"] = { type = "normal", vpc = "vpc-s", rules = web_rules() },
      ["sg-c"] = { type = "normal", vpc = "vpc-c", rules = {} },
    },
    services = { ["ap-southeast-1"] = {
      { kind = "maxcompute", names = { "service." .. model.DOMAIN }, addresses = { model.SERVICE, "100.103.48.12" } },
      { kind = "tunnel", names = { "dt." .. model.DOMAIN }, addresses = { model.TUNNEL } } } },
  }
end

--- A second client in the other vSwitch of the consumer VPC.
function model.add_client(world)
  world.instances["i-c2"] = { vpc = "vpc-c", vswitch = "vsw-c2", address = "10.20.2.10", security_groups = { "sg-c" },
    status = "Running" }
end

--- Mode endpoint: two ENIs of a MaxCompute endpoint in the service VPC.
function model.add_endpoint(world)
  world.vswitches["vsw-s2"] = { vpc = "vpc-s", cidr = "10.10.2.0/24", zone = "ap-southeast-1b" }
  world.endpoints["ep-1"] = { vpc = "vpc-s", enis = {
    { address = "10.10.1.80", vswitch = "vsw-s", zone = "ap-southeast-1a", security_groups = { "sg-s" },
      service = "maxcompute", region = "ap-southeast-1" },
    { address = "10.10.2.80", vswitch = "vsw-s2", zone = "ap-southeast-1b", security_groups = { "sg-s" },
      service = "tunnel", region = "ap-southeast-1" } } }
end

return model
