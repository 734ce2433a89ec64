-- SPDX-License-Identifier: MIT
-- Whole answers: every record type, aliases, TTLs, flags, negative answers, over UDP and TCP.

local dns = require "dns"
local errors = require "errors"
local test = require "spec"

local ZONES <const> = {
  ["example.com"] = { ttl = 300, soa = { serial = 7, minimum = 30, primary = "ns1.example.com" }, records = {
    ["@"] = { NS = { "ns1.example.com", "ns2.example.com" }, MX = { preference = 5, exchange = "mail.example.com" },
      CAA = { { flags = 0, tag = "issue", value = "ca.example" },
        { flags = 128, tag = "iodef", value = "mailto:a@b" } } },
    www = { "192.0.2.1", "192.0.2.2", "2001:db8::1" },
    alias = { CNAME = "second.example.com", ttl = 20 },
    second = { CNAME = "www.example.com", ttl = 40 },
    away = { CNAME = "host.elsewhere.test" },
    text = { TXT = { { strings = { "one", "", "thr\"ee" } }, "plain" } },
    long = { TXT = ("x"):rep(600) },
    ["_sip._tcp"] = { SRV = { priority = 1, weight = 2, port = 5060, target = "sip.example.com" } },
    raw = { TYPE65280 = { data = "\0\255binary" } },
    ["*.wild"] = "192.0.2.9",
    ["a.b.deep"] = "192.0.2.10",
  } },
  ["2.0.192.in-addr.arpa"] = { records = { ["1"] = { PTR = "www.example.com" } } },
}

local function with_server(options, fn)
  local server <close> = dns.serve(options)
  fn(server, function(name, more)
    local question = { server = server.endpoint, timeout = 2 }
    for key, value in pairs(more or {}) do question[key] = value end
    return dns.resolve(name, question)
  end)
end

test("every record type comes with its fields", function()
  with_server({ zones = ZONES }, function(_, ask)
    local a = ask "www.example.com"
    test.equal(a:addresses(), { "192.0.2.1", "192.0.2.2" })
    test.equal(a.ttl, 300)
    test.equal(a.chain, {})
    test.equal(a.rcode, "NOERROR")
    test.equal(a.protocol, "udp")
    test.truthy(a.flags.aa and a.flags.rd and not a.flags.tc)
    test.equal(ask("www.example.com", { type = "AAAA" }):addresses(), { "2001:db8::1" })
    test.equal(ask("example.com", { type = "NS" }).records[2].target, "ns2.example.com")
    test.equal(ask("example.com", { type = "mx" }):values(), { "5 mail.example.com" })
    local caa = ask("example.com", { type = "CAA" }).records[2]
    test.equal({ caa.flags, caa.critical, caa.tag, caa.value }, { 128, true, "iodef", "mailto:a@b" })
    local soa = ask("example.com", { type = "SOA" }).records[1]
    test.equal({ soa.serial, soa.minimum, soa.primary }, { 7, 30, "ns1.example.com" })
    local srv = ask("_sip._tcp.example.com", { type = "SRV" }).records[1]
    test.equal({ srv.priority, srv.weight, srv.port, srv.target }, { 1, 2, 5060, "sip.example.com" })
    local txt = ask("text.example.com", { type = "TXT" })
    test.equal(txt.records[1].strings, { "one", "", 'thr"ee' })
    test.equal(txt.records[1].text, 'onethr"ee')
    test.equal(txt:values(), { '"one" "" "thr\\"ee"', '"plain"' })
    test.equal(#ask("long.example.com", { type = "TXT" }).records[1].text, 600)
    test.equal(ask("raw.example.com", { type = 65280 }).records[1].data, "\0\255binary")
    test.equal(ask("192.0.2.1", { type = "PTR" }).records[1].target, "www.example.com")
  end)
end)

test("aliases are followed, in order, and the least TTL counts", function()
  with_server({ zones = ZONES }, function(_, ask)
    local a = ask "alias.example.com"
    test.equal({ a.chain[1].name, a.chain[1].target, a.chain[2].target },
      { "alias.example.com", "second.example.com", "www.example.com" })
    test.equal(a.canonical, "www.example.com")
    test.equal(a.ttl, 20)
    test.equal(#a.records, 2)
    test.equal(ask("alias.example.com", { type = "CNAME" }).records[1].target, "second.example.com")
  end)
end)

test("an alias that the server does not follow is asked for, and a circle between answers ends", function()
  local asked = {}
  local function handler(request)
    asked[#asked + 1] = request.name
    if request.name == "host.elsewhere.test" then return { "192.0.2.77" } end
    if request.name == "round.test" then return { { type = "CNAME", target = "about.test" } } end
    if request.name == "about.test" then return { { type = "CNAME", target = "round.test" } } end
    return { { type = "CNAME", target = "host.elsewhere.test" } }
  end
  with_server({ handler = handler }, function(_, ask)
    local a = ask "away.example.com"
    test.equal(a:addresses(), { "192.0.2.77" })
    test.equal(a.name, "away.example.com")
    test.equal(a.canonical, "host.elsewhere.test")
    test.equal(#a.chain, 1)
    local e = test.raises(function() ask "round.test" end, { kind = "dns", code = "malformed" })
    test.equal(e.reason, "cname-loop")
    test.raises(function() ask("away.example.com", { follow = false }) end, { kind = "dns", code = "nodata" })
  end)
end)

test("no such name and no such record are told apart, with the SOA's negative TTL", function()
  with_server({ zones = ZONES }, function(_, ask)
    local e = test.raises(function() ask "missing.example.com" end, { kind = "dns", code = "nxdomain" })
    test.equal({ e.rcode, e.negative_ttl, e.name, e.type }, { "NXDOMAIN", 30, "missing.example.com", "A" })
    test.equal(e.answer.authority[1].type, "SOA")
    e = test.raises(function() ask("www.example.com", { type = "TXT" }) end, { kind = "dns", code = "nodata" })
    test.equal(e.negative_ttl, 30)
    test.raises(function() ask "deep.example.com" end, { code = "nodata" }) -- an empty name between others
    test.raises(function() ask "other.test" end, { code = "refused" })
    test.equal(ask("x.y.wild.example.com").records[1].name, "x.y.wild.example.com")
  end)
end)

test("a server that only names others is told apart from no data", function()
  local referral = { answer = {}, flags = { aa = false },
    authority = { { name = "sub.test", type = "NS", target = "ns.sub.test" } } }
  with_server({ handler = function(request)
    referral.flags.aa = request.name == "own.sub.test"
    return referral
  end }, function(_, ask)
    local e = test.raises(function() ask "www.sub.test" end, { kind = "dns", code = "nodata", match = "names others" })
    test.equal({ e.reason, e.answer.authority[1].target }, { "referral", "ns.sub.test" })
    e = test.raises(function() ask "own.sub.test" end, { kind = "dns", code = "nodata", match = "no record" })
    test.equal(e.reason, nil)
  end)
end)

test("TCP, truncation with the way out over TCP, and EDNS sizes", function()
  local many = {}
  for i = 1, 100 do many[i] = ("192.0.2.%d"):format(i) end
  with_server({ zones = { test = { records = { many = many, one = "192.0.2.1" } } } }, function(_, ask)
    local a = ask("one.test", { tcp = true })
    test.equal(a.protocol, "tcp")
    a = ask "many.test"
    test.equal({ #a.records, a.protocol, a.truncated }, { 100, "tcp", true })
    test.equal(#a.attempts, 2)
    test.equal({ a.attempts[1].outcome, a.attempts[2].outcome }, { "truncated", "NOERROR" })
    a = ask("many.test", { edns = 4096 })
    test.equal({ #a.records, a.protocol }, { 100, "udp" })
    test.equal(a.edns.udp_size, 1232)
    test.equal(ask("one.test", { edns = false }).edns, nil)
    local e = test.raises(function() ask("many.test", { tcp = false }) end, { kind = "dns", code = "truncated" })
    test.equal(e.protocol, "udp")
  end)
end)

test("many questions at once keep their order; failures are entries of the list", function()
  with_server({ zones = ZONES }, function(server)
    local results = dns.resolve_all({ "www.example.com", "missing.example.com", "a..b",
      { name = "example.com", type = "MX" }, { name = "192.0.2.1", type = "PTR" }, "alias.example.com" },
      { server = server.endpoint })
    test.equal(#results, 6)
    test.equal(#results[1].records, 2)
    test.truthy(dns.failed(results[2]) and results[2].code == "nxdomain")
    test.truthy(errors.is(results[3], "InvalidName"))
    test.equal(results[4].records[1].exchange, "mail.example.com")
    test.equal(results[5].records[1].target, "www.example.com")
    test.equal(results[6].canonical, "www.example.com")
    test.equal(dns.resolve_all({}, { server = server.endpoint }), {})
  end)
end)

test("search lists try the suffixes, and say which names were tried", function()
  local zones = { ["a.test"] = { records = {} },
    ["b.test"] = { records = { www = "192.0.2.5", ["x.y"] = "192.0.2.6" } },
    y = { records = { x = "192.0.2.7" } } }
  with_server({ zones = zones }, function(server, ask)
    local a = ask("www", { search = { "a.test", "b.test" } })
    test.equal({ a.name, a.searched }, { "www.b.test", { "www.a.test", "www.b.test" } })
    test.equal(ask("x.y", { search = { "b.test" } }):addresses(), { "192.0.2.7" }) -- as many dots as ndots
    test.equal(ask("x.y", { search = { "b.test" }, ndots = 2 }):addresses(), { "192.0.2.6" })
    test.raises(function() ask("www.", { search = { "b.test" } }) end, { code = "refused" }) -- a final dot
    local e = test.raises(function() ask("none", { search = { "a.test", "b.test" }, ndots = 2,
      server = server.endpoint }) end, { kind = "dns" })
    test.equal(#e.searched, 3)
  end)
end)

test("wrong input is refused before anything is sent", function()
  test.raises(function() dns.resolve("a..b", { server = "127.0.0.1" }) end, { kind = "input", code = "InvalidName" })
  test.raises(function() dns.resolve("x", { server = "localhost" }) end, { kind = "input", code = "InvalidServer" })
  test.raises(function() dns.resolve("x", { server = "127.0.0.1:0" }) end, { kind = "input" })
  test.raises(function() dns.resolve("x", { server = "127.0.0.1", type = "NOPE" }) end, { code = "InvalidType" })
  test.raises(function() dns.resolve("x", { sever = "127.0.0.1" }) end, { code = "UnknownOption" })
  test.raises(function() dns.resolve("x", { server = "127.0.0.1", timeout = 0 }) end, { code = "InvalidOption" })
  test.raises(function() dns.resolve("x", { server = {} }) end, { code = "InvalidServer" })
  test.raises(function() dns.resolve(7, { server = "127.0.0.1" }) end, { kind = "input" })
  test.raises(function() dns.serve {} end, { code = "NoHandler" })
  test.raises(function() dns.serve { zones = { x = { records = { a = "1.2.3" } } } } end, { code = "InvalidRecord" })
end)
