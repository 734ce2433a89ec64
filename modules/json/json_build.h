/* SPDX-License-Identifier: MIT
 * json_build.h: the functions through which lua-cjson makes its values. In our copy of its library (see
 * cmake/Cjson.cmake) three functions of the Lua API carry the names below, so that tables get their size and
 * integers their digits when they are made, and no second walk over the values is needed. */
#ifndef PEERWAY_JSON_BUILD_H
#define PEERWAY_JSON_BUILD_H

#include "modules/json/json_scan.h"

#include <lua.h>

/* lua-cjson decodes `text`, of which `shape` is the shape, from here to json_build_end. With `keep_null`
 * fields with null stay, as light userdata NULL; else they are left out. Not to be nested. */
void json_build_begin(const char *text, const struct json_shape *shape, bool keep_null);
void json_build_end(void);

/* lua_createtable: the next container of the shape, arrays with their metatable. [-0, +1, m] */
void json_build_table(lua_State *L, int array_size, int record_size);
/* lua_pushnumber: an integer where the number is one; its digits as text beyond 64 bits. [-0, +1, m] */
void json_build_number(lua_State *L, lua_Number number);
/* lua_rawset, which lua-cjson calls for the fields of objects only. [-2, +0, m] */
void json_build_field(lua_State *L, int index);

#endif
