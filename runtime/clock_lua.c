/* SPDX-License-Identifier: MIT
 * clock_lua.c: modules `clock` and `random`, both through the world. */
#include "runtime/runtime.h"
#include "runtime/world.h"

#include <lauxlib.h>
#include <math.h>
#include <stdio.h>
#include <time.h>

static struct world *world_of(lua_State *L)
{
    return runtime_of(L)->world;
}

/* monotonic() -> seconds */
static int l_monotonic(lua_State *L)
{
    struct world *world = world_of(L);
    lua_pushnumber(L, world->monotonic(world));
    return 1;
}

/* wall() -> seconds since 1970 */
static int l_wall(lua_State *L)
{
    struct world *world = world_of(L);
    lua_pushnumber(L, world->wall(world));
    return 1;
}

/* iso8601([wall]) -> "2026-01-31T23:59:59Z" */
static int l_iso8601(lua_State *L)
{
    struct world *world = world_of(L);
    time_t seconds = (time_t)floor(luaL_optnumber(L, 1, world->wall(world)));
    struct tm utc;
    char text[32];
    if (!gmtime_r(&seconds, &utc))
        return luaL_argerror(L, 1, "out of range");
    strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &utc);
    lua_pushstring(L, text);
    return 1;
}

/* parse_iso8601(text) -> seconds since 1970 | nil; also without seconds ("2026-01-31T23:59Z") */
static int l_parse_iso8601(lua_State *L)
{
    const char *text = luaL_checkstring(L, 1);
    struct tm utc = {0};
    const char *end = strptime(text, "%Y-%m-%dT%H:%M:%SZ", &utc);
    if (!end || *end) {
        utc = (struct tm){0};
        end = strptime(text, "%Y-%m-%dT%H:%MZ", &utc);
    }
    if (!end || *end)
        return 0;
    lua_pushinteger(L, (lua_Integer)timegm(&utc));
    return 1;
}

/* is_simulated() -> boolean */
static int l_is_simulated(lua_State *L)
{
    lua_pushboolean(L, world_of(L)->simulated);
    return 1;
}

int luaopen_clock(lua_State *L);
int luaopen_clock(lua_State *L)
{
    static const luaL_Reg functions[] = {{"monotonic", l_monotonic},       {"wall", l_wall},
                                         {"iso8601", l_iso8601},           {"parse_iso8601", l_parse_iso8601},
                                         {"is_simulated", l_is_simulated}, {NULL, NULL}};
    luaL_newlib(L, functions);
    return 1;
}

/* bytes(n) -> string of n random bytes, n in 0..65536 */
static int l_bytes(lua_State *L)
{
    lua_Integer count = luaL_checkinteger(L, 1);
    luaL_argcheck(L, count >= 0 && count <= 65536, 1, "0 to 65536");
    luaL_Buffer buffer;
    char *space = luaL_buffinitsize(L, &buffer, (size_t)count);
    struct world *world = world_of(L);
    world->random(world, space, (size_t)count);
    luaL_pushresultsize(&buffer, (size_t)count);
    return 1;
}

/* hex(n) -> 2n hexadecimal digits of n random bytes */
static int l_hex(lua_State *L)
{
    static const char digits[] = "0123456789abcdef";
    lua_Integer count = luaL_checkinteger(L, 1);
    luaL_argcheck(L, count >= 0 && count <= 65536, 1, "0 to 65536");
    luaL_Buffer buffer;
    luaL_buffinit(L, &buffer);
    struct world *world = world_of(L);
    for (lua_Integer i = 0; i < count; i++) {
        unsigned char byte;
        world->random(world, &byte, 1);
        luaL_addchar(&buffer, digits[byte >> 4]);
        luaL_addchar(&buffer, digits[byte & 15]);
    }
    luaL_pushresult(&buffer);
    return 1;
}

static uint64_t random_u64(lua_State *L)
{
    uint64_t value;
    struct world *world = world_of(L);
    world->random(world, &value, sizeof value);
    return value;
}

/* uniform() -> float in [0, 1) */
static int l_uniform(lua_State *L)
{
    lua_pushnumber(L, (double)(random_u64(L) >> 11) * 0x1p-53);
    return 1;
}

/* integer(low, high) -> integer, both ends included, without modulo bias */
static int l_integer(lua_State *L)
{
    lua_Integer low = luaL_checkinteger(L, 1), high = luaL_checkinteger(L, 2);
    luaL_argcheck(L, low <= high, 2, "less than the first");
    uint64_t span = (uint64_t)high - (uint64_t)low + 1;
    uint64_t value = random_u64(L);
    if (span != 0) {
        uint64_t limit = UINT64_MAX - UINT64_MAX % span;
        while (value >= limit)
            value = random_u64(L);
        value %= span;
    }
    value += (uint64_t)low;
    lua_pushinteger(L, (lua_Integer)value);
    return 1;
}

int luaopen_random(lua_State *L);
int luaopen_random(lua_State *L)
{
    static const luaL_Reg functions[] = {
        {"bytes", l_bytes}, {"hex", l_hex}, {"uniform", l_uniform}, {"integer", l_integer}, {NULL, NULL}};
    luaL_newlib(L, functions);
    return 1;
}
