-- SPDX-License-Identifier: MIT
-- Every kind of bad certificate is refused with its reason, before a byte of the request is sent.
local test = require "spec"
local http = require "http"
local net = require "net"
local process = require "process"

local authority = dofile(debug.getinfo(1, "S").source:match "^@(.*/)" .. "authority.lua")

local NAME <const> = "subjectAltName = DNS:svc.test, IP:127.0.0.1"
local DAY <const> = 86400

-- Serves `leaf` (and `chain`) and asks for https://HOST/ there, trusting only `root`.
local function ask(lab, root, leaf, chain, host)
  local served = 0
  local certificate = leaf.certificate
  for _, link in ipairs(chain or {}) do certificate = certificate .. link.certificate end
  local server <close> = http.serve { tls = { certificate = certificate, key = leaf.key },
    handler = function() served = served + 1 return { body = "served" } end }
  local ok, answer = pcall(http.request, { url = ("https://%s:%d/"):format(host or "svc.test", server.port),
    address = "127.0.0.1", ca_file = lab:path(root.name .. ".pem"), timeout = 5 })
  return ok, answer, served, server.port
end

local function refused(lab, reason, root, leaf, chain, host)
  local ok, problem, served = ask(lab, root, leaf, chain, host)
  test.equal(ok, false, "refused")
  test.equal(problem.code, "CertificateRejected", tostring(problem))
  test.equal(problem.phase, "tls")
  test.equal(problem.reason, reason, tostring(problem))
  test.equal(served, 0)
end

local function accepted(lab, root, leaf, chain, host)
  local ok, answer, served = ask(lab, root, leaf, chain, host)
  test.equal(ok and answer.body, "served", tostring(answer))
  test.equal(served, 1)
end

local function with_lab(name, fn)
  test(name, function()
    local lab <close> = authority.new()
    local root = lab:issue { cn = "root", extensions = lab.CA }
    fn(lab, root, function(options)
      options.issuer = options.issuer or root
      options.extensions = options.extensions or { NAME }
      return lab:issue(options)
    end)
  end)
end

with_lab("good certificates are accepted", function(lab, root, leaf)
  accepted(lab, root, leaf {})
  accepted(lab, root, leaf {}, nil, "127.0.0.1")
  accepted(lab, root, leaf { extensions = { "subjectAltName = DNS:*.svc.test" } }, nil, "a.svc.test")
  accepted(lab, root, leaf { extensions = { NAME, "extendedKeyUsage = serverAuth" } })
  local middle = lab:issue { cn = "middle", issuer = root, extensions = lab.CA }
  accepted(lab, root, leaf { issuer = middle }, { middle })
end)

with_lab("issuer: self-signed, unknown, missing link, no authority", function(lab, root, leaf)
  refused(lab, "self_signed", root, lab:issue { extensions = { NAME } })
  local other = lab:issue { cn = "other", extensions = lab.CA }
  refused(lab, "unknown_issuer", root, leaf { issuer = other })
  refused(lab, "unknown_issuer", root, leaf { issuer = other }, { other })
  local twin = lab:issue { cn = "root", extensions = { lab.CA[1], lab.CA[2] } }
  local impostor = ask(lab, root, leaf { issuer = twin, extensions = { NAME, "authorityKeyIdentifier = none" } })
  test.equal(impostor, false, "same name, other key")
  local middle = lab:issue { cn = "middle", issuer = root, extensions = lab.CA }
  refused(lab, "unknown_issuer", root, leaf { issuer = middle })
  local plain = lab:issue { cn = "plain", issuer = root, extensions = { "basicConstraints = critical, CA:FALSE" } }
  refused(lab, "not_an_issuer", root, leaf { issuer = plain }, { plain })
  local unsigned = lab:issue { cn = "no keyCertSign", issuer = root,
    extensions = { "basicConstraints = critical, CA:TRUE", "keyUsage = critical, digitalSignature" } }
  refused(lab, "not_an_issuer", root, leaf { issuer = unsigned }, { unsigned })
  local last = lab:issue { cn = "last", issuer = root,
    extensions = { "basicConstraints = critical, CA:TRUE, pathlen:0", "keyUsage = keyCertSign" } }
  local below = lab:issue { cn = "below", issuer = last, extensions = lab.CA }
  refused(lab, "path_length", root, leaf { issuer = below }, { below, last })
end)

with_lab("time: expired and not yet valid, leaf, link and root", function(lab, root, leaf)
  refused(lab, "expired", root, leaf { from = -9 * DAY, to = -60 })
  refused(lab, "not_yet_valid", root, leaf { from = 3600, to = DAY })
  local old = lab:issue { cn = "old", issuer = root, extensions = lab.CA, from = -9 * DAY, to = -60 }
  refused(lab, "expired", root, leaf { issuer = old }, { old })
  local dead = lab:issue { cn = "dead", extensions = lab.CA, from = -9 * DAY, to = -60 }
  refused(lab, "expired", dead, leaf { issuer = dead })
end)

with_lab("name: every kind that is not the host's", function(lab, root, leaf)
  local function wrong(names, host)
    refused(lab, "wrong_host", root, leaf { cn = host or "svc.test", extensions = { names } }, nil, host)
  end
  wrong "subjectAltName = DNS:other.test"
  wrong "keyUsage = digitalSignature" -- only a common name
  wrong "subjectAltName = email:root@svc.test"
  wrong "subjectAltName = DNS:svc.test.evil.test"
  wrong "subjectAltName = DNS:*"
  wrong "subjectAltName = DNS:*.test" -- one label is left: too wide
  wrong "subjectAltName = DNS:s*.test"
  wrong "subjectAltName = URI:https://svc.test/"
  wrong("subjectAltName = DNS:*.svc.test", "svc.test")
  wrong("subjectAltName = DNS:*.svc.test", "a.b.svc.test")
  wrong("subjectAltName = DNS:a*.svc.test", "ab.svc.test")
  wrong("subjectAltName = DNS:*.*.test", "a.svc.test")
  wrong("subjectAltName = IP:127.0.0.2", "127.0.0.1")
  wrong("subjectAltName = DNS:127.0.0.1", "127.0.0.1")
  wrong("subjectAltName = DNS:*.0.0.1", "127.0.0.1")
  -- "svc.test\0.evil.test": SEQUENCE { [2] 19 bytes }
  wrong "subjectAltName = DER:30:15:82:13:73:76:63:2e:74:65:73:74:00:2e:65:76:69:6c:2e:74:65:73:74"
end)

with_lab("use: client only, code signing, name constraints, unknown critical extension", function(lab, root, leaf)
  refused(lab, "wrong_usage", root, leaf { extensions = { NAME, "extendedKeyUsage = clientAuth" } })
  refused(lab, "wrong_usage", root, leaf { extensions = { NAME, "extendedKeyUsage = critical, codeSigning" } })
  refused(lab, "unknown_extension", root, leaf { extensions = { NAME, "1.2.3.4 = critical, DER:05:00" } })
  local elsewhere = lab:issue { cn = "elsewhere", issuer = root,
    extensions = { lab.CA[1], lab.CA[2], "nameConstraints = critical, permitted;DNS:other.test" } }
  refused(lab, "name_constraint", root, leaf { issuer = elsewhere, extensions = { "subjectAltName = DNS:svc.test" } },
    { elsewhere })
  local never = lab:issue { cn = "never", issuer = root,
    extensions = { lab.CA[1], lab.CA[2], "nameConstraints = critical, excluded;DNS:svc.test" } }
  refused(lab, "name_constraint", root, leaf { issuer = never, extensions = { "subjectAltName = DNS:svc.test" } },
    { never })
end)

with_lab("strength: small keys, old digests, spoilt signatures", function(lab, root, leaf)
  refused(lab, "weak", root, leaf { key = { "-newkey", "rsa:1024" } })
  local soft = lab:issue { cn = "soft", issuer = root, extensions = lab.CA, key = { "-newkey", "rsa:1024" } }
  refused(lab, "weak", root, leaf { issuer = soft }, { soft })
  local aged = lab:issue { cn = "aged", issuer = root, extensions = lab.CA, key = { "-newkey", "rsa:2048" } }
  refused(lab, "weak", root, leaf { issuer = aged, digest = "sha1" }, { aged })
  refused(lab, "weak", root, leaf { issuer = aged, digest = "md5" }, { aged })
  local good = leaf {}
  local der = lab:openssl { "x509", "-in", good.name .. ".pem", "-outform", "DER" }
  lab:write("spoilt.der", der:sub(1, -2) .. string.char(der:byte(-1) ~ 1))
  lab:openssl { "x509", "-inform", "DER", "-in", "spoilt.der", "-out", "spoilt.pem" }
  local ok, problem, served = ask(lab, root, { name = "spoilt", certificate = lab:read "spoilt.pem", key = good.key })
  test.equal(ok, false)
  test.equal(problem.phase, "tls")
  test.equal(served, 0)
end)

with_lab("a chain of a megabyte ends the handshake", function(lab, root, leaf)
  local good = leaf {}
  local huge = leaf { extensions = { "1.2.3.5 = ASN1:UTF8String:" .. ("x"):rep(100000) } }
  lab:write("chain.pem", huge.certificate:rep(8))
  local server <close> = process.spawn { "openssl", "s_server", "-accept", "127.0.0.1:0", "-cert", good.name .. ".pem",
    "-key", good.name .. ".key", "-cert_chain", "chain.pem", cwd = lab.folder, keep_input = true }
  local port
  repeat
    local line = assert(server:read_line(), "openssl s_server ended")
    port = line:match "^ACCEPT 127%.0%.0%.1:(%d+)"
  until port
  local problem = test.raises(function()
    http.request { url = "https://svc.test:" .. port, address = "127.0.0.1", ca_file = lab:path(root.name .. ".pem") }
  end, { code = "TlsFailed", match = "excessive message size" })
  server:kill()
  test.equal(problem.phase, "tls")
end)

with_lab("a plain server on the port, and TLS asked in plain", function(lab, root, leaf)
  local server <close> = http.serve { handler = function() return { body = "plain" } end }
  test.equal(test.raises(function()
    http.request { url = "https://127.0.0.1:" .. server.port .. "/", timeout = 5 }
  end, { code = "TlsFailed" }).phase, "tls")
  local good = leaf {}
  local secure <close> = http.serve { tls = { certificate = good.certificate, key = good.key },
    handler = function() return {} end }
  test.raises(function() http.request { url = "http://127.0.0.1:" .. secure.port .. "/", timeout = 5 } end,
    { kind = "network" })
  test.raises(function()
    http.request { url = "https://127.0.0.1:" .. secure.port .. "/", ca_file = "/nowhere.pem" }
  end, { code = "CaFileUnusable" })
  test.truthy(root)
end)

with_lab("a connection made with other trust is not used again", function(lab, root, leaf)
  local good = leaf {}
  local server <close> = http.serve { tls = { certificate = good.certificate, key = good.key },
    handler = function() return {} end }
  local url = "https://127.0.0.1:" .. server.port .. "/"
  local ca = lab:path(root.name .. ".pem")
  test.equal(http.request { url = url, ca_file = ca }.reused, false)
  test.equal(http.request { url = url, ca_file = ca }.reused, true)
  local other = lab:issue { cn = "other", extensions = lab.CA }
  test.raises(function() http.request { url = url, ca_file = lab:path(other.name .. ".pem") } end,
    { code = "CertificateRejected" })
  test.raises(function() http.request { url = url } end, { code = "CertificateRejected" })
end)

with_lab("net.tls tells what the peer shows, trusted or not", function(lab, root, leaf)
  local good = leaf { cn = "shown", to = 1000 }
  local server <close> = http.serve { tls = { certificate = good.certificate, key = good.key },
    handler = function() return {} end }
  local ca = lab:path(root.name .. ".pem")
  local facts = net.tls("127.0.0.1", server.port, { ca_file = ca, sni = "svc.test" })
  test.equal(facts.verified, true)
  test.equal(facts.version, "TLSv1.3")
  test.equal(facts.subject, "CN=shown")
  test.equal(facts.issuer, "CN=root")
  test.equal(facts.names, { "svc.test", "127.0.0.1" })
  test.near(facts.not_after, os.time() + 1000, 60)
  test.equal(facts.chain_length, 1)
  local printed = lab:openssl { "x509", "-in", good.name .. ".pem", "-noout", "-fingerprint", "-sha256", "-serial" }
  test.equal(facts.sha256, (printed:match "Fingerprint=([%x:]+)":gsub(":", ""):lower()))
  test.equal(facts.serial, printed:match "serial=(%x+)")
  test.equal(net.tls("127.0.0.1", server.port, { ca_file = ca }).verified, true)
  test.equal(net.tls("127.0.0.1", server.port, { ca_file = ca, sni = "other.test" }).reason, "wrong_host")
  local untrusted = net.tls("127.0.0.1", server.port, { sni = "svc.test" })
  test.equal(untrusted.verified, false)
  test.equal(untrusted.reason, "unknown_issuer")
  local expired = leaf { from = -9 * DAY, to = -60 }
  local stale <close> = http.serve { tls = { certificate = expired.certificate, key = expired.key },
    handler = function() return {} end }
  test.equal(net.tls("127.0.0.1", stale.port, { ca_file = ca }).reason, "expired")
end)
