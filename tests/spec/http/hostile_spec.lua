-- SPDX-License-Identifier: MIT
-- Servers that misbehave: bounded memory and time, the right error, the next request unharmed.
local test = require "spec"
local http = require "http"
local process = require "process"
local task = require "task"
local clock = require "clock"
local fs = require "fs"

local HERE <const> = debug.getinfo(1, "S").source:match "^@(.*/)"
local KIBIBYTE <const> = 1024

local function with_server(name, fn)
  test(name, function()
    local server <close> = process.spawn { "python3", HERE .. "hostile.py", keep_input = true }
    local base = "http://127.0.0.1:" .. assert(server:read_line(), "hostile.py did not start") .. "/"
    fn(function(script, options)
      options = options or {}
      options.url, options.timeout = base .. script, options.timeout or 5
      return http.request(options)
    end)
    server:kill "KILL"
  end)
end

-- Most memory that this process ever had, in bytes.
local function peak_memory()
  return tonumber(fs.read("/proc/self/status"):match "VmHWM:%s+(%d+) kB") * KIBIBYTE
end

with_server("answers without end: refused at the cap, in bounded memory", function(ask)
  local before = peak_memory()
  for _, script in ipairs { "gib", "gib-chunked", "gib-endless" } do
    test.equal(test.raises(function() ask(script) end, { kind = "network", code = "TooLarge" }).phase, "answer")
  end
  -- AddressSanitizer keeps what was freed: there the bound is of three bodies, their growth included.
  local limit = (require("bundle").sanitized and 256 or 64) * KIBIBYTE * KIBIBYTE
  test.truthy(peak_memory() - before < limit, "memory stays near the cap of 16 MiB")
  test.raises(function() ask("gib-chunked", { max_body = 100 }) end, { code = "TooLarge", match = "100 bytes" })
end)

with_server("heads without end", function(ask)
  for _, script in ipairs { "endless-headers", "many-headers", "endless-100", "long-header" } do
    test.raises(function() ask(script) end, { code = "TooLarge", match = "headers" })
  end
end)

with_server("slow answers end by the deadline, however many bytes trickle in", function(ask)
  for script, phase in pairs { ["slow-head"] = "answer", ["slow-body"] = "answer", silence = "wait" } do
    local started = clock.monotonic()
    local problem = test.raises(function() ask(script, { timeout = 0.3 }) end, { kind = "timeout", code = "Timeout" })
    test.equal(problem.phase, phase, script)
    test.near(clock.monotonic() - started, 0.3, 0.25)
  end
end)

with_server("cut answers are told apart from whole ones", function(ask)
  for _, script in ipairs { "cut-length", "cut-chunk", "cut-last-chunk" } do
    test.equal(test.raises(function() ask(script) end, { code = "CutAnswer" }).phase, "answer", script)
  end
  test.match(test.raises(function() ask("cut-length") end, {}).message, "after 9 bytes")
  for _, script in ipairs { "close", "reset" } do
    local problem = test.raises(function() ask(script, { method = "POST" }) end, { code = "EmptyAnswer" })
    test.equal(problem.phase, "wait", script)
  end
  test.equal(test.raises(function() ask("cut-head") end, { code = "CutAnswer" }).phase, "answer")
end)

with_server("what is no HTTP is an error of the protocol", function(ask)
  for _, script in ipairs { "garbage", "http09", "bad-status", "bad-version", "bad-chunk", "huge-chunk",
    "negative-length", "two-lengths", "nul-header", "no-colon", "upgrade" } do
    local ok, answer = pcall(ask, script)
    test.equal(ok, false, script)
    test.equal(answer.kind, "network", script .. ": " .. tostring(answer))
  end
end)

with_server("odd but lawful answers are read", function(ask)
  test.equal(ask("folded").headers.x, "a b")
  local interim = ask("interim")
  test.equal(interim.status, 200)
  test.equal(interim.headers.link, nil)
  test.equal(interim.body, "ok")
  local trailer = ask("trailer")
  test.equal(trailer.body, "ok")
  test.equal(trailer.headers["x-trailer"], nil)
  test.equal(ask("more-than-said").body, "ok")
end)

with_server("redirects are refused, or shown when asked for", function(ask)
  test.raises(function() ask("redirect") end, { code = "RedirectRefused" })
  local answer = ask("redirect", { keep_redirects = true })
  test.equal(answer.status, 307)
  test.equal(answer.headers.location, "http://127.0.0.1:1/")
end)

with_server("no request is repeated behind our back", function(ask)
  ask("count")
  for _, script in ipairs { "close", "reset", "cut-length", "garbage" } do
    pcall(ask, script, { method = "POST", body = "x" })
    test.equal(ask("count").body, "1", script)
  end
end)

with_server("one silent answer does not hold up the others", function(ask)
  local silent = task.spawn(function() return pcall(ask, "silence", { timeout = 0.5 }) end)
  task.sleep(0.05)
  local started = clock.monotonic()
  for _ = 1, 3 do test.equal(ask("interim").body, "ok") end
  test.truthy(clock.monotonic() - started < 0.4)
  silent:join()
end)

with_server("100 hostile answers at once leave the client whole", function(ask)
  local scripts = { "gib", "endless-headers", "cut-chunk", "close", "reset", "garbage", "slow-body", "silence",
    "bad-chunk", "interim" }
  local list = {}
  for i = 1, 100 do list[i] = scripts[i % #scripts + 1] end
  local good = 0
  task.map(list, function(script)
    if pcall(ask, script, { timeout = 1, max_body = 1000 }) then good = good + 1 end
  end)
  test.equal(good, 10)
  test.equal(ask("interim").body, "ok")
end)
