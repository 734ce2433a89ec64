-- SPDX-License-Identifier: MIT
-- The data plane of the sandbox: makes namespaces, routes and filters of a cloud model, runs commands in
-- instances, and decides paths by the same rules. Interface and model: types.lua beside this file.
local errors = require "errors"
local fs = require "fs"
local task = require "task"
local compile = require "sandbox.network.compile"
local path = require "sandbox.network.path"
local resolver = require "sandbox.network.resolver"
local view = require "sandbox.network.view"

local network = {}

local Net = {}
Net.__index = Net

local RESOLV_CONF <const> = "/etc/resolv.conf"
local HOSTS <const> = "/etc/hosts"
local CA_BUNDLE <const> = "/etc/ssl/certs/ca-certificates.crt"
local NAME_SWITCH <const> = "/etc/nsswitch.conf"
local DEFAULT_TIMEOUT <const> = 60
local DEFAULT_OUTPUT <const> = 1 << 20

local function choose(mode)
  if mode == "symbolic" then return "symbolic", "asked for" end
  local how, reason = require("netns").prepare()
  if how then return "netns" end
  if mode == "netns" then
    errors.raise { kind = "permission", code = "NoNamespaces", message = "no network namespaces: " .. reason,
      hint = "run as root, allow unprivileged user namespaces, or use the symbolic data plane" }
  end
  return "symbolic", reason
end

function network.new(options)
  options = options or {}
  local mode, reason = choose(options.mode or "auto")
  local service = options.service or require("sandbox.maxcompute_service").new {}
  return setmetatable({ chosen = mode, reason = reason, service = service, view = view.new {},
    metadata = options.metadata,
    turn = task.semaphore(1) }, Net)
end

function Net:mode()
  return self.chosen, self.reason
end

--- The files of an instance: what DHCP, cloud-init and the image would have put there.
local function instance_files(self, space)
  local instance, vpc = space.port.instance, self.view.vpcs[space.vpc]
  local servers = {}
  for index, address in ipairs(vpc.dns_servers) do servers[index] = "nameserver " .. address .. "\n" end
  local files = {
    [RESOLV_CONF] = instance.resolv_conf or ("options timeout:2 attempts:2\n" .. table.concat(servers)),
  }
  -- Laid over what the host has; a minimal host may lack these.
  if fs.stat(HOSTS) then
    files[HOSTS] = ("127.0.0.1 localhost\n%s %s\n%s"):format(instance.address, instance.hostname or space.port.id,
      instance.hosts or "")
  end
  -- The host may look names up elsewhere (nss-resolve, mdns): instances use files and DNS only.
  if fs.stat(NAME_SWITCH) then
    files[NAME_SWITCH] = "passwd: files\ngroup: files\nhosts: files dns\nservices: files\nprotocols: files\n"
  end
  if fs.stat(CA_BUNDLE) then files[CA_BUNDLE] = self.servers:bundle() end
  return files
end

--- Servers and kernel are made with the first model: `network.new` alone costs nothing.
local function prepare(self)
  if self.kernel then return end
  local servers, kernel = require "sandbox.network.servers", require "sandbox.network.kernel"
  self.servers = servers.new { service = self.service, view = function() return self.view end,
    metadata = self.metadata }
  self.kernel = kernel.new { files = function(space) return instance_files(self, space) end }
end

function Net:apply(model)
  if self.closed then
    errors.raise { kind = "usage", code = "DataPlaneClosed", message = "this data plane is closed" }
  end
  self.turn:with(function()
    self.view = view.new(model)
    if self.chosen == "symbolic" then return end
    prepare(self)
    local spaces = compile.spaces(self.view, function(kind, id) return self.kernel:number(kind, id) end)
    self.servers:sync(self.kernel.spaces, self.kernel:apply(spaces))
  end)
end

--- The running instance, or an error that says why there is none.
local function running(self, id)
  local port = self.view.ports[id]
  if port and port.kind == "instance" then return port end
  local instance = (self.view.model.instances or {})[id]
  errors.raise { kind = "input", code = instance and "InstanceNotRunning" or "InvalidInstance.NotFound",
    message = instance and ("instance %s is %s, not Running"):format(id, tostring(instance.status))
      or ("no instance %s"):format(tostring(id)) }
end

--- argv that runs the command in a clean environment with both output streams as one.
local function command_line(command, port)
  local argv = { "env", "-i", "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/root",
    "USER=root", "LANG=C.UTF-8", "HOSTNAME=" .. (port.instance.hostname or port.id), "SSL_CERT_FILE=" .. CA_BUNDLE,
    "REQUESTS_CA_BUNDLE=" .. CA_BUNDLE }
  local rest, input
  if type(command) == "table" then
    rest = { "sh", "-c", 'cd /root && exec "$@" 2>&1', "sh", table.unpack(command) }
  elseif command:match("^#!") then
    rest = { "sh", "-c", 'cd /root && f=$(mktemp) && cat >"$f" && chmod 700 "$f" && exec "$f" 2>&1 </dev/null' }
    input = command
  else
    rest = { "sh", "-c", 'cd /root && exec sh -c "$1" 2>&1', "sh", command }
  end
  table.move(rest, 1, #rest, #argv + 1, argv)
  argv.stdin = input
  return argv
end

function Net:run(instance, command, options)
  options = options or {}
  local port = running(self, instance)
  if self.chosen == "symbolic" then
    return { simulated = true, timed_out = false,
      output = "simulated: nothing was run, network namespaces are not available: " .. tostring(self.reason) }
  end
  local argv = command_line(command, port)
  argv.timeout = options.timeout or DEFAULT_TIMEOUT
  argv.max_output = options.max_output or DEFAULT_OUTPUT
  local result = self.kernel.spaces[instance].ns:run(argv)
  return { exit_code = result.code or -1, output = result.stdout .. result.stderr,
    timed_out = result.timed_out or false, simulated = false }
end

function Net:path(instance, address, port, protocol)
  return path.decide(self.view, instance, address, port, protocol)
end

local probes = {}

function probes.tcp(self, instance, address, port)
  return path.decide(self.view, instance, address, port, "tcp")
end

--- The question is allowed where the first DNS server of the instance can be reached by UDP.
function probes.dns(self, instance, name)
  local port = running(self, instance)
  local server = self.view.vpcs[port.vpc].dns_servers[1]
  local verdict = path.decide(self.view, instance, server, 53, "udp")
  if not verdict.ok then
    return { ok = false, rcode = "TIMEOUT", addresses = {}, broken = verdict.broken, simulated = true }
  end
  local answer = resolver.answer(self.view, port.vpc, name, "A")
  local result = { ok = false, rcode = answer.rcode, addresses = {}, simulated = true }
  for _, record in ipairs(answer.records) do
    if record.type == "A" then
      result.addresses[#result.addresses + 1] = record.data
      result.ttl = math.min(result.ttl or record.ttl, record.ttl)
    end
  end
  result.ok = #result.addresses > 0
  return result
end

function probes.http(self, instance, host, options)
  options = options or {}
  local address = options.address
  if not address then
    local found = probes.dns(self, instance, host)
    if not found.ok then return { ok = false, rcode = found.rcode, broken = found.broken, simulated = true } end
    address = found.addresses[1]
  end
  local scheme = options.scheme or (options.port == 80 and "http" or "https")
  local verdict = path.decide(self.view, instance, address, options.port or 443, "tcp")
  if not verdict.ok or not (verdict.target and verdict.target.service) then return verdict end
  local target, client = options.path or "/api", self.view.ports[instance]
  local response = self.service:handle({ method = "GET", scheme = scheme, host = host, port = options.port or 443,
    path = target:match("^[^?]*"), query = target:match("%?(.*)$") or "", target = target, headers = { host = host },
    header_list = { { "Host", host } }, body = "", peer = { address = client.address, port = 0 }, door = "mount" },
    { kind = verdict.target.service, region = verdict.target.region, vpc = verdict.target.vpc })
  verdict.status, verdict.headers, verdict.body = response.status, response.headers, response.body
  return verdict
end

function Net:probe(instance, kind, ...)
  local probe = probes[kind]
  if not probe then
    errors.raise { kind = "usage", code = "UnknownProbe",
      message = ("no probe %q: dns, tcp, http"):format(tostring(kind)) }
  end
  return probe(self, instance, ...)
end

local INSPECTION <const> = "echo '# addresses'; ip -brief addr; echo '# rules'; ip rule; echo '# routes'; "
  .. "ip route show table all | grep -v 'table local'; echo '# filters'; PATH=$PATH:/usr/sbin nft list ruleset"

function Net:inspect(key)
  if not self.kernel then return {} end
  local texts = {}
  for name, space in view.sorted(self.kernel.spaces) do
    if not key or key == name then
      local result = space.ns:run { "sh", "-c", INSPECTION .. " 2>&1", timeout = 10 }
      texts[name] = result.stdout
    end
  end
  return texts
end

function Net:statistics()
  if self.kernel then return self.kernel:statistics() end
  return { namespaces = 0, links = 0, commands = 0, seconds = 0 }
end

function Net:close()
  self.closed = true
  if not self.kernel then return end
  self.servers:close()
  self.kernel:close()
  self.kernel, self.servers = nil, nil
end

Net.__close = Net.close

return network
