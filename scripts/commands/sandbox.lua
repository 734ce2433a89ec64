-- SPDX-License-Identifier: MIT
-- peerway sandbox: the emulated cloud on a socket, for other processes and other clients.

local errors = require "errors"
local flags = require "commands.flags"
local fs = require "fs"
local json = require "json"
local task = require "task"

local command = {
  name = "sandbox",
  summary = "serve an emulated cloud on a socket",
  usage = "peerway sandbox [--listen ADDRESS:PORT] [--world NAME|FILE] [--state FILE] [--fault FILE]",
  description = "Serves every emulated product on one socket: signatures, required parameters, states that "
    .. "take time, quotas and error codes are those of the real cloud. Prints one line with the address, and "
    .. "the variables that point a client at it. Ends on SIGINT and SIGTERM.",
  examples = { "peerway sandbox --listen 127.0.0.1:8787", "peerway sandbox --world hub --state cloud.json" },
  positional = { 0, 0 },
  flags = {
    { "listen", type = "string", value = "ADDRESS:PORT", default = "127.0.0.1:0",
      help = "where to listen; port 0 takes a free one (default 127.0.0.1:0)" },
    { "world", type = "string", value = "NAME|FILE", default = "worked-example",
      help = "worked-example, cross-account, hub, empty, or a Lua or JSON file" },
    { "state", type = "string", value = "FILE", help = "keep the cloud in FILE; it survives the process" },
    { "time-scale", type = "number", value = "FACTOR", min = 0, default = 1,
      help = "factor on all delays of the cloud: 1 is cloud-like, 0 is at once" },
    { "fault", type = "string", value = "FILE", help = "fault plan, Lua or JSON (scripts/sandbox/FAULTS.md)" },
    { "data-plane", type = "string", value = "KIND", choices = { "auto", "netns", "symbolic", "none" },
      default = "auto", help = "how packets are carried (default auto)" },
    { "json", help = "print the line as JSON" },
  },
}

-- A table from a Lua or JSON file. Lua files are data: they see no libraries.
local function load_data(path)
  local text = fs.read(path)
  if path:match("%.json$") then return json.decode(text) end
  local chunk, why = load(text, "@" .. path, "t", {})
  if not chunk then
    errors.raise { kind = "input", code = "InvalidFile", message = ("%s: %s"):format(path, why),
      hint = "the file has to be Lua that returns a table, or JSON" }
  end
  local ok, value = pcall(chunk)
  if not ok or type(value) ~= "table" then
    errors.raise { kind = "input", code = "InvalidFile",
      message = ("%s: %s"):format(path, ok and "it returns no table" or tostring(value)) }
  end
  return value
end

local function world_of(name)
  if require("sandbox").presets[name] then return name end
  if fs.stat(name) then return load_data(name) end
  errors.raise { kind = "usage", code = "NoSuchWorld",
    message = ("--world %s is neither a preset nor a file"):format(name),
    hint = "presets: cross-account, empty, hub, worked-example" }
end

local function address_of(text)
  local address, port = text:match("^([%d%.]+):(%d+)$")
  port = tonumber(port)
  if not address or port > 65535 then
    errors.raise { kind = "usage", code = "Usage", message = ("--listen %s: ADDRESS:PORT is expected"):format(text),
      hint = "for example --listen 127.0.0.1:8787" }
  end
  return address, port
end

local function announce(box, url, options)
  local account = box:accounts().default
  local key = account and account.access_key_id
  if options.json then
    print(json.encode { version = 1, type = "sandbox", endpoint = url, access_key_id = key,
      data_plane = options.data_plane })
  else
    print(("sandbox listens at %s; export PEERWAY_ENDPOINT=%s ALIBABA_CLOUD_ACCESS_KEY_ID=%s "
      .. "ALIBABA_CLOUD_ACCESS_KEY_SECRET=%s"):format(url, url, key or "", box:demo_secret("default") or ""))
  end
  io.stdout:flush()
end

---@param options table
---@return integer exit code
function command.action(options)
  local address, port = address_of(options.listen)
  local sandbox = require "sandbox"
  local box <close> = sandbox.new {
    world = world_of(options.world), state_file = options.state, time_scale = options.time_scale,
    faults = options.fault and load_data(options.fault) or nil, data_plane = options.data_plane,
    on_symbolic_run = require "probe.symbolic",
  }
  local server = box:listen { address = address, port = port }
  announce(box, ("http://%s:%d"):format(address, server.port), options)
  task.event():wait() -- until a signal cancels this task
  return 0
end

return flags.command(command)
