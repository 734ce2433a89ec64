-- SPDX-License-Identifier: MIT
-- Every function of cloud.native with arguments of every wrong kind: an error or a result, never a crash
-- (run under the sanitizers too), and no odd field is taken silently for another.
local http = require "http"
local json = require "json"
local native = require "cloud.native"
local test = require "spec"

local DEMO <const> = { source = "sandbox", access_key_id = "LTAIsandboxdefault",
  access_key_secret = "sandbox-default-secret-not-a-real-one" }

local seed = 12345
local function random(limit)
  seed = (seed * 1103515245 + 12345) % 2147483648
  return seed // 65536 % limit + 1
end

local cyclic = {}
cyclic.self = cyclic
local closed = native.account(DEMO)
closed:forget()

local values = {
  function() return nil end, function() return true end, function() return -1 end, function() return 0 / 0 end,
  function() return math.mininteger end, function() return 1e308 end, function() return "" end,
  function() return ("x"):rep(5000) end, function() return "\0\r\n\255%zz" end, function() return "sandbox-x" end,
  function() return {} end, function() return { 1, 2, { 3 } } end, function() return { { "a", 1 }, { "b" }, 3 } end,
  function() return cyclic end, function() return { [1.5] = 1, [true] = 2 } end, function() return print end,
  function() return json.null end, function() return io.stderr end, function() return coroutine.create(print) end,
  function() return setmetatable({}, { __index = function() error "index" end, __len = function() return -1 end }) end,
  function() return native.account(DEMO) end, function() return closed end, function() return native.keyring() end,
}
local function any()
  return values[random(#values)]()
end

local fields <const> = {
  "source", "profile", "access_key_id", "access_key_secret", "role_arn", "base", "duration", "uri",
  "host", "port", "scheme", "method", "path", "style", "signature", "layout", "action", "version", "region", "query",
  "form", "json", "bytes", "content_type", "headers", "timestamp", "nonce", "clock_offset", "user_agent", "prefix",
  "secret", "token", "bearer", "expires", "disabled", "identity", "body", "header_list", "now", "skew", "max_body",
}
local function table_of_anything()
  local built = { host = "h.invalid", query = { a = 1 }, method = "POST", path = "/", headers = { host = "h" } }
  for _ = 1, random(4) do
    built[fields[random(#fields)]] = any()
  end
  return built
end
local function argument()
  return random(3) == 1 and any() or table_of_anything()
end

test("functions take any arguments without harm", function()
  local _ <close> = http.mount("*", function() return { status = 200 } end)
  local ring, good = native.keyring(), native.account(DEMO)
  ring:add { access_key_id = DEMO.access_key_id, secret = DEMO.access_key_secret }
  local calls, refused = 0, 0
  local functions = {
    native.describe, native.ready, native.expire, native.sign, native.call, native.keyring, native.verify, native.heap,
    ring.add, ring.remove, tostring, good.forget, function(...) return native.sign(good, ...) end,
    function(...) return native.call(good, ...) end, function(...) return native.verify(ring, ...) end,
    function(...) return ring:add(...) end,
    function(options)
      if type(options) == "table" then -- not the whole chain of this machine again and again
        rawset(options, "source", ({ "sandbox", "keys", "bearer", "role", "anonymous", "nonsense" })[random(6)])
      end
      return native.account(options)
    end,
  }
  for _ = 1, 20000 do
    calls = calls + 1
    if not pcall(functions[random(#functions)], argument(), argument(), argument()) then
      refused = refused + 1
    end
  end
  test.truthy(refused > calls // 10 and refused < calls, ("%d of %d refused"):format(refused, calls))
  test.truthy(native.sign(native.account(DEMO), { host = "h" }).headers.Authorization)
end)
