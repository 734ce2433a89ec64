---@meta
-- SPDX-License-Identifier: MIT
-- types.lua: signatures of module `store`: the ledger of a project, SQLite with WAL and synchronous=FULL.
-- Writers of one turn of the loop share one commit. Errors: kind "internal", code "LedgerFailed" (with the
-- SQLite code), kind "locked", code "Locked", kind "input", code "LedgerTooNew".

---@class store
local store = {}

--- Opens the ledger file, making it with mode 0600 when it is not there.
---@param path string or ":memory:"
---@return store.Ledger close it: `local ledger <close> = store.open(path)`
function store.open(path) end

---@class store.Ledger
---@field namespace string random text made once for a file; part of every ClientToken
local ledger = {}

---@class store.Intent
---@field run integer
---@field topology string
---@field key string logical key
---@field action string API action
---@field digest string of the parameters
---@field token string? ClientToken
---@field generation integer
---@field account string?
---@field request table? parameters, no secrets

---@class store.Resource
---@field key string logical key
---@field kind string
---@field id string?
---@field owner "ours"|"foreign"
---@field account string?
---@field region string?
---@field spec table?
---@field result table?

--- Notes the start of a command; returns its number.
---@param topology string
---@param command string
---@param digest string? of the topology file
---@return integer run
function ledger:begin_run(topology, command, digest) end

--- Notes the end of a command.
---@param run integer
---@param outcome "done"|"failed"|"interrupted"
---@param summary table
function ledger:end_run(run, outcome, summary) end

--- The latest runs, newest first.
---@param topology string? nil: of all
---@param limit integer? default 20
---@return table[]
function ledger:history(topology, limit) end

--- Makes an intent durable; only then may its call leave. Waits for the commit.
---@param intent store.Intent
---@return integer id
function ledger:intend(intent) end

--- Makes the outcome of an intent durable; only then may a dependent call leave.
---@param id integer
---@param outcome { state: "done"|"failed"|"adopted"|"void", result: table?, topology: string,
---  resources: store.Resource[]?, forget: string[]? }
function ledger:conclude(id, outcome) end

--- Intents without an outcome, oldest first: a run ended between the two records.
---@param topology string
---@return table[]
function ledger:open_intents(topology) end

--- The latest intent for a key and an action, whatever became of it.
---@return table?
function ledger:last_intent(topology, key, action) end

--- Voids the open intents of a key, because a new one takes their place; whether there were any.
---@return boolean
function ledger:supersede(topology, key) end

---@param run integer
---@return table[]
function ledger:intents_of(run) end

--- What is known of a topology, by logical key.
---@param topology string
---@return table<string, store.Resource>
function ledger:resources(topology) end

--- Notes resources outside an intent.
---@param topology string
---@param resources store.Resource[]
function ledger:remember(topology, resources) end

--- Notes that objects are proved gone: their keys start a new generation.
---@param topology string
---@param keys string[]
function ledger:forget(topology, keys) end

--- How often the object of a key was proved gone.
---@return integer
function ledger:generation(topology, key) end

--- Keeps a JSON value under a name.
function ledger:set_fact(topology, name, value) end

--- A kept value and when it was kept.
---@return any value
---@return number? seconds since 1970
function ledger:fact(topology, name) end

--- Takes a lock for this process. A lock whose process is dead (same host) or silent for 60 s (other host) is
--- void. Raises kind "locked".
---@param name string
---@param command string what the holder does
---@return store.Lock close or release it
function ledger:lock(name, command) end

function ledger:close() end

---@class store.Lock
local lock = {}
function lock:release() end

return store
