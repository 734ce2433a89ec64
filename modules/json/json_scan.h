/* SPDX-License-Identifier: MIT
 * json_scan.h: strict check of a JSON text before lua-cjson sees it, and the shape of the text: what
 * lua-cjson cannot know in time (how large a table becomes) or loses (integers of 16 and more digits). Plain
 * C: no Lua. */
#ifndef PEERWAY_JSON_SCAN_H
#define PEERWAY_JSON_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Nesting that json_scan accepts at most, whatever the limits say (it recurses). */
#define JSON_DEPTH_CEILING 1000
/* lua-cjson turns numbers into doubles, exact up to 15 digits; longer integers are listed in the shape. */
#define JSON_EXACT_DIGITS 15

struct json_limits {
    size_t max_size;    /* bytes of text */
    unsigned max_depth; /* nested arrays and objects; 0: only a scalar */
};

struct json_container {
    uint32_t members; /* items, or fields (of equal names each) */
    bool array;
};

struct json_long_integer {
    size_t number; /* which number of the text, from 0 */
    size_t offset; /* of its first byte */
};

/* In the order of the text. Starts as {0}; used again from text to text. */
struct json_shape {
    struct json_container *containers;
    size_t container_count, container_capacity;
    struct json_long_integer *long_integers;
    size_t long_count, long_capacity;
};

struct json_problem {
    size_t offset;    /* of the offending byte, from 0 */
    const char *what; /* NULL: out of memory for the shape */
};

/* Checks that `text` is one JSON value by RFC 8259: grammar, strict UTF-8 (also of \u escapes: no lone
 * surrogates), numbers within the range of a double, size and depth within `limits`; fills `shape`.
 * Returns false and fills `problem` otherwise. */
bool json_scan(const char *text, size_t size, const struct json_limits *limits, struct json_shape *shape,
               struct json_problem *problem);

void json_shape_free(struct json_shape *shape);

/* Length of the well-formed UTF-8 sequence at `text` (1 to 4), 0 when it is malformed: overlong forms,
 * surrogates and code points above U+10FFFF are. `size` >= 1. */
size_t json_utf8_length(const char *text, size_t size);

#endif
