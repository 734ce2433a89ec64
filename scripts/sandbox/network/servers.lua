-- SPDX-License-Identifier: MIT
-- The programs in the cloud-service namespace of each VPC: DNS, metadata, MaxCompute and its Tunnel
-- (HTTP and HTTPS), on sockets of the namespace, served by the event loop of this process.
local dns = require "dns"
local errors = require "errors"
local http = require "http"
local authority = require "sandbox.network.authority"
local nftables = require "sandbox.network.nftables"
local resolver = require "sandbox.network.resolver"
local view = require "sandbox.network.view"

local servers = {}

local Servers = {}
Servers.__index = Servers

local KINDS <const> = { "maxcompute", "tunnel", "other" }

---@param options {service:sandbox.maxcompute_service, view:(fun():sandbox.network.View), metadata:function?}
function servers.new(options)
  local self = setmetatable({ service = options.service, view = options.view,
    metadata = options.metadata, running = {}, names = "" }, Servers)
  self.authority = authority.new()
  return self
end

--- The CA bundle that instances trust.
function Servers:bundle()
  return self.authority.certificate
end

local function service_names(model)
  local names = {}
  for _, services in view.sorted(model.services) do
    for _, service in ipairs(services) do table.move(service.names, 1, #service.names, #names + 1, names) end
  end
  return names
end

--- GET /latest/meta-data/...: what an instance may ask about itself.
local function metadata(self, vpc, request)
  local port
  for _, candidate in ipairs(self.view().vpcs[vpc].ports) do
    if candidate.address == request.peer.address then port = candidate end
  end
  if self.metadata and port then
    request.instance = port.id
    return self.metadata(request)
  end
  local own = port and { ["instance-id"] = port.id, ["private-ipv4"] = port.address, ["vpc-id"] = port.vpc,
    ["vswitch-id"] = port.vswitch, ["region-id"] = self.view().vpcs[vpc].region,
    ["zone-id"] = self.view().model.vswitches[port.vswitch].zone }
  local body = own and own[request.path:match("^/latest/meta%-data/([%w-]+)/?$") or ""]
  if body then return { status = 200, headers = { ["Content-Type"] = "text/plain" }, body = body } end
  return { status = 404, headers = { ["Content-Type"] = "text/plain" }, body = "404 - Not Found\n" }
end

local function serve_web(self, set, ns, vpc, kind)
  local context = { kind = kind, vpc = vpc, region = self.view().vpcs[vpc].region }
  local function handler(request) return self.service:handle(request, context) end
  local address = nftables.LISTEN[kind]
  set[#set + 1] = http.serve { fd = ns:listen_tcp(address, 80), handler = handler }
  set[#set + 1] = http.serve { fd = ns:listen_tcp(address, 443), handler = handler, tls = self.pair }
end

-- Where the data of a record stands in what dns.serve takes.
local DATA_FIELD <const> = { A = "address", AAAA = "address", CNAME = "target", PTR = "target", TXT = "text" }

local function answer_dns(self, vpc, question)
  local found = resolver.answer(self.view(), vpc, question.name, question.type)
  local list = {}
  for _, record in ipairs(found.records) do
    local field = DATA_FIELD[record.type]
    if field then
      list[#list + 1] = { name = record.name, type = record.type, ttl = record.ttl, [field] = record.data }
    end
  end
  return { rcode = found.rcode, answer = list, flags = { ra = true } }
end

local function serve_dns(self, set, ns, vpc)
  local address = view.DNS_SERVERS[1]
  set[#set + 1] = dns.serve { fd = ns:bind_udp(address, 53), tcp_fd = ns:listen_tcp(address, 53),
    label = vpc .. "/dns", handler = function(question) return answer_dns(self, vpc, question) end }
end

local function start(self, ns, vpc)
  local set = {}
  self.running[vpc] = set
  serve_dns(self, set, ns, vpc)
  set[#set + 1] = http.serve { fd = ns:listen_tcp(view.METADATA, 80),
    handler = function(request) return metadata(self, vpc, request) end }
  for _, kind in ipairs(KINDS) do serve_web(self, set, ns, vpc, kind) end
end

local function stop(self, vpc)
  for _, server in ipairs(self.running[vpc] or {}) do server:close() end
  self.running[vpc] = nil
end

--- Issues a new certificate when the services' names changed; true then.
local function renew(self, model)
  local names = service_names(model)
  local key = table.concat(names, " ")
  if self.pair and self.names == key then return false end
  self.pair = self.authority:issue(#names > 0 and names or { "sandbox.invalid" })
  self.names = key
  return true
end

--- Runs servers in exactly the cloud namespaces that exist.
---@param spaces table<string, {kind:string, vpc:string, ns:netns.Namespace}>
---@param changes {opened:string[], closed:string[]}
function Servers:sync(spaces, changes)
  for _, key in ipairs(changes.closed) do
    local vpc = key:match("^(.*)/cloud$")
    if vpc then stop(self, vpc) end
  end
  local renewed = renew(self, self.view().model)
  for key, space in view.sorted(spaces) do
    if space.kind == "cloud" then
      if renewed then stop(self, space.vpc) end
      if not self.running[space.vpc] then
        local ok, problem = pcall(start, self, space.ns, space.vpc)
        if not ok then
          stop(self, space.vpc)
          if type(problem) ~= "table" then problem = errors.new { kind = "internal", message = tostring(problem) } end
          problem.message = ("cannot serve in %s: %s"):format(key, problem.message)
          error(problem, 0)
        end
      end
    end
  end
end

function Servers:close()
  for vpc in view.sorted(self.running) do stop(self, vpc) end
  self.authority:close()
end

return servers
