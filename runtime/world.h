/* SPDX-License-Identifier: MIT
 * world.h: the one seam to everything that is not deterministic. Two implementations:
 * world_real.c, and world_sim.c (virtual clock that jumps to the next timer when all tasks wait,
 * seeded randomness, no network: http and dns ops go to mounted handlers only). */
#ifndef PEERWAY_WORLD_H
#define PEERWAY_WORLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct world {
    const char *name;                         /* "real" or "simulated" */
    bool simulated;                           /* true: never open a socket, never enter libcurl or c-ares */
    double (*monotonic)(struct world *world); /* seconds, arbitrary origin */
    double (*wall)(struct world *world);      /* seconds since 1970-01-01T00:00:00Z */
    void (*random)(struct world *world, void *buffer, size_t size); /* real: getrandom(2) */
    void (*advance)(struct world *world,
                    double to); /* simulated only: jump the clock; NULL in the real one */
    void (*free)(struct world *world);
};

struct world *world_real_new(void);
struct world *world_sim_new(uint64_t seed, double wall_start);

#endif
