/* SPDX-License-Identifier: MIT
 * route_lua.h: what the Lua-facing files of route tables share. */
#ifndef PEERWAY_CIDR_ROUTE_LUA_H
#define PEERWAY_CIDR_ROUTE_LUA_H

#include "modules/cidr/route_table.h"
#include "modules/cidr/values_lua.h"

#include <lauxlib.h>

struct cidr_routes {
    struct cidr_table table;
    uint32_t *uses; /* by number: entries that have the value; for a free number the next free one */
    uint32_t room, next;
    uint32_t unused; /* first free number, or CIDR_NO_VALUE */
};

struct cidr_routes *cidr_check_routes(lua_State *L, int arg);

/* Pushes a new empty table. [-0, +1, m] */
struct cidr_routes *cidr_push_routes(lua_State *L);

/* Adds the prefix with the Lua value at stack index `value` to the table at `table` (absolute index);
 * returns the number of the value it replaced, whose use is still counted, or CIDR_NO_VALUE. */
uint32_t cidr_route_insert(lua_State *L, int table, struct cidr_prefix prefix, int value);

/* Pushes the Lua value behind a number. [-0, +1, -] */
void cidr_push_route_value(lua_State *L, int table, uint32_t number);

/* The number that a Lua value has in a table, or CIDR_NO_VALUE. */
uint32_t cidr_find_number(lua_State *L, int table, int value);

/* Methods that return lists: route_list_lua.c */
extern const luaL_Reg cidr_route_list_methods[];

int cidr_l_route_table(lua_State *L);
void cidr_open_routes(lua_State *L);

#endif
