/* SPDX-License-Identifier: MIT
 * bytes.h: byte slices and a growable buffer. A buffer that ran out of memory stays "failed" and
 * ignores further writes, so that a long sequence of writes needs one check at its end. */
#ifndef PEERWAY_CLOUD_BYTES_H
#define PEERWAY_CLOUD_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

/* Bytes somewhere else; not terminated. */
struct slice {
    const char *data;
    size_t size;
};

struct bytes {
    char *data;
    size_t size;
    size_t capacity;
    bool failed;
};

/* Makes room for `more` bytes; false when out of memory. */
bool bytes_grow(struct bytes *buffer, size_t more);
/* Overwrites what was written, then frees. */
void bytes_free(struct bytes *buffer);

static inline bool bytes_reserve(struct bytes *buffer, size_t more)
{
    return buffer->capacity - buffer->size >= more || bytes_grow(buffer, more);
}

static inline void bytes_append(struct bytes *buffer, const void *data, size_t size)
{
    if (size && bytes_reserve(buffer, size)) {
        memcpy(buffer->data + buffer->size, data, size);
        buffer->size += size;
    }
}

static inline void bytes_char(struct bytes *buffer, char c)
{
    if (bytes_reserve(buffer, 1))
        buffer->data[buffer->size++] = c;
}

static inline void bytes_slice(struct bytes *buffer, struct slice text)
{
    bytes_append(buffer, text.data, text.size);
}

static inline void bytes_text(struct bytes *buffer, const char *text)
{
    bytes_append(buffer, text, strlen(text));
}

static inline struct slice slice_of(const char *text)
{
    return (struct slice){text, text ? strlen(text) : 0};
}

static inline bool slice_is(struct slice slice, const char *text)
{
    return slice.size == strlen(text) && memcmp(slice.data, text, slice.size) == 0;
}

static inline bool slice_equal(struct slice a, struct slice b)
{
    return a.size == b.size && (a.size == 0 || memcmp(a.data, b.data, a.size) == 0);
}

static inline bool slice_starts(struct slice slice, const char *prefix)
{
    size_t size = strlen(prefix);
    return slice.size >= size && memcmp(slice.data, prefix, size) == 0;
}

/* ASCII case-insensitive comparison, for header names. */
bool slice_is_nocase(struct slice slice, const char *text);
/* Without spaces and tabs at both ends. */
struct slice slice_trim(struct slice slice);
/* Cuts the part before `separator` off *rest; false when *rest is used up. "a,,b" gives "a", "", "b". */
bool slice_cut(struct slice *rest, char separator, struct slice *part);

#endif
