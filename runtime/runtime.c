/* SPDX-License-Identifier: MIT
 * runtime.c: the one runtime of a process: Lua state, loop, world, tasks, and their orderly end. */
#include "runtime/runtime.h"
#include "runtime/error.h"
#include "runtime/loop_private.h"
#include "runtime/signals.h"
#include "runtime/task.h"
#include "runtime/world.h"

#include <lauxlib.h>
#include <lualib.h>
#include <stdlib.h>
#include <string.h>

extern const luaL_Reg native_modules[];

struct runtime_cleanup {
    void (*function)(void *arg);
    void *arg;
    struct runtime_cleanup *next;
};

struct runtime *runtime_of(lua_State *L)
{
    return *(struct runtime **)lua_getextraspace(L);
}

void runtime_at_exit(lua_State *L, void (*function)(void *arg), void *arg)
{
    struct runtime *rt = runtime_of(L);
    struct runtime_cleanup *cleanup = malloc(sizeof *cleanup);
    if (!cleanup) {
        error_raise(L, "internal", "OutOfMemory", "out of memory");
        return;
    }
    *cleanup = (struct runtime_cleanup){function, arg, rt->cleanups};
    rt->cleanups = cleanup;
}

struct runtime *runtime_new(void)
{
    struct runtime *rt = calloc(1, sizeof *rt);
    if (!rt)
        return NULL;
    rt->world = world_real_new();
    rt->loop = loop_new(rt->world);
    rt->tasks = calloc(1, sizeof *rt->tasks);
    rt->L = luaL_newstate();
    if (!rt->loop || !rt->tasks || !rt->L) {
        runtime_free(rt);
        return NULL;
    }
    *(struct runtime **)lua_getextraspace(rt->L) = rt;
    return rt;
}

void runtime_free(struct runtime *rt)
{
    /* Modules first: they own sockets and timers of the loop; then Lua, whose __gc may still use both. */
    while (rt->cleanups) {
        struct runtime_cleanup *cleanup = rt->cleanups;
        rt->cleanups = cleanup->next;
        cleanup->function(cleanup->arg);
        free(cleanup);
    }
    if (rt->L)
        lua_close(rt->L);
    if (rt->loop)
        loop_free(rt->loop);
    if (rt->world)
        rt->world->free(rt->world);
    free(rt->tasks);
    free(rt);
}

static void switch_world(struct runtime *rt, struct world *world)
{
    struct world *old = rt->world;
    loop_set_world(rt->loop, world);
    rt->world = world;
    old->free(old);
}

void runtime_simulate(lua_State *L, uint64_t seed, double wall_start)
{
    struct world *world = world_sim_new(seed, wall_start);
    if (world)
        switch_world(runtime_of(L), world);
    else
        error_raise(L, "internal", "OutOfMemory", "out of memory");
}

void runtime_real(lua_State *L)
{
    switch_world(runtime_of(L), world_real_new());
}

/* Standard libraries, native modules in package.preload, then runtime/lua/bootstrap.lua. */
static int open_libraries(lua_State *L)
{
    lua_gc(L, LUA_GCGEN, 0, 0); /* nearly all tables live for one call: a tenth of a signed call less */
    luaL_openlibs(L);
    lua_getglobal(L, "xpcall");
    lua_setfield(L, LUA_REGISTRYINDEX, "peerway.xpcall");
    luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_PRELOAD_TABLE);
    for (const luaL_Reg *module = native_modules; module->name; module++) {
        lua_pushcfunction(L, module->func);
        lua_setfield(L, -2, module->name);
    }
    lua_pop(L, 1);
    lua_getglobal(L, "require");
    lua_pushliteral(L, "bundle");
    lua_call(L, 1, 1);
    lua_getfield(L, -1, "load");
    lua_pushliteral(L, "bootstrap");
    lua_call(L, 1, 1);
    lua_call(L, 0, 0);
    return 0;
}

/* Stack: argument table. Creates the root task: host.main(arguments). */
static int start_root(lua_State *L)
{
    struct runtime *rt = runtime_of(L);
    lua_getglobal(L, "require");
    lua_pushliteral(L, "host");
    lua_call(L, 1, 1);
    lua_getfield(L, -1, "main");
    lua_pushvalue(L, 1);
    rt->tasks->root = task_new(L, 1, NULL, "main");
    lua_setfield(L, LUA_REGISTRYINDEX, "peerway.root"); /* its result is read after its end */
    return 0;
}

static void push_arguments(lua_State *L, int argc, char **argv)
{
    lua_createtable(L, argc, 0);
    for (int i = 0; i < argc; i++) {
        lua_pushstring(L, argv[i]);
        lua_rawseti(L, -2, i);
    }
}

static int report_start_failure(struct runtime *rt)
{
    fprintf(stderr, "peerway: cannot start: %s\n", luaL_tolstring(rt->L, -1, NULL));
    return 1;
}

/* Pushes module host's function `name`. */
static void push_host_function(lua_State *L, const char *name)
{
    lua_getglobal(L, "require");
    lua_pushliteral(L, "host");
    lua_call(L, 1, 1);
    lua_getfield(L, -1, name);
    lua_remove(L, -2);
}

/* The root task's result: host.exit_code(failed, result) turns it into a number, and prints errors. */
static int exit_code_of(lua_State *L)
{
    struct runtime *rt = runtime_of(L);
    push_host_function(L, "exit_code");
    lua_pushboolean(L, rt->tasks->root->failed);
    lua_getfield(L, LUA_REGISTRYINDEX, "peerway.root");
    lua_getiuservalue(L, -1, 2);
    lua_remove(L, -2);
    lua_call(L, 2, 1);
    return 1;
}

int runtime_run(struct runtime *rt, int argc, char **argv)
{
    lua_State *L = rt->L;
    lua_pushcfunction(L, open_libraries);
    if (lua_pcall(L, 0, 0, 0) != LUA_OK)
        return report_start_failure(rt);
    signals_install(rt);
    lua_pushcfunction(L, start_root);
    push_arguments(L, argc, argv);
    if (lua_pcall(L, 1, 0, 0) != LUA_OK)
        return report_start_failure(rt);
    task_run_all(rt);
    lua_pushcfunction(L, exit_code_of);
    if (lua_pcall(L, 0, 1, 0) != LUA_OK)
        return report_start_failure(rt);
    return (int)lua_tointeger(L, -1);
}
