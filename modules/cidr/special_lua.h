/* SPDX-License-Identifier: MIT
 * special_lua.h: what special_lua.c adds to address and prefix values and to the module. */
#ifndef PEERWAY_CIDR_SPECIAL_LUA_H
#define PEERWAY_CIDR_SPECIAL_LUA_H

#include <lauxlib.h>

extern const luaL_Reg cidr_address_special_methods[];
extern const luaL_Reg cidr_prefix_special_methods[];
extern const luaL_Reg cidr_special_functions[];

#endif
