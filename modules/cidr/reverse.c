/* SPDX-License-Identifier: MIT
 * reverse.c: labels in both directions. */
#include "modules/cidr/reverse.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

/* Bits of a label. */
static unsigned label_bits(int family)
{
    return family == 4 ? 8 : 4;
}

/* The labels of the first `length` bits (whole labels), last one first, and the zone behind them. */
static size_t write_labels(struct cidr_address a, unsigned length, char *text, size_t room)
{
    unsigned bits = label_bits(a.family);
    size_t size = 0;
    for (unsigned end = length; end > 0; end -= bits) {
        unsigned label = (unsigned)(cidr_value(a) >> (cidr_width(a.family) - end)) & ((1u << bits) - 1);
        size += (size_t)snprintf(text + size, room - size, a.family == 4 ? "%u." : "%x.", label);
    }
    return size + (size_t)snprintf(text + size, room - size, a.family == 4 ? "in-addr.arpa" : "ip6.arpa");
}

size_t cidr_reverse_name(struct cidr_address a, char text[CIDR_REVERSE_MAX])
{
    return write_labels(a, cidr_width(a.family), text, CIDR_REVERSE_MAX);
}

static bool is_classless(struct cidr_prefix p)
{
    return p.family == 4 && p.length > 24 && p.length < 32;
}

/* Length of the zones of a prefix. */
static unsigned zone_length(struct cidr_prefix p)
{
    unsigned bits = label_bits(p.family);
    return (p.length + bits - 1) / bits * bits;
}

unsigned cidr_reverse_zone_count(struct cidr_prefix p)
{
    return is_classless(p) ? 1 : 1u << (zone_length(p) - p.length);
}

size_t cidr_reverse_zone(struct cidr_prefix p, unsigned index, char text[CIDR_REVERSE_MAX])
{
    struct cidr_address first = cidr_first(p);
    if (is_classless(p)) {
        int size = snprintf(text, CIDR_REVERSE_MAX, "%u/%u.", (unsigned)first.lo & 255, p.length);
        return (size_t)size + write_labels(first, 24, text + size, CIDR_REVERSE_MAX - (size_t)size);
    }
    struct cidr_prefix zone = cidr_subnet(p, zone_length(p), index);
    return write_labels(cidr_first(zone), zone.length, text, CIDR_REVERSE_MAX);
}

/* Removes the zone from the end of the name; the labels before it keep their last dot. */
static int strip_zone(const char *text, size_t *size)
{
    static const char *const zones[] = {"in-addr.arpa", "ip6.arpa"};
    if (*size > 0 && text[*size - 1] == '.')
        --*size;
    for (int i = 0; i < 2; i++) {
        size_t length = strlen(zones[i]);
        if (*size < length || strncasecmp(text + *size - length, zones[i], length) != 0)
            continue;
        *size -= length;
        return *size == 0 || text[*size - 1] == '.' ? (i == 0 ? 4 : 6) : 0;
    }
    return 0;
}

/* One label of `size` characters as a number, or -1. Decimal labels have no leading zeros. */
static int label_value(const char *text, size_t size, int family)
{
    int value = 0;
    if (size == 0 || size > (family == 4 ? 3 : 1) || (size > 1 && text[0] == '0'))
        return -1;
    for (size_t i = 0; i < size; i++) {
        char c = text[i];
        int digit = c >= '0' && c <= '9'                 ? c - '0'
                    : (c | 32) >= 'a' && (c | 32) <= 'f' ? (c | 32) - 'a' + 10
                                                         : 99;
        if (digit >= (family == 4 ? 10 : 16))
            return -1;
        value = value * (family == 4 ? 10 : 16) + digit;
    }
    return value < 256 ? value : -1;
}

/* "first/length" as the leftmost label of a classless zone: *length becomes that of the prefix. */
static int classless_value(const char *text, size_t size, int family, unsigned *length)
{
    const char *slash = memchr(text, '/', size);
    if (!slash || family != 4)
        return -1;
    int bits = label_value(slash + 1, (size_t)(text + size - slash) - 1, 4);
    int first = label_value(text, (size_t)(slash - text), 4);
    if (bits < 25 || bits > 31 || first < 0 || (first & (255 >> (bits - 24))))
        return -1;
    *length = (unsigned)bits;
    return first;
}

bool cidr_from_reverse(const char *text, size_t size, struct cidr_prefix *out)
{
    int family = strip_zone(text, &size);
    if (family == 0)
        return false;
    unsigned bits = label_bits(family), width = cidr_width(family), length = 0, classless = 0;
    cidr_u128 value = 0;
    while (size > 0) { /* from the right: the leading bits first */
        size_t end = size - 1, start = end;
        while (start > 0 && text[start - 1] != '.')
            start--;
        int label = label_value(text + start, end - start, family);
        if (label < 0 && start == 0 && length == 24)
            label = classless_value(text, end, family, &classless);
        if (label < 0 || length == width)
            return false;
        length += bits;
        value |= (cidr_u128)(unsigned)label << (width - length);
        size = start;
    }
    *out = cidr_prefix_of(cidr_address_of(family, value), classless ? classless : length);
    return true;
}
