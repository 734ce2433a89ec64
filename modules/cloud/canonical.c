/* SPDX-License-Identifier: MIT
 * canonical.c: pairs, and the canonical query and path. */
#include "modules/cloud/canonical.h"

#include <stdlib.h>

#include "modules/cloud/encode.h"

/* Up to here insertion sort, which needs no memory and is fastest for the usual ten parameters. */
#define SMALL_SORT 24

bool pairs_add(struct arena *arena, struct pairs *pairs, struct slice name, struct slice value)
{
    if (pairs->count == pairs->capacity) {
        size_t capacity = pairs->capacity ? pairs->capacity * 2 : 16;
        struct pair *items = arena_alloc(arena, capacity * sizeof *items);
        if (!items)
            return false;
        if (pairs->count)
            memcpy(items, pairs->items, pairs->count * sizeof *items);
        pairs->items = items;
        pairs->capacity = capacity;
    }
    pairs->items[pairs->count++] = (struct pair){name, value};
    return true;
}

const struct pair *pairs_find(const struct pairs *pairs, const char *name)
{
    for (size_t i = 0; i < pairs->count; i++)
        if (slice_is(pairs->items[i].name, name))
            return &pairs->items[i];
    return NULL;
}

const struct pair *pairs_find_header(const struct pairs *pairs, const char *name)
{
    for (size_t i = 0; i < pairs->count; i++)
        if (slice_is_nocase(pairs->items[i].name, name))
            return &pairs->items[i];
    return NULL;
}

static int compare_names(const struct pair *a, const struct pair *b)
{
    size_t size = a->name.size < b->name.size ? a->name.size : b->name.size;
    if (size && *a->name.data != *b->name.data) /* mostly decides */
        return (unsigned char)*a->name.data - (unsigned char)*b->name.data;
    int order = size ? memcmp(a->name.data, b->name.data, size) : 0;
    return order ? order : (a->name.size > b->name.size) - (a->name.size < b->name.size);
}

static void merge_halves(struct pair *items, size_t count, struct pair *spare)
{
    size_t half = count / 2;
    memcpy(spare, items, half * sizeof *items);
    size_t left = 0, right = half, out = 0;
    while (left < half)
        items[out++] =
            right < count && compare_names(&items[right], &spare[left]) < 0 ? items[right++] : spare[left++];
}

static void merge_sort(struct pair *items, size_t count, struct pair *spare)
{
    if (count <= SMALL_SORT) {
        for (size_t i = 1; i < count; i++) {
            struct pair moving = items[i];
            size_t at = i;
            for (; at > 0 && compare_names(&items[at - 1], &moving) > 0; at--)
                items[at] = items[at - 1];
            items[at] = moving;
        }
        return;
    }
    merge_sort(items, count / 2, spare);
    merge_sort(items + count / 2, count - count / 2, spare);
    merge_halves(items, count, spare);
}

bool pairs_sort(struct arena *arena, struct pairs *pairs)
{
    struct pair *spare = NULL;
    if (pairs->count > SMALL_SORT) {
        spare = arena_alloc(arena, pairs->count * sizeof *spare);
        if (!spare)
            return false;
    }
    merge_sort(pairs->items, pairs->count, spare);
    return true;
}

void pairs_keep_last(struct pairs *pairs)
{
    size_t kept = 0;
    for (size_t i = 0; i < pairs->count; i++)
        if (i + 1 == pairs->count || !slice_equal(pairs->items[i].name, pairs->items[i + 1].name))
            pairs->items[kept++] = pairs->items[i];
    pairs->count = kept;
}

static struct slice decoded(struct arena *arena, struct slice text)
{
    struct bytes out = {.data = arena_alloc(arena, text.size + 1), .capacity = text.size + 1};
    if (!out.data)
        return (struct slice){"", 0};
    decode_append(&out, text, true);
    return (struct slice){out.data, out.size};
}

bool pairs_parse(struct arena *arena, struct pairs *pairs, struct slice text)
{
    struct slice part, name;
    if (!text.size)
        return true;
    while (slice_cut(&text, '&', &part)) {
        if (!part.size)
            continue;
        slice_cut(&part, '=', &name);
        struct slice value = part.data ? part : (struct slice){"", 0};
        if (!pairs_add(arena, pairs, decoded(arena, name), decoded(arena, value)) || arena->failed)
            return false;
    }
    return true;
}

static void query_pair(struct bytes *out, const struct pair *pair, enum query_form form)
{
    switch (form) {
    case QUERY_STRICT:
        encode_append(out, pair->name);
        bytes_char(out, '=');
        encode_append(out, pair->value);
        break;
    case QUERY_RAW_NAMES:
        bytes_slice(out, pair->name);
        bytes_char(out, '=');
        encode_append(out, pair->value);
        break;
    case QUERY_TWICE:
        encode_twice(out, pair->name);
        bytes_append(out, "%3D", 3);
        encode_twice(out, pair->value);
        break;
    case QUERY_RAW:
    case QUERY_RAW_BARE:
        bytes_slice(out, pair->name);
        if (form == QUERY_RAW || pair->value.size) {
            bytes_char(out, '=');
            bytes_slice(out, pair->value);
        }
        break;
    }
}

void canonical_query(struct bytes *out, const struct pairs *pairs, enum query_form form)
{
    for (size_t i = 0; i < pairs->count; i++) {
        if (i)
            bytes_text(out, form == QUERY_TWICE ? "%26" : "&");
        query_pair(out, &pairs->items[i], form);
    }
}

static bool is_hex(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'F') || (c >= 'a' && c <= 'f');
}

static void append_path(struct bytes *out, struct slice path, bool plain_tilde)
{
    if (!path.size) {
        bytes_char(out, '/');
        return;
    }
    for (size_t i = 0; i < path.size; i++) {
        if (path.data[i] == '%' && i + 2 < path.size && is_hex(path.data[i + 1]) &&
            is_hex(path.data[i + 2])) {
            if (plain_tilde && (memcmp(path.data + i, "%7E", 3) == 0 || memcmp(path.data + i, "%7e", 3) == 0))
                bytes_char(out, '~');
            else
                bytes_append(out, path.data + i, 3);
            i += 2;
        } else {
            encode_path(out, (struct slice){path.data + i, 1});
        }
    }
}

void canonical_path(struct bytes *out, struct slice path)
{
    append_path(out, path, true);
}

void encoded_path(struct bytes *out, struct slice path)
{
    append_path(out, path, false);
}
