-- SPDX-License-Identifier: MIT
-- Hostile and broken servers: each must give its own kind of failure, within the deadline.

local clock = require "clock"
local dns = require "dns"
local test = require "spec"

local ZONES <const> = { test = { records = { www = "192.0.2.1" } } }

-- Asks a server with that fault; returns the answer or nil and the error, the seconds, and the server.
local function ask(fault, options)
  fault = fault and (fault[1] and fault or { fault }) or nil
  local server <close> = dns.serve { zones = ZONES, faults = fault }
  local question = { server = server.endpoint, timeout = 0.5, tries = 1 }
  for key, value in pairs(options or {}) do question[key] = value end
  local started = clock.monotonic()
  local answer, failure = dns.try("www.test", question)
  return answer, failure, clock.monotonic() - started, server
end

local function expect(fault, code, options, least, most)
  local answer, failure, seconds = ask(fault, options)
  test.falsy(answer, ("%s: expected %s, got an answer"):format(fault.kind, code))
  test.equal(failure.kind, "dns")
  test.equal(failure.code, code)
  test.truthy(seconds >= (least or 0) and seconds <= (most or 0.45), ("%s took %.3f s"):format(fault.kind, seconds))
  return failure
end

test("rcodes are kept apart, and come at once", function()
  expect({ kind = "nxdomain" }, "nxdomain")
  expect({ kind = "nodata" }, "nodata")
  expect({ kind = "servfail" }, "servfail")
  expect({ kind = "refused" }, "refused")
  expect({ kind = "notimp" }, "notimp", { edns = false })
  expect({ kind = "formerr" }, "formerr", { edns = false })
  test.equal(expect({ kind = "rcode", rcode = "YXDOMAIN" }, "yxdomain").rcode, "YXDOMAIN")
  test.equal(expect({ kind = "rcode", rcode = 24 }, "rcode24").rcode, "RCODE24")
end)

test("a silent server is a timeout, within the deadline", function()
  expect({ kind = "timeout" }, "timeout", { timeout = 0.3 }, 0.29, 0.45)
  local failure = expect({ kind = "timeout" }, "timeout", { timeout = 0.4, tries = 4 }, 0.39, 0.55)
  test.equal(#failure.attempts, 4)
  for _, attempt in ipairs(failure.attempts) do test.near(attempt.time, 0.1, 0.06) end
end)

test("a closed port is unreachable, at once, over UDP and TCP", function()
  local server = dns.serve { zones = ZONES }
  server:close()
  for _, tcp in ipairs { false, true } do
    local started = clock.monotonic()
    local failure = test.raises(function()
      dns.resolve("www.test", { server = server.endpoint, tcp = tcp, timeout = 3 })
    end, { kind = "dns", code = "unreachable" })
    test.match(failure, "refused")
    test.truthy(clock.monotonic() - started < 1)
  end
end)

test("answers with a wrong id, question or sender are ignored and counted", function()
  for _, kind in ipairs { "wrong_id", "wrong_question" } do
    test.equal(expect({ kind = kind }, "timeout", { timeout = 0.2 }, 0.19, 0.35).ignored, 1)
  end
  expect({ kind = "wrong_source" }, "timeout", { timeout = 0.2 }, 0.19, 0.35) -- the kernel drops it
  for _, kind in ipairs { "wrong_id", "wrong_question", "wrong_source" } do
    local answer = ask { kind = kind, then_answer = true }
    test.equal(answer:addresses(), { "192.0.2.1" })
  end
end)

test("a flood of forged answers neither gets in nor holds up the right one", function()
  local answer = ask { kind = "flood", count = 2000 }
  test.equal(answer:addresses(), { "192.0.2.1" })
  test.truthy(answer.ignored > 0)
  expect({ kind = "flood", count = 2000, answer = false }, "timeout", { timeout = 0.4 }, 0.39, 0.6)
end)

test("answers that do not decode are malformed", function()
  test.match(expect({ kind = "malformed" }, "malformed"), "bytes behind")
  -- an answer section that is announced but missing; a name that points to itself
  expect({ kind = "malformed", bytes = "\x81\x80\0\1\0\1\0\0\0\0\3www\4test\0\0\1\0\1" }, "malformed", { edns = false })
  expect({ kind = "malformed", bytes = "\x81\x80\0\1\0\1\0\0\0\0\3www\4test\0\0\1\0\1"
    .. "\xc0\x1a\0\1\0\1\0\0\0\1\0\4\1\2\3\4" }, "malformed", { edns = false })
end)

test("a truncated answer that TCP does not complete is truncated", function()
  expect({ kind = "truncate", tcp = "timeout" }, "truncated", { timeout = 0.3 }, 0.29, 0.45)
  expect({ kind = "truncate", tcp = "hang_up" }, "truncated")
  expect({ kind = "truncate" }, "truncated", { tcp = false })
  local answer = ask { kind = "truncate" }
  test.equal({ answer.protocol, answer.truncated }, { "tcp", true })
  answer = ask { kind = "truncate", keep = 7 } -- cut inside a record
  test.equal(answer:addresses(), { "192.0.2.1" })
end)

test("alias circles in one answer end", function()
  for length = 1, 5 do
    test.equal(expect({ kind = "loop", length = length }, "malformed").reason, "cname-loop")
  end
end)

test("a filter's extended error is blocked", function()
  local failure = expect({ kind = "blocked", text = "gambling" }, "blocked")
  test.equal(failure.answer.edns.extended_error, { code = 15, purpose = "blocked", text = "gambling" })
  expect({ kind = "blocked", rcode = "NOERROR" }, "blocked")
end)

test("zero TTL, lies and changing answers come as they are", function()
  test.equal((ask { kind = "zero_ttl" }).ttl, 0)
  test.equal((ask { kind = "lie", addresses = { "100.100.100.200" } }):addresses(), { "100.100.100.200" })
  local server <close> = dns.serve { zones = ZONES,
    faults = { { kind = "change", sets = { { "192.0.2.1" }, { "192.0.2.2", "192.0.2.3" } } } } }
  local function sets() return dns.resolve("www.test", { server = server.endpoint }):addresses() end
  test.equal({ sets(), sets(), sets() }, { { "192.0.2.1" }, { "192.0.2.2", "192.0.2.3" }, { "192.0.2.1" } })
end)

test("a lost datagram is asked for again; duplicates do no harm", function()
  local answer = ask({ kind = "timeout", last = 1 }, { tries = 2, timeout = 0.6 })
  test.equal(answer:addresses(), { "192.0.2.1" })
  test.equal({ answer.attempts[1].outcome, answer.attempts[2].outcome }, { "timeout", "NOERROR" })
  test.equal((ask { kind = "duplicate", count = 5 }):addresses(), { "192.0.2.1" })
end)

test("the next server is asked after silence, refusal, garbage and failure", function()
  for _, kind in ipairs { "timeout", "refused", "servfail", "malformed" } do
    local bad <close> = dns.serve { zones = ZONES, faults = { { kind = kind } } }
    local good <close> = dns.serve { zones = ZONES }
    local answer = dns.resolve("www.test", { server = { bad.endpoint, good.endpoint }, timeout = 1, tries = 1 })
    test.equal(answer.server, good.endpoint)
    test.equal(#answer.attempts, 2)
    test.truthy(answer.time < 0.8)
  end
end)

test("the failure that tells most is the one reported", function()
  local silent <close> = dns.serve { zones = ZONES, faults = { { kind = "timeout" } } }
  local refusing <close> = dns.serve { zones = ZONES, faults = { { kind = "refused" } } }
  for _, order in ipairs { { silent, refusing }, { refusing, silent } } do
    local failure = test.raises(function()
      dns.resolve("www.test", { server = { order[1].endpoint, order[2].endpoint }, timeout = 0.4, tries = 2 })
    end, { kind = "dns", code = "refused" })
    test.equal(failure.server, refusing.endpoint)
  end
end)

test("a server without EDNS is asked again without it", function()
  local seen = {}
  local server <close> = dns.serve { handler = function(request)
    seen[#seen + 1] = request.edns ~= nil
    if request.edns then return { rcode = "FORMERR", edns = false } end
    return { "192.0.2.1" }
  end }
  local answer = dns.resolve("www.test", { server = server.endpoint })
  test.equal(answer:addresses(), { "192.0.2.1" })
  test.equal(#answer.attempts, 2)
  test.equal(seen, { true, false })
end)

test("ids and ports are not to be guessed", function()
  local ids, ports, same = {}, {}, 0
  local server <close> = dns.serve { handler = function(request)
    if ids[request.id] then same = same + 1 end
    ids[request.id], ports[request.client.port] = true, true
    return { "192.0.2.1" }
  end }
  for _ = 1, 200 do dns.resolve("www.test", { server = server.endpoint }) end
  local count = 0
  for port in pairs(ports) do
    count = count + 1
    test.truthy(port >= 1024)
  end
  test.truthy(count > 190, count .. " different ports in 200 questions")
  test.truthy(same < 5, same .. " ids came twice in 200 questions")
end)

test("a TCP server that hangs up or stalls keeps the deadline", function()
  expect({ kind = "hang_up" }, "unreachable", { tcp = true })
  expect({ kind = "timeout" }, "timeout", { tcp = true, timeout = 0.3 }, 0.29, 0.45)
end)
