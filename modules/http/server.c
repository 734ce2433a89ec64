/* SPDX-License-Identifier: MIT
 * server.c: libmicrohttpd on the loop: start, turn, stop, and the way of a request to its handler.
 * Its callbacks never touch Lua; the handler's task is started through the runtime. */
#include "modules/http/server.h"

#include "runtime/loop.h"
#include "runtime/runtime.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#define LAZY_API_NAME mhd_api
LAZY_DEFINE(mhd_api, MHD_FUNCTIONS, "libmicrohttpd.so.12", "libmicrohttpd12")

/* Memory per connection: the head of a request must fit, a larger one is answered 431. */
#define CONNECTION_MEMORY ((size_t)96 * 1024)
#define TLS_PRIORITIES "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2"

/* ---- the life of a visit ---- */

/* Called with the raw target before anything else is known of a request. */
static void *visit_begin(void *arg, const char *target, struct MHD_Connection *connection)
{
    struct server *server = arg;
    struct visit *visit = calloc(1, sizeof *visit);
    char *copy = strdup(target);
    if (!visit || !copy) {
        free(visit);
        free(copy);
        return NULL;
    }
    visit->server = server;
    visit->connection = connection;
    visit->target = copy;
    visit->next = server->visits;
    if (server->visits)
        server->visits->previous = visit;
    server->visits = visit;
    return visit;
}

static void visit_end(void *arg, struct MHD_Connection *connection, void **slot,
                      enum MHD_RequestTerminationCode code)
{
    struct server *server = arg;
    struct visit *visit = *slot;
    if (!visit)
        return;
    *slot = NULL;
    if (visit->inbound)
        visit->inbound->reply = NULL;
    if (visit->next)
        visit->next->previous = visit->previous;
    if (visit->previous)
        visit->previous->next = visit->next;
    else
        server->visits = visit->next;
    free(visit->target);
    free(visit->method);
    buffer_free(&visit->body, true);
    reply_free(&visit->reply);
    free(visit);
}

static void connection_changed(void *arg, struct MHD_Connection *connection, void **slot,
                               enum MHD_ConnectionNotificationCode code)
{
    struct server *server = arg;
    if (code == MHD_CONNECTION_NOTIFY_CLOSED)
        server->place_free = true;
}

/* ---- the way to the handler ---- */

struct field_walk {
    struct fields *fields;
    const char *authority;
    bool ok;
};

static enum MHD_Result walk_field(void *arg, enum MHD_ValueKind kind, const char *name, const char *value)
{
    struct field_walk *walk = arg;
    if (!value)
        value = "";
    if (!walk->authority && strcasecmp(name, "host") == 0)
        walk->authority = value;
    walk->ok = walk->ok && fields_add(walk->fields, name, strlen(name), value, strlen(value));
    return walk->ok ? MHD_YES : MHD_NO;
}

static void take_peer(struct visit *visit, struct inbound *inbound)
{
    const union MHD_ConnectionInfo *info =
        visit->server->mhd->MHD_get_connection_info(visit->connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    const struct sockaddr *address = info ? info->client_addr : NULL;
    if (address && address->sa_family == AF_INET) {
        const struct sockaddr_in *v4 = (const struct sockaddr_in *)(const void *)address;
        inet_ntop(AF_INET, &v4->sin_addr, inbound->peer, sizeof inbound->peer);
        inbound->peer_port = ntohs(v4->sin_port);
    } else if (address && address->sa_family == AF_INET6) {
        const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)(const void *)address;
        inet_ntop(AF_INET6, &v6->sin6_addr, inbound->peer, sizeof inbound->peer);
        inbound->peer_port = ntohs(v6->sin6_port);
    }
}

static void turn(struct server *server);

static void timer_due(void *arg)
{
    struct server *server = arg;
    server->timer = NULL;
    turn(server);
}

/* libmicrohttpd must get a turn within `seconds`; it does not ask for one after a resume. */
static void turn_within(struct server *server, double seconds)
{
    if (server->timer)
        loop_timer_cancel(server->timer);
    server->timer = loop_timer_start(server->state->rt->loop, seconds, timer_due, server);
}

static void reply_arrived(void *arg, struct reply *reply)
{
    struct visit *visit = arg;
    visit->inbound = NULL;
    visit->replied = true;
    visit->reply = *reply; /* its memory changes hands */
    memset(reply, 0, sizeof *reply);
    if (visit->reply.fault == FAULT_STALL && visit->reply.fault_bytes == 0)
        return; /* stays suspended until the server closes */
    visit->suspended = false;
    visit->server->mhd->MHD_resume_connection(visit->connection);
    turn_within(visit->server, 0);
}

static bool fill_inbound(struct visit *visit, struct inbound *inbound)
{
    struct server *server = visit->server;
    struct field_walk walk = {&inbound->fields, NULL, true};
    server->mhd->MHD_get_connection_values(visit->connection, MHD_HEADER_KIND, walk_field, &walk);
    inbound->tls = server->tls;
    inbound->socket = true;
    inbound->cleanse = true;
    inbound->port = server->port;
    inbound->method = visit->method;
    inbound->target = visit->target;
    inbound->authority = strdup(walk.authority ? walk.authority : "");
    inbound->body = visit->body;
    visit->method = visit->target = NULL;
    visit->body = (struct buffer){0};
    take_peer(visit, inbound);
    return walk.ok && inbound->authority && inbound->method && inbound->target;
}

static enum MHD_Result visit_deliver(struct visit *visit)
{
    struct inbound *inbound = inbound_new(visit->server->door);
    if (!inbound)
        return MHD_NO;
    if (!fill_inbound(visit, inbound)) {
        inbound_free(inbound);
        return MHD_NO;
    }
    if (!inbound_deliver(inbound))
        return MHD_NO;
    inbound->reply = reply_arrived;
    inbound->arg = visit;
    visit->inbound = inbound;
    visit->suspended = true;
    visit->server->mhd->MHD_suspend_connection(visit->connection);
    return MHD_YES;
}

static enum MHD_Result announced_size(void *arg, enum MHD_ValueKind kind, const char *name, const char *value)
{
    if (value && strcasecmp(name, "content-length") == 0)
        *(unsigned long long *)arg = strtoull(value, NULL, 10);
    return MHD_YES;
}

static enum MHD_Result visit_head(struct visit *visit, const char *method)
{
    unsigned long long announced = 0;
    visit->begun = true;
    visit->method = strdup(method);
    visit->server->mhd->MHD_get_connection_values(visit->connection, MHD_HEADER_KIND, announced_size,
                                                  &announced);
    if (announced <= visit->server->max_body)
        return MHD_YES;
    visit->replied = true;
    visit->reply.status = 413;
    return visit_answer(visit);
}

static enum MHD_Result visit_body(struct visit *visit, const char *data, size_t *size)
{
    size_t taken = *size;
    *size = 0;
    if (visit->replied)
        return MHD_YES; /* already refused: the rest is thrown away */
    if (taken > visit->server->max_body - visit->body.size)
        return MHD_NO; /* a body of unknown length grew too large: the connection ends */
    return buffer_append(&visit->body, data, taken) ? MHD_YES : MHD_NO;
}

/* Called with the head, then for each piece of the body, then at its end, and again after a resume. */
static enum MHD_Result access_request(void *arg, struct MHD_Connection *connection, const char *url,
                                      const char *method, const char *version, const char *data, size_t *size,
                                      void **slot)
{
    struct visit *visit = *slot;
    if (!visit || visit->server->closing)
        return MHD_NO;
    if (!visit->begun)
        return visit_head(visit, method);
    if (*size > 0)
        return visit_body(visit, data, size);
    return visit->replied ? visit_answer(visit) : visit_deliver(visit);
}

/* ---- the loop ---- */

static void descriptor_ready(void *arg, int fd, short revents)
{
    turn(arg);
}

static void turn(struct server *server)
{
    MHD_UNSIGNED_LONG_LONG milliseconds;
    /* At its limit of connections libmicrohttpd forgets the listening socket; it only takes it up again in
     * the run after the one that closed a connection. */
    do {
        server->place_free = false;
        server->mhd->MHD_run(server->daemon);
    } while (server->place_free);
    if (server->mhd->MHD_get_timeout(server->daemon, &milliseconds) == MHD_YES)
        turn_within(server, (double)milliseconds / 1000);
}

static struct MHD_Daemon *start_daemon(struct server *server, const struct server_options *options)
{
    unsigned flags = MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME | (options->certificate ? MHD_USE_TLS : 0);
    struct MHD_OptionItem tls[] = {
        {MHD_OPTION_HTTPS_MEM_CERT, 0, (void *)(uintptr_t)options->certificate},
        {MHD_OPTION_HTTPS_MEM_KEY, 0, (void *)(uintptr_t)options->key},
        {MHD_OPTION_HTTPS_PRIORITIES, 0, (void *)(uintptr_t)TLS_PRIORITIES},
        {MHD_OPTION_END, 0, NULL},
    };
    struct MHD_OptionItem none[] = {{MHD_OPTION_END, 0, NULL}};
    return server->mhd->MHD_start_daemon(
        flags, 0, NULL, NULL, access_request, server, MHD_OPTION_LISTEN_SOCKET, options->listen_fd,
        MHD_OPTION_CONNECTION_LIMIT, options->max_connections, MHD_OPTION_CONNECTION_TIMEOUT,
        options->idle_seconds, MHD_OPTION_CONNECTION_MEMORY_LIMIT, CONNECTION_MEMORY,
        MHD_OPTION_URI_LOG_CALLBACK, visit_begin, server, MHD_OPTION_NOTIFY_COMPLETED, visit_end, server,
        MHD_OPTION_NOTIFY_CONNECTION, connection_changed, server, MHD_OPTION_ARRAY,
        options->certificate ? tls : none, MHD_OPTION_END);
}

const char *server_start(struct server *server, const struct server_options *options)
{
    const char *why = NULL;
    server->mhd = mhd_api_load(&why);
    server->max_body = options->max_body;
    server->tls = options->certificate != NULL;
    server->daemon = server->mhd ? start_daemon(server, options) : NULL;
    if (!server->daemon) {
        close(options->listen_fd);
        return why                    ? why
               : options->certificate ? "libmicrohttpd does not start: is the certificate or the key no PEM, "
                                        "or do they not match?"
                                      : "libmicrohttpd does not start";
    }
    const union MHD_DaemonInfo *info =
        server->mhd->MHD_get_daemon_info(server->daemon, MHD_DAEMON_INFO_EPOLL_FD);
    server->watch =
        info ? loop_watch_fd(server->state->rt->loop, info->epoll_fd, POLLIN, descriptor_ready, server)
             : NULL;
    if (server->watch)
        return NULL;
    server_stop(server);
    return "out of memory";
}

void server_stop(struct server *server)
{
    if (!server->daemon)
        return;
    server->closing = true;
    if (server->watch)
        loop_unwatch(server->watch);
    if (server->timer)
        loop_timer_cancel(server->timer);
    /* libmicrohttpd aborts the process when it stops with suspended connections. */
    for (struct visit *visit = server->visits; visit; visit = visit->next) {
        if (visit->inbound)
            visit->inbound->reply = NULL;
        visit->inbound = NULL;
        if (visit->suspended)
            server->mhd->MHD_resume_connection(visit->connection);
        visit->suspended = false;
    }
    server->mhd->MHD_stop_daemon(server->daemon);
    server->daemon = NULL;
    server->watch = NULL;
    server->timer = NULL;
}
