/* SPDX-License-Identifier: MIT
 * The loop: timer order in both worlds, descriptors that vanish during dispatch, wake. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "runtime/loop_private.h"
#include "runtime/world.h"

#include <string.h>
#include <unistd.h>

static char trace[4096];

static void note(void *arg)
{
    strcat(trace, arg);
}

struct rescheduling {
    struct loop *loop;
    int left;
};

static void again(void *arg)
{
    struct rescheduling *self = arg;
    if (--self->left > 0)
        loop_timer_start(self->loop, 0, again, self);
}

static void timers_run_in_order_of_time_then_start(void **state)
{
    struct world *world = world_sim_new(1, 0);
    struct loop *loop = loop_new(world);
    trace[0] = '\0';
    loop_timer_start(loop, 3, note, "d");
    loop_timer_start(loop, 1, note, "a");
    struct loop_timer *cancelled = loop_timer_start(loop, 2, note, "X");
    loop_timer_start(loop, 1, note, "b");
    loop_timer_start(loop, 2, note, "c");
    loop_timer_cancel(cancelled);
    while (loop_turn(loop, false, false)) {
    }
    assert_string_equal(trace, "abcd");
    assert_true(world->monotonic(world) == 3.0);
    loop_free(loop);
    world->free(world);
}

static void a_timer_that_restarts_itself_does_not_starve_the_turn(void **state)
{
    struct world *world = world_sim_new(1, 0);
    struct loop *loop = loop_new(world);
    struct rescheduling self = {loop, 5};
    loop_timer_start(loop, 0, again, &self);
    int turns = 0;
    while (loop_turn(loop, false, false))
        turns++;
    assert_int_equal(turns, 5);
    loop_free(loop);
    world->free(world);
}

struct firing {
    struct world *world;
    double last;
    int count, disorder;
};

static void fired(void *arg)
{
    struct firing *firing = arg;
    double now = firing->world->monotonic(firing->world);
    firing->disorder += now < firing->last;
    firing->last = now;
    firing->count++;
}

static void thousands_of_timers_keep_heap_order(void **state)
{
    struct world *world = world_sim_new(7, 0);
    struct loop *loop = loop_new(world);
    struct loop_timer *timers[3000];
    struct firing firing = {world, 0, 0, 0};
    for (int i = 0; i < 3000; i++) {
        uint32_t random;
        world->random(world, &random, sizeof random);
        timers[i] = loop_timer_start(loop, random % 1000, fired, &firing);
    }
    for (int i = 0; i < 3000; i += 3)
        loop_timer_cancel(timers[i]);
    while (loop_turn(loop, false, false)) {
    }
    assert_int_equal(firing.count, 2000);
    assert_int_equal(firing.disorder, 0);
    loop_free(loop);
    world->free(world);
}

struct pair {
    struct loop_watch *own, *other;
    int calls;
};

static void drop_both(void *arg, int fd, short revents)
{
    struct pair *pair = arg;
    pair->calls++;
    loop_unwatch(pair->own);
    loop_unwatch(pair->other);
}

static void unwatching_during_dispatch_is_safe(void **state)
{
    struct loop *loop = loop_new(world_real_new());
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(write(ends[1], "x", 1), 1);
    struct pair pair = {NULL, NULL, 0};
    pair.own = loop_watch_fd(loop, ends[0], POLLIN, drop_both, &pair);
    pair.other = loop_watch_fd(loop, ends[0], POLLIN, drop_both, &pair);
    assert_true(loop_turn(loop, true, false));
    assert_int_equal(pair.calls, 1);
    assert_false(loop_turn(loop, false, false)); /* nothing is left to wait for */
    close(ends[0]);
    close(ends[1]);
    loop_free(loop);
}

static void a_wake_ends_the_wait(void **state)
{
    struct loop *loop = loop_new(world_real_new());
    loop_wake(loop);
    loop_wake(loop);
    assert_true(loop_turn(loop, false, true)); /* would wait without end */
    loop_free(loop);
}

static void the_simulated_world_repeats(void **state)
{
    unsigned char draws[3][64];
    for (int i = 0; i < 3; i++) {
        struct world *world = world_sim_new(i < 2 ? 5 : 6, 0);
        world->random(world, draws[i], sizeof draws[i]);
        world->free(world);
    }
    assert_memory_equal(draws[0], draws[1], sizeof draws[0]);
    assert_memory_not_equal(draws[0], draws[2], sizeof draws[0]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(timers_run_in_order_of_time_then_start),
        cmocka_unit_test(a_timer_that_restarts_itself_does_not_starve_the_turn),
        cmocka_unit_test(thousands_of_timers_keep_heap_order),
        cmocka_unit_test(unwatching_during_dispatch_is_safe),
        cmocka_unit_test(a_wake_ends_the_wait),
        cmocka_unit_test(the_simulated_world_repeats),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
