/* SPDX-License-Identifier: MIT
 * prefix.c: relations between prefixes, ranges as prefixes, subnets. */
#include "modules/cidr/prefix.h"

static unsigned leading_zeros(cidr_u128 value)
{
    uint64_t hi = (uint64_t)(value >> 64), lo = (uint64_t)value;
    if (hi)
        return (unsigned)__builtin_clzll(hi);
    return lo ? 64 + (unsigned)__builtin_clzll(lo) : 128;
}

static unsigned trailing_zeros(cidr_u128 value)
{
    uint64_t hi = (uint64_t)(value >> 64), lo = (uint64_t)value;
    if (lo)
        return (unsigned)__builtin_ctzll(lo);
    return hi ? 64 + (unsigned)__builtin_ctzll(hi) : 128;
}

struct cidr_prefix cidr_prefix_of(struct cidr_address a, unsigned length)
{
    cidr_u128 value = cidr_value(a) & ~cidr_host_mask(a.family, length);
    struct cidr_prefix p = {(uint64_t)(value >> 64), (uint64_t)value, a.family, (uint8_t)length};
    return p;
}

int cidr_prefix_compare(struct cidr_prefix a, struct cidr_prefix b)
{
    int order = cidr_compare(cidr_first(a), cidr_first(b));
    return order ? order : (a.length > b.length) - (a.length < b.length);
}

bool cidr_contains(struct cidr_prefix p, struct cidr_address a)
{
    if (p.family != a.family)
        return false;
    return (cidr_value(a) & ~cidr_host_mask(p.family, p.length)) == cidr_value(cidr_first(p));
}

bool cidr_covers(struct cidr_prefix p, struct cidr_prefix q)
{
    return p.length <= q.length && cidr_contains(p, cidr_first(q));
}

bool cidr_overlaps(struct cidr_prefix p, struct cidr_prefix q)
{
    return cidr_covers(p, q) || cidr_covers(q, p);
}

unsigned cidr_common_length(int family, cidr_u128 a, cidr_u128 b)
{
    return leading_zeros(a ^ b) - (128 - cidr_width(family));
}

struct cidr_prefix cidr_spanning(struct cidr_range r)
{
    unsigned length = cidr_common_length(r.first.family, cidr_value(r.first), cidr_value(r.last));
    return cidr_prefix_of(r.first, length);
}

bool cidr_next_prefix(int family, cidr_u128 *value, cidr_u128 last, bool *more, struct cidr_prefix *out)
{
    if (!*more)
        return false;
    unsigned width = cidr_width(family);
    /* the block may be as large as the alignment of its start and the rest of the range allow */
    unsigned aligned = trailing_zeros(*value);
    cidr_u128 rest = last - *value;
    unsigned fits = rest == ~(cidr_u128)0 ? 128 : 127 - leading_zeros(rest + 1);
    unsigned bits = aligned < fits ? aligned : fits;
    if (bits > width)
        bits = width;
    *out = cidr_prefix_of(cidr_address_of(family, *value), width - bits);
    cidr_u128 end = cidr_value(cidr_last(*out));
    *more = end < last;
    *value = end + 1;
    return true;
}

bool cidr_range_is_prefix(struct cidr_range r, struct cidr_prefix *out)
{
    *out = cidr_spanning(r);
    return cidr_compare(cidr_first(*out), r.first) == 0 && cidr_compare(cidr_last(*out), r.last) == 0;
}

unsigned cidr_exclude(struct cidr_prefix p, struct cidr_prefix q, struct cidr_prefix out[128])
{
    if (cidr_covers(q, p))
        return 0;
    out[0] = p;
    if (!cidr_covers(p, q))
        return 1;
    /* descend from p to q; the halves not taken are the result, low ones in front, high ones behind */
    unsigned low = 0, count = q.length - p.length, high = count;
    for (unsigned length = p.length + 1u; length <= q.length; length++) {
        struct cidr_prefix on_path = cidr_prefix_of(cidr_first(q), length);
        cidr_u128 bit = cidr_host_mask(p.family, length) + 1;
        cidr_u128 sibling = cidr_value(cidr_first(on_path)) ^ bit;
        bool below = sibling < cidr_value(cidr_first(on_path));
        out[below ? low++ : --high] = cidr_prefix_of(cidr_address_of(p.family, sibling), length);
    }
    return count;
}

struct cidr_prefix cidr_subnet(struct cidr_prefix p, unsigned length, cidr_u128 n)
{
    unsigned shift = cidr_width(p.family) - length;
    cidr_u128 value = cidr_value(cidr_first(p));
    if (shift < 128)
        value |= n << shift;
    return cidr_prefix_of(cidr_address_of(p.family, value), length);
}

struct cidr_range cidr_hosts(struct cidr_prefix p)
{
    struct cidr_range r = cidr_range_of(p);
    unsigned width = cidr_width(p.family);
    if (p.length + 1u >= width)
        return r;
    r.first = cidr_address_of(p.family, cidr_value(r.first) + 1);
    if (p.family == 4)
        r.last = cidr_address_of(4, cidr_value(r.last) - 1);
    return r;
}

int cidr_mask_length(struct cidr_address mask)
{
    cidr_u128 hosts = cidr_value(mask) ^ cidr_highest(mask.family);
    if (hosts & (hosts + 1))
        return -1;
    return (int)(leading_zeros(hosts) - (128 - cidr_width(mask.family)));
}
