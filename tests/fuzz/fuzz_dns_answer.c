/* SPDX-License-Identifier: MIT
 * fuzz_dns_answer.c: a hostile server: any octets as the answer to a query under way. The query must take it
 * only when id and question fit, end once, and own what it reports. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "modules/dns/resolver.h"
#include "runtime/world.h"

static unsigned ended;

static void require(bool condition)
{
    if (!condition)
        abort();
}

static void on_done(struct dns_query *query)
{
    ended++;
}

/* Sets up a query as if its datagram had been sent, without a socket. */
static void prepare(struct dns_query *q, struct dns_resolver *resolver, const struct dns_policy *policy)
{
    struct dns_builder b;

    memset(q, 0, sizeof *q);
    q->policy = policy;
    q->resolver = resolver;
    q->type = DNS_A;
    q->done = on_done;
    q->id = 0x1234;
    q->active = true;
    q->last = 1e9;
    dns_name_from_text(&q->name, "www.test", 8);
    dns_build_start(&b, q->packet, sizeof q->packet, q->id, DNS_RD);
    dns_build_question(&b, &q->name, q->type, DNS_IN);
    q->packet_size = (uint16_t)b.size;
}

/* With `size` octets of which the first chooses how much of a right answer stands before the rest. */
static size_t compose(uint8_t *answer, const struct dns_query *q, const uint8_t *data, size_t size)
{
    static const size_t keep[4] = {0, 2, 4, 12};
    size_t prefix = size ? keep[data[0] & 3] : 0;

    if (size && (data[0] & 4))
        prefix = q->packet_size; /* header and question; the counts stay as they are there */
    memcpy(answer, q->packet, prefix);
    if (prefix > 2)
        answer[2] |= 0x80;
    if (prefix == q->packet_size) {
        answer[3] = size > 1 ? data[1] : 0;
        answer[7] = size > 2 ? data[2] & 7 : 0;
        answer[9] = size > 3 ? data[3] & 3 : 0;
        data += size > 4 ? 4 : size;
        size -= size > 4 ? 4 : size;
    }
    if (size)
        memcpy(answer + prefix, data, size);
    return prefix + size;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct world *world;
    static struct dns_resolver *resolver;
    static uint8_t answer[DNS_MESSAGE_MAX + DNS_PACKET_MAX];
    struct dns_policy policy = {.n_servers = 1, .timeout = 1, .tries = 1, .tcp = DNS_TCP_NEVER, .udp_fd = -1};
    struct dns_query query;

    if (!world) {
        world = world_real_new();
        resolver = dns_resolver_new(NULL, &world);
    }
    if (size > DNS_MESSAGE_MAX)
        return 0;
    prepare(&query, resolver, &policy);
    size_t length = compose(answer, &query, data, size);
    uint8_t *copy = malloc(length ? length : 1); /* exact size: the sanitizer sees a read beyond it */

    memcpy(copy, answer, length);
    ended = 0;
    bool taken = dns_query_received(&query, copy, length);

    require(taken == (ended == 1) && taken == !query.active);
    if (taken) {
        require(length >= DNS_HEADER_SIZE && copy[0] == 0x12 && copy[1] == 0x34 && (copy[2] & 0x80));
        require(query.outcome != DNS_PENDING && query.n_attempts == 1);
        require((query.answer != NULL) == (query.answer_size > 0));
        require(query.outcome != DNS_GARBLED || query.status != DNS_FINE);
    }
    free(query.answer);
    free(copy);
    return 0;
}
