-- SPDX-License-Identifier: MIT
-- (The file lies in a folder because NAME/init.lua is module NAME.)
-- peerway init [FILE]: writes a topology to start from; asks nothing, overwrites nothing.
local errors = require "errors"
local flags = require "commands.flags"
local fs = require "fs"
local regions = require "model.regions"
local suggest = require "model.suggest"

local PUBLIC_FILE <const> = 420 -- 0644

local TEMPLATE <const> = [[
-- %s
--   peerway plan %s            what would be done
--   peerway apply %s           do it, and prove it from the clients
return {
  name = "%s",
  vpcs = {
    -- the VPC near the data; `resolver` is an instance in it that looks names up
    data = { region = "%s", id = "%s"%s },
    -- the VPC of the applications; `clients` are instances that prove the access
    apps = { region = "%s", id = "%s"%s },
  },
  peerings = { { "data", "apps"%s } },
  flows = {
    { from = "apps", to = { maxcompute = "data", mode = "%s"%s } },
  },
}
]]

local EXAMPLE <const> = {
  service_region = "ap-southeast-1", service_vpc = "vpc-t4nexample", resolver = "i-t4nexample",
  consumer_region = "eu-central-1", consumer_vpc = "vpc-gw8example", client = "i-gw8example",
  security_group = "sg-t4nexample", name = "analytics",
}

local function check_region(region, flag)
  if not regions.all[region] then
    local near = suggest.nearest(region, regions.ids())
    errors.raise { kind = "usage", code = "Usage", message = ("--%s: '%s' is no region"):format(flag, region),
      hint = near and ("did you mean '%s'?"):format(near) or nil }
  end
end

local function field(name, value, list)
  return value and (list and (", %s = { \"%s\" }"):format(name, value) or (", %s = \"%s\""):format(name, value)) or ""
end

-- With any id given, nothing of the worked example is mixed in.
local function values(options)
  local own = options.service_vpc or options.consumer_vpc
  local chosen = {}
  for name, example in pairs(EXAMPLE) do
    chosen[name] = options[name] or (not own and example) or nil
  end
  chosen.name = options.name or EXAMPLE.name
  for _, name in ipairs { "service_region", "service_vpc", "consumer_region", "consumer_vpc" } do
    if not chosen[name] then
      errors.raise { kind = "usage", code = "Usage", message = ("--%s is missing"):format(name:gsub("_", "-")),
        hint = "give regions and VPCs of both sides, or none for the worked example of the sandbox" }
    end
  end
  return chosen, not own
end

local function text_of(path, options)
  local chosen, example = values(options)
  check_region(chosen.service_region, "service-region")
  check_region(chosen.consumer_region, "consumer-region")
  local inter_region = chosen.service_region ~= chosen.consumer_region
  local title = ("Instances in %s use MaxCompute in %s privately."):format(regions.all[chosen.consumer_region].name,
    regions.all[chosen.service_region].name)
  local shown = path .. (example and " --sandbox" or "")
  return TEMPLATE:format(title, shown, shown, chosen.name, chosen.service_region, chosen.service_vpc,
    field("resolver", chosen.resolver), chosen.consumer_region, chosen.consumer_vpc,
    field("clients", chosen.client, true), inter_region and ", link_type = \"Gold\"" or "", options.mode,
    options.mode == "endpoint" and field("security_groups", chosen.security_group, true) or "")
end

return flags.command {
  name = "init",
  summary = "write a topology to start from",
  usage = "peerway init [FILE] [flags]",
  description = "Without ids it is the worked example of the embedded sandbox: try plan, apply, verify, destroy on it.",
  examples = { "peerway init", "peerway init eu.lua --service-region ap-southeast-1 --service-vpc vpc-a "
    .. "--consumer-region eu-central-1 --consumer-vpc vpc-b --client i-b" },
  flags = {
    { "mode", type = "string", value = "MODE", choices = { "domain", "endpoint" }, default = "domain",
      help = "MaxCompute by its VPC names, or by PrivateLink endpoints" },
    { "name", type = "string", value = "NAME", help = "name of the topology" },
    { "service-region", type = "string", value = "REGION", help = "region of the MaxCompute project" },
    { "service-vpc", type = "string", value = "ID", help = "a VPC of yours in that region" },
    { "resolver", type = "string", value = "ID", help = "an instance in that VPC that looks names up" },
    { "security-group", type = "string", value = "ID", help = "security group of the endpoints (mode endpoint)" },
    { "consumer-region", type = "string", value = "REGION", help = "region of the applications" },
    { "consumer-vpc", type = "string", value = "ID", help = "their VPC" },
    { "client", type = "string", value = "ID", help = "an instance that proves the access" },
    { "chdir", short = "C", type = "string", value = "DIR", help = "write in DIR" },
  },
  positional = { 0, 1 },
  action = function(options, positional)
    local path = positional[1] or "topology.lua"
    local where = options.chdir and (options.chdir .. "/" .. path) or path
    if fs.stat(where) then
      errors.raise { kind = "usage", code = "FileExists", message = where .. " exists already",
        hint = "name another file; nothing is overwritten" }
    end
    fs.write_atomic(where, text_of(path, options), PUBLIC_FILE)
    print(("Wrote %s. Next: peerway plan %s%s"):format(where, path,
      (options.service_vpc or options.consumer_vpc) and "" or " --sandbox"))
    return 0
  end,
}
