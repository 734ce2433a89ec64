-- SPDX-License-Identifier: MIT
-- Signed calls to the emulated MaxCompute: signed by cloud.native as clients do, verified with a keyring.
local http = require "http"
local native = require "cloud.native"
local test = require "spec"
local maxcompute_service = require "sandbox.maxcompute_service"

local HOST <const> = "service.ap-southeast-1-vpc.maxcompute.aliyun-inc.com"
local SECRET <const> = "sandbox-default-secret-not-a-real-one"

local function service_for(project)
  local ring = native.keyring()
  ring:add { access_key_id = "LTAIsandboxdefault", secret = SECRET, account_uid = "1234567890123456" }
  return maxcompute_service.new { keyring = ring,
    project = function(name) return name == project.name and project or nil end }
end

local function demo()
  return { name = "analytics_demo", owner = "ALIYUN$sandbox", region = "ap-southeast-1" }
end

local function call(account, path, query)
  return native.call(account, { style = "ROA", signature = "ODPS", method = "GET", scheme = "https", host = HOST,
    path = "/api" .. path, prefix = "/api", query = query or {}, timeout = 5 })
end

--- Runs fn(account) with the service mounted at its name.
local function mounted(project, secret, fn)
  local service = service_for(project)
  local door <close> = http.mount("https://" .. HOST, function(request)
    return service:handle(request, { kind = "all", region = "ap-southeast-1", vpc = "vpc-s" })
  end)
  fn(native.account { access_key_id = "LTAIsandboxdefault", access_key_secret = secret })
  return door
end

test("a signed call is verified, and names the Tunnel", function()
  mounted(demo(), SECRET, function(account)
    local project = call(account, "/projects/analytics_demo")
    test.equal(project.status, 200)
    test.match(project.body, "<Name>analytics_demo</Name>")
    local tunnel = call(account, "/projects/analytics_demo/tunnel", { service = "" })
    test.equal(tunnel.status, 200)
    test.equal(tunnel.body, "dt.ap-southeast-1-vpc.maxcompute.aliyun-inc.com")
  end)
end)

test("a wrong secret is refused with the service's own code", function()
  mounted(demo(), "sandbox-wrong-secret", function(account)
    local reply = call(account, "/projects/analytics_demo")
    test.equal(reply.status, 401)
    test.match(reply.body, "<Code>ODPS%-0410042</Code>")
  end)
end)

test("a verified caller without rights is refused apart", function()
  local project = demo()
  project.may = function(identity) return identity.account_uid ~= "1234567890123456" end
  mounted(project, SECRET, function(account)
    local reply = call(account, "/projects/analytics_demo")
    test.equal(reply.status, 403)
    test.match(reply.body, "ODPS%-0130013")
  end)
end)
