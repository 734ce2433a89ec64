/* SPDX-License-Identifier: MIT
 * test_cidr_sets.c: sets against bitmaps of 256 addresses at the hard places of both families. */
#include "modules/cidr/prefix_set.h"
#include "modules/cidr/range_array.h"
#include "modules/cidr/set_free.h"
#include "modules/cidr/set_text.h"
#include "tests/unit/test_cidr_random.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#define ROUNDS 60000

/* The naive model: one byte an address. */
struct model {
    struct cidr_address base;
    unsigned char has[256];
};

static unsigned place(const struct model *m, struct cidr_address a)
{
    return (unsigned)(cidr_value(a) - cidr_value(m->base));
}

static void add_random(uint64_t *seed, struct model *m, struct cidr_set *set)
{
    memset(m->has, 0, sizeof m->has);
    memset(set, 0, sizeof *set);
    for (unsigned n = random_below(seed, 9); n > 0; n--) {
        struct cidr_range r = cidr_range_of(random_small_prefix(seed, m->base));
        if (random_below(seed, 3) == 0 && cidr_value(r.first) > cidr_value(m->base))
            r.first = cidr_address_of(r.first.family, cidr_value(r.first) - 1);
        memset(m->has + place(m, r.first), 1, place(m, r.last) - place(m, r.first) + 1);
        assert_true(cidr_set_add(set, r));
    }
    assert_true(cidr_set_normalise(set));
}

static bool normal4(const struct cidr_set *s)
{
    for (size_t i = 0; i < s->count4; i++) {
        if (s->v4[i].first > s->v4[i].last || (i && s->v4[i].first <= (uint64_t)s->v4[i - 1].last + 1))
            return false;
    }
    return true;
}

static bool normal6(const struct cidr_set *s)
{
    for (size_t i = 0; i < s->count6; i++) {
        cidr_u128 before = i ? s->v6[i - 1].last : 0;
        if (s->v6[i].first > s->v6[i].last ||
            (i && (s->v6[i].first <= before || s->v6[i].first - before == 1)))
            return false;
    }
    return true;
}

static void assert_same(const struct model *m, const unsigned char *expected, const struct cidr_set *s)
{
    unsigned count = 0;
    assert_true(normal4(s) && normal6(s));
    for (unsigned i = 0; i < 256; i++) {
        struct cidr_address a = cidr_address_of(m->base.family, cidr_value(m->base) + i);
        struct cidr_range one = {a, a};
        if (cidr_set_contains(s, one) != (expected[i] != 0) ||
            cidr_set_overlaps(s, one) != (expected[i] != 0))
            fail_msg("address %u of the space: expected %d", i, expected[i]);
        count += expected[i] != 0;
    }
    assert_true(cidr_set_size(s, 0).low == count && cidr_set_size(s, 0).high == 0);
}

/* The prefixes of a set are exactly its addresses, sorted, aligned, and no two could be one. */
static void assert_minimal(const struct model *m, const unsigned char *expected, const struct cidr_set *s)
{
    struct cidr_set_cursor cursor = {0};
    struct cidr_prefix p, before = {0, 0, 0, 0};
    unsigned char seen[256] = {0};
    while (cidr_set_next(s, &cursor, &p)) {
        memset(seen + place(m, cidr_first(p)), 1, place(m, cidr_last(p)) - place(m, cidr_first(p)) + 1);
        if (before.family) {
            assert_true(cidr_compare(cidr_last(before), cidr_first(p)) < 0);
            bool halves = before.length == p.length && p.length > 0 &&
                          cidr_covers(cidr_prefix_of(cidr_first(before), p.length - 1u), p);
            assert_false(halves);
        }
        before = p;
    }
    assert_memory_equal(seen, expected, sizeof seen);
}

static void algebra_agrees_with_bitmaps(void **state)
{
    uint64_t seed = 11;
    for (int round = 0; round < ROUNDS; round++) {
        struct model m = {.base = random_base(&seed)}, n = m;
        struct cidr_set a, b;
        unsigned char expected[256];
        bool covers = true, meets = false;
        add_random(&seed, &m, &a);
        add_random(&seed, &n, &b);
        for (int operation = CIDR_UNION; operation <= CIDR_SYMMETRIC_DIFFERENCE; operation++) {
            struct cidr_set out = {0};
            for (unsigned i = 0; i < 256; i++) {
                unsigned results[4] = {m.has[i] | n.has[i], m.has[i] & n.has[i], m.has[i] & !n.has[i],
                                       m.has[i] ^ n.has[i]};
                expected[i] = (unsigned char)results[operation];
            }
            assert_true(cidr_set_combine(operation, &a, &b, &out));
            assert_same(&m, expected, &out);
            assert_minimal(&m, expected, &out);
            cidr_set_free(&out);
        }
        for (unsigned i = 0; i < 256; i++) {
            covers = covers && (m.has[i] || !n.has[i]);
            meets = meets || (m.has[i] && n.has[i]);
        }
        assert_int_equal(cidr_set_covers(&a, &b), covers);
        assert_int_equal(cidr_set_meets(&a, &b), meets);
        assert_int_equal(cidr_set_equal(&a, &b), memcmp(m.has, n.has, 256) == 0);
        cidr_set_free(&a);
        cidr_set_free(&b);
    }
}

static void ranges_are_answered_as_by_bitmaps(void **state)
{
    uint64_t seed = 12;
    for (int round = 0; round < ROUNDS; round++) {
        struct model m = {.base = random_base(&seed)};
        struct cidr_set s;
        add_random(&seed, &m, &s);
        for (int i = 0; i < 8; i++) {
            unsigned first = random_below(&seed, 256), last = first + random_below(&seed, 256 - first);
            struct cidr_range r = {cidr_address_of(m.base.family, cidr_value(m.base) + first),
                                   cidr_address_of(m.base.family, cidr_value(m.base) + last)};
            bool all = true, some = false;
            for (unsigned at = first; at <= last; at++) {
                all = all && m.has[at];
                some = some || m.has[at];
            }
            assert_int_equal(cidr_set_contains(&s, r), all);
            assert_int_equal(cidr_set_overlaps(&s, r), some);
        }
        cidr_set_free(&s);
    }
}

/* Aligned blocks of the length in which no address is used. */
static unsigned count_free(const struct model *m, unsigned size, int *first)
{
    unsigned count = 0;
    *first = -1;
    for (unsigned at = 0; at < 256; at += size) {
        bool is_free = true;
        for (unsigned i = at; i < at + size; i++)
            is_free = is_free && m->has[i];
        count += is_free;
        if (is_free && *first < 0)
            *first = (int)at;
    }
    return count;
}

static void free_blocks_agree_with_bitmaps(void **state)
{
    uint64_t seed = 13;
    for (int round = 0; round < ROUNDS; round++) {
        struct model m = {.base = random_base(&seed)};
        struct cidr_set space;
        add_random(&seed, &m, &space);
        unsigned bits = random_below(&seed, 9), length = cidr_width(m.base.family) - bits;
        struct cidr_set_cursor cursor = {0};
        struct cidr_prefix p, best;
        int first;
        unsigned expected = count_free(&m, 1u << bits, &first), found = 0;
        while (cidr_space_next(&space, length, &cursor, &p)) {
            if (found++ == 0)
                assert_int_equal(place(&m, cidr_first(p)), first);
            assert_true(cidr_set_contains(&space, cidr_range_of(p)));
        }
        assert_int_equal(found, expected);
        assert_int_equal(cidr_space_best(&space, length, &best), expected > 0);
        if (expected > 0)
            assert_true(best.length == length && cidr_set_contains(&space, cidr_range_of(best)));
        cidr_set_free(&space);
    }
}

static void allocations_are_disjoint_and_free(void **state)
{
    uint64_t seed = 14;
    for (int round = 0; round < ROUNDS / 10; round++) {
        struct model m = {.base = random_base(&seed)};
        struct cidr_set space, before = {0};
        add_random(&seed, &m, &space);
        assert_true(cidr_set_add_all(&before, &space));
        unsigned lengths[5], width = cidr_width(m.base.family);
        struct cidr_prefix out[5];
        for (int i = 0; i < 5; i++)
            lengths[i] = width - random_below(&seed, 6);
        size_t done = cidr_space_take(&space, lengths, 5, round & 1, out);
        assert_in_range(done, 0, 5);
        for (size_t i = 0; done == 5 && i < 5; i++) {
            assert_int_equal(out[i].length, lengths[i]);
            assert_true(cidr_set_contains(&before, cidr_range_of(out[i])));
            assert_false(cidr_set_overlaps(&space, cidr_range_of(out[i])));
            for (size_t j = 0; j < i; j++)
                assert_false(cidr_overlaps(out[i], out[j]));
        }
        cidr_set_free(&space);
        cidr_set_free(&before);
    }
}

static void large_sorts(void **state)
{
    enum { COUNT = 50000 };
    uint64_t seed = 15;
    struct cidr_range4 *four = malloc(COUNT * sizeof *four);
    struct cidr_range6 *six = malloc(COUNT * sizeof *six);
    for (int kind = 0; kind < 4; kind++) {
        uint64_t sum4 = 0, sum6 = 0;
        for (int i = 0; i < COUNT; i++) {
            cidr_u128 value = (cidr_u128)random_bits(&seed) << 64 | random_bits(&seed);
            if (kind == 1)
                value &= 0xff00ff; /* many equal ones */
            if (kind == 2)
                value = (cidr_u128)0x20010db8 << 96 | (value & 0xffff) << 64; /* one bucket */
            if (kind == 3)
                value = (unsigned)i / 3;
            four[i].first = four[i].last = (uint32_t)value;
            six[i].first = six[i].last = value;
            sum4 += four[i].first;
            sum6 += (uint64_t)(value >> 64) * 31 + (uint64_t)value;
        }
        assert_true(cidr_ranges4_sort(four, COUNT) && cidr_ranges6_sort(six, COUNT));
        for (int i = 0; i < COUNT; i++) {
            sum4 -= four[i].first;
            sum6 -= (uint64_t)(six[i].first >> 64) * 31 + (uint64_t)six[i].first;
            assert_true(i == 0 || (four[i - 1].first <= four[i].first && six[i - 1].first <= six[i].first));
            assert_true(four[i].first == four[i].last && six[i].first == six[i].last);
        }
        assert_true(sum4 == 0 && sum6 == 0);
    }
    free(four);
    free(six);
}

struct text {
    char *bytes;
    size_t size;
};

static bool collect(void *arg, const char *text, size_t size)
{
    struct text *t = arg;
    t->bytes = realloc(t->bytes, t->size + size + 1);
    memcpy(t->bytes + t->size, text, size);
    t->size += size;
    return true;
}

static void text_round_trips(void **state)
{
    uint64_t seed = 16;
    for (int round = 0; round < 300; round++) {
        struct cidr_set set = {0}, back = {0};
        struct cidr_text_problem problem;
        for (int i = 0; i < 400; i++)
            assert_true(cidr_set_add(&set, cidr_range_of(random_prefix(&seed, i & 1 ? 4 : 6))));
        /* mostly short ones, or one of /0 would swallow everything */
        if (round % 3)
            set.count4 = set.count6 = (size_t)random_below(&seed, 4);
        assert_true(cidr_set_normalise(&set));
        struct text t = {NULL, 0};
        assert_true(cidr_write_set(&set, round & 1 ? CIDR_FORMAT_PREFIXES : CIDR_FORMAT_RANGES, collect, &t));
        assert_true(cidr_parse_set(t.bytes ? t.bytes : "", t.size, 0, &back, &problem));
        assert_true(cidr_set_normalise(&back));
        assert_true(cidr_set_equal(&set, &back));
        free(t.bytes);
        cidr_set_free(&set);
        cidr_set_free(&back);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(algebra_agrees_with_bitmaps),
        cmocka_unit_test(ranges_are_answered_as_by_bitmaps),
        cmocka_unit_test(free_blocks_agree_with_bitmaps),
        cmocka_unit_test(allocations_are_disjoint_and_free),
        cmocka_unit_test(large_sorts),
        cmocka_unit_test(text_round_trips),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
