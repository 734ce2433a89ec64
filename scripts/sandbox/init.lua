-- SPDX-License-Identifier: MIT
-- The sandbox: an emulated cloud, as strict as the real one. In this process behind http.mount, or on
-- a socket; one world, accounts with documented demo keys, and a data plane on which commands run.

local clock = require "clock"
local dns = require "dns"
local errors = require "errors"
local faults = require "sandbox.faults"
local gateway = require "sandbox.gateway"
local hosts = require "sandbox.hosts"
local http = require "http"
local json = require "json"
local public_names = require "sandbox.public_names"
local random = require "random"
local settings = require "sandbox.settings"
local statefile = require "sandbox.statefile"
local task = require "task"
local throttle = require "sandbox.throttle"
local tokens = require "sandbox.tokens"
local world = require "sandbox.world"

local sandbox = { presets = require "sandbox.presets" }

local Box = {}
Box.__index = Box
Box.__name = "sandbox"
for name, method in pairs(require "sandbox.plane") do Box[name] = method end

local JOURNAL <const> = 100000 -- calls that are remembered

-- Signing and verifying; loaded when first needed.
local function native()
  return require "cloud.native"
end

local function world_of(options)
  local spec = options.world or "worked-example"
  if type(spec) == "string" then
    if not sandbox.presets[spec] then
      errors.raise { kind = "input", code = "InvalidWorld", message = "sandbox: no world is called " .. spec,
        hint = "worlds: cross-account, empty, hub, worked-example" }
    end
    spec = sandbox.presets[spec]
  end
  return spec
end

---@class sandbox.Options
---@field world? string|table name of a preset, or a world (scripts/sandbox/presets.lua shows the form)
---@field state_file? string the cloud lives in this file and survives the process
---@field seed? integer of the identifiers; default from the world's randomness
---@field times? table<string, number> seconds (scripts/sandbox/settings.lua)
---@field time_scale? number factor on all times, default 1; 0: everything is ready at once
---@field session_scale? number factor on the life of temporary credentials
---@field quotas? table<string, integer>
---@field switches? table<string, boolean>
---@field token_retention? number seconds a ClientToken is remembered, default 86400
---@field clock_skew? number seconds that the cloud's clock is ahead of ours
---@field rates? table<string, {calls:integer, seconds:number}> by "Product.Action", "Product" or "*"
---@field faults? table[] fault plan (scripts/sandbox/FAULTS.md)
---@field data_plane? "auto"|"netns"|"symbolic"|"none" default auto
---@field on_symbolic_run? fun(net, instance:string, command):table what a command gives where nothing can be run
---@field verify? fun(request:table):table?, table? replaces the signature check; for tests of other parts only

---Makes an emulated cloud.
---@param options? sandbox.Options
---@return table box
function sandbox.new(options)
  options = options or {}
  local box = setmetatable({
    settings = settings.new(options), faults = faults.new(options.faults), journal = {}, bugs = {}, doors = {},
    tasks = {}, jobs = {}, gate = task.semaphore(1), net_gate = task.semaphore(1), ring = not options.verify
      and native().keyring() or nil, known_keys = {}, verifier = options.verify,
    data_plane = options.data_plane or "auto", on_symbolic_run = options.on_symbolic_run,
      base64 = require "sandbox.base64",
  }, Box)
  box.throttle = throttle.new(box.settings.rates)
  local spec = world_of(options)
  if options.state_file then
    box.file = statefile.new(options.state_file)
    local lock <close> = box.file:lock() -- luacheck: ignore
    local saved = box.file:read()
    box.data = saved and world.adopt(saved)
      or world.build(spec, clock.wall(), options.seed or random.integer(1, 1 << 40))
    if not saved then box.file:write(box.data) end
  else
    box.data = world.build(spec, clock.wall(), options.seed or random.integer(1, 1 << 40))
  end
  box:learn_keys()
  return box
end

---@return number wall-clock seconds of the world
function Box:now()
  return clock.wall()
end

-- The keyring learns every key of the state: those of the accounts, and temporary ones.
function Box:learn_keys()
  if not self.ring then return end
  for id, key in pairs(self.data.keys) do
    if not self.known_keys[id] then
      self.known_keys[id] = true
      self.ring:add { access_key_id = id, secret = key.secret, account_uid = key.uid, identity = key.name,
        token = key.token, expires = key.expires and math.floor(key.expires), disabled = key.disabled }
    end
  end
end

---Checks the signature of a request.
---@return table? {access_key_id=, ...}, table? {code=, message=, http_status=}
function Box:verify(request)
  if self.verifier then return self.verifier(request) end
  return native().verify(self.ring, request, { now = math.floor(self:now() + self.settings.clock_skew) })
end

---Runs a step on the state, alone in this process and among the processes that share the state file.
---@param step fun(marks:{save:boolean?}):any sets marks.save when the state has to be saved
---@return any
function Box:exclusive(step)
  local marks = {}
  return self.gate:with(function()
    local lock <close> = self.file and self.file:lock() or nil -- luacheck: ignore
    local fresh = self.file and self.file:read()
    if fresh then
      self.data = world.adopt(fresh)
      self:learn_keys()
    end
    local before = self.faults.keeps_history and json.encode(self.data)
    local ok, result = pcall(step, marks)
    if marks.save then
      self.history = before
      if self.file then
        tokens.sweep(self.data, self:now(), self.settings.token_retention)
        self.file:write(self.data)
      end
      self:learn_keys()
    end
    if not ok then error(result, 0) end
    return result
  end)
end

---The state before the last write, for stale reads.
function Box:old_state()
  return self.history and json.decode(self.history) or self.data
end

---Runs something beside the calls; it ends with the box at the latest.
function Box:spawn(fn)
  if self.closed then return end
  local job = task.background(fn)
  self.tasks[#self.tasks + 1] = job
  return job
end

function Box:record(entry)
  if #self.journal >= JOURNAL then table.remove(self.journal, 1) end
  self.journal[#self.journal + 1] = entry
end

-- A defect of the sandbox itself: answered as 500, kept here, and said aloud.
function Box:report_bug(problem)
  self.bugs[#self.bugs + 1] = problem
  io.stderr:write("peerway sandbox: internal error: ", tostring(problem), "\n")
end

---Answers one HTTP request: API calls, and the control pages of a socket.
---@param request table as http handlers get it
---@return table reply
function Box:handle(request)
  if request.door == "socket" and request.path:match("^/_sandbox/") then
    return require("sandbox.control").handle(self, request)
  end
  if request.path:match("^/latest/") then return require("sandbox.metadata").handle(self, request) end
  local odps = request.headers.authorization and request.headers.authorization:match("^ODPS ")
  local management = request.headers["x-acs-version"] or request.path:match("^/api/v1/")
  local host = (request.hostname or request.host or ""):gsub(":%d+$", "")
  if odps or hosts.is_data_service(host) or (not management and request.path:match("^/api") ~= nil)
    or request.path:match("^/projects") then
    return self:data_service():handle(request, self:data_context(host))
  end
  return gateway.handle(self, request)
end

---Answers for all cloud hosts inside this process.
---@return table door with :close()
function Box:mount()
  local door = http.mount(function(url)
    -- every name of the cloud ends here, also those it does not know: nothing leaks to the network
    return url.host:match("%.aliyuncs%.com$") ~= nil or url.host == "100.100.100.200"
  end, function(request) return self:handle(request) end)
  self.doors[#self.doors + 1] = door
  for _, zone in ipairs(public_names.zones) do
    self.doors[#self.doors + 1] = dns.mount(zone, public_names.handler(self))
  end
  return door
end

---Serves all products on one socket.
---@param options? {address:string?, port:integer?, tls:table?}
---@return table server with .port and :close()
function Box:listen(options)
  options = options or {}
  local server = http.serve { address = options.address or "127.0.0.1", port = options.port or 0, tls = options.tls,
    handler = function(request) return self:handle(request) end }
  self.doors[#self.doors + 1] = server
  return server
end

---The accounts of the world.
---@return table<string, {uid:integer, access_key_id:string, users:table<string,string>}>
function Box:accounts()
  local list = {}
  for _, account in pairs(self.data.accounts) do
    list[account.name] = { uid = account.uid, users = {} }
  end
  for _, key in pairs(self.data.keys) do
    local account = list[self.data.accounts[tostring(key.uid)].name]
    if key.type == "Account" then account.access_key_id = key.id end
    if key.type == "RAMUser" then account.users[key.name] = key.id end
  end
  return list
end

-- The key of an account ("default"), or of a user in it ("default/operator").
local function key_of(state, name)
  local account_name, user = name:match("^([^/]+)/?(.*)$")
  for _, key in pairs(state.keys) do
    local account = state.accounts[tostring(key.uid)]
    if account.name == account_name
      and (user == "" and key.type == "Account" or key.type == "RAMUser" and key.name == user) then
      return key
    end
  end
  errors.raise { kind = "input", code = "NoSuchAccount", message = "the sandbox has no account " .. name }
end

---The documented secret of an account's key, for clients in other processes.
---@param name string
---@return string
function Box:demo_secret(name)
  return key_of(self.data, name).secret
end

---A credential handle for cloud.client, signed with the demo key of the account.
---@param name? string default "default"; "default/operator" for a RAM user
---@return userdata
function Box:account(name)
  local key = key_of(self.data, name or "default")
  return native().account { access_key_id = key.id, access_key_secret = key.secret }
end

---A copy of the whole state, brought up to now.
---@return table
function Box:state()
  return self:exclusive(function()
    require("sandbox.timeline").advance(self.data, self:now(), self)
    return json.decode(json.encode(self.data))
  end)
end

---Every call so far: product, action, account, params, outcome ("ok" or the code), status, time, kind.
---@return table[]
function Box:calls()
  return self.journal
end

---Ends doors, running commands and the data plane. Idempotent.
function Box:close()
  if self.closed then return end
  self.closed = true
  for _, door in ipairs(self.doors) do door:close() end
  for _, job in ipairs(self.tasks) do job:cancel("the sandbox is closed") end
  if self.net then self.net:close() end
end

Box.__close = Box.close

return sandbox
