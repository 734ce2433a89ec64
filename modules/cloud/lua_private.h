/* SPDX-License-Identifier: MIT
 * lua_private.h: what the files of the binding cloud.native share. */
#ifndef PEERWAY_CLOUD_LUA_PRIVATE_H
#define PEERWAY_CLOUD_LUA_PRIVATE_H

#include <lauxlib.h>
#include <lua.h>

#include "modules/cloud/account.h"
#include "modules/cloud/sign.h"

/* One per Lua state, a userdata in the registry. */
struct native_state {
    struct signer signer;
    struct arena inputs;      /* of the request being read */
    const void *account_type; /* metatable of accounts */
    struct world *world;      /* that filled the pool */
    unsigned char pool[512];  /* random bytes for nonces: one system call for many */
    size_t pool_left;
};

/* Opens libcrypto when needed; raises kind "internal" when it is missing. */
struct native_state *native_state(lua_State *L);

/* A call as Lua described it. Slices point into Lua strings or into the arena. */
struct native_request {
    struct sign_request sign;
    bool plain; /* scheme http */
    bool fixed_nonce, fixed_time;
    double clock_offset;
    double timeout, connect_timeout;
    size_t max_body;
    struct slice ca_file, interface, address, proxy;
};

/* Reads the request table at `index` (absolute). With `copy` no slice points into a Lua string, so that
 * the request can outlive a wait; else they are good while the values that it leaves on the stack are
 * there. What a prepared request in field `base` holds must live on in either case. Raises kind "input" or
 * "usage". */
void request_read(lua_State *L, int index, struct arena *arena, bool copy, struct native_request *request);

/* Flattens the table at `index` (absolute) as the documents say; sorted by name, except that a list of
 * {name, value} pairs keeps its order. Raises kind "input" naming the parameter. */
void flatten_table(lua_State *L, int index, struct arena *arena, bool copy, struct pairs *pairs);

/* Fills nonce and time, and adapts the scheme to the account. */
void request_complete(struct native_state *state, struct runtime *rt, struct arena *arena,
                      const struct credential *credential, struct native_request *request);

/* Why the account's credential cannot sign that request, a constant text; NULL: it can. */
const char *account_unusable(const struct account *account, const struct native_request *request);
/* Completes the request and signs it with the account's credential. NULL, or what is wrong (a constant text).
 * What was built lives in the state's signer: wipe it after use. */
const char *request_sign(struct native_state *state, struct runtime *rt, struct account *account,
                         struct arena *inputs, struct native_request *request, struct signed_request *built);

#define ACCOUNT_TYPE "peerway.cloud.account"
struct account *account_check(lua_State *L, int index);
/* The same for the first argument of the functions that are called most. */
struct account *account_first(lua_State *L, const struct native_state *state);
int l_account(lua_State *L);
int l_describe(lua_State *L);
int l_ready(lua_State *L);
int l_expire(lua_State *L);
void account_metatable(lua_State *L);
/* Raises the problem as an error value. */
int problem_raise(lua_State *L, const struct problem *problem);
void problem_push(lua_State *L, const struct problem *problem);

void prepared_metatable(lua_State *L);
int l_prepare(lua_State *L);
int l_sign(lua_State *L);
int l_call(lua_State *L);

int l_keyring(lua_State *L);
int l_verify(lua_State *L);
void keyring_metatable(lua_State *L);

#endif
