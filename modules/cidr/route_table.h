/* SPDX-License-Identifier: MIT
 * route_table.h: prefixes with a value each (a 32-bit number), and the longest match for an address.
 * Small tables are one trie per family; larger ones get an array over the first 16 bits in front of it. */
#ifndef PEERWAY_CIDR_ROUTE_TABLE_H
#define PEERWAY_CIDR_ROUTE_TABLE_H

#include "modules/cidr/trie.h"

/* From so many prefixes of a family on the array of 65,536 nodes (2.3 MB) pays. */
#define CIDR_SLOTS_FROM 4096

struct cidr_half { /* one family */
    struct cidr_trie trie;
    struct cidr_node root;   /* all prefixes, or with slots those of less than 16 bits */
    struct cidr_node *slots; /* by the first 16 bits; NULL in small tables */
    uint32_t *fallback;      /* per slot: the value of the longest prefix in `root` that covers it */
    size_t count;
};

struct cidr_table {
    struct cidr_half v4, v6;
    bool popcnt; /* the processor counts bits by itself */
};

struct cidr_entry {
    struct cidr_prefix prefix;
    uint32_t value;
};

void cidr_table_init(struct cidr_table *table);
void cidr_table_free(struct cidr_table *table);

static inline size_t cidr_table_count(const struct cidr_table *table)
{
    return table->v4.count + table->v6.count;
}

/* Bytes the table holds. */
size_t cidr_table_memory(const struct cidr_table *table);

/* Adds or replaces; *old is the value replaced or CIDR_NO_VALUE, which is no valid value. False when out
 * of memory. */
bool cidr_table_insert(struct cidr_table *table, struct cidr_prefix prefix, uint32_t value, uint32_t *old);

/* Removes; false when the prefix is not there. */
bool cidr_table_remove(struct cidr_table *table, struct cidr_prefix prefix, uint32_t *old);

/* Value of exactly this prefix, or CIDR_NO_VALUE. */
uint32_t cidr_table_exact(const struct cidr_table *table, struct cidr_prefix prefix);

/* The longest prefix that covers the block (an address: its full-length prefix). */
bool cidr_table_longest(const struct cidr_table *table, struct cidr_prefix block, struct cidr_entry *out);

/* All prefixes that cover the block, shortest first; returns their number (at most 129). */
unsigned cidr_table_matches(const struct cidr_table *table, struct cidr_prefix block,
                            struct cidr_entry out[129]);

/* The quick way: value of the longest match, or CIDR_NO_VALUE. */
uint32_t cidr_table_lookup(const struct cidr_table *table, struct cidr_address address);

/* The same for arrays. */
void cidr_table_lookup4(const struct cidr_table *table, const uint32_t *addresses, size_t count,
                        uint32_t *values);
void cidr_table_lookup6(const struct cidr_table *table, const struct cidr_key *addresses, size_t count,
                        uint32_t *values);

/* All entries at or inside the block, in order, as an array of *count entries that the caller frees.
 * NULL: out of memory. */
struct cidr_entry *cidr_table_covered(const struct cidr_table *table, struct cidr_prefix block,
                                      size_t *count);

/* All entries of both families in order. */
struct cidr_entry *cidr_table_entries(const struct cidr_table *table, size_t *count);

#endif
