/* SPDX-License-Identifier: MIT
 * arena.c: block-wise memory of one request. */
#include "modules/cloud/arena.h"

#include <stdint.h>
#include <stdlib.h>

#define BLOCK_SIZE 8192
#define SMALL_BLOCK_SIZE 512
#define ALIGNMENT 16

struct arena_block {
    struct arena_block *older;
    size_t size; /* of data */
    _Alignas(ALIGNMENT) char data[];
};

static bool arena_grow(struct arena *arena, size_t size)
{
    size_t usual = arena->small ? SMALL_BLOCK_SIZE : BLOCK_SIZE;
    size_t room = size > usual ? size : usual;
    if (size > SIZE_MAX / 2)
        return false;
    struct arena_block *block = malloc(sizeof *block + room);
    if (!block)
        return false;
    block->older = arena->blocks;
    block->size = room;
    arena->blocks = block;
    arena->next = block->data;
    arena->left = room;
    return true;
}

void *arena_alloc(struct arena *arena, size_t size)
{
    size = (size + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1);
    if (size > arena->left && !arena_grow(arena, size)) {
        arena->failed = true;
        return NULL;
    }
    char *data = arena->next;
    arena->next += size;
    arena->left -= size;
    return data;
}

struct slice arena_copy(struct arena *arena, struct slice text)
{
    char *data = arena_alloc(arena, text.size + 1);
    if (!data)
        return (struct slice){"", 0};
    if (text.size)
        memcpy(data, text.data, text.size);
    data[text.size] = 0;
    return (struct slice){data, text.size};
}

static void block_wipe(struct arena *arena, struct arena_block *block)
{
    size_t used = block == arena->blocks ? (size_t)(arena->next - block->data) : block->size;
    explicit_bzero(block->data, used);
}

void arena_reset(struct arena *arena)
{
    struct arena_block *block = arena->blocks;
    while (block) {
        struct arena_block *older = block->older;
        block_wipe(arena, block);
        if (!older && block->size == BLOCK_SIZE)
            break;
        free(block);
        block = older;
    }
    arena->blocks = block;
    arena->next = block ? block->data : NULL;
    arena->left = block ? block->size : 0;
    arena->failed = false;
}

void arena_free(struct arena *arena)
{
    struct arena_block *block = arena->blocks;
    while (block) {
        struct arena_block *older = block->older;
        block_wipe(arena, block);
        free(block);
        block = older;
    }
    *arena = (struct arena){0};
}
