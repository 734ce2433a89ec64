/* SPDX-License-Identifier: MIT
 * world_sim.c: a virtual clock and seeded randomness (xoshiro256**, Blackman and Vigna 2018,
 * seeded by splitmix64), so that a run repeats exactly. */
#include "runtime/world.h"

#include <stdlib.h>
#include <string.h>

struct sim_world {
    struct world base;
    double now;
    double wall_start;
    uint64_t state[4];
};

static uint64_t rotate(uint64_t value, int bits)
{
    return (value << bits) | (value >> (64 - bits));
}

static uint64_t next_random(struct sim_world *sim)
{
    uint64_t *s = sim->state;
    uint64_t result = rotate(s[1] * 5, 7) * 9;
    uint64_t t = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotate(s[3], 45);
    return result;
}

static double sim_monotonic(struct world *world)
{
    return ((struct sim_world *)world)->now;
}

static double sim_wall(struct world *world)
{
    struct sim_world *sim = (struct sim_world *)world;
    return sim->wall_start + sim->now;
}

static void sim_random(struct world *world, void *buffer, size_t size)
{
    char *next = buffer;
    while (size > 0) {
        uint64_t value = next_random((struct sim_world *)world);
        size_t part = size < sizeof value ? size : sizeof value;
        memcpy(next, &value, part);
        next += part;
        size -= part;
    }
}

static void sim_advance(struct world *world, double to)
{
    struct sim_world *sim = (struct sim_world *)world;
    if (to > sim->now)
        sim->now = to;
}

static void sim_free(struct world *world)
{
    free(world);
}

struct world *world_sim_new(uint64_t seed, double wall_start)
{
    struct sim_world *sim = calloc(1, sizeof *sim);
    if (!sim)
        return NULL;
    sim->base = (struct world){
        .name = "simulated",
        .simulated = true,
        .monotonic = sim_monotonic,
        .wall = sim_wall,
        .random = sim_random,
        .advance = sim_advance,
        .free = sim_free,
    };
    sim->wall_start = wall_start;
    for (int i = 0; i < 4; i++) {
        uint64_t z = (seed += 0x9e3779b97f4a7c15u);
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
        z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
        sim->state[i] = z ^ (z >> 31);
    }
    return &sim->base;
}
