/* SPDX-License-Identifier: MIT
 * route_lookup.c: the longest match as fast as it goes. Each step counts bits; where the processor has
 * an instruction for that, a second copy of the same code uses it. */
#include "modules/cidr/route_table.h"

#define INLINE static inline __attribute__((always_inline))

#if defined(__x86_64__)
#define WITH_POPCNT __attribute__((target("popcnt")))
#else
#define WITH_POPCNT
#endif

INLINE unsigned count_below(uint64_t bits, uint64_t bit)
{
    return (unsigned)__builtin_popcountll(bits & (bit - 1));
}

/* Value of the longest of `parts` in a node. */
INLINE uint32_t value_at(const struct cidr_half *half, const struct cidr_node *node, uint64_t parts)
{
    uint64_t longest = 1ULL << (63 - __builtin_clzll(parts));
    return cidr_trie_values(&half->trie)[node->values + count_below(node->ends, longest)];
}

INLINE const struct cidr_node *child_of(const struct cidr_half *half, const struct cidr_node *node,
                                        uint64_t branch)
{
    return cidr_trie_nodes(&half->trie) + node->children + count_below(node->branches, branch);
}

/* IPv4: all chunks come from one word. */
INLINE uint32_t lookup4(const struct cidr_half *half, uint32_t address)
{
    uint64_t rest = (uint64_t)address << 32, parts = 0;
    const struct cidr_node *node = &half->root, *best = node;
    if (half->slots) {
        node = &half->slots[address >> 16];
        rest <<= 16;
    }
    for (;;) {
        unsigned chunk = (unsigned)(rest >> (64 - CIDR_STRIDE));
        uint64_t here = node->ends & cidr_leading_parts[chunk], branch = 1ULL << chunk;
        best = here ? node : best;
        parts = here ? here : parts;
        if (!(node->branches & branch))
            break;
        const struct cidr_node *child = child_of(half, node, branch);
        if (node->leaves & branch) {
            const struct cidr_leaf *leaf = (const struct cidr_leaf *)(const void *)child;
            if ((leaf->key.hi ^ (uint64_t)address << 32) >> (64 - leaf->length) == 0)
                return leaf->value;
            break;
        }
        node = child;
        rest <<= CIDR_STRIDE;
    }
    if (parts)
        return value_at(half, best, parts);
    return half->slots ? half->fallback[address >> 16] : CIDR_NO_VALUE;
}

/* IPv6; the bits are shifted out of both words. */
INLINE uint32_t lookup6(const struct cidr_half *half, struct cidr_key key)
{
    uint64_t hi = key.hi, lo = key.lo, parts = 0;
    const struct cidr_node *node = &half->root, *best = node;
    if (half->slots) {
        node = &half->slots[key.hi >> 48];
        hi = hi << 16 | lo >> 48;
        lo <<= 16;
    }
    for (;;) {
        unsigned chunk = (unsigned)(hi >> (64 - CIDR_STRIDE));
        uint64_t here = node->ends & cidr_leading_parts[chunk], branch = 1ULL << chunk;
        best = here ? node : best;
        parts = here ? here : parts;
        if (!(node->branches & branch))
            break;
        const struct cidr_node *child = child_of(half, node, branch);
        if (node->leaves & branch) {
            const struct cidr_leaf *leaf = (const struct cidr_leaf *)(const void *)child;
            if (cidr_same_bits(leaf->key, key, leaf->length))
                return leaf->value;
            break;
        }
        node = child;
        hi = hi << CIDR_STRIDE | lo >> (64 - CIDR_STRIDE);
        lo <<= CIDR_STRIDE;
    }
    if (parts)
        return value_at(half, best, parts);
    return half->slots ? half->fallback[key.hi >> 48] : CIDR_NO_VALUE;
}

WITH_POPCNT static void many4_popcnt(const struct cidr_half *half, const uint32_t *addresses, size_t count,
                                     uint32_t *values)
{
    for (size_t i = 0; i < count; i++)
        values[i] = lookup4(half, addresses[i]);
}

static void many4(const struct cidr_half *half, const uint32_t *addresses, size_t count, uint32_t *values)
{
    for (size_t i = 0; i < count; i++)
        values[i] = lookup4(half, addresses[i]);
}

WITH_POPCNT static void many6_popcnt(const struct cidr_half *half, const struct cidr_key *addresses,
                                     size_t count, uint32_t *values)
{
    for (size_t i = 0; i < count; i++)
        values[i] = lookup6(half, addresses[i]);
}

static void many6(const struct cidr_half *half, const struct cidr_key *addresses, size_t count,
                  uint32_t *values)
{
    for (size_t i = 0; i < count; i++)
        values[i] = lookup6(half, addresses[i]);
}

void cidr_table_lookup4(const struct cidr_table *table, const uint32_t *addresses, size_t count,
                        uint32_t *values)
{
    (table->popcnt ? many4_popcnt : many4)(&table->v4, addresses, count, values);
}

void cidr_table_lookup6(const struct cidr_table *table, const struct cidr_key *addresses, size_t count,
                        uint32_t *values)
{
    (table->popcnt ? many6_popcnt : many6)(&table->v6, addresses, count, values);
}

uint32_t cidr_table_lookup(const struct cidr_table *table, struct cidr_address address)
{
    uint32_t value;
    if (address.family == 4) {
        uint32_t number = (uint32_t)address.lo;
        cidr_table_lookup4(table, &number, 1, &value);
    } else {
        struct cidr_key key = {address.hi, address.lo};
        cidr_table_lookup6(table, &key, 1, &value);
    }
    return value;
}
