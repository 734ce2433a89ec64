-- SPDX-License-Identifier: MIT
-- A small certificate authority for the specs, by the openssl command, in a folder of its own.
local process = require "process"
local fs = require "fs"

local authority = {}

local CONFIG <const> = [[
[ca]
default_ca = own
[own]
dir = .
database = ./index
serial = ./serial
new_certs_dir = .
policy = any
default_md = sha256
email_in_dn = no
unique_subject = no
rand_serial = yes
[any]
commonName = optional
[req]
distinguished_name = dn
prompt = no
[dn]
]]

local Authority = {}
Authority.__index = Authority

---@return table authority; close it to remove its folder
function authority.new()
  local self = setmetatable({ folder = fs.temp_dir(), count = 0 }, Authority)
  fs.write_atomic(self.folder .. "/index", "", 384)
  return self
end

function Authority:openssl(arguments)
  arguments.cwd, arguments.timeout = self.folder, 30
  table.insert(arguments, 1, "openssl")
  local result = process.run(arguments)
  if result.code ~= 0 then
    error(("openssl %s: %s"):format(table.concat(arguments, " ", 2), result.stderr), 2)
  end
  return result.stdout
end

function Authority:path(name) return self.folder .. "/" .. name end

function Authority:read(name) return fs.read(self:path(name)) end

function Authority:write(name, text)
  fs.write_atomic(self:path(name), text, 384)
  return self:path(name)
end

local function utc(offset)
  return os.date("!%Y%m%d%H%M%SZ", os.time() + offset)
end

---Makes a key and a certificate. `issuer` nil: self-signed.
---`from` and `to` are seconds from now; `key` are arguments of `openssl req`.
---@param options {issuer: table?, cn: string?, extensions: string[]?, from: number?, to: number?, key: string[]?,
---digest: string?}
---@return {certificate: string, key: string, name: string}
function Authority:issue(options)
  self.count = self.count + 1
  local name = "c" .. self.count
  local lines = table.concat(options.extensions or {}, "\n")
  self:write(name .. ".cnf",
    CONFIG .. "commonName = " .. (options.cn or "peerway test") .. "\n[ext]\n" .. lines .. "\n")
  local key = options.key or { "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256" }
  local request = { "req", "-config", name .. ".cnf", "-new", "-nodes", "-keyout", name .. ".key",
    "-out", name .. ".csr" }
  self:openssl(table.move(key, 1, #key, #request + 1, request))
  local sign = { "ca", "-batch", "-notext", "-config", name .. ".cnf", "-in", name .. ".csr", "-out", name .. ".pem",
    "-startdate", utc(options.from or -86400), "-enddate", utc(options.to or 86400), "-extensions", "ext",
    "-md", options.digest or "sha256" }
  local signer = { "-selfsign", "-keyfile", name .. ".key" }
  if options.issuer then
    signer = { "-cert", options.issuer.name .. ".pem", "-keyfile", options.issuer.name .. ".key" }
  end
  table.move(signer, 1, #signer, #sign + 1, sign)
  self:openssl(sign)
  return { name = name, certificate = self:read(name .. ".pem"), key = self:read(name .. ".key") }
end

Authority.CA = { "basicConstraints = critical, CA:TRUE", "keyUsage = critical, keyCertSign, cRLSign",
  "subjectKeyIdentifier = hash", "authorityKeyIdentifier = keyid" }

function Authority:close()
  process.run { "rm", "-rf", "--", self.folder }
end
Authority.__close = Authority.close

return authority
