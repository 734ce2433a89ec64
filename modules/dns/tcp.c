/* SPDX-License-Identifier: MIT
 * tcp.c: DNS over TCP (RFC 7766): queries to one server share a connection and may be answered in any
 * order. A connection lives as long as something waits on it. */
#include "modules/dns/resolver.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { QUERIES_PER_STREAM = 100, READ_SIZE = 16384, ROUNDS = 8 };

struct dns_stream {
    struct dns_resolver *resolver;
    struct dns_endpoint server;
    int fd;
    struct loop_watch *watch;
    bool connected, dead;
    unsigned waiting, answered;
    struct dns_query *queries; /* linked by next_id */
    uint8_t *out;              /* frames not sent yet */
    size_t out_size, out_room;
    uint8_t *in; /* the frame that is coming in */
    size_t in_size, in_room;
    struct dns_stream *next;
};

static void on_ready(void *arg, int fd, short revents);

static void close_stream(struct dns_stream *s)
{
    if (s->watch)
        loop_unwatch(s->watch);
    if (s->fd >= 0)
        close(s->fd);
    free(s->out);
    free(s->in);
    free(s);
}

static bool reserve(uint8_t **buffer, size_t *room, size_t size)
{
    if (size <= *room)
        return true;
    size_t larger = size + size / 2 + 512;
    uint8_t *grown = realloc(*buffer, larger);

    if (!grown)
        return false;
    *buffer = grown;
    *room = larger;
    return true;
}

static bool start_connection(struct dns_stream *s)
{
    int one = 1;

    s->fd = socket(s->server.address.any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (s->fd < 0)
        return false;
    setsockopt(s->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    if (connect(s->fd, &s->server.address.any, s->server.size) != 0 && errno != EINPROGRESS)
        return false;
    s->watch = loop_watch_fd(s->resolver->loop, s->fd, POLLIN | POLLOUT, on_ready, s);
    return s->watch != NULL;
}

static struct dns_stream *stream_for(struct dns_query *q)
{
    struct dns_resolver *r = q->resolver;
    const struct dns_endpoint *server = &q->policy->servers[q->turn % q->policy->n_servers];
    struct dns_stream *s;

    for (s = r->streams; s; s = s->next)
        if (!s->dead && s->waiting < QUERIES_PER_STREAM && dns_endpoint_equal(&s->server, server))
            return s;
    s = calloc(1, sizeof *s);
    if (!s)
        return NULL;
    s->resolver = r;
    s->server = *server;
    if (!start_connection(s)) {
        int error = errno;

        close_stream(s);
        errno = error;
        return NULL;
    }
    s->next = r->streams;
    r->streams = s;
    return s;
}

static bool id_taken(const struct dns_stream *s, unsigned id)
{
    for (const struct dns_query *q = s->queries; q; q = q->next_id)
        if (q->id == id)
            return true;
    return false;
}

void dns_tcp_send(struct dns_query *query)
{
    struct dns_stream *s;

    if (query->policy->udp_fd >= 0) { /* a lent descriptor is the only way into its namespace */
        dns_query_failed(query, DNS_LOCAL, EAFNOSUPPORT);
        return;
    }
    s = stream_for(query);
    if (s && !reserve(&s->out, &s->out_room, s->out_size + 2u + query->packet_size)) {
        s = NULL;
        errno = ENOMEM;
    }
    if (!s) {
        dns_query_failed(query, dns_outcome_of(errno), errno);
        return;
    }
    do
        query->id = dns_random16(query->resolver);
    while (id_taken(s, query->id));
    query->packet[0] = (uint8_t)(query->id >> 8);
    query->packet[1] = (uint8_t)query->id;
    s->out[s->out_size++] = (uint8_t)(query->packet_size >> 8);
    s->out[s->out_size++] = (uint8_t)query->packet_size;
    memcpy(s->out + s->out_size, query->packet, query->packet_size);
    s->out_size += query->packet_size;
    query->next_id = s->queries;
    s->queries = query;
    query->stream = s;
    s->waiting++;
}

void dns_tcp_forget(struct dns_query *query)
{
    struct dns_stream *s = query->stream;
    struct dns_query **at = &s->queries;

    while (*at != query)
        at = &(*at)->next_id;
    *at = query->next_id;
    query->stream = NULL;
    s->waiting--;
}

/* The connection is gone. After answers over it the server may just have ended an old connection. */
static void fail_all(struct dns_stream *s, int error)
{
    bool resend = s->answered > 0;

    s->dead = true;
    while (s->queries) {
        if (resend)
            dns_query_resend(s->queries);
        else
            dns_query_failed(s->queries, dns_outcome_of(error), error);
    }
}

static void send_some(struct dns_stream *s)
{
    ssize_t n = s->out_size ? send(s->fd, s->out, s->out_size, MSG_DONTWAIT | MSG_NOSIGNAL) : 0;

    if (n < 0 && errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR) {
        fail_all(s, errno);
        return;
    }
    if (n > 0) {
        memmove(s->out, s->out + n, s->out_size - (size_t)n);
        s->out_size -= (size_t)n;
    }
}

static void deliver(struct dns_stream *s, const uint8_t *data, size_t size)
{
    struct dns_query *q = s->queries;
    unsigned id = size >= DNS_HEADER_SIZE ? (unsigned)(data[0] << 8 | data[1]) : 0;

    while (q && q->id != id)
        q = q->next_id;
    if (q && size >= DNS_HEADER_SIZE) {
        s->answered++;
        if (!dns_query_received(q, data, size))
            q->ignored++;
    }
}

/* Hands over whole frames; keeps the rest. */
static void take_frames(struct dns_stream *s)
{
    size_t at = 0;

    while (!s->dead && s->in_size - at >= 2) {
        size_t size = (size_t)(s->in[at] << 8 | s->in[at + 1]);

        if (s->in_size - at - 2 < size)
            break;
        deliver(s, s->in + at + 2, size);
        at += 2 + size;
    }
    memmove(s->in, s->in + at, s->in_size - at);
    s->in_size -= at;
}

/* Returns false when there is nothing more to read now. */
static bool receive_some(struct dns_stream *s)
{
    if (!reserve(&s->in, &s->in_room, s->in_size + READ_SIZE)) {
        fail_all(s, ENOMEM);
        return false;
    }
    ssize_t n = recv(s->fd, s->in + s->in_size, READ_SIZE, MSG_DONTWAIT);

    if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR))
        return false;
    if (n <= 0) {
        fail_all(s, n < 0 ? errno : 0);
        return false;
    }
    s->in_size += (size_t)n;
    take_frames(s);
    return !s->dead && s->waiting > 0;
}

static void on_ready(void *arg, int fd, short revents)
{
    struct dns_stream *s = arg;
    struct dns_resolver *r = s->resolver;
    int error = 0;
    socklen_t size = sizeof error;

    dns_tick(r);
    if (!s->connected) {
        getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size);
        if (error)
            fail_all(s, error);
        else if (revents & POLLOUT)
            s->connected = true;
    }
    if (!s->dead && s->connected)
        for (int round = 0; round < ROUNDS && receive_some(s); round++)
            continue;
    dns_resolver_flush(r); /* may free the stream */
}

void dns_tcp_flush(struct dns_resolver *resolver)
{
    struct dns_stream **at = &resolver->streams;

    for (struct dns_stream *s = resolver->streams; s; s = s->next) {
        if (!s->dead && s->connected && s->out_size)
            send_some(s);
        if (!s->dead)
            loop_watch_events(s->watch, s->connected && !s->out_size ? POLLIN : POLLIN | POLLOUT);
    }
    while (*at) {
        struct dns_stream *s = *at;

        if (s->waiting == 0) {
            *at = s->next;
            close_stream(s);
        } else {
            at = &s->next;
        }
    }
}

void dns_tcp_close(struct dns_resolver *resolver)
{
    while (resolver->streams) {
        struct dns_stream *s = resolver->streams;

        resolver->streams = s->next;
        close_stream(s);
    }
}
