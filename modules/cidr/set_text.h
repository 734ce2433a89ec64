/* SPDX-License-Identifier: MIT
 * set_text.h: sets from and to text. Text: prefixes, single addresses and ranges ("a-b"), separated by
 * blanks, commas or newlines; "#" or ";" begins a comment that ends with the line. */
#ifndef PEERWAY_CIDR_SET_TEXT_H
#define PEERWAY_CIDR_SET_TEXT_H

#include "modules/cidr/parse.h"
#include "modules/cidr/prefix_set.h"

/* Why a text or file was refused. */
struct cidr_text_problem {
    size_t line;   /* from 1; 0: not the text's fault */
    size_t column; /* of the offending character, from 1 */
    int error;     /* errno of a failed read, or ENOMEM; 0 */
    char word[64]; /* the beginning of the offending word */
    char what[96];
};

/* Append to `set`, which needs cidr_set_normalise afterwards. `flags`: cidr_parse_flags; a bare address
 * always counts as itself. cidr_read_set takes a file descriptor and reads to its end. */
bool cidr_parse_set(const char *text, size_t size, unsigned flags, struct cidr_set *set,
                    struct cidr_text_problem *problem);
bool cidr_read_set(int fd, unsigned flags, struct cidr_set *set, struct cidr_text_problem *problem);

enum cidr_set_format {
    CIDR_FORMAT_PREFIXES, /* the minimal list of prefixes */
    CIDR_FORMAT_RANGES    /* "first-last", a single address alone */
};

/* One item a line, sorted. Calls sink(arg, text, size) with pieces of text until it returns false;
 * returns what the last call returned. */
typedef bool (*cidr_sink)(void *arg, const char *text, size_t size);
bool cidr_write_set(const struct cidr_set *set, enum cidr_set_format format, cidr_sink sink, void *arg);

/* A sink that writes to the file descriptor at *(int *)arg; on failure errno tells. */
bool cidr_sink_fd(void *arg, const char *text, size_t size);

#endif
