-- SPDX-License-Identifier: MIT
-- The route computer and the symbolic proof: exact entries of the worked example, tables, overlaps, hubs.
local guard = require "model.guard"
local paths = require "model.paths"
local routes = require "model.routes"
local test = require "spec"

local function vswitch(id, cidr, zone, table_id)
  return { id = id, cidr = cidr, zone = zone, table = table_id }
end

local function facts_of(more)
  local facts = { vpcs = {
    data = { cidrs = { "10.10.0.0/16" }, system_table = "vtb-s", tables = { "vtb-s" }, vswitches = {
      vswitch("vsw-sa", "10.10.1.0/24", "za", "vtb-s"), vswitch("vsw-sb", "10.10.2.0/24", "zb", "vtb-s") } },
    apps = { cidrs = { "10.20.0.0/16" }, system_table = "vtb-c", tables = { "vtb-c" }, vswitches = {
      vswitch("vsw-ca", "10.20.1.0/24", "za", "vtb-c"), vswitch("vsw-cb", "10.20.2.0/24", "zb", "vtb-c") } },
  }, addresses = { ["flow:1"] = { service = { "100.103.48.12", "100.103.48.11" }, dt = { "100.103.49.21" } } } }
  for name, value in pairs(more or {}) do
    facts[name] = value
  end
  return facts
end

local function model_of(mode, more)
  local model = { name = "t", vpcs = { data = { alias = "data", id = "vpc-s", region = "ap-southeast-1",
    account = "default" },
    apps = { alias = "apps", id = "vpc-c", region = "eu-central-1", account = "default" } },
    peerings = { { key = "peering:1", requester = "data", accepter = "apps" } },
    flows = { { key = "flow:1", from = "apps", target = "data", mode = mode,
      to = { vswitches = mode == "endpoint" and { "vsw-sa", "vsw-sb" } or nil } } } }
  for name, value in pairs(more or {}) do
    model[name] = value
  end
  return model
end

local function lines(entries)
  local list = {}
  for index, entry in ipairs(entries) do
    list[index] = ("%s %s %s"):format(entry.role, entry.table, entry.destination)
  end
  return list
end

test("mode domain: one /32 for each address, the way back in the system table", function()
  test.equal(lines((routes.compute(model_of "domain", facts_of()))), { "return vtb-s 10.20.0.0/16",
    "forward vtb-c 100.103.48.11/32", "forward vtb-c 100.103.48.12/32", "forward vtb-c 100.103.49.21/32" })
end)

test("mode endpoint: the blocks of the endpoint's vSwitches", function()
  test.equal(lines((routes.compute(model_of "endpoint", facts_of()))), { "return vtb-s 10.20.0.0/16",
    "forward vtb-c 10.10.1.0/24", "forward vtb-c 10.10.2.0/24" })
end)

test("roles of the peering change no route", function()
  local swapped = model_of("domain", { peerings = { { key = "peering:1", requester = "apps", accepter = "data" } } })
  test.equal(lines((routes.compute(swapped, facts_of()))), lines((routes.compute(model_of "domain", facts_of()))))
end)

test("secondary blocks and every bound table are routed", function()
  local facts = facts_of()
  facts.vpcs.apps.cidrs = { "10.20.0.0/16", "172.20.0.0/16" }
  facts.vpcs.apps.vswitches[2].table = "vtb-c2"
  facts.vpcs.data.tables = { "vtb-s", "vtb-s2" }
  local list = lines((routes.compute(model_of "domain", facts)))
  test.equal(#list, 4 + 6)
  test.equal(table.move(list, 1, 4, 1, {}), { "return vtb-s 10.20.0.0/16", "return vtb-s 172.20.0.0/16",
    "return vtb-s2 10.20.0.0/16", "return vtb-s2 172.20.0.0/16" })
end)

test("only the tables of the clients are written when the clients are known", function()
  local facts = facts_of()
  facts.vpcs.apps.vswitches[2].table = "vtb-c2"
  facts.vpcs.apps.client_tables = { "vtb-c2" }
  for _, entry in ipairs((routes.compute(model_of "domain", facts))) do
    test.truthy(entry.role == "return" or entry.table == "vtb-c2")
  end
end)

test("announced blocks replace the VPC's own", function()
  local model = model_of "domain"
  model.vpcs.apps.announce = { "10.20.1.0/24" }
  test.equal(lines((routes.compute(model, facts_of())))[1], "return vtb-s 10.20.1.0/24")
end)

test("a destination inside a vSwitch of its own VPC is refused", function()
  local facts = facts_of()
  facts.vpcs.apps.cidrs = { "10.10.1.0/25" }
  local _, problems = routes.compute(model_of "domain", facts)
  test.equal(problems[1].id, "D-28")
end)

test("two flows that want one destination by different peerings are refused", function()
  local model, facts = model_of "domain", facts_of()
  model.vpcs.other = { alias = "other", id = "vpc-o", region = "us-west-1", account = "default" }
  facts.vpcs.other = { cidrs = { "10.30.0.0/16" }, system_table = "vtb-o", tables = { "vtb-o" }, vswitches = {
    vswitch("vsw-o", "10.30.1.0/24", "za", "vtb-o") } }
  model.peerings[2] = { key = "peering:2", requester = "other", accepter = "apps" }
  model.flows[2] = { key = "flow:2", from = "apps", target = "other", mode = "domain", to = {} }
  facts.addresses["flow:2"] = { service = { "100.103.48.11" } }
  local _, problems = routes.compute(model, facts)
  test.equal(#problems, 1)
  test.match(problems[1].message, "100%.103%.48%.11/32 twice")
end)

-- The proof ------------------------------------------------------------------------------------------

local function view_of(model, facts, entries)
  local tables = { ["vtb-s"] = { vpc = "data", entries = {} }, ["vtb-c"] = { vpc = "apps", entries = {} } }
  for _, entry in ipairs(entries) do
    table.insert(tables[entry.table].entries, { destination = entry.destination, next_hop = entry.next_hop or "pcc-1",
      next_hop_type = entry.next_hop_type or "VpcPeer", type = "Custom" })
  end
  return { model = model, facts = facts, tables = tables, plan = { actions = {},
    results = { ["peering:1"] = { id = "pcc-1" } } } }
end

local function broken_layers(view)
  local layers = {}
  for _, verdict in ipairs(paths.prove(view, false)) do
    if not verdict.ok then
      layers[verdict.layer] = (layers[verdict.layer] or 0) + 1
    end
  end
  return layers
end

local function computed(model, facts)
  return (routes.compute(model, facts))
end

test("the computed entries prove every path", function()
  for _, mode in ipairs { "domain", "endpoint" } do
    local model, facts = model_of(mode), facts_of()
    test.equal(broken_layers(view_of(model, facts, computed(model, facts))), {})
  end
end)

test("each entry that is missing breaks exactly its direction", function()
  local model, facts = model_of "domain", facts_of()
  local all = computed(model, facts)
  for missing = 1, #all do
    local rest = {}
    for index, entry in ipairs(all) do
      if index ~= missing then
        rest[#rest + 1] = entry
      end
    end
    local layers = broken_layers(view_of(model, facts, rest))
    test.equal(layers[all[missing].role .. " route"] ~= nil, true)
    test.equal(layers[all[missing].role == "return" and "forward route" or "return route"], nil)
  end
end)

test("a more specific entry that leads elsewhere is found", function()
  local model, facts = model_of "endpoint", facts_of()
  local entries = computed(model, facts)
  entries[#entries + 1] = { table = "vtb-s", destination = "10.20.1.0/24", next_hop = "ngw-1",
    next_hop_type = "NatGateway" }
  test.equal(broken_layers(view_of(model, facts, entries)), { ["return route"] = 1 })
end)

test("an entry of a connection that is gone does not count", function()
  local model, facts = model_of "domain", facts_of()
  local entries = computed(model, facts)
  entries[1].next_hop = "pcc-old"
  test.equal(broken_layers(view_of(model, facts, entries)), { ["return route"] = 2 })
end)

test("longest match decides", function()
  local entries = { { destination = "0.0.0.0/0", n = 1 }, { destination = "10.0.0.0/8", n = 2 },
    { destination = "10.1.0.0/16", n = 3 }, { destination = "pl-12345", n = 4 } }
  test.equal(paths.longest_match(entries, "10.1.2.3").n, 3)
  test.equal(paths.longest_match(entries, "10.2.2.3").n, 2)
  test.equal(paths.longest_match(entries, "11.2.2.3").n, 1)
end)

-- The guard ------------------------------------------------------------------------------------------

test("addresses that may become routes, and those that may not", function()
  local own = { "10.0.0.0/8" }
  for address, fine in pairs { ["100.64.0.0"] = true, ["100.127.255.255"] = true, ["100.103.48.11"] = true,
    ["100.63.255.255"] = false, ["100.128.0.0"] = false, ["100.100.2.136"] = false, ["100.100.2.138"] = false,
    ["100.100.100.200"] = false, ["8.8.8.8"] = false, ["127.0.0.1"] = false, ["169.254.1.1"] = false,
    ["10.1.1.1"] = false, ["0.0.0.0"] = false, ["224.0.0.1"] = false, ["::1"] = false, ["x"] = false } do
    local accepted, refused = guard.check("n", { address }, own)
    test.equal(#accepted == 1, fine, address)
    test.equal(#refused == 0, fine, address)
  end
end)

test("a flood of addresses is not believed", function()
  local many = {}
  for index = 1, 17 do
    many[index] = "100.103.0." .. index
  end
  local accepted, refused = guard.check("n", many, {})
  test.equal(#accepted, 0)
  test.equal(#refused, 1)
end)
