/* SPDX-License-Identifier: MIT
 * prefix.h: a CIDR block (network address and length, host bits zero) and a range of addresses. */
#ifndef PEERWAY_CIDR_PREFIX_H
#define PEERWAY_CIDR_PREFIX_H

#include "modules/cidr/address.h"

#include <stddef.h>

struct cidr_prefix {
    uint64_t hi, lo;
    uint8_t family, length;
};

/* first <= last, one family. */
struct cidr_range {
    struct cidr_address first, last;
};

/* Bits below the prefix length, as a number: 2^(width-length) - 1. */
static inline cidr_u128 cidr_host_mask(int family, unsigned length)
{
    return length >= 128 ? 0 : cidr_highest(family) >> length;
}

static inline struct cidr_address cidr_first(struct cidr_prefix p)
{
    struct cidr_address a = {p.hi, p.lo, p.family};
    return a;
}

static inline struct cidr_address cidr_last(struct cidr_prefix p)
{
    return cidr_address_of(p.family, cidr_value(cidr_first(p)) | cidr_host_mask(p.family, p.length));
}

static inline struct cidr_range cidr_range_of(struct cidr_prefix p)
{
    struct cidr_range r = {cidr_first(p), cidr_last(p)};
    return r;
}

/* The prefix of `length` bits that holds the address (host bits cleared). */
struct cidr_prefix cidr_prefix_of(struct cidr_address a, unsigned length);

/* Order: family, network address, then length (shorter, that is larger, blocks first). */
int cidr_prefix_compare(struct cidr_prefix a, struct cidr_prefix b);

bool cidr_contains(struct cidr_prefix p, struct cidr_address a); /* cross-family: false */
bool cidr_covers(struct cidr_prefix p, struct cidr_prefix q);    /* q is equal to or inside p */
bool cidr_overlaps(struct cidr_prefix p, struct cidr_prefix q);  /* one covers the other */

/* Length of the common leading bits of two values of the family. */
unsigned cidr_common_length(int family, cidr_u128 a, cidr_u128 b);

/* The longest prefix that covers both ends of the range. */
struct cidr_prefix cidr_spanning(struct cidr_range r);

/* Cuts the first (largest) prefix off the range [*value, last]; false when none is left. Start with
 * *more = true. The results in order are the minimal list of prefixes. */
bool cidr_next_prefix(int family, cidr_u128 *value, cidr_u128 last, bool *more, struct cidr_prefix *out);

/* True when the range is exactly one prefix. */
bool cidr_range_is_prefix(struct cidr_range r, struct cidr_prefix *out);

/* p without q as prefixes in order, written to out (room for 128); returns their number.
 * q covers p: 0; disjoint: p itself. */
unsigned cidr_exclude(struct cidr_prefix p, struct cidr_prefix q, struct cidr_prefix out[128]);

/* The n-th subnet of `length` bits (p.length <= length <= width, n < 2^(length - p.length)). */
struct cidr_prefix cidr_subnet(struct cidr_prefix p, unsigned length, cidr_u128 n);

/* Usable hosts as ip route and most tools see them: IPv4 without network and broadcast address, except
 * /31 (RFC 3021) and /32; IPv6 without the subnet-router anycast address, except /127 (RFC 6164), /128. */
struct cidr_range cidr_hosts(struct cidr_prefix p);

/* Length of a contiguous netmask (255.255.0.0 -> 16), or -1. */
int cidr_mask_length(struct cidr_address mask);

#endif
