-- SPDX-License-Identifier: MIT
-- store: the ledger, the project's memory of what it asked of a cloud. The cloud is the truth; the ledger
-- says what was meant. Narrow on purpose, so that another database can be the second implementation.
local clock = require "clock"
local errors = require "errors"
local json = require "json"
local native = require "store.native"
local random = require "random"
local schema = require "store.schema"
local task = require "task"

local M = {}

---@class Ledger
---@field namespace string random text made once; part of every ClientToken
local Ledger = {}
Ledger.__index = Ledger

local STALE_AFTER <const> = 60 -- seconds without heartbeat after which a lock of another host is void
local HEARTBEAT <const> = 10

local function transaction(connection, fn)
  connection:script "begin immediate"
  local ok, result = pcall(fn)
  if not ok then
    connection:script "rollback"
    error(result, 0)
  end
  connection:script "commit"
  return result
end

local function upgrade(connection)
  transaction(connection, function()
    local version = connection:run("pragma user_version")[1].user_version
    if version > schema.version then
      errors.raise { kind = "input", code = "LedgerTooNew",
        message = ("the ledger has format %d, this peerway knows %d"):format(version, schema.version),
        hint = "use the newer peerway" }
    end
    for step = version + 1, schema.version do
      connection:script(schema.upgrades[step])
    end
    connection:script(("pragma user_version = %d"):format(schema.version))
    if not connection:run("select value from meta where name = 'namespace'")[1] then
      connection:run("insert into meta values ('namespace', ?)", random.hex(16))
    end
  end)
end

--- Opens the ledger file, making it (mode 0600) when it is not there. Close it: `local l <close> = store.open(p)`.
---@param path string or ":memory:"
---@return Ledger
function M.open(path)
  local connection = native.open(path)
  upgrade(connection)
  local namespace = connection:run("select value from meta where name = 'namespace'")[1].value
  return setmetatable({ connection = connection, namespace = namespace, waiting = {} }, Ledger)
end

function Ledger:close()
  self.connection:close()
end
Ledger.__close = Ledger.close

local function flush(self)
  local wave = self.waiting
  self.waiting = {}
  local ok, why = pcall(transaction, self.connection, function()
    for _, entry in ipairs(wave) do
      entry.value = entry.fn()
    end
  end)
  for _, entry in ipairs(wave) do
    entry.failure = not ok and why or nil
    entry.done:set(true)
  end
end

-- Group commit: the first writer of a turn lets the others of that turn join, then one transaction, hence
-- one fsync, makes the whole wave durable.
local function durable(self, fn)
  local entry = { fn = fn, done = task.event() }
  self.waiting[#self.waiting + 1] = entry
  if #self.waiting == 1 then
    task.shield(function()
      task.yield()
      flush(self)
    end)
  else
    entry.done:wait()
  end
  if entry.failure then
    error(entry.failure, 0)
  end
  return entry.value
end

local function last_id(connection)
  return connection:run("select last_insert_rowid() as id")[1].id
end

local function decode(text)
  return text and json.decode(text) or nil
end

-- Runs ---------------------------------------------------------------------------------------------

--- Notes the start of a command; returns its number.
function Ledger:begin_run(topology, command, digest)
  return durable(self, function()
    self.connection:run("insert into runs (topology, command, digest, started) values (?, ?, ?, ?)",
      topology, command, digest, clock.wall())
    return last_id(self.connection)
  end)
end

--- Notes the end of a command.
---@param run integer
---@param outcome string "done", "failed", "interrupted", ...
---@param summary table
function Ledger:end_run(run, outcome, summary)
  durable(self, function()
    self.connection:run("update runs set finished = ?, outcome = ?, summary = ? where id = ?", clock.wall(), outcome,
      json.encode(summary or {}), run)
  end)
end

--- The latest runs, newest first.
function Ledger:history(topology, limit)
  local rows = self.connection:run("select * from runs where topology = ? or ? is null order by id desc limit ?",
    topology, topology, limit or 20)
  for _, row in ipairs(rows) do
    row.summary = decode(row.summary)
  end
  return rows
end

-- Intents and results ------------------------------------------------------------------------------

--- Makes an intent durable; only then may its call leave. Returns its number.
---@param intent { run: integer, topology: string, key: string, action: string, digest: string, token: string?,
---  generation: integer, account: string?, request: table? }
---@return integer id
function Ledger:intend(intent)
  return durable(self, function()
    self.connection:run([[insert into intents (run, topology, key, action, digest, token, generation, account, request,
      started) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)]], intent.run, intent.topology, intent.key, intent.action,
      intent.digest, intent.token, intent.generation, intent.account, intent.request and json.encode(intent.request),
      clock.wall())
    return last_id(self.connection)
  end)
end

--- Makes the outcome of an intent durable; only then may a dependent call leave. Rows of `resources`
--- are written in the same transaction; `forget` are keys whose objects are proved gone.
---@param id integer
---@param outcome { state: "done"|"failed"|"adopted"|"void", result: table?, topology: string, resources: table[]?,
---  forget: string[]? }
function Ledger:conclude(id, outcome)
  durable(self, function()
    self.connection:run("update intents set state = ?, result = ?, finished = ? where id = ?", outcome.state,
      json.encode(outcome.result or {}), clock.wall(), id)
    for _, resource in ipairs(outcome.resources or {}) do
      self:put_resource(outcome.topology, resource)
    end
    for _, key in ipairs(outcome.forget or {}) do
      self:drop_resource(outcome.topology, key)
    end
  end)
end

--- Intents without an outcome: a run ended between the two records.
---@param topology string
---@return table[] oldest first
function Ledger:open_intents(topology)
  return self.connection:run("select * from intents where topology = ? and state = 'open' order by id", topology)
end

--- The latest intent for a key and an API action, whatever became of it.
function Ledger:last_intent(topology, key, action)
  return self.connection:run([[select * from intents where topology = ? and key = ? and action = ?
    order by id desc limit 1]], topology, key, action)[1]
end

--- Whether an earlier call for the key has no known outcome. It is void from now on: the next intent of
--- the same key takes its place.
function Ledger:supersede(topology, key)
  local _, changed = self.connection:run([[update intents set state = 'void' where topology = ? and key = ?
    and state = 'open']], topology, key)
  return changed > 0
end

--- What is still open is void: a complete run has just settled everything that it could be about.
---@param topology string
function Ledger:void_open(topology)
  durable(self, function()
    self.connection:run("update intents set state = 'void', finished = ? where topology = ? and state = 'open'",
      clock.wall(), topology)
  end)
end

--- The intents of a run with their outcomes, in order.
function Ledger:intents_of(run)
  return self.connection:run("select * from intents where run = ? order by id", run)
end

-- Resources ----------------------------------------------------------------------------------------

-- Inside a transaction.
function Ledger:put_resource(topology, resource)
  self.connection:run([[insert into resources (topology, key, kind, id, owner, account, region, spec, result, updated)
    values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) on conflict (topology, key) do update set kind = excluded.kind,
    id = coalesce(excluded.id, id), owner = excluded.owner, account = excluded.account, region = excluded.region,
    spec = excluded.spec, result = coalesce(excluded.result, result), updated = excluded.updated]],
    topology, resource.key, resource.kind, resource.id, resource.owner or "ours", resource.account, resource.region,
    resource.spec and json.encode(resource.spec), resource.result and json.encode(resource.result), clock.wall())
end

-- Inside a transaction: the object is proved gone, so the next one of this key is a new generation.
function Ledger:drop_resource(topology, key)
  self.connection:run("delete from resources where topology = ? and key = ?", topology, key)
  self.connection:run([[insert into generations values (?, ?, 1)
    on conflict (topology, key) do update set generation = generation + 1]], topology, key)
end

--- Notes resources outside an intent (adopted ones, new facts about known ones).
function Ledger:remember(topology, resources)
  durable(self, function()
    for _, resource in ipairs(resources) do
      self:put_resource(topology, resource)
    end
  end)
end

--- Notes that objects are proved gone.
---@param topology string
---@param keys string[]
function Ledger:forget(topology, keys)
  durable(self, function()
    for _, key in ipairs(keys) do
      self:drop_resource(topology, key)
    end
  end)
end

--- What the ledger knows of a topology, by logical key.
---@param topology string
---@return table<string, table>
function Ledger:resources(topology)
  local by_key = {}
  for _, row in ipairs(self.connection:run("select * from resources where topology = ?", topology)) do
    row.spec, row.result = decode(row.spec), decode(row.result)
    by_key[row.key] = row
  end
  return by_key
end

--- The generation of a logical key: how often its object was proved gone.
function Ledger:generation(topology, key)
  local row = self.connection:run("select generation from generations where topology = ? and key = ?", topology, key)[1]
  return row and row.generation or 0
end

-- Facts --------------------------------------------------------------------------------------------

--- Keeps a JSON value under a name.
function Ledger:set_fact(topology, name, value)
  durable(self, function()
    self.connection:run([[insert into facts values (?, ?, ?, ?) on conflict (topology, name)
      do update set value = excluded.value, updated = excluded.updated]], topology, name, json.encode(value),
      clock.wall())
  end)
end

--- A kept value and when it was kept (seconds since 1970), or nil.
function Ledger:fact(topology, name)
  local row = self.connection:run("select value, updated from facts where topology = ? and name = ?", topology, name)[1]
  if row then
    return decode(row.value), row.updated
  end
end

-- Locks --------------------------------------------------------------------------------------------

local function holder_lives(row, host)
  if row.host == host then
    return native.alive(row.pid, row.start)
  end
  return clock.wall() - row.heartbeat < STALE_AFTER
end

---@class Lock
local Lock = {}
Lock.__index = Lock

--- Gives the lock back. Safe to call twice.
function Lock:release()
  if self.beating then
    self.beating:cancel "lock released"
    self.beating = nil
    self.ledger.connection:run("delete from locks where name = ? and pid = ? and start = ?", self.name, self.pid,
      self.start)
  end
end
Lock.__close = Lock.release

local function take(self, name, command, host, pid, start)
  return transaction(self.connection, function()
    local row = self.connection:run("select * from locks where name = ?", name)[1]
    if row and not (row.pid == pid and row.start == start) and holder_lives(row, host) then
      return row
    end
    local now = clock.wall()
    self.connection:run("insert or replace into locks values (?, ?, ?, ?, ?, ?, ?)", name, host, pid, start, command,
      now, now)
  end)
end

--- Takes a lock for this process; one whose process is dead (same host) or silent (other host) is void.
---@param name string
---@param command string what the holder does, for the other one's message
---@return Lock
function Ledger:lock(name, command)
  local host, pid, start = native.process()
  local holder = take(self, name, command, host, pid, start)
  if holder then
    errors.raise { kind = "locked", code = "Locked",
      message = ("'%s' is locked by process %d on %s (%s, for %.0f s)"):format(name, holder.pid, holder.host,
        holder.command, clock.wall() - holder.since), hint = "wait for it to end, then run the command again" }
  end
  local lock = setmetatable({ ledger = self, name = name, pid = pid, start = start }, Lock)
  lock.beating = task.background(function()
    while true do
      task.sleep(HEARTBEAT)
      self.connection:run("update locks set heartbeat = ? where name = ? and pid = ?", clock.wall(), name, pid)
    end
  end)
  return lock
end

return M
