/* SPDX-License-Identifier: MIT
 * canonical_headers.c: the canonical headers of ACS3 and ROA V2. */
#include <ctype.h>

#include "modules/cloud/canonical.h"

static bool has_upper(struct slice text)
{
    for (size_t i = 0; i < text.size; i++)
        if (text.data[i] >= 'A' && text.data[i] <= 'Z')
            return true;
    return false;
}

static struct slice lower_name(struct arena *arena, struct slice name)
{
    name = slice_trim(name);
    if (!has_upper(name))
        return name;
    struct slice copy = arena_copy(arena, name);
    char *text = (char *)copy.data;
    for (size_t i = 0; i < copy.size; i++)
        text[i] = (char)tolower((unsigned char)text[i]);
    return copy;
}

static bool acs3_signs(struct slice name)
{
    return (name.size > 6 && memcmp(name.data, "x-acs-", 6) == 0) || slice_is(name, "host") ||
           slice_is(name, "content-type");
}

static int compare_bytes(struct slice a, struct slice b)
{
    size_t size = a.size < b.size ? a.size : b.size;
    int order = size ? memcmp(a.data, b.data, size) : 0;
    return order ? order : (a.size > b.size) - (a.size < b.size);
}

/* By name, then by value: a header given several times is joined in sorted order. */
static void sort_headers(struct pair *items, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        struct pair moving = items[i];
        size_t at = i;
        for (; at > 0; at--) {
            int order = compare_bytes(items[at - 1].name, moving.name);
            if (order < 0 || (order == 0 && compare_bytes(items[at - 1].value, moving.value) <= 0))
                break;
            items[at] = items[at - 1];
        }
        items[at] = moving;
    }
}

static void append_header(struct bytes *out, struct slice name, struct slice value)
{
    if (!bytes_reserve(out, name.size + value.size + 2))
        return;
    char *p = out->data + out->size;
    memcpy(p, name.data, name.size);
    p += name.size;
    *p++ = ':';
    if (value.size)
        memcpy(p, value.data, value.size);
    p += value.size;
    *p++ = '\n';
    out->size = (size_t)(p - out->data);
}

/* The selected headers, lower-case and trimmed, sorted. */
static bool select_headers(struct arena *arena, const struct pairs *headers,
                           bool (*wanted)(struct slice name), struct pairs *selected)
{
    selected->items = arena_alloc(arena, headers->count * sizeof *selected->items + 1);
    if (!selected->items)
        return false;
    for (size_t i = 0; i < headers->count; i++) {
        struct slice name = lower_name(arena, headers->items[i].name);
        if (wanted(name))
            selected->items[selected->count++] = (struct pair){name, slice_trim(headers->items[i].value)};
    }
    sort_headers(selected->items, selected->count);
    return !arena->failed;
}

bool canonical_headers(struct arena *arena, struct bytes *out, struct bytes *names,
                       const struct pairs *headers)
{
    struct pairs selected = {0};
    if (!select_headers(arena, headers, acs3_signs, &selected))
        return false;
    for (size_t i = 0; i < selected.count; i++) {
        const struct pair *header = &selected.items[i];
        if (i && slice_equal(header->name, header[-1].name)) {
            out->size--; /* back over the line end of the same header */
            bytes_char(out, ',');
            bytes_slice(out, header->value);
            bytes_char(out, '\n');
            continue;
        }
        append_header(out, header->name, header->value);
        if (i)
            bytes_char(names, ';');
        bytes_slice(names, header->name);
    }
    return !out->failed && !names->failed;
}

/* All values of one header, trimmed, sorted, joined by ','. */
static bool append_listed(struct arena *arena, struct bytes *out, struct slice name,
                          const struct pairs *headers)
{
    struct pairs found = {.items = arena_alloc(arena, headers->count * sizeof *found.items + 1)};
    if (!found.items)
        return false;
    for (size_t i = 0; i < headers->count; i++) {
        struct slice lower = lower_name(arena, headers->items[i].name);
        if (slice_equal(lower, name))
            found.items[found.count++] = (struct pair){{NULL, 0}, slice_trim(headers->items[i].value)};
    }
    sort_headers(found.items, found.count);
    bytes_slice(out, name);
    bytes_char(out, ':');
    for (size_t i = 0; i < found.count; i++) {
        if (i)
            bytes_char(out, ',');
        bytes_slice(out, found.items[i].value);
    }
    bytes_char(out, '\n');
    return !arena->failed;
}

bool canonical_listed(struct arena *arena, struct bytes *out, struct slice list, const struct pairs *headers)
{
    struct slice name;
    while (slice_cut(&list, ';', &name))
        if (!append_listed(arena, out, lower_name(arena, name), headers))
            return false;
    return !out->failed;
}

static bool is_acs_header(struct slice name)
{
    return slice_starts(name, "x-acs-");
}

bool canonical_acs_headers(struct arena *arena, struct bytes *out, const struct pairs *headers)
{
    struct pairs selected = {0};
    if (!select_headers(arena, headers, is_acs_header, &selected))
        return false;
    for (size_t i = 0; i < selected.count; i++) {
        size_t start = out->size;
        append_header(out, selected.items[i].name, selected.items[i].value);
        for (size_t at = start; !out->failed && at + 1 < out->size; at++)
            if (out->data[at] && strchr("\t\r\n\f", out->data[at]))
                out->data[at] = ' ';
    }
    return !out->failed;
}
