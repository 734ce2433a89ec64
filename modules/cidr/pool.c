/* SPDX-License-Identifier: MIT
 * pool.c: exact sizes first, then the smallest larger free block is split, then the end of the array. */
#include "modules/cidr/pool.h"

#include <stdlib.h>
#include <string.h>

void cidr_pool_init(struct cidr_pool *pool, size_t unit_size)
{
    memset(pool, 0, sizeof *pool);
    pool->unit_size = unit_size;
}

void cidr_pool_free(struct cidr_pool *pool)
{
    free(pool->units);
    cidr_pool_init(pool, pool->unit_size);
}

static char *at(const struct cidr_pool *pool, uint32_t index)
{
    return pool->units + (size_t)index * pool->unit_size;
}

bool cidr_pool_reserve(struct cidr_pool *pool, uint32_t units)
{
    if (pool->room - pool->used >= units)
        return true;
    uint64_t room = (uint64_t)pool->room + pool->room / 4 + units;
    char *bigger = room > UINT32_MAX - 1 ? NULL : realloc(pool->units, (size_t)room * pool->unit_size);
    if (!bigger)
        return false;
    pool->units = bigger;
    pool->room = (uint32_t)room;
    return true;
}

static uint32_t pop_free(struct cidr_pool *pool, unsigned count)
{
    uint32_t index = pool->free_head[count] - 1;
    memcpy(&pool->free_head[count], at(pool, index), sizeof(uint32_t));
    if (pool->free_head[count] == 0)
        pool->free_sizes &= ~(1ULL << (count - 1));
    return index;
}

uint32_t cidr_pool_take(struct cidr_pool *pool, unsigned count)
{
    uint64_t sizes = pool->free_sizes >> (count - 1);
    if (sizes) {
        unsigned size = count + (unsigned)__builtin_ctzll(sizes);
        uint32_t index = pop_free(pool, size);
        if (size > count)
            cidr_pool_give(pool, index + count, size - count);
        return index;
    }
    uint32_t index = pool->used;
    pool->used += count;
    return index;
}

void cidr_pool_give(struct cidr_pool *pool, uint32_t index, unsigned count)
{
    if (count == 0)
        return;
    memcpy(at(pool, index), &pool->free_head[count], sizeof(uint32_t));
    pool->free_head[count] = index + 1;
    pool->free_sizes |= 1ULL << (count - 1);
}
