/* SPDX-License-Identifier: MIT
 * resolver.c: what happens to a query: attempts over servers and rounds, shares of the deadline, which
 * answers decide and which send it on to the next server. Never touches Lua. */
#include "modules/dns/resolver.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { QUESTION_AT = DNS_HEADER_SIZE };

double dns_tick(struct dns_resolver *resolver)
{
    resolver->now = (*resolver->world)->monotonic(*resolver->world);
    return resolver->now;
}

struct dns_resolver *dns_resolver_new(struct loop *loop, struct world *const *world)
{
    struct dns_resolver *r = calloc(1, sizeof *r);

    if (!r)
        return NULL;
    r->loop = loop;
    r->world = world;
    r->buffers = malloc(DNS_BATCH * DNS_DATAGRAM_MAX);
    if (!r->buffers) {
        free(r);
        return NULL;
    }
    return r;
}

void dns_resolver_free(struct dns_resolver *resolver)
{
    while (resolver->first)
        dns_query_cancel(resolver->first);
    dns_udp_close(resolver);
    dns_tcp_close(resolver);
    if (resolver->timer)
        loop_timer_cancel(resolver->timer);
    free(resolver->buffers);
    free(resolver);
}

uint16_t dns_random16(struct dns_resolver *resolver)
{
    if (resolver->pool_left < 2) {
        (*resolver->world)->random(*resolver->world, resolver->pool, sizeof resolver->pool);
        resolver->pool_left = sizeof resolver->pool;
    }
    resolver->pool_left -= 2;
    return (uint16_t)(resolver->pool[resolver->pool_left] << 8 | resolver->pool[resolver->pool_left + 1]);
}

enum dns_outcome dns_outcome_of(int error)
{
    switch (error) {
    case EPERM:
    case EACCES:
        return DNS_STOPPED;
    case EMFILE:
    case ENFILE:
    case ENOMEM:
    case ENOBUFS:
    case EAFNOSUPPORT:
    case EINVAL:
    case EADDRINUSE:
        return DNS_LOCAL;
    default:
        return DNS_UNREACHABLE;
    }
}

/* ---- deadlines: a list in order, and one timer of the loop for its head ---- */

static void arm(struct dns_resolver *r);

static void on_timer(void *arg)
{
    struct dns_resolver *r = arg;
    double t = dns_tick(r);

    r->timer = NULL;
    while (r->first && r->first->deadline <= t)
        dns_query_failed(r->first, DNS_TIMED_OUT, 0);
    dns_resolver_flush(r);
}

/* The timer may run early, never late: it is moved only when the head wants an earlier time. */
static void arm(struct dns_resolver *r)
{
    if (!r->first) {
        if (r->timer)
            loop_timer_cancel(r->timer);
        r->timer = NULL;
        return;
    }
    if (r->timer && r->timer_at <= r->first->deadline)
        return;
    if (r->timer)
        loop_timer_cancel(r->timer);
    double wait = r->first->deadline - r->now;

    r->timer_at = r->first->deadline;
    r->timer = loop_timer_start(r->loop, wait > 0 ? wait : 0, on_timer, r);
}

static void deadline_remove(struct dns_query *q)
{
    struct dns_resolver *r = q->resolver;

    if (q->earlier)
        q->earlier->later = q->later;
    else if (r->first == q)
        r->first = q->later;
    if (q->later)
        q->later->earlier = q->earlier;
    else if (r->last == q)
        r->last = q->earlier;
    q->earlier = q->later = NULL;
}

/* From the end: the queries of one call have growing deadlines. */
static void deadline_insert(struct dns_query *q, double deadline)
{
    struct dns_resolver *r = q->resolver;
    struct dns_query *at = r->last;

    q->deadline = deadline;
    while (at && at->deadline > deadline)
        at = at->earlier;
    q->earlier = at;
    q->later = at ? at->later : r->first;
    if (q->later)
        q->later->earlier = q;
    else
        r->last = q;
    if (at)
        at->later = q;
    else
        r->first = q;
}

/* ---- attempts ---- */

static void build_packet(struct dns_query *q)
{
    const struct dns_policy *p = q->policy;
    struct dns_builder b;
    unsigned flags = (p->recursion ? DNS_RD : 0u) | (p->checking_disabled ? DNS_CD : 0u);

    dns_build_start(&b, q->packet, sizeof q->packet, 0, (uint16_t)flags);
    dns_build_question(&b, &q->name, q->type, DNS_IN);
    if (p->udp_size && !q->no_edns)
        dns_build_opt(&b, p->udp_size, 0, p->dnssec_ok, NULL, 0);
    q->packet_size = (uint16_t)b.size;
}

static void detach(struct dns_query *q)
{
    if (q->socket)
        dns_udp_forget(q);
    if (q->stream)
        dns_tcp_forget(q);
    deadline_remove(q);
}

static void send_attempt(struct dns_query *q, double deadline)
{
    q->attempt_started = q->resolver->now;
    deadline_insert(q, deadline);
    if (q->tcp)
        dns_tcp_send(q);
    else
        dns_udp_send(q);
}

static bool is_dead(const struct dns_query *q, unsigned turn)
{
    return (q->dead >> turn % q->policy->n_servers & 1u) != 0;
}

/* Attempts that are left, with the next one. */
static unsigned attempts_left(const struct dns_query *q)
{
    unsigned left = 0;

    for (unsigned turn = q->turn; turn < q->policy->tries * q->policy->n_servers; turn++)
        left += !is_dead(q, turn);
    return left;
}

static void finish(struct dns_query *q)
{
    q->active = false;
    q->elapsed = q->resolver->now - q->started;
    q->done(q);
}

/* Asks the next server that is worth it, with its share of the time that is left. */
static void next_attempt(struct dns_query *q)
{
    double t = q->resolver->now;
    unsigned left;

    while ((left = attempts_left(q)) > 0 && is_dead(q, q->turn))
        q->turn++;
    if (left == 0 || q->last - t <= 0.0005) {
        finish(q);
        return;
    }
    q->tcp = q->policy->tcp == DNS_TCP_ONLY;
    send_attempt(q, t + (q->last - t) / left);
}

void dns_query_start(struct dns_resolver *resolver, struct dns_query *query)
{
    query->resolver = resolver;
    query->outcome = DNS_PENDING;
    query->status = DNS_FINE;
    query->error = 0;
    query->answer = NULL;
    query->answer_size = 0;
    query->over_tcp = query->was_truncated = query->no_edns = false;
    query->n_attempts = query->ignored = query->turn = 0;
    query->dead = 0;
    query->socket = NULL;
    query->stream = NULL;
    query->earlier = query->later = NULL;
    query->active = true;
    query->started = resolver->now;
    query->last = query->started + query->policy->timeout;
    build_packet(query);
    next_attempt(query);
}

bool dns_query_cancel(struct dns_query *query)
{
    if (!query->active)
        return false;
    query->active = false;
    detach(query);
    free(query->answer);
    query->answer = NULL;
    return true;
}

void dns_resolver_flush(struct dns_resolver *resolver)
{
    dns_tcp_flush(resolver); /* first: what fails there may go on over UDP */
    dns_udp_flush(resolver);
    arm(resolver);
}

/* Notes how the attempt ended and takes the query off its socket. */
static void close_attempt(struct dns_query *q, enum dns_outcome outcome, unsigned rcode, int error)
{
    detach(q);
    if (q->n_attempts < DNS_ATTEMPTS_MAX) {
        struct dns_attempt *a = &q->attempts[q->n_attempts++];

        a->outcome = outcome;
        a->server = (uint8_t)(q->turn % q->policy->n_servers);
        a->tcp = q->tcp;
        a->rcode = (uint16_t)rcode;
        a->error = error;
        a->time = q->resolver->now - q->attempt_started;
    }
}

/* Keeps an outcome that tells more than what is known so far (the order of enum dns_outcome). */
static void keep(struct dns_query *q, enum dns_outcome outcome, int error, const uint8_t *data, size_t size)
{
    if (outcome < q->outcome)
        return;
    q->outcome = outcome;
    q->error = error;
    q->server = q->turn % q->policy->n_servers;
    q->over_tcp = q->tcp;
    free(q->answer);
    q->answer = NULL;
    q->answer_size = 0;
    if (!data)
        return;
    q->answer = malloc(size);
    if (q->answer) {
        memcpy(q->answer, data, size);
        q->answer_size = size;
    } else {
        q->outcome = DNS_LOCAL;
        q->error = ENOMEM;
    }
}

void dns_query_failed(struct dns_query *query, enum dns_outcome outcome, int error)
{
    /* Silence and garbage may have been chance; a closed port or a refusal says the same a second time. */
    bool again = outcome == DNS_TIMED_OUT || outcome == DNS_GARBLED;

    bool after_cut = query->was_truncated && query->tcp && query->policy->tcp == DNS_TCP_FALLBACK;

    close_attempt(query, outcome, 0, error);
    keep(query, after_cut ? DNS_CUT : outcome, error, NULL, 0);
    if (!again)
        query->dead |= 1u << query->turn % query->policy->n_servers;
    query->turn++;
    next_attempt(query);
}

void dns_query_resend(struct dns_query *query)
{
    double deadline = query->deadline;

    detach(query);
    send_attempt(query, deadline);
}

static bool matches(const struct dns_query *query, const uint8_t *data, size_t size)
{
    size_t question = query->name.length + 4u;
    struct dns_name name;
    size_t at = QUESTION_AT;

    if (size < DNS_HEADER_SIZE || (data[0] << 8 | data[1]) != query->id || !(data[2] & 0x80) ||
        (data[2] & 0x78))
        return false;
    if (data[4] == 0 && data[5] == 0) {
        unsigned rcode = data[3] & DNS_RCODE; /* servers that do not understand may leave the question out */

        return rcode == DNS_FORMERR || rcode == DNS_NOTIMP;
    }
    if (data[4] != 0 || data[5] != 1)
        return false;
    if (size >= QUESTION_AT + question &&
        memcmp(data + QUESTION_AT, query->packet + QUESTION_AT, question) == 0)
        return true;
    if (dns_name_read(data, size, &at, &name) != DNS_FINE || !dns_name_equal(&name, &query->name) ||
        size - at < 4)
        return false;
    return memcmp(data + at, query->packet + QUESTION_AT + query->name.length, 4) == 0;
}

/* RFC 6891 7: FORMERR, NOTIMP without OPT or BADVERS mean that the server has no EDNS. */
static bool edns_not_understood(const struct dns_query *q, const struct dns_message *m)
{
    if (!q->policy->udp_size || q->no_edns)
        return false;
    if (m->rcode == DNS_BADVERS)
        return true;
    return !m->edns.present && (m->rcode == DNS_FORMERR || m->rcode == DNS_NOTIMP);
}

/* The same server has the whole answer over TCP; the rest of the deadline is for that. */
static void truncated(struct dns_query *q, const uint8_t *data, size_t size)
{
    q->was_truncated = true;
    close_attempt(q, DNS_CUT, data[3] & DNS_RCODE, 0);
    if (q->policy->tcp == DNS_TCP_FALLBACK && q->policy->udp_fd < 0) {
        q->tcp = true;
        send_attempt(q, q->last);
        return;
    }
    keep(q, DNS_CUT, 0, data, size);
    q->dead |= 1u << q->turn % q->policy->n_servers;
    q->turn++;
    next_attempt(q);
}

static void judge(struct dns_query *q, const struct dns_message *m, const uint8_t *data, size_t size)
{
    if (edns_not_understood(q, m)) {
        q->no_edns = true;
        double deadline = q->deadline;

        close_attempt(q, DNS_ANSWERED, m->rcode, 0);
        build_packet(q);
        send_attempt(q, deadline);
        return;
    }
    close_attempt(q, DNS_ANSWERED, m->rcode, 0);
    keep(q, DNS_ANSWERED, 0, data, size);
    if (m->rcode == DNS_NOERROR || m->rcode == DNS_NXDOMAIN) {
        finish(q);
        return;
    }
    q->dead |= 1u << q->turn % q->policy->n_servers;
    q->turn++;
    next_attempt(q);
}

bool dns_query_received(struct dns_query *query, const uint8_t *data, size_t size)
{
    struct dns_message m;

    if (!matches(query, data, size))
        return false;
    if (!query->tcp && (data[2] << 8 & DNS_TC)) { /* may be cut anywhere, so it need not decode */
        truncated(query, data, size);
        return true;
    }
    enum dns_status status = dns_message_parse(&m, data, size, NULL);

    if (status == DNS_FINE) {
        judge(query, &m, data, size);
    } else {
        query->status = status;
        dns_query_failed(query, DNS_GARBLED, 0);
    }
    dns_message_clear(&m);
    return true;
}
