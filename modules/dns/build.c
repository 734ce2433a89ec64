/* SPDX-License-Identifier: MIT
 * build.c: writes messages, with name compression where RFC 1035 and 3597 allow it. */
#include "modules/dns/rdata.h"

#include <string.h>

static bool room(struct dns_builder *b, size_t size)
{
    if (b->status == DNS_FINE && size > b->limit - b->size)
        b->status = DNS_TOO_BIG;
    return b->status == DNS_FINE;
}

static void put(struct dns_builder *b, const void *data, size_t size)
{
    if (size > 0 && room(b, size)) {
        memcpy(b->data + b->size, data, size);
        b->size += size;
    }
}

static void put16(struct dns_builder *b, unsigned value)
{
    uint8_t octets[2] = {(uint8_t)(value >> 8), (uint8_t)value};

    put(b, octets, 2);
}

static void put32(struct dns_builder *b, uint32_t value)
{
    put16(b, value >> 16);
    put16(b, value & 0xffff);
}

/* Offset of an earlier copy of `suffix`, or 0. */
static unsigned find_suffix(const struct dns_builder *b, const struct dns_name *suffix)
{
    struct dns_name earlier;

    for (unsigned i = 0; i < b->n_names; i++) {
        size_t at = b->names[i];

        if (dns_name_read(b->data, b->size, &at, &earlier) == DNS_FINE && dns_name_equal(&earlier, suffix))
            return b->names[i];
    }
    return 0;
}

static void put_name(struct dns_builder *b, const struct dns_name *name, bool compress)
{
    unsigned noted = b->n_names;
    size_t start = b->size;

    for (unsigned at = 0; at < name->length; at += 1u + name->octets[at]) {
        struct dns_name suffix = {.length = (uint8_t)(name->length - at)};

        if (name->octets[at] == 0) {
            put(b, "", 1);
            return;
        }
        memcpy(suffix.octets, name->octets + at, suffix.length);
        unsigned pointer = 0;

        if (compress) {
            unsigned all = b->n_names;

            b->n_names = noted; /* the copies being written now are not complete yet */
            pointer = find_suffix(b, &suffix);
            b->n_names = all;
        }
        if (pointer) {
            put16(b, 0xc000u | pointer);
            return;
        }
        if (start + at < 0x4000 && b->n_names < sizeof b->names / sizeof *b->names)
            b->names[b->n_names++] = (uint16_t)(start + at);
        put(b, name->octets + at, 1u + name->octets[at]);
    }
}

void dns_build_start(struct dns_builder *b, uint8_t *data, size_t limit, uint16_t id, uint16_t flags)
{
    static const uint8_t counts[8];

    b->data = data;
    b->size = 0;
    b->limit = limit < DNS_MESSAGE_MAX ? limit : DNS_MESSAGE_MAX;
    b->status = DNS_FINE;
    b->n_names = 0;
    put16(b, id);
    put16(b, flags);
    put(b, counts, sizeof counts);
}

/* Adds one to the section's count in the header, or takes back what does not fit. */
static void commit(struct dns_builder *b, unsigned section, size_t start, unsigned names)
{
    uint8_t *count = b->data + 4 + 2 * section;

    if (b->status != DNS_FINE) {
        b->size = start;
        b->n_names = names;
        return;
    }
    if (++count[1] == 0)
        count[0]++;
}

void dns_build_question(struct dns_builder *b, const struct dns_name *name, uint16_t type, uint16_t class)
{
    size_t start = b->size;
    unsigned names = b->n_names;

    if (b->status != DNS_FINE)
        return;
    put_name(b, name, true);
    put16(b, type);
    put16(b, class);
    commit(b, 0, start, names);
}

/* Owner, type, class and TTL; returns where the data's length goes. */
static size_t put_record_head(struct dns_builder *b, const struct dns_name *name, uint16_t type,
                              uint16_t class, uint32_t ttl)
{
    put_name(b, name, true);
    put16(b, type);
    put16(b, class);
    put32(b, ttl);
    put16(b, 0);
    return b->size - 2;
}

static void close_record(struct dns_builder *b, enum dns_section section, size_t length_at, size_t start,
                         unsigned names)
{
    if (b->status == DNS_FINE) {
        size_t length = b->size - length_at - 2;

        b->data[length_at] = (uint8_t)(length >> 8);
        b->data[length_at + 1] = (uint8_t)length;
    }
    commit(b, section, start, names);
}

static void put_soa(struct dns_builder *b, const struct dns_rdata *r)
{
    put_name(b, &r->name, true);
    put_name(b, &r->mailbox, true);
    put32(b, r->serial);
    put32(b, r->refresh);
    put32(b, r->retry);
    put32(b, r->expire);
    put32(b, r->minimum);
}

static void put_rdata(struct dns_builder *b, enum dns_shape shape, const struct dns_rdata *r)
{
    uint8_t head[2] = {r->flags, (uint8_t)r->tag_size};

    switch (shape) {
    case DNS_SHAPE_ADDRESS4:
        put(b, r->address, 4);
        break;
    case DNS_SHAPE_ADDRESS6:
        put(b, r->address, 16);
        break;
    case DNS_SHAPE_NAME:
        put_name(b, &r->name, true);
        break;
    case DNS_SHAPE_SOA:
        put_soa(b, r);
        break;
    case DNS_SHAPE_MX:
        put16(b, r->priority);
        put_name(b, &r->name, true);
        break;
    case DNS_SHAPE_SRV: /* RFC 2782: the target is not compressed */
        put16(b, r->priority);
        put16(b, r->weight);
        put16(b, r->port);
        put_name(b, &r->name, false);
        break;
    case DNS_SHAPE_CAA:
        put(b, head, 2);
        put(b, r->tag, r->tag_size);
        put(b, r->value, r->value_size);
        break;
    case DNS_SHAPE_TEXT:
    case DNS_SHAPE_RAW:
        put(b, r->value, r->value_size);
        break;
    }
}

void dns_build_record(struct dns_builder *b, enum dns_section section, const struct dns_name *name,
                      uint16_t type, uint16_t class, uint32_t ttl, const struct dns_rdata *rdata)
{
    size_t start = b->size;
    unsigned names = b->n_names;

    if (b->status != DNS_FINE)
        return;
    size_t length_at = put_record_head(b, name, type, class, ttl);

    put_rdata(b, class == DNS_IN ? dns_shape_of(type) : DNS_SHAPE_RAW, rdata);
    close_record(b, section, length_at, start, names);
}

void dns_build_raw(struct dns_builder *b, enum dns_section section, const struct dns_name *name,
                   uint16_t type, uint16_t class, uint32_t ttl, const uint8_t *data, size_t size)
{
    size_t start = b->size;
    unsigned names = b->n_names;

    if (b->status != DNS_FINE)
        return;
    size_t length_at = put_record_head(b, name, type, class, ttl);

    put(b, data, size);
    close_record(b, section, length_at, start, names);
}

void dns_build_opt(struct dns_builder *b, uint16_t udp_size, unsigned rcode, bool dnssec_ok,
                   const uint8_t *options, size_t size)
{
    static const struct dns_name root = {.length = 1};
    uint32_t ttl = (uint32_t)(rcode >> 4) << 24 | (dnssec_ok ? 0x8000u : 0);

    dns_build_raw(b, DNS_ADDITIONAL, &root, DNS_OPT, udp_size, ttl, options, size);
}
