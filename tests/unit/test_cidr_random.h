/* SPDX-License-Identifier: MIT
 * test_cidr_random.h: repeatable random numbers, addresses and prefixes for the tests of module cidr. */
#ifndef PEERWAY_TEST_CIDR_RANDOM_H
#define PEERWAY_TEST_CIDR_RANDOM_H

#include "modules/cidr/prefix.h"

/* xorshift64*: the state is never 0. */
static inline uint64_t random_bits(uint64_t *state)
{
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    return *state * 0x2545f4914f6cdd1dULL;
}

static inline unsigned random_below(uint64_t *state, unsigned limit)
{
    return (unsigned)((random_bits(state) >> 32) * limit >> 32);
}

/* Any address; often with runs of zeros or ones. */
static inline struct cidr_address random_address(uint64_t *state, int family)
{
    cidr_u128 value = (cidr_u128)random_bits(state) << 64 | random_bits(state);
    switch (random_below(state, 4)) {
    case 0:
        value &= (cidr_u128)random_bits(state) << 64 | random_bits(state) << random_below(state, 64);
        value &= ~(cidr_u128)0 << random_below(state, 128);
        break;
    case 1:
        value >>= random_below(state, 128);
        break;
    default:
        break;
    }
    return cidr_address_of(family, value & cidr_highest(family));
}

static inline struct cidr_prefix random_prefix(uint64_t *state, int family)
{
    struct cidr_address a = random_address(state, family);
    return cidr_prefix_of(a, random_below(state, cidr_width(family) + 1));
}

/* A prefix inside the 256 addresses from `base` on. */
static inline struct cidr_prefix random_small_prefix(uint64_t *state, struct cidr_address base)
{
    struct cidr_address a = cidr_address_of(base.family, cidr_value(base) + random_below(state, 256));
    return cidr_prefix_of(a, cidr_width(base.family) - random_below(state, 9));
}

/* Where 256 addresses lie that are hard cases: both ends of both spaces, and the middle. */
static inline struct cidr_address random_base(uint64_t *state)
{
    int family = random_below(state, 2) ? 4 : 6;
    cidr_u128 bases[3] = {0, cidr_highest(family) - 255, (cidr_highest(family) >> 1) + 1};
    return cidr_address_of(family, bases[random_below(state, 3)]);
}

#endif
