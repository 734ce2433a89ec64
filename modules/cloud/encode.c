/* SPDX-License-Identifier: MIT
 * encode.c: percent-encoding and decoding, number texts. */
#include "modules/cloud/encode.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* 1: unreserved, 2: slash */
static const unsigned char classes[256] = {
    ['-'] = 1, ['.'] = 1, ['_'] = 1, ['~'] = 1, ['/'] = 2, ['0'] = 1, ['1'] = 1, ['2'] = 1, ['3'] = 1,
    ['4'] = 1, ['5'] = 1, ['6'] = 1, ['7'] = 1, ['8'] = 1, ['9'] = 1, ['A'] = 1, ['B'] = 1, ['C'] = 1,
    ['D'] = 1, ['E'] = 1, ['F'] = 1, ['G'] = 1, ['H'] = 1, ['I'] = 1, ['J'] = 1, ['K'] = 1, ['L'] = 1,
    ['M'] = 1, ['N'] = 1, ['O'] = 1, ['P'] = 1, ['Q'] = 1, ['R'] = 1, ['S'] = 1, ['T'] = 1, ['U'] = 1,
    ['V'] = 1, ['W'] = 1, ['X'] = 1, ['Y'] = 1, ['Z'] = 1, ['a'] = 1, ['b'] = 1, ['c'] = 1, ['d'] = 1,
    ['e'] = 1, ['f'] = 1, ['g'] = 1, ['h'] = 1, ['i'] = 1, ['j'] = 1, ['k'] = 1, ['l'] = 1, ['m'] = 1,
    ['n'] = 1, ['o'] = 1, ['p'] = 1, ['q'] = 1, ['r'] = 1, ['s'] = 1, ['t'] = 1, ['u'] = 1, ['v'] = 1,
    ['w'] = 1, ['x'] = 1, ['y'] = 1, ['z'] = 1,
};
static const char upper_hex[] = "0123456789ABCDEF";

/* `keep`: bit mask of the classes that stay. */
static void encode_with(struct bytes *out, struct slice text, unsigned keep)
{
    if (!bytes_reserve(out, text.size * 3))
        return;
    char *p = out->data + out->size;
    const unsigned char *from = (const unsigned char *)text.data, *end = from + text.size;
    while (from < end) {
        unsigned char c = *from++;
        *p = (char)c; /* overwritten when it has to be encoded */
        if (classes[c] & keep) {
            p++;
            continue;
        }
        p[0] = '%';
        p[1] = upper_hex[c >> 4];
        p[2] = upper_hex[c & 15];
        p += 3;
    }
    out->size = (size_t)(p - out->data);
}

void encode_append(struct bytes *out, struct slice text)
{
    encode_with(out, text, 1);
}

void encode_path(struct bytes *out, struct slice path)
{
    encode_with(out, path, 3);
}

void encode_twice(struct bytes *out, struct slice text)
{
    if (!bytes_reserve(out, text.size * 5))
        return;
    char *p = out->data + out->size;
    for (size_t i = 0; i < text.size; i++) {
        unsigned char c = (unsigned char)text.data[i];
        if (classes[c] == 1) {
            *p++ = (char)c;
        } else {
            p[0] = '%';
            p[1] = '2';
            p[2] = '5';
            p[3] = upper_hex[c >> 4];
            p[4] = upper_hex[c & 15];
            p += 5;
        }
    }
    out->size = (size_t)(p - out->data);
}

bool encode_is_plain(struct slice text)
{
    for (size_t i = 0; i < text.size; i++)
        if (classes[(unsigned char)text.data[i]] != 1)
            return false;
    return true;
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return -1;
}

void decode_append(struct bytes *out, struct slice text, bool plus)
{
    if (!bytes_reserve(out, text.size))
        return;
    char *p = out->data + out->size;
    for (size_t i = 0; i < text.size; i++) {
        char c = text.data[i];
        if (c == '%' && i + 2 < text.size) {
            int high = hex_digit(text.data[i + 1]);
            int low = hex_digit(text.data[i + 2]);
            if (high >= 0 && low >= 0) {
                c = (char)(high << 4 | low);
                i += 2;
            }
        } else if (c == '+' && plus) {
            c = ' ';
        }
        *p++ = c;
    }
    out->size = (size_t)(p - out->data);
}

/* Shortest digits of a positive finite number: fills digits (no point) and the decimal exponent. */
static int shortest_digits(double value, char *digits, int *exponent)
{
    char text[48];
    for (int precision = 0; precision < 17; precision++) {
        snprintf(text, sizeof text, "%.*e", precision, value);
        if (strtod(text, NULL) == value)
            break;
    }
    int count = 0;
    const char *p = text;
    for (; *p && *p != 'e'; p++)
        if (*p != '.')
            digits[count++] = *p;
    *exponent = atoi(p + 1);
    while (count > 1 && digits[count - 1] == '0')
        count--;
    return count;
}

size_t integer_text(long long value, char *text)
{
    char digits[24];
    size_t count = 0, size = 0;
    unsigned long long rest = value < 0 ? 0 - (unsigned long long)value : (unsigned long long)value;
    do {
        digits[count++] = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest);
    if (value < 0)
        text[size++] = '-';
    while (count)
        text[size++] = digits[--count];
    return size;
}

size_t number_text(double value, char *text)
{
    char digits[20] = "0";
    int exponent;
    char *p = text;
    if (!isfinite(value))
        return 0;
    if (value == 0) {
        memcpy(text, "0", 2);
        return 1;
    }
    if (value < 0)
        *p++ = '-';
    int count = shortest_digits(fabs(value), digits, &exponent);
    int point = exponent + 1; /* position of the decimal point, counted from the first digit */
    if (point > 21 || point < -5) {
        *p++ = digits[0];
        if (count > 1) {
            *p++ = '.';
            memcpy(p, digits + 1, (size_t)count - 1);
            p += count - 1;
        }
        p += sprintf(p, "e%c%d", exponent < 0 ? '-' : '+', abs(exponent));
        return (size_t)(p - text);
    }
    if (point <= 0) {
        *p++ = '0';
        *p++ = '.';
        for (int i = point; i < 0; i++)
            *p++ = '0';
    }
    for (int i = 0; i < count || i < point; i++) {
        if (i == point && point > 0)
            *p++ = '.';
        *p++ = i < count ? digits[i] : '0';
    }
    *p = 0;
    return (size_t)(p - text);
}
