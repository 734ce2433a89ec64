-- SPDX-License-Identifier: MIT
-- The MaxCompute data service that stands behind the 100.x addresses and the endpoint ENIs: REST (service.)
-- and Tunnel (dt.), as far as reachability tests and first queries of official clients go.
local errors = require "errors"
local answers = require "sandbox.odps.answers"
local instances = require "sandbox.odps.instances"
local tables = require "sandbox.odps.tables"
local tunnel = require "sandbox.odps.tunnel"
local whitelist = require "sandbox.odps.whitelist"

local refuse = answers.refuse

local maxcompute_service = {}

---@class sandbox.maxcompute_service
---@field verify fun(request:http.InboundRequest):table|nil, table|nil
---@field project fun(name:string, region:string|nil):sandbox.odps.Project|nil
local Service = {}
Service.__index = Service

---@class sandbox.odps.Project
---@field name string
---@field owner string "ALIYUN$name"
---@field region string
---@field whitelist {ip:string?, vpc:string?}|nil texts as GetProject shows them
---@field tables {name:string, columns:{name:string,type:string}[], rows:any[][]}[]|nil
---@field may (fun(identity:table):boolean)|nil default: every verified caller may

--- `keyring`: accepted keys (cloud.native keyring), or `verify`: a function like cloud.native's verify with the ring
--- bound; without either every signature is refused as an unknown key. `project`: looks a project up; default none.
---@param options {keyring:userdata?, verify:function?, project:function?}
---@return sandbox.maxcompute_service
function maxcompute_service.new(options)
  local verify = options.verify
  if not verify and options.keyring then
    local native = require "cloud.native"
    function verify(request) return native.verify(options.keyring, request) end
  end
  return setmetatable({
    verify = verify or function()
      return nil, { code = "ODPS-0410051", message = "Invalid credentials - accessKeyId not found", http_status = 401 }
    end,
    project = options.project or function() return nil end,
    instances = {}, downloads = {},
  }, Service)
end

--- One request with what is known of it.
---@class sandbox.odps.Call
---@field request http.InboundRequest
---@field context {kind:string, vpc:string?, region:string?} vpc nil: a public network
---@field path string without the /api of the endpoint
---@field query table<string,string>
---@field host string
---@field project sandbox.odps.Project

local function unknown_location(call)
  refuse(call, 404, "NoSuchObject", "Unknown http request location: " .. call.path)
end

--- The Tunnel host the service names: that of its own region and network.
local function tunnel_host(call)
  local name, rest = call.host:match("^([%w-]+)%.(.+)$")
  if name and rest:find("maxcompute", 1, true) then
    return (call.query.quotaName and "dt-exclusive." or "dt.") .. rest
  end
  return ("dt.%s-vpc.maxcompute.aliyun-inc.com"):format(call.context.region or "unknown")
end

--- Signature, then the project, then its whitelist and rights.
local function admit(call, name)
  if not call.request.headers.authorization then
    refuse(call, 401, "AuthorizationRequired", "The request authorization header is invalid or missing.")
  end
  local identity, problem = call.service.verify(call.request)
  if not identity then
    refuse(call, problem.http_status or 401, problem.code, ("%s:%s"):format(problem.code, problem.message))
  end
  local project = call.service.project(name, call.context.region)
  if not project then refuse(call, 404, "NoSuchObject", "ODPS-0420111: Project not found - '" .. name .. "'") end
  if project.may and not project.may(identity) then
    refuse(call, 403, "NoPermission", ("ODPS-0130013:Authorization exception - Authorization Failed [4019], "
      .. "You have NO privilege 'odps:Read' on {acs:odps:*:projects/%s}."):format(name))
  end
  local address = call.request.peer.address
  if not whitelist.admits(project.whitelist or {}, project.region, call.context.vpc, address) then
    refuse(call, 403, "NoPermission", ("Access denied by project ip white list: sourceIP:'%s' is not in white list. "
      .. "project: %s"):format(address, name))
  end
  call.project = project
end

--- Routes of the REST part: rest of the path below the project -> handler.
local function rest(call, kind, name, more)
  local method = call.request.method
  if kind == "" and method == "GET" then return tables.project(call) end
  if kind == "tunnel" and name == "" and method == "GET" and call.query.service then
    return answers.reply(200, tunnel_host(call), { ["Content-Type"] = "text/plain" })
  elseif kind == "tables" and more == "" and method == "GET" then
    if name == "" then return tables.list(call) end
    return tables.show(call, name)
  elseif kind == "instances" and more == "" then
    if name == "" and method == "POST" then return instances.create(call) end
    if name ~= "" and method == "GET" then return instances.show(call, name) end
  end
  return unknown_location(call)
end

local function route(call)
  local name, below = call.path:match("^/projects/([^/]+)(.*)$")
  if not name then unknown_location(call) end
  local kind, item, more = below:match("^/?([^/]*)/?([^/]*)(.*)$")
  admit(call, answers.unescape(name))
  local session = call.query.downloads or call.query.downloadid
  if call.context.kind ~= "maxcompute" and (kind == "tables" or kind == "instances") and session then
    return tunnel.handle(call, kind, item)
  end
  return rest(call, kind, item, more)
end

--- Answers one request that arrived at a service address.
---@param request http.InboundRequest
--- `kind` "all" is a door that serves REST and Tunnel together, such as the sandbox's one socket.
---@param context {kind:"maxcompute"|"tunnel"|"all"|"other", vpc:string?, region:string?} where it arrived
---@return http.Reply
function Service:handle(request, context)
  if context.kind == "other" then
    return { status = 404, headers = { ["Content-Type"] = "text/html", ["Server"] = "sandbox" },
      body = "<html><body>another cloud service of this region</body></html>\n" }
  end
  local path = request.path:gsub("^/api", "", 1)
  local call = { service = self, request = request, context = context, path = path == "" and "/" or path,
    query = answers.query(request.query), host = request.host:gsub(":%d+$", "") }
  local ok, reply = pcall(route, call)
  if ok then return reply end
  if type(reply) == "table" and reply.refused then return reply.refused end
  if errors.is(reply, "cancelled") then error(reply, 0) end
  io.stderr:write("sandbox: MaxCompute service: ", tostring(reply), "\n")
  return answers.failure(500, "InternalServerError", "ODPS-0010000: System internal error", call.host)
end

return maxcompute_service
