/* SPDX-License-Identifier: MIT
 * overlap.h: which of many blocks overlap: sort, then one pass with a stack. */
#ifndef PEERWAY_CIDR_OVERLAP_H
#define PEERWAY_CIDR_OVERLAP_H

#include "modules/cidr/prefix.h"

#include <stddef.h>

/* Two prefixes overlap exactly when one covers the other: `outer` covers `inner`. Indexes into the given
 * array; of equal blocks the one with the lower index is the outer one. */
struct cidr_pair {
    size_t outer, inner;
};

/* All overlapping pairs among the blocks, by the address of the inner one; an array of *pair_count that
 * the caller frees. NULL: out of memory. Time: n log n + answers. */
struct cidr_pair *cidr_overlapping(const struct cidr_prefix *blocks, size_t count, size_t *pair_count);

#endif
