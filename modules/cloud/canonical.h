/* SPDX-License-Identifier: MIT
 * canonical.h: the canonical forms of parameters and headers that the signature families share. */
#ifndef PEERWAY_CLOUD_CANONICAL_H
#define PEERWAY_CLOUD_CANONICAL_H

#include "modules/cloud/arena.h"

/* A parameter or a header, decoded. */
struct pair {
    struct slice name;
    struct slice value;
};

struct pairs {
    struct pair *items;
    size_t count;
    size_t capacity;
};

/* Adds a pair; the array grows inside the arena. false: out of memory. */
bool pairs_add(struct arena *arena, struct pairs *pairs, struct slice name, struct slice value);
/* The first pair of that name, or NULL. */
const struct pair *pairs_find(const struct pairs *pairs, const char *name);
/* The same for header names, which know no case. */
const struct pair *pairs_find_header(const struct pairs *pairs, const char *name);
/* Stable sort by the bytes of the name: "A" < "Z" < "_" < "a", "Tag.10" < "Tag.2". */
bool pairs_sort(struct arena *arena, struct pairs *pairs);

/* Of neighbours with the same name keeps the last; for sorted pairs. Clients hold parameters in maps. */
void pairs_keep_last(struct pairs *pairs);

/* Splits "a=b&c" into decoded pairs; '+' means a space. Parts without '=' get an empty value. */
bool pairs_parse(struct arena *arena, struct pairs *pairs, struct slice text);

enum query_form {
    QUERY_STRICT,    /* enc(name)=enc(value): the documents */
    QUERY_RAW_NAMES, /* name=enc(value): several official cores; equal for all real parameters */
    QUERY_RAW,       /* name=value: ROA V2 */
    QUERY_RAW_BARE,  /* the same, but only the name when the value is empty: Python's ROA V2 */
    QUERY_TWICE,     /* enc() of the strict form: RPC V1's string to sign */
};

/* Appends the pairs, in the order given, joined by '&'. */
void canonical_query(struct bytes *out, const struct pairs *pairs, enum query_form form);

/* Appends "name:value\n" for the headers that ACS3 signs (host, content-type, x-acs-*), sorted, and
 * their names joined by ';' to `names`. */
bool canonical_headers(struct arena *arena, struct bytes *out, struct bytes *names,
                       const struct pairs *headers);

/* The same for exactly the headers that `list` ("a;b;c") names, in that order. */
bool canonical_listed(struct arena *arena, struct bytes *out, struct slice list, const struct pairs *headers);

/* Appends "name:value\n" for every x-acs-* header, sorted; tabs and line ends in values become
 * spaces (ROA V2). */
bool canonical_acs_headers(struct arena *arena, struct bytes *out, const struct pairs *headers);

/* The path as the documents sign it: every byte outside A-Za-z0-9-_.~/ encoded, %XY kept, "%7E" turned
 * into "~", an empty path "/". */
void canonical_path(struct bytes *out, struct slice path);

/* The same without touching "%7E": ROA V2 signs an encoded path as it is sent. */
void encoded_path(struct bytes *out, struct slice path);

#endif
