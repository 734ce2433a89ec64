/* SPDX-License-Identifier: MIT
 * parse.c: the strict decoder of whole messages. What comes from the network is refused whole when any
 * part of it is wrong. */
#include "modules/dns/wire.h"

#include <stdlib.h>
#include <string.h>

enum { OPTION_EXTENDED_ERROR = 15 };

static uint16_t get16(const uint8_t *p)
{
    return (uint16_t)(p[0] << 8 | p[1]);
}

/* Finds the extended error among the options; their lengths must add up. */
static enum dns_status read_options(struct dns_message *m)
{
    struct dns_edns *edns = &m->edns;
    size_t at = edns->options_at, end = at + edns->options_size;

    while (at < end) {
        if (end - at < 4 || get16(m->data + at + 2) > end - at - 4)
            return DNS_BAD_OPT;
        unsigned code = get16(m->data + at), length = get16(m->data + at + 2);

        if (code == OPTION_EXTENDED_ERROR && edns->extended_error < 0) {
            if (length < 2)
                return DNS_BAD_OPT;
            edns->extended_error = get16(m->data + at + 4);
            edns->extended_text_at = (uint16_t)(at + 6);
            edns->extended_text_size = (uint16_t)(length - 2);
        }
        at += 4 + length;
    }
    return DNS_FINE;
}

/* RFC 6891 6.1: once, in the additional section, owned by the root. */
static enum dns_status read_opt(struct dns_message *m, const struct dns_record *r, uint32_t ttl)
{
    struct dns_edns *edns = &m->edns;

    if (edns->present || r->section != DNS_ADDITIONAL || m->data[r->name_at] != 0)
        return DNS_BAD_OPT;
    edns->present = true;
    edns->udp_size = r->class;
    edns->version = (uint8_t)(ttl >> 16);
    edns->dnssec_ok = (ttl & 0x8000) != 0;
    edns->options_at = r->data_at;
    edns->options_size = r->data_size;
    m->rcode = (uint16_t)(m->rcode | (ttl >> 24) << 4);
    return read_options(m);
}

/* Room for `total` records: a record needs 11 octets, so the message bounds the allocation. */
static enum dns_status reserve(struct dns_message *m, unsigned total)
{
    unsigned most = (unsigned)(m->size / 11);

    if (total > most)
        return DNS_SHORT;
    if (total <= sizeof m->own / sizeof *m->own)
        return DNS_FINE;
    m->records = malloc(total * sizeof *m->records);
    if (!m->records) {
        m->records = m->own;
        return DNS_NO_MEMORY;
    }
    return DNS_FINE;
}

static enum dns_status read_record(struct dns_message *m, size_t *at, enum dns_section section)
{
    struct dns_record r = {.section = (uint8_t)section, .name_at = (uint16_t)*at};
    struct dns_rdata ignored;
    enum dns_status status = dns_name_read(m->data, m->size, at, NULL);
    const uint8_t *p = m->data + *at;

    if (status != DNS_FINE)
        return status;
    if (m->size - *at < 10)
        return DNS_SHORT;
    uint32_t ttl = (uint32_t)get16(p + 4) << 16 | get16(p + 6);
    r.type = get16(p);
    r.class = get16(p + 2);
    r.ttl = ttl & 0x80000000u ? 0 : ttl;
    r.data_size = get16(p + 8);
    r.data_at = (uint16_t)(*at + 10);
    if (m->size - *at - 10 < r.data_size)
        return DNS_SHORT;
    if (r.type == DNS_OPT)
        status = read_opt(m, &r, ttl);
    else
        status = dns_rdata_read(m->data, m->size, &r, &ignored);
    if (status != DNS_FINE)
        return status;
    if (r.type != DNS_OPT)
        m->records[m->count++] = r;
    *at += 10u + r.data_size;
    return DNS_FINE;
}

static enum dns_status read_question(struct dns_message *m, size_t *at)
{
    enum dns_status status = dns_name_read(m->data, m->size, at, &m->question);

    if (status != DNS_FINE)
        return status;
    if (m->size - *at < 4)
        return DNS_SHORT;
    m->question_type = get16(m->data + *at);
    m->question_class = get16(m->data + *at + 2);
    m->has_question = true;
    *at += 4;
    return DNS_FINE;
}

static enum dns_status read_all(struct dns_message *m, size_t *at)
{
    const uint8_t *h = m->data;
    enum dns_status status = DNS_FINE;

    if (m->size < DNS_HEADER_SIZE)
        return DNS_SHORT;
    if (m->size > DNS_MESSAGE_MAX)
        return DNS_TOO_BIG;
    m->id = get16(h);
    m->flags = get16(h + 2);
    m->rcode = m->flags & DNS_RCODE;
    if (get16(h + 4) > 1)
        return DNS_BAD_QUESTION;
    *at = DNS_HEADER_SIZE;
    if (get16(h + 4) == 1)
        status = read_question(m, at);
    if (status == DNS_FINE)
        status = reserve(m, (unsigned)get16(h + 6) + get16(h + 8) + get16(h + 10));
    for (int section = DNS_ANSWER; section <= DNS_ADDITIONAL; section++)
        for (unsigned n = get16(h + 4 + 2 * section); n > 0 && status == DNS_FINE; n--)
            status = read_record(m, at, (enum dns_section)section);
    if (status == DNS_FINE && *at != m->size)
        return DNS_TRAILING;
    return status;
}

enum dns_status dns_message_parse(struct dns_message *message, const uint8_t *data, size_t size,
                                  size_t *where)
{
    size_t at = 0;

    memset(message, 0, offsetof(struct dns_message, own));
    message->data = data;
    message->size = size;
    message->records = message->own;
    message->edns.extended_error = -1;
    enum dns_status status = read_all(message, &at);

    if (where)
        *where = at;
    return status;
}

void dns_message_clear(struct dns_message *message)
{
    if (message->records != message->own)
        free(message->records);
    message->records = message->own;
    message->count = 0;
}
