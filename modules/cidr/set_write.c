/* SPDX-License-Identifier: MIT
 * set_write.c: set to text, in pieces through a small buffer. */
#include "modules/cidr/format.h"
#include "modules/cidr/set_text.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#define PIECE 32768
/* Longest line: two IPv6 addresses and a dash. */
#define LINE_MAX_SIZE (2 * CIDR_ADDRESS_MAX + 2)

struct writer {
    cidr_sink sink;
    void *arg;
    size_t size;
    bool ok;
    /* "0." to "255." and their sizes: four bytes are copied for each octet, whatever its size */
    char octet[256][4];
    uint8_t octet_size[256];
    char text[PIECE];
};

static void prepare(struct writer *w)
{
    memset(w->octet, 0, sizeof w->octet);
    for (unsigned i = 0; i < 256; i++) {
        char *to = w->octet[i];
        if (i > 99)
            *to++ = (char)('0' + i / 100);
        if (i > 9)
            *to++ = (char)('0' + i / 10 % 10);
        *to++ = (char)('0' + i % 10);
        *to++ = '.';
        w->octet_size[i] = (uint8_t)(to - w->octet[i]);
    }
}

static bool flush(struct writer *w)
{
    w->ok = w->ok && (w->size == 0 || w->sink(w->arg, w->text, w->size));
    w->size = 0;
    return w->ok;
}

/* Where a line may be written. */
static char *line(struct writer *w)
{
    if (w->size > PIECE - LINE_MAX_SIZE)
        flush(w);
    return w->text + w->size;
}

static void finish_line(struct writer *w, char *end)
{
    *end++ = '\n';
    w->size = (size_t)(end - w->text);
}

static inline char *put_octet(const struct writer *w, unsigned octet, char *to)
{
    memcpy(to, w->octet[octet], 4);
    return to + w->octet_size[octet];
}

static inline char *put_ipv4(const struct writer *w, uint32_t value, char *to)
{
    to = put_octet(w, value >> 24, to);
    to = put_octet(w, value >> 16 & 255, to);
    to = put_octet(w, value >> 8 & 255, to);
    return put_octet(w, value & 255, to) - 1; /* without the last dot */
}

/* All prefixes of a range; the arithmetic of cidr_next_prefix in 64 bits. */
static bool write_prefixes4(struct writer *w, struct cidr_range4 range)
{
    uint64_t first = range.first, end = (uint64_t)range.last + 1;
    while (first < end) {
        unsigned aligned = first ? (unsigned)__builtin_ctzll(first) : 32;
        unsigned fits = 63 - (unsigned)__builtin_clzll(end - first);
        unsigned bits = aligned < fits ? aligned : fits, length = 32 - bits;
        char *to = put_ipv4(w, (uint32_t)first, line(w));
        *to++ = '/';
        if (length > 9)
            *to++ = (char)('0' + length / 10);
        *to++ = (char)('0' + length % 10);
        finish_line(w, to);
        first += 1ULL << bits;
    }
    return w->ok;
}

static bool write_prefixes6(struct writer *w, struct cidr_range6 range)
{
    struct cidr_prefix prefix;
    bool more = true;
    while (cidr_next_prefix(6, &range.first, range.last, &more, &prefix)) {
        char *to = line(w);
        finish_line(w, to + cidr_format_prefix(prefix, to));
    }
    return w->ok;
}

static bool write_range(struct writer *w, struct cidr_range range)
{
    char *to = line(w);
    to += cidr_format_address(range.first, to);
    if (cidr_compare(range.first, range.last) != 0) {
        *to++ = '-';
        to += cidr_format_address(range.last, to);
    }
    finish_line(w, to);
    return w->ok;
}

bool cidr_write_set(const struct cidr_set *set, enum cidr_set_format format, cidr_sink sink, void *arg)
{
    struct writer w; /* 34 KiB; the text part needs no initial value */
    w.sink = sink;
    w.arg = arg;
    w.size = 0;
    w.ok = true;
    prepare(&w);
    if (format == CIDR_FORMAT_RANGES) {
        for (size_t i = 0; w.ok && i < cidr_set_range_count(set); i++)
            write_range(&w, cidr_set_range(set, i));
        return flush(&w);
    }
    for (size_t i = 0; w.ok && i < set->count4; i++)
        write_prefixes4(&w, set->v4[i]);
    for (size_t i = 0; w.ok && i < set->count6; i++)
        write_prefixes6(&w, set->v6[i]);
    return flush(&w);
}

bool cidr_sink_fd(void *arg, const char *text, size_t size)
{
    while (size > 0) {
        ssize_t written = write(*(int *)arg, text, size);
        if (written < 0 && errno != EINTR)
            return false;
        if (written > 0) {
            text += written;
            size -= (size_t)written;
        }
    }
    return true;
}
