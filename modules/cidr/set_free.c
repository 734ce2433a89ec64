/* SPDX-License-Identifier: MIT
 * set_free.c: first fit, best fit, and plans of many blocks. */
#include "modules/cidr/set_free.h"

#include <stdlib.h>

bool cidr_space_next(const struct cidr_set *space, unsigned length, struct cidr_set_cursor *cursor,
                     struct cidr_prefix *out)
{
    for (; cursor->range < cidr_set_range_count(space); cursor->range++, cursor->inside = false) {
        struct cidr_range range = cidr_set_range(space, cursor->range);
        int family = range.first.family;
        if (length > cidr_width(family))
            continue;
        cidr_u128 mask = cidr_host_mask(family, length), last = cidr_value(range.last);
        cidr_u128 at = cidr_value(cursor->inside ? cursor->at : range.first);
        cidr_u128 start = (at + mask) & ~mask; /* rounded up; wraps only when nothing is left */
        if (start < at || start > last || last - start < mask)
            continue;
        *out = cidr_prefix_of(cidr_address_of(family, start), length);
        if (start + mask == last) {
            cursor->range++;
            cursor->inside = false;
        } else {
            cursor->at = cidr_address_of(family, start + mask + 1);
            cursor->inside = true;
        }
        return true;
    }
    return false;
}

/* The longest free prefix with length <= limit; limit 0 and largest: the shortest of all. */
static bool choose(const struct cidr_set *space, unsigned limit, bool largest, struct cidr_prefix *out)
{
    struct cidr_set_cursor cursor = {0};
    struct cidr_prefix prefix;
    bool found = false;
    while (cidr_set_next(space, &cursor, &prefix)) {
        bool fits = largest || prefix.length <= limit;
        bool better = !found || (largest ? prefix.length < out->length : prefix.length > out->length);
        if (!fits || !better)
            continue;
        *out = prefix;
        found = true;
        if (!largest && prefix.length == limit)
            break;
    }
    return found;
}

bool cidr_space_best(const struct cidr_set *space, unsigned length, struct cidr_prefix *out)
{
    if (!choose(space, length, false, out))
        return false;
    *out = cidr_subnet(*out, length, 0);
    return true;
}

bool cidr_space_largest(const struct cidr_set *space, struct cidr_prefix *out)
{
    return choose(space, 0, true, out);
}

static bool remove_prefix(struct cidr_set *space, struct cidr_prefix prefix)
{
    struct cidr_set taken = {0}, rest = {0};
    bool ok = cidr_set_add(&taken, cidr_range_of(prefix)) &&
              cidr_set_combine(CIDR_DIFFERENCE, space, &taken, &rest);
    cidr_set_free(&taken);
    if (!ok) {
        cidr_set_free(&rest);
        return false;
    }
    cidr_set_free(space);
    *space = rest;
    return true;
}

/* Indexes of `lengths`, short lengths first, otherwise in their order. */
static size_t *order_of(const unsigned *lengths, size_t count)
{
    size_t *order = malloc((count + 1) * sizeof *order), n = 0;
    for (unsigned length = 0; order && length <= 128; length++) {
        for (size_t i = 0; i < count; i++) {
            if (lengths[i] == length)
                order[n++] = i;
        }
    }
    return order;
}

size_t cidr_space_take(struct cidr_set *space, const unsigned *lengths, size_t count, bool best,
                       struct cidr_prefix *out)
{
    size_t *order = order_of(lengths, count), result = count;
    if (!order)
        return count + 1;
    for (size_t i = 0; i < count && result == count; i++) {
        struct cidr_set_cursor cursor = {0};
        size_t wish = order[i];
        bool found = best ? cidr_space_best(space, lengths[wish], &out[wish])
                          : cidr_space_next(space, lengths[wish], &cursor, &out[wish]);
        if (!found)
            result = wish;
        else if (!remove_prefix(space, out[wish]))
            result = count + 1;
    }
    free(order);
    return result;
}
