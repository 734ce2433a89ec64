/* SPDX-License-Identifier: MIT
 * range_array.h: algebra on sorted arrays of disjoint, not adjacent ranges, one family each. The two
 * families share one text (range_template.h); these are the names it makes. */
#ifndef PEERWAY_CIDR_RANGE_ARRAY_H
#define PEERWAY_CIDR_RANGE_ARRAY_H

#include "modules/cidr/prefix_set.h"

/* sort: by first address. join: merges what overlaps or touches in a sorted array, returns the new
 * count. combine: `out` has room for na + nb ranges; returns how many were written. find: index of the
 * first range that ends at or behind `value` (count when none). */
#define RANGE_FUNCTIONS(R, V, P)                                                                             \
    bool P##_sort(struct R *ranges, size_t count);                                                           \
    size_t P##_join(struct R *ranges, size_t count);                                                         \
    size_t P##_union(const struct R *a, size_t na, const struct R *b, size_t nb, struct R *out);             \
    size_t P##_intersect(const struct R *a, size_t na, const struct R *b, size_t nb, struct R *out);         \
    size_t P##_subtract(const struct R *a, size_t na, const struct R *b, size_t nb, struct R *out);          \
    size_t P##_find(const struct R *ranges, size_t count, V value);                                          \
    bool P##_covers(const struct R *a, size_t na, const struct R *b, size_t nb);                             \
    bool P##_meets(const struct R *a, size_t na, const struct R *b, size_t nb);

RANGE_FUNCTIONS(cidr_range4, uint32_t, cidr_ranges4)
RANGE_FUNCTIONS(cidr_range6, cidr_u128, cidr_ranges6)

#endif
