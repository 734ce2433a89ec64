/* SPDX-License-Identifier: MIT
 * heap.h: the allocator of the Lua state: small blocks come from lists by size, large ones from malloc. */
#ifndef PEERWAY_RUNTIME_HEAP_H
#define PEERWAY_RUNTIME_HEAP_H

#include <stddef.h>

struct heap;

/* A new heap; NULL when out of memory. */
struct heap *heap_new(void);

/* Gives everything back; the Lua state that used the heap must be closed before. NULL is allowed. */
void heap_free(struct heap *heap);

/* A lua_Alloc function; `heap` is a struct heap. Small blocks that Lua frees are used again for blocks of
 * the same size and stay with the heap until heap_free. */
void *heap_allocate(void *heap, void *block, size_t old_size, size_t size);

#endif
