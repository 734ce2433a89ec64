#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes cidr_vectors.txt: expected results by Python's ipaddress, an independent implementation.

usage: python3 tests/data/cidr_vectors.py > tests/data/cidr_vectors.txt

One case a line: operation, its arguments and the expected result, separated by tabs; "!" expects an
error, "-" an empty list. tests/spec/cidr/vectors_spec.lua runs them.
"""
import ipaddress
import random
import sys

R = random.Random(20)
WIDTH = {4: 32, 6: 128}
ADDRESS = {4: ipaddress.IPv4Address, 6: ipaddress.IPv6Address}
NETWORK = {4: ipaddress.IPv4Network, 6: ipaddress.IPv6Network}


def text(address):
    """RFC 5952 with a dotted tail for mapped addresses, which Python < 3.13 writes in hex."""
    if address.version == 6 and address.ipv4_mapped is not None:
        return f"::ffff:{address.ipv4_mapped}"
    return str(address)


def net_text(network):
    return f"{text(network.network_address)}/{network.prefixlen}"


def out(*fields):
    sys.stdout.write("\t".join(str(f) for f in fields) + "\n")


def random_value(version):
    width = WIDTH[version]
    kind = R.randrange(6)
    if kind == 0:  # many zero groups
        value = 0
        for _ in range(R.randrange(1, 4)):
            value |= R.getrandbits(16) << (16 * R.randrange(width // 16))
        return value
    if kind == 1:  # close to the ends of the space
        near = R.randrange(4)
        return near if R.random() < 0.5 else (1 << width) - 1 - near
    if kind == 2:  # close to a power of two
        return max(0, (1 << R.randrange(width)) - R.randrange(2))
    if kind == 3 and version == 6:
        return 0xFFFF << 32 | R.getrandbits(32)
    return R.getrandbits(width)


def random_address(version):
    return ADDRESS[version](random_value(version))


def random_network(version, low=0, high=None):
    width = WIDTH[version]
    length = R.randint(low, width if high is None else high)
    return NETWORK[version]((random_value(version), length), strict=False)


def near_network(network):
    """A network that has something to do with the given one."""
    version, width = network.version, WIDTH[network.version]
    length = R.randint(max(0, network.prefixlen - 4), min(width, network.prefixlen + 4))
    value = int(network.network_address) ^ (R.getrandbits(4) << max(0, width - network.prefixlen - 2))
    return NETWORK[version]((value % (1 << width), length), strict=False)


def texts_of(address):
    """Other ways to write an IPv6 address."""
    exploded = address.exploded
    yield exploded
    yield exploded.upper()
    yield ":".join(group.lstrip("0") or "0" for group in exploded.split(":"))
    low = int(address) & 0xFFFFFFFF
    yield ":".join(exploded.split(":")[:6]) + ":" + str(ipaddress.IPv4Address(low))


def mutate(word):
    at = R.randrange(len(word) + 1)
    kind = R.randrange(4)
    if kind == 0:
        return word[:at] + R.choice("0123456789abcdefABCDEFg:./%- +x") + word[at:]
    if kind == 1 and at < len(word):
        return word[:at] + word[at + 1:]
    if kind == 2 and at < len(word):
        return word[:at] + R.choice("0123456789af:./") + word[at + 1:]
    return word[:at] + word[max(0, at - 1):]


def parse_address(word):
    """ipaddress, less what it takes beyond our strict rules; None: refused."""
    if "%" in word or any(c in word for c in " +-/x\t"):
        return None
    try:
        return ipaddress.ip_address(word)
    except ValueError:
        return None


def parse_network(word):
    """ipaddress, less a missing length, leading zeros in it, and masks."""
    if word.count("/") != 1:
        return None
    address, length = word.split("/")
    if parse_address(address) is None or not length.isascii() or not length.isdigit():
        return None
    if length != str(int(length)):
        return None
    try:
        return ipaddress.ip_network(word, strict=True)
    except ValueError:
        return None


def parsing(count):
    seen = set()
    while len(seen) < count:
        version = R.choice((4, 6))
        address = random_address(version)
        words = [str(address)] + (list(texts_of(address)) if version == 6 else [])
        word = R.choice(words)
        if R.random() < 0.35:
            word = mutate(word)
        if not word or "\t" in word or word in seen:
            continue
        seen.add(word)
        parsed = parse_address(word)
        out("address", word, "!" if parsed is None else text(parsed))
    seen.clear()
    while len(seen) < count:
        version = R.choice((4, 6))
        network = random_network(version)
        word = str(network)
        kind = R.random()
        if kind < 0.2:
            word = f"{random_address(version)}/{network.prefixlen}"
        elif kind < 0.45:
            word = mutate(word)
        if not word or "\t" in word or word in seen:
            continue
        seen.add(word)
        parsed = parse_network(word)
        out("prefix", word, "!" if parsed is None else net_text(parsed))


def values(count):
    for _ in range(count):
        version = R.choice((4, 6))
        width, network, address = WIDTH[version], random_network(version), random_address(version)
        name = net_text(network)
        out("last", name, text(network.broadcast_address))
        out("size", name, network.num_addresses)
        out("netmask", name, text(network.netmask))
        out("wildcard", name, text(network.hostmask))
        out("integer", text(address), int(address))
        out("expanded", text(address), address.exploded)
        out("reverse", text(address), address.reverse_pointer)
        step = R.choice((1, 2, R.getrandbits(8), R.getrandbits(width - 1)))
        for sign, operation in ((1, "add"), (-1, "sub")):
            value = int(address) + sign * step
            out(operation, text(address), step, text(ADDRESS[version](value)) if 0 <= value < 1 << width else "!")
        if network.prefixlen > 0:
            length = R.randrange(network.prefixlen)
            out("supernet", name, length, net_text(network.supernet(new_prefix=length)))
        length = R.randint(network.prefixlen, width)
        index = R.randrange(1 << (length - network.prefixlen))
        subnet = NETWORK[version]((int(network.network_address) + (index << (width - length)), length))
        assert subnet.subnet_of(network)
        out("subnet", name, length, index, net_text(subnet))


def relations(count):
    for _ in range(count):
        version = R.choice((4, 6))
        a = random_network(version)
        b = near_network(a) if R.random() < 0.9 else random_network(R.choice((4, 6)))
        same = a.version == b.version
        out("contains", net_text(a), net_text(b), int(same and b.subnet_of(a)))
        out("overlaps", net_text(a), net_text(b), int(same and a.overlaps(b)))
        key_a, key_b = (a.version, a), (b.version, b)
        out("less", net_text(a), net_text(b), int(key_a < key_b))
        deepest = WIDTH[version] if R.random() < 0.1 else min(WIDTH[version], a.prefixlen + 9)
        inner = NETWORK[version]((int(a.network_address) + R.randrange(a.num_addresses),
                                  R.randint(a.prefixlen, deepest)), strict=False)
        out("exclude", net_text(a), net_text(inner),
            " ".join(net_text(n) for n in sorted(a.address_exclude(inner))))


def ranges(count):
    for _ in range(count):
        version = R.choice((4, 6))
        first, last = sorted((random_address(version), random_address(version)))
        if R.random() < 0.85:  # short lists; the others have up to 254 prefixes
            span = R.getrandbits(R.randrange(1, 20))
            last = ADDRESS[version](min((1 << WIDTH[version]) - 1, int(first) + span))
        prefixes = list(ipaddress.summarize_address_range(first, last))
        out("range", text(first), text(last), " ".join(net_text(n) for n in prefixes))
        if version == 4 and last != first:
            length = WIDTH[version] - (int(first) ^ int(last)).bit_length()
            out("spanning", text(first), text(last), net_text(NETWORK[version]((int(first), length), strict=False)))


def to_set(networks):
    """Set of numbers, for small spaces only."""
    members = set()
    for network in networks:
        start = int(network.network_address)
        members.update((network.version, v) for v in range(start, start + network.num_addresses))
    return members


def from_set(members):
    result = []
    for version in (4, 6):
        numbers = sorted(v for family, v in members if family == version)
        at = 0
        while at < len(numbers):
            end = at
            while end + 1 < len(numbers) and numbers[end + 1] == numbers[end] + 1:
                end += 1
            result += ipaddress.summarize_address_range(ADDRESS[version](numbers[at]), ADDRESS[version](numbers[end]))
            at = end + 1
    return result


def words(networks):
    return " ".join(net_text(n) for n in networks) or "-"


def small_networks(version, base):
    width = WIDTH[version]
    networks = []
    for _ in range(R.randrange(7)):
        length = R.randint(width - 8, width)
        networks.append(NETWORK[version]((base + R.randrange(256), length), strict=False))
    return networks


def sets(count):
    for _ in range(count):
        bases = {4: R.choice((0, 0xFFFFFF00, 0x0A000000)), 6: R.choice((0, (1 << 128) - 256, 0x20010DB8 << 96))}
        versions = R.choice(((4,), (6,), (4, 6)))
        a = [n for v in versions for n in small_networks(v, bases[v])]
        b = [n for v in versions for n in small_networks(v, bases[v])]
        x, y = to_set(a), to_set(b)
        out("union", words(a), words(b), words(from_set(x | y)))
        out("intersection", words(a), words(b), words(from_set(x & y)))
        out("difference", words(a), words(b), words(from_set(x - y)))
        out("symmetric_difference", words(a), words(b), words(from_set(x ^ y)))
        out("covers", words(a), words(b), int(y <= x))
        out("meets", words(a), words(b), int(bool(x & y)))
        out("count", words(a), len(x))
    for _ in range(count):  # any size of blocks
        version = R.choice((4, 6))
        seed = random_network(version)
        networks = [near_network(seed) for _ in range(R.randrange(1, 12))]
        out("aggregate", words(networks), words(ipaddress.collapse_addresses(networks)))


def tables(count):
    for _ in range(count):
        version = R.choice((4, 6))
        seed = random_network(version, 4)
        routes = sorted({near_network(seed) for _ in range(R.randrange(1, 14))})
        R.shuffle(routes)
        for _ in range(4):
            inside = R.choice(routes)
            address = ADDRESS[version](int(inside.network_address) + R.randrange(inside.num_addresses))
            if R.random() < 0.2:
                address = random_address(version)
            covering = sorted((n for n in routes if address in n), key=lambda n: n.prefixlen)
            out("longest", words(routes), text(address), net_text(covering[-1]) if covering else "-")
            out("matches", words(routes), text(address), words(covering))
        within = near_network(seed)
        out("covered", words(routes), net_text(within), words(sorted(n for n in routes if n.subnet_of(within))))


if __name__ == "__main__":
    parsing(900)
    values(260)
    relations(300)
    ranges(200)
    sets(180)
    tables(90)
