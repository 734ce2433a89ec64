/* SPDX-License-Identifier: MIT
 * json_lua.c: the module table of `require "json"`. */
#include "modules/json/json.h"

#include <lauxlib.h>

int luaopen_json(lua_State *L);

int json_is_marked_array(lua_State *L, int index)
{
    if (!lua_getmetatable(L, index))
        return 0;
    luaL_getmetatable(L, JSON_ARRAY);
    int same = lua_rawequal(L, -1, -2);
    lua_pop(L, 2);
    return same;
}

/* json.array([table]) -> table: marks it as an array, so that it encodes as [] when empty. */
static int l_array(lua_State *L)
{
    if (lua_isnoneornil(L, 1)) {
        lua_settop(L, 0);
        lua_newtable(L);
    }
    luaL_checktype(L, 1, LUA_TTABLE);
    lua_settop(L, 1);
    luaL_setmetatable(L, JSON_ARRAY);
    return 1;
}

/* json.is_array(value) -> boolean: marked, or a table whose first element is at 1. */
static int l_is_array(lua_State *L)
{
    luaL_checkany(L, 1);
    int is = lua_istable(L, 1) && (json_is_marked_array(L, 1) || lua_rawgeti(L, 1, 1) != LUA_TNIL);
    lua_pushboolean(L, is);
    return 1;
}

static const luaL_Reg functions[] = {
    {"array", l_array}, {"is_array", l_is_array}, {"encode", json_encode}, {NULL, NULL}};

int luaopen_json(lua_State *L)
{
    luaL_newmetatable(L, JSON_ARRAY);
    lua_pop(L, 1);
    luaL_newlib(L, functions);
    json_push_decoder(L);
    lua_pushvalue(L, -1);
    lua_pushcclosure(L, json_decode, 1);
    lua_setfield(L, -3, "decode");
    lua_pushcclosure(L, json_try_decode, 1);
    lua_setfield(L, -2, "try_decode");
    lua_pushlightuserdata(L, NULL); /* the same value as cjson.null */
    lua_setfield(L, -2, "null");
    return 1;
}
