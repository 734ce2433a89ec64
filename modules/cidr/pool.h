/* SPDX-License-Identifier: MIT
 * pool.h: one growing array from which blocks of 1 to 64 equal units are taken and given back. Blocks
 * are known by index, so the array may move. */
#ifndef PEERWAY_CIDR_POOL_H
#define PEERWAY_CIDR_POOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CIDR_POOL_BLOCK 64

struct cidr_pool {
    char *units;
    size_t unit_size; /* at least 4: a free block holds the index of the next one */
    uint32_t used, room;
    uint32_t free_head[CIDR_POOL_BLOCK + 1]; /* by size; index + 1, 0: none */
    uint64_t free_sizes;                     /* bit n-1: there is a free block of n units */
};

void cidr_pool_init(struct cidr_pool *pool, size_t unit_size);
void cidr_pool_free(struct cidr_pool *pool);

/* Makes sure that the next takes, `units` in all, succeed without moving the array. */
bool cidr_pool_reserve(struct cidr_pool *pool, uint32_t units);

/* Takes a block of 1 to 64 units; room must have been reserved. */
uint32_t cidr_pool_take(struct cidr_pool *pool, unsigned count);

/* Gives back a block, or any whole part of one. */
void cidr_pool_give(struct cidr_pool *pool, uint32_t index, unsigned count);

#endif
