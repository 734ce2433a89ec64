---@meta
-- SPDX-License-Identifier: MIT

---Probes of this machine's network: no request is ever sent, only handshakes. Addresses are literal;
---names go through `dns.resolve` first. In the simulated world every function raises code "NoNetwork".
---@class netlib
local net = {}

---@alias net.Reason "refused"|"timeout"|"unreachable"|"reset"|"denied"|"unavailable"|"failed"|"handshake"

---Opens a TCP connection and closes it.
---@async
---@param address string literal IPv4 or IPv6 address
---@param port integer 1 to 65535
---@param options? {timeout: number?, source: string?} seconds (default 10); local address to connect from
---@return number|false seconds until the connection stood
---@return {address: string, port: integer}|net.Reason local_or_reason the local end, or why not
---@return string? text the system's words for the reason
function net.connect(address, port, options) end

---@class net.TlsFacts
---@field verified boolean trusted, in time, and for the expected name
---@field reason? string "expired", "not_yet_valid", "self_signed", "unknown_issuer", "wrong_host", "wrong_usage", "weak", "revoked", "not_trusted"
---@field reason_text? string OpenSSL's words
---@field version string "TLSv1.3"
---@field cipher string
---@field chain_length integer certificates that the peer sent
---@field connect_seconds number
---@field handshake_seconds number
---@field subject string RFC 2253
---@field issuer string RFC 2253
---@field names string[] DNS names and addresses for which the certificate is valid
---@field not_before integer seconds since 1970
---@field not_after integer seconds since 1970
---@field serial string hexadecimal
---@field sha256 string fingerprint, hexadecimal

---Makes a TLS handshake (1.2 or newer) and tells what the peer showed, trusted or not.
---@async
---@param address string literal IPv4 or IPv6 address
---@param port integer 1 to 65535
---@param options? {sni: string?, ca_file: string?, timeout: number?} name to ask for and to expect (default: the address); PEM file of authorities instead of the system's; seconds for all of it (default 10)
---@return net.TlsFacts|false facts
---@return net.Reason? reason
---@return string? text
function net.tls(address, port, options) end

---@return {interface: string, address: string, family: 4|6, prefix_length: integer, loopback: boolean, up: boolean}[]
function net.addresses() end

---Asks the kernel where a packet to `address` would go; no packet is sent.
---@param address string literal IPv4 or IPv6 address
---@return {interface: string, source: string, gateway: string?, table: integer, type: string}? route
---@return net.Reason? reason
---@return string? text
function net.route(address) end

return net
