/* SPDX-License-Identifier: MIT
 * ranges4.c: arrays of IPv4 ranges; radix sort in three passes over the 32 bits of the first address. */
#include "modules/cidr/range_array.h"

#include <stdlib.h>
#include <string.h>

#define RANGE cidr_range4
#define VALUE uint32_t
#define NAME(x) cidr_ranges4_##x
#include "modules/cidr/range_template.h"

#define DIGIT_BITS 11
#define BUCKETS (1 << DIGIT_BITS)
#define PASSES 3
/* Below this the tables of the radix sort cost more than they save. */
#define RADIX_MIN 256

static void insertion_sort(struct cidr_range4 *ranges, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        struct cidr_range4 moved = ranges[i];
        size_t j = i;
        for (; j > 0 && ranges[j - 1].first > moved.first; j--)
            ranges[j] = ranges[j - 1];
        ranges[j] = moved;
    }
}

static bool is_sorted(const struct cidr_range4 *ranges, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        if (ranges[i - 1].first > ranges[i].first)
            return false;
    }
    return true;
}

static unsigned digit(uint32_t value, int pass)
{
    return value >> pass * DIGIT_BITS & (BUCKETS - 1);
}

/* Counts all digits in one pass, and turns the counts into places. */
static void count_digits(const struct cidr_range4 *ranges, size_t count, uint32_t places[PASSES][BUCKETS])
{
    memset(places, 0, sizeof(uint32_t[PASSES][BUCKETS]));
    for (size_t i = 0; i < count; i++) {
        for (int pass = 0; pass < PASSES; pass++)
            places[pass][digit(ranges[i].first, pass)]++;
    }
    for (int pass = 0; pass < PASSES; pass++) {
        uint32_t sum = 0;
        for (int i = 0; i < BUCKETS; i++) {
            uint32_t here = places[pass][i];
            places[pass][i] = sum;
            sum += here;
        }
    }
}

bool cidr_ranges4_sort(struct cidr_range4 *ranges, size_t count)
{
    if (is_sorted(ranges, count))
        return true;
    if (count < RADIX_MIN) {
        insertion_sort(ranges, count);
        return true;
    }
    struct cidr_range4 *other = malloc(count * sizeof *other);
    uint32_t(*places)[BUCKETS] = malloc(sizeof(uint32_t[PASSES][BUCKETS]));
    bool ok = other && places && count <= UINT32_MAX;
    if (ok) {
        struct cidr_range4 *from = ranges, *to = other;
        count_digits(ranges, count, places);
        for (int pass = 0; pass < PASSES; pass++) {
            for (size_t i = 0; i < count; i++)
                to[places[pass][digit(from[i].first, pass)]++] = from[i];
            struct cidr_range4 *swap = from;
            from = to;
            to = swap;
        }
        memcpy(ranges, other, count * sizeof *other); /* three passes end in `other` */
    }
    free(other);
    free(places);
    return ok;
}
