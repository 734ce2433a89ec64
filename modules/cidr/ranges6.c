/* SPDX-License-Identifier: MIT
 * ranges6.c: arrays of IPv6 ranges; in-place radix sort from the highest bit in which a bucket differs,
 * so that common leading bits cost nothing. */
#include "modules/cidr/range_array.h"

#define RANGE cidr_range6
#define VALUE cidr_u128
#define NAME(x) cidr_ranges6_##x
#include "modules/cidr/range_template.h"

#define DIGIT_BITS 8
#define BUCKETS (1 << DIGIT_BITS)
#define RADIX_MIN 64

static void insertion_sort(struct cidr_range6 *ranges, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        struct cidr_range6 moved = ranges[i];
        size_t j = i;
        for (; j > 0 && ranges[j - 1].first > moved.first; j--)
            ranges[j] = ranges[j - 1];
        ranges[j] = moved;
    }
}

/* Shift that brings the highest differing bits down to a digit; -1 when all are equal. *sorted tells
 * whether nothing is to be done. */
static int choose_shift(const struct cidr_range6 *ranges, size_t count, bool *sorted)
{
    cidr_u128 differing = 0;
    *sorted = true;
    for (size_t i = 1; i < count; i++) {
        differing |= ranges[i].first ^ ranges[0].first;
        *sorted = *sorted && ranges[i - 1].first <= ranges[i].first;
    }
    uint64_t hi = (uint64_t)(differing >> 64), lo = (uint64_t)differing;
    int top = hi ? 127 - __builtin_clzll(hi) : lo ? 63 - __builtin_clzll(lo) : -1;
    return top < DIGIT_BITS ? 0 : top - DIGIT_BITS + 1;
}

/* Puts every range into its bucket by swapping along cycles ("American flag sort"). */
static void distribute(struct cidr_range6 *ranges, const size_t ends[BUCKETS], size_t heads[BUCKETS],
                       int shift)
{
    for (unsigned bucket = 0; bucket < BUCKETS; bucket++) {
        while (heads[bucket] < ends[bucket]) {
            struct cidr_range6 moved = ranges[heads[bucket]];
            unsigned home = (unsigned)(moved.first >> shift) & (BUCKETS - 1);
            while (home != bucket) {
                struct cidr_range6 evicted = ranges[heads[home]];
                ranges[heads[home]++] = moved;
                moved = evicted;
                home = (unsigned)(moved.first >> shift) & (BUCKETS - 1);
            }
            ranges[heads[bucket]++] = moved;
        }
    }
}

/* Recursion: every level fixes eight more bits, 16 levels at most. */
bool cidr_ranges6_sort(struct cidr_range6 *ranges, size_t count)
{
    size_t heads[BUCKETS] = {0}, ends[BUCKETS];
    bool sorted;
    if (count < RADIX_MIN) {
        insertion_sort(ranges, count);
        return true;
    }
    int shift = choose_shift(ranges, count, &sorted);
    if (sorted)
        return true;
    for (size_t i = 0; i < count; i++)
        heads[(unsigned)(ranges[i].first >> shift) & (BUCKETS - 1)]++;
    for (size_t bucket = 0, sum = 0; bucket < BUCKETS; bucket++) {
        size_t here = heads[bucket];
        heads[bucket] = sum;
        ends[bucket] = sum += here;
    }
    distribute(ranges, ends, heads, shift);
    for (size_t bucket = 0, start = 0; bucket < BUCKETS; start = ends[bucket++]) {
        if (shift > 0)
            cidr_ranges6_sort(ranges + start, ends[bucket] - start);
    }
    return true;
}
