/* SPDX-License-Identifier: MIT
 * heap.c: Lua says how large a block is when it frees it, so no block needs a header or a search: freeing
 * and taking is a push and a pop. With AddressSanitizer every block comes from malloc, so that it sees all.
 */
#include "runtime/heap.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum {
    STEP = 16, /* sizes are rounded up to this: the alignment of malloc */
    SMALL = 512,
    CLASSES = SMALL / STEP,
    CHUNK = 32768,
};

struct block {
    struct block *next;
};

struct heap {
    struct block *idle[CLASSES];
    struct block *chunks;
    char *at, *end; /* what is left of the newest chunk */
};

#ifdef __SANITIZE_ADDRESS__
static const size_t largest_small = 0;
#else
static const size_t largest_small = SMALL;
#endif

struct heap *heap_new(void)
{
    return calloc(1, sizeof(struct heap));
}

void heap_free(struct heap *heap)
{
    if (!heap)
        return;
    while (heap->chunks) {
        struct block *chunk = heap->chunks;
        heap->chunks = chunk->next;
        free(chunk);
    }
    free(heap);
}

static bool is_small(size_t size)
{
    return size - 1 < largest_small;
}

static size_t class_of(size_t size)
{
    return (size - 1) / STEP;
}

static void put(struct heap *heap, void *block, size_t size)
{
    struct block **list = &heap->idle[class_of(size)];
    ((struct block *)block)->next = *list;
    *list = block;
}

/* What is left of a chunk goes to the list of its size: nothing is lost. */
static bool grow(struct heap *heap)
{
    struct block *chunk = malloc(CHUNK);
    if (!chunk)
        return false;
    if (heap->at < heap->end)
        put(heap, heap->at, (size_t)(heap->end - heap->at));
    chunk->next = heap->chunks;
    heap->chunks = chunk;
    heap->at = (char *)chunk + STEP;
    heap->end = (char *)chunk + CHUNK;
    return true;
}

static void *take(struct heap *heap, size_t size)
{
    size_t class = class_of(size), rounded = (class + 1) * STEP;
    struct block *block = heap->idle[class];
    if (block) {
        heap->idle[class] = block->next;
        return block;
    }
    if ((size_t)(heap->end - heap->at) < rounded && !grow(heap))
        return NULL;
    block = (struct block *)(void *)heap->at;
    heap->at += rounded;
    return block;
}

static void *resize(struct heap *heap, void *block, size_t old_size, size_t size)
{
    bool was_small = is_small(old_size), small = is_small(size);
    if (!was_small && !small)
        return realloc(block, size);
    if (was_small && small && class_of(old_size) == class_of(size))
        return block;
    void *fresh = small ? take(heap, size) : malloc(size);
    if (!fresh)
        return size <= old_size ? block : NULL; /* a block that shrinks may stay as it is */
    memcpy(fresh, block, old_size < size ? old_size : size);
    if (was_small)
        put(heap, block, old_size);
    else
        free(block);
    return fresh;
}

void *heap_allocate(void *arg, void *block, size_t old_size, size_t size)
{
    struct heap *heap = arg;
    if (block && size)
        return resize(heap, block, old_size, size);
    if (size) /* a new block: old_size tells its type */
        return is_small(size) ? take(heap, size) : malloc(size);
    if (block && is_small(old_size))
        put(heap, block, old_size);
    else
        free(block);
    return NULL;
}
