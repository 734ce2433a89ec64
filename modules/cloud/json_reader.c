/* SPDX-License-Identifier: MIT
 * json_reader.c: recursive descent, in place. */
#include "modules/cloud/json_reader.h"

#include <stdint.h>

static bool fail(struct json_reader *json, const char *problem)
{
    if (!json->problem)
        json->problem = problem;
    return false;
}

static void skip_space(struct json_reader *json)
{
    while (json->at < json->end &&
           (*json->at == ' ' || *json->at == '\t' || *json->at == '\n' || *json->at == '\r'))
        json->at++;
}

char json_peek(struct json_reader *json)
{
    skip_space(json);
    return json->at < json->end ? *json->at : 0;
}

bool json_at_end(struct json_reader *json)
{
    skip_space(json);
    return json->at == json->end || fail(json, "there is text after the value");
}

static bool take(struct json_reader *json, char c, const char *problem)
{
    if (json_peek(json) != c)
        return fail(json, problem);
    json->at++;
    return true;
}

static int hex4(const char *at)
{
    int value = 0;
    for (int i = 0; i < 4; i++) {
        char c = at[i];
        int digit = c >= '0' && c <= '9'   ? c - '0'
                    : c >= 'a' && c <= 'f' ? c - 'a' + 10
                    : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                           : -1;
        if (digit < 0)
            return -1;
        value = value << 4 | digit;
    }
    return value;
}

static char *put_utf8(char *out, uint32_t code)
{
    if (code < 0x80) {
        *out++ = (char)code;
    } else if (code < 0x800) {
        *out++ = (char)(0xC0 | code >> 6);
        *out++ = (char)(0x80 | (code & 63));
    } else if (code < 0x10000) {
        *out++ = (char)(0xE0 | code >> 12);
        *out++ = (char)(0x80 | (code >> 6 & 63));
        *out++ = (char)(0x80 | (code & 63));
    } else {
        *out++ = (char)(0xF0 | code >> 18);
        *out++ = (char)(0x80 | (code >> 12 & 63));
        *out++ = (char)(0x80 | (code >> 6 & 63));
        *out++ = (char)(0x80 | (code & 63));
    }
    return out;
}

/* \uXXXX at json->at (behind the 'u'), with its second half when it is a surrogate. */
static bool take_unicode(struct json_reader *json, char **out)
{
    int code = json->end - json->at >= 4 ? hex4(json->at) : -1;
    if (code < 0)
        return fail(json, "\\u needs four hex digits");
    json->at += 4;
    uint32_t point = (uint32_t)code;
    if (code >= 0xD800 && code <= 0xDFFF) {
        int low = code < 0xDC00 && json->end - json->at >= 6 && json->at[0] == '\\' && json->at[1] == 'u'
                      ? hex4(json->at + 2)
                      : -1;
        if (low < 0xDC00 || low > 0xDFFF)
            return fail(json, "a \\u surrogate stands alone");
        json->at += 6;
        point = 0x10000 + ((uint32_t)(code - 0xD800) << 10) + (uint32_t)(low - 0xDC00);
    }
    *out = put_utf8(*out, point);
    return true;
}

static bool take_escape(struct json_reader *json, char **out)
{
    static const char escapes[] = "\"\"\\\\//b\bf\fn\nr\rt\t";
    char c = json->at < json->end ? *json->at++ : 0;
    if (c == 'u')
        return take_unicode(json, out);
    for (const char *e = escapes; *e; e += 2)
        if (*e == c) {
            *(*out)++ = e[1];
            return true;
        }
    return fail(json, "an escape in a string is not known");
}

/* The text shrinks in place: an escape is never shorter than what it stands for. */
static bool take_string(struct json_reader *json, struct slice *value)
{
    if (!take(json, '"', "a string was expected"))
        return false;
    char *out = json->at;
    value->data = out;
    while (json->at < json->end) {
        char c = *json->at++;
        if (c == '"') {
            value->size = (size_t)(out - value->data);
            return true;
        }
        if ((unsigned char)c < 32)
            return fail(json, "a control character stands in a string");
        if (c != '\\')
            *out++ = c;
        else if (!take_escape(json, &out))
            return false;
    }
    return fail(json, "a string does not end");
}

static size_t count_digits(struct json_reader *json)
{
    char *from = json->at;
    while (json->at < json->end && *json->at >= '0' && *json->at <= '9')
        json->at++;
    return (size_t)(json->at - from);
}

static bool take_number(struct json_reader *json)
{
    if (*json->at == '-')
        json->at++;
    char *from = json->at;
    size_t digits = count_digits(json);
    if (!digits || (digits > 1 && *from == '0'))
        return fail(json, "a number is malformed");
    if (json->at < json->end && *json->at == '.') {
        json->at++;
        if (!count_digits(json))
            return fail(json, "a number is malformed");
    }
    if (json->at < json->end && (*json->at == 'e' || *json->at == 'E')) {
        json->at++;
        if (json->at < json->end && (*json->at == '+' || *json->at == '-'))
            json->at++;
        if (!count_digits(json))
            return fail(json, "a number is malformed");
    }
    return true;
}

static bool take_word(struct json_reader *json, const char *word)
{
    size_t size = strlen(word);
    if ((size_t)(json->end - json->at) < size || memcmp(json->at, word, size) != 0)
        return fail(json, "a value is malformed");
    json->at += size;
    return true;
}

bool json_read_scalar(struct json_reader *json, struct slice *value)
{
    char c = json_peek(json);
    char *from = json->at;
    if (c == '"')
        return take_string(json, value);
    if (c == 'n') {
        *value = (struct slice){0};
        return take_word(json, "null");
    }
    bool taken = c == 't'                             ? take_word(json, "true")
                 : c == 'f'                           ? take_word(json, "false")
                 : c == '-' || (c >= '0' && c <= '9') ? take_number(json)
                                                      : fail(json, "a string or number was expected");
    *value = (struct slice){from, (size_t)(json->at - from)};
    return taken;
}

bool json_read_object(struct json_reader *json, json_member member, void *arg)
{
    if (!take(json, '{', "an object was expected") || ++json->depth > JSON_MAX_DEPTH)
        return fail(json, "the text is nested too deeply");
    for (bool first = true; json_peek(json) != '}' || !first; first = false) {
        struct slice name;
        if (!take_string(json, &name) || !take(json, ':', "a colon was expected") || !member(arg, json, name))
            return fail(json, "a member is not acceptable");
        if (json_peek(json) == ',')
            json->at++;
        else
            break;
    }
    json->depth--;
    return take(json, '}', "a comma or } was expected");
}

bool json_read_array(struct json_reader *json, json_item item, void *arg)
{
    if (!take(json, '[', "an array was expected") || ++json->depth > JSON_MAX_DEPTH)
        return fail(json, "the text is nested too deeply");
    for (bool first = true; json_peek(json) != ']' || !first; first = false) {
        if (!item(arg, json))
            return fail(json, "an item is not acceptable");
        if (json_peek(json) == ',')
            json->at++;
        else
            break;
    }
    json->depth--;
    return take(json, ']', "a comma or ] was expected");
}

static bool skip_member(void *arg, struct json_reader *json, struct slice name)
{
    return json_skip(json);
}

static bool skip_item(void *arg, struct json_reader *json)
{
    return json_skip(json);
}

bool json_skip(struct json_reader *json)
{
    struct slice ignored;
    switch (json_peek(json)) {
    case '{':
        return json_read_object(json, skip_member, NULL);
    case '[':
        return json_read_array(json, skip_item, NULL);
    default:
        return json_read_scalar(json, &ignored);
    }
}
