-- SPDX-License-Identifier: MIT
-- Certificates of the emulated services: a CA and a server certificate made by `openssl` at start. The
-- CA key stays in the private /tmp of a namespace, that is in memory, and ends with it.
local errors = require "errors"
local netns = require "netns"

local authority = {}

local Authority = {}
Authority.__index = Authority

local KEY <const> = "-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30"

local CREATE <const> = "set -e; cd /tmp; openssl req -x509 " .. KEY .. [[ -keyout ca.key -out ca.crt \
  -subj '/O=peerway sandbox/CN=peerway sandbox CA' -addext keyUsage=critical,keyCertSign 2>log \
  || { cat log >&2; exit 1; }
cat ca.crt]]

-- $1: subject alternative names.
local ISSUE <const> = "set -e; cd /tmp; openssl req -x509 -CA ca.crt -CAkey ca.key " .. KEY .. [[ -keyout leaf.key \
  -out leaf.crt -subj '/O=peerway sandbox/CN=MaxCompute' -addext basicConstraints=critical,CA:FALSE \
  -addext extendedKeyUsage=serverAuth -addext "subjectAltName=$1" 2>log || { cat log >&2; exit 1; }
cat leaf.crt leaf.key; rm -f leaf.key]]

local function run(self, script, argument)
  local result = self.ns:run { "sh", "-c", script, "sh", argument, timeout = 30 }
  if result.code ~= 0 then
    errors.raise { kind = "internal", code = "ToolFailed",
      message = "openssl cannot make the sandbox's certificates: " .. result.stderr:gsub("%s+$", ""),
      hint = "apt-get install openssl" }
  end
  return result.stdout
end

--- Makes a new certificate authority.
function authority.new()
  local self = setmetatable({ ns = netns.new("authority") }, Authority)
  self.certificate = run(self, CREATE)
  return self
end

--- The names a certificate must cover: each given one, and its siblings (*.region-vpc.maxcompute...).
local function alternative_names(names)
  local seen, list = {}, {}
  local function add(name)
    if not seen[name] then
      seen[name] = true
      list[#list + 1] = "DNS:" .. name
    end
  end
  for _, name in ipairs(names) do
    add(name)
    local parent = name:match("^[^.]+%.(.+%..+%..+)$")
    if parent then add("*." .. parent) end
  end
  table.sort(list)
  return table.concat(list, ",")
end

--- A server certificate for host names.
---@param names string[]
---@return {certificate:string, key:string} pem
function Authority:issue(names)
  local text = run(self, ISSUE, alternative_names(names))
  local certificate, key = text:match("(%-%-%-%-%-BEGIN CERTIFICATE.-END CERTIFICATE%-%-%-%-%-\n)(.*)$")
  return { certificate = certificate, key = key }
end

function Authority:close()
  self.ns:close()
end

return authority
