-- SPDX-License-Identifier: MIT
-- Module netns: Linux network namespaces that live as long as their descriptors (Linux network_namespaces(7)).
---@meta

---@class netns
local netns = {}

--- Whether this process may create network namespaces, found out by trying in a child.
---@return "root"|"userns"|nil how "root": directly; "userns": after entering an unprivileged user namespace
---@return string|nil reason when nil
function netns.available() end

--- Makes this process able to create namespaces: looks for `ip` and `nft`, and enters the user namespace when that is
--- needed (once). netns.new does it too; call it early, while the process has one thread.
---@return "root"|"userns"|nil how
---@return string|nil reason when nil
function netns.prepare() end

--- Creates a namespace: network, mount and UTS. It exists only through descriptors of this process: after close(), or
--- after kill -9, nothing is left of it. As a user other than root, the process enters a user namespace (once, uid and
--- gid mapped to 0), which needs that it has one thread. In the mount namespace the file system is read-only except
--- /root and /tmp, which are empty and private. It keeps networks and files apart and is no security boundary: what
--- runs inside has the rights of this process (signals to its processes, devices).
---@param name string host name, for messages and uname -n
---@param options {files:table<string,string>?}? files to lay over existing ones, e.g. ["/etc/resolv.conf"]="..."
---@return netns.Namespace
--- Raises kind="permission", code="NoNamespaces"; kind="input" for a file whose path does not exist.
function netns.new(name, options) end

---@class netns.Namespace
---@field name string
local Namespace = {}

--- process.run with the same fields, inside the namespace.
---@param command table {argv..., stdin=, timeout=, env=, cwd=, max_output=}
---@return {code:integer, signal:integer?, stdout:string, stderr:string, timed_out:boolean}
function Namespace:run(command) end

--- Runs `ip -batch -` (iproute2) with these lines; raises with the line that failed. No line: nothing is run.
---@param lines string[] e.g. "route add default via 10.0.0.1"
function Namespace:ip(lines) end

--- Runs `nft -f -` (nftables) with this ruleset; applied as a whole or not at all.
---@param ruleset string
function Namespace:nft(ruleset) end

--- Sets kernel parameters of the namespace: {["net.ipv4.ip_forward"]="1"}.
---@param values table<string,string>
function Namespace:sysctl(values) end

--- A listening TCP socket of the namespace, non-blocking and close-on-exec; served by http.serve{fd=}.
---@param address string IPv4
---@param port integer
---@return integer fd owned by the caller
function Namespace:listen_tcp(address, port) end

--- A bound UDP socket of the namespace, non-blocking and close-on-exec; served by dns.serve{fd=}.
---@param address string IPv4
---@param port integer
---@return integer fd owned by the caller
function Namespace:bind_udp(address, port) end

--- May packets be sent on all these links? The kernel makes a link ready a little after "link set up"; until then it
--- drops what is sent.
---@param links string[] names
---@return boolean
function Namespace:running(links) end

--- Replaces the content of one of the files given to netns.new.
---@param path string
---@param content string
function Namespace:write(path, content) end

--- The network namespace as lines for ns:ip name it ("/proc/self/fd/N", for `ip link ... netns PATH`): the
--- descriptor stays open in the tools that ns:ip starts. For other programs, give fd() in `descriptors` of
--- process.run.
---@return string
function Namespace:path() end

--- Descriptor of the network namespace.
---@return integer fd owned by the namespace
function Namespace:fd() end

--- Drops the descriptors; the kernel destroys the namespace when its last process has ended. Idempotent, also __gc
--- and __close.
function Namespace:close() end

return netns
