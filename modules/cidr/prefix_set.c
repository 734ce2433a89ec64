/* SPDX-License-Identifier: MIT
 * prefix_set.c: both families of a set together. */
#include "modules/cidr/prefix_set.h"
#include "modules/cidr/range_array.h"

#include <stdlib.h>
#include <string.h>

void cidr_set_free(struct cidr_set *set)
{
    free(set->v4);
    free(set->v6);
    memset(set, 0, sizeof *set);
}

/* Makes room for `more` elements of `size` bytes behind `count` at *array. */
static bool grow(void **array, size_t *room, size_t count, size_t more, size_t size)
{
    if (*room - count >= more)
        return true;
    size_t wanted = *room + *room / 2;
    if (wanted < count + more)
        wanted = count + more < 16 ? 16 : count + more;
    void *bigger = wanted > SIZE_MAX / size ? NULL : realloc(*array, wanted * size);
    if (!bigger)
        return false;
    *array = bigger;
    *room = wanted;
    return true;
}

static bool grow4(struct cidr_set *set, size_t more)
{
    return grow((void **)&set->v4, &set->room4, set->count4, more, sizeof *set->v4);
}

static bool grow6(struct cidr_set *set, size_t more)
{
    return grow((void **)&set->v6, &set->room6, set->count6, more, sizeof *set->v6);
}

bool cidr_set_add(struct cidr_set *set, struct cidr_range range)
{
    if (range.first.family == 4) {
        if (!grow4(set, 1))
            return false;
        set->v4[set->count4].first = (uint32_t)range.first.lo;
        set->v4[set->count4++].last = (uint32_t)range.last.lo;
    } else {
        if (!grow6(set, 1))
            return false;
        set->v6[set->count6].first = cidr_value(range.first);
        set->v6[set->count6++].last = cidr_value(range.last);
    }
    return true;
}

bool cidr_set_add_all(struct cidr_set *set, const struct cidr_set *from)
{
    if (!grow4(set, from->count4) || !grow6(set, from->count6))
        return false;
    if (from->count4)
        memcpy(set->v4 + set->count4, from->v4, from->count4 * sizeof *from->v4);
    if (from->count6)
        memcpy(set->v6 + set->count6, from->v6, from->count6 * sizeof *from->v6);
    set->count4 += from->count4;
    set->count6 += from->count6;
    return true;
}

/* Gives memory behind the last range back; a failure to shrink is harmless. */
static void *shrink(void *array, size_t *room, size_t count, size_t size)
{
    if (count == 0) {
        free(array);
        *room = 0;
        return NULL;
    }
    void *smaller = *room > count ? realloc(array, count * size) : NULL;
    if (!smaller)
        return array;
    *room = count;
    return smaller;
}

static void shrink_both(struct cidr_set *set)
{
    set->v4 = shrink(set->v4, &set->room4, set->count4, sizeof *set->v4);
    set->v6 = shrink(set->v6, &set->room6, set->count6, sizeof *set->v6);
}

bool cidr_set_normalise(struct cidr_set *set)
{
    if (!cidr_ranges4_sort(set->v4, set->count4) || !cidr_ranges6_sort(set->v6, set->count6))
        return false;
    set->count4 = cidr_ranges4_join(set->v4, set->count4);
    set->count6 = cidr_ranges6_join(set->v6, set->count6);
    shrink_both(set);
    return true;
}

static bool symmetric_difference(const struct cidr_set *a, const struct cidr_set *b, struct cidr_set *out)
{
    struct cidr_set left = {0}, right = {0};
    bool ok = cidr_set_combine(CIDR_DIFFERENCE, a, b, &left) &&
              cidr_set_combine(CIDR_DIFFERENCE, b, a, &right) &&
              cidr_set_combine(CIDR_UNION, &left, &right, out);
    cidr_set_free(&left);
    cidr_set_free(&right);
    return ok;
}

bool cidr_set_combine(enum cidr_set_operation operation, const struct cidr_set *a, const struct cidr_set *b,
                      struct cidr_set *out)
{
    if (operation == CIDR_SYMMETRIC_DIFFERENCE)
        return symmetric_difference(a, b, out);
    /* every result range begins or ends where a range of a or b does, so na + nb is enough */
    if (!grow4(out, a->count4 + b->count4) || !grow6(out, a->count6 + b->count6))
        return false;
    switch (operation) {
    case CIDR_UNION:
        out->count4 = cidr_ranges4_union(a->v4, a->count4, b->v4, b->count4, out->v4);
        out->count6 = cidr_ranges6_union(a->v6, a->count6, b->v6, b->count6, out->v6);
        break;
    case CIDR_INTERSECTION:
        out->count4 = cidr_ranges4_intersect(a->v4, a->count4, b->v4, b->count4, out->v4);
        out->count6 = cidr_ranges6_intersect(a->v6, a->count6, b->v6, b->count6, out->v6);
        break;
    default:
        out->count4 = cidr_ranges4_subtract(a->v4, a->count4, b->v4, b->count4, out->v4);
        out->count6 = cidr_ranges6_subtract(a->v6, a->count6, b->v6, b->count6, out->v6);
    }
    shrink_both(out);
    return true;
}

bool cidr_set_overlaps(const struct cidr_set *set, struct cidr_range range)
{
    if (range.first.family == 4) {
        size_t i = cidr_ranges4_find(set->v4, set->count4, (uint32_t)range.first.lo);
        return i < set->count4 && set->v4[i].first <= (uint32_t)range.last.lo;
    }
    size_t i = cidr_ranges6_find(set->v6, set->count6, cidr_value(range.first));
    return i < set->count6 && set->v6[i].first <= cidr_value(range.last);
}

bool cidr_set_contains(const struct cidr_set *set, struct cidr_range range)
{
    if (range.first.family == 4) {
        size_t i = cidr_ranges4_find(set->v4, set->count4, (uint32_t)range.last.lo);
        return i < set->count4 && set->v4[i].first <= (uint32_t)range.first.lo;
    }
    size_t i = cidr_ranges6_find(set->v6, set->count6, cidr_value(range.last));
    return i < set->count6 && set->v6[i].first <= cidr_value(range.first);
}

bool cidr_set_covers(const struct cidr_set *set, const struct cidr_set *part)
{
    return cidr_ranges4_covers(set->v4, set->count4, part->v4, part->count4) &&
           cidr_ranges6_covers(set->v6, set->count6, part->v6, part->count6);
}

bool cidr_set_meets(const struct cidr_set *a, const struct cidr_set *b)
{
    return cidr_ranges4_meets(a->v4, a->count4, b->v4, b->count4) ||
           cidr_ranges6_meets(a->v6, a->count6, b->v6, b->count6);
}

bool cidr_set_equal(const struct cidr_set *a, const struct cidr_set *b)
{
    if (a->count4 != b->count4 || a->count6 != b->count6)
        return false;
    return (a->count4 == 0 || memcmp(a->v4, b->v4, a->count4 * sizeof *a->v4) == 0) &&
           (a->count6 == 0 || memcmp(a->v6, b->v6, a->count6 * sizeof *a->v6) == 0);
}

struct cidr_count cidr_set_size(const struct cidr_set *set, int family)
{
    struct cidr_count count = {0, 0};
    for (size_t i = 0; family != 6 && i < set->count4; i++)
        cidr_count_add_span(&count, set->v4[i].last - set->v4[i].first);
    for (size_t i = 0; family != 4 && i < set->count6; i++)
        cidr_count_add_span(&count, set->v6[i].last - set->v6[i].first);
    return count;
}

bool cidr_set_next(const struct cidr_set *set, struct cidr_set_cursor *cursor, struct cidr_prefix *out)
{
    if (cursor->range >= cidr_set_range_count(set))
        return false;
    struct cidr_range range = cidr_set_range(set, cursor->range);
    cidr_u128 value = cidr_value(cursor->inside ? cursor->at : range.first);
    bool more = true;
    cidr_next_prefix(range.first.family, &value, cidr_value(range.last), &more, out);
    cursor->at = cidr_address_of(range.first.family, value);
    cursor->inside = more;
    cursor->range += !more;
    return true;
}

size_t cidr_set_prefix_count(const struct cidr_set *set)
{
    struct cidr_set_cursor cursor = {0};
    struct cidr_prefix prefix;
    size_t count = 0;
    while (cidr_set_next(set, &cursor, &prefix))
        count++;
    return count;
}
