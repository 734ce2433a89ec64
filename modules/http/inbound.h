/* SPDX-License-Identifier: MIT
 * inbound.h: a request as a handler gets it, and the reply it gives; the same for both doors, mounts
 * in this process and sockets. Each inbound request runs its handler in a task of its own. */
#ifndef PEERWAY_HTTP_INBOUND_H
#define PEERWAY_HTTP_INBOUND_H

#include "modules/http/answer.h"

#include <lua.h>

struct http_state;

/* What a mount and a server have in common; outlives them while requests refer to it. */
struct door {
    struct http_state *state;
    unsigned references;
    bool closed;
    int run; /* registry reference of the Lua function that serves one request */
};

/* Takes the function on top of the stack. [-1, 0, m] */
struct door *door_new(lua_State *L, struct http_state *state);
/* No further request is served. Idempotent; drops the owner's reference. */
void door_close(lua_State *L, struct door **door);

enum fault { FAULT_NONE, FAULT_DROP, FAULT_CUT, FAULT_STALL };

struct reply {
    int status;
    struct fields fields;
    struct buffer body;
    enum fault fault;
    size_t fault_bytes; /* cut and stall: bytes of the body that still arrive */
};

typedef void (*reply_callback)(void *arg, struct reply *reply);

struct inbound {
    struct door *door;
    struct inbound *next; /* among those whose task has not begun */
    bool tls;
    bool socket;  /* came through a server, not a mount */
    bool cleanse; /* holds credentials */
    char *method;
    char *authority;      /* Host header */
    char *target;         /* as received, begins with '/' */
    struct fields fields; /* names as received */
    struct buffer body;
    char peer[64];
    unsigned peer_port;
    unsigned port; /* at which it arrived */
    /* Called once; takes over what it needs from the reply. NULL: nobody waits any more. */
    reply_callback reply;
    void *arg;
};

struct inbound *inbound_new(struct door *door);
/* Starts the handler's task, which owns the inbound from now on. False: out of memory, freed. */
bool inbound_deliver(struct inbound *inbound);
/* Gives the reply to whoever waits; a second reply is ignored. */
void inbound_reply(struct inbound *inbound, struct reply *reply);
/* Frees; whoever still waits gets a dropped connection. */
void inbound_free(struct inbound *inbound);

void reply_free(struct reply *reply);

/* inbound_lua.c: runs in the handler's task; `arg` of task_spawn_c is the inbound. */
int inbound_run(lua_State *L);

/* Frees requests whose task never began (the runtime ends). */
void inbound_free_pending(struct http_state *state);

#endif
