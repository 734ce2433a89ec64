/* SPDX-License-Identifier: MIT
 * json_encode.c: Lua value to JSON text: keys sorted by bytes, integers exact, floats in the shortest
 * form that reads back as the same number, arrays kept, strict UTF-8. */
#include "modules/json/json.h"
#include "modules/json/json_scan.h"

#include "runtime/error.h"

#include <lauxlib.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define INDENT_MAX 16

/* The text so far; a userdata with __gc, because errors may jump out at any place. */
struct output {
    char *text;
    size_t size, room;
};

/* Where the encoder is, for error texts: a list of frames on the C stack. */
struct place {
    const struct place *up;
    const char *key; /* NULL: an index */
    lua_Integer index;
};

struct encoder {
    lua_State *L;
    struct output *out;
    int indent; /* spaces per level; 0: one line */
    int depth;
};

struct key {
    const char *text;
    size_t size;
};

static void encode_value(struct encoder *e, const struct place *place);

static int output_gc(lua_State *L)
{
    struct output *out = lua_touserdata(L, 1);
    free(out->text);
    out->text = NULL;
    return 0;
}

static struct output *push_output(lua_State *L)
{
    struct output *out = lua_newuserdatauv(L, sizeof *out, 0);
    memset(out, 0, sizeof *out);
    lua_createtable(L, 0, 1);
    lua_pushcfunction(L, output_gc);
    lua_setfield(L, -2, "__gc");
    lua_setmetatable(L, -2);
    return out;
}

static char *reserve(struct encoder *e, size_t size)
{
    struct output *out = e->out;
    if (out->room - out->size < size) {
        size_t room = (out->room + size) * 2 + 256;
        char *text = realloc(out->text, room);
        if (!text)
            error_raise(e->L, "internal", "OutOfMemory", "no memory for %d bytes of JSON", (int)room);
        out->text = text;
        out->room = room;
    }
    return out->text + out->size;
}

static void put(struct encoder *e, const char *text, size_t size)
{
    memcpy(reserve(e, size), text, size);
    e->out->size += size;
}

static void put_newline(struct encoder *e)
{
    if (e->indent == 0)
        return;
    size_t size = 1 + (size_t)e->indent * (size_t)e->depth;
    char *to = reserve(e, size);
    to[0] = '\n';
    memset(to + 1, ' ', size - 1);
    e->out->size += size;
}

/* Pushes the place as ".a.b[3]". */
static void push_place(lua_State *L, const struct place *place)
{
    if (!place) {
        lua_pushliteral(L, "");
        return;
    }
    luaL_checkstack(L, 4, "JSON nested too deeply");
    push_place(L, place->up);
    if (place->key)
        lua_pushfstring(L, ".%s", place->key);
    else
        lua_pushfstring(L, "[%I]", place->index);
    lua_concat(L, 2);
}

static void fail(struct encoder *e, const struct place *place, const char *what)
{
    push_place(e->L, place);
    const char *where = lua_tostring(e->L, -1);
    error_raise(e->L, "input", "InvalidJson", "cannot encode %s%s%s as JSON", what, *where ? " at " : "",
                where);
}

/* Escape of byte `c` in `text` (up to 6 characters); returns its length, 0 when it needs none. */
static size_t escape(unsigned char c, char *text)
{
    static const char plain[] = "\"\"\\\\\bb\ff\nn\rr\tt";
    static const char digits[] = "0123456789abcdef";
    if (c >= 0x20 && c != '"' && c != '\\')
        return 0;
    text[0] = '\\';
    for (const char *p = plain; *p; p += 2) {
        if ((unsigned char)*p == c) {
            text[1] = p[1];
            return 2;
        }
    }
    memcpy(text + 1, "u00", 3);
    text[4] = digits[c >> 4];
    text[5] = digits[c & 15];
    return 6;
}

static void put_string(struct encoder *e, const char *text, size_t size, const struct place *place)
{
    put(e, "\"", 1);
    size_t done = 0;
    for (size_t at = 0, length; at < size; at += length) {
        char escaped[6];
        length = json_utf8_length(text + at, size - at);
        if (length == 0)
            fail(e, place, "a string that is not UTF-8");
        size_t escaped_size = length == 1 ? escape((unsigned char)text[at], escaped) : 0;
        if (escaped_size == 0)
            continue;
        put(e, text + done, at - done);
        put(e, escaped, escaped_size);
        done = at + 1;
    }
    put(e, text + done, size - done);
    put(e, "\"", 1);
}

static void put_float(struct encoder *e, lua_Number number, const struct place *place)
{
    char text[32];
    int size = 0;
    if (!isfinite(number))
        fail(e, place, "a number that is not finite");
    for (int digits = 15; digits <= 17; digits++) {
        size = snprintf(text, sizeof text, "%.*g", digits, number);
        if (strtod(text, NULL) == number)
            break;
    }
    put(e, text, (size_t)size);
}

static void put_number(struct encoder *e, const struct place *place)
{
    if (!lua_isinteger(e->L, -1)) {
        put_float(e, lua_tonumber(e->L, -1), place);
        return;
    }
    char *to = reserve(e, 24);
    e->out->size += (size_t)snprintf(to, 24, LUA_INTEGER_FMT, lua_tointeger(e->L, -1));
}

static int compare_keys(const void *a, const void *b)
{
    const struct key *left = a, *right = b;
    size_t common = left->size < right->size ? left->size : right->size;
    int order = memcmp(left->text, right->text, common);
    return order ? order : (left->size > right->size) - (left->size < right->size);
}

/* Counts the entries of the table on the top; fails unless all keys are strings. */
static size_t count_keys(struct encoder *e, const struct place *place)
{
    lua_State *L = e->L;
    size_t count = 0;
    lua_pushnil(L);
    while (lua_next(L, -2)) {
        if (lua_type(L, -2) != LUA_TSTRING)
            fail(e, place, "a table with keys that are neither 1..n nor all strings");
        count++;
        lua_pop(L, 1);
    }
    return count;
}

/* Pushes a userdata with the sorted keys of the table on the top. The key strings stay valid: the
 * table holds them. */
static struct key *push_keys(struct encoder *e, size_t count)
{
    lua_State *L = e->L;
    struct key *keys = lua_newuserdatauv(L, count * sizeof *keys + 1, 0);
    lua_pushnil(L);
    for (size_t i = 0; lua_next(L, -3); i++) {
        keys[i].text = lua_tolstring(L, -2, &keys[i].size);
        lua_pop(L, 1);
    }
    qsort(keys, count, sizeof *keys, compare_keys);
    return keys;
}

static void put_object(struct encoder *e, const struct place *up)
{
    lua_State *L = e->L;
    size_t count = count_keys(e, up);
    struct key *keys = push_keys(e, count);
    put(e, "{", 1);
    e->depth++;
    for (size_t i = 0; i < count; i++) {
        struct place place = {up, keys[i].text, 0};
        put(e, ",", i > 0);
        put_newline(e);
        put_string(e, keys[i].text, keys[i].size, &place);
        put(e, ": ", e->indent ? 2 : 1);
        lua_pushlstring(L, keys[i].text, keys[i].size);
        lua_rawget(L, -3);
        encode_value(e, &place);
        lua_pop(L, 1);
    }
    e->depth--;
    if (count)
        put_newline(e);
    put(e, "}", 1);
    lua_pop(L, 1);
}

static void put_array(struct encoder *e, lua_Integer count, const struct place *up)
{
    put(e, "[", 1);
    e->depth++;
    for (lua_Integer i = 1; i <= count; i++) {
        struct place place = {up, NULL, i};
        put(e, ",", i > 1);
        put_newline(e);
        lua_rawgeti(e->L, -1, i);
        encode_value(e, &place);
        lua_pop(e->L, 1);
    }
    e->depth--;
    if (count)
        put_newline(e);
    put(e, "]", 1);
}

/* Number of elements when the table on the top has exactly the keys 1..n, else -1. */
static lua_Integer sequence_length(lua_State *L)
{
    lua_Integer length = (lua_Integer)lua_rawlen(L, -1), count = 0;
    lua_pushnil(L);
    while (lua_next(L, -2)) {
        int inside = lua_isinteger(L, -2) && lua_tointeger(L, -2) >= 1 && lua_tointeger(L, -2) <= length;
        lua_pop(L, 1);
        if (!inside) {
            lua_pop(L, 1);
            return -1;
        }
        count++;
    }
    return count == length ? length : -1;
}

static void put_table(struct encoder *e, const struct place *place)
{
    lua_State *L = e->L;
    if (e->depth >= JSON_DEFAULT_DEPTH)
        fail(e, place->up, "tables nested more than 128 deep (a table inside itself?)");
    luaL_checkstack(L, 8, "JSON nested too deeply");
    lua_Integer length = sequence_length(L);
    int marked = json_is_marked_array(L, -1);
    if (marked && length < 0)
        fail(e, place, "an array with keys other than 1..n");
    if (marked || length > 0)
        put_array(e, length, place);
    else
        put_object(e, place);
}

static void encode_value(struct encoder *e, const struct place *place)
{
    lua_State *L = e->L;
    size_t size;
    const char *text;
    switch (lua_type(L, -1)) {
    case LUA_TBOOLEAN:
        text = lua_toboolean(L, -1) ? "true" : "false";
        put(e, text, strlen(text));
        return;
    case LUA_TNUMBER:
        put_number(e, place);
        return;
    case LUA_TSTRING:
        text = lua_tolstring(L, -1, &size);
        put_string(e, text, size, place);
        return;
    case LUA_TTABLE:
        put_table(e, place);
        return;
    case LUA_TNIL:
        put(e, "null", 4);
        return;
    case LUA_TLIGHTUSERDATA:
        if (lua_touserdata(L, -1) == NULL) { /* json.null */
            put(e, "null", 4);
            return;
        }
    /* fall through */
    default:
        text = lua_pushfstring(L, "a %s", luaL_typename(L, -1));
        fail(e, place, text);
    }
}

static int indent_option(lua_State *L)
{
    if (lua_isnoneornil(L, 2))
        return 0;
    luaL_checktype(L, 2, LUA_TTABLE);
    int type = lua_getfield(L, 2, "indent");
    if (type == LUA_TNIL || (type == LUA_TBOOLEAN && !lua_toboolean(L, -1)))
        return 0;
    if (type == LUA_TBOOLEAN)
        return 2;
    int is_integer;
    lua_Integer value = lua_tointegerx(L, -1, &is_integer);
    if (!is_integer || value < 0 || value > INDENT_MAX)
        luaL_error(L, "json.encode: option 'indent' must be true or 0 to %d spaces", INDENT_MAX);
    return (int)value;
}

int json_encode(lua_State *L)
{
    luaL_checkany(L, 1);
    struct encoder e = {.L = L, .indent = indent_option(L)};
    e.out = push_output(L);
    lua_pushvalue(L, 1);
    encode_value(&e, NULL);
    lua_pushlstring(L, e.out->text, e.out->size);
    return 1;
}
