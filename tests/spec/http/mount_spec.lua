-- SPDX-License-Identifier: MIT
-- http.mount: the in-process door, in the real and the simulated world.
local test = require "spec"
local http = require "http"
local task = require "task"
local clock = require "clock"

local function echo(request)
  return { status = 201, headers = { ["X-Method"] = request.method, ["Content-Type"] = "text/plain" },
    body = request.target .. "|" .. request.body }
end

local function both(name, fn)
  test(name .. " (real world)", fn)
  test.simulated(name .. " (simulated world)", { seed = 1 }, fn)
end

both("a mounted handler answers", function()
  local _ <close> = http.mount("https://svc.example", echo)
  local answer = http.request { method = "POST", url = "https://SVC.example/a/../b?x=%20#f", body = "hello" }
  test.equal(answer.status, 201)
  test.equal(answer.headers["x-method"], "POST")
  test.equal(answer.headers["content-length"], "19")
  test.equal(answer.body, "/a/../b?x=%20|hello")
  test.equal(answer.reused, false)
end)

both("the handler sees the request as a socket would give it", function()
  local seen
  local _ <close> = http.mount("https://svc.example:8443", function(request)
    seen = request
    return {}
  end)
  http.request { url = "https://svc.example:8443?k=v", headers = { { "B", "1" }, { "a", 2 }, { "B", "3" } } }
  test.equal(seen.path, "/")
  test.equal(seen.query, "k=v")
  test.equal(seen.target, "/?k=v")
  test.equal(seen.host, "svc.example:8443")
  test.equal(seen.hostname, "svc.example")
  test.equal(seen.port, 8443)
  test.equal(seen.scheme, "https")
  test.equal(seen.door, "mount")
  test.equal(seen.headers.b, "1, 3")
  test.equal(seen.headers.a, "2")
  test.equal(seen.header_list[1], { "Host", "svc.example:8443" })
  test.equal(seen.header_list[4], { "B", "1" })
  test.equal(seen.header_list[6], { "B", "3" })
end)

both("the newest mount that matches wins; closing it uncovers the older", function()
  local _ <close> = http.mount("*", function() return { body = "old" } end)
  local new = http.mount(function(url) return url.host:match("%.two$") and url.port == 443 end,
    function() return { body = "new" } end)
  test.equal(http.request { url = "https://a.two/" }.body, "new")
  test.equal(http.request { url = "https://a.two:444/" }.body, "old")
  test.equal(http.request { url = "https://a.one/" }.body, "old")
  new:close()
  new:close()
  test.equal(http.request { url = "https://a.two/" }.body, "old")
end)

both("a predicate that fails is named", function()
  local _ <close> = http.mount(function() error("broken predicate") end, echo)
  test.raises(function() http.request { url = "https://a.one/" } end,
    { code = "PredicateFailed", match = "broken predicate" })
end)

both("handlers wait, and many are at work at once", function()
  local most, now = 0, 0
  local _ <close> = http.mount("https://svc.example", function(request)
    now = now + 1
    most = math.max(most, now)
    task.sleep(0.05)
    now = now - 1
    return { body = request.query }
  end)
  local list = {}
  for i = 1, 100 do list[i] = i end
  local bodies = task.map(list, function(i)
    return http.request { url = "https://svc.example/?" .. i }.body
  end)
  test.equal(most, 100)
  for i = 1, 100 do test.equal(bodies[i], tostring(i)) end
end)

both("faults become the failures that a socket gives", function()
  local fault
  local _ <close> = http.mount("https://svc.example", function()
    return { body = "0123456789", fault = fault }
  end)
  local function ask() return http.request { url = "https://svc.example/", timeout = 0.05 } end
  fault = { kind = "drop" }
  test.equal(test.raises(ask, { kind = "network", code = "EmptyAnswer" }).phase, "wait")
  fault = { kind = "cut", bytes = 4 }
  test.equal(test.raises(ask, { kind = "network", code = "CutAnswer", match = "after 4 bytes" }).phase, "answer")
  fault = { kind = "stall" }
  test.equal(test.raises(ask, { kind = "timeout", code = "Timeout" }).phase, "wait")
  fault = { kind = "stall", bytes = 4 }
  test.equal(test.raises(ask, { kind = "timeout", code = "Timeout" }).phase, "answer")
end)

both("bounds hold for mounts too", function()
  local reply
  local _ <close> = http.mount("https://svc.example", function() return reply end)
  local function ask() return http.request { url = "https://svc.example/", max_body = 10 } end
  reply = { body = "0123456789" }
  test.equal(ask().body, "0123456789")
  reply = { body = "0123456789X" }
  test.raises(ask, { code = "TooLarge", match = "10 bytes" })
  reply = { headers = { ["X-Long"] = ("x"):rep(70000) } }
  test.raises(ask, { code = "TooLarge", match = "headers" })
  reply = { status = 302, headers = { Location = "https://other.example/" } }
  test.raises(ask, { code = "RedirectRefused" })
  test.equal(http.request { url = "https://svc.example/", keep_redirects = true }.status, 302)
end)

both("HEAD carries no body", function()
  local _ <close> = http.mount("https://svc.example", function() return { body = "12345" } end)
  local answer = http.request { method = "HEAD", url = "https://svc.example/" }
  test.equal(answer.body, "")
  test.equal(answer.headers["content-length"], "5")
end)

both("closing a mount cancels its handlers and drops the waiting requests", function()
  local unwound = false
  local mount = http.mount("https://svc.example", function()
    local _ <close> = setmetatable({}, { __close = function() unwound = true end })
    task.sleep(1000)
  end)
  local asking = task.spawn(function() return http.request { url = "https://svc.example/" } end)
  task.sleep(0.01)
  mount:close()
  test.raises(function() asking:join() end, { code = "EmptyAnswer" })
  test.truthy(unwound)
end)

both("a request that is cancelled leaves its handler at work", function()
  local finished = task.event()
  local _ <close> = http.mount("https://svc.example", function()
    task.sleep(0.02)
    finished:set(true)
    return {}
  end)
  test.raises(function()
    task.timeout(0.005, http.request, { url = "https://svc.example/" })
  end, { kind = "timeout" })
  test.equal(finished:wait(), true)
end)

test.simulated("time in the simulated world is virtual", { seed = 1 }, function()
  local _ <close> = http.mount("https://svc.example", function()
    task.sleep(20)
    return {}
  end)
  local before = clock.monotonic()
  local answer = http.request { url = "https://svc.example/" }
  test.near(clock.monotonic() - before, 20, 1e-6)
  test.near(answer.timing.total, 20, 1e-6)
  test.raises(function() http.request { url = "https://svc.example/", timeout = 19.5 } end, { kind = "timeout" })
end)

test.simulated("the simulated world has no network", { seed = 1 }, function()
  test.raises(function() http.request { url = "http://127.0.0.1:1/" } end, { code = "NoHandler", kind = "network" })
end)

test("misuse is named", function()
  test.raises(function() http.mount("https://h/path", echo) end, { code = "InvalidOrigin" })
  test.raises(function() http.mount("https://h", nil) end, { code = "InvalidHandler" })
  test.raises(function() http.request { url = "https://h/", metod = "GET" } end, { match = "unknown option 'metod'" })
  test.raises(function() http.request { method = "GET" } end, { match = "url is missing" })
  test.raises(function() http.request { url = "https://h/", timeout = "3" } end, { match = "timeout must be" })
  for _, url in ipairs { "ftp://h/", "https://", "https://u:p@h/", "https://h:0/", "https://h:99999/",
    "https://h/a b", "https://h/\r\nX: y",
    "https://h\\@evil/", "http://0x7f.1/", "http://2130706433/", "https://[::1/", "https://h..x/" } do
    test.raises(function() http.request { url = url } end, { kind = "usage", code = "InvalidUrl" })
  end
  for _, headers in ipairs { { ["A B"] = "x" }, { A = "x\r\nB: y" }, { [""] = "x" }, { { "A" } }, { A = true } } do
    test.raises(function() http.request { url = "https://127.0.0.1:1/", headers = headers } end,
      { kind = "usage", code = "InvalidRequest" })
  end
  test.raises(function() http.request { url = "https://127.0.0.1:1/", method = "GE T" } end,
    { code = "InvalidRequest" })
  test.raises(function() http.request { url = "http://192.0.2.1/" } end, { kind = "network", code = "PlainRefused" })
end)

test("a handler that fails answers 500", function()
  local reply = "no table"
  local _ <close> = http.mount("https://svc.example", function() return reply end)
  local answer = http.request { url = "https://svc.example/" }
  test.equal(answer.status, 500)
  test.match(answer.body, "returned no table")
end)
