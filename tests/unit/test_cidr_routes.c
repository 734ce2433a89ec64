/* SPDX-License-Identifier: MIT
 * test_cidr_routes.c: route tables, sweeps, overlaps and prefix arithmetic against naive models. */
#include "modules/cidr/overlap.h"
#include "modules/cidr/route_sweep.h"
#include "modules/cidr/route_table.h"
#include "tests/unit/test_cidr_random.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

/* The naive model: an array that is searched. */
#define MODEL_MAX 300

struct model {
    struct cidr_entry entries[MODEL_MAX];
    size_t count;
};

static struct cidr_entry *model_find(struct model *m, struct cidr_prefix p)
{
    for (size_t i = 0; i < m->count; i++) {
        if (cidr_prefix_compare(m->entries[i].prefix, p) == 0)
            return &m->entries[i];
    }
    return NULL;
}

static const struct cidr_entry *model_longest(const struct model *m, struct cidr_prefix block)
{
    const struct cidr_entry *best = NULL;
    for (size_t i = 0; i < m->count; i++) {
        const struct cidr_entry *e = &m->entries[i];
        if (cidr_covers(e->prefix, block) && (!best || e->prefix.length > best->prefix.length))
            best = e;
    }
    return best;
}

/* Prefixes that nest and collide: few distinct leading bits. */
static struct cidr_prefix crowded_prefix(uint64_t *seed)
{
    int family = random_below(seed, 2) ? 4 : 6;
    struct cidr_address a = random_address(seed, family);
    if (random_below(seed, 2)) {
        cidr_u128 keep = ~(cidr_highest(family) >> 4) & cidr_highest(family);
        a = cidr_address_of(family, (cidr_value(a) & keep) | (cidr_value(a) & 0xff));
    }
    return cidr_prefix_of(a, random_below(seed, cidr_width(family) + 1));
}

static void check_lookup(const struct cidr_table *table, const struct model *m, struct cidr_prefix block)
{
    struct cidr_entry found;
    const struct cidr_entry *expected = model_longest(m, block);
    assert_int_equal(cidr_table_longest(table, block, &found), expected != NULL);
    if (expected) {
        assert_int_equal(found.value, expected->value);
        assert_int_equal(cidr_prefix_compare(found.prefix, expected->prefix), 0);
    }
    struct cidr_prefix host = cidr_prefix_of(cidr_first(block), cidr_width(block.family));
    expected = model_longest(m, host);
    assert_int_equal(cidr_table_lookup(table, cidr_first(host)), expected ? expected->value : CIDR_NO_VALUE);
}

/* The array lookups, in numbers that fill groups and leave a rest. */
static void check_arrays(uint64_t *seed, const struct cidr_table *table, const struct model *m)
{
    uint32_t four[19], values4[19], values6[19];
    struct cidr_key six[19];
    size_t count = random_below(seed, 20);
    for (size_t i = 0; i < count; i++) {
        struct cidr_address a = random_address(seed, 4), b = random_address(seed, 6);
        if (m->count > 0 && random_below(seed, 2)) {
            struct cidr_prefix p = m->entries[random_below(seed, (unsigned)m->count)].prefix;
            *(p.family == 4 ? &a : &b) = cidr_last(p);
        }
        four[i] = (uint32_t)a.lo;
        six[i] = cidr_key_of(b);
    }
    cidr_table_lookup4(table, four, count, values4);
    cidr_table_lookup6(table, six, count, values6);
    for (size_t i = 0; i < count; i++) {
        struct cidr_address b = {six[i].hi, six[i].lo, 6};
        const struct cidr_entry *e = model_longest(m, cidr_prefix_of(cidr_address_of(4, four[i]), 32));
        assert_int_equal(values4[i], e ? e->value : CIDR_NO_VALUE);
        e = model_longest(m, cidr_prefix_of(b, 128));
        assert_int_equal(values6[i], e ? e->value : CIDR_NO_VALUE);
    }
}

static void check_entries(const struct cidr_table *table, struct model *m, struct cidr_prefix block)
{
    size_t count, all, expected = 0;
    struct cidr_entry *covered = cidr_table_covered(table, block, &count);
    struct cidr_entry *entries = cidr_table_entries(table, &all);
    assert_non_null(covered);
    assert_non_null(entries);
    for (size_t i = 0; i < m->count; i++)
        expected += cidr_covers(block, m->entries[i].prefix);
    assert_int_equal(count, expected);
    assert_int_equal(all, m->count);
    for (size_t i = 0; i < count; i++) {
        assert_true(i == 0 || cidr_prefix_compare(covered[i - 1].prefix, covered[i].prefix) < 0);
        assert_true(cidr_covers(block, covered[i].prefix));
        assert_int_equal(model_find(m, covered[i].prefix)->value, covered[i].value);
    }
    for (size_t i = 1; i < all; i++)
        assert_true(cidr_prefix_compare(entries[i - 1].prefix, entries[i].prefix) < 0);
    free(covered);
    free(entries);
}

static void one_change(uint64_t *seed, struct cidr_table *table, struct model *m)
{
    struct cidr_prefix p = crowded_prefix(seed);
    uint32_t old, value = random_below(seed, 5);
    if (m->count > 0 && random_below(seed, 2))
        p = m->entries[random_below(seed, (unsigned)m->count)].prefix;
    struct cidr_entry *entry = model_find(m, p);
    assert_int_equal(cidr_table_exact(table, p), entry ? entry->value : CIDR_NO_VALUE);
    if (m->count == MODEL_MAX || random_below(seed, 3) == 0) {
        assert_int_equal(cidr_table_remove(table, p, &old), entry != NULL);
        if (entry) {
            assert_int_equal(old, entry->value);
            *entry = m->entries[--m->count];
        }
        return;
    }
    assert_true(cidr_table_insert(table, p, value, &old));
    assert_int_equal(old, entry ? entry->value : CIDR_NO_VALUE);
    if (!entry) {
        entry = &m->entries[m->count++];
        entry->prefix = p;
    }
    entry->value = value;
}

/* `slots`: the array in front, which small tables do not have, is made first. */
static void run_table(uint64_t seed, bool slots)
{
    struct cidr_table table;
    struct model *m = calloc(1, sizeof *m);
    uint32_t old;
    cidr_table_init(&table);
    for (uint32_t i = 0; slots && i <= CIDR_SLOTS_FROM; i++) {
        assert_true(cidr_table_insert(&table, cidr_prefix_of(cidr_address_of(4, i << 8), 24), 1, &old));
        assert_true(
            cidr_table_insert(&table, cidr_prefix_of(cidr_address_of(6, (cidr_u128)i << 64), 64), 1, &old));
    }
    assert_int_equal(table.v4.slots != NULL, slots);
    for (uint32_t i = 0; slots && i <= CIDR_SLOTS_FROM; i++) {
        assert_true(cidr_table_remove(&table, cidr_prefix_of(cidr_address_of(4, i << 8), 24), &old));
        assert_true(
            cidr_table_remove(&table, cidr_prefix_of(cidr_address_of(6, (cidr_u128)i << 64), 64), &old));
    }
    for (int i = 0; i < 40000; i++) {
        one_change(&seed, &table, m);
        struct cidr_prefix block = crowded_prefix(&seed);
        check_lookup(&table, m, block);
        if (i % 50 == 0) {
            check_entries(&table, m, block);
            check_arrays(&seed, &table, m);
        }
        assert_int_equal(cidr_table_count(&table), m->count);
        table.popcnt = table.popcnt && i % 1000 != 999; /* the second half without the instruction */
    }
    cidr_table_free(&table);
    free(m);
}

static void small_tables_agree_with_the_model(void **state)
{
    run_table(21, false);
}

static void large_tables_agree_with_the_model(void **state)
{
    run_table(22, true);
}

static void sort_entries(struct cidr_entry *entries, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        for (size_t j = i; j > 0 && cidr_prefix_compare(entries[j - 1].prefix, entries[j].prefix) > 0; j--) {
            struct cidr_entry swap = entries[j];
            entries[j] = entries[j - 1];
            entries[j - 1] = swap;
        }
    }
}

static void make_entries(uint64_t *seed, struct cidr_address base, struct model *m)
{
    m->count = 0;
    for (unsigned n = random_below(seed, 24); n > 0; n--) {
        struct cidr_prefix p = random_small_prefix(seed, base);
        if (random_below(seed, 20) == 0)
            p = cidr_prefix_of(cidr_first(p), 0);
        if (model_find(m, p))
            continue;
        m->entries[m->count].prefix = p;
        m->entries[m->count++].value = random_below(seed, 3);
    }
    sort_entries(m->entries, m->count);
}

static uint32_t value_of(const struct model *m, struct cidr_address a)
{
    const struct cidr_entry *e = model_longest(m, cidr_prefix_of(a, cidr_width(a.family)));
    return e ? e->value : CIDR_NO_VALUE;
}

static void sweeps_keep_every_lookup(void **state)
{
    uint64_t seed = 23;
    struct model *m = malloc(sizeof *m), *fewer = malloc(sizeof *fewer), *other = malloc(sizeof *other);
    for (int round = 0; round < 4000; round++) {
        struct cidr_address base = random_base(&seed);
        bool shadowed[MODEL_MAX], used[MODEL_MAX] = {false};
        make_entries(&seed, base, m);
        make_entries(&seed, base, other);
        *fewer = *m;
        fewer->count = cidr_sweep_aggregate(fewer->entries, fewer->count);
        assert_true(fewer->count <= m->count);
        for (size_t i = 1; i < fewer->count; i++)
            assert_true(cidr_prefix_compare(fewer->entries[i - 1].prefix, fewer->entries[i].prefix) < 0);
        struct cidr_set differing = {0}, none = {0};
        assert_true(cidr_sweep_differing(m->entries, m->count, other->entries, other->count, &differing));
        assert_true(cidr_sweep_differing(m->entries, m->count, fewer->entries, fewer->count, &none));
        assert_int_equal(cidr_set_range_count(&none), 0);
        cidr_sweep_shadowed(m->entries, m->count, shadowed);
        for (unsigned i = 0; i < 256; i++) {
            struct cidr_address a = cidr_address_of(base.family, cidr_value(base) + i);
            struct cidr_range one = {a, a};
            assert_int_equal(value_of(fewer, a), value_of(m, a));
            assert_int_equal(cidr_set_contains(&differing, one), value_of(m, a) != value_of(other, a));
            const struct cidr_entry *e = model_longest(m, cidr_prefix_of(a, cidr_width(a.family)));
            if (e)
                used[e - m->entries] = true;
        }
        for (size_t i = 0; i < m->count; i++) /* /0 is used outside the 256 addresses */
            assert_int_equal(shadowed[i], !used[i] && m->entries[i].prefix.length > 0);
        cidr_set_free(&differing);
    }
    free(m);
    free(fewer);
    free(other);
}

static void overlaps_agree_with_all_pairs(void **state)
{
    uint64_t seed = 24;
    for (int round = 0; round < 3000; round++) {
        struct cidr_prefix blocks[40];
        size_t count = random_below(&seed, 40), pair_count, expected = 0;
        struct cidr_address base = random_base(&seed);
        for (size_t i = 0; i < count; i++)
            blocks[i] = random_below(&seed, 8) ? random_small_prefix(&seed, base) : crowded_prefix(&seed);
        struct cidr_pair *pairs = cidr_overlapping(blocks, count, &pair_count);
        assert_non_null(pairs);
        unsigned char seen[40][40] = {{0}};
        for (size_t i = 0; i < pair_count; i++) {
            assert_true(cidr_covers(blocks[pairs[i].outer], blocks[pairs[i].inner]));
            assert_int_equal(seen[pairs[i].outer][pairs[i].inner]++, 0);
            assert_int_equal(seen[pairs[i].inner][pairs[i].outer], 0);
        }
        for (size_t i = 0; i < count; i++) {
            for (size_t j = 0; j < i; j++)
                expected += cidr_overlaps(blocks[i], blocks[j]);
        }
        assert_int_equal(pair_count, expected);
        free(pairs);
    }
}

static void exclusion_leaves_exactly_the_rest(void **state)
{
    uint64_t seed = 25;
    for (int i = 0; i < 200000; i++) {
        struct cidr_prefix p = crowded_prefix(&seed), rest[128];
        struct cidr_prefix q = cidr_prefix_of(cidr_first(p), random_below(&seed, cidr_width(p.family) + 1));
        if (random_below(&seed, 4) == 0)
            q = crowded_prefix(&seed);
        unsigned count = cidr_exclude(p, q, rest);
        cidr_u128 sum = 0, expected = cidr_host_mask(p.family, p.length) + 1;
        for (unsigned j = 0; j < count; j++) {
            assert_true(cidr_covers(p, rest[j]) && !cidr_overlaps(q, rest[j]));
            assert_true(j == 0 || cidr_compare(cidr_last(rest[j - 1]), cidr_first(rest[j])) < 0);
            sum += cidr_host_mask(p.family, rest[j].length) + 1;
        }
        if (cidr_covers(q, p))
            expected = 0;
        else if (cidr_covers(p, q))
            expected -= cidr_host_mask(q.family, q.length) + 1;
        assert_true(sum == expected);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(small_tables_agree_with_the_model),
        cmocka_unit_test(large_tables_agree_with_the_model),
        cmocka_unit_test(sweeps_keep_every_lookup),
        cmocka_unit_test(overlaps_agree_with_all_pairs),
        cmocka_unit_test(exclusion_leaves_exactly_the_rest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
