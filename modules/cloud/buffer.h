/* SPDX-License-Identifier: MIT
 * buffer.h: byte slices and a growable buffer. A buffer that ran out of memory stays "failed" and
 * ignores further writes, so that a long sequence of writes needs one check at its end. */
#ifndef PEERWAY_CLOUD_BUFFER_H
#define PEERWAY_CLOUD_BUFFER_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

/* Bytes somewhere else; not terminated. */
struct slice {
    const char *data;
    size_t size;
};

struct buffer {
    char *data;
    size_t size;
    size_t capacity;
    bool failed;
};

/* Makes room for `more` bytes; false when out of memory. */
bool buffer_grow(struct buffer *buffer, size_t more);
/* Overwrites what was written, then frees. */
void buffer_free(struct buffer *buffer);

static inline bool buffer_reserve(struct buffer *buffer, size_t more)
{
    return buffer->capacity - buffer->size >= more || buffer_grow(buffer, more);
}

static inline void buffer_append(struct buffer *buffer, const void *data, size_t size)
{
    if (size && buffer_reserve(buffer, size)) {
        memcpy(buffer->data + buffer->size, data, size);
        buffer->size += size;
    }
}

static inline void buffer_char(struct buffer *buffer, char c)
{
    if (buffer_reserve(buffer, 1))
        buffer->data[buffer->size++] = c;
}

static inline void buffer_slice(struct buffer *buffer, struct slice text)
{
    buffer_append(buffer, text.data, text.size);
}

static inline void buffer_text(struct buffer *buffer, const char *text)
{
    buffer_append(buffer, text, strlen(text));
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
