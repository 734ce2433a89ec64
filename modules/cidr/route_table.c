/* SPDX-License-Identifier: MIT
 * route_table.c: changes and exact questions; the quick lookups are in route_lookup.c. */
#include "modules/cidr/route_table.h"

#include <stdlib.h>
#include <string.h>

#define SLOTS 65536u
#define SLOT_BITS 16u

static void half_init(struct cidr_half *half)
{
    memset(half, 0, sizeof *half);
    cidr_trie_init(&half->trie);
}

static void half_free(struct cidr_half *half)
{
    cidr_trie_free(&half->trie);
    free(half->slots);
    free(half->fallback);
    half_init(half);
}

void cidr_table_init(struct cidr_table *table)
{
    half_init(&table->v4);
    half_init(&table->v6);
#if defined(__x86_64__)
    table->popcnt = __builtin_cpu_supports("popcnt");
#else
    table->popcnt = false;
#endif
}

void cidr_table_free(struct cidr_table *table)
{
    half_free(&table->v4);
    half_free(&table->v6);
}

static size_t half_memory(const struct cidr_half *half)
{
    return half->trie.nodes.room * half->trie.nodes.unit_size +
           half->trie.values.room * half->trie.values.unit_size +
           (half->slots ? SLOTS * (sizeof *half->slots + sizeof *half->fallback) : 0);
}

size_t cidr_table_memory(const struct cidr_table *table)
{
    return half_memory(&table->v4) + half_memory(&table->v6);
}

static struct cidr_half *half_of(const struct cidr_table *table, int family)
{
    return (struct cidr_half *)(family == 4 ? &table->v4 : &table->v6);
}

static struct cidr_key key_of(struct cidr_prefix prefix)
{
    return cidr_key_of(cidr_first(prefix));
}

static unsigned slot_of(struct cidr_key key)
{
    return (unsigned)(key.hi >> (64 - SLOT_BITS));
}

/* The node from which a prefix is found, and the bits decided before it. */
static struct cidr_node *start_of(const struct cidr_half *half, struct cidr_key key, unsigned length,
                                  unsigned *offset)
{
    bool slot = half->slots && length >= SLOT_BITS;
    *offset = slot ? SLOT_BITS : 0;
    return slot ? &half->slots[slot_of(key)] : (struct cidr_node *)&half->root;
}

/* After a change of a short prefix: its slots look again which one covers them. */
static void refresh_fallback(struct cidr_half *half, struct cidr_key key, unsigned length)
{
    unsigned first = slot_of(key), count = SLOTS >> length, matched;
    for (unsigned slot = first; slot < first + count; slot++) {
        struct cidr_key slot_key = {(uint64_t)slot << (64 - SLOT_BITS), 0};
        uint32_t value = CIDR_NO_VALUE;
        cidr_trie_match(&half->trie, &half->root, 0, slot_key, SLOT_BITS - 1, &value, &matched);
        half->fallback[slot] = value;
    }
}

static bool half_insert(struct cidr_half *half, struct cidr_key key, unsigned length, uint32_t value,
                        uint32_t *old)
{
    unsigned offset;
    bool added;
    struct cidr_node *start = start_of(half, key, length, &offset);
    uint32_t *place = cidr_trie_insert(&half->trie, start, offset, key, length, &added);
    if (!place)
        return false;
    *old = *place;
    *place = value;
    half->count += added;
    if (half->slots && length < SLOT_BITS)
        refresh_fallback(half, key, length);
    return true;
}

struct rebuild {
    struct cidr_half *to;
    bool ok;
};

static bool rebuild_entry(void *arg, struct cidr_key key, unsigned length, uint32_t value)
{
    struct rebuild *r = arg;
    uint32_t old;
    r->ok = half_insert(r->to, key, length, value, &old);
    return r->ok;
}

/* Rebuilds the half with slots in front; unchanged when there is no memory for them. */
static void add_slots(struct cidr_half *half)
{
    struct cidr_half bigger;
    struct cidr_key all = {0, 0};
    half_init(&bigger);
    bigger.slots = calloc(SLOTS, sizeof *bigger.slots);
    bigger.fallback = malloc(SLOTS * sizeof *bigger.fallback);
    struct rebuild r = {&bigger, bigger.slots && bigger.fallback};
    if (r.ok) {
        memset(bigger.fallback, 0xff, SLOTS * sizeof *bigger.fallback); /* CIDR_NO_VALUE */
        cidr_trie_walk(&half->trie, &half->root, 0, all, 0, rebuild_entry, &r);
    }
    if (!r.ok) {
        half_free(&bigger);
        return;
    }
    half_free(half);
    *half = bigger;
}

bool cidr_table_insert(struct cidr_table *table, struct cidr_prefix prefix, uint32_t value, uint32_t *old)
{
    struct cidr_half *half = half_of(table, prefix.family);
    if (half->count == CIDR_SLOTS_FROM && !half->slots)
        add_slots(half);
    return half_insert(half, key_of(prefix), prefix.length, value, old);
}

bool cidr_table_remove(struct cidr_table *table, struct cidr_prefix prefix, uint32_t *old)
{
    struct cidr_half *half = half_of(table, prefix.family);
    struct cidr_key key = key_of(prefix);
    unsigned offset;
    struct cidr_node *start = start_of(half, key, prefix.length, &offset);
    const uint32_t *value = cidr_trie_find(&half->trie, start, offset, key, prefix.length);
    if (!value)
        return false;
    *old = *value;
    cidr_trie_remove(&half->trie, start, offset, key, prefix.length);
    half->count--;
    if (half->slots && prefix.length < SLOT_BITS)
        refresh_fallback(half, key, prefix.length);
    return true;
}

uint32_t cidr_table_exact(const struct cidr_table *table, struct cidr_prefix prefix)
{
    const struct cidr_half *half = half_of(table, prefix.family);
    struct cidr_key key = key_of(prefix);
    unsigned offset;
    const struct cidr_node *start = start_of(half, key, prefix.length, &offset);
    const uint32_t *value = cidr_trie_find(&half->trie, start, offset, key, prefix.length);
    return value ? *value : CIDR_NO_VALUE;
}

bool cidr_table_longest(const struct cidr_table *table, struct cidr_prefix block, struct cidr_entry *out)
{
    const struct cidr_half *half = half_of(table, block.family);
    struct cidr_key key = key_of(block);
    unsigned offset, matched;
    const struct cidr_node *start = start_of(half, key, block.length, &offset);
    bool found = cidr_trie_match(&half->trie, start, offset, key, block.length, &out->value, &matched);
    if (!found && offset > 0)
        found = cidr_trie_match(&half->trie, &half->root, 0, key, SLOT_BITS - 1, &out->value, &matched);
    if (found)
        out->prefix = cidr_prefix_of(cidr_first(block), matched);
    return found;
}

unsigned cidr_table_matches(const struct cidr_table *table, struct cidr_prefix block,
                            struct cidr_entry out[129])
{
    unsigned count = 0;
    while (cidr_table_longest(table, block, &out[count])) {
        struct cidr_prefix found = out[count++].prefix;
        if (found.length == 0)
            break;
        block = cidr_prefix_of(cidr_first(found), found.length - 1u);
    }
    for (unsigned i = 0; i < count / 2; i++) {
        struct cidr_entry swap = out[i];
        out[i] = out[count - 1 - i];
        out[count - 1 - i] = swap;
    }
    return count;
}

/* Collects a walk into an array. With slots, the short prefixes come from a walk of their own; before
 * each of them the slots in front of it are walked. */
struct collection {
    const struct cidr_half *half;
    int family;
    struct cidr_entry *entries;
    size_t count, room;
    unsigned slot; /* next slot to walk */
};

static bool collect(void *arg, struct cidr_key key, unsigned length, uint32_t value)
{
    struct collection *c = arg;
    if (c->count == c->room) {
        size_t room = c->room * 2 + 64;
        struct cidr_entry *bigger = realloc(c->entries, room * sizeof *bigger);
        if (!bigger)
            return false;
        c->entries = bigger;
        c->room = room;
    }
    struct cidr_prefix prefix = {key.hi, key.lo, (uint8_t)c->family, (uint8_t)length};
    if (c->family == 4) {
        prefix.lo = key.hi >> 32;
        prefix.hi = 0;
    }
    c->entries[c->count].prefix = prefix;
    c->entries[c->count++].value = value;
    return true;
}

static bool collect_slots(struct collection *c, unsigned end)
{
    for (; c->slot < end; c->slot++) {
        struct cidr_key key = {(uint64_t)c->slot << (64 - SLOT_BITS), 0};
        const struct cidr_node *slot = &c->half->slots[c->slot];
        if (!cidr_trie_walk(&c->half->trie, slot, SLOT_BITS, key, SLOT_BITS, collect, c))
            return false;
    }
    return true;
}

static bool collect_short(void *arg, struct cidr_key key, unsigned length, uint32_t value)
{
    return collect_slots(arg, slot_of(key)) && collect(arg, key, length, value);
}

/* Adds what is at or inside the block. */
static bool collect_block(struct collection *c, const struct cidr_table *table, struct cidr_prefix block)
{
    struct cidr_key key = key_of(block);
    unsigned offset;
    c->half = half_of(table, block.family);
    c->family = block.family;
    c->slot = slot_of(key);
    const struct cidr_node *start = start_of(c->half, key, block.length, &offset);
    if (!c->half->slots || offset > 0)
        return cidr_trie_walk(&c->half->trie, start, offset, key, block.length, collect, c);
    return cidr_trie_walk(&c->half->trie, start, 0, key, block.length, collect_short, c) &&
           collect_slots(c, slot_of(key) + (SLOTS >> block.length));
}

/* The array of a finished collection: never NULL unless memory ran out. */
static struct cidr_entry *finish(struct collection *c, bool ok, size_t *count)
{
    *count = c->count;
    if (ok && !c->entries)
        c->entries = malloc(sizeof *c->entries);
    if (!ok) {
        free(c->entries);
        c->entries = NULL;
    }
    return c->entries;
}

struct cidr_entry *cidr_table_covered(const struct cidr_table *table, struct cidr_prefix block, size_t *count)
{
    struct collection c = {0};
    bool ok = collect_block(&c, table, block);
    return finish(&c, ok, count);
}

struct cidr_entry *cidr_table_entries(const struct cidr_table *table, size_t *count)
{
    struct collection c = {0};
    struct cidr_prefix all4 = {0, 0, 4, 0}, all6 = {0, 0, 6, 0};
    c.room = cidr_table_count(table);
    c.entries = malloc((c.room + 1) * sizeof *c.entries);
    bool ok = c.entries && collect_block(&c, table, all4) && collect_block(&c, table, all6);
    return finish(&c, ok, count);
}
