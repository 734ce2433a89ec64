/* SPDX-License-Identifier: MIT
 * http_lua.c: the table that modules/http/init.lua builds on. */
#include "modules/http/binding.h"

#include <lauxlib.h>

int luaopen_http_native(lua_State *L);

int luaopen_http_native(lua_State *L)
{
    static const luaL_Reg functions[] = {
        {"request", http_l_request}, {"mount", http_l_mount}, {"serve", http_l_serve}, {NULL, NULL}};
    http_mount_metatable(L);
    http_inbound_metatable(L);
    http_server_metatable(L);
    luaL_newlib(L, functions);
    return 1;
}
