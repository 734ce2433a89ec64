/* SPDX-License-Identifier: MIT
 * keyring_lua.c: native.keyring and native.verify, for servers that emulate the cloud. */
#include "modules/cloud/environment.h"
#include "modules/cloud/lua_private.h"
#include "modules/cloud/verify.h"
#include "runtime/error.h"
#include "runtime/runtime.h"
#include "runtime/world.h"

#define KEYRING_TYPE "peerway.cloud.keyring"

/* A secret field: a constant that is documented, or the name of an environment variable. */
static bool secret_field(lua_State *L, int table, const char *name, const char *env_name, struct slice *value)
{
    if (lua_getfield(L, table, env_name) == LUA_TSTRING) {
        if (!environment_secret(lua_tostring(L, -1), value))
            error_raise(L, "credentials", "MissingVariable", "the environment variable %s is not set",
                        lua_tostring(L, -1));
        return true;
    }
    if (lua_getfield(L, table, name) != LUA_TSTRING)
        return false;
    value->data = lua_tolstring(L, -1, &value->size);
    if (!is_demo_secret(*value))
        error_raise(L, "usage", "SecretInLua",
                    "keyring field %s: secrets that pass through Lua must begin with \"sandbox-\"; give %s = "
                    "\"NAME\" of an environment variable for others",
                    name, env_name);
    return true;
}

static bool store(struct ring_key *key, const struct slice *secret, const struct slice *token,
                  const struct slice *bearer)
{
    return (!secret->data || sign_key_init(&key->key, secret->data, secret->size)) &&
           (!token->data || secret_set(&key->token, token->data, token->size)) &&
           (!bearer->data || secret_set(&key->bearer, bearer->data, bearer->size));
}

/* ring:add{ access_key_id=, secret=|secret_env=, token=|token_env=, bearer=|bearer_env=, expires=seconds
 * since 1970, disabled=, account_uid=, identity= }: adds or replaces a key. */
static int l_add(lua_State *L)
{
    struct keyring *ring = luaL_checkudata(L, 1, KEYRING_TYPE);
    struct slice id = {0}, secret = {0}, token = {0}, bearer = {0};
    int old;
    luaL_checktype(L, 2, LUA_TTABLE);
    lua_settop(L, 2);
    lua_getfield(L, 2, "access_key_id");
    id.data = luaL_checklstring(L, -1, &id.size);
    bool has_secret = secret_field(L, 2, "secret", "secret_env", &secret);
    bool has_bearer = secret_field(L, 2, "bearer", "bearer_env", &bearer);
    if (!has_secret && !has_bearer)
        return error_raise(L, "usage", "InvalidKey",
                           "keyring: add needs secret, secret_env, bearer or bearer_env");
    secret_field(L, 2, "token", "token_env", &token);
    lua_getfield(L, 2, "expires");
    int64_t expires = (int64_t)luaL_optnumber(L, -1, 0);
    lua_getfield(L, 2, "disabled");
    bool disabled = lua_toboolean(L, -1);
    /* What native.verify answers with; no secrets in it. */
    lua_createtable(L, 0, 3);
    static const char *const facts[] = {"access_key_id", "account_uid", "identity"};
    for (int i = 0; i < 3; i++) {
        lua_getfield(L, 2, facts[i]);
        lua_setfield(L, -2, facts[i]);
    }
    int reference = luaL_ref(L, LUA_REGISTRYINDEX);
    struct ring_key *key = keyring_put(ring, id, &old);
    if (key)
        key->reference = reference;
    if (old)
        luaL_unref(L, LUA_REGISTRYINDEX, old);
    if (!key || !store(key, &secret, &token, &bearer))
        return luaL_error(L, "not enough memory");
    key->expires = expires;
    key->disabled = disabled;
    return 0;
}

/* ring:remove(access_key_id) -> whether it was there */
static int l_remove(lua_State *L)
{
    struct keyring *ring = luaL_checkudata(L, 1, KEYRING_TYPE);
    struct slice id;
    int reference = 0;
    id.data = luaL_checklstring(L, 2, &id.size);
    bool removed = keyring_remove(ring, id, &reference);
    if (removed)
        luaL_unref(L, LUA_REGISTRYINDEX, reference);
    lua_pushboolean(L, removed);
    return 1;
}

static int l_gc(lua_State *L)
{
    struct keyring *ring = luaL_checkudata(L, 1, KEYRING_TYPE);
    for (struct ring_key *key = ring->keys; key; key = key->next)
        luaL_unref(L, LUA_REGISTRYINDEX, key->reference);
    keyring_free(ring);
    return 0;
}

/* native.keyring{ skew = 900 }? -> ring */
int l_keyring(lua_State *L)
{
    lua_Number skew = KEYRING_SKEW;
    if (lua_istable(L, 1)) {
        lua_getfield(L, 1, "skew");
        skew = luaL_optnumber(L, -1, KEYRING_SKEW);
    }
    native_state(L);
    struct keyring *ring = lua_newuserdatauv(L, sizeof *ring, 0);
    *ring = (struct keyring){.skew = (int64_t)skew};
    luaL_setmetatable(L, KEYRING_TYPE);
    return 1;
}

static struct slice request_text(lua_State *L, const char *name, const char *missing)
{
    struct slice text = slice_of(missing);
    lua_pushstring(L, name);
    if (lua_rawget(L, 2) == LUA_TSTRING)
        text.data = lua_tolstring(L, -1, &text.size);
    lua_pop(L, 1);
    return text;
}

static void add_header(lua_State *L, struct arena *arena, struct pairs *headers, int name, int value)
{
    struct slice n, v;
    if (lua_type(L, name) != LUA_TSTRING || lua_type(L, value) != LUA_TSTRING)
        error_raise(L, "usage", "InvalidRequest", "verify: headers must be texts");
    n.data = lua_tolstring(L, name, &n.size);
    v.data = lua_tolstring(L, value, &v.size);
    if (!pairs_add(arena, headers, n, v))
        luaL_error(L, "not enough memory");
}

/* header_list ({{name, value}...}) when given, because it shows repeated headers; else headers. */
static void read_headers(lua_State *L, struct arena *arena, struct pairs *headers)
{
    lua_pushliteral(L, "header_list");
    if (lua_rawget(L, 2) == LUA_TTABLE) {
        int list = lua_gettop(L);
        for (lua_Integer i = 1; lua_rawgeti(L, list, i) == LUA_TTABLE; i++) {
            lua_rawgeti(L, -1, 1);
            lua_rawgeti(L, -2, 2);
            add_header(L, arena, headers, lua_gettop(L) - 1, lua_gettop(L));
            lua_settop(L, list);
        }
        return;
    }
    lua_pushliteral(L, "headers");
    if (lua_rawget(L, 2) != LUA_TTABLE)
        return;
    int table = lua_gettop(L);
    lua_pushnil(L);
    while (lua_next(L, table)) {
        add_header(L, arena, headers, lua_gettop(L) - 1, lua_gettop(L));
        lua_settop(L, table + 1);
    }
}

static int push_refusal(lua_State *L, struct verify_result *result)
{
    lua_pushnil(L);
    lua_createtable(L, 0, 5);
    lua_pushstring(L, result->code);
    lua_setfield(L, -2, "code");
    lua_pushlstring(L, result->message.data ? result->message.data : "", result->message.size);
    lua_setfield(L, -2, "message");
    lua_pushinteger(L, result->http_status);
    lua_setfield(L, -2, "http_status");
    lua_pushstring(L, result->protocol);
    lua_setfield(L, -2, "protocol");
    if (result->access_key_id.size) {
        lua_pushlstring(L, result->access_key_id.data, result->access_key_id.size);
        lua_setfield(L, -2, "access_key_id");
    }
    bytes_free(&result->message);
    return 2;
}

static int push_caller(lua_State *L, const struct verify_result *result)
{
    static const char *const facts[] = {"access_key_id", "account_uid", "identity"};
    lua_createtable(L, 0, 4);
    lua_rawgeti(L, LUA_REGISTRYINDEX, result->key->reference);
    for (int i = 0; i < 3; i++) {
        lua_getfield(L, -1, facts[i]);
        lua_setfield(L, -3, facts[i]);
    }
    lua_pop(L, 1);
    lua_pushstring(L, result->protocol);
    lua_setfield(L, -2, "protocol");
    return 1;
}

/* native.verify(ring, request, { now = seconds }?) -> { access_key_id, account_uid, identity, protocol }, or
 * nil, { code, message, http_status, protocol }. `request` as handlers of module http get it: method, path,
 * query, headers, header_list, body. protocol "anonymous": the request carries no credential. */
int l_verify(lua_State *L)
{
    struct keyring *ring = luaL_checkudata(L, 1, KEYRING_TYPE);
    struct native_state *state = native_state(L);
    struct runtime *rt = runtime_of(L);
    struct verify_result result = {0};
    luaL_checktype(L, 2, LUA_TTABLE);
    double now = rt->world->wall(rt->world);
    if (lua_istable(L, 3)) {
        lua_getfield(L, 3, "now");
        now = luaL_optnumber(L, -1, now);
    }
    signer_wipe(&state->signer);
    struct verify_request request = {.now = (int64_t)now,
                                     .method = request_text(L, "method", "GET"),
                                     .path = request_text(L, "path", "/"),
                                     .query = request_text(L, "query", ""),
                                     .body = request_text(L, "body", "")};
    read_headers(L, &state->signer.arena, &request.headers);
    signature_verify(&state->signer, ring, &request, &result);
    int count = result.key ? push_caller(L, &result) : push_refusal(L, &result);
    bytes_free(&result.message);
    signer_wipe(&state->signer);
    return count;
}

void keyring_metatable(lua_State *L)
{
    static const luaL_Reg methods[] = {{"add", l_add}, {"remove", l_remove}, {NULL, NULL}};
    luaL_newmetatable(L, KEYRING_TYPE);
    lua_pushcfunction(L, l_gc);
    lua_setfield(L, -2, "__gc");
    luaL_newlib(L, methods);
    lua_setfield(L, -2, "__index");
    lua_pushliteral(L, "keyring");
    lua_setfield(L, -2, "__metatable");
    lua_pop(L, 1);
}
