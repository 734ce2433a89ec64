/* SPDX-License-Identifier: MIT
 * json.h: what the three Lua-facing files of this module share. */
#ifndef PEERWAY_JSON_H
#define PEERWAY_JSON_H

#include <lua.h>

/* Registry key of the metatable that marks a table as an array. */
#define JSON_ARRAY "peerway.json.array"
#define JSON_DEFAULT_DEPTH 128
#define JSON_DEFAULT_SIZE (64 << 20)

/* Lua: json.decode(text[, options]) -> value; upvalues: lua-cjson's decode, nil until it is loaded on first
 * use, and what json_push_shape pushes. */
int json_decode(lua_State *L);
/* Memory for the shapes of texts, used again from call to call. [-0, +1, m] */
void json_push_shape(lua_State *L);

/* Lua: json.encode(value[, options]) -> text */
int json_encode(lua_State *L);

/* True when the table at `index` bears the array metatable. [-0, +0, -] */
int json_is_marked_array(lua_State *L, int index);

#endif
