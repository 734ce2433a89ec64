-- SPDX-License-Identifier: MIT
-- The data plane of the sandbox: its interface and the cloud model that it is given (plain tables).
---@meta

--- An IPv4 address in dotted form; a CIDR block in canonical form ("10.20.1.0/24").
---@alias Address string
---@alias Cidr string

--- The whole cloud as the data plane sees it. Ids are the cloud's own (vpc-..., vsw-..., i-...); they are only
--- compared. Every table may be absent, which means empty. Objects that are still Creating/Pending or already
--- Deleting are left out by the producer: what is in the model carries packets.
---@class sandbox.network.Model
---@field vpcs table<string, sandbox.network.Vpc>
---@field vswitches table<string, sandbox.network.VSwitch>
---@field instances table<string, sandbox.network.Instance>
---@field peerings table<string, sandbox.network.Peering>
---@field endpoints table<string, sandbox.network.Endpoint>
---@field security_groups table<string, sandbox.network.SecurityGroup>
---@field acls table<string, sandbox.network.Acl>
---@field services table<string, sandbox.network.Service[]> by region: the 100.x services that live in this region
---@field names sandbox.network.Name[] further DNS names (PrivateLink endpoint domains, public names)
---@field zones table<string, sandbox.network.Zone> PrivateZone zones

---@class sandbox.network.Vpc
---@field region string
---@field cidrs Cidr[] main and secondary
---@field system_table string id of the system route table
---@field tables table<string, sandbox.network.RouteTable> system and custom ones
---@field dns_servers Address[]? what instances get by DHCP; default 100.100.2.136, 100.100.2.138

--- Custom entries only need to be listed. The data plane itself adds the system entries of every table: each
--- vSwitch of the VPC -> Local and 100.64.0.0/10 -> Local; listing them too is harmless.
---@class sandbox.network.RouteTable
---@field entries sandbox.network.RouteEntry[]

---@class sandbox.network.RouteEntry
---@field destination Cidr a bare address counts as /32
---@field type string NextHopType: "Local", "VpcPeer"; any other (NatGateway, Instance...) is a black hole here
---@field next_hop string? NextHopId; for VpcPeer a key of model.peerings (unknown or not Activated: black hole)

---@class sandbox.network.VSwitch
---@field vpc string
---@field cidr Cidr the gateway is its last but two address (x.x.x.253 of a /24)
---@field zone string
---@field route_table string? the bound table; absent or unknown: the system table of the VPC
---@field acl string? the bound network ACL

---@class sandbox.network.Instance
---@field vpc string
---@field vswitch string
---@field address Address
---@field security_groups string[]
---@field status string only "Running" ones exist in the data plane
---@field hostname string? default: the instance id
---@field hosts string? lines appended to its /etc/hosts
---@field resolv_conf string? the whole text of its /etc/resolv.conf; default from the VPC's dns_servers

--- Packets pass only while status is "Activated". While an activated connection is being modified (Updating) it
--- still forwards in the real cloud: pass "Activated" then.
---@class sandbox.network.Peering
---@field a string a VPC
---@field b string the other VPC
---@field status string

---@class sandbox.network.Endpoint
---@field vpc string
---@field enis sandbox.network.Eni[] only those of zones that are connected

---@class sandbox.network.Eni
---@field address Address
---@field vswitch string
---@field zone string?
---@field security_groups string[]
---@field service string kind of the service behind it, see Service.kind
---@field region string region of the service behind it
---@field alive boolean? false: the backend of this zone is dead; the ENI answers ping, TCP is never answered

---@class sandbox.network.SecurityGroup
---@field type string "normal" or "enterprise"
---@field vpc string
---@field inner_access string? "Accept" (default of normal groups) or "Drop" (enterprise): members reach each other
---@field rules sandbox.network.SecurityGroupRule[]

--- The best (smallest) priority wins, at equal priority drop wins. Without a matching rule: a normal group lets
--- egress out and admits ingress only from its own members; an enterprise group drops both. With several groups
--- the rules of all are one list, and the default of the instance is that of its groups' type.
---@class sandbox.network.SecurityGroupRule
---@field direction string "ingress" or "egress"
---@field protocol string "tcp", "udp", "icmp", "gre" or "all" (any case)
---@field port_range string "443/443"; "-1/-1" = all
---@field cidr Cidr? the other end (source of ingress, destination of egress); default 0.0.0.0/0
---@field group string? instead of cidr: members of this group in the same VPC
---@field policy string "accept" or "drop" (any case)
---@field priority integer? 1..100, default 1

--- Stateless; the first entry that matches decides, none: drop. Applies to what enters or leaves the vSwitch,
--- not inside it; DNS servers and metadata are always allowed.
---@class sandbox.network.Acl
---@field ingress sandbox.network.AclEntry[]
---@field egress sandbox.network.AclEntry[]

---@class sandbox.network.AclEntry
---@field protocol string as in SecurityGroupRule
---@field port_range string
---@field cidr Cidr source of ingress, destination of egress
---@field policy string "accept" or "drop"

--- A cloud service on addresses of 100.64.0.0/10. Each VPC of the region reaches it by its own system route
--- 100.64.0.0/10 -> Local; VPCs of other regions reach other services (or none) at the same address.
---@class sandbox.network.Service
---@field kind string "maxcompute" (service.), "tunnel" (dt., dt-exclusive.), "other" (answers HTTP, is no MaxCompute)
---@field names string[] DNS names that all give `addresses`
---@field addresses Address[]
---@field ttl integer? seconds, default 60
---@field only_region boolean? true: the names resolve only inside VPCs of this region

---@class sandbox.network.Name
---@field name string
---@field addresses Address[]
---@field ttl integer?
---@field vpcs string[]? only these VPCs resolve it; default all

---@class sandbox.network.Zone
---@field name string "service.ap-southeast-1-vpc.maxcompute.aliyun-inc.com"
---@field vpcs string[] bound VPCs
---@field proxy_pattern string? "ZONE" (default: names of the zone without a record are NXDOMAIN) or "RECORD"
---@field records {rr:string, type:string, value:string, ttl:integer?}[] enabled records; rr "@" is the zone itself

---@class sandbox.network
local network = {}

--- Creates a data plane. Nothing exists until apply() was called.
---@param options {mode:("auto"|"netns"|"symbolic")?, service:sandbox.maxcompute_service?, metadata:function?}
--- mode "auto" (default): namespaces where permitted, else symbolic; "netns": raises kind="permission",
--- code="NoNamespaces" with the reason when they are not permitted. `service`: what answers behind the service
--- addresses; default `require("sandbox.maxcompute_service").new{}`. `metadata`: answers 100.100.100.200, given the
--- http request with `instance` set to the id of the one that asks; default: a few facts of the model.
---@return sandbox.network.Net
function network.new(options) end

---@class sandbox.network.Net
local Net = {}

--- Which data plane this is.
---@return "netns"|"symbolic" mode
---@return string|nil reason why "auto" chose symbolic
function Net:mode() end

--- Makes the data plane equal to the model: idempotent, only differences are applied; call it as often as you like,
--- best lazily (before run, path, probe). May wait. The model is kept by reference until the next apply, and is
--- not changed. A model that contradicts itself (unknown vSwitch, address outside its vSwitch) raises kind="input".
---@param model sandbox.network.Model
function Net:apply(model) end

--- Runs a command inside an instance, as Cloud Assistant would: directory /root, user root, file system read-only
--- but /root and /tmp, its own /etc/resolv.conf, /etc/hosts and CA bundle. Waits until it ends.
---@param instance string id
---@param command string|string[] a script (with or without #! line) or argv
---@param options {timeout:number?, max_output:integer?}? seconds, default 60; bytes, default 1 MiB
---@return sandbox.network.RunResult
--- Raises kind="input", code="InvalidInstance.NotFound" | "InstanceNotRunning".
function Net:run(instance, command, options) end

---@class sandbox.network.RunResult
---@field exit_code integer -1 when killed
---@field output string stdout and stderr as one stream
---@field timed_out boolean
---@field simulated boolean true in symbolic mode: nothing was run, exit_code is nil, output says so

--- Decides with the rules alone, no packet is sent, whether `address`:`port` is reached from an instance.
---@param instance string id
---@param address Address
---@param port integer
---@param protocol string? "tcp" (default), "udp", "icmp"
---@return sandbox.network.Verdict
function Net:path(instance, address, port, protocol) end

---@class sandbox.network.Verdict
---@field ok boolean
---@field outcome "delivered"|"dropped" delivered to an instance: whether a program listens there is not decided
---@field broken {layer:string, where:string, reason:string}? the first broken layer when not ok. Layers, in the order
--- of the packet: "instance", "security-group.egress", "acl.egress", "route.forward", "route.local-service" (a 100.x
--- address without own route ended in the consumer's own cloud-service network), "peering", "route.transitive",
--- "acl.ingress", "security-group.ingress", "endpoint", "service", "port", then for the answer "acl.return-egress",
--- "route.return", "acl.return-ingress"
---@field hops {at:string, what:string}[] from the instance to the target, then back
---@field target sandbox.network.Target? what was reached, also where the answer was lost
---@field simulated boolean always true

---@class sandbox.network.Target
---@field kind "instance"|"eni"|"service"|"dns"|"metadata"
---@field id string instance, endpoint and address, or the service's first name
---@field vpc string
---@field service string? kind of the service, of an ENI or a service address
---@field region string? of that service

--- A probe decided symbolically, for the access stage where scripts cannot run.
---   probe(i, "dns", name) -> {ok, rcode="NOERROR"|"NXDOMAIN"|..., addresses={...}, ttl=, simulated=true}
---   probe(i, "tcp", address, port) -> Verdict
---   probe(i, "http", host, {address=?, port=443, scheme=?, path="/api"}) -> Verdict with status, headers, body of the service
---@param instance string
---@param kind "dns"|"tcp"|"http"
---@return table
function Net:probe(instance, kind, ...) end

--- What the kernel holds, for people: addresses, rules, routes and filters of the namespaces. Names: a VPC id (its
--- router), VPC id .. "/cloud" (its cloud-service side), an instance id. Empty in symbolic mode.
---@param name string? only this one
---@return table<string, string> text by name
function Net:inspect(name) end

--- What apply() did last: number of namespaces, links, commands run, and seconds.
---@return {namespaces:integer, links:integer, commands:integer, seconds:number}
function Net:statistics() end

--- Ends everything; nothing of it is left in the system. Idempotent.
function Net:close() end

return network
