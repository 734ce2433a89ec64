-- SPDX-License-Identifier: MIT
-- bootstrap: runs once at start: require over the bundle, coroutines that pass waits up,
-- uncatchable cancellation, strict globals, an environment without secrets.

local bundle = require "bundle"
local env = require "env"
local native = require "task.native"

-- Modules ------------------------------------------------------------------------------------------

-- Folders where a user's copy of a bundled script wins (`peerway eject` writes there), best first.
local override_folders = {}
-- Folders of the user's own modules: that of the main script, then PEERWAY_PATH.
local script_folders = {}

local function readable(path)
  local file = io.open(path, "r")
  if file then file:close() end
  return file ~= nil
end

local function find_in(folders, name)
  local relative = name:gsub("%.", "/")
  for _, folder in ipairs(folders) do
    for _, path in ipairs { folder .. "/" .. relative .. ".lua", folder .. "/" .. relative .. "/init.lua" } do
      if readable(path) then return path end
    end
  end
end

-- The host itself is not overridable: it decides what an override is.
local fixed = { bootstrap = true, host = true, task = true, errors = true }

local function locate(name)
  local path = not fixed[name] and find_in(override_folders, name)
  if path then return "override", path end
  path = bundle.path(name)
  if path then return "bundled", path end
  path = find_in(script_folders, name)
  if path then return "script", path end
end

local function load_module(name)
  local kind, path = locate(name)
  if not kind then return nil end
  if kind == "bundled" then
    local unused = find_in(script_folders, name)
    if unused then
      local note = "peerway: note: %s is not what require '%s' gives; the bundled module is\n"
      io.stderr:write(note:format(unused, name))
    end
    return bundle.load(name)
  end
  local chunk, problem = loadfile(path, "t")
  if not chunk then error(problem, 0) end
  return chunk, path
end

local preload, loaded = package.preload, package.loaded
local loading = {}

local function not_found(name)
  local searched = table.concat(script_folders, ", ")
  return ("module '%s' not found: neither native nor bundled, nor in %s"):format(
    name, searched ~= "" and searched or "the folder of a script (none is running)")
end

-- Runs in Lua, so that a module's top level may wait: the stock require is a C call.
local function run_module(name, chunk, path)
  loading[name] = true
  local _ <close> = setmetatable({}, { __close = function() loading[name] = nil end })
  local result = chunk(name, path)
  if loaded[name] == nil then loaded[name] = result == nil and true or result end
end

function _G.require(name)
  if type(name) ~= "string" then
    error(("bad argument #1 to 'require' (string expected, got %s)"):format(type(name)), 2)
  end
  if loaded[name] ~= nil then return loaded[name] end
  if loading[name] then
    error(("module '%s' requires itself while it is loading"):format(name), 2)
  end
  local chunk, path = preload[name], ":preload:"
  if not chunk then chunk, path = load_module(name) end
  if not chunk then error(not_found(name), 2) end
  run_module(name, chunk, path)
  return loaded[name]
end

package.path, package.cpath = "", ""
package.loadlib, package.searchers, package.searchpath = nil, nil, nil

-- Tells host.lua and the commands `which` and `eject` where modules come from.
loaded["modules"] = {
  locate = locate,
  override_folders = override_folders,
  script_folders = script_folders,
}

-- Waits inside coroutines of the script's own ------------------------------------------------------

local raw_resume, raw_create, raw_yield = coroutine.resume, coroutine.create, coroutine.yield
local raw_close = coroutine.close
local sentinel = native.sentinel

-- A wait inside `co` yields the sentinel: hand it to the task, then go on where it waited.
local function pass_waits(co, ok, ...)
  if ok and (...) == sentinel then
    raw_yield(sentinel)
    return pass_waits(co, raw_resume(co))
  end
  return ok, ...
end

function coroutine.resume(co, ...)
  return pass_waits(co, raw_resume(co, ...))
end

local function unwrap(co, ok, ...)
  if ok then return ... end
  raw_close(co)
  error((...), 0)
end

function coroutine.wrap(fn)
  local co = raw_create(fn)
  return function(...)
    return unwrap(co, pass_waits(co, raw_resume(co, ...)))
  end
end

-- Cancellation cannot be caught: it unwinds to the end of the task, <close> variables run -----------

local raw_pcall, raw_xpcall = pcall, xpcall
local is_cancelled = native.is_cancelled

local function rethrow_cancellation(ok, ...)
  local problem = ...
  if not ok and type(problem) == "table" and rawget(problem, "kind") == "cancelled" and is_cancelled() then
    error(problem, 0)
  end
  return ok, ...
end

function _G.pcall(fn, ...)
  return rethrow_cancellation(raw_pcall(fn, ...))
end

function _G.xpcall(fn, handler, ...)
  return rethrow_cancellation(raw_xpcall(fn, handler, ...))
end

-- Environment and globals --------------------------------------------------------------------------

os.getenv = env.get

require "errors"

setmetatable(_G, {
  __newindex = function(_, name)
    error(("assignment to the undeclared global '%s'; write `local %s`"):format(tostring(name), tostring(name)), 2)
  end,
  __index = function(_, name)
    error(("use of the undeclared global '%s'"):format(tostring(name)), 2)
  end,
})
