/* SPDX-License-Identifier: MIT
 * fuzz_lua.h: a libFuzzer target whose code under test is Lua: the lines it runs are reported as coverage,
 * and an error that escapes the Lua check aborts. */
#ifndef PEERWAY_FUZZ_LUA_H
#define PEERWAY_FUZZ_LUA_H

#include <lauxlib.h>
#include <lualib.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "runtime/runtime.h"

extern const luaL_Reg native_modules[];

#define FUZZ_LINES (1 << 14)
__attribute__((section("__libfuzzer_extra_counters"))) static uint8_t fuzz_lines[FUZZ_LINES];

static void fuzz_on_line(lua_State *L, lua_Debug *at)
{
    lua_getinfo(L, "S", at);
    uint32_t hash = 2166136261u;
    for (const char *p = at->short_src; *p; p++)
        hash = (hash ^ (uint8_t)*p) * 16777619u;
    fuzz_lines[(hash + (uint32_t)at->currentline) % FUZZ_LINES]++;
}

static int fuzz_open(lua_State *L)
{
    luaL_openlibs(L);
    lua_getglobal(L, "xpcall");
    lua_setfield(L, LUA_REGISTRYINDEX, "peerway.xpcall");
    luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_PRELOAD_TABLE);
    for (const luaL_Reg *module = native_modules; module->name; module++) {
        lua_pushcfunction(L, module->func);
        lua_setfield(L, -2, module->name);
    }
    if (luaL_dostring(L, "require('bundle').load('bootstrap')()"))
        lua_error(L);
    if (luaL_loadstring(L, lua_touserdata(L, 1)))
        lua_error(L);
    lua_call(L, 0, 1);
    lua_setfield(L, LUA_REGISTRYINDEX, "fuzz.check");
    return 0;
}

static inline void fuzz_die(lua_State *L)
{
    fprintf(stderr, "%s\n", luaL_tolstring(L, -1, NULL));
    abort();
}

/* Calls the function that the chunk `source` returns with the input as one string. */
static inline int fuzz_lua(const char *source, const uint8_t *data, size_t size)
{
    static struct runtime *rt;
    if (!rt) {
        rt = runtime_new();
        if (!rt)
            abort();
        lua_pushcfunction(rt->L, fuzz_open);
        lua_pushlightuserdata(rt->L, (void *)source);
        if (lua_pcall(rt->L, 1, 0, 0))
            fuzz_die(rt->L);
        lua_sethook(rt->L, fuzz_on_line, LUA_MASKLINE, 0);
    }
    lua_getfield(rt->L, LUA_REGISTRYINDEX, "fuzz.check");
    lua_pushlstring(rt->L, (const char *)data, size);
    if (lua_pcall(rt->L, 1, 0, 0))
        fuzz_die(rt->L);
    return 0;
}

#endif
