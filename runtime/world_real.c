/* SPDX-License-Identifier: MIT
 * world_real.c: the machine's clocks and the kernel's randomness. */
#include "runtime/world.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/random.h>
#include <time.h>

static double seconds_of(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static double real_monotonic(struct world *world)
{
    return seconds_of(CLOCK_MONOTONIC);
}

static double real_wall(struct world *world)
{
    return seconds_of(CLOCK_REALTIME);
}

static void real_random(struct world *world, void *buffer, size_t size)
{
    char *next = buffer;
    while (size > 0) {
        ssize_t got = getrandom(next, size, 0);
        if (got < 0) {
            if (errno == EINTR)
                continue;
            abort(); /* nonces must never be guessable: no fallback */
        }
        next += got;
        size -= (size_t)got;
    }
}

static void real_free(struct world *world)
{
}

struct world *world_real_new(void)
{
    static struct world world = {
        .name = "real",
        .simulated = false,
        .monotonic = real_monotonic,
        .wall = real_wall,
        .random = real_random,
        .advance = NULL,
        .free = real_free,
    };
    return &world;
}
