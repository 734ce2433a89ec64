/* SPDX-License-Identifier: MIT
 * fuzz_cidr_table.c: the input is a program of operations on a route table and a set, which run beside
 * naive models: a searched array and 256 flags. */
#include "modules/cidr/prefix_set.h"
#include "modules/cidr/route_sweep.h"
#include "modules/cidr/route_table.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MODEL_MAX 128

struct model {
    struct cidr_entry entries[MODEL_MAX];
    size_t count;
};

static void require(bool condition)
{
    if (!condition)
        abort();
}

/* Five bytes of input make a prefix: family and length, and where its bits lie. */
static struct cidr_prefix take_prefix(const uint8_t *input)
{
    int family = input[0] & 128 ? 6 : 4;
    unsigned width = cidr_width(family), length = (input[0] & 127) + (input[1] & 1);
    cidr_u128 value = (cidr_u128)input[2] << (width - 8) | (cidr_u128)input[3] << (width - 16) | input[4];
    if (input[1] & 2)
        value |= (cidr_u128)input[1] << (width / 2);
    return cidr_prefix_of(cidr_address_of(family, value), length > width ? width : length);
}

static struct cidr_entry *find(struct model *m, struct cidr_prefix p)
{
    for (size_t i = 0; i < m->count; i++) {
        if (cidr_prefix_compare(m->entries[i].prefix, p) == 0)
            return &m->entries[i];
    }
    return NULL;
}

static const struct cidr_entry *longest(const struct model *m, struct cidr_prefix block)
{
    const struct cidr_entry *best = NULL;
    for (size_t i = 0; i < m->count; i++) {
        const struct cidr_entry *e = &m->entries[i];
        if (cidr_covers(e->prefix, block) && (!best || e->prefix.length > best->prefix.length))
            best = e;
    }
    return best;
}

static void insert(struct cidr_table *table, struct model *m, struct cidr_prefix p, uint32_t value)
{
    uint32_t old;
    struct cidr_entry *entry = find(m, p);
    if (!entry && m->count == MODEL_MAX)
        return;
    require(cidr_table_insert(table, p, value, &old));
    require(old == (entry ? entry->value : CIDR_NO_VALUE));
    if (!entry)
        entry = &m->entries[m->count++];
    entry->prefix = p;
    entry->value = value;
}

static void erase(struct cidr_table *table, struct model *m, struct cidr_prefix p)
{
    uint32_t old;
    struct cidr_entry *entry = find(m, p);
    require(cidr_table_remove(table, p, &old) == (entry != NULL));
    if (entry) {
        require(old == entry->value);
        *entry = m->entries[--m->count];
    }
}

static void look_up(const struct cidr_table *table, const struct model *m, struct cidr_prefix p)
{
    struct cidr_entry found;
    const struct cidr_entry *expected = longest(m, p);
    require(cidr_table_longest(table, p, &found) == (expected != NULL));
    require(!expected ||
            (found.value == expected->value && cidr_prefix_compare(found.prefix, expected->prefix) == 0));
    expected = longest(m, cidr_prefix_of(cidr_first(p), cidr_width(p.family)));
    require(cidr_table_lookup(table, cidr_first(p)) == (expected ? expected->value : CIDR_NO_VALUE));
}

static void check_whole(const struct cidr_table *table, const struct model *m, struct cidr_prefix block)
{
    size_t count, covered_count, expected = 0;
    struct cidr_entry *entries = cidr_table_entries(table, &count);
    struct cidr_entry *covered = cidr_table_covered(table, block, &covered_count);
    struct cidr_set differing = {0};
    require(entries && covered && count == m->count);
    for (size_t i = 0; i < m->count; i++)
        expected += cidr_covers(block, m->entries[i].prefix);
    require(covered_count == expected);
    for (size_t i = 1; i < count; i++)
        require(cidr_prefix_compare(entries[i - 1].prefix, entries[i].prefix) < 0);
    struct cidr_entry *fewer = malloc((count + 1) * sizeof *fewer);
    memcpy(fewer, entries, count * sizeof *fewer);
    size_t fewer_count = cidr_sweep_aggregate(fewer, count);
    require(cidr_sweep_differing(entries, count, fewer, fewer_count, &differing));
    require(cidr_set_range_count(&differing) == 0);
    free(fewer);
    free(entries);
    free(covered);
}

/* The set beside its flags: the last octet of 10.0.0.0/24. */
static void combine(struct cidr_set *set, bool flags[256], const uint8_t *input)
{
    struct cidr_set other = {0}, out = {0};
    unsigned first = input[2], last = first + input[3] > 255 ? 255 : first + input[3];
    struct cidr_range r = {cidr_address_of(4, 0x0a000000 + first), cidr_address_of(4, 0x0a000000 + last)};
    unsigned operation = input[1] & 3;
    require(cidr_set_add(&other, r) && cidr_set_normalise(&other));
    require(cidr_set_combine(operation, set, &other, &out));
    cidr_set_free(&other);
    cidr_set_free(set);
    *set = out;
    for (unsigned i = 0; i < 256; i++) {
        bool in = i >= first && i <= last, had = flags[i];
        bool results[4] = {had || in, had && in, had && !in, had != in};
        flags[i] = results[operation];
        struct cidr_range one = {cidr_address_of(4, 0x0a000000 + i), cidr_address_of(4, 0x0a000000 + i)};
        require(cidr_set_contains(set, one) == flags[i]);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct cidr_table table;
    struct cidr_set set = {0};
    bool flags[256] = {false};
    struct model *m = calloc(1, sizeof *m);
    cidr_table_init(&table);
    for (; size >= 6; data += 6, size -= 6) {
        struct cidr_prefix p = take_prefix(data + 1);
        switch (data[0] % 6) {
        case 0:
        case 1:
            insert(&table, m, p, data[0] >> 5);
            break;
        case 2:
            erase(&table, m, m->count && data[0] & 8 ? m->entries[data[1] % m->count].prefix : p);
            break;
        case 3:
            look_up(&table, m, p);
            break;
        case 4:
            check_whole(&table, m, p);
            break;
        default:
            combine(&set, flags, data + 1);
        }
    }
    cidr_table_free(&table);
    cidr_set_free(&set);
    free(m);
    return 0;
}
