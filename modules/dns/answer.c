/* SPDX-License-Identifier: MIT
 * answer.c: what a message says about a question: follows the CNAME chain inside the answer section and
 * tells data, no data, no such name and failure apart (RFC 1034 4.3.2, RFC 2308 2). */
#include "modules/dns/wire.h"

#include <string.h>

static bool owns(const struct dns_message *m, const struct dns_record *r, const struct dns_name *name)
{
    struct dns_name owner;
    size_t at = r->name_at;

    return dns_name_read(m->data, m->size, &at, &owner) == DNS_FINE && dns_name_equal(&owner, name);
}

/* The CNAME record of `name`, or -1. */
static int find_alias(const struct dns_message *m, const struct dns_name *name)
{
    for (unsigned i = 0; i < m->count; i++) {
        const struct dns_record *r = &m->records[i];

        if (r->section == DNS_ANSWER && r->type == DNS_CNAME && r->class == DNS_IN && owns(m, r, name))
            return (int)i;
    }
    return -1;
}

bool dns_answer_has(const struct dns_message *message, const struct dns_answer *answer, uint16_t type,
                    unsigned index)
{
    const struct dns_record *r = &message->records[index];

    return r->section == DNS_ANSWER && r->class == DNS_IN && (r->type == type || type == DNS_ANY) &&
           owns(message, r, &answer->final);
}

static void count_records(const struct dns_message *m, uint16_t type, struct dns_answer *answer)
{
    for (unsigned i = 0; i < m->count; i++) {
        if (!dns_answer_has(m, answer, type, i))
            continue;
        if (m->records[i].ttl < answer->ttl)
            answer->ttl = m->records[i].ttl;
        answer->n_records++;
    }
}

/* Steps from alias to alias; false when there are more than DNS_CHAIN_MAX, which a circle always reaches. */
static bool follow(const struct dns_message *m, uint16_t type, struct dns_answer *answer)
{
    struct dns_rdata data;
    int alias;

    if (type == DNS_CNAME || type == DNS_ANY)
        return true;
    while ((alias = find_alias(m, &answer->final)) >= 0) {
        const struct dns_record *r = &m->records[alias];

        if (answer->n_chain == DNS_CHAIN_MAX)
            return false;
        answer->chain[answer->n_chain++] = (uint16_t)alias;
        if (r->ttl < answer->ttl)
            answer->ttl = r->ttl;
        if (dns_rdata_read(m->data, m->size, r, &data) != DNS_FINE)
            return false;
        answer->final = data.name;
    }
    return true;
}

static void find_soa(const struct dns_message *m, struct dns_answer *answer)
{
    struct dns_rdata soa;

    for (unsigned i = 0; i < m->count; i++) {
        const struct dns_record *r = &m->records[i];

        if (r->section != DNS_AUTHORITY || r->type != DNS_SOA || r->class != DNS_IN ||
            dns_rdata_read(m->data, m->size, r, &soa) != DNS_FINE)
            continue;
        answer->has_soa = true;
        answer->negative_ttl = soa.minimum < r->ttl ? soa.minimum : r->ttl;
        return;
    }
}

/* No authority of its own, only NS records of a zone further down: neither data nor their absence. */
static bool is_referral(const struct dns_message *m)
{
    bool names = false;

    for (unsigned i = 0; i < m->count && !(m->flags & DNS_AA); i++)
        names = names || (m->records[i].section == DNS_AUTHORITY && m->records[i].type == DNS_NS);
    return names;
}

void dns_answer_judge(const struct dns_message *message, const struct dns_name *name, uint16_t type,
                      struct dns_answer *answer)
{
    memset(answer, 0, sizeof *answer);
    answer->final = *name;
    answer->ttl = UINT32_MAX;
    bool sound = follow(message, type, answer);

    if (sound)
        count_records(message, type, answer);
    if (answer->ttl == UINT32_MAX)
        answer->ttl = 0;
    if (message->rcode != DNS_NOERROR && message->rcode != DNS_NXDOMAIN)
        answer->verdict = DNS_FAILED;
    else if (!sound)
        answer->verdict = DNS_CHAIN_LOOP;
    else if (message->rcode == DNS_NXDOMAIN)
        answer->verdict = DNS_NO_NAME;
    else
        answer->verdict = answer->n_records ? DNS_DATA : DNS_NODATA;
    if (answer->verdict == DNS_NODATA || answer->verdict == DNS_NO_NAME)
        find_soa(message, answer);
    answer->referral = answer->verdict == DNS_NODATA && !answer->has_soa && is_referral(message);
}
