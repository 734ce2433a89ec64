/* SPDX-License-Identifier: MIT
 * json_scan.c: recursive descent over the text; the recursion is bounded by the depth limit. */
#include "modules/json/json_scan.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Longest number token: more than any double needs; keeps the range check on the stack. */
#define NUMBER_MAX 512

struct scanner {
    const char *text;
    size_t size;
    size_t at;
    unsigned depth_left;
    size_t numbers;
    struct json_shape *shape;
    struct json_problem *problem;
};

static bool fail_at(struct scanner *s, size_t offset, const char *what)
{
    s->problem->offset = offset;
    s->problem->what = what;
    return false;
}

static bool fail(struct scanner *s, const char *what)
{
    return fail_at(s, s->at, s->at < s->size ? what : "the text ends too early");
}

/* The byte at the scanner's place, or -1 at the end (a NUL byte is 0, not the end). */
static int peek(const struct scanner *s)
{
    return s->at < s->size ? (unsigned char)s->text[s->at] : -1;
}

static bool is_blank(int c)
{
    return c == ' ' || c == '\n' || c == '\t' || c == '\r';
}

static bool is_digit(int c)
{
    return c >= '0' && c <= '9';
}

static void skip_blanks(struct scanner *s)
{
    while (is_blank(peek(s)))
        s->at++;
}

static bool continuation(const char *text, size_t at, unsigned char low, unsigned char high)
{
    unsigned char c = (unsigned char)text[at];
    return c >= low && c <= high;
}

size_t json_utf8_length(const char *text, size_t size)
{
    unsigned char c = (unsigned char)text[0];
    if (c < 0x80)
        return 1;
    if (c >= 0xc2 && c <= 0xdf)
        return size >= 2 && continuation(text, 1, 0x80, 0xbf) ? 2 : 0;
    if (c >= 0xe0 && c <= 0xef) {
        /* E0: no overlong forms; ED: no surrogates (Unicode 15, table 3-7) */
        unsigned char low = c == 0xe0 ? 0xa0 : 0x80, high = c == 0xed ? 0x9f : 0xbf;
        return size >= 3 && continuation(text, 1, low, high) && continuation(text, 2, 0x80, 0xbf) ? 3 : 0;
    }
    if (c >= 0xf0 && c <= 0xf4) {
        unsigned char low = c == 0xf0 ? 0x90 : 0x80, high = c == 0xf4 ? 0x8f : 0xbf;
        return size >= 4 && continuation(text, 1, low, high) && continuation(text, 2, 0x80, 0xbf) &&
                       continuation(text, 3, 0x80, 0xbf)
                   ? 4
                   : 0;
    }
    return 0;
}

/* Four hexadecimal digits at the scanner's place, or -1. */
static int scan_hex4(struct scanner *s)
{
    int value = 0;
    for (int i = 0; i < 4; i++, s->at++) {
        int c = peek(s);
        if (is_digit(c))
            value = value * 16 + (c - '0');
        else if ((c | 32) >= 'a' && (c | 32) <= 'f')
            value = value * 16 + ((c | 32) - 'a' + 10);
        else
            return -1;
    }
    return value;
}

/* After "\u". */
static bool scan_code_unit(struct scanner *s)
{
    size_t start = s->at - 2;
    int unit = scan_hex4(s);
    if (unit < 0)
        return fail(s, "\\u needs four hexadecimal digits");
    if (unit < 0xd800 || unit > 0xdfff)
        return true;
    bool paired = unit <= 0xdbff && s->at + 1 < s->size && memcmp(s->text + s->at, "\\u", 2) == 0;
    if (paired) {
        s->at += 2;
        unit = scan_hex4(s);
        paired = unit >= 0xdc00 && unit <= 0xdfff;
    }
    return paired || fail_at(s, start, "lone surrogate in a \\u escape");
}

static bool scan_escape(struct scanner *s)
{
    s->at++;
    int c = peek(s);
    if (c < 0 || c == 0 || !strchr("\"\\/bfnrtu", c))
        return fail(s, "unknown escape");
    s->at++;
    return c != 'u' || scan_code_unit(s);
}

/* ASCII that means itself inside a string: nearly everything that services send. */
static bool is_plain(unsigned char c)
{
    return c >= 0x20 && c < 0x80 && c != '"' && c != '\\';
}

#define EACH_BYTE(value) (UINT64_C(0x0101010101010101) * (value))

/* A byte of `word` is 0; the bits of further bytes mean nothing. */
static uint64_t has_zero(uint64_t word)
{
    return (word - EACH_BYTE(1)) & ~word & EACH_BYTE(0x80);
}

/* Whether some of the eight bytes may not be plain: none that is not is missed. */
static bool may_be_special(uint64_t word)
{
    uint64_t control = (word - EACH_BYTE(0x20)) & ~word & EACH_BYTE(0x80);
    return (word & EACH_BYTE(0x80)) | control | has_zero(word ^ EACH_BYTE('"')) |
           has_zero(word ^ EACH_BYTE('\\'));
}

/* In words and in registers: through the scanner every byte would be a store. */
static void skip_plain(struct scanner *s)
{
    const char *at = s->text + s->at, *end = s->text + s->size;
    uint64_t word;
    for (; end - at >= (ptrdiff_t)sizeof word; at += sizeof word) {
        memcpy(&word, at, sizeof word);
        if (may_be_special(word))
            break;
    }
    while (at < end && is_plain((unsigned char)*at))
        at++;
    s->at = (size_t)(at - s->text);
}

static bool scan_string(struct scanner *s)
{
    if (peek(s) != '"')
        return fail(s, "a string is expected");
    s->at++;
    for (;;) {
        skip_plain(s);
        int c = peek(s);
        if (c == '"') {
            s->at++;
            return true;
        }
        if (c < 0x20)
            return fail(s, "control character in a string");
        if (c == '\\') {
            if (!scan_escape(s))
                return false;
            continue;
        }
        size_t length = json_utf8_length(s->text + s->at, s->size - s->at);
        if (length == 0)
            return fail(s, "invalid UTF-8");
        s->at += length;
    }
}

static size_t skip_digits(struct scanner *s)
{
    size_t start = s->at;
    while (is_digit(peek(s)))
        s->at++;
    return s->at - start;
}

/* The token [start, at) has the grammar of a number: does a double hold it? */
static bool check_range(struct scanner *s, size_t start)
{
    char copy[NUMBER_MAX + 1];
    size_t length = s->at - start;
    if (length > NUMBER_MAX)
        return fail_at(s, start, "number of more than 512 characters");
    memcpy(copy, s->text + start, length);
    copy[length] = '\0';
    return isfinite(strtod(copy, NULL)) || fail_at(s, start, "number out of range");
}

/* `*items` with room for one more of `size` bytes; false when out of memory. */
static bool grow(void **items, size_t count, size_t *capacity, size_t size)
{
    if (count < *capacity)
        return true;
    size_t wanted = *capacity ? *capacity * 2 : 32;
    void *grown = realloc(*items, wanted * size);
    if (!grown)
        return false;
    *items = grown;
    *capacity = wanted;
    return true;
}

static bool add_long_integer(struct scanner *s, size_t number, size_t offset)
{
    struct json_shape *shape = s->shape;
    if (!grow((void **)&shape->long_integers, shape->long_count, &shape->long_capacity,
              sizeof *shape->long_integers))
        return fail_at(s, offset, NULL);
    shape->long_integers[shape->long_count++] = (struct json_long_integer){number, offset};
    return true;
}

static bool scan_number(struct scanner *s)
{
    size_t start = s->at;
    bool integer = true;
    if (peek(s) == '-')
        s->at++;
    size_t first = s->at;
    size_t digits = skip_digits(s);
    if (digits == 0)
        return fail(s, "a digit is expected");
    if (digits > 1 && s->text[first] == '0')
        return fail_at(s, first, "leading zero in a number");
    if (peek(s) == '.') {
        integer = false;
        s->at++;
        if (skip_digits(s) == 0)
            return fail(s, "a digit is expected after the point");
    }
    if ((peek(s) | 32) == 'e') {
        integer = false;
        s->at++;
        if (peek(s) == '+' || peek(s) == '-')
            s->at++;
        if (skip_digits(s) == 0)
            return fail(s, "a digit is expected in the exponent");
    }
    size_t number = s->numbers++;
    if (integer && digits > JSON_EXACT_DIGITS)
        return s->at - start > NUMBER_MAX ? fail_at(s, start, "number of more than 512 characters")
                                          : add_long_integer(s, number, start);
    return integer || check_range(s, start);
}

static bool scan_word(struct scanner *s, const char *word)
{
    size_t length = strlen(word);
    if (s->size - s->at < length || memcmp(s->text + s->at, word, length) != 0)
        return fail(s, "a value is expected");
    s->at += length;
    return true;
}

static bool scan_value(struct scanner *s);

/* After a member: true and *more for a comma, true and not *more for `close`. */
static bool scan_separator(struct scanner *s, char close, bool *more, const char *what)
{
    skip_blanks(s);
    int c = peek(s);
    if (c != ',' && c != close)
        return fail(s, what);
    s->at++;
    *more = c == ',';
    return true;
}

static bool scan_array(struct scanner *s, uint32_t *members)
{
    s->at++;
    skip_blanks(s);
    if (peek(s) == ']') {
        s->at++;
        return true;
    }
    for (bool more = true; more; ++*members) {
        if (!scan_value(s) || !scan_separator(s, ']', &more, "a comma or ] is expected"))
            return false;
    }
    return true;
}

static bool scan_object(struct scanner *s, uint32_t *members)
{
    s->at++;
    skip_blanks(s);
    if (peek(s) == '}') {
        s->at++;
        return true;
    }
    for (bool more = true; more; ++*members) {
        skip_blanks(s);
        if (!scan_string(s))
            return false;
        skip_blanks(s);
        if (peek(s) != ':')
            return fail(s, "a colon is expected");
        s->at++;
        if (!scan_value(s) || !scan_separator(s, '}', &more, "a comma or } is expected"))
            return false;
    }
    return true;
}

static bool scan_container(struct scanner *s, bool array)
{
    struct json_shape *shape = s->shape;
    size_t index = shape->container_count;
    uint32_t members = 0;
    if (s->depth_left == 0)
        return fail(s, "nested too deeply");
    if (!grow((void **)&shape->containers, index, &shape->container_capacity, sizeof *shape->containers))
        return fail_at(s, s->at, NULL);
    shape->container_count++;
    s->depth_left--;
    bool ok = array ? scan_array(s, &members) : scan_object(s, &members);
    s->depth_left++;
    shape->containers[index] = (struct json_container){members, array};
    return ok;
}

static bool scan_value(struct scanner *s)
{
    skip_blanks(s);
    switch (peek(s)) {
    case '{':
        return scan_container(s, false);
    case '[':
        return scan_container(s, true);
    case '"':
        return scan_string(s);
    case 't':
        return scan_word(s, "true");
    case 'f':
        return scan_word(s, "false");
    case 'n':
        return scan_word(s, "null");
    default:
        if (peek(s) == '-' || is_digit(peek(s)))
            return scan_number(s);
        return fail(s, "a value is expected");
    }
}

bool json_scan(const char *text, size_t size, const struct json_limits *limits, struct json_shape *shape,
               struct json_problem *problem)
{
    struct scanner s = {text, size, 0, limits->max_depth, 0, shape, problem};
    if (s.depth_left > JSON_DEPTH_CEILING)
        s.depth_left = JSON_DEPTH_CEILING;
    shape->container_count = 0;
    shape->long_count = 0;
    if (size > limits->max_size)
        return fail_at(&s, limits->max_size, "the text is larger than allowed");
    if (!scan_value(&s))
        return false;
    skip_blanks(&s);
    return s.at == size || fail(&s, "something follows the value");
}

void json_shape_free(struct json_shape *shape)
{
    free(shape->containers);
    free(shape->long_integers);
    *shape = (struct json_shape){0};
}
