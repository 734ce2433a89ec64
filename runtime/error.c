/* SPDX-License-Identifier: MIT
 * error.c: builds the error table; its metatable gets __tostring from runtime/lua/errors.lua. */
#include "runtime/error.h"

#include <lauxlib.h>
#include <stdarg.h>

#define ERROR_METATABLE "peerway.error"

static void push_error(lua_State *L, const char *kind, const char *code, const char *format,
                       va_list arguments)
{
    luaL_checkstack(L, 4, "error value");
    lua_createtable(L, 0, 6);
    lua_pushstring(L, kind);
    lua_setfield(L, -2, "kind");
    lua_pushstring(L, code);
    lua_setfield(L, -2, "code");
    lua_pushvfstring(L, format, arguments);
    lua_setfield(L, -2, "message");
    luaL_newmetatable(L, ERROR_METATABLE);
    lua_setmetatable(L, -2);
}

void error_push(lua_State *L, const char *kind, const char *code, const char *message, ...)
{
    va_list arguments;
    va_start(arguments, message);
    push_error(L, kind, code, message, arguments);
    va_end(arguments);
}

void error_set(lua_State *L, const char *field, const char *value)
{
    if (!value)
        return;
    lua_pushstring(L, value);
    lua_setfield(L, -2, field);
}

int error_raise(lua_State *L, const char *kind, const char *code, const char *message, ...)
{
    va_list arguments;
    va_start(arguments, message);
    push_error(L, kind, code, message, arguments);
    va_end(arguments);
    return lua_error(L);
}

/* Returns the metatable of error values. */
int luaopen_errors_native(lua_State *L);
int luaopen_errors_native(lua_State *L)
{
    luaL_newmetatable(L, ERROR_METATABLE);
    return 1;
}
