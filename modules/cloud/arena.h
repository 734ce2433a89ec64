/* SPDX-License-Identifier: MIT
 * arena.h: memory of one request: many small pieces that stay where they are, overwritten and freed
 * together. The first block is kept between requests. */
#ifndef PEERWAY_CLOUD_ARENA_H
#define PEERWAY_CLOUD_ARENA_H

#include "modules/cloud/bytes.h"

struct arena_block;

struct arena {
    struct arena_block *blocks; /* newest first */
    char *next;
    size_t left;
    bool small; /* set by the owner at the start: a few texts that stay, not the work of a request */
    bool failed;
};

/* `size` bytes, aligned for any type; NULL (and arena->failed) when out of memory. */
void *arena_alloc(struct arena *arena, size_t size);
/* A copy of the text, followed by a NUL that is not counted. data is "" when out of memory. */
struct slice arena_copy(struct arena *arena, struct slice text);
/* Overwrites everything; keeps the oldest block for the next request. */
void arena_reset(struct arena *arena);
/* Overwrites and frees everything. */
void arena_free(struct arena *arena);

#endif
