/* SPDX-License-Identifier: MIT
 * address.h: an IPv4 or IPv6 address and its exact 128-bit arithmetic. Plain values, no allocation. */
#ifndef PEERWAY_CIDR_ADDRESS_H
#define PEERWAY_CIDR_ADDRESS_H

#include <stdbool.h>
#include <stdint.h>

typedef unsigned __int128 cidr_u128;

/* Two words instead of one cidr_u128: Lua aligns userdata to 8 bytes only. IPv4: hi is 0. */
struct cidr_address {
    uint64_t hi, lo;
    uint8_t family; /* 4 or 6 */
};

/* Bits of an address: 32 or 128. */
static inline unsigned cidr_width(int family)
{
    return family == 4 ? 32 : 128;
}

/* The highest address of the family as a number. */
static inline cidr_u128 cidr_highest(int family)
{
    return family == 4 ? (cidr_u128)UINT32_MAX : ~(cidr_u128)0;
}

static inline cidr_u128 cidr_value(struct cidr_address a)
{
    return (cidr_u128)a.hi << 64 | a.lo;
}

static inline struct cidr_address cidr_address_of(int family, cidr_u128 value)
{
    struct cidr_address a = {(uint64_t)(value >> 64), (uint64_t)value, (uint8_t)family};
    return a;
}

/* Order: all IPv4 before all IPv6, then by value. Negative, 0, positive. */
static inline int cidr_compare(struct cidr_address a, struct cidr_address b)
{
    if (a.family != b.family)
        return a.family < b.family ? -1 : 1;
    if (a.hi != b.hi)
        return a.hi < b.hi ? -1 : 1;
    return a.lo < b.lo ? -1 : a.lo > b.lo;
}

/* a + n and a - n; false when the result would leave the family's range. */
bool cidr_add(struct cidr_address a, cidr_u128 n, struct cidr_address *out);
bool cidr_subtract(struct cidr_address a, cidr_u128 n, struct cidr_address *out);

/* Network byte order: to_bytes returns 4 or 16; from_bytes refuses any other size. */
unsigned cidr_to_bytes(struct cidr_address a, unsigned char bytes[16]);
bool cidr_from_bytes(const unsigned char *bytes, unsigned size, struct cidr_address *out);

#endif
