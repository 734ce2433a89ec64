/* SPDX-License-Identifier: MIT
 * route_sweep.c: single passes over sorted entries. */
#include "modules/cidr/route_sweep.h"

#include <stdlib.h>
#include <string.h>

/* Prefixes that can be open at once: lengths 0 to 128. */
#define DEPTH 130

struct open_entry {
    size_t index;
    cidr_u128 covered; /* addresses that direct inner entries cover, modulo 2^128 */
    bool inner;
};

/* Number of addresses modulo 2^128: 0 for ::/0 alone. */
static cidr_u128 size_of(struct cidr_prefix p)
{
    return cidr_host_mask(p.family, p.length) + 1;
}

static void close_entry(const struct cidr_entry *entries, const struct open_entry *open, bool *flags)
{
    flags[open->index] = open->inner && open->covered == size_of(entries[open->index].prefix);
}

void cidr_sweep_shadowed(const struct cidr_entry *entries, size_t count, bool *flags)
{
    struct open_entry stack[DEPTH];
    int depth = 0;
    for (size_t i = 0; i < count; i++) {
        while (depth > 0 && !cidr_covers(entries[stack[depth - 1].index].prefix, entries[i].prefix))
            close_entry(entries, &stack[--depth], flags);
        if (depth > 0) {
            stack[depth - 1].covered += size_of(entries[i].prefix);
            stack[depth - 1].inner = true;
        }
        struct open_entry opened = {i, 0, false};
        stack[depth++] = opened;
    }
    while (depth > 0)
        close_entry(entries, &stack[--depth], flags);
}

void cidr_sweep_redundant(const struct cidr_entry *entries, size_t count, bool *flags)
{
    size_t stack[DEPTH];
    int depth = 0;
    for (size_t i = 0; i < count; i++) {
        while (depth > 0 && !cidr_covers(entries[stack[depth - 1]].prefix, entries[i].prefix))
            depth--;
        flags[i] = depth > 0 && entries[stack[depth - 1]].value == entries[i].value;
        stack[depth++] = i;
    }
}

/* State of the merge of halves: entries whose inner ones are all done wait in `done` for their other
 * half; each open entry knows where its own inner ones begin there. */
struct merge {
    struct cidr_entry *entries;
    bool *dropped;
    size_t *done;
    size_t done_count;
    size_t open[DEPTH], base[DEPTH];
    int depth;
};

static bool are_halves(struct cidr_prefix a, struct cidr_prefix b)
{
    return a.family == b.family && a.length == b.length && a.length > 0 &&
           cidr_prefix_compare(cidr_prefix_of(cidr_first(a), a.length - 1u),
                               cidr_prefix_of(cidr_first(b), b.length - 1u)) == 0;
}

/* Entry `i` is complete: it joins its other half as long as there is one with the same value. */
static void complete(struct merge *m, size_t i)
{
    size_t base = m->depth > 0 ? m->base[m->depth - 1] : 0;
    while (m->done_count > base) {
        struct cidr_entry *half = &m->entries[m->done[m->done_count - 1]];
        if (half->value != m->entries[i].value || !are_halves(half->prefix, m->entries[i].prefix))
            break;
        /* the whole takes the place of the lower half, which stands before everything inside */
        m->dropped[i] = true;
        i = m->done[--m->done_count];
        half->prefix = cidr_prefix_of(cidr_first(half->prefix), half->prefix.length - 1u);
        struct cidr_entry *around = m->depth > 0 ? &m->entries[m->open[m->depth - 1]] : NULL;
        if (around && cidr_prefix_compare(around->prefix, half->prefix) == 0) {
            around->value = half->value; /* it had no address of its own left */
            m->dropped[i] = true;
            return;
        }
    }
    m->done[m->done_count++] = i;
}

static void close_open(struct merge *m)
{
    size_t i = m->open[--m->depth];
    m->done_count = m->base[m->depth];
    complete(m, i);
}

static void merge_halves(struct merge *m, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        while (m->depth > 0 && !cidr_covers(m->entries[m->open[m->depth - 1]].prefix, m->entries[i].prefix))
            close_open(m);
        m->open[m->depth] = i;
        m->base[m->depth++] = m->done_count;
    }
    while (m->depth > 0)
        close_open(m);
}

static size_t drop(struct cidr_entry *entries, size_t count, const bool *dropped)
{
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        if (!dropped[i])
            entries[kept++] = entries[i];
    }
    return kept;
}

size_t cidr_sweep_aggregate(struct cidr_entry *entries, size_t count)
{
    struct merge m = {.entries = entries};
    m.dropped = calloc(count + 1, sizeof *m.dropped);
    m.done = malloc((count + 1) * sizeof *m.done);
    bool ok = m.dropped && m.done;
    if (ok) {
        merge_halves(&m, count);
        count = drop(entries, count, m.dropped);
        cidr_sweep_shadowed(entries, count, m.dropped);
        count = drop(entries, count, m.dropped);
        cidr_sweep_redundant(entries, count, m.dropped);
        count = drop(entries, count, m.dropped);
    }
    free(m.dropped);
    free(m.done);
    return ok ? count : SIZE_MAX;
}

/* From `start` up to the next step of the list every address has this value. */
struct step {
    cidr_u128 start;
    uint32_t value;
};

struct steps {
    struct step *list;
    size_t count;
};

static void emit(struct steps *s, cidr_u128 start, uint32_t value)
{
    if (s->count > 0 && s->list[s->count - 1].start == start)
        s->count--;
    if (s->count > 0 && s->list[s->count - 1].value == value)
        return;
    s->list[s->count].start = start;
    s->list[s->count++].value = value;
}

/* The entries [from, to), of one family, as steps. At most two for each entry and one at the start. */
static bool flatten(const struct cidr_entry *entries, size_t from, size_t to, struct steps *s)
{
    size_t stack[DEPTH];
    int depth = 0;
    s->count = 0;
    s->list = malloc((2 * (to - from) + 1) * sizeof *s->list);
    if (!s->list)
        return false;
    emit(s, 0, CIDR_NO_VALUE);
    for (size_t i = from; i <= to; i++) {
        while (depth > 0 && (i == to || !cidr_covers(entries[stack[depth - 1]].prefix, entries[i].prefix))) {
            struct cidr_address last = cidr_last(entries[stack[--depth]].prefix);
            if (cidr_value(last) != cidr_highest(last.family))
                emit(s, cidr_value(last) + 1, depth > 0 ? entries[stack[depth - 1]].value : CIDR_NO_VALUE);
        }
        if (i < to) {
            emit(s, cidr_value(cidr_first(entries[i].prefix)), entries[i].value);
            stack[depth++] = i;
        }
    }
    return true;
}

static bool add_differing(int family, const struct steps *a, const struct steps *b, struct cidr_set *out)
{
    size_t i = 0, j = 0;
    cidr_u128 at = 0, highest = cidr_highest(family);
    for (;;) {
        cidr_u128 end_a = i + 1 < a->count ? a->list[i + 1].start - 1 : highest;
        cidr_u128 end_b = j + 1 < b->count ? b->list[j + 1].start - 1 : highest;
        cidr_u128 end = end_a < end_b ? end_a : end_b;
        struct cidr_range range = {cidr_address_of(family, at), cidr_address_of(family, end)};
        if (a->list[i].value != b->list[j].value && !cidr_set_add(out, range))
            return false;
        if (end == highest)
            return true;
        i += end == end_a;
        j += end == end_b;
        at = end + 1;
    }
}

static size_t first_of_family6(const struct cidr_entry *entries, size_t count)
{
    size_t i = 0;
    while (i < count && entries[i].prefix.family == 4)
        i++;
    return i;
}

bool cidr_sweep_differing(const struct cidr_entry *a, size_t na, const struct cidr_entry *b, size_t nb,
                          struct cidr_set *out)
{
    size_t split_a = first_of_family6(a, na), split_b = first_of_family6(b, nb);
    bool ok = true;
    for (int family = 4; ok && family <= 6; family += 2) {
        struct steps left = {0}, right = {0};
        ok = flatten(a, family == 4 ? 0 : split_a, family == 4 ? split_a : na, &left) &&
             flatten(b, family == 4 ? 0 : split_b, family == 4 ? split_b : nb, &right) &&
             add_differing(family, &left, &right, out);
        free(left.list);
        free(right.list);
    }
    return ok && cidr_set_normalise(out);
}
