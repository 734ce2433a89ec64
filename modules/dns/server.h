/* SPDX-License-Identifier: MIT
 * server.h: sockets of a DNS server on the loop: takes datagrams and frames, queues them, sends replies.
 * What to answer is decided elsewhere (modules/dns/serve.lua). */
#ifndef PEERWAY_DNS_SERVER_H
#define PEERWAY_DNS_SERVER_H

#include "modules/dns/endpoint.h"
#include "runtime/loop.h"

enum { DNS_QUEUE_MAX = 20000, DNS_CONNECTIONS_MAX = 512 };

struct dns_connection;

/* One message from a client. */
struct dns_request {
    struct dns_request *next;
    struct dns_endpoint from;
    uint64_t connection; /* 0: a datagram */
    size_t size;
    uint8_t data[];
};

struct dns_server {
    struct loop *loop;
    int udp_fd, tcp_fd; /* -1: none */
    struct loop_watch *udp_watch, *tcp_watch;
    struct dns_request *first, **end;
    unsigned queued;
    struct dns_connection *connections;
    unsigned n_connections;
    uint64_t next_connection;
    uint64_t received, dropped; /* dropped: the queue was full */
    void (*arrived)(void *arg); /* something is in the queue */
    void *arg;
};

/* Opens UDP and, with `tcp`, TCP sockets on the same port (0: any free one). Returns 0 or an errno. */
int dns_server_listen(struct dns_server *server, const struct dns_endpoint *address, bool tcp);

/* Takes copies of bound descriptors instead; -1: none. Returns 0 or an errno. */
int dns_server_adopt(struct dns_server *server, int udp_fd, int tcp_fd);

/* Next message, the caller's to free; NULL when there is none. */
struct dns_request *dns_server_take(struct dns_server *server);

/* Sends a reply. With `elsewhere` a datagram leaves from another port (for tests of resolvers). */
int dns_server_reply(struct dns_server *server, const struct dns_request *request, const uint8_t *data,
                     size_t size, bool elsewhere);

/* Ends the connection the request came over, after what is queued for it was sent. */
void dns_server_hang_up(struct dns_server *server, const struct dns_request *request);

/* The port that clients use, 0 when closed. */
uint16_t dns_server_port(const struct dns_server *server);

/* Closes all; idempotent. */
void dns_server_close(struct dns_server *server);

#endif
