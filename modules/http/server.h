/* SPDX-License-Identifier: MIT
 * server.h: the socket door: libmicrohttpd, single-threaded, driven by the loop through its epoll
 * descriptor; a connection is suspended while its handler is at work. */
#ifndef PEERWAY_HTTP_SERVER_H
#define PEERWAY_HTTP_SERVER_H

#include "modules/http/exchange.h"
#include "modules/http/inbound.h"
#include "modules/http/mhd_api.h"

struct loop_watch;
struct visit;

struct server_options {
    int listen_fd; /* taken over */
    size_t max_body;
    unsigned max_connections;
    unsigned idle_seconds;
    const char *certificate, *key; /* PEM; NULL: plain http */
};

struct server {
    struct server *next; /* among those of the state */
    struct http_state *state;
    struct door *door; /* NULL: closed */
    const struct mhd_api *mhd;
    struct MHD_Daemon *daemon;
    struct loop_watch *watch;
    struct loop_timer *timer; /* MHD_get_timeout */
    struct visit *visits;
    size_t max_body;
    bool tls;
    bool closing;
    bool place_free; /* a connection was closed in this run */
    unsigned port;
};

/* One request on a connection, from its first line to its completion. */
struct visit {
    struct server *server;
    struct MHD_Connection *connection;
    struct visit *previous, *next;
    char *target;
    char *method;
    struct buffer body;
    struct inbound *inbound; /* while its handler is at work */
    struct reply reply;
    bool begun, suspended, replied;
};

/* Starts serving on the options' socket; NULL, or why not (the socket is closed then too). */
const char *server_start(struct server *server, const struct server_options *options);
/* Ends all connections. Idempotent. The door stays the caller's. */
void server_stop(struct server *server);

/* server_reply.c: queues the visit's reply, or carries out its fault. */
enum MHD_Result visit_answer(struct visit *visit);

/* serve_lua.c: closes every server that is still open (the runtime ends). */
void server_close_all(struct http_state *state);

#endif
