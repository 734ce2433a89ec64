/* SPDX-License-Identifier: MIT
 * udp.c: datagrams of the resolver engine. A socket has a random port, is connected to one server (so the
 * kernel drops what others send) and carries a limited number of queries; sendmmsg and recvmmsg batch. */
#include "modules/dns/resolver.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    QUERIES_PER_SOCKET = 256, /* then a new random port is taken */
    ID_BUCKETS = 64,
    ROUNDS = 4, /* of recvmmsg in one turn: a flood must not starve the timers */
    BIND_TRIES = 8,
    FIRST_PORT = 1024,
    RECEIVE_BUFFER = 1 << 20,
};

struct dns_socket {
    struct dns_resolver *resolver;
    struct dns_endpoint server;
    int fd, lent; /* lent: the caller's descriptor of which fd is a copy, or -1 */
    struct loop_watch *watch;
    bool retired, blocked; /* blocked: the kernel takes no more until POLLOUT */
    unsigned used, waiting, ignored;
    struct dns_query *out, **out_end;
    struct dns_query *by_id[ID_BUCKETS];
    struct dns_socket *next;
};

static void on_ready(void *arg, int fd, short revents);

/* Binds to a random port of the world's choice; the kernel's choice when eight are taken. */
static int bind_randomly(struct dns_resolver *r, int fd, int family)
{
    struct dns_endpoint local = {.size =
                                     family == AF_INET6 ? sizeof local.address.v6 : sizeof local.address.v4};

    local.address.any.sa_family = (sa_family_t)family;
    for (int i = 0; i < BIND_TRIES; i++) {
        unsigned port = FIRST_PORT + dns_random16(r) % (65536u - FIRST_PORT);

        dns_endpoint_set_port(&local, (uint16_t)port);
        if (bind(fd, &local.address.any, local.size) == 0)
            return 0;
        if (errno != EADDRINUSE && errno != EACCES)
            return -1;
    }
    return 0;
}

static int open_socket(struct dns_resolver *r, const struct dns_endpoint *server)
{
    int family = server->address.any.sa_family, size = RECEIVE_BUFFER;
    int fd = socket(family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    if (fd < 0)
        return -1;
    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size); /* a smaller buffer only costs retries */
    if (bind_randomly(r, fd, family) == 0 && connect(fd, &server->address.any, server->size) == 0)
        return fd;
    int error = errno;

    close(fd);
    errno = error;
    return -1;
}

static void close_socket(struct dns_socket *s)
{
    if (s->watch)
        loop_unwatch(s->watch);
    if (s->fd >= 0)
        close(s->fd);
    free(s);
}

/* A socket for the query: one in use that may take more, or a new one. NULL: see errno. */
static struct dns_socket *socket_for(struct dns_query *q)
{
    struct dns_resolver *r = q->resolver;
    const struct dns_endpoint *server = &q->policy->servers[q->turn % q->policy->n_servers];
    struct dns_socket *s;

    for (s = r->sockets; s; s = s->next)
        if (!s->retired && s->used < QUERIES_PER_SOCKET && s->lent == q->policy->udp_fd &&
            dns_endpoint_equal(&s->server, server))
            return s;
    s = calloc(1, sizeof *s);
    if (!s)
        return NULL;
    s->resolver = r;
    s->server = *server;
    s->out_end = &s->out;
    s->lent = q->policy->udp_fd;
    s->fd = s->lent < 0 ? open_socket(r, server) : fcntl(s->lent, F_DUPFD_CLOEXEC, 3);
    if (s->fd >= 0)
        s->watch = loop_watch_fd(r->loop, s->fd, POLLIN, on_ready, s);
    if (!s->watch) {
        int error = errno;

        close_socket(s);
        errno = error;
        return NULL;
    }
    s->next = r->sockets;
    r->sockets = s;
    return s;
}

static struct dns_query *find_id(const struct dns_socket *s, unsigned id)
{
    struct dns_query *q = s->by_id[id % ID_BUCKETS];

    while (q && q->id != id)
        q = q->next_id;
    return q;
}

void dns_udp_send(struct dns_query *query)
{
    struct dns_socket *s = socket_for(query);

    if (!s) {
        dns_query_failed(query, dns_outcome_of(errno), errno);
        return;
    }
    do
        query->id = dns_random16(query->resolver);
    while (find_id(s, query->id));
    query->packet[0] = (uint8_t)(query->id >> 8);
    query->packet[1] = (uint8_t)query->id;
    query->next_id = s->by_id[query->id % ID_BUCKETS];
    s->by_id[query->id % ID_BUCKETS] = query;
    query->socket = s;
    query->ignored_before = s->ignored;
    query->next_out = NULL;
    query->queued = true;
    *s->out_end = query;
    s->out_end = &query->next_out;
    s->used++;
    s->waiting++;
}

static void unqueue(struct dns_socket *s, struct dns_query *q)
{
    struct dns_query **at = &s->out;

    while (*at != q)
        at = &(*at)->next_out;
    *at = q->next_out;
    if (s->out_end == &q->next_out)
        s->out_end = at;
    q->queued = false;
}

void dns_udp_forget(struct dns_query *query)
{
    struct dns_socket *s = query->socket;
    struct dns_query **at = &s->by_id[query->id % ID_BUCKETS];

    while (*at != query)
        at = &(*at)->next_id;
    *at = query->next_id;
    if (query->queued)
        unqueue(s, query);
    query->ignored += s->ignored - query->ignored_before;
    query->socket = NULL;
    s->waiting--;
}

/* The server's port is closed, or the way to it: all that wait there learn it at once. */
static void fail_all(struct dns_socket *s, int error)
{
    s->retired = true; /* so that nothing new comes while the list is worked off */
    for (unsigned i = 0; i < ID_BUCKETS; i++)
        while (s->by_id[i])
            dns_query_failed(s->by_id[i], dns_outcome_of(error), error);
}

/* Gives up to DNS_BATCH datagrams to the kernel. */
static void send_some(struct dns_socket *s)
{
    struct mmsghdr messages[DNS_BATCH] = {0};
    struct iovec parts[DNS_BATCH];
    unsigned n = 0;

    for (struct dns_query *q = s->out; q && n < DNS_BATCH; q = q->next_out, n++) {
        parts[n] = (struct iovec){q->packet, q->packet_size};
        messages[n].msg_hdr.msg_iov = &parts[n];
        messages[n].msg_hdr.msg_iovlen = 1;
        if (s->lent >= 0) { /* not connected: it may serve other queries of its owner */
            messages[n].msg_hdr.msg_name = &s->server.address;
            messages[n].msg_hdr.msg_namelen = s->server.size;
        }
    }
    int sent = sendmmsg(s->fd, messages, n, MSG_DONTWAIT | MSG_NOSIGNAL);
    int error = errno;

    if (sent < 0 && (error == EAGAIN || error == EWOULDBLOCK))
        s->blocked = true;
    else if (sent < 0 && error == ECONNREFUSED && s->lent < 0)
        fail_all(s, error);
    else if (sent < 0 && error != EINTR)
        dns_query_failed(s->out, dns_outcome_of(error), error);
    for (int i = 0; i < sent; i++)
        unqueue(s, s->out);
}

/* Checks the sender where the kernel does not, then id and question. */
static void deliver(struct dns_socket *s, const uint8_t *data, size_t size, const struct dns_endpoint *from)
{
    struct dns_query *q = size >= DNS_HEADER_SIZE ? find_id(s, (unsigned)(data[0] << 8 | data[1])) : NULL;

    if (q && s->lent >= 0 && !dns_endpoint_equal(from, &s->server))
        q = NULL;
    if (!q || q->queued || !dns_query_received(q, data, size))
        s->ignored++;
}

/* Returns the number of datagrams read. */
static int receive_some(struct dns_socket *s)
{
    struct mmsghdr messages[DNS_BATCH] = {0};
    struct iovec parts[DNS_BATCH];
    struct dns_endpoint from[DNS_BATCH];

    for (unsigned i = 0; i < DNS_BATCH; i++) {
        parts[i] = (struct iovec){s->resolver->buffers + i * DNS_DATAGRAM_MAX, DNS_DATAGRAM_MAX};
        messages[i].msg_hdr.msg_iov = &parts[i];
        messages[i].msg_hdr.msg_iovlen = 1;
        messages[i].msg_hdr.msg_name = &from[i].address;
        messages[i].msg_hdr.msg_namelen = sizeof from[i].address;
    }
    int n = recvmmsg(s->fd, messages, DNS_BATCH, MSG_DONTWAIT, NULL);

    int error = errno;

    dns_tick(s->resolver);
    if (n < 0 && error != EAGAIN && error != EWOULDBLOCK && error != EINTR)
        fail_all(s, error);
    for (int i = 0; i < n; i++)
        deliver(s, parts[i].iov_base, messages[i].msg_len, &from[i]);
    return n;
}

static void on_ready(void *arg, int fd, short revents)
{
    struct dns_socket *s = arg;
    struct dns_resolver *r = s->resolver;

    s->blocked = false;
    for (int round = 0; round < ROUNDS; round++)
        if (receive_some(s) < DNS_BATCH)
            break;
    dns_resolver_flush(r); /* may free the socket */
}

void dns_udp_flush(struct dns_resolver *resolver)
{
    struct dns_socket **at = &resolver->sockets, *s;

    /* A failed send starts the next attempt, maybe on a socket that was passed already: look again. */
    do {
        for (s = resolver->sockets; s && (!s->out || s->blocked); s = s->next)
            continue;
        if (s)
            send_some(s);
    } while (s);
    for (s = resolver->sockets; s; s = s->next)
        loop_watch_events(s->watch, s->blocked ? POLLIN | POLLOUT : POLLIN);
    while ((s = *at)) {
        if (s->waiting == 0) {
            *at = s->next;
            close_socket(s);
        } else {
            at = &s->next;
        }
    }
}

void dns_udp_close(struct dns_resolver *resolver)
{
    while (resolver->sockets) {
        struct dns_socket *s = resolver->sockets;

        resolver->sockets = s->next;
        close_socket(s);
    }
}
