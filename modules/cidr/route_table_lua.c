/* SPDX-License-Identifier: MIT
 * route_table_lua.c: route tables as userdata. Values may be any Lua value but nil and NaN; equal values
 * share one number, which is what the C table holds. */
#include "modules/cidr/route_lua.h"
#include "modules/cidr/set_lua.h"

#include "runtime/error.h"

#include <lauxlib.h>
#include <stdlib.h>
#include <string.h>

/* User values: number + 1 -> value, and back. */
#define VALUES 1
#define NUMBERS 2

struct cidr_routes *cidr_check_routes(lua_State *L, int arg)
{
    return luaL_checkudata(L, arg, CIDR_TABLE);
}

static int l_gc(lua_State *L)
{
    struct cidr_routes *r = cidr_check_routes(L, 1);
    cidr_table_free(&r->table);
    free(r->uses);
    r->uses = NULL;
    r->room = r->next = 0;
    return 0;
}

struct cidr_routes *cidr_push_routes(lua_State *L)
{
    struct cidr_routes *r = lua_newuserdatauv(L, sizeof *r, 2);
    memset(r, 0, sizeof *r);
    cidr_table_init(&r->table);
    r->unused = CIDR_NO_VALUE;
    luaL_setmetatable(L, CIDR_TABLE);
    lua_newtable(L);
    lua_setiuservalue(L, -2, VALUES);
    lua_newtable(L);
    lua_setiuservalue(L, -2, NUMBERS);
    return r;
}

void cidr_push_route_value(lua_State *L, int table, uint32_t number)
{
    lua_getiuservalue(L, table, VALUES);
    lua_rawgeti(L, -1, (lua_Integer)number + 1);
    lua_remove(L, -2);
}

uint32_t cidr_find_number(lua_State *L, int table, int value)
{
    value = lua_absindex(L, value);
    lua_getiuservalue(L, table, NUMBERS);
    lua_pushvalue(L, value);
    uint32_t number = lua_rawget(L, -2) == LUA_TNUMBER ? (uint32_t)lua_tointeger(L, -1) : CIDR_NO_VALUE;
    lua_pop(L, 2);
    return number;
}

/* A number without uses: a freed one or the next. */
static uint32_t fresh_number(lua_State *L, struct cidr_routes *r)
{
    if (r->unused != CIDR_NO_VALUE)
        return r->unused;
    if (r->next == r->room) {
        uint32_t room = r->room * 2 + 8;
        uint32_t *bigger = realloc(r->uses, room * sizeof *bigger);
        cidr_check_memory(L, bigger != NULL);
        r->uses = bigger;
        r->room = room;
    }
    return r->next;
}

/* The number of the value at `value`, entered when it is new. */
static uint32_t enter_value(lua_State *L, struct cidr_routes *r, int table, int value)
{
    uint32_t number = cidr_find_number(L, table, value);
    if (number != CIDR_NO_VALUE)
        return number;
    number = fresh_number(L, r);
    lua_getiuservalue(L, table, VALUES);
    lua_pushvalue(L, value);
    lua_rawseti(L, -2, (lua_Integer)number + 1);
    lua_getiuservalue(L, table, NUMBERS);
    lua_pushvalue(L, value);
    lua_pushinteger(L, number);
    lua_rawset(L, -3);
    lua_pop(L, 2);
    /* nothing can fail from here on */
    if (number == r->unused)
        r->unused = r->uses[number];
    else
        r->next++;
    r->uses[number] = 0;
    return number;
}

/* One use less; the last one gives number and value back. */
static void release_value(lua_State *L, struct cidr_routes *r, int table, uint32_t number)
{
    if (--r->uses[number] > 0)
        return;
    lua_getiuservalue(L, table, VALUES);
    lua_getiuservalue(L, table, NUMBERS);
    lua_rawgeti(L, -2, (lua_Integer)number + 1);
    lua_pushnil(L);
    lua_rawset(L, -3);
    lua_pushnil(L);
    lua_rawseti(L, -3, (lua_Integer)number + 1);
    lua_pop(L, 2);
    r->uses[number] = r->unused;
    r->unused = number;
}

uint32_t cidr_route_insert(lua_State *L, int table, struct cidr_prefix prefix, int value)
{
    struct cidr_routes *r = lua_touserdata(L, table);
    value = lua_absindex(L, value);
    luaL_argcheck(L, !lua_isnoneornil(L, value), value, "a route needs a value (its next hop)");
    luaL_argcheck(L, lua_type(L, value) != LUA_TNUMBER || lua_rawequal(L, value, value), value,
                  "NaN cannot be a value");
    uint32_t number = enter_value(L, r, table, value), old;
    bool ok = cidr_table_insert(&r->table, prefix, number, &old);
    r->uses[number]++;
    if (!ok) {
        release_value(L, r, table, number);
        cidr_check_memory(L, false);
    }
    return old;
}

/* table:insert(prefix, value) -> the value it replaces, or nil */
static int l_insert(lua_State *L)
{
    struct cidr_routes *r = cidr_check_routes(L, 1);
    struct cidr_prefix prefix = cidr_check_block(L, 2);
    lua_settop(L, 3);
    uint32_t old = cidr_route_insert(L, 1, prefix, 3);
    if (old == CIDR_NO_VALUE)
        return 0;
    cidr_push_route_value(L, 1, old);
    release_value(L, r, 1, old);
    return 1;
}

/* table:delete(prefix) -> its value, or nil when it is not there */
static int l_delete(lua_State *L)
{
    struct cidr_routes *r = cidr_check_routes(L, 1);
    struct cidr_prefix prefix = cidr_check_block(L, 2);
    uint32_t old;
    if (!cidr_table_remove(&r->table, prefix, &old))
        return 0;
    cidr_push_route_value(L, 1, old);
    release_value(L, r, 1, old);
    return 1;
}

/* Pushes the value of a number, nothing for none. */
static int push_found(lua_State *L, uint32_t number)
{
    if (number == CIDR_NO_VALUE)
        return 0;
    cidr_push_route_value(L, 1, number);
    return 1;
}

/* table:exact(prefix) -> value or nil */
static int l_exact(lua_State *L)
{
    struct cidr_routes *r = cidr_check_routes(L, 1);
    return push_found(L, cidr_table_exact(&r->table, cidr_check_block(L, 2)));
}

/* table:lookup(address) -> value of the longest match, or nil. Upvalues: the metatables of route tables
 * and of addresses. */
static int l_lookup(lua_State *L)
{
    const struct cidr_routes *r = cidr_instance(L, 1, 1);
    const struct cidr_scoped *scoped = cidr_instance(L, 2, 2);
    if (!r)
        r = cidr_check_routes(L, 1); /* raises */
    return push_found(L, cidr_table_lookup(&r->table, scoped ? scoped->address : cidr_check_address(L, 2)));
}

/* table:longest(block) -> value and prefix of the longest prefix that covers the block, or nil */
static int l_longest(lua_State *L)
{
    struct cidr_routes *r = cidr_check_routes(L, 1);
    struct cidr_entry entry;
    if (!cidr_table_longest(&r->table, cidr_check_block(L, 2), &entry))
        return 0;
    cidr_push_route_value(L, 1, entry.value);
    cidr_push_prefix(L, entry.prefix);
    return 2;
}

/* table:lookup_many(addresses[, default]) -> list of values; default (false) where there is no route.
 * Upvalues as l_lookup. */
static int l_lookup_many(lua_State *L)
{
    struct cidr_routes *r = cidr_check_routes(L, 1);
    luaL_checktype(L, 2, LUA_TTABLE);
    if (lua_isnoneornil(L, 3)) {
        lua_settop(L, 2);
        lua_pushboolean(L, 0);
    }
    lua_settop(L, 3);
    lua_Integer count = (lua_Integer)lua_rawlen(L, 2);
    lua_getiuservalue(L, 1, VALUES);
    lua_createtable(L, (int)count, 0);
    for (lua_Integer i = 1; i <= count; i++) {
        lua_rawgeti(L, 2, i);
        const struct cidr_scoped *scoped = cidr_instance(L, 6, 2);
        struct cidr_address address = scoped ? scoped->address : cidr_check_address(L, 6);
        lua_pop(L, 1);
        uint32_t number = cidr_table_lookup(&r->table, address);
        if (number == CIDR_NO_VALUE)
            lua_pushvalue(L, 3);
        else
            lua_rawgeti(L, 4, (lua_Integer)number + 1);
        lua_rawseti(L, 5, i);
    }
    return 1;
}

/* #table -> number of entries */
static int l_count(lua_State *L)
{
    lua_pushinteger(L, (lua_Integer)cidr_table_count(&cidr_check_routes(L, 1)->table));
    return 1;
}

/* table:memory() -> bytes held outside the Lua heap */
static int l_memory(lua_State *L)
{
    lua_pushinteger(L, (lua_Integer)cidr_table_memory(&cidr_check_routes(L, 1)->table));
    return 1;
}

static int l_tostring(lua_State *L)
{
    lua_pushfstring(L, "cidr.route_table (%d entries)",
                    (int)cidr_table_count(&cidr_check_routes(L, 1)->table));
    return 1;
}

/* cidr.route_table([list of {prefix, value}]) -> table */
int cidr_l_route_table(lua_State *L)
{
    lua_settop(L, 1);
    if (!lua_isnil(L, 1))
        luaL_checktype(L, 1, LUA_TTABLE);
    struct cidr_routes *r = cidr_push_routes(L);
    lua_Integer count = lua_isnil(L, 1) ? 0 : luaL_len(L, 1);
    for (lua_Integer i = 1; i <= count; i++) {
        if (lua_geti(L, 1, i) != LUA_TTABLE)
            return luaL_error(L, "element %I of the list is a %s, not {prefix, value}", i,
                              luaL_typename(L, -1));
        struct cidr_prefix prefix;
        lua_geti(L, 3, 1);
        lua_geti(L, 3, 2);
        if (!cidr_to_block(L, 4, &prefix) || lua_isnil(L, 5))
            return luaL_error(L, "element %I of the list is not {prefix, value}", i);
        uint32_t old = cidr_route_insert(L, 2, prefix, 5);
        if (old != CIDR_NO_VALUE)
            release_value(L, r, 2, old);
        lua_settop(L, 2);
    }
    return 1;
}

static const luaL_Reg methods[] = {{"insert", l_insert},   {"delete", l_delete}, {"exact", l_exact},
                                   {"longest", l_longest}, {"memory", l_memory}, {NULL, NULL}};

static const luaL_Reg quick_methods[] = {{"lookup", l_lookup}, {"lookup_many", l_lookup_many}, {NULL, NULL}};

static const luaL_Reg metamethods[] = {
    {"__gc", l_gc}, {"__close", l_gc}, {"__len", l_count}, {"__tostring", l_tostring}, {NULL, NULL}};

void cidr_open_routes(lua_State *L)
{
    luaL_newmetatable(L, CIDR_TABLE);
    luaL_setfuncs(L, metamethods, 0);
    luaL_newlib(L, methods);
    luaL_setfuncs(L, cidr_route_list_methods, 0);
    lua_pushvalue(L, -2);
    luaL_getmetatable(L, CIDR_ADDRESS);
    luaL_setfuncs(L, quick_methods, 2);
    lua_setfield(L, -2, "__index");
    lua_pop(L, 1);
}
