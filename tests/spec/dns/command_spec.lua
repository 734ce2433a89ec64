-- SPDX-License-Identifier: MIT
-- peerway dns as users run it: exit codes, the marked table, JSON lines.

local dns = require "dns"
local fs = require "fs"
local json = require "json"
local process = require "process"
local test = require "spec"

local PEERWAY <const> = fs.realpath "/proc/self/exe"

local function zone(addresses)
  return { test = { records = { www = addresses, alias = { CNAME = "www.test", ttl = 9 }, same = "100.103.1.1",
    ["evil\\027"] = "192.0.2.1", pointed = { CNAME = "evil\\027.test" } } } }
end

-- Runs `peerway dns` with three servers: two that differ about www.test, and one with `third`'s faults.
local function run(arguments, third)
  local a <close> = dns.serve { zones = zone { "100.103.1.1", "100.103.1.2" } }
  local b <close> = dns.serve { zones = zone { "100.103.1.2" } }
  local c <close> = dns.serve { zones = zone { "100.103.1.2" }, faults = third }
  local argv = { PEERWAY, "dns", "--timeout=0.4", timeout = 20 }
  for _, word in ipairs(arguments) do argv[#argv + 1] = word end
  for _, server in ipairs { a, b, c } do
    argv[#argv + 1] = "--server"
    argv[#argv + 1] = server.endpoint
  end
  return process.run(argv), { a.endpoint, b.endpoint, c.endpoint }
end

test("agreeing resolvers: exit 0, one line each, no marks", function()
  local result, servers = run { "same.test" }
  test.equal(result.code, 0)
  for _, server in ipairs(servers) do
    test.match(result.stdout, "\n +" .. server:gsub("%.", "%%.") .. " +100%.103%.1%.1 +ttl 60")
  end
  test.falsy(result.stdout:find("!", 1, true))
  test.equal(result.stderr, "")
end)

test("differing resolvers: exit 2, and the value that not all have is marked", function()
  local result = run { "alias.test" }
  test.equal(result.code, 2)
  test.match(result.stdout, "100%.103%.1%.1 %(!%), 100%.103%.1%.2 ")
  test.match(result.stdout, "alias alias%.test %-> www%.test %(ttl 9%)")
  test.match(result.stdout, "differ")
end)

test("a silent resolver shows as such and makes a difference; no answer at all is exit 1", function()
  local result = run({ "same.test" }, { { kind = "timeout" } })
  test.equal(result.code, 2)
  test.match(result.stdout, "! +127[%d.:]+ +timeout")
  test.match(run({ "same.test" }, { { kind = "loop" } }).stdout, "! +127[%d.:]+ +malformed %(cname%-loop%)")
  test.equal(run({ "none.test" }).code, 1)
end)

test("--json is one line per name and type, for machines", function()
  local result = run { "www.test", "same.test", "--json", "--type", "A", "--type", "AAAA" }
  local lines = {}
  for line in result.stdout:gmatch "[^\n]+" do lines[#lines + 1] = json.decode(line) end
  test.equal(#lines, 4)
  test.equal({ lines[1].version, lines[1].name, lines[1].type, lines[1].agree }, { 1, "www.test", "A", false })
  test.equal(lines[1].resolvers[1].values, { "100.103.1.1", "100.103.1.2" })
  test.equal(lines[1].resolvers[1].only, { "100.103.1.1" })
  test.equal(lines[1].resolvers[2].missing, { "100.103.1.1" })
  test.equal({ lines[2].type, lines[2].resolvers[1].error }, { "AAAA", "nodata" })
  test.equal({ lines[3].agree, lines[3].resolvers[1].ttl }, { true, 60 })
  test.truthy(json.is_array(lines[3].hosts))
  test.equal(result.code, 1) -- there is no AAAA record anywhere
end)

test("--within finds addresses elsewhere: exit 4", function()
  local result = run { "same.test", "--within", "100.64.0.0/11" }
  test.equal(result.code, 4)
  test.match(result.stdout, "outside the expected prefixes: 100%.103%.1%.1")
  test.equal(run({ "same.test", "--within", "100.64.0.0/10" }).code, 0)
end)

test("names out of answers cannot steer the terminal", function()
  local result = run { "pointed.test" }
  test.falsy(result.stdout:find "\27")
  test.match(result.stdout, "evil\\027%.test")
end)

test("--region judges the service addresses", function()
  local records = { ["service.ap-southeast-1-vpc"] = "100.103.48.11",
    ["dt.ap-southeast-1-vpc"] = { "100.103.49.21", "8.8.8.8" } }
  local server <close> = dns.serve { zones = { ["maxcompute.aliyun-inc.com"] = { records = records } } }
  local function guarded(...)
    return process.run { PEERWAY, "dns", "--region", "ap-southeast-1", "--server", server.endpoint, timeout = 20, ... }
  end
  local result = guarded()
  test.equal(result.code, 4)
  test.match(result.stdout, "route 100%.103%.48%.11/32")
  test.match(result.stdout, "refused 8%.8%.8%.8  public")
  result = process.run { PEERWAY, "dns", "--region", "ap-southeast-1", "--service", "service", "--json", "--server",
    server.endpoint, timeout = 20 }
  test.equal(result.code, 0)
  local decoded = json.decode(result.stdout)
  test.equal({ decoded.addresses[1], #decoded.refused, decoded.names[1].agreement }, { "100.103.48.11", 0, "same" })
end)

test("wrong usage is exit 64, wrong values name what is wrong", function()
  test.equal(process.run({ PEERWAY, "dns", timeout = 20 }).code, 64)
  test.equal(process.run({ PEERWAY, "dns", "x.test", "--sever", "1.2.3.4", timeout = 20 }).code, 64)
  local result = process.run { PEERWAY, "dns", "x.test", "--server", "localhost", timeout = 20 }
  test.match(result.stderr, "localhost")
  test.truthy(result.code ~= 0)
end)
