/* SPDX-License-Identifier: MIT
 * json_scan.h: strict check of a JSON text before lua-cjson sees it, and the marks that let integers of
 * 16 and more digits and empty arrays survive it. Plain C: no Lua, no allocation. */
#ifndef PEERWAY_JSON_SCAN_H
#define PEERWAY_JSON_SCAN_H

#include <stdbool.h>
#include <stddef.h>

/* lua-cjson turns numbers into doubles, exact up to 15 digits; longer integers are marked. */
#define JSON_EXACT_DIGITS 15
/* Nesting that json_scan accepts at most, whatever the limits say (it recurses). */
#define JSON_DEPTH_CEILING 1000
/* A mark is a string that begins with this byte, which strict UTF-8 never contains. */
#define JSON_MARK '\xff'
#define JSON_MARK_EMPTY_ARRAY "\xff]"

struct json_limits {
    size_t max_size;    /* bytes of text */
    unsigned max_depth; /* nested arrays and objects; 0: only a scalar */
};

struct json_scan {
    size_t marked_size; /* bytes json_mark() will write */
    size_t marks;       /* 0: the text can be decoded as it is */
};

struct json_problem {
    size_t offset; /* of the offending byte, from 0 */
    const char *what;
};

/* Checks that `text` is one JSON value by RFC 8259: grammar, strict UTF-8 (also of \u escapes: no lone
 * surrogates), numbers within the range of a double, size and depth within `limits`.
 * Returns false and fills `problem` otherwise. */
bool json_scan(const char *text, size_t size, const struct json_limits *limits, struct json_scan *scan,
               struct json_problem *problem);

/* Copies a text that json_scan() accepted to `out` (scan->marked_size bytes): integers of more than
 * JSON_EXACT_DIGITS digits become strings "\xff<digits>", empty arrays become ["\xff]"]. */
void json_mark(const char *text, size_t size, char *out);

/* Length of the well-formed UTF-8 sequence at `text` (1 to 4), 0 when it is malformed: overlong forms,
 * surrogates and code points above U+10FFFF are. `size` >= 1. */
size_t json_utf8_length(const char *text, size_t size);

#endif
