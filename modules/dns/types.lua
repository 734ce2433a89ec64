---@meta
-- SPDX-License-Identifier: MIT
-- types.lua: signatures of module `dns`. Seconds are numbers. Failures are error values of kind "dns"; codes:
--   nxdomain nodata       the answer is no (negative_ttl where the SOA gives one; e.answer is the whole answer)
--   servfail refused notimp formerr ...   any other rcode, in lower case; all servers were asked
--                         nodata with reason "referral": the server does not know and only names others
--   timeout unreachable   silence within the deadline; closed port, no route or lost connection
--   truncated malformed   only a cut answer; octets that are no message, or aliases in a circle (e.reason)
--   blocked local         a firewall, a filter (RFC 8914 15-17) or the simulated world; no socket on this machine
-- They carry name, type, server, protocol, time, rcode, and `attempts` when there was more than one.

---@class dns
local dns = {}

---@class dns.options
---@field type? string|integer "A" (default), AAAA CNAME PTR TXT SRV NS SOA MX CAA, "TYPE65", 65
---@field server? string|string[] "192.0.2.53", "192.0.2.53:5353", "[2001:db8::53]:53"; default: the system's
---@field timeout? number deadline of the whole question, over all servers and tries; default 5
---@field tries? integer rounds over the servers within the deadline, 1 to 10; default 2
---@field tcp? boolean true: only TCP; false: never; default: after a truncated answer
---@field edns? boolean|integer buffer size, 512 to 4096; default 1232; false: without EDNS
---@field search? boolean|string[] suffixes to try (true: the system's); default none
---@field ndots? integer names with so many dots are tried as they are first; default the system's, or 1
---@field follow? boolean ask for the target of an alias that the server did not follow; default true
---@field at? dns.vantage ask from there instead of from here
---@field dnssec? boolean set the DO bit; records of DNSSEC come in `answer`; nothing is validated
---@field recursion? boolean set the RD bit; default true
---@field checking_disabled? boolean set the CD bit
---@field sections? boolean authority and additional records of positive answers; default true, dns.resolve_all false
---@field limit? integer dns.resolve_all: questions under way at once, 1 to 4096; default 100
---@field rate? number dns.resolve_all: questions a second (the cloud's resolvers drop above 5,000); default no limit

--- A function(name, options) -> answer or error value; an object with such a method `resolve`; or a network
--- namespace (module netns), whose sockets are then used (UDP only).
---@alias dns.vantage function|table|userdata

---@class dns.record
---@field name string owner; octets outside printable ASCII as \DDD
---@field type string
---@field ttl integer seconds
---@field class? integer when it is not IN (1); the data is then raw
---@field address? string A, AAAA
---@field target? string CNAME, NS, PTR, SRV
---@field strings? string[] TXT
---@field text? string TXT: the strings joined
---@field preference? integer MX
---@field exchange? string MX
---@field priority? integer SRV
---@field weight? integer SRV
---@field port? integer SRV
---@field primary? string SOA
---@field mailbox? string SOA
---@field serial? integer SOA; also refresh, retry, expire, minimum
---@field flags? integer CAA
---@field critical? boolean CAA
---@field tag? string CAA
---@field value? string CAA
---@field data? string octets of a type without a decoder

---@class dns.answer
---@field name string the question's
---@field type string
---@field records dns.record[] those of the type asked for, at the end of the alias chain
---@field chain dns.record[] the aliases, in order
---@field canonical? string the name at the end of the chain
---@field ttl integer the least of chain and records
---@field rcode string
---@field flags {aa: boolean, tc: boolean, rd: boolean, ra: boolean, ad: boolean, cd: boolean} shared: do not change
---@field server string "address:port"
---@field protocol "udp"|"tcp"|"mount"
---@field time number seconds
---@field truncated? boolean a first answer over UDP was
---@field attempts? {server: string, protocol: string, outcome: string, time: number, reason: string?}[] if several
---@field ignored? integer datagrams with a foreign id or question that came meanwhile
---@field searched? string[] names tried, with `search`
---@field answer? dns.record[] the answer section, when it holds more
---@field authority? dns.record[]
---@field additional? dns.record[]
---@field edns? {udp_size: integer, version: integer, dnssec_ok: boolean, extended_error: table?} shared
local answer = {}

--- The addresses of the records, in the order of the answer.
---@return string[]
function answer:addresses() end

--- The data of the records as zone files write it, names without the final dot.
---@return string[]
function answer:values() end

--- Asks one question. Waits. Raises kind "dns"; "input" for what is no name, type or server.
---@param name string an address with type "PTR" is turned into its reverse name
---@param options? dns.options
---@return dns.answer
function dns.resolve(name, options) end

--- The same; returns nil and the error value instead of raising kind "dns".
---@param name string
---@param options? dns.options
---@return dns.answer? answer
---@return table? failure
function dns.try(name, options) end

--- Asks many questions at once, in one go through the engine. Waits until all have ended.
---@param names (string|{name: string, type: string?})[]
---@param options? dns.options
---@return (dns.answer|table)[] results an answer or an error value for each name, in order
function dns.resolve_all(names, options) end

--- Whether an entry of dns.resolve_all is an error value.
---@param result dns.answer|table
---@return boolean
function dns.failed(result) end

---@class dns.lookup_options: dns.options
---@field family? 4|6 default both
---@field hosts? string|false path of the hosts file, or false: do not look; default /etc/hosts

---@class dns.lookup_result
---@field name string
---@field addresses {address: string, family: integer, source: "hosts"|"dns"|"literal", ttl: integer?}[] as a program uses
---@field hosts {address: string, family: integer}[] what the hosts file says
---@field dns (dns.answer|table)[] what the DNS says: an answer or error value per family
---@field shadowed? boolean the hosts file hides other addresses of the DNS

--- Addresses of a name: hosts file first, then A and AAAA together, with the system's search list.
--- Raises what the DNS said when there is no address at all.
---@param name string
---@param options? dns.lookup_options
---@return dns.lookup_result
function dns.lookup(name, options) end

--- The system's resolver configuration, read by c-ares and cached until /etc/resolv.conf changes.
---@return {servers: string[], search: string[], ndots: integer, rotate: boolean}
function dns.system() end

--- "1.2.0.192.in-addr.arpa" for "192.0.2.1"; nil when the text is no address.
---@param address string
---@return string?
function dns.reverse_name(address) end

---@class dns.request what a handler gets
---@field name string lower case, without final dot (`text`: as received)
---@field type string
---@field id integer
---@field flags table rd, cd, ...
---@field edns? {udp_size: integer, dnssec_ok: boolean}
---@field client {address: string, port: integer}
---@field protocol "udp"|"tcp"
---@field server string the server that was asked
---@field door "socket"|"mount"

---@class dns.response what it may return; also a plain list of records or addresses; nil: not my name
---@field rcode? string default "NOERROR"
---@field answer? (dns.record|string)[] name, type and ttl default to the question's and 60
---@field authority? dns.record[]
---@field additional? dns.record[]
---@field flags? table default {aa = true}
---@field edns? table|false {extended_error = {code=, text=}}; default: as the client's
---@field fault? dns.fault

---@class dns.zone
---@field ttl? integer default 60
---@field soa? table fields of the SOA record
---@field records table<string, string|string[]|table> "www" = address, list of addresses, or {A=, TXT=, CNAME=, ttl=};
---  "@" is the zone itself, "*.x" a wildcard; names of targets are absolute

---@class dns.view zones for some clients only; the first view that fits decides
---@field clients? string[] prefixes or addresses
---@field servers? string[] labels of the servers asked ("address:port")
---@field zones table<string, dns.zone>

---@class dns.fault the first entry of a plan that matches a request decides
---@field kind "timeout"|"delay"|"truncate"|"lie"|"change"|"zero_ttl"|"loop"|"huge"|"flood"|"wrong_id"|"wrong_question"
---  |"wrong_source"|"malformed"|"duplicate"|"hang_up"|"servfail"|"refused"|"notimp"|"formerr"|"nxdomain"|"nodata"
---  |"rcode"|"blocked"
---@field name? string "www.test" or "*.test"
---@field type? string
---@field protocol? "udp"|"tcp"
---@field client? string address
---@field server? string label
---@field first? integer, last? integer, every? integer of the matching requests, counted from 1
---@field seconds? number delay
---@field addresses? string[] lie
---@field sets? string[][] change: the n-th answer has the n-th set, round and round
---@field ttl? integer lie, change
---@field length? integer loop: aliases in the circle, default 2
---@field count? integer flood, huge, duplicate
---@field answer? false flood: without the right answer at its end
---@field then_answer? boolean wrong_*: the right answer follows
---@field tcp? "timeout"|"hang_up" truncate: TCP does not help either
---@field keep? integer truncate: octets of the answer section that stay
---@field bytes? string malformed: everything behind the id
---@field rcode? string|integer rcode, blocked
---@field text? string blocked

---@class dns.serve_options
---@field address? string default "127.0.0.1"
---@field port? integer default 0: any free one
---@field tcp? boolean listen on TCP too; default true
---@field fd? integer a bound UDP socket, e.g. of another network namespace; it stays the caller's
---@field tcp_fd? integer a listening TCP socket, likewise
---@field handler? fun(request: dns.request): dns.response? may wait; each request is a task of its own
---@field zones? table<string, dns.zone>
---@field views? dns.view[]
---@field faults? dns.fault[]
---@field label? string what requests call this server; default its endpoint
---@field log? fun(text: string) mistakes of the handler; default stderr

---@class dns.server
---@field port integer
---@field endpoint string "address:port", as `server=` takes it
---@field requests integer
---@field failures integer requests whose handler raised
local server = {}

--- Closes the sockets and cancels handlers that run. Idempotent; also __close.
function server:close() end

---@return integer received, integer dropped
function server:counts() end

--- Starts a DNS server. A request nobody takes is REFUSED, a handler's error SERVFAIL.
--- Raises kind "network", code "CannotListen"; kind "input" for wrong zones, views or faults.
---@param options dns.serve_options
---@return dns.server
function dns.serve(options) end

---@class dns.mount
local mount = {}

--- Takes the zone away. Idempotent; also __close.
function mount:close() end

--- Answers all names in `zone` in this process, before any server is asked; the longest zone wins. In the
--- simulated world nothing else answers. The handler runs as a task; its errors are raised to the asker.
---@param zone string "." takes every name
---@param handler (fun(request: dns.request): dns.response?)|table<string, dns.zone>
---@param options? {views: dns.view[]?, faults: dns.fault[]?}
---@return dns.mount
function dns.mount(zone, handler, options) end

---@class dns.guard_options prefixes or addresses each; also {["prefix"] = "label for the reason"}
---@field allow? table default {"100.64.0.0/10"}
---@field permit? table inside 100.100.0.0/16, where host services live: only these
---@field deny? table
---@field vpcs? table blocks of all VPCs, vSwitches and peers involved
---@field routed? table destinations that are routed elsewhere
---@field taken? table addresses of other services in use
---@field most? integer addresses a name may have, default 16
---@field sightings? integer answers over TCP an address must have been seen in, default 2

---@class dns.verdict
---@field address string
---@field name string
---@field ttl? integer
---@field resolvers? string[] who said so
---@field code? "metadata"|"dns_server"|"reserved"|"infrastructure"|"private"|"public"|"inside_vpc"|"taken"
---  |"routed_elsewhere"|"denied"|"too_many"|"unconfirmed"|"not_ipv4"|"not_an_address" refused only
---@field reason? string refused only

--- The route guard: judges each address alone. Metadata, DNS servers and reserved ranges cannot be allowed.
---@param names {name: string, addresses: (string|{address: string, sightings: integer?, ttl: integer?})[]}[]
---@param options? dns.guard_options
---@return {accepted: dns.verdict[], refused: dns.verdict[], addresses: string[]}
function dns.guard(names, options) end

---@class dns.service_options: dns.guard_options
---@field resolvers? (string|dns.vantage|{server: string?, at: dns.vantage?, label: string?})[] default: the system's
---@field repeats? integer questions to each resolver, default 3, all over TCP
---@field timeout? number of one question, default 5
---@field pattern? string default "{service}.{region}-vpc.maxcompute.aliyun-inc.com"
---@field avoid? string[] names whose addresses must not be routed (other services of the consumer's VPC)
---@field avoid_resolvers? table as resolvers; default the same

---@class dns.service_name
---@field service string
---@field name string
---@field agreement "same"|"different"|"none" of the resolvers that answered
---@field addresses {address: string, sightings: integer, ttl: integer, resolvers: string[]}[] the union
---@field ttl? integer
---@field error? table when no resolver gave an address
---@field resolvers {resolver: string, addresses: string[], answers: integer, ttl: integer?, changed: boolean?, error: table?}[]

--- Addresses of a region's service names, and which may become routes.
--- Raises kind "input": InvalidRegion, InvalidService; nothing else gets into a name.
---@param region string "ap-southeast-1"
---@param services? string[] default {"service", "dt"}; also "dt-exclusive"
---@param options? dns.service_options
---@return {region: string, names: dns.service_name[], accepted: dns.verdict[], refused: dns.verdict[], addresses: string[]}
function dns.service_addresses(region, services, options) end

--- A message as octets; what does not fit is left out, with TC set.
---@param message table id, response, rcode, flags, name, type, class, answer, authority, additional, edns
---@param limit? integer 512 to 65535
---@return string octets
---@return boolean truncated
function dns.encode(message, limit) end

--- The message in the octets, or nil, the reason and the offset of the fault. Never raises for octets.
---@param octets string
---@return table? message
---@return string? reason
---@return integer? offset
function dns.decode(octets) end

return dns
