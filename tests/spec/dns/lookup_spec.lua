-- SPDX-License-Identifier: MIT
-- dns.lookup: hosts file and DNS, each for itself.

local dns = require "dns"
local fs = require "fs"
local test = require "spec"

local ZONES <const> = { test = { records = { www = { "192.0.2.1", "2001:db8::1" }, four = "192.0.2.4" } } }

local function with(hosts, fn)
  local path = fs.temp_dir() .. "/hosts"
  fs.write_atomic(path, hosts)
  local server <close> = dns.serve { zones = ZONES }
  fn(function(name, more)
    local options = { server = server.endpoint, hosts = path, search = false, timeout = 2 }
    for key, value in pairs(more or {}) do options[key] = value end
    return dns.lookup(name, options)
  end, path)
  fs.remove(path)
end

local function texts(result)
  local list = {}
  for i, entry in ipairs(result.addresses) do list[i] = entry.source .. " " .. entry.address end
  return list
end

test("both families from the DNS, in order", function()
  with("", function(lookup)
    test.equal(texts(lookup "www.test"), { "dns 192.0.2.1", "dns 2001:db8::1" })
    test.equal(texts(lookup("www.test", { family = 6 })), { "dns 2001:db8::1" })
    local result = lookup "four.test"
    test.equal({ texts(result)[1], result.dns[2].code, result.addresses[1].ttl }, { "dns 192.0.2.4", "nodata", 60 })
  end)
end)

test("the hosts file comes first, and a difference to the DNS shows", function()
  local text = "# comment\n192.0.2.99  www.test WWW2.test. # stale\n192.0.2.4 four.test\nbroken line\n1.2.3 x\n"
  with(text, function(lookup)
    local result = lookup("www.test", { family = 4 })
    test.equal(texts(result), { "hosts 192.0.2.99" })
    test.equal(result.shadowed, true)
    test.equal(result.dns[1]:addresses(), { "192.0.2.1" })
    test.equal(texts(lookup("www2.TEST", { family = 4 })), { "hosts 192.0.2.99" }) -- though the DNS has no such name
    test.equal(lookup("four.test", { family = 4 }).shadowed, false)
    test.equal(texts(lookup("www.test", { family = 4, hosts = false })), { "dns 192.0.2.1" })
  end)
end)

test("a changed hosts file is read again", function()
  with("192.0.2.50 new.test\n", function(lookup, path)
    test.equal(texts(lookup("new.test", { family = 4 })), { "hosts 192.0.2.50" })
    fs.write_atomic(path, "192.0.2.51 new.test other.test\n")
    test.equal(texts(lookup("new.test", { family = 4 })), { "hosts 192.0.2.51" })
  end)
end)

test("addresses stand for themselves; nothing found raises what the DNS said", function()
  with("", function(lookup)
    test.equal(texts(lookup "192.0.2.7"), { "literal 192.0.2.7" })
    test.raises(function() lookup "none.test" end, { kind = "dns", code = "nxdomain" })
    test.raises(function() lookup "x.other" end, { kind = "dns", code = "refused" })
    test.raises(function() lookup("www.test", { family = 5 }) end, { code = "InvalidFamily" })
  end)
end)

test("the system's configuration is read by c-ares", function()
  local system = dns.system()
  test.truthy(type(system.servers) == "table" and type(system.search) == "table")
  for _, server in ipairs(system.servers) do test.match(server, ":%d+$") end
  test.truthy(math.type(system.ndots) == "integer")
end)
