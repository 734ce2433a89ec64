/* SPDX-License-Identifier: MIT
 * rdata.c: the data of one record, out of a message. Lengths must match exactly. */
#include "modules/dns/rdata.h"

#include <string.h>

static const enum dns_shape shapes_low[] = {
    [DNS_A] = DNS_SHAPE_ADDRESS4, [DNS_NS] = DNS_SHAPE_NAME,       [DNS_CNAME] = DNS_SHAPE_NAME,
    [DNS_SOA] = DNS_SHAPE_SOA,    [DNS_PTR] = DNS_SHAPE_NAME,      [DNS_MX] = DNS_SHAPE_MX,
    [DNS_TXT] = DNS_SHAPE_TEXT,   [DNS_AAAA] = DNS_SHAPE_ADDRESS6, [DNS_SRV] = DNS_SHAPE_SRV,
};

enum dns_shape dns_shape_of(uint16_t type)
{
    if (type == DNS_CAA)
        return DNS_SHAPE_CAA;
    return type < sizeof shapes_low / sizeof *shapes_low ? shapes_low[type] : DNS_SHAPE_RAW;
}

bool dns_type_is_known(uint16_t type)
{
    return dns_shape_of(type) != DNS_SHAPE_RAW;
}

static uint16_t get16(const uint8_t *p)
{
    return (uint16_t)(p[0] << 8 | p[1]);
}

static uint32_t get32(const uint8_t *p)
{
    return (uint32_t)get16(p) << 16 | get16(p + 2);
}

/* A name at `*at` that may not reach beyond `end`. */
static enum dns_status read_name(const uint8_t *data, size_t end, size_t *at, struct dns_name *name)
{
    enum dns_status status = dns_name_read(data, end, at, name);

    return status == DNS_SHORT ? DNS_BAD_RDATA : status;
}

static enum dns_status read_soa(const uint8_t *data, size_t at, size_t end, struct dns_rdata *out)
{
    enum dns_status status = read_name(data, end, &at, &out->name);

    if (status == DNS_FINE)
        status = read_name(data, end, &at, &out->mailbox);
    if (status != DNS_FINE)
        return status;
    if (end - at != 20)
        return DNS_BAD_RDATA;
    out->serial = get32(data + at);
    out->refresh = get32(data + at + 4);
    out->retry = get32(data + at + 8);
    out->expire = get32(data + at + 12);
    out->minimum = get32(data + at + 16);
    return DNS_FINE;
}

/* MX: one number and a name; SRV: three. */
static enum dns_status read_numbers_and_name(const uint8_t *data, size_t at, size_t end, bool srv,
                                             struct dns_rdata *out)
{
    size_t need = srv ? 6 : 2;

    if (end - at < need + 1)
        return DNS_BAD_RDATA;
    out->priority = get16(data + at);
    if (srv) {
        out->weight = get16(data + at + 2);
        out->port = get16(data + at + 4);
    }
    at += need;
    enum dns_status status = read_name(data, end, &at, &out->name);

    return status == DNS_FINE && at != end ? DNS_BAD_RDATA : status;
}

/* One or more character strings that fill the data exactly (RFC 1035 3.3.14). */
static enum dns_status read_text(const uint8_t *data, size_t at, size_t end, struct dns_rdata *out)
{
    out->value = data + at;
    out->value_size = end - at;
    if (at == end)
        return DNS_BAD_RDATA;
    while (at < end)
        at += 1u + data[at];
    return at == end ? DNS_FINE : DNS_BAD_RDATA;
}

/* RFC 8659 4.1: flags, tag of 1 to 255 letters and digits, value to the end. */
static enum dns_status read_caa(const uint8_t *data, size_t at, size_t end, struct dns_rdata *out)
{
    if (end - at < 3 || data[at + 1] == 0 || data[at + 1] > end - at - 2)
        return DNS_BAD_RDATA;
    out->flags = data[at];
    out->tag_size = data[at + 1];
    out->tag = data + at + 2;
    for (size_t i = 0; i < out->tag_size; i++) {
        uint8_t c = out->tag[i] | 0x20;

        if (!((c >= 'a' && c <= 'z') || (out->tag[i] >= '0' && out->tag[i] <= '9')))
            return DNS_BAD_RDATA;
    }
    out->value = out->tag + out->tag_size;
    out->value_size = end - at - 2 - out->tag_size;
    return DNS_FINE;
}

static enum dns_status read_address(const uint8_t *data, size_t at, size_t end, size_t size,
                                    struct dns_rdata *out)
{
    if (end - at != size)
        return DNS_BAD_RDATA;
    memcpy(out->address, data + at, size);
    return DNS_FINE;
}

enum dns_status dns_rdata_read(const uint8_t *data, size_t size, const struct dns_record *record,
                               struct dns_rdata *out)
{
    size_t at = record->data_at, end = at + record->data_size;

    if (end > size)
        return DNS_SHORT;
    switch (record->class == DNS_IN ? dns_shape_of(record->type) : DNS_SHAPE_RAW) {
    case DNS_SHAPE_ADDRESS4:
        return read_address(data, at, end, 4, out);
    case DNS_SHAPE_ADDRESS6:
        return read_address(data, at, end, 16, out);
    case DNS_SHAPE_NAME: {
        enum dns_status status = read_name(data, end, &at, &out->name);

        return status == DNS_FINE && at != end ? DNS_BAD_RDATA : status;
    }
    case DNS_SHAPE_SOA:
        return read_soa(data, at, end, out);
    case DNS_SHAPE_MX:
        return read_numbers_and_name(data, at, end, false, out);
    case DNS_SHAPE_SRV:
        return read_numbers_and_name(data, at, end, true, out);
    case DNS_SHAPE_TEXT:
        return read_text(data, at, end, out);
    case DNS_SHAPE_CAA:
        return read_caa(data, at, end, out);
    case DNS_SHAPE_RAW:
        break;
    }
    out->value = data + at;
    out->value_size = record->data_size;
    return DNS_FINE;
}
