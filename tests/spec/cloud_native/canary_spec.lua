-- SPDX-License-Identifier: MIT
-- Planted secrets in a process of its own: after accounts, signatures, calls, refusals and errors no Lua value
-- that can be reached (registry, metatables, upvalues, user values) and no output holds one of them.
local fs = require "fs"
local json = require "json"
local process = require "process"
local test = require "spec"

local CANARIES <const> = {
  ALIBABA_CLOUD_ACCESS_KEY_SECRET = "canary-access-key-secret", ALIBABA_CLOUD_SECURITY_TOKEN = "canary-sts-token",
  ALIBABA_CLOUD_BEARER_TOKEN = "canary-bearer-token", PEERWAY_OTHER_SECRET = "canary-other-secret",
}

local PROBE <const> = [[
local errors = require "errors"
local fs = require "fs"
local http = require "http"
local json = require "json"
local native = require "cloud.native"
local task = require "task"

local kept = {}
local function try(fn, ...)
  local ok, value = pcall(fn, ...)
  kept[#kept + 1] = { ok, value, tostring(value) }
  return ok and value or nil
end

local home = os.getenv "HOME"
local accounts = {
  try(native.account), try(native.account, { source = "bearer" }), try(native.account, { profile = "p" }),
  try(native.account, { access_key_id = "LTAI5tOther", secret_env = "PEERWAY_OTHER_SECRET" }),
  try(native.account, { source = "credentials_file" }), try(native.account, { profile = "broken" }),
  try(native.account, { source = "process", command = home .. "/program" }),
  try(native.account, { source = "oidc", role_arn = "r", oidc_provider_arn = "p", oidc_token_file = home .. "/token" }),
}
local ring = native.keyring()
ring:add { access_key_id = "LTAI5tOther", secret_env = "PEERWAY_OTHER_SECRET",
  token_env = "ALIBABA_CLOUD_SECURITY_TOKEN" }
http.mount("*", function(request) return { status = 403, body = "{}" } end)
for _, account in pairs(accounts) do
  try(native.describe, account)
  try(native.ready, account)
  for _, scheme in ipairs { "ACS3", "V1", "ROA2", "ODPS", "bearer", "anonymous" } do
    local request = { signature = scheme, host = "vpc.aliyuncs.com", action = "A", version = "1", query = { a = 1 } }
    local signed = try(native.sign, account, request, true)
    if signed then
      local path, query = signed.target:match "^([^?]*)%??(.*)$"
      kept[#kept + 1] = { native.verify(ring, { method = "POST", path = path, query = query .. "&b=1",
        headers = signed.headers, body = signed.body }) }
    end
    try(native.call, account, request)
    try(native.sign, account, { host = "\n", signature = scheme })
  end
end

local seen, strings, hits = {}, 0, {}
local function walk(value, path)
  if type(value) == "string" then
    strings = strings + 1
    if value:find("can" .. "ary-", 1, true) then hits[#hits + 1] = path end
  elseif type(value) == "table" and not seen[value] then
    seen[value] = true
    for key, item in next, value do
      walk(key, path .. ".key")
      walk(item, path .. "." .. tostring(key))
    end
    walk(debug.getmetatable(value), path .. ".meta")
  elseif type(value) == "function" and not seen[value] then
    seen[value] = true
    for index = 1, 255 do
      local name, upvalue = debug.getupvalue(value, index)
      if not name then break end
      walk(upvalue, path .. "^" .. name)
    end
  elseif type(value) == "userdata" and not seen[value] then
    seen[value] = true
    walk(debug.getmetatable(value), path .. ".meta")
    for index = 1, 4 do walk((debug.getuservalue(value, index)), path .. ".user") end
  elseif type(value) == "thread" and not seen[value] then
    seen[value] = true
    for level = 0, 20 do
      if not debug.getinfo(value, level, "f") then break end
      for index = 1, 250 do
        local name, item = debug.getlocal(value, level, index)
        if not name then break end
        walk(item, path .. ":" .. name)
      end
    end
  end
end
kept.control = table.concat { "can", "ary-control" } -- the walk must find this one
walk(kept, "kept")
walk(debug.getregistry(), "registry")
print(json.encode { accounts = #accounts, strings = strings, hits = json.array(hits) })
for _, entry in ipairs(kept) do print(entry[3]) end
]]

local function write(home, name, text, mode)
  fs.mkdir((home .. "/" .. name):match "^(.*)/", 0x1c0)
  fs.write_atomic(home .. "/" .. name, text, mode or 0x180)
end

test("no secret can be reached from Lua, or is printed", function()
  local home = fs.temp_dir()
  write(home, "probe.lua", PROBE)
  write(home, ".aliyun/config.json", json.encode { current = "p", profiles = {
    { name = "p", mode = "RamRoleArn", access_key_id = "LTAI5tProfile", access_key_secret = "canary-profile-secret",
      ram_role_arn = "acs:ram::1:role/r", sts_token = "canary-profile-token" },
    { name = "broken", mode = "AK", access_key_secret = "canary-incomplete" } } })
  write(home, ".alibabacloud/credentials",
    "[default]\ntype=access_key\naccess_key_id=LTAI5tIni\naccess_key_secret=canary-ini-secret\n")
  write(home, "program", "#!/bin/sh\necho '{\"access_key_id\":\"a\",\"access_key_secret\":\"canary-program\"'", 0x1c0)
  write(home, "token", "canary-oidc-token")
  local env = { HOME = home, ALIBABA_CLOUD_ACCESS_KEY_ID = "LTAI5tEnvironment" }
  for name, value in pairs(CANARIES) do
    env[name] = value
  end
  local run = process.run { "/proc/self/exe", "run", home .. "/probe.lua", env = env, timeout = 60 }
  test.equal(run.code, 0, run.stderr)
  test.falsy(run.stdout:find("canary-", 1, true), "a canary was printed")
  test.falsy(run.stderr:find("canary-", 1, true), "a canary was written to stderr")
  local answer = json.decode(run.stdout:match "^[^\n]*")
  test.equal(table.concat(answer.hits, " "), "kept.control")
  test.truthy(answer.strings > 1000, "the walk saw the whole state")
end)
