-- SPDX-License-Identifier: MIT
-- The server side: descriptors, views, broken clients, handlers that fail or wait.

local dns = require "dns"
local fs = require "fs"
local native = require "dns.native"
local task = require "task"
local test = require "spec"

local ZONES <const> = { test = { records = { www = "192.0.2.1" } } }

test("UDP and TCP share a port; close frees both and ends the server's task", function()
  local before = #fs.list "/proc/self/fd"
  local server = dns.serve { zones = ZONES }
  test.truthy(server.port > 0)
  test.equal(#fs.list "/proc/self/fd", before + 2)
  server:close()
  server:close()
  test.equal(#fs.list "/proc/self/fd", before)
  local again = dns.serve { zones = ZONES, port = server.port }
  test.equal(again.port, server.port)
  test.raises(function() dns.serve { zones = ZONES, port = again.port } end, { code = "CannotListen" })
  again:close()
end)

test("a closed server ends handlers that wait", function()
  local ended = false
  local server = dns.serve { handler = function()
    local _ <close> = setmetatable({}, { __close = function() ended = true end })
    task.sleep(60)
  end }
  local child = task.spawn(dns.try, "www.test", { server = server.endpoint, timeout = 60 })
  task.sleep(0.02)
  server:close()
  test.truthy(ended)
  child:cancel "test"
  child:result()
end)

test("views give each client its zones", function()
  local zones = { test = { records = { www = "192.0.2.2" } } }
  local server <close> = dns.serve { zones = ZONES,
    views = { { clients = { "10.0.0.0/8", "192.168.0.1" }, zones = {} },
      { clients = { "127.0.0.0/8" }, zones = zones } } }
  test.equal(dns.resolve("www.test", { server = server.endpoint }):addresses(), { "192.0.2.2" })
end)

test("a handler that fails answers SERVFAIL and the server goes on", function()
  local calls, lines = 0, {}
  local server <close> = dns.serve { log = function(text) lines[#lines + 1] = text end, handler = function()
    calls = calls + 1
    if calls == 1 then error "boom" end
    return { "192.0.2.1" }
  end }
  local _, failure = dns.try("www.test", { server = server.endpoint })
  test.equal(failure.code, "servfail")
  test.equal(failure.answer.edns.extended_error.text, "handler failed")
  test.equal(server.failures, 1)
  test.match(lines[1], "www%.test A: .*boom")
  test.equal(#dns.resolve("www.test", { server = server.endpoint }).records, 1)
end)

test("handlers run side by side", function()
  local server <close> = dns.serve { handler = function()
    task.sleep(0.1)
    return { "192.0.2.1" }
  end }
  local names = {}
  for i = 1, 50 do names[i] = ("n%d.test"):format(i) end
  local answer = dns.resolve_all(names, { server = server.endpoint })[50]
  test.truthy(answer.time < 1, "50 handlers of 0.1 s took " .. answer.time)
end)

test("IPv6", function()
  local ok, server = pcall(dns.serve, { zones = ZONES, address = "::1" })
  if not ok then test.skip("no IPv6 on loopback here") end
  local _ <close> = server
  test.match(server.endpoint, "^%[::1%]:%d+$")
  test.equal(dns.resolve("www.test", { server = server.endpoint }):addresses(), { "192.0.2.1" })
  test.equal(dns.resolve("www.test", { server = server.endpoint, tcp = true }).protocol, "tcp")
end)

-- What a raw client gets for these octets; a second native server is our raw socket.
local function exchange(server, octets)
  local process = require "process"
  local result = process.run { "python3", "-c", [[
import socket, sys
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.settimeout(0.2)
s.sendto(bytes.fromhex(sys.argv[2]), ("127.0.0.1", int(sys.argv[1])))
try: print(s.recv(65535).hex(), end="")
except socket.timeout: print("silence", end="")]], tostring(server.port),
    (octets:gsub(".", function(c) return ("%02x"):format(c:byte()) end)), timeout = 10 }
  if result.code ~= 0 then test.skip("no python3 for a raw client") end
  if result.stdout == "silence" then return nil end
  return (result.stdout:gsub("%x%x", function(hex) return string.char(tonumber(hex, 16)) end))
end

test("requests that are none: silence, FORMERR or NOTIMP", function()
  local server <close> = dns.serve { zones = ZONES }
  local question = native.encode { id = 7, name = "www.test", type = "A" }
  test.equal(exchange(server, "short"), nil)
  test.equal(exchange(server, native.encode { id = 7, response = true, name = "www.test" }), nil)
  test.equal(native.decode(exchange(server, question:sub(1, -2))).rcode, "FORMERR")
  test.equal(native.decode(exchange(server, question .. "x")).rcode, "FORMERR")
  local update = question:sub(1, 2) .. "\x28" .. question:sub(4)
  local reply = native.decode(exchange(server, update))
  test.equal({ reply.rcode, reply.id }, { "NOTIMP", 7 })
  test.equal(native.decode(exchange(server, question)).answer[1].address, "192.0.2.1")
end)

test("answers fit what the client takes", function()
  local many = {}
  for i = 1, 60 do many[i] = ("192.0.2.%d"):format(i) end
  local server <close> = dns.serve { zones = { test = { records = { many = many } } } }
  local plain = exchange(server, (native.encode { id = 1, name = "many.test", type = "A" }))
  test.truthy(#plain <= 512)
  test.truthy(native.decode(plain).flags.tc)
  local larger = exchange(server, (native.encode { id = 1, name = "many.test", edns = { udp_size = 1232 } }))
  test.equal(#native.decode(larger).answer, 60)
  test.equal(native.decode(larger).edns.udp_size, 1232)
end)

test("given descriptors of another network namespace are used, and stay the caller's", function()
  local netns = require "netns"
  local available, reason = netns.available()
  if not available then test.skip("no network namespaces: " .. tostring(reason)) end
  local space = netns.new "dns-spec"
  local _ <close> = setmetatable({}, { __close = function() space:close() end })
  space:ip { "link set lo up" }
  local udp, tcp = space:bind_udp("127.0.0.1", 53), space:listen_tcp("127.0.0.1", 53)
  local many = {}
  for i = 1, 100 do many[i] = ("100.103.0.%d"):format(i) end
  local zones = { test = { records = { www = "192.0.2.1", many = many } } }
  local server = dns.serve { zones = zones, fd = udp, tcp_fd = tcp }
  test.equal(server.port, 53)
  local question = { server = "127.0.0.1:53", at = space, timeout = 1, tries = 1 }
  test.equal(dns.resolve("www.test", question):addresses(), { "192.0.2.1" })
  -- The lent socket is the only way into the namespace, so there is no TCP to fall back on.
  test.raises(function() dns.resolve("many.test", question) end, { code = "truncated" })
  local octets = native.encode { id = 9, name = "many.test", type = "A" }
  local result = space:run { "python3", "-c", [[
import socket, sys
q = bytes.fromhex(sys.argv[1])
s = socket.create_connection(("127.0.0.1", 53), 2); s.sendall(len(q).to_bytes(2, "big") + q)
n = int.from_bytes(s.recv(2, socket.MSG_WAITALL), "big"); print(s.recv(n, socket.MSG_WAITALL).hex(), end="")]],
    (octets:gsub(".", function(c) return ("%02x"):format(c:byte()) end)), timeout = 10 }
  local reply = result.stdout:gsub("%x%x", function(hex) return string.char(tonumber(hex, 16)) end)
  test.equal(#native.decode(reply).answer, 100)
  server:close()
  server = dns.serve { zones = ZONES, fd = udp, tcp_fd = tcp } -- the descriptors are open still
  test.equal(dns.resolve("www.test", question):addresses(), { "192.0.2.1" })
  server:close()
  native.close_descriptor(udp)
  native.close_descriptor(tcp)
  test.raises(function() dns.serve { zones = ZONES, fd = 99999 } end, { code = "CannotListen" })
end)
