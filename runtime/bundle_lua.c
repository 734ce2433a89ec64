/* SPDX-License-Identifier: MIT
 * bundle_lua.c: module `bundle`: the embedded Lua files by name. */
#include "runtime/bundle.h"

#include <lauxlib.h>
#include <stdio.h>
#include <string.h>

static const struct bundled_script *find(const char *name)
{
    for (const struct bundled_script *script = bundled_scripts; script->name; script++) {
        if (strcmp(script->name, name) == 0)
            return script;
    }
    return NULL;
}

/* load(name) -> chunk, path | nil: text only (mode "t"): bytecode can crash Lua 5.4.4 */
static int l_load(lua_State *L)
{
    const struct bundled_script *script = find(luaL_checkstring(L, 1));
    if (!script)
        return 0;
    lua_pushfstring(L, "@%s", script->path);
    if (luaL_loadbufferx(L, script->text, script->size, lua_tostring(L, -1), "t") != LUA_OK)
        return lua_error(L);
    lua_pushstring(L, script->path);
    return 2;
}

/* path(name) -> path in the source tree | nil */
static int l_path(lua_State *L)
{
    const struct bundled_script *script = find(luaL_checkstring(L, 1));
    if (!script)
        return 0;
    lua_pushstring(L, script->path);
    return 1;
}

/* source(name) -> text, path | nil */
static int l_source(lua_State *L)
{
    const struct bundled_script *script = find(luaL_checkstring(L, 1));
    if (!script)
        return 0;
    lua_pushlstring(L, script->text, script->size);
    lua_pushstring(L, script->path);
    return 2;
}

/* names() -> list of module names */
static int l_names(lua_State *L)
{
    lua_newtable(L);
    int index = 1;
    for (const struct bundled_script *script = bundled_scripts; script->name; script++) {
        lua_pushstring(L, script->name);
        lua_rawseti(L, -2, index++);
    }
    return 1;
}

int luaopen_bundle(lua_State *L);
int luaopen_bundle(lua_State *L)
{
    static const luaL_Reg functions[] = {
        {"load", l_load}, {"path", l_path}, {"source", l_source}, {"names", l_names}, {NULL, NULL}};
    luaL_newlib(L, functions);
#ifdef __SANITIZE_ADDRESS__
    lua_pushboolean(L, 1); /* freed memory stays in quarantine: memory bounds do not hold */
    lua_setfield(L, -2, "sanitized");
#endif
    lua_pushliteral(L, PEERWAY_VERSION);
    lua_setfield(L, -2, "version");
    return 1;
}
