/* SPDX-License-Identifier: MIT
 * state.c: what the http module keeps per runtime, and its end. */
#include "modules/http/client.h"
#include "modules/http/exchange.h"
#include "modules/http/mount.h"
#include "modules/http/server.h"

#include "runtime/runtime.h"

#include <lauxlib.h>
#include <stdlib.h>

static const char state_key;

static void state_free(void *arg)
{
    struct http_state *state = arg;
    server_close_all(state);
    mount_close_all(state);
    inbound_free_pending(state);
    client_free(state->client);
    lua_pushnil(state->rt->L);
    lua_rawsetp(state->rt->L, LUA_REGISTRYINDEX, &state_key);
    free(state);
}

struct http_state *http_state(struct runtime *rt)
{
    lua_State *L = rt->L;
    luaL_checkstack(L, 4, "http");
    lua_rawgetp(L, LUA_REGISTRYINDEX, &state_key);
    struct http_state *state = lua_touserdata(L, -1);
    lua_pop(L, 1);
    if (state)
        return state;
    state = calloc(1, sizeof *state);
    if (!state) {
        luaL_error(L, "not enough memory");
        return NULL;
    }
    state->rt = rt;
    lua_pushlightuserdata(L, state);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &state_key);
    runtime_at_exit(L, state_free, state);
    return state;
}
