/* SPDX-License-Identifier: MIT
 * prefix_set.h: a set of IPv4 and IPv6 addresses as sorted, disjoint, not adjacent ranges: arrays
 * without pointers, 8 bytes an IPv4 range, 32 an IPv6 one. All functions returning bool: false means
 * out of memory, unless they say otherwise. */
#ifndef PEERWAY_CIDR_PREFIX_SET_H
#define PEERWAY_CIDR_PREFIX_SET_H

#include "modules/cidr/number.h"
#include "modules/cidr/prefix.h"

struct cidr_range4 {
    uint32_t first, last;
};

struct cidr_range6 {
    cidr_u128 first, last;
};

struct cidr_set {
    struct cidr_range4 *v4;
    struct cidr_range6 *v6;
    size_t count4, count6; /* ranges */
    size_t room4, room6;
};

/* A set of zero bytes is empty. cidr_set_free leaves an empty set. */
void cidr_set_free(struct cidr_set *set);

/* Appends a range to a set under construction; the set is usable again after cidr_set_normalise, which
 * sorts, joins what overlaps or touches, and gives unused memory back. */
bool cidr_set_add(struct cidr_set *set, struct cidr_range range);
bool cidr_set_normalise(struct cidr_set *set);

/* Appends all ranges of `from`. */
bool cidr_set_add_all(struct cidr_set *set, const struct cidr_set *from);

enum cidr_set_operation { CIDR_UNION, CIDR_INTERSECTION, CIDR_DIFFERENCE, CIDR_SYMMETRIC_DIFFERENCE };

/* *out = a operation b; out must be empty and neither a nor b. */
bool cidr_set_combine(enum cidr_set_operation operation, const struct cidr_set *a, const struct cidr_set *b,
                      struct cidr_set *out);

/* These answer a question and never fail. */
bool cidr_set_contains(const struct cidr_set *set, struct cidr_range range); /* the whole range */
bool cidr_set_overlaps(const struct cidr_set *set, struct cidr_range range); /* some of it */
bool cidr_set_covers(const struct cidr_set *set, const struct cidr_set *part);
bool cidr_set_meets(const struct cidr_set *a, const struct cidr_set *b); /* a common address */
bool cidr_set_equal(const struct cidr_set *a, const struct cidr_set *b);

/* Number of addresses; family 0: of both. */
struct cidr_count cidr_set_size(const struct cidr_set *set, int family);

/* Number of prefixes the minimal list has. */
size_t cidr_set_prefix_count(const struct cidr_set *set);

/* Range number i, IPv4 ranges first. */
static inline struct cidr_range cidr_set_range(const struct cidr_set *set, size_t i)
{
    struct cidr_range r;
    if (i < set->count4) {
        r.first = cidr_address_of(4, set->v4[i].first);
        r.last = cidr_address_of(4, set->v4[i].last);
    } else {
        r.first = cidr_address_of(6, set->v6[i - set->count4].first);
        r.last = cidr_address_of(6, set->v6[i - set->count4].last);
    }
    return r;
}

static inline size_t cidr_set_range_count(const struct cidr_set *set)
{
    return set->count4 + set->count6;
}

/* Walks the minimal list of prefixes in order. Begin with a zeroed cursor. */
struct cidr_set_cursor {
    size_t range;
    struct cidr_address at;
    bool inside; /* `at` is the place within range number `range` */
};
bool cidr_set_next(const struct cidr_set *set, struct cidr_set_cursor *cursor, struct cidr_prefix *out);

#endif
