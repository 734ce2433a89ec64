/* SPDX-License-Identifier: MIT
 * runtime.h: the one struct that a process has; modules reach loop and world through it. */
#ifndef PEERWAY_RUNTIME_H
#define PEERWAY_RUNTIME_H

#include <lua.h>

struct loop;
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

#endif
