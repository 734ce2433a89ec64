---@meta
-- SPDX-License-Identifier: MIT
-- types.lua: signatures of module `cidr`. Everything is exact: numbers above 2^63-1 are strings of
-- decimal digits, never floats; arguments take integers or such strings ("0x..." too).
-- A `cidr.block` argument takes a prefix, an address (that one address) or the text of either.
-- Texts that do not parse raise kind "input", code "InvalidAddress" or "InvalidPrefix", with `offset`
-- (character, from 1) and where possible a `hint`.

---@alias cidr.number integer|string
---@alias cidr.block cidr.prefix|cidr.address|string

---@class cidr
local cidr = {}

---@class cidr.parse_options
---@field loose? boolean prefixes: clear host bits instead of refusing them
---@field bare? boolean prefixes: an address without length is the prefix of just that address
---@field netmask? boolean prefixes: a netmask may stand behind the slash (never a hostmask)
---@field lenient? "decimal"|"octal" accept leading zeros, and how to read them

--- An address from its text. Strict: no leading zeros, short forms or blanks; a zone id ("%eth0") on
--- IPv6 addresses only.
---@param text string|cidr.address
---@param options? cidr.parse_options
---@return cidr.address
function cidr.address(text, options) end

--- A prefix from its text, or from an address and a length (default: the whole address). Set host
--- bits and a missing length are errors unless asked for.
---@param text string|cidr.prefix|cidr.address
---@param length? integer
---@param options? cidr.parse_options (may take the place of length)
---@return cidr.prefix
function cidr.prefix(text, length, options) end

---@param value any
---@return boolean
function cidr.is_address(value) end

---@param value any
---@return boolean
function cidr.is_prefix(value) end

---@param family 4|6
---@param number cidr.number
---@return cidr.address
function cidr.from_integer(family, number) end

---@param bytes string 4 or 16 bytes in network order
---@return cidr.address
function cidr.from_bytes(bytes) end

--- The shortest list of prefixes that covers exactly first..last.
---@param first cidr.address|string
---@param last cidr.address|string
---@return cidr.prefix[]
function cidr.from_range(first, last) end

--- The smallest prefix that covers all blocks; raises code "MixedFamilies".
---@param list cidr.block[]
---@return cidr.prefix
function cidr.spanning(list) end

--- PostgreSQL's reading of short IPv4 forms: "10.1" is 10.1.0.0/16, "10/8" is 10.0.0.0/8.
---@param text string
---@return cidr.prefix
function cidr.expand_partial(text) end

--- Length of a contiguous netmask ("255.255.0.0" is 16); nil when it is none.
---@param mask cidr.address|string
---@return integer?
function cidr.mask_length(mask) end

---@param value any
---@return boolean
function cidr.is_set(value) end

--- What a block is for, by IANA's special-purpose registries (the smallest entry that covers all of
--- it), multicast, and the cloud's own ranges.
---@class cidr.classification
---@field kind string "unicast" (none), "private", "shared", "loopback", "link_local", "documentation", "benchmarking", "multicast", "unspecified", "this_network", "broadcast", "reserved", "protocol", "anycast", "translation", "mapped", "6to4", "teredo", "discard", "deprecated"
---@field name? string as in the registry
---@field prefix? cidr.prefix
---@field rfc? string
---@field source? boolean these five are the registry's columns; nil: not applicable
---@field destination? boolean
---@field forwardable? boolean
---@field global? boolean
---@field reserved? boolean
---@field cloud cidr.cloud_block[] the cloud's ranges that cover the block

---@class cidr.cloud_block
---@field prefix cidr.prefix
---@field name string
---@field services boolean service addresses
---@field reserved boolean no route may cover it
---@field forbidden boolean no VPC block may be equal to or inside it

--- The date of the registries, "YYYY-MM-DD".
---@type string
cidr.registry_date = ""

---@param block cidr.block
---@return cidr.classification
function cidr.classify(block) end

---@return cidr.classification[] all rows of the registries
function cidr.special_blocks() end

---@return cidr.cloud_block[]
function cidr.cloud_blocks() end

--- "4.3.2.1.in-addr.arpa" to 1.2.3.4. Raises code "InvalidReverseName".
---@param name string
---@return cidr.address
function cidr.from_reverse_name(name) end

--- "2.1.in-addr.arpa" to 1.2.0.0/16; also classless zones (RFC 2317). Raises code "InvalidReverseName".
---@param name string
---@return cidr.prefix
function cidr.from_reverse_zone(name) end

--- The overlapping pairs of cidr.overlap.pairs as one flat list of indexes: outer, inner, outer, inner...
---@param blocks cidr.block[]
---@return integer[]
function cidr.overlapping(blocks) end

---@class cidr.overlap
cidr.overlap = {}

--- All overlapping pairs, as indexes: `outer` covers `inner`.
---@param blocks cidr.block[]
---@return { outer: integer, inner: integer }[]
function cidr.overlap.pairs(blocks) end

---@class cidr.network
---@field label? any default: its index
---@field block? cidr.block
---@field blocks? cidr.block[]
---@field subnets? cidr.block[] default: blocks
---@field used? cidr.block[] subnets that take part in the traffic; default: subnets

---@class cidr.conflict
---@field a any label
---@field b any label
---@field grade "subnets"|"partial"|"impossible"
---@field blocks cidr.block[][] the overlapping pairs: {block of a, block of b}
---@field subnets? cidr.block[][]
---@field used? cidr.block[][]

--- Which networks cannot simply be connected. Grades: "subnets" (blocks overlap, subnets do not: routes
--- per subnet), "partial" (subnets overlap, the used ones do not), "impossible". Pairs that are not
--- in the list are disjoint ("full"). Time: n log n + answers.
---@param networks cidr.network[]
---@return cidr.conflict[] in the order of the networks
function cidr.overlap.matrix(networks) end

--- A set of addresses of both families. Text may hold many words, separated by blanks, commas or lines
--- ("#" begins a comment): prefixes, single addresses, ranges ("10.0.0.1-10.0.0.9"). Raises kind
--- "input", code "InvalidSet", with `line` and `column`.
---@param values? cidr.set_like default: the empty set
---@param options? cidr.parse_options
---@return cidr.prefix_set
function cidr.set(values, options) end

--- The shortest list of prefixes that holds exactly the addresses of `values`: cidr.set(values, options):list().
---@param values cidr.set_like
---@param options? cidr.parse_options
---@return cidr.prefix[]
function cidr.aggregate(values, options) end

--- Reads a file of such text ("-": standard input) without making Lua strings of it. Raises code
--- "InvalidSet" or "UnreadableSet".
---@param path string
---@param options? cidr.parse_options
---@return cidr.prefix_set
function cidr.read(path, options) end

--- A table of prefixes with a value each.
---@param entries? { [1]: cidr.block, [2]: any }[]
---@return cidr.route_table
function cidr.route_table(entries) end

--- Immutable. `==` compares family, value and zone id; `<` orders by family, value, zone id;
--- `a + n`, `a - n` give addresses, `a - b` the exact distance. Leaving the address space raises code
--- "AddressOverflow".
---@class cidr.address
---@operator add(cidr.number): cidr.address
---@operator sub(cidr.number): cidr.address
local address = {}

---@return 4|6
function address:family() end
---@return string? zone id without "%"
function address:zone() end
--- Canonical text (as tostring): equal keys, equal addresses.
---@return string
function address:key() end
--- IPv6 with eight groups of four digits.
---@return string
function address:expanded() end
---@return cidr.number
function address:integer() end
---@return string bytes 4 or 16, network order
function address:bytes() end
---@return cidr.address
function address:next() end
---@return cidr.address
function address:previous() end
---@param n cidr.number
---@return cidr.address
function address:add(n) end
---@param n cidr.number
---@return cidr.address
function address:sub(n) end
--- other - self.
---@param other cidr.address|string
---@return cidr.number
function address:distance(other) end
--- The prefix of that length which holds the address (default: the whole address).
---@param length? integer
---@return cidr.prefix
function address:prefix(length) end

---@return cidr.classification
function address:classify() end
--- All of it is of that kind (see cidr.classification), or "global": reachable from anywhere.
---@param kind string
---@return boolean
function address:is(kind) end
--- Name of its PTR record.
---@return string
function address:reverse_name() end
--- The IPv4 address inside an IPv6 one, and how it is stored; for Teredo the client's, and the server.
---@return cidr.address?
---@return "mapped"|"nat64"|"6to4"|"teredo"|nil scheme
---@return cidr.address? server
function address:embedded_ipv4() end
--- The IPv4 address of an IPv4-mapped one; any other address unchanged.
---@return cidr.address
function address:unmap() end
--- The hardware address in an EUI-64 interface id.
---@return string?
function address:hardware() end

--- Immutable. `==` compares; `<` orders by family, network address, length.
---@class cidr.prefix
local prefix = {}

---@return 4|6
function prefix:family() end
---@return integer
function prefix:length() end
---@return cidr.address
function prefix:first() end
---@return cidr.address
function prefix:last() end
--- Number of addresses.
---@return cidr.number
function prefix:size() end
--- Canonical text (as tostring): equal keys, equal prefixes.
---@return string
function prefix:key() end
---@return cidr.address
function prefix:netmask() end
--- The inverted netmask.
---@return cidr.address
function prefix:wildcard() end
--- The same by its other name.
---@return cidr.address
function prefix:hostmask() end
--- Iterates over the usable addresses: IPv4 without network and broadcast address (but both of a /31),
--- IPv6 without the subnet-router anycast address (but both of a /127).
---@return fun(): cidr.address?
function prefix:hosts() end
---@return cidr.address first, cidr.address last, cidr.number count usable addresses
function prefix:host_range() end
--- Address number n: 0 is the first, -1 the last. Raises code "AddressOverflow".
---@param n cidr.number
---@return cidr.address
function prefix:nth(n) end
--- Number of the address within the prefix, nil when it is outside.
---@param addr cidr.address|string
---@return cidr.number?
function prefix:index(addr) end
--- The block is equal to or inside the prefix. Other family: false.
---@param block cidr.block
---@return boolean
function prefix:contains(block) end
--- At least one address is in both.
---@param block cidr.block
---@return boolean
function prefix:overlaps(block) end
--- The prefix is equal to or inside the block.
---@param block cidr.block
---@return boolean
function prefix:within(block) end
---@param length? integer default: one bit shorter
---@return cidr.prefix
function prefix:supernet(length) end
--- Iterates over all subnets of that length, in order.
---@param length? integer default: one bit longer
---@return fun(): cidr.prefix?
function prefix:subnets(length) end
---@param length? integer
---@return cidr.number
function prefix:subnet_count(length) end
--- The n-th subnet without iterating: 0 is the first, -1 the last.
---@param length integer?
---@param n cidr.number
---@return cidr.prefix
function prefix:subnet(length, n) end
--- What remains of the prefix without the block, as prefixes in order.
---@param block cidr.block
---@return cidr.prefix[]
function prefix:exclude(block) end
---@return cidr.classification
function prefix:classify() end
---@param kind string
---@return boolean
function prefix:is(kind) end
--- The zones that together are the prefix: of the next whole octet or nibble; IPv4 prefixes of 25 to 31
--- bits give one classless zone (RFC 2317).
---@return string[]
function prefix:reverse_zones() end
--- The address a host with that hardware address (6 or 8 bytes) makes itself in the subnet.
---@param hardware string
---@return cidr.address
function prefix:eui64(hardware) end
--- The block of the same size behind it.
---@return cidr.prefix
function prefix:next() end
--- The block of the same size before it.
---@return cidr.prefix
function prefix:previous() end

---@alias cidr.set_like cidr.prefix_set|cidr.block|cidr.set_like[]

--- A set of addresses, kept as sorted ranges outside the Lua heap. Immutable. Operators: `|` and `+`
--- union, `&` intersection, `-` difference, `~` symmetric difference, `==` equality, `<=` subset,
--- `<` proper subset, `#` number of prefixes. Wherever a set is expected, everything that `cidr.set`
--- takes will do.
---@class cidr.prefix_set
---@operator bor(cidr.set_like): cidr.prefix_set
---@operator add(cidr.set_like): cidr.prefix_set
---@operator band(cidr.set_like): cidr.prefix_set
---@operator sub(cidr.set_like): cidr.prefix_set
---@operator bxor(cidr.set_like): cidr.prefix_set
---@operator len: integer
local set = {}

---@param ... cidr.set_like
---@return cidr.prefix_set
function set:union(...) end
---@param ... cidr.set_like
---@return cidr.prefix_set
function set:intersection(...) end
---@param ... cidr.set_like
---@return cidr.prefix_set
function set:difference(...) end
---@param ... cidr.set_like
---@return cidr.prefix_set
function set:symmetric_difference(...) end
--- What of `within` is not in the set.
---@param within cidr.set_like
---@return cidr.prefix_set
function set:complement(within) end
---@param other cidr.set_like
---@return cidr.prefix_set added what only the other one has
---@return cidr.prefix_set removed what only this one has
function set:diff(other) end
--- All of x is in the set.
---@param x cidr.set_like
---@return boolean
function set:contains(x) end
--- At least one address of x is in the set.
---@param x cidr.set_like
---@return boolean
function set:overlaps(x) end
--- The same addresses as x (`==` compares sets only).
---@param x cidr.set_like
---@return boolean
function set:equal(x) end
--- Number of addresses.
---@param family? 4|6
---@return cidr.number
function set:size(family) end
--- Number of prefixes in the minimal list (as #set).
---@return integer
function set:count() end
--- Number of maximal ranges.
---@return integer
function set:range_count() end
---@return boolean
function set:is_empty() end
--- The part of one family.
---@param family 4|6
---@return cidr.prefix_set
function set:family(family) end
--- Iterates over the minimal list of prefixes, in order.
---@return fun(): cidr.prefix?
function set:prefixes() end
--- Iterates over the maximal ranges: first, last.
---@return fun(): cidr.address?, cidr.address?
function set:ranges() end
---@return cidr.prefix[]
function set:list() end
--- One item a line; format "ranges" gives "first-last", a single address alone.
---@param format? "prefixes"|"ranges"
---@return string
function set:text(format) end
--- Writes that text to a file (replaced as a whole) or to standard output ("-"). Raises code
--- "UnwritableSet".
---@param path string
---@param format? "prefixes"|"ranges"
function set:write(path, format) end
--- The set as used space: what of `within` is free. The space must be of one family (code
--- "MixedFamilies").
---@param within cidr.set_like
---@return cidr.prefix_set
function set:free(within) end
--- All (or `limit`) free prefixes of that length, in order.
---@param within cidr.set_like
---@param length integer
---@param limit? integer
---@return cidr.prefix[]
function set:free_blocks(within, length, limit) end
---@class cidr.fit_options
---@field fit? "first"|"best" lowest place, or the smallest hole that is large enough (default "first")
--- One free prefix of that length; nil and the reason when there is none.
---@param within cidr.set_like
---@param length integer
---@param options? cidr.fit_options
---@return cidr.prefix?
---@return string? reason
function set:find_free(within, length, options) end
--- Places blocks of several lengths, the large ones first; results in the order of `lengths`. Nil and
--- the reason when one finds no room.
---@param within cidr.set_like
---@param lengths integer|integer[]
---@param options? cidr.fit_options
---@return cidr.prefix[]? blocks
---@return cidr.prefix_set|string now the set with the blocks added, or the reason
function set:allocate(within, lengths, options) end

---@class cidr.route_entry
---@field prefix cidr.prefix
---@field value any

--- Prefixes of both families with a value each (any Lua value but nil and NaN); `#` counts them. Kept
--- outside the Lua heap.
---@class cidr.route_table
---@operator len: integer
local routes = {}

--- Adds a prefix or replaces its value; returns the value before.
---@param prefix cidr.block
---@param value any
---@return any? old
function routes:insert(prefix, value) end
--- Removes a prefix; returns its value, nil when it is not there.
---@param prefix cidr.block
---@return any? old
function routes:delete(prefix) end
--- Value of exactly this prefix.
---@param prefix cidr.block
---@return any?
function routes:exact(prefix) end
--- Value of the longest prefix that holds the address (the quick way).
---@param addr cidr.address|string
---@return any?
function routes:lookup(addr) end
--- Value and prefix of the longest prefix that covers the block.
---@param block cidr.block
---@return any? value
---@return cidr.prefix? prefix
function routes:longest(block) end
--- `lookup` for a list of addresses; `default` (false) where there is no route.
---@param addresses (cidr.address|string)[]
---@param default? any
---@return any[]
function routes:lookup_many(addresses, default) end
--- All prefixes that cover the block, shortest first.
---@param block cidr.block
---@return cidr.route_entry[]
function routes:matches(block) end
--- All prefixes at or inside the block, in order.
---@param block cidr.block
---@return cidr.route_entry[]
function routes:covered(block) end
--- Iterates over a snapshot of all entries in order: prefix, value.
---@return fun(): cidr.prefix?, any
function routes:entries() end
--- Prefixes that are never the longest match, because longer ones cover them completely.
---@return cidr.prefix[]
function routes:shadowed() end
--- Prefixes whose next shorter prefix has the same value, so that they change nothing.
---@return cidr.prefix[]
function routes:redundant() end
--- A new table with fewer entries and the same result for every address: halves with equal values
--- joined, shadowed and redundant entries left out.
---@return cidr.route_table
function routes:aggregate() end
--- What differs entry by entry: lists of {prefix=, value=}, for `changed` {prefix=, from=, to=}.
---@param other cidr.route_table
---@return { added: cidr.route_entry[], removed: cidr.route_entry[], changed: { prefix: cidr.prefix, from: any, to: any }[] }
function routes:compare(other) end
--- The addresses that the two tables route differently, whatever entries they do it with.
---@param other cidr.route_table
---@return cidr.prefix_set
function routes:differing(other) end
--- Bytes held outside the Lua heap.
---@return integer
function routes:memory() end

return cidr
