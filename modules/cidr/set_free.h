/* SPDX-License-Identifier: MIT
 * set_free.h: where a block of a wanted size fits into free space (a set of one family). */
#ifndef PEERWAY_CIDR_SET_FREE_H
#define PEERWAY_CIDR_SET_FREE_H

#include "modules/cidr/prefix_set.h"

/* Walks all blocks of `length` bits that lie wholly in `space`, in order, without overlap. Begin with a
 * zeroed cursor. The first result is the first fit. */
bool cidr_space_next(const struct cidr_set *space, unsigned length, struct cidr_set_cursor *cursor,
                     struct cidr_prefix *out);

/* The block taken from the smallest free prefix that is large enough, the lowest one of equals: keeps
 * large free blocks whole. */
bool cidr_space_best(const struct cidr_set *space, unsigned length, struct cidr_prefix *out);

/* The largest free prefix, the lowest one of equals; false when there is none. */
bool cidr_space_largest(const struct cidr_set *space, struct cidr_prefix *out);

/* Takes `count` blocks of the given lengths out of `space`, the large ones first (so that they do not
 * fail for want of alignment), and stores them in the order of `lengths`. Returns count, or the index of
 * the length that found no room, or count + 1 when out of memory; `space` then is what was left. */
size_t cidr_space_take(struct cidr_set *space, const unsigned *lengths, size_t count, bool best,
                       struct cidr_prefix *out);

#endif
