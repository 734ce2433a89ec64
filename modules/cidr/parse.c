/* SPDX-License-Identifier: MIT
 * parse.c: strict parsers with the place and the cause of a fault. */
#include "modules/cidr/parse.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct cursor {
    const char *text;
    size_t size, at;
    unsigned flags;
    struct cidr_problem *problem;
};

__attribute__((format(printf, 3, 4))) static bool fail(struct cursor *c, size_t offset, const char *format,
                                                       ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(c->problem->what, sizeof c->problem->what, format, arguments);
    va_end(arguments);
    c->problem->offset = offset;
    return false;
}

static int peek(const struct cursor *c)
{
    return c->at < c->size ? (unsigned char)c->text[c->at] : -1;
}

static bool is_digit(int c)
{
    return c >= '0' && c <= '9';
}

static int hex_value(int c)
{
    if (is_digit(c))
        return c - '0';
    c |= 32;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool at_end(struct cursor *c)
{
    return c->at == c->size || fail(c, c->at, "unexpected character");
}

/* Octet `number` (1 to 4) at the cursor. */
static bool parse_octet(struct cursor *c, unsigned number, unsigned *value)
{
    size_t start = c->at;
    unsigned base = 10, digits = 0;
    *value = 0;
    for (; is_digit(peek(c)); c->at++, digits++) {
        if (digits == 1 && c->text[start] == '0') {
            if (!(c->flags & (CIDR_ZEROS_DECIMAL | CIDR_ZEROS_OCTAL)))
                return fail(c, start, "leading zero in octet %u", number);
            base = c->flags & CIDR_ZEROS_OCTAL ? 8 : 10;
        }
        unsigned digit = (unsigned)peek(c) - '0';
        if (digit >= base)
            return fail(c, c->at, "octet %u is not octal", number);
        *value = *value * base + digit;
        if (*value > 255)
            return fail(c, start, "octet %u is above 255", number);
    }
    return digits > 0 || fail(c, c->at, "octet %u is missing", number);
}

static bool parse_ipv4(struct cursor *c, uint32_t *out)
{
    *out = 0;
    for (unsigned number = 1; number <= 4; number++) {
        unsigned octet;
        if (number > 1) {
            if (peek(c) != '.')
                return fail(c, c->at, "an IPv4 address has four octets; after octet %u a dot is expected",
                            number - 1);
            c->at++;
        }
        if (!parse_octet(c, number, &octet))
            return false;
        *out = *out << 8 | octet;
    }
    return true;
}

/* One group of hex digits; `digits` of them were read. */
static unsigned parse_group(struct cursor *c, unsigned *digits)
{
    unsigned value = 0;
    for (*digits = 0; *digits < 5 && hex_value(peek(c)) >= 0; ++*digits, c->at++)
        value = value << 4 | (unsigned)hex_value(peek(c));
    return value;
}

struct groups {
    unsigned value[8];
    int count;
    int gap; /* number of groups before "::", -1 without it */
};

/* An IPv4 tail that began at `start`. */
static bool parse_tail(struct cursor *c, size_t start, struct groups *g)
{
    uint32_t tail;
    if (g->count > 6)
        return fail(c, start, "the IPv4 tail needs the room of two groups");
    c->at = start;
    if (!parse_ipv4(c, &tail))
        return false;
    g->value[g->count++] = tail >> 16;
    g->value[g->count++] = tail & 0xffff;
    return true;
}

/* After a group: *more when another one follows. */
static bool parse_colons(struct cursor *c, struct groups *g, bool *more)
{
    *more = false;
    if (peek(c) != ':')
        return true;
    c->at++;
    if (peek(c) == ':') {
        if (g->gap >= 0)
            return fail(c, c->at - 1, "\"::\" may stand only once");
        g->gap = g->count;
        c->at++;
        *more = hex_value(peek(c)) >= 0;
        return true;
    }
    *more = true;
    return hex_value(peek(c)) >= 0 || fail(c, c->at, "a group is missing after the colon");
}

static bool parse_groups(struct cursor *c, struct groups *g)
{
    g->count = 0;
    g->gap = -1;
    bool more = true;
    if (peek(c) == ':') {
        if (c->at + 1 >= c->size || c->text[c->at + 1] != ':')
            return fail(c, c->at, "an IPv6 address cannot begin with one colon");
        g->gap = 0;
        c->at += 2;
        more = hex_value(peek(c)) >= 0;
    }
    while (more) {
        size_t start = c->at;
        unsigned digits, value = parse_group(c, &digits);
        if (peek(c) == '.')
            return parse_tail(c, start, g);
        if (digits > 4)
            return fail(c, start, "more than four digits in group %d", g->count + 1);
        if (digits == 0)
            return fail(c, start, "a group of hexadecimal digits is expected");
        if (g->count == 8)
            return fail(c, start, "more than eight groups");
        g->value[g->count++] = value;
        if (!parse_colons(c, g, &more))
            return false;
    }
    return true;
}

static bool parse_ipv6(struct cursor *c, struct cidr_address *out)
{
    struct groups g;
    size_t start = c->at;
    if (!parse_groups(c, &g))
        return false;
    if (g.gap < 0 && g.count < 8)
        return fail(c, c->at, "an IPv6 address has eight groups, here are %d", g.count);
    if (g.gap >= 0 && g.count > 7)
        return fail(c, start, "\"::\" must stand for at least one group");
    cidr_u128 value = 0;
    int missing = 8 - g.count;
    for (int i = 0; i < g.count; i++) {
        if (i == g.gap)
            value <<= 16 * missing;
        value = value << 16 | g.value[i];
    }
    if (g.gap == g.count) /* "::" at the end; alone it stands for all eight */
        value = missing == 8 ? 0 : value << 16 * missing;
    *out = cidr_address_of(6, value);
    return true;
}

static bool parse_any(struct cursor *c, struct cidr_address *out)
{
    if (c->at == c->size)
        return fail(c, c->at, "an address is expected");
    /* a colon before anything but hex digits makes it IPv6 */
    size_t i = c->at;
    while (i < c->size && hex_value((unsigned char)c->text[i]) >= 0)
        i++;
    if (i < c->size && c->text[i] == ':')
        return parse_ipv6(c, out);
    uint32_t value;
    if (!is_digit(peek(c)))
        return fail(c, c->at, "an address is expected");
    if (!parse_ipv4(c, &value))
        return false;
    *out = cidr_address_of(4, value);
    return true;
}

bool cidr_parse_address(const char *text, size_t size, unsigned flags, struct cidr_address *out,
                        struct cidr_problem *problem)
{
    struct cursor c = {text, size, 0, flags, problem};
    return parse_any(&c, out) && at_end(&c);
}

bool cidr_parse_scoped(const char *text, size_t size, unsigned flags, struct cidr_address *out,
                       size_t *zone_size, struct cidr_problem *problem)
{
    struct cursor c = {text, size, 0, flags, problem};
    *zone_size = 0;
    if (!parse_any(&c, out))
        return false;
    if (peek(&c) != '%')
        return at_end(&c);
    if (out->family != 6)
        return fail(&c, c.at, "only IPv6 addresses have zone ids");
    *zone_size = size - ++c.at;
    if (*zone_size == 0 || *zone_size > CIDR_ZONE_MAX)
        return fail(&c, c.at, "a zone id has 1 to %d characters", CIDR_ZONE_MAX);
    for (; c.at < size; c.at++) {
        if (peek(&c) <= ' ' || peek(&c) > '~' || peek(&c) == '%' || peek(&c) == '/')
            return fail(&c, c.at, "unexpected character in the zone id");
    }
    return true;
}

/* The number after the slash. */
static bool parse_length(struct cursor *c, int family, unsigned *length)
{
    size_t start = c->at;
    *length = 0;
    for (; is_digit(peek(c)); c->at++) {
        if (c->at == start + 1 && c->text[start] == '0' &&
            !(c->flags & (CIDR_ZEROS_DECIMAL | CIDR_ZEROS_OCTAL)))
            return fail(c, start, "leading zero in the prefix length");
        *length = *length * 10 + (unsigned)(peek(c) - '0');
        if (*length > cidr_width(family))
            return fail(c, start, "the prefix length is above %u", cidr_width(family));
    }
    return c->at > start || fail(c, start, "the prefix length is missing");
}

/* A netmask after the slash, when the text there has dots or colons; *found tells. */
static bool parse_netmask(struct cursor *c, int family, unsigned *length, bool *found)
{
    size_t start = c->at;
    *found = (c->flags & CIDR_NETMASK) &&
             (memchr(c->text + start, '.', c->size - start) || memchr(c->text + start, ':', c->size - start));
    if (!*found)
        return true;
    struct cidr_address mask = {0};
    if (!parse_any(c, &mask))
        return false;
    int bits = mask.family == family ? cidr_mask_length(mask) : -1;
    *length = (unsigned)bits;
    return bits >= 0 || fail(c, start, "not a netmask of IPv%d", family);
}

bool cidr_parse_prefix(const char *text, size_t size, unsigned flags, struct cidr_prefix *out,
                       bool *host_bits, struct cidr_problem *problem)
{
    struct cursor c = {text, size, 0, flags, problem};
    struct cidr_address address = {0};
    bool masked;
    if (host_bits)
        *host_bits = false;
    if (!parse_any(&c, &address))
        return false;
    unsigned length = cidr_width(address.family);
    if (peek(&c) == '%')
        return fail(&c, c.at, "a prefix has no zone id");
    if (peek(&c) == '/') {
        c.at++;
        if (!parse_netmask(&c, address.family, &length, &masked))
            return false;
        if (!masked && !parse_length(&c, address.family, &length))
            return false;
    } else if (c.at == size && !(flags & CIDR_BARE)) {
        return fail(&c, c.at, "the prefix length is missing");
    }
    if (!at_end(&c))
        return false;
    *out = cidr_prefix_of(address, length);
    if (!(flags & CIDR_LOOSE) && cidr_compare(address, cidr_first(*out)) != 0) {
        if (host_bits)
            *host_bits = true;
        return fail(&c, 0, "bits behind the prefix length are set");
    }
    return true;
}

bool cidr_parse_range(const char *text, size_t size, unsigned flags, struct cidr_range *out,
                      struct cidr_problem *problem)
{
    const char *dash = memchr(text, '-', size);
    struct cidr_prefix prefix;
    if (!dash) {
        if (!cidr_parse_prefix(text, size, flags, &prefix, NULL, problem))
            return false;
        *out = cidr_range_of(prefix);
        return true;
    }
    size_t left = (size_t)(dash - text);
    struct cursor c = {text, size, left + 1, flags, problem};
    if (!cidr_parse_address(text, left, flags, &out->first, problem))
        return false;
    if (!parse_any(&c, &out->last) || !at_end(&c))
        return false;
    if (out->first.family != out->last.family)
        return fail(&c, left + 1, "a range needs two addresses of one family");
    return cidr_compare(out->first, out->last) <= 0 || fail(&c, 0, "the range ends before it begins");
}

bool cidr_expand_partial(const char *text, size_t size, struct cidr_prefix *out, struct cidr_problem *problem)
{
    struct cursor c = {text, size, 0, 0, problem};
    uint32_t value = 0;
    unsigned octets = 0, octet, length;
    do {
        if (octets && peek(&c) == '.')
            c.at++;
        if (!parse_octet(&c, octets + 1, &octet))
            return false;
        value |= octet << (24 - 8 * octets++);
    } while (octets < 4 && peek(&c) == '.');
    length = 8 * octets;
    if (peek(&c) == '/') {
        c.at++;
        if (!parse_length(&c, 4, &length))
            return false;
    }
    if (!at_end(&c))
        return false;
    *out = cidr_prefix_of(cidr_address_of(4, value), length);
    return out->lo == value || fail(&c, 0, "bits behind the prefix length are set");
}
