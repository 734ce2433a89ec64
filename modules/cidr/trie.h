/* SPDX-License-Identifier: MIT
 * trie.h: a multibit trie for longest-prefix match. A node decides six bits of the address: 63 bits tell
 * which prefixes of relative length 0 to 5 end here, 64 bits which children exist; children and values
 * lie in arrays without gaps, found by counting bits. A subtree of one prefix is a leaf instead of a chain
 * of nodes. Updates change a few small arrays in place: one structure serves changes and lookups. */
#ifndef PEERWAY_CIDR_TRIE_H
#define PEERWAY_CIDR_TRIE_H

#include "modules/cidr/pool.h"
#include "modules/cidr/prefix.h"

#define CIDR_STRIDE 6
#define CIDR_NO_VALUE UINT32_MAX

struct cidr_node {
    uint64_t ends;     /* prefixes that end here: bit 2^r - 1 + (their last r bits) */
    uint64_t branches; /* children by their six bits */
    uint64_t leaves;   /* which of them are leaves */
    uint32_t children; /* index of the first child in the node pool */
    uint32_t values;   /* index of the first value in the value pool */
};

/* An address, or a prefix's first one, left-aligned in 128 bits. */
struct cidr_key {
    uint64_t hi, lo;
};

/* In the place of a node: one prefix, of any length from the place's depth on. */
struct cidr_leaf {
    struct cidr_key key;
    uint32_t value;
    uint32_t length;
};

struct cidr_trie {
    struct cidr_pool nodes;
    struct cidr_pool values;
};

static inline struct cidr_key cidr_key_of(struct cidr_address a)
{
    struct cidr_key key = {a.family == 4 ? a.lo << 32 : a.hi, a.family == 4 ? 0 : a.lo};
    return key;
}

/* The six bits of the key from bit `offset` on, zeros behind its end. */
static inline unsigned cidr_chunk(struct cidr_key key, unsigned offset)
{
    if (offset + CIDR_STRIDE <= 64)
        return (unsigned)(key.hi << offset >> (64 - CIDR_STRIDE));
    if (offset >= 64)
        return (unsigned)(key.lo << (offset - 64) >> (64 - CIDR_STRIDE));
    return (unsigned)((key.hi << offset | key.lo >> (64 - offset)) >> (64 - CIDR_STRIDE));
}

/* The first `length` bits (at least 1) of two keys are the same. */
static inline bool cidr_same_bits(struct cidr_key a, struct cidr_key b, unsigned length)
{
    if (length <= 64)
        return (a.hi ^ b.hi) >> (64 - length) == 0;
    return a.hi == b.hi && (a.lo ^ b.lo) >> (128 - length) == 0;
}

/* For each chunk, the `ends` bits of its six leading parts: of relative lengths 0 to 5. */
extern const uint64_t cidr_leading_parts[64];

void cidr_trie_init(struct cidr_trie *trie);
void cidr_trie_free(struct cidr_trie *trie);

static inline struct cidr_node *cidr_trie_nodes(const struct cidr_trie *trie)
{
    return (struct cidr_node *)(void *)trie->nodes.units;
}

static inline uint32_t *cidr_trie_values(const struct cidr_trie *trie)
{
    return (uint32_t *)(void *)trie->values.units;
}

/* Below, `root` is a node outside the pool that decides the bits from `offset` on; the prefix has at
 * least that many. */

/* Where the value of the prefix is kept, or NULL. */
uint32_t *cidr_trie_find(const struct cidr_trie *trie, const struct cidr_node *root, unsigned offset,
                         struct cidr_key key, unsigned length);

/* Where the value of the prefix is kept, after adding it when it is new (*added; the value is then
 * CIDR_NO_VALUE). NULL when out of memory; the trie is then unchanged but for empty nodes. */
uint32_t *cidr_trie_insert(struct cidr_trie *trie, struct cidr_node *root, unsigned offset,
                           struct cidr_key key, unsigned length, bool *added);

/* Removes the prefix; false when it is not there. Empty nodes go with it. */
bool cidr_trie_remove(struct cidr_trie *trie, struct cidr_node *root, unsigned offset, struct cidr_key key,
                      unsigned length);

/* Longest prefix of the first `length` bits of the key (and of at most that length); false when there
 * is none. */
bool cidr_trie_match(const struct cidr_trie *trie, const struct cidr_node *root, unsigned offset,
                     struct cidr_key key, unsigned length, uint32_t *value, unsigned *matched);

/* Visits all prefixes at or inside the given one in order (address, then length) until `visit` returns
 * false; returns what the last call returned. The key's bits behind the length are zero. */
typedef bool (*cidr_trie_visit)(void *arg, struct cidr_key key, unsigned length, uint32_t value);
bool cidr_trie_walk(const struct cidr_trie *trie, const struct cidr_node *root, unsigned offset,
                    struct cidr_key key, unsigned length, cidr_trie_visit visit, void *arg);

#endif
