/* SPDX-License-Identifier: MIT
 * server.c: sockets of a DNS server on the loop. Never touches Lua. */
#include "modules/dns/server.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { DATAGRAMS_PER_TURN = 64, DATAGRAM_MAX = 4096, PORT_TRIES = 20, BACKLOG = 128, FRAME_MAX = 65535 };

struct dns_connection {
    struct dns_server *server;
    struct dns_connection *next;
    uint64_t id;
    int fd;
    struct loop_watch *watch;
    struct dns_endpoint from;
    bool ending; /* close when `out` is sent */
    uint8_t *in, *out;
    size_t in_size, in_room, out_size, out_room;
};

static void enqueue(struct dns_server *s, const struct dns_endpoint *from, uint64_t connection,
                    const uint8_t *data, size_t size)
{
    struct dns_request *request;

    s->received++;
    request = s->queued < DNS_QUEUE_MAX ? malloc(sizeof *request + size) : NULL;
    if (!request) {
        s->dropped++;
        return;
    }
    request->next = NULL;
    request->from = *from;
    request->connection = connection;
    request->size = size;
    memcpy(request->data, data, size);
    *s->end = request;
    s->end = &request->next;
    s->queued++;
}

struct dns_request *dns_server_take(struct dns_server *server)
{
    struct dns_request *request = server->first;

    if (!request)
        return NULL;
    server->first = request->next;
    if (!server->first)
        server->end = &server->first;
    server->queued--;
    return request;
}

static void on_udp(void *arg, int fd, short revents)
{
    struct dns_server *s = arg;
    uint8_t data[DATAGRAM_MAX];

    for (int i = 0; i < DATAGRAMS_PER_TURN; i++) {
        struct sockaddr_storage address;
        struct dns_endpoint from;
        socklen_t length = sizeof address;
        ssize_t n = recvfrom(fd, data, sizeof data, MSG_DONTWAIT, (struct sockaddr *)&address, &length);

        if (n < 0 && errno != ECONNREFUSED) /* an earlier reply met a closed port: not our concern */
            break;
        if (n > 0 && dns_endpoint_from_sockaddr(&from, (struct sockaddr *)&address, length))
            enqueue(s, &from, 0, data, (size_t)n);
    }
    if (s->first && s->arrived)
        s->arrived(s->arg);
}

/* ---- connections ---- */

static void close_connection(struct dns_connection *c)
{
    struct dns_connection **at = &c->server->connections;

    while (*at != c)
        at = &(*at)->next;
    *at = c->next;
    c->server->n_connections--;
    loop_unwatch(c->watch);
    close(c->fd);
    free(c->in);
    free(c->out);
    free(c);
}

static bool reserve(uint8_t **buffer, size_t *room, size_t size)
{
    if (size <= *room)
        return true;
    uint8_t *grown = realloc(*buffer, size + size / 2 + 512);

    if (!grown)
        return false;
    *buffer = grown;
    *room = size + size / 2 + 512;
    return true;
}

/* Returns false when the connection was closed. */
static bool write_out(struct dns_connection *c)
{
    if (c->out_size > 0) {
        ssize_t n = send(c->fd, c->out, c->out_size, MSG_DONTWAIT | MSG_NOSIGNAL);

        if (n < 0 && errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR) {
            close_connection(c);
            return false;
        }
        if (n > 0) {
            memmove(c->out, c->out + n, c->out_size - (size_t)n);
            c->out_size -= (size_t)n;
        }
    }
    if (c->out_size == 0 && c->ending) {
        close_connection(c);
        return false;
    }
    loop_watch_events(c->watch, c->out_size ? POLLIN | POLLOUT : POLLIN);
    return true;
}

static void take_frames(struct dns_connection *c)
{
    size_t at = 0;

    while (c->in_size - at >= 2) {
        size_t size = (size_t)(c->in[at] << 8 | c->in[at + 1]);

        if (c->in_size - at - 2 < size)
            break;
        enqueue(c->server, &c->from, c->id, c->in + at + 2, size);
        at += 2 + size;
    }
    memmove(c->in, c->in + at, c->in_size - at);
    c->in_size -= at;
}

static void on_connection(void *arg, int fd, short revents)
{
    struct dns_connection *c = arg;
    struct dns_server *s = c->server;

    if (!write_out(c))
        return;
    if (!reserve(&c->in, &c->in_room, c->in_size + 4096)) {
        close_connection(c);
        return;
    }
    ssize_t n = recv(fd, c->in + c->in_size, c->in_room - c->in_size, MSG_DONTWAIT);

    if (n == 0 || (n < 0 && errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR)) {
        close_connection(c);
        return;
    }
    if (n > 0) {
        c->in_size += (size_t)n;
        take_frames(c);
    }
    if (s->first && s->arrived)
        s->arrived(s->arg);
}

static void on_accept(void *arg, int fd, short revents)
{
    struct dns_server *s = arg;
    struct sockaddr_storage address;
    socklen_t length = sizeof address;
    int accepted = accept4(fd, (struct sockaddr *)&address, &length, SOCK_NONBLOCK | SOCK_CLOEXEC);
    struct dns_connection *c = accepted < 0 ? NULL : calloc(1, sizeof *c);

    if (accepted < 0)
        return;
    if (!c || s->n_connections >= DNS_CONNECTIONS_MAX ||
        !dns_endpoint_from_sockaddr(&c->from, (struct sockaddr *)&address, length) ||
        !(c->watch = loop_watch_fd(s->loop, accepted, POLLIN, on_connection, c))) {
        close(accepted);
        free(c);
        return;
    }
    c->server = s;
    c->fd = accepted;
    c->id = ++s->next_connection;
    c->next = s->connections;
    s->connections = c;
    s->n_connections++;
}

static struct dns_connection *find_connection(const struct dns_server *s, uint64_t id)
{
    struct dns_connection *c = s->connections;

    while (c && c->id != id)
        c = c->next;
    return c;
}

/* ---- replies ---- */

/* From a new socket of the same address, hence another port. */
static int send_elsewhere(const struct dns_server *s, const struct dns_request *r, const uint8_t *data,
                          size_t size)
{
    struct sockaddr_storage address;
    struct dns_endpoint local;
    socklen_t length = sizeof address;
    int fd = socket(r->from.address.any.sa_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    if (fd < 0)
        return errno;
    int error = 0;

    if (getsockname(s->udp_fd, (struct sockaddr *)&address, &length) != 0 ||
        !dns_endpoint_from_sockaddr(&local, (struct sockaddr *)&address, length)) {
        error = EINVAL;
    } else {
        dns_endpoint_set_port(&local, 0);
        if (bind(fd, &local.address.any, local.size) != 0 ||
            sendto(fd, data, size, MSG_DONTWAIT, &r->from.address.any, r->from.size) < 0)
            error = errno;
    }
    close(fd);
    return error;
}

int dns_server_reply(struct dns_server *server, const struct dns_request *request, const uint8_t *data,
                     size_t size, bool elsewhere)
{
    if (size > FRAME_MAX)
        return EMSGSIZE;
    if (request->connection == 0) {
        if (server->udp_fd < 0)
            return ENOTCONN;
        if (elsewhere)
            return send_elsewhere(server, request, data, size);
        if (sendto(server->udp_fd, data, size, MSG_DONTWAIT | MSG_NOSIGNAL, &request->from.address.any,
                   request->from.size) < 0)
            return errno;
        return 0;
    }
    struct dns_connection *c = find_connection(server, request->connection);

    if (!c)
        return ENOTCONN;
    if (!reserve(&c->out, &c->out_room, c->out_size + 2 + size))
        return ENOMEM;
    c->out[c->out_size++] = (uint8_t)(size >> 8);
    c->out[c->out_size++] = (uint8_t)size;
    memcpy(c->out + c->out_size, data, size);
    c->out_size += size;
    write_out(c);
    return 0;
}

void dns_server_hang_up(struct dns_server *server, const struct dns_request *request)
{
    struct dns_connection *c = find_connection(server, request->connection);

    if (!c)
        return;
    c->ending = true;
    write_out(c);
}

/* ---- opening and closing ---- */

static int watch(struct dns_server *s)
{
    if (s->udp_fd >= 0)
        s->udp_watch = loop_watch_fd(s->loop, s->udp_fd, POLLIN, on_udp, s);
    if (s->tcp_fd >= 0)
        s->tcp_watch = loop_watch_fd(s->loop, s->tcp_fd, POLLIN, on_accept, s);
    return (s->udp_fd < 0 || s->udp_watch) && (s->tcp_fd < 0 || s->tcp_watch) ? 0 : ENOMEM;
}

static int bound_socket(const struct dns_endpoint *address, int type)
{
    int one = 1, size = 1 << 20;
    int fd = socket(address->address.any.sa_family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    if (fd < 0)
        return -1;
    if (type == SOCK_STREAM)
        setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    else
        setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
    if (bind(fd, &address->address.any, address->size) == 0 &&
        (type != SOCK_STREAM || listen(fd, BACKLOG) == 0))
        return fd;
    int error = errno;

    close(fd);
    errno = error;
    return -1;
}

static void close_sockets(struct dns_server *s)
{
    if (s->udp_fd >= 0)
        close(s->udp_fd);
    if (s->tcp_fd >= 0)
        close(s->tcp_fd);
    s->udp_fd = s->tcp_fd = -1;
}

int dns_server_listen(struct dns_server *server, const struct dns_endpoint *address, bool tcp)
{
    bool any_port = dns_endpoint_port(address) == 0;

    server->end = &server->first;
    server->udp_fd = server->tcp_fd = -1;
    for (int i = 0; i < PORT_TRIES; i++) { /* a port free for UDP may be taken for TCP */
        struct dns_endpoint both = *address;

        server->udp_fd = bound_socket(&both, SOCK_DGRAM);
        if (server->udp_fd < 0)
            return errno;
        dns_endpoint_set_port(&both, dns_server_port(server));
        if (!tcp)
            return watch(server);
        server->tcp_fd = bound_socket(&both, SOCK_STREAM);
        if (server->tcp_fd >= 0)
            return watch(server);
        int error = errno;

        close_sockets(server);
        if (!any_port || error != EADDRINUSE)
            return error;
    }
    return EADDRINUSE;
}

int dns_server_adopt(struct dns_server *server, int udp_fd, int tcp_fd)
{
    server->end = &server->first;
    server->udp_fd = udp_fd < 0 ? -1 : fcntl(udp_fd, F_DUPFD_CLOEXEC, 3);
    server->tcp_fd = tcp_fd < 0 ? -1 : fcntl(tcp_fd, F_DUPFD_CLOEXEC, 3);
    if ((udp_fd >= 0 && server->udp_fd < 0) || (tcp_fd >= 0 && server->tcp_fd < 0))
        return errno;
    if (tcp_fd >= 0) { /* accept must not wait when the client has gone again */
        int flags = fcntl(server->tcp_fd, F_GETFL);

        if (flags < 0 || fcntl(server->tcp_fd, F_SETFL, flags | O_NONBLOCK) != 0)
            return errno;
    }
    return watch(server);
}

uint16_t dns_server_port(const struct dns_server *server)
{
    struct sockaddr_storage address;
    struct dns_endpoint local;
    socklen_t length = sizeof address;
    int fd = server->udp_fd >= 0 ? server->udp_fd : server->tcp_fd;

    if (fd < 0 || getsockname(fd, (struct sockaddr *)&address, &length) != 0 ||
        !dns_endpoint_from_sockaddr(&local, (struct sockaddr *)&address, length))
        return 0;
    return dns_endpoint_port(&local);
}

void dns_server_close(struct dns_server *server)
{
    struct dns_request *request;

    while (server->connections) {
        /* NOLINTNEXTLINE(clang-analyzer-unix.Malloc): close_connection unlinks what it frees */
        close_connection(server->connections);
    }
    if (server->udp_watch)
        loop_unwatch(server->udp_watch);
    if (server->tcp_watch)
        loop_unwatch(server->tcp_watch);
    server->udp_watch = server->tcp_watch = NULL;
    close_sockets(server);
    while ((request = dns_server_take(server)))
        free(request);
}
