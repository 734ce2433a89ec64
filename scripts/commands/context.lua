-- SPDX-License-Identifier: MIT
-- commands.context: what a command on a topology works with: model, session (embedded sandbox or cloud),
-- ledger, lock and report. Closing it ends everything in order.
local cloud = require "cloud"
local digest = require "engine.digest"
local env = require "env"
local errors = require "errors"
local fs = require "fs"
local http = require "http"
local json = require "json"
local model = require "model"
local session = require "engine.session"
local store = require "store"
local wait = require "engine.wait"

local M = {}

---@class Context
---@field model Model
---@field session Session
---@field ledger Ledger
---@field report table
---@field options table
local Context = {}
Context.__index = Context

local PRIVATE_FOLDER <const> = 448 -- 0700
local DEFAULT_SCALE <const> = 0.1
local DEFAULT_FILE <const> = "topology.lua"

local function in_folder(options, path)
  if options.chdir and path:sub(1, 1) ~= "/" then
    return options.chdir .. "/" .. path
  end
  return path
end

--- The topology file a command works on: the argument, or topology.lua.
---@param options table
---@param positional string[]
---@return string
function M.topology_path(options, positional)
  local path = in_folder(options, positional[1] or DEFAULT_FILE)
  if not fs.stat(path) then
    errors.raise { kind = "usage", code = "NoTopology", message = ("there is no topology file %s"):format(path),
      hint = positional[1] and "check the path" or "name a file, or make one: peerway init" }
  end
  return path
end

--- The state folder, made when it is not there (mode 0700).
function M.state_folder(options)
  local folder = in_folder(options, options.state_dir or ".peerway")
  if options.sandbox then
    folder = folder .. "/sandbox"
  end
  fs.mkdir(folder, PRIVATE_FOLDER)
  return folder
end

--- The ledger's file: one for the cloud, one for each sandbox world.
function M.ledger_path(options)
  return ("%s/%s.db"):format(M.state_folder(options), options.sandbox or "ledger")
end

local function connector_of(box)
  local accounts = {}
  return function(product, place)
    accounts[place.account] = accounts[place.account] or box:account(place.account)
    return cloud.client { product = product, region = place.region, account = accounts[place.account],
      published_endpoints = true } -- the sandbox is mounted at the published names, whatever the environment says
  end
end

-- The embedded sandbox: the same handler that `peerway sandbox` serves on a socket, mounted in-process.
local function open_sandbox(self, folder)
  local scale = self.options.time_scale or DEFAULT_SCALE
  local box = require("sandbox").new { world = self.options.sandbox,
    state_file = ("%s/%s.json"):format(folder, self.options.sandbox), time_scale = scale,
    data_plane = self.options.data_plane or "auto", on_symbolic_run = require "probe.symbolic" }
  box:mount()
  self.box = box
  return connector_of(box), wait.pace(scale)
end

-- A sandbox behind a socket tells how fast its cloud is, as the embedded one does; so waits need one look each.
-- Whatever else is there tells nothing, and is found out by looking: no answer is no error here.
local function told_scale()
  local endpoint = env.get "PEERWAY_ENDPOINT"
  if not endpoint or not endpoint:find "^http://" then return nil end
  local ok, answer = pcall(http.request, { url = endpoint:gsub("/+$", "") .. "/_sandbox/pace", timeout = 2 })
  if not ok or answer.status ~= 200 then return nil end
  local read, told = pcall(json.decode, answer.body)
  return read and type(told) == "table" and tonumber(told.time_scale) or nil
end

-- Accounts of a topology: "default" is the credential chain, others name a profile of ~/.aliyun/config.json.
local function open_cloud(self)
  return function(product, place)
    local account = self.model.accounts[place.account]
    local name = account and account.profile or (place.account ~= "default" and place.account or nil)
    return cloud.client { product = product, region = place.region, account = name }
  end, wait.pace(told_scale())
end

-- Calls that go to another host than the cloud's are never silent.
local function tell_overrides(report)
  for _, name in ipairs(env.names()) do
    if name == "PEERWAY_ENDPOINT" or name:match "^ALIBABA_CLOUD_ENDPOINT_" then
      local value = env.get(name)
      if value and value ~= "" then
        report:note(("calls go to %s (%s)"):format(value, name))
      end
    end
  end
end

--- Opens everything a command on a topology needs.
---@param options table parsed flags; a script may give `box`, an open sandbox that it mounted itself
---@param positional string[]
---@param use { lock: string?, report: table }
---@return Context close it: `local context <close> = ...`
function M.open(options, positional, use)
  local self = setmetatable({ options = options, report = use.report }, Context)
  self.model = model.load(M.topology_path(options, positional))
  self.digest = digest.sha256(fs.read(self.model.file))
  local folder = M.state_folder(options)
  self.ledger = store.open(M.ledger_path(options))
  if use.lock then
    self.lock = self.ledger:lock(self.model.name, use.lock)
  end
  local connect, pace
  if options.box then
    connect, pace = connector_of(options.box), options.pace or wait.pace()
  else
    connect, pace = (options.sandbox and open_sandbox or open_cloud)(self, folder)
    if not options.sandbox then
      tell_overrides(use.report)
    end
  end
  self.session = session.new { connect = connect, pace = pace, parallelism = options.parallelism,
    listener = function(event) use.report:event(event) end }
  return self
end

--- Ends lock, sandbox and ledger. Safe to call twice.
function Context:close()
  if self.lock then
    self.lock:release()
    self.lock = nil
  end
  if self.box then
    self.box:close()
    self.box = nil
  end
  if self.ledger then
    self.ledger:close()
    self.ledger = nil
  end
end
Context.__close = Context.close

return M
