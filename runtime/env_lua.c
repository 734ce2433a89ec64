/* SPDX-License-Identifier: MIT
 * env_lua.c: module `env`: environment variables, but never a secret: those are read by C only. */
#include <ctype.h>
#include <lauxlib.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/env.h"

extern char **environ;

bool env_is_secret(const char *name, size_t length)
{
    static const char *const marks[] = {"SECRET", "TOKEN", "PASSWORD", "PASSWD", "PRIVATE_KEY"};
    char upper[256];
    if (length >= sizeof upper)
        return true; /* too long to judge */
    for (size_t i = 0; i < length; i++)
        upper[i] = (char)toupper((unsigned char)name[i]);
    upper[length] = '\0';
    /* A file's name is no secret: ALIBABA_CLOUD_OIDC_TOKEN_FILE. */
    if (length > 5 && strcmp(upper + length - 5, "_FILE") == 0)
        return false;
    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++) {
        if (strstr(upper, marks[i]))
            return true;
    }
    return false;
}

/* get(name) -> value | nil; names of secrets give nil */
static int l_get(lua_State *L)
{
    size_t length;
    const char *name = luaL_checklstring(L, 1, &length);
    const char *value = env_is_secret(name, length) ? NULL : getenv(name);
    lua_pushstring(L, value);
    return 1;
}

/* is_secret(name) -> boolean: get would refuse it */
static int l_is_secret(lua_State *L)
{
    size_t length;
    const char *name = luaL_checklstring(L, 1, &length);
    lua_pushboolean(L, env_is_secret(name, length));
    return 1;
}

/* names() -> list of the names that are set */
static int l_names(lua_State *L)
{
    lua_newtable(L);
    int index = 1;
    for (char **entry = environ; entry && *entry; entry++) {
        const char *equals = strchr(*entry, '=');
        if (!equals)
            continue;
        lua_pushlstring(L, *entry, (size_t)(equals - *entry));
        lua_rawseti(L, -2, index++);
    }
    return 1;
}

int luaopen_env(lua_State *L);
int luaopen_env(lua_State *L)
{
    static const luaL_Reg functions[] = {
        {"get", l_get}, {"is_secret", l_is_secret}, {"names", l_names}, {NULL, NULL}};
    luaL_newlib(L, functions);
    return 1;
}
