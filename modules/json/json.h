/* SPDX-License-Identifier: MIT
 * json.h: what the three Lua-facing files of this module share. */
#ifndef PEERWAY_JSON_H
#define PEERWAY_JSON_H

#include <lua.h>

/* Registry key of the metatable that marks a table as an array. */
#define JSON_ARRAY "peerway.json.array"
#define JSON_DEFAULT_DEPTH 128
#define JSON_DEFAULT_SIZE (64 << 20)

/* Lua: json.decode(text[, options]) -> value; json.try_decode the same, or nil and the error value. Upvalue
 * of both: what json_push_decoder pushes. */
int json_decode(lua_State *L);
int json_try_decode(lua_State *L);
/* What is kept from text to text. [-0, +1, m] */
void json_push_decoder(lua_State *L);

/* Lua: json.encode(value[, options]) -> text */
int json_encode(lua_State *L);

/* True when the table at `index` bears the array metatable. [-0, +0, -] */
int json_is_marked_array(lua_State *L, int index);

#endif
