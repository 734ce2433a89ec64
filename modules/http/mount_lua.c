/* SPDX-License-Identifier: MIT
 * mount_lua.c: mounts as userdata, and the call of a predicate. */
#include "modules/http/binding.h"
#include "modules/http/mount.h"

#include "runtime/error.h"
#include "runtime/runtime.h"

#include <lauxlib.h>
#include <string.h>

#define MOUNT_METATABLE "peerway.http.mount"

static int ask_protected(lua_State *L)
{
    const struct http_exchange *x = lua_touserdata(L, 2);
    const struct http_url *url = &x->url;
    lua_rawgeti(L, LUA_REGISTRYINDEX, lua_tointeger(L, 1));
    lua_createtable(L, 0, 5);
    lua_pushstring(L, url->tls ? "https" : "http");
    lua_setfield(L, -2, "scheme");
    lua_pushstring(L, url->host);
    lua_setfield(L, -2, "host");
    lua_pushinteger(L, url->port);
    lua_setfield(L, -2, "port");
    lua_pushlstring(L, url->target, url->path_size);
    lua_setfield(L, -2, "path");
    lua_call(L, 1, 1);
    lua_pushboolean(L, lua_toboolean(L, -1));
    return 1;
}

int mount_ask(struct mount *mount, struct http_exchange *x)
{
    lua_State *L = x->state->rt->L;
    if (!lua_checkstack(L, 8))
        return 0;
    lua_pushcfunction(L, ask_protected);
    lua_pushinteger(L, mount->predicate);
    lua_pushlightuserdata(L, x);
    int status = lua_pcall(L, 2, 1, 0);
    int match = status == LUA_OK ? lua_toboolean(L, -1) : -1;
    if (status != LUA_OK) {
        const char *text = lua_tostring(L, -1);
        exchange_fail(x, "usage", "PredicateFailed", "start", NULL, "the predicate of a mount failed: %s",
                      text ? text : "it raised an error value");
    }
    lua_pop(L, 1);
    return match;
}

static void take_origin(lua_State *L, struct mount *mount)
{
    if (lua_isfunction(L, 1)) {
        lua_pushvalue(L, 1);
        mount->predicate = luaL_ref(L, LUA_REGISTRYINDEX);
        return;
    }
    const char *origin = luaL_checkstring(L, 1);
    if (strcmp(origin, "*") == 0) {
        mount->any = true;
        return;
    }
    const char *why = http_url_parse(origin, &mount->origin);
    if (!why && mount->origin.target_size > 1)
        why = "an origin has no path";
    if (why)
        error_raise(L, "usage", "InvalidOrigin",
                    "http.mount: '%s' is no origin (https://host or https://host:port): %s", origin, why);
    mount->origin.target = NULL; /* points into a Lua string */
}

/* mount(origin | "*" | predicate, run) -> userdata */
int http_l_mount(lua_State *L)
{
    luaL_checktype(L, 2, LUA_TFUNCTION);
    struct mount *mount = lua_newuserdatauv(L, sizeof *mount, 0);
    memset(mount, 0, sizeof *mount);
    mount->predicate = LUA_NOREF;
    luaL_setmetatable(L, MOUNT_METATABLE);
    mount->state = http_state(runtime_of(L));
    take_origin(L, mount);
    mount->door = door_new(L, mount->state);
    lua_pushvalue(L, 2);
    mount->door->run = luaL_ref(L, LUA_REGISTRYINDEX);
    mount->next = mount->state->mounts;
    mount->state->mounts = mount;
    lua_pushvalue(L, -1);
    lua_rawsetp(L, LUA_REGISTRYINDEX, mount); /* answers until it is closed, kept by the caller or not */
    return 1;
}

static void close_mount(lua_State *L, struct mount *mount)
{
    if (!mount->door)
        return;
    for (struct mount **link = &mount->state->mounts; *link; link = &(*link)->next)
        if (*link == mount) {
            *link = mount->next;
            break;
        }
    door_close(L, &mount->door);
    luaL_unref(L, LUA_REGISTRYINDEX, mount->predicate);
    lua_pushnil(L);
    lua_rawsetp(L, LUA_REGISTRYINDEX, mount);
}

void mount_close_all(struct http_state *state)
{
    while (state->mounts)
        close_mount(state->rt->L, state->mounts);
}

static int mount_close(lua_State *L)
{
    close_mount(L, luaL_checkudata(L, 1, MOUNT_METATABLE));
    return 0;
}

void http_mount_metatable(lua_State *L)
{
    static const luaL_Reg methods[] = {
        {"close", mount_close}, {"__gc", mount_close}, {"__close", mount_close}, {NULL, NULL}};
    luaL_newmetatable(L, MOUNT_METATABLE);
    luaL_setfuncs(L, methods, 0);
    lua_pushvalue(L, -1);
    lua_setfield(L, -2, "__index");
    lua_pop(L, 1);
}
