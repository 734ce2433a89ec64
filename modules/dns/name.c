/* SPDX-License-Identifier: MIT
 * name.c: domain names between text, octets and compressed messages (RFC 1035 3.1 and 4.1.4, RFC 4343). */
#include "modules/dns/wire.h"

#include <stdio.h>
#include <string.h>

enum { LABEL_MAX = 63, POINTER = 0xc0 };

static uint8_t lower(uint8_t c)
{
    return c >= 'A' && c <= 'Z' ? (uint8_t)(c + 32) : c;
}

/* Reads one character of a label, escaped or not; returns the octets of text used, 0 when wrong. */
static size_t read_character(const char *text, size_t left, uint8_t *out, enum dns_status *status)
{
    const unsigned char *t = (const unsigned char *)text;

    *status = DNS_BAD_ESCAPE;
    if (t[0] != '\\') {
        *status = DNS_BAD_CHARACTER;
        *out = t[0];
        return t[0] > 0x20 && t[0] < 0x7f ? 1 : 0;
    }
    if (left < 2)
        return 0;
    if (t[1] < '0' || t[1] > '9') {
        *out = t[1];
        return t[1] > 0x20 && t[1] < 0x7f ? 2 : 0;
    }
    if (left < 4 || t[2] < '0' || t[2] > '9' || t[3] < '0' || t[3] > '9')
        return 0;
    unsigned value = (unsigned)(t[1] - '0') * 100 + (unsigned)(t[2] - '0') * 10 + (unsigned)(t[3] - '0');
    *out = (uint8_t)value;
    return value <= 255 ? 4 : 0;
}

enum dns_status dns_name_from_text(struct dns_name *name, const char *text, size_t length)
{
    size_t label = 0, size = 1; /* where the length octet of the current label is; octets so far */
    enum dns_status status;

    if (length == 1 && text[0] == '.')
        length = 0;
    else if (length == 0)
        return DNS_BAD_LABEL;
    for (size_t i = 0; i < length;) {
        uint8_t octet;

        if (text[i] == '.') {
            if (size == label + 1)
                return DNS_BAD_LABEL;
            name->octets[label] = (uint8_t)(size - label - 1);
            label = size++;
            i++;
        } else {
            size_t used = read_character(text + i, length - i, &octet, &status);

            if (used == 0)
                return status;
            if (size - label - 1 == LABEL_MAX)
                return DNS_BAD_LABEL;
            if (size >= DNS_NAME_MAX - 1) /* the final zero octet needs room too */
                return DNS_LONG_NAME;
            name->octets[size++] = octet;
            i += used;
        }
    }
    if (size > label + 1) {
        name->octets[label] = (uint8_t)(size - label - 1);
        label = size++;
    }
    name->octets[label] = 0;
    name->length = (uint8_t)size;
    return DNS_FINE;
}

/* What may stand in text as it is; most names hold nothing else. */
static bool is_plain(uint8_t c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || c == '-' || c == '_';
}

size_t dns_name_to_text(const struct dns_name *name, char text[DNS_TEXT_MAX])
{
    char *out = text;

    for (unsigned at = 0; at < name->length && name->octets[at] != 0; at += 1u + name->octets[at]) {
        if (at > 0)
            *out++ = '.';
        for (unsigned i = 1; i <= name->octets[at]; i++) {
            uint8_t c = name->octets[at + i];

            if (is_plain(c))
                *out++ = (char)c;
            else if (c <= 0x20 || c >= 0x7f)
                out += sprintf(out, "\\%03u", c);
            else if (strchr(".\\\"();@$", c)) {
                *out++ = '\\';
                *out++ = (char)c;
            } else
                *out++ = (char)c;
        }
    }
    if (out == text)
        *out++ = '.';
    *out = '\0';
    return (size_t)(out - text);
}

bool dns_name_equal(const struct dns_name *a, const struct dns_name *b)
{
    if (a->length != b->length)
        return false;
    if (memcmp(a->octets, b->octets, a->length) == 0)
        return true;
    /* Length octets are below 64 and so untouched by lower(). */
    for (unsigned i = 0; i < a->length; i++)
        if (lower(a->octets[i]) != lower(b->octets[i]))
            return false;
    return true;
}

bool dns_name_within(const struct dns_name *name, const struct dns_name *zone)
{
    struct dns_name suffix;

    for (unsigned at = 0; at < name->length; at += 1u + name->octets[at]) {
        suffix.length = (uint8_t)(name->length - at);
        if (suffix.length < zone->length)
            return false;
        if (suffix.length == zone->length) {
            memcpy(suffix.octets, name->octets + at, suffix.length);
            return dns_name_equal(&suffix, zone);
        }
    }
    return false;
}

enum dns_status dns_name_read(const uint8_t *data, size_t size, size_t *at, struct dns_name *name)
{
    size_t here = *at, lowest = *at, length = 0;
    bool jumped = false;

    for (;;) {
        if (here >= size)
            return DNS_SHORT;
        uint8_t octet = data[here];

        if ((octet & POINTER) == POINTER) {
            if (here + 1 >= size)
                return DNS_SHORT;
            size_t target = (size_t)(octet & 0x3f) << 8 | data[here + 1];

            if (!jumped)
                *at = here + 2;
            jumped = true;
            if (target >= lowest) /* strictly backwards: cannot loop */
                return DNS_BAD_POINTER;
            here = lowest = target;
            continue;
        }
        if (octet & POINTER)
            return DNS_BAD_LABEL;
        if (here + 1 + octet > size)
            return DNS_SHORT;
        if (length + 1 + octet > DNS_NAME_MAX)
            return DNS_LONG_NAME;
        if (name)
            memcpy(name->octets + length, data + here, 1u + octet);
        length += 1u + octet;
        here += 1u + octet;
        if (octet == 0)
            break;
    }
    if (!jumped)
        *at = here;
    if (name)
        name->length = (uint8_t)length;
    return DNS_FINE;
}

void dns_name_of_address(struct dns_name *name, const uint8_t *address, size_t size)
{
    char text[DNS_TEXT_MAX], *out = text;

    if (size == 4) {
        snprintf(text, sizeof text, "%u.%u.%u.%u.in-addr.arpa", address[3], address[2], address[1],
                 address[0]);
    } else {
        for (size_t i = size; i-- > 0;)
            out += sprintf(out, "%x.%x.", address[i] & 15u, address[i] >> 4);
        strcpy(out, "ip6.arpa");
    }
    dns_name_from_text(name, text, strlen(text));
}
