-- SPDX-License-Identifier: MIT
-- Rules: what they find, and site checks of users.
local checks = require "checks"
local fs = require "fs"
local test = require "spec"

local function view(data_blocks, apps_blocks, regions)
  return { model = { name = "t", checks = {}, vpcs = { data = { alias = "data", id = "vpc-a", account = "default",
    region = regions and regions[1]
      or "ap-southeast-1" }, apps = { alias = "apps", id = "vpc-b", account = "default",
        region = regions and regions[2] or "eu-central-1" } },
    vpc_list = { { alias = "apps", id = "vpc-b" }, { alias = "data", id = "vpc-a" } }, flows = {},
    peerings = { { requester = "data", accepter = "apps" } } },
    facts = { vpcs = { data = { cidrs = data_blocks, status = "Available" },
      apps = { cidrs = apps_blocks, status = "Available" } } } }
end

local function ids(findings)
  local list = {}
  for index, finding in ipairs(findings) do
    list[index] = finding.id
  end
  table.sort(list)
  return list
end

test("blocks that are apart raise nothing", function()
  test.equal(checks.run("facts", view({ "10.10.0.0/16" }, { "10.20.0.0/16" })), {})
end)

test("equal, containing and secondary blocks are refused", function()
  for _, blocks in ipairs { { "10.10.0.0/16" }, { "10.0.0.0/8" }, { "10.10.4.0/24" }, { "10.20.0.0/16",
    "10.10.0.0/20" } } do
    local findings = checks.run("facts", view({ "10.10.0.0/16" }, blocks))
    test.equal(ids(findings), { "D-27" })
    local e = test.raises(function() checks.refuse(findings) end, { kind = "refused" })
    test.match(e.message, "announce")
  end
end)

test("announced blocks decide", function()
  local v = view({ "10.10.0.0/16" }, { "10.10.0.0/16" })
  v.model.vpcs.apps.announce = { "10.10.128.0/24" }
  v.model.vpcs.data.announce = { "10.10.1.0/24" }
  test.equal(checks.run("facts", v), {})
end)

test("public blocks and the border of the mainland are warnings", function()
  local findings = checks.run("facts", view({ "30.0.0.0/16" }, { "10.20.0.0/16" }, { "cn-shanghai", "eu-central-1" }))
  test.equal(ids(findings), { "D-03", "D-32" })
  checks.refuse(findings)
end)

test("a mesh that the default quotas cannot hold is refused before the first call", function()
  local function mesh(size, region_of)
    local v = view({ "10.10.0.0/16" }, { "10.20.0.0/16" })
    v.model.vpcs, v.model.vpc_list, v.model.peerings, v.facts.vpcs = {}, {}, {}, {}
    for i = 1, size do
      local alias = "v" .. i
      v.model.vpcs[alias] = { alias = alias, id = "vpc-" .. i, region = region_of(i), account = "default" }
      v.model.vpc_list[i] = v.model.vpcs[alias]
      v.facts.vpcs[alias] = { cidrs = { ("10.%d.0.0/16"):format(i) }, status = "Available", vswitches = {} }
      for j = 1, i - 1 do
        table.insert(v.model.peerings, { requester = "v" .. j, accepter = alias })
      end
    end
    return ids(checks.run("facts", v))
  end
  test.equal(mesh(6, function() return "eu-central-1" end), {})
  test.equal(mesh(7, function() return "eu-central-1" end), { "D-07" })
  local regions = require("model.regions").ids()
  local found = 0
  for _, id in ipairs(mesh(22, function(i) return regions[i] end)) do
    found = found + (id == "D-07" and 1 or 0)
  end
  test.equal(found, 44, "21 connections at each of 22 VPCs, and in each of 22 regions")
end)

test("a VPC that is being changed is refused", function()
  local v = view({ "10.10.0.0/16" }, { "10.20.0.0/16" })
  v.facts.vpcs.apps.status = "Pending"
  test.equal(ids(checks.run("facts", v)), { "D-08" })
end)

local SITE <const> = [[
return { id = "site/no-vpc-b", title = "no vpc-b", moment = "facts", severity = "error", cause = "policy",
  remedy = "use another VPC", run = function(view)
    return view.model.vpcs.apps.id == "vpc-b" and { "vpc-b is used" } or {}
  end }]]

test("a site check has the same shape and is named by the topology", function()
  local folder = fs.temp_dir()
  fs.mkdir(folder .. "/checks", tonumber("755", 8))
  fs.write_atomic(folder .. "/checks/no-vpc-b.lua", SITE, tonumber("644", 8))
  local v = view({ "10.10.0.0/16" }, { "10.20.0.0/16" })
  v.model.folder, v.model.checks = folder, { "site/no-vpc-b" }
  local findings = checks.run("facts", v)
  test.equal(ids(findings), { "site/no-vpc-b" })
  test.raises(function() checks.refuse(findings) end, { kind = "refused" })
end)

test("a site check that lacks a field, or does not exist, is named", function()
  local folder = fs.temp_dir()
  fs.mkdir(folder .. "/checks", tonumber("755", 8))
  fs.write_atomic(folder .. "/checks/half.lua", "return { id = 'x' }", tonumber("644", 8))
  for name, pattern in pairs { ["site/half"] = "lacks the field 'title'", ["site/none"] = "none",
    other = "site/NAME" } do
    local v = view({ "10.10.0.0/16" }, { "10.20.0.0/16" })
    v.model.folder, v.model.checks = folder, { name }
    local e = test.raises(function() checks.run("facts", v) end, { kind = "input" })
    test.match(e.message, pattern)
  end
end)

test("every bundled rule has all fields", function()
  local seen = {}
  for _, rule in ipairs(checks.bundled()) do
    for _, field in ipairs { "id", "title", "moment", "severity", "cause", "remedy", "run" } do
      test.truthy(rule[field], ("%s lacks %s"):format(tostring(rule.id), field))
    end
    test.falsy(seen[rule.title], "title used twice")
    seen[rule.title] = true
  end
end)
