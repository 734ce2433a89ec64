/* SPDX-License-Identifier: MIT
 * bytes.c: growth of buffers, slice helpers. */
#include "modules/cloud/bytes.h"

#include <stdint.h>
#include <stdlib.h>
#include <strings.h>

bool bytes_grow(struct bytes *buffer, size_t more)
{
    if (buffer->failed || more > SIZE_MAX / 4 || buffer->size > SIZE_MAX / 4) {
        buffer->failed = true;
        return false;
    }
    size_t capacity = buffer->capacity ? buffer->capacity * 2 : 512;
    while (capacity - buffer->size < more)
        capacity *= 2;
    /* Not realloc: the old block may hold a token and must be overwritten. */
    char *data = malloc(capacity);
    if (!data) {
        buffer->failed = true;
        return false;
    }
    if (buffer->size)
        memcpy(data, buffer->data, buffer->size);
    if (buffer->data) {
        explicit_bzero(buffer->data, buffer->capacity);
        free(buffer->data);
    }
    buffer->data = data;
    buffer->capacity = capacity;
    return true;
}

void bytes_free(struct bytes *buffer)
{
    if (buffer->data) {
        explicit_bzero(buffer->data, buffer->capacity);
        free(buffer->data);
    }
    *buffer = (struct bytes){0};
}

bool slice_is_nocase(struct slice slice, const char *text)
{
    return slice.size == strlen(text) && strncasecmp(slice.data, text, slice.size) == 0;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\f' || c == '\v';
}

struct slice slice_trim(struct slice slice)
{
    while (slice.size && is_blank(slice.data[0])) {
        slice.data++;
        slice.size--;
    }
    while (slice.size && is_blank(slice.data[slice.size - 1]))
        slice.size--;
    return slice;
}

bool slice_cut(struct slice *rest, char separator, struct slice *part)
{
    if (!rest->data)
        return false;
    const char *end = rest->size ? memchr(rest->data, separator, rest->size) : NULL;
    part->data = rest->data;
    if (end) {
        part->size = (size_t)(end - rest->data);
        rest->data = end + 1;
        rest->size -= part->size + 1;
    } else {
        part->size = rest->size;
        rest->data = NULL;
        rest->size = 0;
    }
    return true;
}
