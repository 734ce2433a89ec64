-- SPDX-License-Identifier: MIT
-- The codec from Lua: what is encoded decodes to the same, what is damaged never raises.

local dns = require "dns"
local random = require "random"
local test = require "spec"

local function random_name()
  local labels = {}
  for i = 1, random.integer(1, 5) do labels[i] = random.hex(random.integer(1, 8)) end
  return table.concat(labels, ".")
end

local function octet() return random.integer(0, 255) end

local makers <const> = {
  A = function() return { address = ("%d.%d.%d.%d"):format(octet(), octet(), octet(), octet()) } end,
  AAAA = function() return { address = ("2001:db8::%x"):format(random.integer(1, 65535)) } end,
  CNAME = function() return { target = random_name() } end,
  NS = function() return { target = random_name() } end,
  PTR = function() return { target = random_name() } end,
  MX = function() return { preference = random.integer(0, 65535), exchange = random_name() } end,
  SRV = function()
    return { priority = octet(), weight = octet(), port = random.integer(0, 65535), target = random_name() }
  end,
  TXT = function()
    local text = random.bytes(random.integer(0, 255))
    return { strings = { text, "" }, text = text }
  end,
  CAA = function()
    return { flags = 0, critical = false, tag = "issue", value = random.bytes(random.integer(0, 40)) }
  end,
  SOA = function()
    return { primary = random_name(), mailbox = random_name(), serial = random.integer(0, 0xffffffff), refresh = 1,
      retry = 2, expire = 3, minimum = 4 }
  end,
  TYPE65280 = function() return { data = random.bytes(random.integer(0, 30)) } end,
}

local kinds <const> = {}
for kind in pairs(makers) do kinds[#kinds + 1] = kind end
table.sort(kinds)

local function random_section()
  local list = {}
  for i = 1, random.integer(0, 6) do
    local kind = kinds[random.integer(1, #kinds)]
    local record = makers[kind]()
    record.name, record.type, record.ttl = random_name(), kind, random.integer(0, 0x7fffffff)
    list[i] = record
  end
  return list
end

test("random messages survive the way to octets and back", function()
  for _ = 1, 2000 do
    local message = { id = random.integer(0, 65535), response = true, opcode = 0, rcode = "NXDOMAIN",
      name = random_name(), type = "SRV", answer = random_section(), authority = random_section(),
      additional = random_section(),
      flags = { aa = true, tc = false, rd = true, ra = false, ad = true, cd = false },
      edns = { udp_size = 1232, version = 0, dnssec_ok = true } }
    local octets, cut = dns.encode(message)
    test.falsy(cut)
    test.equal(dns.decode(octets), message)
  end
end)

test("damaged messages give a reason and an offset, or decode; they never raise", function()
  local refused = 0
  for _ = 1, 3000 do
    local octets = dns.encode { id = 1, response = true, name = random_name(), answer = random_section(),
      authority = random_section() }
    local at = random.integer(1, #octets)
    local damaged = octets:sub(1, at - 1) .. string.char(octet()) .. octets:sub(at + 1, random.integer(at, #octets))
    local message, reason, offset = dns.decode(damaged)
    if not message then
      refused = refused + 1
      test.truthy(type(reason) == "string" and offset >= 0 and offset <= #damaged)
    end
  end
  test.truthy(refused > 1000)
end)

test("limits: records that do not fit are left out and TC is set", function()
  local list = {}
  for i = 1, 200 do list[i] = { name = "n.test", type = "A", address = "192.0.2.1", ttl = 1 } end
  for _, limit in ipairs { 512, 1232, 4096 } do
    local octets, cut = dns.encode({ name = "n.test", answer = list, response = true, edns = true }, limit)
    test.truthy(#octets <= limit)
    local message = dns.decode(octets)
    test.equal({ message.flags.tc, cut }, { #message.answer < 200, #message.answer < 200 })
  end
  test.raises(function() dns.encode({ name = "n.test" }, 100) end, { code = "InvalidLimit" })
end)

test("wrong records are named", function()
  local rows = { { type = "A", address = "1.2.3" }, { type = "A" }, { type = "MX", exchange = "a..b" },
    { type = "SRV" }, { type = "TXT", strings = { ("x"):rep(256) } }, { type = "TXT", strings = {} }, { type = "NOPE" },
    { type = "SOA", primary = "a", mailbox = "b", serial = -1 }, { type = "A", address = "1.2.3.4", ttl = 2 ^ 40 } }
  for _, record in ipairs(rows) do
    record.name = "n.test"
    test.raises(function() dns.encode { answer = { record } } end, { kind = "input" })
  end
end)
