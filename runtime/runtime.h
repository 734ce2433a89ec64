/* SPDX-License-Identifier: MIT
 * runtime.h: the one struct that a process has; modules reach loop and world through it. */
#ifndef PEERWAY_RUNTIME_H
#define PEERWAY_RUNTIME_H

#include <lua.h>

#include <stdbool.h>
#include <stdint.h>

struct loop;
struct runtime_cleanup;
struct world;
struct task_set;

struct runtime {
    lua_State *L; /* the main state; tasks are its coroutines */
    struct loop *loop;
    struct world *world;
    struct task_set *tasks;
    /* Finalizers of modules with native state outside Lua (the curl multi handle, the ares channel). */
    struct runtime_cleanup *cleanups;
};

/* The runtime that owns L (any coroutine of it). Never NULL. */
struct runtime *runtime_of(lua_State *L);

/* Registers `function(arg)` to run when the runtime ends, last registered first, after all tasks are
 * gone and before the Lua state closes. Raises a Lua error when out of memory. */
void runtime_at_exit(lua_State *L, void (*function)(void *arg), void *arg);

/* The host's own: creates state, loop and world; NULL when out of memory. */
struct runtime *runtime_new(void);
/* Runs the Lua function `host.main(arguments)` as the root task; returns the exit code. */
int runtime_run(struct runtime *rt, int argc, char **argv);
void runtime_free(struct runtime *rt);

/* Switches to a simulated world (virtual clock, seeded randomness), and back. */
void runtime_simulate(lua_State *L, uint64_t seed, double wall_start);
void runtime_real(lua_State *L);

#endif
