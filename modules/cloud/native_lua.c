/* SPDX-License-Identifier: MIT
 * native_lua.c: module cloud.native: accounts, signatures, verification. */
#include "modules/cloud/environment.h"
#include "modules/cloud/lua_private.h"
#include "runtime/error.h"
#include "runtime/runtime.h"

static const char state_key = 's';

static int state_gc(lua_State *L)
{
    struct native_state *state = lua_touserdata(L, 1);
    signer_free(&state->signer);
    arena_free(&state->inputs);
    return 0;
}

struct native_state *native_state(lua_State *L)
{
    const char *why;
    lua_rawgetp(L, LUA_REGISTRYINDEX, &state_key);
    struct native_state *state = lua_touserdata(L, -1);
    lua_pop(L, 1);
    if (state)
        return state;
    state = lua_newuserdatauv(L, sizeof *state, 0);
    *state = (struct native_state){0};
    lua_createtable(L, 0, 1);
    lua_pushcfunction(L, state_gc);
    lua_setfield(L, -2, "__gc");
    lua_setmetatable(L, -2);
    luaL_getmetatable(L, ACCOUNT_TYPE);
    state->account_type = lua_topointer(L, -1);
    lua_pop(L, 1);
    if (!signer_init(&state->signer, &why))
        error_raise(L, "internal", "MissingLibrary", "requests cannot be signed: %s", why);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &state_key);
    return state;
}

/* native.heap() -> { state = "none"|"locked"|"unlocked"|"plain", used = bytes, statement = text } */
static int l_heap(lua_State *L)
{
    static const char *const names[] = {"none", "locked", "unlocked", "plain"};
    const char *statement;
    enum secret_heap state = secret_heap_state(&statement);
    const struct crypto *crypto = state == SECRET_HEAP_NONE ? NULL : crypto_open(NULL);
    lua_createtable(L, 0, 3);
    lua_pushstring(L, names[state]);
    lua_setfield(L, -2, "state");
    lua_pushinteger(L, crypto ? (lua_Integer)crypto->api->CRYPTO_secure_used() : 0);
    lua_setfield(L, -2, "used");
    lua_pushstring(L, statement);
    lua_setfield(L, -2, "statement");
    return 1;
}

static void at_exit(void *arg)
{
    (void)arg;
    environment_forget();
}

int luaopen_cloud_native(lua_State *L);

int luaopen_cloud_native(lua_State *L)
{
    static const luaL_Reg functions[] = {
        {"account", l_account}, {"describe", l_describe}, {"ready", l_ready}, {"expire", l_expire},
        {"prepare", l_prepare}, {"sign", l_sign},         {"call", l_call},   {"keyring", l_keyring},
        {"verify", l_verify},   {"heap", l_heap},         {NULL, NULL}};
    if (!environment_take())
        return luaL_error(L, "not enough memory for the secrets of the environment");
    runtime_at_exit(L, at_exit, NULL);
    account_metatable(L);
    keyring_metatable(L);
    prepared_metatable(L);
    luaL_newlib(L, functions);
    return 1;
}
