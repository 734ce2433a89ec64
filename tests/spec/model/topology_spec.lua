-- SPDX-License-Identifier: MIT
-- Topology files: the model they give, and every problem with its line.
local fs = require "fs"
local model = require "model"
local source = require "model.source"
local suggest = require "model.suggest"
local test = require "spec"

local function load_text(text)
  local path = fs.temp_dir() .. "/t.lua"
  fs.write_atomic(path, text, tonumber("644", 8))
  return model.load(path)
end

local function problems_of(text)
  local e = test.raises(function() load_text(text) end, { kind = "input", code = "InvalidTopology" })
  local list = {}
  for index, problem in ipairs(e.problems) do
    list[index] = ("%d %s"):format(problem.line, problem.message)
  end
  table.sort(list)
  return list, e
end

local HEAD <const> = 'return {\n  name = "topo",\n  vpcs = {\n'
  .. '    a = { region = "ap-southeast-1", id = "vpc-a" },\n'
  .. '    b = { region = "eu-central-1", id = "vpc-b" },\n  },\n'

test("a model has its defaults filled in", function()
  local m = load_text(HEAD .. 'peerings = { { "b", "a" } }, flows = { { from = "b", to = { maxcompute = "a" } } } }')
  test.equal(m.vpcs.a.account, "default")
  test.equal(m.peerings[1].requester, "b")
  test.equal(m.peerings[1].key, "peering:vpc-a:vpc-b")
  test.equal(m.flows[1].mode, "domain")
  test.equal(m.flows[1].kind, "maxcompute")
end)

test("a topology may be computed", function()
  local m = load_text([[
    local vpcs, peerings, flows = { hub = { region = "ap-southeast-1", id = "vpc-hub" } }, {}, {}
    for index, region in ipairs { "eu-central-1", "us-west-1" } do
      local name = "spoke" .. index
      vpcs[name] = { region = region, id = "vpc-s" .. index }
      peerings[index] = { name, "hub" }
      flows[index] = { from = name, to = { maxcompute = "hub" } }
    end
    return { name = "hub", vpcs = vpcs, peerings = peerings, flows = flows }]])
  test.equal(#m.peerings, 2)
  test.equal(m.vpcs.spoke2.region, "us-west-1")
end)

test("a topology cannot reach files or processes", function()
  for _, text in ipairs { "return io.open('/etc/passwd')", "return os.execute('true')", "return _G.print" } do
    local e = test.raises(function() load_text(text) end, { kind = "input" })
    test.match(e.message, "t%.lua:1")
  end
end)

test("every problem comes with its line", function()
  local list = problems_of(HEAD .. [[
  peerings = {
    { "a", "b", link_type = "Silver" },
    { "a", "c" },
    { "b", "a" },
  },
  flows = {
    { from = "b", to = { maxcompute = "a", mode = "endpont" } },
    { from = "b", to = { vpc = "a", maxcompute = "a" } },
    { from = "b", too = {} },
  },
  colour = "red",
}]])
  test.equal(list, {
    "10 peerings[3] repeats peerings[1]",
    "13 flows[1].to.mode is 'endpont'; it must be one of: domain, endpoint",
    "14 flows[2].to must name either maxcompute or vpc",
    "15 flows[3] lacks its field 'to'",
    "15 unknown field flows[3].too",
    "17 unknown field colour",
    "8 peerings[1].link_type is 'Silver'; it must be one of: Gold, Platinum",
    "9 peerings[2][2] names the VPC 'c', which the topology does not have",
  })
end)

test("peering is not transitive: the neighbour in the middle is named", function()
  local _, e = problems_of([[return { name = "chain", vpcs = {
    a = { region = "eu-central-1", id = "vpc-a" }, b = { region = "eu-west-1", id = "vpc-b" },
    c = { region = "ap-southeast-1", id = "vpc-c" } },
    peerings = { { "a", "b" }, { "b", "c" } }, flows = { { from = "a", to = { maxcompute = "c" } } } }]])
  test.match(e.message, "not transitive %(D%-31%)")
  test.match(e.message, "both are peered with b")
end)

test("link type and bandwidth are for two regions", function()
  local list = problems_of([[return { name = "one", vpcs = { a = { region = "eu-central-1", id = "vpc-a" },
    b = { region = "eu-central-1", id = "vpc-b" } }, peerings = { { "a", "b", bandwidth = 10, link_type = "Gold" } },
    flows = { { from = "a", to = { vpc = "b" } } } }]])
  test.equal(#list, 2)
  test.match(list[1], "bandwidth is for peerings between regions")
end)

test("clouds that cannot be peered, and regions without peering or MaxCompute", function()
  local _, e = problems_of([[return { name = "x1", vpcs = { a = { region = "cn-shanghai-finance-1", id = "vpc-a" },
    b = { region = "cn-shanghai", id = "vpc-b" }, c = { region = "na-south-1", id = "vpc-c" },
    d = { region = "eu-west-2", id = "vpc-d" } }, peerings = { { "a", "b" } },
    flows = { { from = "a", to = { maxcompute = "b" } } } }]])
  test.match(e.message, "D%-04")
  test.match(e.message, "na%-south%-1 offers no VPC peering")
end)

test("the line map survives comments, strings, functions and computed keys", function()
  local map = source.map([==[
-- { not = this }
local function f() return { x = { 1 } } end
--[[ return {
]]
return {
  name = "a -- no comment {",
  ["key with blanks"] = 1,
  nested = { -- here
    f(),
    { deep = [[
]] .. "x", other = function() return { a = 1 } end },
    last = 2,
  },
}]==], "t.lua")
  test.equal(map:line { "name" }, 6)
  test.equal(map:line { "key with blanks" }, 7)
  test.equal(map:line { "nested", 1 }, 9)
  test.equal(map:line { "nested", 2, "deep" }, 10)
  test.equal(map:line { "nested", 2, "other" }, 11)
  test.equal(map:line { "nested", "last" }, 12)
  test.equal(map:line { "nested", "unknown" }, 8)
end)

test("a slip of the keyboard is recognized, another word is not", function()
  local names = { "resolver", "region", "clients" }
  test.equal(suggest.nearest("resolvr", names), "resolver")
  test.equal(suggest.nearest("regoin", names), "region")
  test.equal(suggest.nearest("colour", names), nil)
end)
