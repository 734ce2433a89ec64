-- SPDX-License-Identifier: MIT
-- http.serve: the socket door answers as the mounted one does; connections are kept; faults; limits.
local test = require "spec"
local http = require "http"
local netns = require "netns"
local process = require "process"
local task = require "task"

local function serve(handler, options)
  options = options or {}
  options.handler = handler
  local server = http.serve(options)
  return server, "http://127.0.0.1:" .. server.port
end

test("the handler sees the request as it was sent", function()
  local seen
  local server <close>, base = serve(function(request)
    seen = request
    return { status = 202, headers = { { "X-A", "1" }, { "X-A", "2" } }, body = "caf\xc3\xa9\0!" }
  end)
  local answer = http.request { method = "PUT", url = base .. "/a/../%2F?b=%20&b#f", body = "in\0side",
    headers = { { "X-First", "1" }, { "x-second", "2" }, { "X-First", "3" } } }
  test.equal(answer.status, 202)
  test.equal(answer.headers["x-a"], "1, 2")
  test.equal(answer.body, "caf\xc3\xa9\0!")
  test.equal(seen.target, "/a/../%2F?b=%20&b")
  test.equal(seen.path, "/a/../%2F")
  test.equal(seen.query, "b=%20&b")
  test.equal(seen.method, "PUT")
  test.equal(seen.body, "in\0side")
  test.equal(seen.scheme, "http")
  test.equal(seen.door, "socket")
  test.equal(seen.port, server.port)
  test.equal(seen.host, "127.0.0.1:" .. server.port)
  test.equal(seen.peer.address, "127.0.0.1")
  test.equal(seen.headers["x-first"], "1, 3")
  local order = {}
  for _, field in ipairs(seen.header_list) do order[#order + 1] = field[1] end
  test.equal(order, { "Host", "User-Agent", "Accept", "X-First", "x-second", "X-First", "Content-Length" })
end)

test("both doors give a handler the same request and the caller the same answer", function()
  local seen = {}
  local function handler(request)
    seen[request.door] = request
    return { status = 207, headers = { ["X-B"] = "y" }, body = request.body }
  end
  local server <close>, base = serve(handler)
  local request = { method = "POST", url = base .. "/p?q", body = "data", headers = { ["Content-Type"] = "a/b" } }
  local by_socket = http.request(request)
  local _ <close> = http.mount(base, handler)
  local by_mount = http.request(request)
  for _, field in ipairs { "method", "scheme", "host", "hostname", "port", "path", "query", "target", "body" } do
    test.equal(seen.mount[field], seen.socket[field], field)
  end
  test.equal(seen.mount.headers, seen.socket.headers)
  test.equal(seen.mount.header_list, seen.socket.header_list)
  by_socket.headers.date, by_socket.headers.connection = nil, nil
  for _, field in ipairs { "status", "headers", "body", "url" } do
    test.equal(by_mount[field], by_socket[field], field)
  end
  test.equal(server.port, seen.mount.port)
end)

test("a handle that is used again takes nothing over from the request before", function()
  local shapes = {
    {}, { method = "HEAD" }, { method = "POST" }, { method = "POST", body = "" }, { method = "POST", body = "data" },
    { method = "POST", body = ("long "):rep(500) }, { method = "PUT", body = "put" }, { method = "DELETE" },
    { method = "DELETE", body = "why" }, { method = "PURGE" }, { method = "GET", body = "odd" },
    { headers = { ["X-Empty"] = "", ["User-Agent"] = "mine" } }, { headers = { Accept = "text/plain" }, timeout = 7 },
    { method = "POST", body = "{}", headers = { { "Content-Type", "a/json" }, { "X-A", "1" }, { "X-A", "" } } },
    { target = "" }, { target = "?only=query" }, { target = "/with#fragment" }, { target = "/a?b#" },
    { connect_timeout = 3 },
  }
  local seen
  local function handler(request)
    seen = { request.method, request.target, request.body, request.header_list }
    return { body = "ok" }
  end
  local server <close>, base = serve(handler)
  local function send(shape)
    local request = { url = base .. (shape.target or "/t") }
    for name, value in pairs(shape) do
      request[name] = name ~= "target" and value or nil
    end
    http.request(request)
    return seen
  end
  local expected = {}
  do
    local _ <close> = http.mount(base, handler) -- no handle at all
    for index, shape in ipairs(shapes) do expected[index] = send(shape) end
  end
  for round = 0, 6 do
    for step = 1, #shapes do
      local index = (step * ({ 1, 2, 3, 5, 7, 11, 18 })[round + 1] + round) % #shapes + 1
      test.equal(send(shapes[index]), expected[index], ("round %d, shape %d"):format(round, index))
    end
  end
  test.truthy(server.port > 0)
end)

test("headers of the caller's own in the place of libcurl's, and none that contradict the body", function()
  local seen
  local server <close>, base = serve(function(request)
    seen = request
    return { body = "ok" }
  end)
  http.request { url = base .. "/", method = "POST", body = "four", headers = { Host = "other.invalid", Accept = "a/b",
    ["User-Agent"] = "me", ["Content-Type"] = "c/d", ["Content-Length"] = "4", Expect = "nothing" } }
  test.equal(seen.headers, { host = "other.invalid", accept = "a/b", ["user-agent"] = "me",
    ["content-type"] = "c/d", ["content-length"] = "4", expect = "nothing" })
  test.equal(#seen.header_list, 6)
  seen = nil
  for _, headers in ipairs {
    { ["Content-Length"] = "5" }, { ["content-length"] = "" }, { ["Transfer-Encoding"] = "chunked" },
    { ["X-A"] = "1\r\nX-B: 2" }, { ["X-A\r\nX-B"] = "2" }, { ["X-A "] = "1" }, { ["X:A"] = "1" }, { ["X-A"] = "\n" },
  } do
    test.raises(function() http.request { url = base .. "/", method = "POST", body = "four", headers = headers } end,
      { kind = "usage", code = "InvalidRequest" })
  end
  test.equal(seen, nil)
  test.truthy(server.port > 0)
end)

test("connections are kept and counted", function()
  local server <close>, base = serve(function() return { body = "ok" } end)
  local reused = 0
  for _ = 1, 20 do
    if http.request { url = base .. "/" }.reused then reused = reused + 1 end
  end
  test.equal(reused, 19)
  test.truthy(server.port > 0)
end)

test("100 concurrent requests, each handler waiting", function()
  local most, now, ports = 0, 0, {}
  local server <close>, base = serve(function(request)
    now = now + 1
    most = math.max(most, now)
    ports[request.peer.port] = true
    task.sleep(0.05)
    now = now - 1
    return { body = request.query }
  end)
  local list = {}
  for i = 1, 100 do list[i] = i end
  local bodies = task.map(list, function(i) return http.request { url = base .. "/?" .. i }.body end)
  for i = 1, 100 do test.equal(bodies[i], tostring(i)) end
  local connections = 0
  for _ in pairs(ports) do connections = connections + 1 end
  test.truthy(connections <= 64, "at most 64 connections to one host")
  test.truthy(most >= 60, "the handlers ran side by side")
  test.truthy(server.port > 0)
end)

test("methods arrive, with and without body", function()
  local server <close>, base = serve(function(request)
    return { body = request.method .. ":" .. request.body .. ":" .. (request.headers["content-length"] or "none") }
  end)
  local function ask(method, body) return http.request { method = method, url = base .. "/", body = body }.body end
  test.equal(ask("GET"), "GET::none")
  test.equal(ask("GET", "x"), "GET:x:1")
  test.equal(ask("POST"), "POST::0")
  test.equal(ask("POST", ""), "POST::0")
  test.equal(ask("PUT", "ab"), "PUT:ab:2")
  test.equal(ask("DELETE"), "DELETE::none")
  test.equal(ask("DELETE", "z"), "DELETE:z:1")
  test.equal(ask("PATCH", "z"), "PATCH:z:1")
  test.equal(http.request { method = "HEAD", url = base .. "/" }.body, "")
  test.equal(ask("GET"), "GET::none")
  test.truthy(server.port > 0)
end)

test("faults on the wire", function()
  local fault
  local server <close>, base = serve(function() return { body = "0123456789", fault = fault } end)
  local function ask(method) return http.request { method = method, url = base .. "/", timeout = 0.2 } end
  for _, method in ipairs { "POST", "POST" } do -- the second may go over a kept connection
    fault = nil
    test.equal(ask(method).body, "0123456789")
    fault = { kind = "drop" }
    test.equal(test.raises(function() ask(method) end, { kind = "network", code = "EmptyAnswer" }).phase, "wait")
  end
  fault = { kind = "cut", bytes = 4 }
  test.raises(function() ask("GET") end, { code = "CutAnswer", match = "after 4 bytes" })
  fault = { kind = "cut", bytes = 40 }
  test.raises(function() ask("GET") end, { code = "CutAnswer", match = "after 10 bytes" })
  fault = { kind = "stall" }
  test.equal(test.raises(function() ask("GET") end, { kind = "timeout" }).phase, "wait")
  fault = { kind = "stall", bytes = 3 }
  test.equal(test.raises(function() ask("GET") end, { kind = "timeout" }).phase, "answer")
  test.truthy(server.port > 0)
end)

test("a request that is not GET or HEAD is never sent twice by itself", function()
  local arrived = 0
  local server <close>, base = serve(function(request)
    if request.path == "/warm" then return {} end
    arrived = arrived + 1
    return { fault = { kind = "drop" } }
  end)
  for _, case in ipairs { { "POST", "body" }, { "POST", nil }, { "DELETE", nil } } do
    arrived = 0
    http.request { url = base .. "/warm" } -- leaves a connection, over which libcurl would repeat
    test.raises(function() http.request { method = case[1], url = base .. "/act", body = case[2] } end,
      { code = "EmptyAnswer" })
    test.equal(arrived, 1)
  end
  test.truthy(server.port > 0)
end)

test("limits of the server", function()
  local served = 0
  local server <close>, base = serve(function(request)
    served = served + 1
    return { body = tostring(#request.body) }
  end, { max_body = 1000 })
  test.equal(http.request { method = "POST", url = base .. "/", body = ("x"):rep(1000) }.body, "1000")
  test.equal(http.request { method = "POST", url = base .. "/", body = ("x"):rep(1001) }.status, 413)
  local long = http.request { url = base .. "/", headers = { ["X-Long"] = ("x"):rep(200000) } }
  test.equal(long.status, 431)
  test.equal(served, 1)
  test.truthy(server.port > 0)
end)

test("closing a server cancels its handlers and drops its connections", function()
  local unwound = false
  local server, base = serve(function()
    local _ <close> = setmetatable({}, { __close = function() unwound = true end })
    task.sleep(1000)
  end)
  local asking = task.spawn(function() return http.request { url = base .. "/" } end)
  task.sleep(0.05)
  server:close()
  server:close()
  test.raises(function() asking:join() end, { code = "EmptyAnswer" })
  test.truthy(unwound)
  test.raises(function() http.request { url = base .. "/" } end, { code = "ConnectFailed" })
end)

test("a stalled connection does not keep a server from closing", function()
  local server, base = serve(function() return { fault = { kind = "stall" } } end)
  local asking = task.spawn(function() return http.request { url = base .. "/" } end)
  task.sleep(0.05)
  server:close()
  test.raises(function() asking:join() end, { code = "EmptyAnswer" })
end)

test("cannot listen twice on one port", function()
  local server <close> = serve(function() return {} end)
  test.raises(function() http.serve { port = server.port, handler = function() end } end,
    { kind = "network", code = "ListenFailed", match = "in use" })
end)

test("misuse is named", function()
  local function handler() return {} end
  test.raises(function() http.serve { handler = handler, prot = 1 } end, { match = "unknown option 'prot'" })
  test.raises(function() http.serve { handler = handler, port = 70000 } end, { match = "port must be" })
  test.raises(function() http.serve { handler = handler, address = "localhost" } end, { match = "literal address" })
  test.raises(function() http.serve { handler = handler, fd = 9999 } end, { code = "ListenFailed" })
  test.raises(function() http.serve { handler = handler, tls = { certificate = "x" } } end, { match = "both PEM" })
  test.raises(function() http.serve { handler = handler, tls = { certificate = "x", key = "y" } } end,
    { code = "ServerFailed" })
  test.raises(function() http.serve { port = 0 } end, { code = "InvalidHandler" })
end)

test.simulated("the simulated world has no sockets", { seed = 1 }, function()
  test.raises(function() http.serve { handler = function() end } end, { code = "NoNetwork" })
end)

-- What a raw client on a plain socket gets: lines sent one by one, then everything that comes back.
local RAW <const> = [[
import socket, sys, time
c = socket.create_connection(("127.0.0.1", int(sys.argv[1])), 5)
c.settimeout(float(sys.argv[2]))
data = b""
try:
    for piece in sys.argv[3:]:
        c.sendall(piece.encode().decode("unicode_escape").encode("latin-1"))
    while True:
        more = c.recv(65536)
        if not more:
            break
        data += more
    print(data.decode("latin-1"))
    print("<closed>")
except socket.timeout:
    print(data.decode("latin-1"))
    print("<silent>")
except OSError as problem:
    print("<closed>", problem)
]]

local function raw(port, seconds, ...)
  local result = process.run { timeout = 20, "python3", "-c", RAW, tostring(port), tostring(seconds), ... }
  test.equal(result.code, 0, result.stderr)
  return result.stdout
end

test("malformed requests never reach the handler", function()
  local served = 0
  local server <close> = serve(function() served = served + 1 return {} end)
  test.match(raw(server.port, 0.3, "GET / HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n"), "^HTTP/1%.1 200")
  test.equal(served, 1)
  for _, text in ipairs { "\\x16\\x03\\x01\\x02\\x00\\x01\\x00", "GET\\r\\n\\r\\n",
    "POST / HTTP/1.1\\r\\nHost: x\\r\\nContent-Length: -1\\r\\n\\r\\n",
    "POST / HTTP/1.1\\r\\nHost: x\\r\\nContent-Length: 5x\\r\\n\\r\\nhello",
    "POST / HTTP/1.1\\r\\nHost: x\\r\\nTransfer-Encoding: chunked\\r\\n\\r\\nzz\\r\\n" } do
    raw(server.port, 0.3, text)
    test.equal(served, 1, text)
  end
end)

test("a chunked body arrives whole; one that grows too large ends the connection", function()
  local bodies = {}
  local server <close> = serve(function(request)
    bodies[#bodies + 1] = request.body
    return { headers = { Connection = "close" } }
  end, { max_body = 1000 })
  local head = "POST / HTTP/1.1\\r\\nHost: x\\r\\nTransfer-Encoding: chunked\\r\\n\\r\\n"
  test.match(raw(server.port, 2, head, "5\\r\\nhello\\r\\n", "6\\r\\n world\\r\\n", "0\\r\\n\\r\\n"), "^HTTP/1%.1 200")
  raw(server.port, 2, head, "400\\r\\n" .. ("x"):rep(1024) .. "\\r\\n", "0\\r\\n\\r\\n")
  test.equal(bodies, { "hello world" })
end)

test("silent connections are closed", function()
  local server <close> = serve(function() return {} end, { idle_timeout = 1 })
  test.match(raw(server.port, 4, "GET / HT"), "<closed>")
  test.match(raw(server.port, 4, "GET / HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n"), "200 OK.*<closed>")
end)

test("connections beyond the limit wait until one is free", function()
  local most, now = 0, 0
  local server <close>, base = serve(function()
    now = now + 1
    most = math.max(most, now)
    task.sleep(0.02)
    now = now - 1
    return { headers = { Connection = "close" }, body = "ok" }
  end, { max_connections = 3 })
  local list = {}
  for i = 1, 12 do list[i] = base .. "/" end
  for _, body in ipairs(task.map(list, function(url) return http.request { url = url }.body end)) do
    test.equal(body, "ok")
  end
  test.equal(most, 3)
  test.truthy(server.port)
end)

test("a listening socket of another network namespace", function()
  local kind, reason = netns.available()
  if not kind then test.skip("no namespaces here: " .. tostring(reason)) end
  local space <close> = netns.new("http-spec")
  space:ip { "link set lo up" }
  local fd = space:listen_tcp("127.0.0.1", 8080)
  local server <close> = serve(function(request) return { body = "inside " .. request.host } end, { fd = fd })
  test.equal(server.port, 8080)
  local result = space:run { "python3", "-c", 'import urllib.request as u; '
    .. 'print(u.urlopen("http://127.0.0.1:8080/", timeout=5).read().decode())', timeout = 20 }
  test.equal(result.stdout, "inside 127.0.0.1:8080\n", result.stderr)
  test.raises(function() http.request { url = "http://127.0.0.1:8080/" } end, { code = "ConnectFailed" })
end)
