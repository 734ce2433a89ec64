/* SPDX-License-Identifier: MIT
 * The allocator of the Lua state: contents survive every kind of resize, blocks never overlap, and what is
 * freed is used again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "runtime/heap.h"

#include <stdlib.h>
#include <string.h>

enum { SLOTS = 300, STEPS = 200000, LARGEST = 1500 };

struct slot {
    unsigned char *data;
    size_t size;
    unsigned char mark;
};

static void check(const struct slot *slot, size_t size)
{
    for (size_t i = 0; i < size; i++)
        assert_int_equal(slot->data[i], slot->mark);
}

static void random_use_keeps_every_block_intact(void **state)
{
    struct heap *heap = heap_new();
    struct slot slots[SLOTS] = {0};
    unsigned seed = 1;
    for (unsigned step = 0; step < STEPS; step++) {
        seed = seed * 1103515245 + 12345;
        struct slot *slot = &slots[(seed >> 8) % SLOTS];
        size_t size = (seed >> 16) % 3 == 0 ? 0 : (seed >> 4) % LARGEST + 1;
        check(slot, slot->size);
        slot->data = heap_allocate(heap, slot->data, slot->data ? slot->size : 4, size);
        assert_true(size == 0 ? slot->data == NULL : slot->data != NULL);
        assert_int_equal((uintptr_t)slot->data % 16, 0);
        check(slot, slot->size < size ? slot->size : size);
        slot->mark = (unsigned char)step;
        slot->size = size;
        if (size)
            memset(slot->data, slot->mark, size);
    }
    for (unsigned i = 0; i < SLOTS; i++)
        heap_allocate(heap, slots[i].data, slots[i].size, 0);
    heap_free(heap);
}

static void a_freed_block_is_used_again(void **state)
{
#ifdef __SANITIZE_ADDRESS__
    skip(); /* there every block comes from malloc */
#endif
    struct heap *heap = heap_new();
    void *first = heap_allocate(heap, NULL, 0, 40);
    heap_allocate(heap, first, 40, 0);
    assert_ptr_equal(heap_allocate(heap, NULL, 0, 33), first);
    assert_ptr_equal(heap_allocate(heap, first, 33, 48), first);
    assert_ptr_not_equal(heap_allocate(heap, NULL, 0, 48), first);
    heap_free(heap);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_use_keeps_every_block_intact),
        cmocka_unit_test(a_freed_block_is_used_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
