-- SPDX-License-Identifier: MIT
-- The probe script on this machine's own tools, its report, and the verdicts that follow from it.
local fs = require "fs"
local http = require "http"
local parse = require "probe.parse"
local process = require "process"
local script = require "probe.script"
local test = require "spec"
local verdicts = require "probe.verdicts"

local ODPS <const> = [[<?xml version="1.0"?><Error><Code>NoSuchObject</Code></Error>]]

local function run_script(text, env)
  local path = fs.temp_dir() .. "/probe.sh"
  fs.write_atomic(path, text, tonumber("700", 8))
  return parse.read(process.run({ "sh", path, env = env or {}, timeout = 30 }).stdout)
end

local function view(mode, targets)
  return { model = {}, facts = { vpcs = { a = { cidrs = { "10.0.0.0/8" } } } },
    flow = { key = "flow:1", mode = mode or "domain", to = {} }, targets = targets }
end

local function layers(list)
  local found = {}
  for _, verdict in ipairs(list) do
    found[verdict.layer] = found[verdict.layer] ~= false and verdict.ok
  end
  return found
end

test("the script is plain sh", function()
  for _, text in ipairs { script.lookup({ "localhost" }, 3),
    script.access { names = { "localhost" }, targets = { { role = "service", name = "localhost",
      address = "127.0.0.1" } } } } do
    local path = fs.temp_dir() .. "/probe.sh"
    fs.write_atomic(path, text, tonumber("700", 8))
    test.equal(process.run({ "sh", "-n", path }).code, 0)
    test.truthy(#text < 16 * 1024, "a command may hold 16 KB")
  end
end)

test("names are looked up in every round, the union is kept", function()
  local report = run_script(script.lookup({ "localhost" }, 2))
  test.truthy(report.complete)
  test.equal(report.names.localhost.rounds, 2)
  test.equal(parse.addresses(report, "localhost"), { "127.0.0.1" })
end)

test("a MaxCompute is recognized by its answer, another server is not", function()
  local function serve(body, headers)
    return http.serve { address = "127.0.0.1", port = 0, handler = function()
      return { status = 404, headers = headers or {}, body = body }
    end }
  end
  local good, bad = serve(ODPS, { ["x-odps-request-id"] = "R" }), serve "welcome"
  for server, expected in pairs { [good] = true, [bad] = false } do
    local target = { role = "service", name = "service.test", address = "127.0.0.1" }
    local report = run_script(script.access { names = { "localhost" }, targets = { target }, ports = { server.port } })
    test.equal(#report.visits, 1)
    local v = view("endpoint", { target })
    v.flow.to.ports = { server.port }
    v.facts.vpcs.a.cidrs = { "127.0.0.0/8" }
    local list = verdicts.of_probe(v, "i-1", { output = "" }, report)
    test.equal(layers(list).http, expected)
  end
  good:close()
  bad:close()
end)

test("a closed port is a TCP failure", function()
  local target = { role = "service", name = "service.test", address = "127.0.0.1" }
  local report = run_script(script.access { names = { "localhost" }, targets = { target }, ports = { 9 } })
  test.equal(report.visits[1].outcome, "refused")
  local list = verdicts.of_probe(view("endpoint", { target }), "i-1", { output = "" }, report)
  test.equal(layers(list).tcp, false)
end)

test("proxy variables of the instance are told", function()
  local report = run_script(script.lookup({ "localhost" }, 1), { https_proxy = "http://127.0.0.1:1" })
  test.equal(report.proxies, { "https_proxy" })
end)

test("nothing but host names and addresses becomes shell text", function()
  for _, bad in ipairs { "a b", "$(id)", "x;y", "-rf", "a'b", "`id`", "a|b", "a\nb", "" } do
    test.raises(function() script.lookup({ bad }, 1) end)
    test.raises(function()
      script.access { names = { "a" }, targets = { { role = "service", name = "a", address = bad } } }
    end)
    test.raises(function()
      script.access { names = { "a" }, targets = { { role = "service", name = "a", address = "1.2.3.4" } },
        project = bad }
    end)
  end
end)

local function lines(...)
  return parse.read(table.concat({ ... }, "\n") .. "\nP|end\n")
end

local TARGET <const> = { role = "service", name = "service.x", address = "100.103.48.11" }

test("verdicts of the layers", function()
  local cases = {
    { "dns", false, "P|dns|system|1|service.x|" },
    { "dns", false, "P|dns|system|1|service.x|100.103.48.11,100.103.48.99" },
    { "dns", true, "P|dns|system|1|service.x|100.103.48.11" },
    { "host", false, "P|nic|eth0|1500", "P|route|100.103.48.11|docker0||172.17.0.1" },
    { "host", true, "P|nic|eth0|1500", "P|route|100.103.48.11|eth0|10.0.0.253|10.0.0.1" },
    { "tcp", false, "P|visit|service|service.x|100.103.48.11|443|28|0.0|0.0|3.0|000|0||timeout" },
    { "tls", false, "P|visit|service|service.x|100.103.48.11|443|60|0.01|0.0|0.1|000|0||certificate" },
    { "tls", false, "P|visit|service|service.x|100.103.48.11|443|28|0.01|0.0|8.0|000|0||timeout" },
    { "http", false, "P|visit|service|service.x|100.103.48.11|443|0|0.01|0.02|0.1|200|0||" },
    { "http", true, "P|visit|service|service.x|100.103.48.11|443|0|0.01|0.02|0.1|404|1|NoSuchObject|" },
    { "tunnel", true, "P|tunnel|service.x|100.103.48.11|service.x" },
    { "tunnel", nil, "P|tunnel|service.x|100.103.48.11|dt.other.example" },
  }
  for index, case in ipairs(cases) do
    local v = view("domain", { TARGET })
    v.flow.to.ports = { 443 }
    local list = verdicts.of_probe(v, "i-1", { output = "" }, lines(table.unpack(case, 3)))
    local found
    for _, verdict in ipairs(list) do
      if verdict.layer == case[1] and not (case[1] == "tcp" and verdict.message:find "only") then
        found = verdict
      end
    end
    test.truthy(found, "case " .. index .. " has no verdict on " .. case[1])
    test.equal(found.ok, case[2], ("case %d: %s"):format(index, found.message))
  end
end)

test("a public address is never called private", function()
  local list = verdicts.of_probe(view("domain", { { role = "service", name = "n", address = "47.1.2.3" } }), "i-1",
    { output = "" }, lines "P|nic|eth0|1500")
  test.equal(layers(list).privacy, false)
end)

test("an output that was cut, or is something else, proves nothing", function()
  for _, output in ipairs { "", "P|dns|system|1|service.x|100.103.48.11", "sh: not found", "P|\nP|||||\nP|visit" } do
    local list = verdicts.of_probe(view("domain", { TARGET }), "i-1", { output = output }, parse.read(output))
    test.equal(#list, 1)
    test.equal(list[1].layer, "agent")
    test.equal(list[1].ok, false)
  end
end)

test("addresses that were not tried count as failures", function()
  local list = verdicts.of_probe(view("domain", { TARGET }), "i-1", { output = "" }, lines "P|nic|eth0|1500")
  test.equal(layers(list).tcp, false)
end)
