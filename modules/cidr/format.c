/* SPDX-License-Identifier: MIT
 * format.c: canonical text. */
#include "modules/cidr/format.h"

#include <string.h>

static const char hex_digits[] = "0123456789abcdef";

/* A number below 1000. */
static char *write_small(unsigned value, char *to)
{
    if (value >= 100) {
        *to++ = (char)('0' + value / 100);
        value %= 100;
        *to++ = (char)('0' + value / 10);
    } else if (value >= 10) {
        *to++ = (char)('0' + value / 10);
    }
    *to++ = (char)('0' + value % 10);
    return to;
}

char *cidr_write_ipv4(uint32_t value, char *to)
{
    for (int shift = 24; shift >= 0; shift -= 8) {
        to = write_small(value >> shift & 255, to);
        if (shift)
            *to++ = '.';
    }
    return to;
}

static unsigned group_of(struct cidr_address a, int i)
{
    return (unsigned)((i < 4 ? a.hi : a.lo) >> (48 - 16 * (i & 3)) & 0xffff);
}

static char *write_group(unsigned group, char *to)
{
    /* all four digits are written; the leading zeros are then written over */
    unsigned digits = group > 0xfff ? 4 : group > 0xff ? 3 : group > 0xf ? 2 : 1;
    group <<= 16 - 4 * digits;
    to[0] = hex_digits[group >> 12 & 15];
    to[1] = hex_digits[group >> 8 & 15];
    to[2] = hex_digits[group >> 4 & 15];
    to[3] = hex_digits[group & 15];
    return to + digits;
}

/* The longest run of two or more zero groups, the first of equals (RFC 5952, 4.2.3): *start is 8 when
 * there is none. */
static void find_zeros(const unsigned groups[8], int *start, int *end)
{
    *start = *end = 8;
    for (int i = 0, run = 0; i < 8; i++) {
        run = groups[i] ? 0 : run + 1;
        if (run >= 2 && (*start == 8 || run > *end - *start)) {
            *start = i + 1 - run;
            *end = i + 1;
        }
    }
}

static char *write_ipv6(struct cidr_address a, char *to)
{
    int start, end;
    unsigned groups[8];
    if (a.hi == 0 && a.lo >> 32 == 0xffff) { /* IPv4-mapped: RFC 5952, section 5 */
        memcpy(to, "::ffff:", 7);
        return cidr_write_ipv4((uint32_t)a.lo, to + 7);
    }
    for (int i = 0; i < 8; i++)
        groups[i] = group_of(a, i);
    find_zeros(groups, &start, &end);
    for (int i = 0; i < 8; i++) {
        if (i == start) {
            *to++ = ':';
            *to++ = ':';
            i = end - 1;
            continue;
        }
        if (i > 0 && i != end)
            *to++ = ':';
        to = write_group(groups[i], to);
    }
    return to;
}

static char *write_address(struct cidr_address a, char *to)
{
    return a.family == 4 ? cidr_write_ipv4((uint32_t)a.lo, to) : write_ipv6(a, to);
}

size_t cidr_format_address(struct cidr_address a, char text[CIDR_ADDRESS_MAX])
{
    char *end = write_address(a, text);
    *end = '\0';
    return (size_t)(end - text);
}

size_t cidr_format_prefix(struct cidr_prefix p, char text[CIDR_PREFIX_MAX])
{
    char *end = write_address(cidr_first(p), text);
    *end++ = '/';
    end = write_small(p.length, end);
    *end = '\0';
    return (size_t)(end - text);
}

size_t cidr_format_expanded(struct cidr_address a, char text[CIDR_ADDRESS_MAX])
{
    if (a.family == 4)
        return cidr_format_address(a, text);
    char *to = text;
    for (int i = 0; i < 8; i++) {
        if (i)
            *to++ = ':';
        for (int shift = 12; shift >= 0; shift -= 4)
            *to++ = hex_digits[group_of(a, i) >> shift & 15];
    }
    *to = '\0';
    return (size_t)(to - text);
}
