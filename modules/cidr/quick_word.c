/* SPDX-License-Identifier: MIT
 * quick_word.c: finds the dots of 16 bytes at once and reads the octets without branches: the number of
 * digits is random in practice, and every wrong guess of the processor costs more than an octet. */
#include "modules/cidr/quick_word.h"

#include <string.h>

#ifdef __SSE2__
#include <emmintrin.h>

/* Octet of `digits` (1 to 3) characters at `text`; sets *bad when it is above 255 or has leading zeros. */
static inline uint32_t read_octet(const char *text, unsigned digits, unsigned *bad)
{
    static const uint8_t lowest[4] = {0, 0, 10, 100}; /* below: a leading zero */
    uint32_t word;
    memcpy(&word, text, 4);
    word = word << (8 * (4 - digits)) & 0x0f0f0f00; /* digits at the top: hundreds, tens, ones upwards */
    uint32_t value = (word >> 8 & 15) * 100 + (word >> 16 & 15) * 10 + (word >> 24);
    *bad |= (value > 255) | (value < lowest[digits]);
    return value;
}

size_t cidr_ipv4_word(const char *text, uint32_t *value)
{
    __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)text);
    unsigned dots = (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(bytes, _mm_set1_epi8('.')));
    __m128i shifted = _mm_add_epi8(bytes, _mm_set1_epi8((char)(127 - '9'))); /* digits: 118 to 127 */
    unsigned digits = (unsigned)_mm_movemask_epi8(_mm_cmpgt_epi8(shifted, _mm_set1_epi8(127 - 10)));
    unsigned others = ~(dots | digits) & 0xffff;
    if (others == 0)
        return 0;
    unsigned end = (unsigned)__builtin_ctz(others);
    dots &= (1u << end) - 1;
    if (__builtin_popcount(dots) != 3)
        return 0;
    unsigned dot1 = (unsigned)__builtin_ctz(dots);
    dots &= dots - 1;
    unsigned dot2 = (unsigned)__builtin_ctz(dots);
    unsigned dot3 = (unsigned)__builtin_ctz(dots & (dots - 1));
    unsigned digits1 = dot1, digits2 = dot2 - dot1 - 1, digits3 = dot3 - dot2 - 1, digits4 = end - dot3 - 1;
    if ((digits1 - 1 > 2) | (digits2 - 1 > 2) | (digits3 - 1 > 2) | (digits4 - 1 > 2))
        return 0;
    unsigned bad = 0;
    *value = read_octet(text, digits1, &bad) << 24 | read_octet(text + dot1 + 1, digits2, &bad) << 16 |
             read_octet(text + dot2 + 1, digits3, &bad) << 8 | read_octet(text + dot3 + 1, digits4, &bad);
    return bad ? 0 : end;
}

#else

size_t cidr_ipv4_word(const char *text, uint32_t *value)
{
    size_t at = 0;
    *value = 0;
    for (int octet = 0; octet < 4; octet++) {
        size_t start = at;
        uint32_t number = 0;
        for (; at < start + 3 && text[at] >= '0' && text[at] <= '9'; at++)
            number = number * 10 + (uint32_t)(text[at] - '0');
        bool leading_zero = at > start + 1 && text[start] == '0';
        if (at == start || leading_zero || number > 255 || (octet < 3 && text[at++] != '.'))
            return 0;
        *value = *value << 8 | number;
    }
    return at;
}

#endif

/* One more than the value of a hexadecimal digit, 0 for any other byte. */
static const uint8_t hex_plus_one[256] = {
    ['0'] = 1,  ['1'] = 2,  ['2'] = 3,  ['3'] = 4,  ['4'] = 5,  ['5'] = 6,  ['6'] = 7,  ['7'] = 8,
    ['8'] = 9,  ['9'] = 10, ['a'] = 11, ['b'] = 12, ['c'] = 13, ['d'] = 14, ['e'] = 15, ['f'] = 16,
    ['A'] = 11, ['B'] = 12, ['C'] = 13, ['D'] = 14, ['E'] = 15, ['F'] = 16};

static inline unsigned hex_at(const char *text)
{
    return hex_plus_one[(unsigned char)*text];
}

/* The digits at `text`, at most four; returns their end. */
static inline const char *read_group(const char *text, unsigned *group)
{
    *group = 0;
    for (int i = 0; i < 4 && hex_at(text); i++, text++)
        *group = *group << 4 | (hex_at(text) - 1);
    return text;
}

/* Groups before and behind "::" are collected in two numbers of their own. */
size_t cidr_ipv6_word(const char *text, cidr_u128 *value)
{
    cidr_u128 parts[2] = {0, 0};
    unsigned counts[2] = {0, 0}, part = 0, group;
    const char *at = text;
    if (at[0] == ':') {
        if (at[1] != ':')
            return 0;
        at += 2;
        part = 1;
    }
    for (bool more = part == 0 || hex_at(at); more;) {
        if (!hex_at(at) || counts[0] + counts[1] == 8)
            return 0;
        at = read_group(at, &group);
        parts[part] = parts[part] << 16 | group;
        counts[part]++;
        more = *at == ':';
        at += more;
        if (more && *at == ':') {
            if (part++ == 1)
                return 0;
            more = hex_at(++at);
        }
    }
    unsigned count = counts[0] + counts[1];
    if (*at == '.' || (part == 0 ? count != 8 : count > 7))
        return 0;
    *value =
        part == 0 || counts[0] == 0 ? parts[0] | parts[1] : parts[0] << (128 - 16 * counts[0]) | parts[1];
    return (size_t)(at - text);
}

size_t cidr_length_word(const char *text, unsigned limit, unsigned *length)
{
    size_t at = 1;
    unsigned value = 0;
    if (text[0] != '/')
        return 0;
    for (; at < 4 && text[at] >= '0' && text[at] <= '9'; at++)
        value = value * 10 + (unsigned)(text[at] - '0');
    *length = value;
    bool leading_zero = text[1] == '0' && at > 2;
    return at == 1 || leading_zero || value > limit ? 0 : at;
}
