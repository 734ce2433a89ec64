---@meta
-- SPDX-License-Identifier: MIT

---HTTP requests, and handlers behind two doors: `http.mount` in this process, `http.serve` on a socket.
---@class httplib
local http = {}

---@class http.Request
---@field url string https, or http to loopback; sent byte for byte; no user information, no fragment
---@field method? string default "GET"
---@field headers? table<string, string|number>|{[1]: string, [2]: string|number}[] a list keeps order and repeats
---@field body? string
---@field timeout? number seconds for the whole request, default 30
---@field connect_timeout? number seconds until the connection stands (resolve, TCP, TLS), default 10
---@field max_body? integer bytes of the answer's body, default 16 MiB; more ends the request at once
---@field ca_file? string PEM file of the authorities to trust instead of the system's
---@field interface? string local address or interface to send from
---@field address? string connect to this literal address instead of resolving the host of the URL
---@field proxy? string default: `https_proxy`/`no_proxy` of the environment, for public https hosts only; "" for none. Loopback, link-local and instance-metadata addresses and plain http never go to a proxy
---@field allow_plain? boolean plain http to other hosts than loopback (instance metadata), default false
---@field public_only? boolean refuse loopback, link-local and metadata addresses after resolving, default false
---@field keep_redirects? boolean take a redirect as the answer; the default raises code "RedirectRefused". No redirect is ever followed

---@class http.Response
---@field status integer
---@field headers table<string, string> lower-case names; repeated fields joined by ", "
---@field body string
---@field url string as asked; without the query when the request carried credentials
---@field reused boolean went over a connection that was kept from an earlier request
---@field timing {connect: number, tls: number, first_byte: number, total: number} seconds since the start

---Sends a request and waits for the answer. Any status is an answer. Raises an error value otherwise, kind
---"network", "timeout" or "usage", with `code` (ResolveFailed, ConnectFailed, TlsFailed, CertificateRejected,
---Timeout, EmptyAnswer, CutAnswer, TooLarge, ProtocolError, RedirectRefused, PlainRefused, AddressRefused,
---SecretRefused, NoHandler, InvalidUrl, InvalidRequest, CaFileUnusable), `phase` ("start", "resolve",
---"connect", "tls": nothing was sent; "wait", "answer": the request was sent and may have been acted on),
---`reason` for a certificate (expired, not_yet_valid, self_signed, unknown_issuer, wrong_host, wrong_usage,
---not_an_issuer, path_length, name_constraint, weak, bad_signature, revoked, ...), `host`, `hint`.
---A request that is not GET or HEAD is never sent twice, also not when a kept connection dies.
---@async
---@param request http.Request
---@return http.Response
function http.request(request) end

---@class http.InboundRequest
---@field method string
---@field scheme "http"|"https"
---@field host string the Host header
---@field hostname string the Host header without its port
---@field port integer at which the request arrived
---@field path string as received, not decoded
---@field query string as received, "" when there is none
---@field target string path and query as received
---@field headers table<string, string> lower-case names; repeated fields joined by ", "
---@field header_list {[1]: string, [2]: string}[] as received, in order
---@field body string
---@field peer {address: string, port: integer}
---@field door "mount"|"socket"

---@class http.Reply
---@field status? integer default 200
---@field headers? table<string, string|number>|{[1]: string, [2]: string|number}[]
---@field body? string
---@field fault? {kind: "drop"|"cut"|"stall", bytes: integer?} drop: close without an answer; cut: close after `bytes` of the body; stall: keep silent, after `bytes` of the body when given

---@class http.Door
---@field port integer? of a server
local door = {}

---Stops serving and cancels the handlers at work; whoever waits for them gets a closed connection. A
---server also closes its connections. Idempotent; also runs when a `<close>` variable ends.
function door:close() end

---Answers every request for an origin in this process; libcurl is never entered for it, in either world.
---Each request runs the handler in a task of its own, which may wait; a handler that raises answers 500.
---The newest mount that matches wins. It answers until it is closed.
---Requests that carry real credentials are refused with code "SecretRefused".
---@param origin string|fun(url: {scheme: string, host: string, port: integer, path: string}): boolean "https://host[:port]", "*", or a predicate, which may not wait
---@param handler fun(request: http.InboundRequest): http.Reply
---@return http.Door
function http.mount(origin, handler) end

---@class http.ServeOptions
---@field handler fun(request: http.InboundRequest): http.Reply as for http.mount
---@field address? string literal address, default "127.0.0.1"
---@field port? integer default 0: any free one
---@field fd? integer a listening socket made elsewhere (another network namespace); stays the caller's
---@field tls? {certificate: string, key: string} PEM texts; TLS 1.2 and 1.3
---@field max_body? integer bytes of a request's body, default 16 MiB; an announced larger one is answered 413
---@field max_connections? integer default 1024; further ones wait until one is free
---@field idle_timeout? integer seconds after which a silent connection is closed, default 60

---Serves a socket with a handler of the same kind as http.mount takes; parsing by libmicrohttpd. A head of
---more than about 90 KiB is answered 431. Raises kind "network", code "ListenFailed" when it cannot listen,
---and "NoNetwork" in the simulated world.
---@param options http.ServeOptions
---@return http.Door server with `port`
function http.serve(options) end

return http
