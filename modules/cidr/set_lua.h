/* SPDX-License-Identifier: MIT
 * set_lua.h: what the Lua-facing files of prefix sets share. */
#ifndef PEERWAY_CIDR_SET_LUA_H
#define PEERWAY_CIDR_SET_LUA_H

#include "modules/cidr/prefix_set.h"
#include "modules/cidr/set_text.h"

#include <lauxlib.h>

/* Pushes a new empty set; fill it, then call cidr_finish_set. [-0, +1, m] */
struct cidr_set *cidr_push_set(lua_State *L);

/* Tells the collector about memory that was allocated outside it. */
void cidr_account(lua_State *L, size_t bytes);

/* Normalises a set under construction; raises when out of memory. */
void cidr_finish_set(lua_State *L, struct cidr_set *set);

/* Raises "out of memory" unless ok. */
void cidr_check_memory(lua_State *L, bool ok);

/* The argument as a set: a set, or whatever cidr.set() takes, which is replaced on the stack by a set. */
const struct cidr_set *cidr_check_set(lua_State *L, int arg);

/* Raises kind "input", code "InvalidSet" for a text that was refused; `source` names the file, or NULL. */
int cidr_raise_set_text(lua_State *L, const char *source, const struct cidr_text_problem *problem);

/* cidr_account for the arrays of a set. */
void cidr_account_set(lua_State *L, const struct cidr_set *set);

/* Methods in other files: counts and lists; text and files; free space. NULL-terminated luaL_Reg arrays. */
extern const luaL_Reg cidr_set_list_methods[];
extern const luaL_Reg cidr_set_list_metamethods[];
extern const luaL_Reg cidr_set_io_methods[];
extern const luaL_Reg cidr_set_free_methods[];

/* cidr.set(...), cidr.read(path[, options]), cidr.is_set(value) */
int cidr_l_set(lua_State *L);
int cidr_l_read(lua_State *L);
int cidr_l_is_set(lua_State *L);

void cidr_open_set(lua_State *L);

#endif
