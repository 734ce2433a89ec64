-- SPDX-License-Identifier: MIT
-- cloud.client against servers that misbehave on real sockets: the right error, one attempt or the repetitions its
-- class allows, bounded time and memory, and nothing of a request for a server with a bad certificate.
local clock = require "clock"
local cloud = require "cloud"
local errors = require "errors"
local fs = require "fs"
local http = require "http"
local process = require "process"
local test = require "spec"
local transport = require "cloud.transport"

local here <const> = debug.getinfo(1, "S").source:match "^@(.*/)"
local authority = dofile(here .. "../http/authority.lua")

local function client_of(endpoint, options)
  options = options or {}
  transport.use(nil) -- other specs of the same run put a stand-in there
  options.product, options.region, options.endpoint = "vpc", "eu-central-1", endpoint
  options.account = cloud.account { source = "keys", access_key_id = "LTAIsandboxhostile",
    access_key_secret = "sandbox-hostile-secret" }
  return cloud.client(options)
end

local function with_server(name, fn)
  test(name, function()
    local server <close> = process.spawn { "python3", here .. "../http/hostile.py", keep_input = true }
    local endpoint = "http://127.0.0.1:" .. assert(server:read_line(), "hostile.py did not start")
    fn(function(script, options)
      options = options or {}
      options.version, options.style, options.method = "2016-04-28", "ROA", "GET"
      options.path, options.timeout = "/" .. script, options.timeout or 5
      if options.retry == nil then
        options.retry = false
      end
      return client_of(endpoint):call("Odd", {}, options)
    end, function()
      return tonumber(http.request({ url = endpoint .. "/count" }).body)
    end)
    server:kill "KILL"
  end)
end

local function peak_memory()
  return tonumber(fs.read("/proc/self/status"):match "VmHWM:%s+(%d+) kB") * 1024
end

with_server("1 GiB in every framing, headers without end", function(ask)
  local before = peak_memory()
  for _, script in ipairs { "gib", "gib-chunked", "gib-endless", "endless-headers", "many-headers", "long-header" } do
    test.raises(function() ask(script) end, { kind = "network", code = "TooLarge" })
  end
  local limit = (require("bundle").sanitized and 256 or 64) << 20
  test.truthy(peak_memory() - before < limit, "memory stays near the cap of 16 MiB")
end)

with_server("byte by byte: the deadline ends it", function(ask)
  for _, script in ipairs { "slow-head", "slow-body", "silence" } do
    local started = clock.monotonic()
    test.raises(function() ask(script, { timeout = 0.4 }) end, { kind = "timeout" })
    test.near(clock.monotonic() - started, 0.4, 0.6)
  end
end)

with_server("cut answers, and what is no HTTP, are never taken for data", function(ask, count)
  for _, script in ipairs { "cut-head", "cut-length", "cut-chunk", "cut-last-chunk", "close", "reset", "garbage",
    "http09", "two-lengths", "nul-header" } do
    local err = test.raises(function() ask(script) end, { kind = "network" })
    test.equal({ err.product, err.action, err.attempts }, { "vpc", "Odd", 1 }, script)
    test.equal(count(), 1, script)
  end
  test.raises(function() ask("cut-length", { retry = true, idempotent = true, timeout = 3 }) end, {})
  test.truthy(count() > 1, "a cut answer of a harmless call is asked for again")
end)

with_server("a redirect is not followed", function(ask, count)
  local err = test.raises(function() ask "redirect" end, { kind = "network", code = "RedirectRefused" })
  test.equal(err.attempts, 1)
  test.equal(count(), 1)
end)

test("bad JSON, other content types, answers that are no object", function()
  local answer
  local server <close> = http.serve { handler = function() return answer end }
  local client = client_of("http://127.0.0.1:" .. server.port)
  local function refused(body, content_type, code, status)
    answer = { status = status or 200, headers = { ["content-type"] = content_type }, body = body }
    local err = test.raises(function()
      client:call("DescribeVpcs", {}, { retry = false })
    end, { code = code })
    test.truthy(errors.is(err) and #tostring(err) < 2000, "the error stays short")
  end
  refused('{"Vpcs":', "application/json", "BadAnswer")
  refused("<html>" .. ("x"):rep(100000) .. "</html>", "text/html", "BadAnswer")
  refused("<html>Bad Gateway</html>", "text/html", "BadAnswer", 502)
  refused("", "application/json", "BadAnswer")
  refused('"text"', "application/json", "BadAnswer")
  refused("\xff\xfe{}", "application/octet-stream", "BadAnswer")
  refused(('{"a":'):rep(5000) .. "1" .. ("}"):rep(5000), "application/json", "BadAnswer")
  answer = { status = 200, headers = { ["content-type"] = "text/plain" }, body = '{"TotalCount":0,"Vpcs":{"Vpc":[]}}' }
  test.equal(client:call("DescribeVpcs").TotalCount, 0)
end)

test("bad certificates: one attempt, no byte of the request", function()
  local lab <close> = authority.new()
  local day, name <const> = 86400, "subjectAltName = IP:127.0.0.1"
  local root = lab:issue { cn = "root", extensions = lab.CA }
  local other = lab:issue { cn = "other", extensions = lab.CA }
  local client_only = "extendedKeyUsage = clientAuth"
  local kinds = {
    self_signed = { extensions = { name } },
    unknown_issuer = { issuer = other, extensions = { name } },
    expired = { issuer = root, extensions = { name }, from = -9 * day, to = -60 },
    not_yet_valid = { issuer = root, extensions = { name }, from = 3600, to = day },
    wrong_host = { issuer = root, extensions = { "subjectAltName = IP:127.0.0.2" } },
    wrong_usage = { issuer = root, extensions = { name, client_only } },
    unknown_extension = { issuer = root, extensions = { name, "1.2.3.4 = critical, DER:05:00" } },
    weak = { issuer = root, extensions = { name }, key = { "-newkey", "rsa:1024" } },
  }
  local function ask(options)
    local leaf, served = lab:issue(options), 0
    local server <close> = http.serve { tls = { certificate = leaf.certificate, key = leaf.key }, handler = function()
      served = served + 1
      return { body = '{"TotalCount":0,"Vpcs":{"Vpc":[]}}' }
    end }
    local client = client_of("https://127.0.0.1:" .. server.port, { ca_file = lab:path(root.name .. ".pem") })
    local ok, answer = pcall(client.call, client, "DescribeVpcs")
    return ok, answer, served
  end
  for reason, options in pairs(kinds) do
    local ok, err, served = ask(options)
    test.equal({ ok, err.code, err.attempts, served }, { false, "CertificateRejected", 1, 0 }, reason)
    test.match(tostring(err), "certificate")
  end
  local ok, _, served = ask { issuer = root, extensions = { name } }
  test.equal({ ok, served }, { true, 1 }, "a good one is accepted")
end)
