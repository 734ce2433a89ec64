#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Random cases computed by Python's ipaddress, and by brute force, for tests/spec/cidr/oracle_spec.lua.

usage: python3 tests/data/cidr_oracle.py [SEED [ROUNDS]]

Complements the committed vectors: iteration, numbering, overflow, reverse zones, classification, free
space, plans, route tables, order. One case a line: operation, arguments, expected result, by tabs; "!"
expects an error, "-" an empty list or nothing.
"""
import ipaddress
import sys

import cidr_vectors as v
from cidr_vectors import ADDRESS, NETWORK, R, WIDTH, from_set, net_text, out, text, to_set, words


def network(version, value, length):
    return NETWORK[version]((value, length), strict=False)


def top(version):
    return (1 << WIDTH[version]) - 1


def maybe(version, value):
    return text(ADDRESS[version](value)) if 0 <= value <= top(version) else "!"


def numbering(_):
    version = R.choice((4, 6))
    width, net, address = WIDTH[version], v.random_network(version), v.random_address(version)
    if R.random() < 0.02:
        net = network(version, 0, 0)
    name, value, size = net_text(net), int(address), net.num_addresses
    for step in (0, 1, R.getrandbits(8), top(version) - value, top(version) - value + 1, value, value + 1, 1 << width):
        out("add", text(address), step, maybe(version, value + step))
        out("sub", text(address), step, maybe(version, value - step))
    out("next", text(address), maybe(version, value + 1))
    out("previous", text(address), maybe(version, value - 1))
    other = v.random_address(version)
    out("minus", text(address), text(other), value - int(other))
    out("from_integer", version, value, text(address))
    out("from_integer", version, 1 << width, "!")
    out("hex", text(address), address.packed.hex())
    first = int(net.network_address)
    for n in (0, -1, R.randrange(size), -1 - R.randrange(size), size - 1, -size, size, -size - 1):
        inside = 0 <= n < size or -size <= n < 0
        out("nth", name, n, text(ADDRESS[version](first + n % size)) if inside else "!")
    probe = ADDRESS[version](first + R.randrange(size)) if R.random() < 0.7 else address
    out("index", name, text(probe), int(probe) - first if probe in net else "-")
    for step, operation in ((size, "next_prefix"), (-size, "previous_prefix")):
        value = first + step
        out(operation, name, net_text(network(version, value, net.prefixlen)) if 0 <= value <= top(version) else "!")


def hosts(net):
    """First, last and number of usable addresses as ipaddress counts them from 3.10 on."""
    first, last = int(net.network_address), int(net.broadcast_address)
    if net.prefixlen < WIDTH[net.version] - 1:
        first += 1
        last -= net.version == 4
    return first, last, last - first + 1


def dividing(_):
    version = R.choice((4, 6))
    width, net = WIDTH[version], v.random_network(version)
    name = net_text(net)
    first, last, count = hosts(net)
    out("host_range", name, text(ADDRESS[version](first)), text(ADDRESS[version](last)), count)
    small = v.random_network(version, width - 7)
    out("hosts", net_text(small), " ".join(text(a) for a in small.hosts()))
    deeper = R.randint(net.prefixlen, min(width, net.prefixlen + 6))
    out("subnets", name, deeper, words(net.subnets(new_prefix=deeper)))
    out("subnet_count", name, width, net.num_addresses)
    last_subnet = (1 << deeper - net.prefixlen) - 1
    out("subnet", name, deeper, -1, net_text(network(version, int(net.broadcast_address), deeper)))
    out("subnet", name, deeper, last_subnet + 1, "!")
    out("subnets", name, net.prefixlen - 1, "!")
    out("subnets", name, width + 1, "!")
    if net.prefixlen < width:
        out("supernet", name, net.prefixlen + 1, "!")
        out("halves", name, words(net.subnets()))
    out("parent", name, net_text(net.supernet()) if net.prefixlen else "!")
    out("hostmask", name, text(net.hostmask))
    out("netmask_text", f"{text(net.network_address)}/{net.netmask}", net_text(net))  # beyond ipaddress: IPv6 too
    host = ADDRESS[version](int(net.network_address) + R.randrange(net.num_addresses))
    loose = f"{host}/{net.prefixlen}"
    out("loose", loose, net_text(ipaddress.ip_network(loose, strict=False)))
    out("strict", loose, "!" if host != net.network_address else net_text(net))
    out("bare", str(host), net_text(ipaddress.ip_network(str(host))))
    mask = ipaddress.IPv4Address(R.choice((int(v.random_network(4).netmask), R.getrandbits(32))))
    try:
        length = -1 if (~int(mask) & 0xFFFFFFFF) & ((~int(mask) & 0xFFFFFFFF) + 1) else ipaddress.ip_network(
            f"0.0.0.0/{32 - (~int(mask) & 0xFFFFFFFF).bit_length()}").prefixlen
    except ValueError:
        length = -1
    out("mask_length", mask, length if length >= 0 else "-")


def excluding(_):
    version = R.choice((4, 6))
    a = v.random_network(version)
    b = v.near_network(a) if R.random() < 0.8 else v.random_network(R.choice((4, 6)))
    if a.version != b.version or not a.overlaps(b):
        rest = [a]
    elif b.supernet_of(a):
        rest = []
    else:
        rest = sorted(a.address_exclude(b))
    out("exclude", net_text(a), net_text(b), words(rest))
    out("within", net_text(a), net_text(b), int(a.version == b.version and a.subnet_of(b)))
    several = [v.near_network(a) for _ in range(R.randint(1, 4))]
    low = min(int(n.network_address) for n in several)
    high = max(int(n.broadcast_address) for n in several)
    length = min(WIDTH[version] - (low ^ high).bit_length(), *(n.prefixlen for n in several))
    out("spanning", words(several), net_text(network(version, low, length)))
    out("spanning", "10.0.0.0/8 ::/0", "!")
    first, last = sorted((v.random_address(version), v.random_address(version)))
    if first != last:
        out("range", text(last), text(first), "!")
    parts = list(ipaddress.summarize_address_range(first, last))
    out("range", text(first), text(last), words(parts))
    out("joined", words(parts), f"{text(first)}-{text(last)}" if first != last else text(first))


def reversing(_):
    version = R.choice((4, 6))
    step, width = {4: 8, 6: 4}[version], WIDTH[version]
    length = R.randrange(0, width + 1, step)
    net = network(version, v.random_value(version), length)
    labels = net.network_address.reverse_pointer.split(".")
    zone = ".".join(labels[(width - length) // step:])
    out("reverse_zones", net_text(net), zone)
    out("from_reverse_zone", R.choice((zone, zone.upper(), zone + ".")), net_text(net))
    if length == width:
        out("from_reverse_name", zone, text(net.network_address))
    else:
        out("from_reverse_name", zone, "!")
    bits = R.randint(1, step - 1) if version == 6 or length < 24 else 0
    if bits and length + bits <= width:
        odd = network(version, v.random_value(version), length + bits)
        subs = odd.subnets(new_prefix=min(width, length + step))
        zones = [".".join(s.network_address.reverse_pointer.split(".")[(width - s.prefixlen) // step:]) for s in subs]
        out("reverse_zones", net_text(odd), " ".join(zones))


# Python 3.13's registries; earlier versions differ among themselves. Beyond it: what IANA's "globally
# reachable" column says "N/A" or False about and ipaddress takes for global, or the other way round.
LOCAL = {4: "0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24 192.0.2.0/24 "
            "192.168.0.0/16 198.18.0.0/15 198.51.100.0/24 203.0.113.0/24 240.0.0.0/4 "
            "192.88.99.0/24 224.0.0.0/4",
         6: "::1/128 ::/128 ::ffff:0:0/96 64:ff9b:1::/48 100::/64 2001::/23 2001:db8::/32 2002::/16 3fff::/20 "
            "fc00::/7 fe80::/10 100:0:0:1::/64 5f00::/16 ff00::/8"}
GLOBAL = {4: "192.0.0.9/32 192.0.0.10/32",
          6: "2001:1::1/128 2001:1::2/128 2001:1::3/128 2001:3::/32 2001:4:112::/48 2001:20::/28 2001:30::/28"}
LOCAL, GLOBAL = ({k: [NETWORK[k](n) for n in t[k].split()] for k in t} for t in (LOCAL, GLOBAL))


def classifying(_):
    version = R.choice((4, 6))
    near = R.choice(LOCAL[version] + GLOBAL[version])
    value = R.choice((int(near.network_address), int(near.broadcast_address))) + R.choice((-1, 0, 1, R.getrandbits(8)))
    address = ADDRESS[version](min(max(value, 0), top(version)))
    if R.random() < 0.3:
        address = v.random_address(version)
    private = any(address in NETWORK[n.version](n) for n in map(ipaddress.ip_network, (
        "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7")) if n.version == version)
    local = any(address in n for n in LOCAL[version]) and not any(address in n for n in GLOBAL[version])
    out("is", text(address), "private", int(private))
    out("is", text(address), "global", int(not local))
    mapped = version == 6 and address.ipv4_mapped is not None
    if not mapped:
        for kind in ("multicast", "loopback", "link_local", "unspecified"):
            out("is", text(address), kind, int(getattr(address, "is_" + kind)))
    if version == 6:
        inner = address.ipv4_mapped or address.sixtofour or (address.teredo and address.teredo[1])
        if not inner and int(address) >> 32 == 0x64FF9B << 64:
            inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        out("embedded", text(address), inner or "-")


def ordering(_):
    nets = [v.random_network(R.choice((4, 6))) for _ in range(R.randint(2, 9))]
    nets += [v.near_network(R.choice(nets)) for _ in range(3)]
    out("sort_prefixes", words(nets), words(sorted(nets, key=lambda n: (n.version, n))))
    items = [v.random_address(R.choice((4, 6))) for _ in range(R.randint(2, 9))]
    out("sort_addresses", " ".join(map(text, items)), " ".join(text(a) for a in sorted(
        items, key=lambda a: (a.version, a))))


BASES = {4: (0, 0xFFFFFF00, 0x0A000000), 6: (0, (1 << 128) - 256, 0x20010DB8 << 96, (1 << 127) - 256)}


def free_prefixes(space, length):
    """Aligned blocks of that length inside the collapsed space, in order."""
    return [s for n in space if n.prefixlen <= length for s in n.subnets(new_prefix=length)]


def place(members, version, length, best):
    space = from_set(members)
    if best:
        fits = [n for n in space if n.prefixlen <= length]
        return network(version, int(max(fits, key=lambda n: n.prefixlen).network_address), length) if fits else None
    blocks = free_prefixes(space, length)
    return blocks[0] if blocks else None


def plan(members, version, lengths, best):
    placed, left = {}, set(members)
    for i in sorted(range(len(lengths)), key=lambda i: lengths[i]):
        placed[i] = place(left, version, lengths[i], best)
        if placed[i] is None:
            return "-"
        left -= to_set([placed[i]])
    return words(placed[i] for i in range(len(lengths)))


def free_space(_):
    version = R.choice((4, 6))
    width, base = WIDTH[version], R.choice(BASES[version])
    used = v.small_networks(version, base) + v.small_networks(version, base)
    space = [network(version, base, width - 8)] if R.random() < 0.6 else v.small_networks(version, base)
    if not space:
        return
    left = to_set(space) - to_set(used)
    free = from_set(left)
    out("complement", words(used), words(space), words(free))
    out("free", words(used), words(space), words(free))
    length = R.randint(width - 8, width)
    out("free_blocks", words(used), words(space), length, words(free_prefixes(free, length)))
    lengths = [R.randint(width - 7, width) for _ in range(R.randint(1, 5))]
    for kind in ("first", "best"):
        found = place(left, version, length, kind == "best")
        out("find_free", words(used), words(space), length, kind, net_text(found) if found else "-")
        out("allocate", words(used), words(space), " ".join(map(str, lengths)), kind,
            plan(left, version, lengths, kind == "best"))


def range_texts(members):
    found = []
    for version in (4, 6):
        numbers = sorted(n for family, n in members if family == version)
        for n in numbers:
            if found and found[-1][0] == version and found[-1][2] + 1 == n:
                found[-1][2] = n
            else:
                found.append([version, n, n])
    return " ".join(text(ADDRESS[f](a)) + ("" if a == b else "-" + text(ADDRESS[f](b))) for f, a, b in found) or "-"


def sets(_):
    a = [n for f in (4, 6) for n in v.small_networks(f, R.choice(BASES[f]))]
    b = [n for f in (4, 6) for n in v.small_networks(f, R.choice(BASES[f]))] if R.random() < 0.7 else a[::2]
    x, y = to_set(a), to_set(b)
    out("ranges", words(a), range_texts(x))
    out("subset", words(b), words(a), int(y <= x))
    out("proper", words(b), words(a), int(y < x))
    out("diff", words(a), words(b), words(from_set(y - x)) + "|" + words(from_set(x - y)))
    out("equal", words(a), words(b), int(x == y))
    out("equal", words(a), words(from_set(x)), 1)
    out("family_size", words(a), 4, sum(f == 4 for f, _ in x))
    out("family_size", words(a), 6, sum(f == 6 for f, _ in x))
    out("prefix_count", words(a), len(from_set(x)))


def tables(_):
    version = R.choice((4, 6))
    width, base = WIDTH[version], R.choice(BASES[version])
    routes, steps = {}, []
    for _ in range(R.randint(1, 14)):
        net = network(version, base + R.randrange(256), R.randint(width - 8, width))
        if routes and R.random() < 0.2:
            net = R.choice(list(routes))
            del routes[net]
            steps.append(f"-{net_text(net)}")
        else:
            routes[net] = R.choice("abc")
            steps.append(f"{net_text(net)}={routes[net]}")
    steps = " ".join(steps)

    def longest(value, table=routes):
        covering = [n for n in table if ADDRESS[version](value) in n]
        return max(covering, key=lambda n: n.prefixlen) if covering else None

    values = [longest(base + i) for i in range(256)]
    out("lookup_many", steps, f"{text(ADDRESS[version](base))}", " ".join(routes[n] if n else "-" for n in values))
    out("shadowed", steps, words(sorted(set(routes) - set(values))))
    redundant = []
    for n in routes:
        outer = [m for m in routes if m != n and n.subnet_of(m)]
        if outer and routes[max(outer, key=lambda m: m.prefixlen)] == routes[n]:
            redundant.append(n)
    out("redundant", steps, words(sorted(redundant)))
    if routes:
        block = v.near_network(R.choice(list(routes)))
        out("covering", steps, net_text(block),
            words(sorted((n for n in routes if block.subnet_of(n)), key=lambda n: n.prefixlen)))
        out("exact", steps, net_text(block), routes.get(block, "-"))
    other = {n: R.choice((value, value, "d")) for n, value in routes.items() if R.random() < 0.8}
    other[network(version, base + R.randrange(256), R.randint(width - 8, width))] = "a"
    changed = sorted(n for n in routes if n in other and routes[n] != other[n])
    out("compare", steps, " ".join(f"{net_text(n)}={value}" for n, value in other.items()), "|".join((
        words(sorted(set(other) - set(routes))), words(sorted(set(routes) - set(other))), words(changed))))
    differ = {(version, base + i) for i in range(256)
              if (routes[values[i]] if values[i] else None) != other.get(longest(base + i, other))}
    outside = [n for n in list(routes) + list(other) if n.prefixlen < width - 8]
    if not outside:
        out("differing", steps, " ".join(f"{net_text(n)}={value}" for n, value in other.items()),
            words(from_set(differ)))


def pairs(_):
    nets = []
    while len(nets) < 6:
        nets += v.small_networks(4, 0x0A000000) + v.small_networks(6, 0)
    found = [(i + 1, j + 1) for i, a in enumerate(nets) for j, b in enumerate(nets)
             if i < j and a.version == b.version and a.overlaps(b)]
    out("pairs", words(nets), " ".join(f"{i}-{j}" for i, j in found) or "-")


def main():
    R.seed(int(sys.argv[1]) if len(sys.argv) > 1 else 1)
    for _ in range(int(sys.argv[2]) if len(sys.argv) > 2 else 220):
        for part in (numbering, dividing, excluding, reversing, classifying, ordering, free_space, sets, tables, pairs):
            part(_)
            if part in (classifying, ordering):
                part(_)


if __name__ == "__main__":
    main()
