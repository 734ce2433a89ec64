/* SPDX-License-Identifier: MIT
 * term_lua.c: what only the system knows of a terminal: is it one, and how wide; and a question on it. */
#include <lauxlib.h>
#include <lua.h>
#include <sys/ioctl.h>
#include <unistd.h>

static int descriptor(lua_State *L)
{
    static const char *const names[] = {"stdin", "stdout", "stderr", NULL};
    return luaL_checkoption(L, 1, NULL, names);
}

/* is_terminal("stdin" | "stdout" | "stderr") -> boolean */
static int l_is_terminal(lua_State *L)
{
    lua_pushboolean(L, isatty(descriptor(L)));
    return 1;
}

/* columns("stdout" | "stderr") -> integer, or nil when it is no terminal */
static int l_columns(lua_State *L)
{
    struct winsize size;
    if (ioctl(descriptor(L), TIOCGWINSZ, &size) != 0 || size.ws_col == 0)
        return 0;
    lua_pushinteger(L, size.ws_col);
    return 1;
}

static const luaL_Reg functions[] = {{"is_terminal", l_is_terminal}, {"columns", l_columns}, {NULL, NULL}};

int luaopen_term_native(lua_State *L);

int luaopen_term_native(lua_State *L)
{
    luaL_newlib(L, functions);
    return 1;
}
