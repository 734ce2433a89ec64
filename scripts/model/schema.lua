-- SPDX-License-Identifier: MIT
-- model.schema: the fields of a topology as data. `model.validate` walks it; the reference docs and
-- the did-you-mean hints read it.
local M = {}

---@class FieldSpec
---@field type "string"|"integer"|"boolean"|"list"|"map"|"record"|"any"
---@field required? boolean
---@field pattern? string Lua pattern that the whole text must match
---@field wants? string what the field must be, for the message
---@field choices? string[]
---@field min? integer
---@field of? FieldSpec element of a list or map
---@field keys? FieldSpec keys of a map
---@field fields? table<string|integer, FieldSpec>
---@field help? string

local text = { type = "string" }

local function id(prefix, what)
  return { type = "string", pattern = "^" .. prefix:gsub("%-", "%%-") .. "[a-z0-9][a-z0-9-]*$",
    wants = ("the id of %s: %s..."):format(what, prefix) }
end

local function list(of)
  return { type = "list", of = of }
end

local alias = { type = "string", pattern = "^[A-Za-z][A-Za-z0-9_-]*$",
  wants = "a name: a letter, then letters, digits, _ or -" }
local resource_name = { type = "string", pattern = "^[A-Za-z][A-Za-z0-9_-]+$",
  wants = "2 to 128 characters: a letter, then letters, digits, _ and -", max = 128 }
local host = { type = "string", pattern = "^[A-Za-z0-9][A-Za-z0-9.-]*$",
  wants = "a host name or the first label of one: letters, digits, dots and -" }
local block = { type = "string", cidr = true, wants = "an IPv4 block such as 10.1.0.0/16" }

local vpc = { type = "record", fields = {
  region = { type = "string", required = true, help = "region id" },
  id = { type = "string", required = true, pattern = "^vpc%-[a-z0-9][a-z0-9-]*$", wants = "the id of a VPC: vpc-..." },
  account = { type = "string", help = "alias of the owning account; default: default" },
  clients = list(id("i-", "an instance")),
  resolver = id("i-", "an instance"),
  announce = list(block),
  tables = list(id("vtb-", "a route table")),
} }

local maxcompute_services = { type = "map", keys = host, of = host }

local target = { type = "record", fields = {
  maxcompute = { type = "string", help = "alias of the VPC through which MaxCompute of its region is reached" },
  vpc = { type = "string", help = "alias of the VPC whose blocks are the target" },
  mode = { type = "string", choices = { "domain", "endpoint" } },
  names = list(host),
  project = { type = "string", pattern = "^[A-Za-z][A-Za-z0-9_]*$", wants = "the name of a MaxCompute project" },
  addresses = { type = "map", keys = host, of = list(text) },
  services = maxcompute_services,
  vswitches = list(id("vsw-", "a vSwitch")),
  security_groups = list(id("sg-", "a security group")),
  private_zone = { type = "boolean" },
  ports = list({ type = "integer", min = 1, max = 65535 }),
} }

---@type FieldSpec
M.topology = { type = "record", fields = {
  name = { type = "string", required = true, pattern = "^[a-z][a-z0-9-]+$", max = 40,
    wants = "2 to 40 characters: a small letter, then small letters, digits and -" },
  accounts = { type = "map", keys = alias, of = { type = "record", fields = {
    uid = { type = "string", pattern = "^%d+$", wants = "the account id as text: \"1234567890123456\"" },
    profile = text,
  } } },
  vpcs = { type = "map", required = true, keys = alias, of = vpc },
  peerings = { type = "list", required = true, of = { type = "record", fields = {
    [1] = { type = "string", required = true, help = "the VPC that requests" },
    [2] = { type = "string", required = true, help = "the VPC that accepts" },
    name = resource_name,
    link_type = { type = "string", choices = { "Gold", "Platinum" } },
    bandwidth = { type = "integer", min = 1, wants = "Mbit/s, at least 1" },
  } } },
  flows = { type = "list", required = true, of = { type = "record", fields = {
    from = { type = "string", required = true, help = "the VPC of the clients" },
    to = { type = "record", required = true, fields = target.fields },
    clients = list(id("i-", "an instance")),
  } } },
  checks = list(text),
} }

return M
