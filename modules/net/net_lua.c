/* SPDX-License-Identifier: MIT
 * net_lua.c: the table of module `net`. */
#include "modules/net/endpoint.h"

#include <lauxlib.h>

int luaopen_net_native(lua_State *L);

int luaopen_net_native(lua_State *L)
{
    static const luaL_Reg functions[] = {{"connect", net_l_connect},
                                         {"tls", net_l_tls},
                                         {"addresses", net_l_addresses},
                                         {"route", net_l_route},
                                         {NULL, NULL}};
    luaL_newlib(L, functions);
    return 1;
}
