-- SPDX-License-Identifier: MIT
-- native.keyring and native.verify: the codes of the cloud for everything that can be wrong.
local native = require "cloud.native"
local test = require "spec"

local NOW <const> = 1767225600 -- 2026-01-01T00:00:00Z
local serial = 0

local function ring_with(fields)
  local ring = native.keyring(fields and fields.ring)
  local key = { access_key_id = "testid", secret = "testsecret", account_uid = "1234567890123456",
    identity = { name = "root" } }
  for name, value in pairs(fields and fields.key or {}) do
    key[name] = value
  end
  ring:add(key)
  return ring
end

local function signed(change)
  serial = serial + 1
  local request = { host = "vpc.aliyuncs.com", method = "POST", action = "DescribeVpcs", version = "2016-04-28",
    timestamp = NOW, nonce = "nonce" .. serial, query = { RegionId = "eu-central-1" } }
  for name, value in pairs(change or {}) do
    request[name] = value
  end
  local account = native.account { source = "keys", access_key_id = request.key_id or "testid",
    access_key_secret = request.secret or "testsecret", security_token = request.token }
  local out = native.sign(account, request, true)
  local path, query = out.target:match "^([^?]*)%??(.*)$"
  local headers = {}
  for name, value in pairs(out.headers) do
    headers[name:lower()] = value == "***" and request.token or value
  end
  local body = request.token and out.body:gsub("%*%*%*", request.token) or out.body
  return { method = out.method, path = path, query = query, headers = headers, body = body }
end

local function refused(ring, request, code, at)
  local caller, refusal = native.verify(ring, request, { now = at or NOW })
  test.equal(caller, nil)
  test.equal(refusal.code, code)
  return refusal
end

for _, scheme in ipairs { "ACS3", "V1", "ROA2", "ODPS" } do
  test(scheme .. ": accepted once", function()
    local ring = ring_with()
    local request = signed { signature = scheme }
    local caller = native.verify(ring, request, { now = NOW })
    test.equal(caller.account_uid, "1234567890123456")
    test.equal(caller.identity.name, "root")
    test.equal(caller.protocol, scheme)
    if scheme ~= "ODPS" then
      refused(ring, request, "SignatureNonceUsed")
    end
  end)

  test(scheme .. ": another secret, an unknown key", function()
    local wrong = scheme == "ODPS" and "ODPS-0410042" or "SignatureDoesNotMatch"
    refused(ring_with(), signed { signature = scheme, secret = "YourAccessKeySecret" }, wrong)
    local unknown = scheme == "ODPS" and "ODPS-0410051" or "InvalidAccessKeyId.NotFound"
    refused(ring_with(), signed { signature = scheme, key_id = "otherid" }, unknown)
  end)

  test(scheme .. ": a clock that is 15 minutes off", function()
    local late = scheme == "ODPS" and "RequestTimeTooSkewed" or "InvalidTimeStamp.Expired"
    refused(ring_with(), signed { signature = scheme }, late, NOW + 901)
    refused(ring_with(), signed { signature = scheme }, late, NOW - 901)
    test.truthy(native.verify(ring_with(), signed { signature = scheme }, { now = NOW + 899 }))
    local patient = ring_with { ring = { skew = 3600 } }
    test.truthy(native.verify(patient, signed { signature = scheme }, { now = NOW + 3000 }))
  end)

  test(scheme .. ": STS keys need their token", function()
    local sts = { key = { access_key_id = "STS.testid", secret = "testStsSecret", token = "CAIStesttoken",
      expires = NOW + 100 } }
    local change = { signature = scheme, key_id = "STS.testid", secret = "testStsSecret", token = "CAIStesttoken" }
    test.truthy(native.verify(ring_with(sts), signed(change), { now = NOW }))
    refused(ring_with(sts), signed(change), "InvalidSecurityToken.Expired", NOW + 100)
    change.token = nil
    refused(ring_with(sts), signed(change), "MissingSecurityToken")
    change.token = "sandbox-another"
    refused(ring_with(sts), signed(change), "InvalidSecurityToken.MismatchWithAccessKey")
  end)
end

test("V1: a bare name may stand outside of the signature, as the PHP client sends it, and nothing else", function()
  local function with(more, change)
    local request = signed { signature = "V1", layout = "query", query = change }
    request.query = request.query .. more
    return request
  end
  test.truthy(native.verify(ring_with(), with("&Description"), { now = NOW }))
  test.truthy(native.verify(ring_with(), with("&Description&Name", { Name2 = "" }), { now = NOW }))
  for _, more in ipairs { "&Description=", "&Description=x", "&Description&Name=x" } do
    refused(ring_with(), with(more), "SignatureDoesNotMatch")
  end
  local request = signed { signature = "V1", layout = "query", query = { Description = "", RegionId = "r" } }
  request.query = request.query:gsub("Description=&", "Description&") -- signed as "Description="
  test.truthy(native.verify(ring_with(), request, { now = NOW }))
end)

test("a nonce may come again after the window", function()
  local ring = ring_with()
  local request = signed { nonce = "same" }
  test.truthy(native.verify(ring, request, { now = NOW }))
  test.truthy(native.verify(ring, signed { nonce = "same", timestamp = NOW + 2000 }, { now = NOW + 2000 }))
end)

test("every part of a request is covered", function()
  for field, value in pairs { method = "GET", path = "/other", query = "RegionId=cn-hangzhou", body = "x=1" } do
    local request = signed()
    request[field] = value
    refused(ring_with(), request, "SignatureDoesNotMatch")
  end
  for _, name in ipairs { "host", "x-acs-action", "x-acs-version", "x-acs-content-sha256", "x-acs-signature-nonce" } do
    local request = signed()
    request.headers[name] = "changed"
    refused(ring_with(), request, "SignatureDoesNotMatch")
  end
end)

test("a header that decides must be in SignedHeaders", function()
  local request = signed()
  request.headers.authorization = request.headers.authorization:gsub("x%-acs%-action;", "")
  refused(ring_with(), request, "IncompleteSignature")
end)

test("malformed and missing parts", function()
  local request = signed()
  request.headers.authorization = "ACS3-HMAC-SHA256 Credential=testid"
  refused(ring_with(), request, "IncompleteSignature")
  request = signed()
  request.headers["x-acs-date"] = "yesterday"
  refused(ring_with(), request, "InvalidTimeStamp.Format")
  request = signed()
  request.headers["x-acs-signature-nonce"] = nil
  refused(ring_with(), request, "MissingSignatureNonce")
  request = signed()
  request.headers.authorization = "ACS3-HMAC-SM3 Credential=testid,SignedHeaders=host,Signature=00"
  refused(ring_with(), request, "InvalidSignatureMethod")
  request = signed { signature = "V1" }
  request.query = request.query:gsub("&Signature=.*", "")
  refused(ring_with(), request, "IncompleteSignature")
  request = signed { signature = "V1", query = { Timestamp = "2026" } }
  refused(ring_with(), request, "InvalidTimeStamp.Format")
  request = signed { signature = "V1" }
  request.query = request.query .. "&Action=DeleteVpc"
  refused(ring_with(), request, "IncompleteSignature")
end)

test("Go writes a space as a plus sign on the wire", function()
  local query = { Name = "two words", Other = "1+1" }
  local request = signed { query = query }
  request.query = request.query:gsub("%%20", "+")
  test.truthy(native.verify(ring_with(), request, { now = NOW }))
  request = signed { signature = "V1", query = { SignatureType = "" }, form = query }
  request.body = request.body:gsub("%%20", "+")
  test.truthy(native.verify(ring_with(), request, { now = NOW }))
  request = signed { form = query } -- ACS3 hashes the bytes as sent
  request.body = request.body:gsub("%%20", "+")
  refused(ring_with(), request, "SignatureDoesNotMatch")
end)

test("names that need encoding: as the documents say, and as the cores really sign", function()
  local request = signed { query = { ["a[0]"] = "x" } }
  test.equal(request.query, "a%5B0%5D=x")
  test.truthy(native.verify(ring_with(), request, { now = NOW }))
  -- What openapi-core 1.0.8 signs for the same call: the name raw.
  local headers = { host = "vpc.aliyuncs.com", ["x-acs-action"] = "A", ["x-acs-version"] = "1", ["x-acs-date"] =
    "2026-01-01T00:00:00Z", ["x-acs-signature-nonce"] = "n1", accept = "application/json", ["x-acs-content-sha256"] =
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", authorization = "ACS3-HMAC-SHA256 "
    .. "Credential=testid,SignedHeaders=host;x-acs-action;x-acs-content-sha256;x-acs-date;x-acs-signature-nonce;"
    .. "x-acs-version,Signature="
    .. "028fed89c001299be7326d2d5ede64b4bf60a526fdb1270702cc386c4ffeb81b" }
  test.truthy(native.verify(ring_with(), { method = "POST", path = "/", query = "a%5B0%5D=x", headers = headers,
    body = "" }, { now = NOW }))
end)

test("no credential at all", function()
  local refusal = refused(ring_with(), { method = "POST", path = "/", query = "Action=A", headers = {} },
    "MissingAccessKeyId")
  test.equal(refusal.protocol, "anonymous")
  test.equal(refusal.http_status, 400)
end)

test("the refusal shows the server's string to sign", function()
  local request = signed()
  request.query = "RegionId=other"
  local refusal = refused(ring_with(), request, "SignatureDoesNotMatch")
  test.match(refusal.message, "server StringToSign is %[ACS3%-HMAC%-SHA256\n%x+%]")
  test.match(refusal.message, "server CanonicalRequest is %[POST\n/\nRegionId=other\n")
  request = signed { signature = "V1", method = "GET" }
  request.query = request.query:gsub("eu%-central", "xx")
  test.match(refused(ring_with(), request, "SignatureDoesNotMatch").message, "server string to sign is:GET&%%2F&")
end)

test("disabled, removed and replaced keys", function()
  refused(ring_with { key = { disabled = true } }, signed(), "InvalidAccessKeyId.Inactive")
  local ring = ring_with()
  test.equal(ring:remove("testid"), true)
  test.equal(ring:remove("testid"), false)
  refused(ring, signed(), "InvalidAccessKeyId.NotFound")
  ring = ring_with()
  ring:add { access_key_id = "testid", secret = "sandbox-new" }
  refused(ring, signed(), "SignatureDoesNotMatch")
end)

test("bearer tokens", function()
  local ring = native.keyring()
  ring:add { access_key_id = "bearer", bearer = "sandbox-bearer", account_uid = "1" }
  local request = { method = "POST", path = "/", query = "", headers = { ["x-acs-bearer-token"] = "sandbox-bearer" } }
  test.equal(native.verify(ring, request).protocol, "bearer")
  request.headers["x-acs-bearer-token"] = "sandbox-other"
  refused(ring, request, "InvalidBearerToken")
end)

test("a real secret is not taken from Lua", function()
  test.raises(function()
    native.keyring():add { access_key_id = "LTAI5t", secret = "a-real-secret" }
  end, { kind = "usage", code = "SecretInLua" })
end)
