-- SPDX-License-Identifier: MIT
-- The ledger: what is durable, what a later run sees, who holds a lock.
local fs = require "fs"
local process = require "process"
local store = require "store"
local task = require "task"
local test = require "spec"

local function scratch()
  return fs.temp_dir() .. "/ledger.db"
end

local function intent(key, more)
  local fields = { run = 1, topology = "t", key = key, action = "CreateX", digest = "d", token = "tok-" .. key,
    generation = 0, account = "default", request = { A = 1 } }
  for name, value in pairs(more or {}) do
    fields[name] = value
  end
  return fields
end

test("an intent without a result is open for the next process, one with a result is not", function()
  local path = scratch()
  local ledger = store.open(path)
  local first = ledger:intend(intent "peering:a")
  ledger:intend(intent "route:b")
  ledger:conclude(first, { state = "done", result = { id = "pcc-1" }, topology = "t",
    resources = { { key = "peering:a", kind = "peer_connection", id = "pcc-1" } } })
  ledger:close()
  local again <close> = store.open(path)
  local open = again:open_intents "t"
  test.equal(#open, 1)
  test.equal(open[1].key, "route:b")
  test.equal(open[1].token, "tok-route:b")
  test.equal(again:resources("t")["peering:a"].id, "pcc-1")
end)

test("intents of one turn share one transaction and get numbers of their own", function()
  local ledger <close> = store.open(":memory:")
  local commits, script = 0, getmetatable(ledger.connection).__index.script
  ledger.connection = setmetatable({}, { __index = function(_, name)
    return function(_, sql, ...)
      if sql == "commit" then
        commits = commits + 1
      end
      local _ = script
      return ledger.raw[name](ledger.raw, sql, ...)
    end
  end })
  ledger.raw = store.open(":memory:").connection
  local ids = task.map({ "a", "b", "c", "d" }, function(key) return ledger:intend(intent(key)) end)
  test.equal(#ids, 4)
  test.equal(commits, 1, "commits")
  local seen = {}
  for _, id in ipairs(ids) do
    test.falsy(seen[id], "number used twice")
    seen[id] = true
  end
  ledger.connection = ledger.raw
end)

test("the namespace stays with the file and differs between ledgers", function()
  local path = scratch()
  local first = store.open(path)
  local namespace = first.namespace
  first:close()
  local again <close> = store.open(path)
  local other <close> = store.open(":memory:")
  test.equal(again.namespace, namespace)
  test.truthy(other.namespace ~= namespace)
end)

test("a proved removal starts a new generation", function()
  local ledger <close> = store.open(":memory:")
  ledger:remember("t", { { key = "k", kind = "x", id = "1" } })
  test.equal(ledger:generation("t", "k"), 0)
  ledger:forget("t", { "k" })
  test.equal(ledger:generation("t", "k"), 1)
  test.equal(ledger:resources "t", {})
  ledger:forget("t", { "k" })
  test.equal(ledger:generation("t", "k"), 2)
end)

test("facts and history survive", function()
  local path = scratch()
  local ledger = store.open(path)
  local run = ledger:begin_run("t", "apply", "digest")
  ledger:set_fact("t", "vpcs", { owner = "1234567890123456", cidrs = { "10.0.0.0/8" } })
  ledger:end_run(run, "done", { calls = 3 })
  ledger:close()
  local again <close> = store.open(path)
  test.equal(again:fact("t", "vpcs").owner, "1234567890123456")
  local runs = again:history("t")
  test.equal(runs[1].outcome, "done")
  test.equal(runs[1].summary.calls, 3)
  test.equal(again:fact("t", "nothing"), nil)
end)

test("the ledger file is readable by its owner only", function()
  local path = scratch()
  store.open(path):close()
  test.equal(fs.stat(path).mode & tonumber("777", 8), tonumber("600", 8))
end)

test("a lock keeps a second process out, and is void when its process was killed", function()
  local path = scratch()
  local script = path .. ".lua"
  fs.write_atomic(script, [[
    local store, task = require "store", require "task"
    local ledger = store.open(...)
    ledger:lock("t", "apply")
    io.stdout:write("locked\n") io.stdout:flush()
    task.sleep(60)
  ]], tonumber("600", 8))
  local holder = process.spawn { "/proc/self/exe", "run", script, path }
  local ledger <close> = store.open(path)
  for _ = 1, 100 do
    if ledger.connection:run("select * from locks")[1] then
      break
    end
    task.sleep(0.05)
  end
  local e = test.raises(function() ledger:lock("t", "plan") end, { kind = "locked" })
  test.match(e.message, "apply")
  holder:kill(9)
  holder:wait()
  local lock <close> = ledger:lock("t", "plan")
  test.truthy(lock)
end)

test("a lock is given back", function()
  local ledger <close> = store.open(":memory:")
  local lock = ledger:lock("t", "apply")
  lock:release()
  test.equal(ledger.connection:run("select * from locks"), {})
end)

test("a file that is no ledger is named as such", function()
  local path = scratch()
  fs.write_atomic(path, ("not a database "):rep(100), tonumber("600", 8))
  local e = test.raises(function() store.open(path) end, { code = "LedgerFailed" })
  test.match(e.hint, "adopt")
end)
