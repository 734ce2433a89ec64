/* SPDX-License-Identifier: MIT
 * mount.h: handlers in this process that answer for an origin; libcurl is never entered for them. */
#ifndef PEERWAY_HTTP_MOUNT_H
#define PEERWAY_HTTP_MOUNT_H

#include "modules/http/exchange.h"
#include "modules/http/inbound.h"

/* A userdata; linked into the state's list until closed. */
struct mount {
    struct mount *next;
    struct http_state *state;
    struct door *door; /* NULL: closed */
    bool any;          /* "*" */
    int predicate;     /* registry reference, or LUA_NOREF */
    struct http_url origin;
};

/* The newest mount that matches; NULL when none does. A predicate that raises fails the exchange. */
struct mount *mount_find(struct http_exchange *exchange);
/* Hands the exchange to the mount's handler, or fails it. */
void mount_send(struct mount *mount, struct http_exchange *exchange);
/* The exchange no longer waits for its handler, which goes on. */
void mount_drop(struct http_exchange *exchange);

/* mount_lua.c: calls a predicate with the parts of the URL. Returns 1, 0, or -1 after failing. */
int mount_ask(struct mount *mount, struct http_exchange *exchange);

/* mount_lua.c: closes every mount (the runtime ends). */
void mount_close_all(struct http_state *state);

#endif
