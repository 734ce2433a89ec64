/* SPDX-License-Identifier: MIT
 * overlap.c: in sorted order a block's covering blocks are exactly those still open before it. */
#include "modules/cidr/overlap.h"

#include <stdlib.h>

static int compare(const void *a, const void *b)
{
    const struct cidr_prefix *const *left = a, *const *right = b;
    int order = cidr_prefix_compare(**left, **right);
    return order ? order : (*left > *right) - (*left < *right); /* places in one array: by index */
}

struct pair_list {
    struct cidr_pair *pairs;
    size_t count, room;
};

static bool add_pair(struct pair_list *list, size_t outer, size_t inner)
{
    if (list->count == list->room) {
        size_t room = list->room * 2 + 64;
        struct cidr_pair *bigger = realloc(list->pairs, room * sizeof *bigger);
        if (!bigger)
            return false;
        list->pairs = bigger;
        list->room = room;
    }
    list->pairs[list->count].outer = outer;
    list->pairs[list->count++].inner = inner;
    return true;
}

/* `open` has room for all blocks: many may be equal. */
static bool sweep(const struct cidr_prefix *blocks, const struct cidr_prefix *const *sorted, size_t count,
                  size_t *open, struct pair_list *list)
{
    size_t depth = 0;
    for (size_t i = 0; i < count; i++) {
        size_t inner = (size_t)(sorted[i] - blocks);
        while (depth > 0 && !cidr_covers(blocks[open[depth - 1]], *sorted[i]))
            depth--;
        for (size_t j = 0; j < depth; j++) {
            if (!add_pair(list, open[j], inner))
                return false;
        }
        open[depth++] = inner;
    }
    return true;
}

struct cidr_pair *cidr_overlapping(const struct cidr_prefix *blocks, size_t count, size_t *pair_count)
{
    struct pair_list list = {0};
    const struct cidr_prefix **sorted = malloc((count + 1) * sizeof *sorted);
    size_t *open = malloc((count + 1) * sizeof *open);
    list.room = 64;
    list.pairs = malloc(list.room * sizeof *list.pairs);
    bool ok = sorted && open && list.pairs;
    if (ok) {
        for (size_t i = 0; i < count; i++)
            sorted[i] = &blocks[i];
        qsort(sorted, count, sizeof *sorted, compare);
        ok = sweep(blocks, sorted, count, open, &list);
    }
    free(sorted);
    free(open);
    if (!ok) {
        free(list.pairs);
        return NULL;
    }
    *pair_count = list.count;
    return list.pairs;
}
