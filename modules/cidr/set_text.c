/* SPDX-License-Identifier: MIT
 * set_text.c: text to set, a piece of whole lines at a time. */
#include "modules/cidr/set_text.h"
#include "modules/cidr/quick_word.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A line must fit; small enough to stay in the second-level cache. */
#define PIECE (256 * 1024)

struct reader {
    struct cidr_set *set;
    struct cidr_text_problem *problem;
    unsigned flags;
    size_t line;
};

static bool fail_word(struct reader *r, const char *line_start, const char *word, size_t size,
                      const struct cidr_problem *cause)
{
    struct cidr_text_problem *p = r->problem;
    p->line = r->line;
    p->column = (size_t)(word - line_start) + cause->offset + 1;
    p->error = 0;
    snprintf(p->what, sizeof p->what, "%s", cause->what);
    if (size >= sizeof p->word)
        size = sizeof p->word - 1;
    memcpy(p->word, word, size);
    p->word[size] = '\0';
    return false;
}

static bool fail_system(struct cidr_text_problem *p, int error)
{
    memset(p, 0, sizeof *p);
    p->error = error;
    snprintf(p->what, sizeof p->what, "%s", strerror(error));
    return false;
}

static bool ends_word(char c)
{
    return c == '\n' || c == ' ' || c == '\t' || c == '\r' || c == ',' || c == '#' || c == ';';
}

/* Completes a plain word: the length behind the address, and no host bits unless they may be cleared. */
static const char *quick_length(struct reader *r, const char *at, int family, cidr_u128 value,
                                struct cidr_range *range)
{
    unsigned length = cidr_width(family);
    at += cidr_length_word(at, length, &length);
    if (!ends_word(*at))
        return NULL;
    cidr_u128 hosts = cidr_host_mask(family, length);
    if ((value & hosts) && !(r->flags & CIDR_LOOSE))
        return NULL;
    range->first = cidr_address_of(family, value & ~hosts);
    range->last = cidr_address_of(family, value | hosts);
    return at;
}

/* A plain word at `at`; returns its end, or NULL: the slow way must decide. */
static const char *quick_word(struct reader *r, const char *at, struct cidr_range *range)
{
    uint32_t value4;
    cidr_u128 value6;
    size_t size = cidr_ipv4_word(at, &value4);
    if (size > 0)
        return quick_length(r, at + size, 4, value4, range);
    size = cidr_ipv6_word(at, &value6);
    return size > 0 ? quick_length(r, at + size, 6, value6, range) : NULL;
}

/* The words from `at` to the end of the text, which ends with a newline and CIDR_WORD_PADDING bytes. */
static bool read_lines(struct reader *r, const char *at, const char *end)
{
    const char *line_start = at;
    struct cidr_problem cause;
    while (at < end) {
        struct cidr_range range;
        char c = *at;
        if (c == '\n') {
            r->line++;
            line_start = ++at;
            continue;
        }
        if (c == '#' || c == ';') {
            at = memchr(at, '\n', (size_t)(end - at));
            continue;
        }
        if (ends_word(c)) {
            at++;
            continue;
        }
        const char *word = at, *quick = quick_word(r, at, &range);
        if (quick) {
            at = quick;
        } else {
            while (!ends_word(*at))
                at++;
            if (!cidr_parse_range(word, (size_t)(at - word), r->flags | CIDR_BARE, &range, &cause))
                return fail_word(r, line_start, word, (size_t)(at - word), &cause);
        }
        if (!cidr_set_add(r->set, range))
            return fail_system(r->problem, ENOMEM);
    }
    return true;
}

/* Reads into the buffer until it is full or the file ends; returns false on an error. */
static bool fill(int fd, char *buffer, size_t *size, bool *end)
{
    while (*size < PIECE && !*end) {
        ssize_t got = read(fd, buffer + *size, PIECE - *size);
        if (got < 0 && errno != EINTR)
            return false;
        *end = got == 0;
        *size += got > 0 ? (size_t)got : 0;
    }
    return true;
}

/* Makes the text end as read_lines wants it. */
static size_t terminate(char *buffer, size_t size)
{
    if (size > 0 && buffer[size - 1] != '\n')
        buffer[size++] = '\n';
    memset(buffer + size, '\n', CIDR_WORD_PADDING);
    return size;
}

static bool read_pieces(int fd, struct reader *r, char *buffer)
{
    size_t size = 0;
    for (bool end = false; !end || size > 0;) {
        if (!fill(fd, buffer, &size, &end))
            return fail_system(r->problem, errno);
        const char *newline = memrchr(buffer, '\n', size);
        size_t whole = newline ? (size_t)(newline - buffer) + 1 : 0, rest = size - whole;
        if (end) {
            whole = terminate(buffer, size);
            rest = 0;
        } else if (whole == 0) {
            static const struct cidr_problem too_long = {0, "the line is longer than 256 KiB"};
            return fail_word(r, buffer, buffer, size, &too_long);
        }
        if (!read_lines(r, buffer, buffer + whole))
            return false;
        memmove(buffer, buffer + whole, rest);
        size = rest;
    }
    return true;
}

bool cidr_read_set(int fd, unsigned flags, struct cidr_set *set, struct cidr_text_problem *problem)
{
    struct reader r = {set, problem, flags, 1};
    char *buffer = malloc(PIECE + 1 + CIDR_WORD_PADDING);
    if (!buffer)
        return fail_system(problem, ENOMEM);
    memset(buffer + PIECE, '\n', 1 + CIDR_WORD_PADDING);
    bool ok = read_pieces(fd, &r, buffer);
    free(buffer);
    return ok;
}

bool cidr_parse_set(const char *text, size_t size, unsigned flags, struct cidr_set *set,
                    struct cidr_text_problem *problem)
{
    struct reader r = {set, problem, flags, 1};
    char *copy = malloc(size + 1 + CIDR_WORD_PADDING);
    if (!copy)
        return fail_system(problem, ENOMEM);
    memcpy(copy, text, size);
    bool ok = read_lines(&r, copy, copy + terminate(copy, size));
    free(copy);
    return ok;
}
