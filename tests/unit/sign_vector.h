/* SPDX-License-Identifier: MIT
 * sign_vector.h: reads tests/data/sign_*.txt: one request as an official client sent it per line,
 * tab-separated name=value fields, percent-encoded. */
#ifndef PEERWAY_TEST_SIGN_VECTOR_H
#define PEERWAY_TEST_SIGN_VECTOR_H

#include <stdio.h>
#include <stdlib.h>

#include "modules/cloud/encode.h"
#include "modules/cloud/verify.h"

struct vector {
    struct slice client, scheme, id, secret, token, style, region, method, path, query, body;
    struct slice fault; /* the client's own: the request must be refused */
    int64_t time;
    bool has_query;
    bool verify_only; /* the client signs more headers than the documents ask for */
    struct pairs headers;
};

static struct slice vector_decode(struct arena *arena, struct slice text)
{
    struct bytes out = {.data = arena_alloc(arena, text.size + 1), .capacity = text.size + 1};
    decode_append(&out, text, false);
    out.data[out.size] = 0;
    return (struct slice){out.data, out.size};
}

static void vector_header(struct arena *arena, struct vector *v, struct slice field)
{
    struct slice name;
    slice_cut(&field, ':', &name);
    pairs_add(arena, &v->headers, vector_decode(arena, name), vector_decode(arena, field));
}

static void vector_target(struct arena *arena, struct vector *v, struct slice field)
{
    struct slice target = vector_decode(arena, field);
    slice_cut(&target, '?', &v->path);
    v->has_query = target.data != NULL;
    v->query = target.data ? target : (struct slice){"", 0};
}

static inline void vector_parse(struct arena *arena, struct vector *v, struct slice line)
{
    struct slice field, name;
    *v = (struct vector){0};
    while (slice_cut(&line, '\t', &field)) {
        slice_cut(&field, '=', &name);
        if (slice_is(name, "h")) {
            vector_header(arena, v, field);
            continue;
        }
        if (slice_is(name, "target")) {
            vector_target(arena, v, field);
            continue;
        }
        struct slice value = vector_decode(arena, field);
        const struct {
            const char *name;
            struct slice *slice;
        } fields[] = {{"client", &v->client}, {"scheme", &v->scheme}, {"id", &v->id},
                      {"secret", &v->secret}, {"token", &v->token},   {"style", &v->style},
                      {"region", &v->region}, {"method", &v->method}, {"body", &v->body},
                      {"fault", &v->fault}};
        for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
            if (slice_is(name, fields[i].name))
                *fields[i].slice = value;
        if (slice_is(name, "verify"))
            v->verify_only = true;
        if (slice_is(name, "time"))
            v->time = strtoll(value.data, NULL, 10);
    }
}

/* Calls `each` for every line; returns their number. */
static inline size_t vectors_each(const char *path, void (*each)(struct arena *arena, const struct vector *v))
{
    struct arena arena = {0};
    char *line = NULL;
    size_t capacity = 0, count = 0;
    ssize_t size;
    FILE *file = fopen(path, "r");
    if (!file) {
        perror(path);
        exit(2);
    }
    while ((size = getline(&line, &capacity, file)) > 0) {
        struct vector v;
        if (line[0] == '#')
            continue;
        vector_parse(&arena, &v, (struct slice){line, (size_t)size - (line[size - 1] == '\n')});
        each(&arena, &v);
        arena_reset(&arena);
        count++;
    }
    free(line);
    fclose(file);
    arena_free(&arena);
    return count;
}

#endif
