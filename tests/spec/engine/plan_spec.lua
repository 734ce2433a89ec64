-- SPDX-License-Identifier: MIT
-- Plan and apply with a kind of resource made for the test: order, references, batches, conflicts, failures.
local apply = require "engine.apply"
local plan = require "engine.plan"
local refs = require "model.refs"
local session = require "engine.session"
local store = require "store"
local task = require "task"
local test = require "spec"
local wait = require "engine.wait"

-- A cloud of one table: objects by key, calls in order.
local function small_cloud(options)
  local cloud = { objects = {}, log = {}, count = 0, fail = options and options.fail or {} }
  local client = {}
  function client:call(action, params)
    table.insert(cloud.log, action .. " " .. tostring(params.Name))
    local failure = cloud.fail[params.Name]
    if failure then
      cloud.fail[params.Name] = failure.again
      error(failure.error, 0)
    end
    if action == "CreateThing" then
      cloud.count = cloud.count + 1
      cloud.objects[params.Name] = { id = "thing-" .. cloud.count, parent = params.Parent, token = params.ClientToken }
      return { Id = cloud.objects[params.Name].id, RequestId = "R" }
    end
    cloud.objects[params.Name] = nil
    return { RequestId = "R" }
  end
  cloud.session = session.new { connect = function() return client end, pace = wait.pace(0) }
  return cloud
end

local function kind_of(cloud)
  local kind = { name = "thing", waits = "route" }
  function kind.read(_, items)
    local found = {}
    for _, item in ipairs(items) do
      found[item.key] = cloud.objects[item.spec.name] and { id = cloud.objects[item.spec.name].id, owner = "t" }
    end
    return found
  end
  function kind.compare(item, actual)
    if item.spec.taken then
      return "conflict", "taken by somebody"
    end
    return actual.id and "same"
  end
  function kind.is_ready() return true end
  function kind.describe(item) return item.key end
  function kind.phases(action, items)
    local item = items[1]
    if action == "create" then
      return { { product = "p", action = "CreateThing", place = item.place, token = true,
        params = { Name = item.spec.name, Parent = item.spec.parent },
        accept = function(answer) return { [item.key] = { id = answer.Id } } end,
        look = function() return true end } }
    end
    return { { product = "p", action = "DeleteThing", place = item.place, removes = true,
      params = { Name = item.spec.name } } }
  end
  return kind
end

local function item(key, fields)
  local entry = { key = key, kind = "thing", place = { account = "default", region = "r" }, owner = "t", stage = "s",
    spec = { name = key } }
  for name, value in pairs(fields or {}) do
    entry[name] = value
  end
  return entry
end

local function parent_and_child()
  return { item "a", item("b", { after = { { key = "a", level = "ready" } },
    spec = { name = "b", parent = refs.to("a", "id", "CreateThing") } }) }
end

local function carry_out(cloud, items, ledger)
  local kinds = { thing = kind_of(cloud) }
  local actuals = plan.read(cloud.session, kinds, items, {})
  local made = plan.make(kinds, items, actuals)
  return apply.run { session = cloud.session, ledger = ledger, plan = made, topology = "t", run = 1,
    actuals = actuals },
    made
end

test("a plan shows what another call will give as known after it", function()
  local cloud = small_cloud()
  local kinds, items = { thing = kind_of(cloud) }, parent_and_child()
  local made = plan.make(kinds, items, {})
  local calls = plan.calls(made, made.steps[2])
  test.equal(tostring(calls[1].params.Parent), "(known after CreateThing)")
  test.equal(plan.counts(made), { add = 2, change = 0, destroy = 0, wait = 0, calls = 2 })
end)

test("steps run in the order of their needs, references are filled in", function()
  local cloud, ledger <close> = small_cloud(), store.open ":memory:"
  local outcome = carry_out(cloud, parent_and_child(), ledger)
  test.equal(#outcome.done, 2)
  test.equal(cloud.log, { "CreateThing a", "CreateThing b" })
  test.equal(cloud.objects.b.parent, cloud.objects.a.id)
  test.equal(ledger:open_intents "t", {})
  test.equal(ledger:resources("t").b.id, cloud.objects.b.id)
end)

test("what exists already is left alone", function()
  local cloud, ledger <close> = small_cloud(), store.open ":memory:"
  carry_out(cloud, parent_and_child(), ledger)
  local _, made = carry_out(cloud, parent_and_child(), ledger)
  test.equal(#made.steps, 0)
  test.equal(#cloud.log, 2)
end)

test("a failure stops what depends on it, nothing else", function()
  local errors = require "errors"
  local cloud = small_cloud { fail = { a = { error = errors.new { kind = "cloud", code = "Bad", message = "no" } } } }
  local ledger <close> = store.open ":memory:"
  local items = parent_and_child()
  items[3] = item "c"
  local outcome = carry_out(cloud, items, ledger)
  test.equal(#outcome.failed, 1)
  test.equal(outcome.failed[1].items[1].key, "a")
  test.equal(outcome.unfinished[1].items[1].key, "b")
  test.equal(outcome.unfinished[1].outcome, "not started")
  test.truthy(cloud.objects.c)
  test.falsy(cloud.objects.b)
end)

test("the same attempt has the same token, a new generation another one", function()
  local errors = require "errors"
  local cloud = small_cloud { fail = { a = { error = errors.new { kind = "network", code = "Cut",
    message = "cut" } } } }
  local tokens, ledger <close> = {}, store.open ":memory:"
  local original = ledger.intend
  function ledger:intend(intent)
    tokens[#tokens + 1] = intent.token
    return original(self, intent)
  end
  carry_out(cloud, { item "a" }, ledger)
  carry_out(cloud, { item "a" }, ledger)
  test.equal(#tokens, 2)
  test.equal(tokens[1], tokens[2])
  test.equal(#tokens[1], 64)
  cloud.objects.a = nil
  carry_out(cloud, { item "a" }, ledger)
  test.truthy(tokens[3] ~= tokens[1], "the object was proved gone")
end)

test("other parameters for the same absent object get another token", function()
  local errors = require "errors"
  local cloud = small_cloud { fail = { a = { error = errors.new { kind = "network", code = "Cut",
    message = "cut" } } } }
  local tokens, ledger <close> = {}, store.open ":memory:"
  local original = ledger.intend
  function ledger:intend(intent)
    tokens[#tokens + 1] = intent.token
    return original(self, intent)
  end
  carry_out(cloud, { item("a", { spec = { name = "a", parent = "x" } }) }, ledger)
  carry_out(cloud, { item("a", { spec = { name = "a", parent = "y" } }) }, ledger)
  test.truthy(tokens[1] ~= tokens[2])
end)

test("an intent is durable before its call leaves", function()
  local cloud, ledger <close> = small_cloud(), store.open ":memory:"
  local seen
  local connect = cloud.session.connect
  cloud.session.connect = function(...)
    local client = connect(...)
    return { call = function(_, action, params)
      seen = #ledger:open_intents "t"
      return client:call(action, params)
    end }
  end
  carry_out(cloud, { item "a" }, ledger)
  test.equal(seen, 1)
end)

test("conflicts come all at once and refuse the plan", function()
  local cloud = small_cloud()
  cloud.objects.a, cloud.objects.b = { id = "1" }, { id = "2" }
  local kinds = { thing = kind_of(cloud) }
  local items = { item("a", { spec = { name = "a", taken = true } }), item("b", { spec = { name = "b",
    taken = true } }) }
  local made = plan.make(kinds, items, (plan.read(cloud.session, kinds, items, {})))
  local e = test.raises(function() plan.refuse_conflicts(made) end, { kind = "refused" })
  test.match(e.message, "2 conflicts")
end)

test("removal goes against the order of creation and leaves what is not ours", function()
  local cloud, ledger <close> = small_cloud(), store.open ":memory:"
  local items = parent_and_child()
  items[3] = item "c"
  carry_out(cloud, items, ledger)
  cloud.log = {}
  items = parent_and_child()
  items[3] = item "c"
  local kinds = { thing = kind_of(cloud) }
  local actuals = plan.read(cloud.session, kinds, items, {})
  local removal = plan.removal(kinds, items, actuals, function(entry) return entry.key ~= "c" end)
  apply.run { session = cloud.session, ledger = ledger, plan = removal, topology = "t", run = 2, actuals = actuals }
  test.equal(cloud.log, { "DeleteThing b", "DeleteThing a" })
  test.truthy(cloud.objects.c)
  test.equal(ledger:generation("t", "a"), 1)
end)

test("writes of one queue never overlap", function()
  local cloud, ledger <close> = small_cloud(), store.open ":memory:"
  local inside, most = 0, 0
  cloud.session.connect = function()
    return { call = function(_, _, params)
      inside = inside + 1
      most = math.max(most, inside)
      task.sleep(0.01)
      inside = inside - 1
      return { Id = params.Name }
    end }
  end
  local items = {}
  for index = 1, 4 do
    items[index] = item("k" .. index, { queue = "vpc" })
  end
  carry_out(cloud, items, ledger)
  test.equal(most, 1)
end)
