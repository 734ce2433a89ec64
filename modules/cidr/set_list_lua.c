/* SPDX-License-Identifier: MIT
 * set_list_lua.c: what is in a set: counts, iteration, lists. */
#include "modules/cidr/format.h"
#include "modules/cidr/set_lua.h"
#include "modules/cidr/values_lua.h"

#include <string.h>

/* tostring() shows so many prefixes. */
#define SHOWN 8

/* set:size([family]) -> number of addresses, exact */
static int l_size(lua_State *L)
{
    const struct cidr_set *set = luaL_checkudata(L, 1, CIDR_SET);
    lua_Integer family = luaL_optinteger(L, 2, 0);
    luaL_argcheck(L, family == 0 || family == 4 || family == 6, 2, "the family is 4 or 6");
    cidr_push_count(L, cidr_set_size(set, (int)family));
    return 1;
}

/* #set, set:count() -> number of prefixes in the minimal list */
static int l_count(lua_State *L)
{
    lua_pushinteger(L, (lua_Integer)cidr_set_prefix_count(luaL_checkudata(L, 1, CIDR_SET)));
    return 1;
}

/* set:range_count() -> number of maximal ranges */
static int l_range_count(lua_State *L)
{
    lua_pushinteger(L, (lua_Integer)cidr_set_range_count(luaL_checkudata(L, 1, CIDR_SET)));
    return 1;
}

/* set:is_empty() -> boolean */
static int l_is_empty(lua_State *L)
{
    lua_pushboolean(L, cidr_set_range_count(luaL_checkudata(L, 1, CIDR_SET)) == 0);
    return 1;
}

/* set:family(4 | 6) -> the part of that family */
static int l_family(lua_State *L)
{
    struct cidr_set part = *(const struct cidr_set *)luaL_checkudata(L, 1, CIDR_SET);
    lua_Integer family = luaL_checkinteger(L, 2);
    luaL_argcheck(L, family == 4 || family == 6, 2, "the family is 4 or 6");
    if (family == 4)
        part.count6 = 0;
    else
        part.count4 = 0;
    struct cidr_set *out = cidr_push_set(L);
    cidr_check_memory(L, cidr_set_add_all(out, &part));
    cidr_account_set(L, out);
    return 1;
}

/* Upvalues: the set, a cursor. */
static int next_prefix(lua_State *L)
{
    struct cidr_prefix prefix;
    if (!cidr_set_next(lua_touserdata(L, lua_upvalueindex(1)), lua_touserdata(L, lua_upvalueindex(2)),
                       &prefix))
        return 0;
    cidr_push_prefix(L, prefix);
    return 1;
}

static int next_range(lua_State *L)
{
    const struct cidr_set *set = lua_touserdata(L, lua_upvalueindex(1));
    struct cidr_set_cursor *cursor = lua_touserdata(L, lua_upvalueindex(2));
    if (cursor->range >= cidr_set_range_count(set))
        return 0;
    struct cidr_range range = cidr_set_range(set, cursor->range++);
    cidr_push_address(L, range.first);
    cidr_push_address(L, range.last);
    return 2;
}

static int push_iterator(lua_State *L, lua_CFunction next)
{
    luaL_checkudata(L, 1, CIDR_SET);
    lua_settop(L, 1);
    memset(lua_newuserdatauv(L, sizeof(struct cidr_set_cursor), 0), 0, sizeof(struct cidr_set_cursor));
    lua_pushcclosure(L, next, 2);
    return 1;
}

/* set:prefixes() -> iterator over the minimal list, in order */
static int l_prefixes(lua_State *L)
{
    return push_iterator(L, next_prefix);
}

/* set:ranges() -> iterator over first, last of the maximal ranges */
static int l_ranges(lua_State *L)
{
    return push_iterator(L, next_range);
}

/* set:list() -> list of prefixes */
static int l_list(lua_State *L)
{
    const struct cidr_set *set = luaL_checkudata(L, 1, CIDR_SET);
    struct cidr_set_cursor cursor = {0};
    struct cidr_prefix prefix;
    lua_createtable(L, (int)cidr_set_range_count(set), 0);
    for (lua_Integer i = 1; cidr_set_next(set, &cursor, &prefix); i++) {
        cidr_push_prefix(L, prefix);
        lua_rawseti(L, -2, i);
    }
    return 1;
}

static int l_tostring(lua_State *L)
{
    const struct cidr_set *set = luaL_checkudata(L, 1, CIDR_SET);
    struct cidr_set_cursor cursor = {0};
    struct cidr_prefix prefix;
    luaL_Buffer b;
    luaL_buffinit(L, &b);
    luaL_addchar(&b, '{');
    for (int i = 0; cidr_set_next(set, &cursor, &prefix); i++) {
        char text[CIDR_PREFIX_MAX];
        luaL_addstring(&b, i ? " " : "");
        if (i == SHOWN) {
            luaL_addstring(&b, "...");
            break;
        }
        luaL_addlstring(&b, text, cidr_format_prefix(prefix, text));
    }
    luaL_addchar(&b, '}');
    luaL_pushresult(&b);
    return 1;
}

const luaL_Reg cidr_set_list_methods[] = {
    {"size", l_size},         {"count", l_count},   {"range_count", l_range_count},
    {"is_empty", l_is_empty}, {"family", l_family}, {"prefixes", l_prefixes},
    {"ranges", l_ranges},     {"list", l_list},     {NULL, NULL}};

const luaL_Reg cidr_set_list_metamethods[] = {{"__tostring", l_tostring}, {"__len", l_count}, {NULL, NULL}};
