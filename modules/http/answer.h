/* SPDX-License-Identifier: MIT
 * answer.h: an answer as it is collected, bounded in headers and body. Plain memory, no Lua. */
#ifndef PEERWAY_HTTP_ANSWER_H
#define PEERWAY_HTTP_ANSWER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buffer {
    char *data;
    size_t size, capacity;
};

/* Appends; false when out of memory. */
bool buffer_append(struct buffer *buffer, const void *data, size_t size);
void buffer_free(struct buffer *buffer, bool cleanse);

/* Header fields in order of arrival: "name\0value\0" back to back in one block. */
struct fields {
    struct buffer text;
    uint32_t *offsets; /* of name and value of each field: 2 * count */
    size_t count, capacity;
    bool lower; /* names are kept in lower case */
};

/* Adds a field. False when out of memory. */
bool fields_add(struct fields *fields, const char *name, size_t name_size, const char *value,
                size_t value_size);
const char *fields_name(const struct fields *fields, size_t index);
const char *fields_value(const struct fields *fields, size_t index);
const char *fields_find(const struct fields *fields, const char *name); /* any case; NULL: absent */
void fields_clear(struct fields *fields);
void fields_free(struct fields *fields, bool cleanse);

enum answer_problem {
    ANSWER_FINE,
    ANSWER_HEADERS_TOO_LARGE,
    ANSWER_BODY_TOO_LARGE,
    ANSWER_MALFORMED,
    ANSWER_NO_MEMORY
};

struct answer {
    int status;
    struct fields fields;
    struct buffer body;
    size_t max_body;
    size_t header_bytes; /* of all interim answers and trailers too */
    size_t header_lines;
    bool head_complete;          /* the empty line after the final head was seen */
    bool bodyless;               /* answer to HEAD: content-length does not announce bytes */
    enum answer_problem problem; /* the first one; nothing is taken after it */
};

/* One line of the head as received, with or without CRLF. False: stop, `problem` says why. */
bool answer_line(struct answer *answer, const char *line, size_t size);
/* A piece of the body. False: stop. */
bool answer_body(struct answer *answer, const char *data, size_t size);
void answer_free(struct answer *answer);

#endif
