/* SPDX-License-Identifier: MIT
 * inbound.c: life of a request on its way to a handler. No Lua but the registry reference of a door. */
#include "modules/http/inbound.h"
#include "modules/http/exchange.h"

#include "runtime/runtime.h"
#include "runtime/task.h"

#include <lauxlib.h>
#include <stdlib.h>
#include <string.h>

struct door *door_new(lua_State *L, struct http_state *state)
{
    struct door *door = calloc(1, sizeof *door);
    if (!door) {
        luaL_error(L, "not enough memory");
        return NULL;
    }
    door->state = state;
    door->references = 1;
    door->run = LUA_NOREF;
    return door;
}

static void door_release(struct door *door)
{
    if (--door->references == 0)
        free(door);
}

void door_close(lua_State *L, struct door **door)
{
    if (!*door)
        return;
    (*door)->closed = true;
    luaL_unref(L, LUA_REGISTRYINDEX, (*door)->run);
    (*door)->run = LUA_NOREF;
    door_release(*door);
    *door = NULL;
}

struct inbound *inbound_new(struct door *door)
{
    struct inbound *inbound = calloc(1, sizeof *inbound);
    if (inbound) {
        inbound->door = door;
        door->references++;
    }
    return inbound;
}

bool inbound_deliver(struct inbound *inbound)
{
    struct http_state *state = inbound->door->state;
    if (!task_spawn_c(state->rt, inbound_run, inbound, "http handler")) {
        inbound_free(inbound);
        return false;
    }
    inbound->next = state->pending;
    state->pending = inbound;
    return true;
}

void inbound_reply(struct inbound *inbound, struct reply *reply)
{
    reply_callback callback = inbound->reply;
    inbound->reply = NULL;
    if (callback)
        callback(inbound->arg, reply);
}

void inbound_free(struct inbound *inbound)
{
    struct reply drop = {.fault = FAULT_DROP};
    inbound_reply(inbound, &drop);
    if (inbound->cleanse && inbound->target)
        explicit_bzero(inbound->target, strlen(inbound->target));
    free(inbound->method);
    free(inbound->authority);
    free(inbound->target);
    fields_free(&inbound->fields, true);
    buffer_free(&inbound->body, inbound->cleanse);
    door_release(inbound->door);
    free(inbound);
}

void inbound_free_pending(struct http_state *state)
{
    while (state->pending) {
        struct inbound *inbound = state->pending;
        state->pending = inbound->next;
        inbound_free(inbound);
    }
}

void reply_free(struct reply *reply)
{
    fields_free(&reply->fields, false);
    buffer_free(&reply->body, false);
}
