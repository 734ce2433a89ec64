/* SPDX-License-Identifier: MIT
 * json_reader.h: a small strict JSON reader for texts that hold secrets: it works in place, copies nothing,
 * and names a problem by its offset only. Strings are unescaped where they stand. */
#ifndef PEERWAY_CLOUD_JSON_READER_H
#define PEERWAY_CLOUD_JSON_READER_H

#include "modules/cloud/bytes.h"

#define JSON_MAX_DEPTH 32

struct json_reader {
    char *start, *at, *end;
    int depth;
    const char *problem; /* NULL: none so far */
};

static inline struct json_reader json_open(char *text, size_t size)
{
    return (struct json_reader){.start = text, .at = text, .end = text + size};
}

/* `member` must consume the member's value with one of the functions below; false stops. */
typedef bool (*json_member)(void *arg, struct json_reader *json, struct slice name);
bool json_read_object(struct json_reader *json, json_member member, void *arg);
typedef bool (*json_item)(void *arg, struct json_reader *json);
bool json_read_array(struct json_reader *json, json_item item, void *arg);
/* A string; a number or boolean as it is written; null gives data NULL. */
bool json_read_scalar(struct json_reader *json, struct slice *value);
/* Any value, checked and skipped. */
bool json_skip(struct json_reader *json);
/* true when nothing but white space is left. */
bool json_at_end(struct json_reader *json);
/* '{', '[', '"', 'n', ... of the next value; 0 at the end. */
char json_peek(struct json_reader *json);

#endif
