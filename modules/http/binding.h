/* SPDX-License-Identifier: MIT
 * binding.h: what the Lua halves of this module give each other. */
#ifndef PEERWAY_HTTP_BINDING_H
#define PEERWAY_HTTP_BINDING_H

#include <lua.h>

int http_l_request(lua_State *L); /* request_lua.c */
int http_l_mount(lua_State *L);   /* mount_lua.c */
int http_l_serve(lua_State *L);   /* serve_lua.c */

void http_mount_metatable(lua_State *L);
void http_inbound_metatable(lua_State *L);
void http_server_metatable(lua_State *L);

struct fields;
/* Pushes {lower-case name -> value}; repeated names are joined by ", ". [-0, +1, m] */
void http_push_fields(lua_State *L, const struct fields *fields);

/* Reads {name = value} or {{name, value}, ...} at `index` into `fields`; raises for what is no header. */
void http_read_fields(lua_State *L, int index, struct fields *fields);

#endif
