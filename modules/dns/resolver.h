/* SPDX-License-Identifier: MIT
 * resolver.h: the resolver engine. It sends its own packets over UDP and TCP on the loop: c-ares 1.18.1
 * cannot cancel one query, reports 16 sockets at most, takes its servers per channel and gives SERVFAIL,
 * REFUSED, NOTIMP and a closed port as one status. c-ares serves as reader of the system's configuration. */
#ifndef PEERWAY_DNS_RESOLVER_H
#define PEERWAY_DNS_RESOLVER_H

#include <netinet/in.h>

#include "modules/dns/endpoint.h"
#include "modules/dns/wire.h"
#include "runtime/loop.h"
#include "runtime/world.h"

enum {
    DNS_SERVERS_MAX = 16,
    DNS_TRIES_MAX = 10,
    DNS_ATTEMPTS_MAX = 24, /* that are remembered for the report */
    DNS_PACKET_MAX = 320,  /* header, question of 259 octets, OPT */
};

enum dns_outcome {
    DNS_PENDING = 0,
    DNS_TIMED_OUT,   /* no answer within its share of the deadline */
    DNS_UNREACHABLE, /* closed port, no route, connection lost: `error` is an errno, 0 for a closed one */
    DNS_STOPPED,     /* the local firewall refuses to send (EPERM, EACCES) */
    DNS_LOCAL,       /* no socket could be made: `error` */
    DNS_CUT,         /* truncated, and TCP did not help or was not allowed */
    DNS_GARBLED,     /* id and question fit, the rest does not decode: `status` */
    DNS_ANSWERED,    /* a well-formed answer of any rcode */
};

enum dns_tcp { DNS_TCP_FALLBACK, DNS_TCP_ONLY, DNS_TCP_NEVER };

/* How to ask; shared by the queries of one call, which must not outlive it. */
struct dns_policy {
    unsigned n_servers;
    struct dns_endpoint servers[DNS_SERVERS_MAX];
    char texts[DNS_SERVERS_MAX][DNS_ENDPOINT_TEXT]; /* the same, for reports */
    double timeout;                                 /* seconds for the whole query */
    unsigned tries;                                 /* rounds over the servers */
    enum dns_tcp tcp;
    uint16_t udp_size; /* EDNS buffer size; 0: no EDNS */
    bool dnssec_ok, recursion, checking_disabled;
    bool sections; /* for reports: authority and additional records of positive answers too */
    int udp_fd;    /* -1, or a bound UDP socket to send from (of another network namespace); the caller's */
};

struct dns_attempt {
    enum dns_outcome outcome;
    uint8_t server; /* index in the policy */
    bool tcp;
    uint16_t rcode; /* when answered */
    int error;
    double time; /* seconds it took */
};

struct dns_socket;
struct dns_stream;

/* One question on its way. The caller sets the first group; the result is the second. */
struct dns_query {
    const struct dns_policy *policy;
    struct dns_name name;
    uint16_t type;
    void (*done)(struct dns_query *query); /* called once, never after dns_query_cancel */
    void *arg;
    unsigned item; /* the caller's */

    enum dns_outcome outcome;
    enum dns_status status; /* of a garbled answer */
    int error;
    uint8_t *answer; /* malloc'ed by the engine, now the caller's; NULL without an answer */
    size_t answer_size;
    unsigned server;
    bool over_tcp, was_truncated;
    double elapsed;
    unsigned ignored; /* datagrams with a foreign id or question that came meanwhile */
    unsigned n_attempts;
    struct dns_attempt attempts[DNS_ATTEMPTS_MAX];

    /* The engine's. */
    struct dns_resolver *resolver;
    bool active, tcp, no_edns;
    unsigned turn; /* next attempt: server turn % n_servers */
    uint32_t dead; /* servers that need not be asked again */
    double started, attempt_started, last, deadline;
    struct dns_query *earlier, *later; /* in the list of deadlines */
    struct dns_socket *socket;
    struct dns_stream *stream;
    struct dns_query *next_id;  /* with the same hash of the id */
    struct dns_query *next_out; /* not sent yet */
    bool queued;
    unsigned ignored_before;
    uint16_t id;
    uint16_t packet_size;
    uint8_t packet[DNS_PACKET_MAX];
};

enum { DNS_BATCH = 32, DNS_DATAGRAM_MAX = 4352 };

/* The engine of one runtime. */
struct dns_resolver {
    struct loop *loop;
    struct world *const *world; /* the runtime's current one */
    struct dns_socket *sockets;
    struct dns_stream *streams;
    struct dns_query *first, *last; /* by deadline */
    struct loop_timer *timer;
    double timer_at;
    double now;        /* monotonic seconds, as of dns_tick */
    uint8_t pool[256]; /* random octets not yet used */
    size_t pool_left;
    uint8_t *buffers; /* DNS_BATCH datagrams */
};

struct dns_resolver *dns_resolver_new(struct loop *loop, struct world *const *world);
void dns_resolver_free(struct dns_resolver *resolver); /* cancels what is under way */

/* Starts a query; `done` may be called inside. Call dns_resolver_flush when all are started. */
void dns_query_start(struct dns_resolver *resolver, struct dns_query *query);

/* Forgets a query without calling `done`. Returns false, and does nothing, when it is not active. */
bool dns_query_cancel(struct dns_query *query);

/* Sends what is queued and closes sockets that wait for nothing. */
void dns_resolver_flush(struct dns_resolver *resolver);

uint16_t dns_random16(struct dns_resolver *resolver);

/* Reads the clock; every way into the engine begins with it, and all that follows counts from there. */
double dns_tick(struct dns_resolver *resolver);

/* ---- between the engine and its transports ---- */

/* A datagram or frame for this query came in. Returns false when it is not an answer to it. */
bool dns_query_received(struct dns_query *query, const uint8_t *data, size_t size);

/* The attempt under way failed. */
void dns_query_failed(struct dns_query *query, enum dns_outcome outcome, int error);

/* The connection went away after other answers had come over it: the attempt starts again. */
void dns_query_resend(struct dns_query *query);

void dns_udp_send(struct dns_query *query);
void dns_udp_forget(struct dns_query *query);
void dns_udp_flush(struct dns_resolver *resolver);
void dns_udp_close(struct dns_resolver *resolver);

void dns_tcp_send(struct dns_query *query);
void dns_tcp_forget(struct dns_query *query);
void dns_tcp_flush(struct dns_resolver *resolver);
void dns_tcp_close(struct dns_resolver *resolver);

/* An outcome for an errno of socket, connect, send or recv. */
enum dns_outcome dns_outcome_of(int error);

#endif
