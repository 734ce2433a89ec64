/* SPDX-License-Identifier: MIT
 * values_lua.c: conversions between Lua values and the plain values of this module. */
#include "modules/cidr/values_lua.h"
#include "modules/cidr/format.h"
#include "modules/cidr/quick_word.h"

#include "runtime/error.h"

#include <lauxlib.h>
#include <stdio.h>
#include <string.h>

#define WHOLE_SPACE "340282366920938463463374607431768211456" /* 2^128, the size of ::/0 */

void cidr_push_scoped(lua_State *L, struct cidr_address a, const char *zone, size_t zone_size)
{
    struct cidr_scoped *box = lua_newuserdatauv(L, sizeof *box + zone_size, 0);
    box->address = a;
    box->zone_size = (uint8_t)zone_size;
    if (zone_size)
        memcpy(box->zone, zone, zone_size);
    luaL_setmetatable(L, CIDR_ADDRESS);
}

void cidr_push_address(lua_State *L, struct cidr_address a)
{
    cidr_push_scoped(L, a, NULL, 0);
}

void cidr_push_prefix(lua_State *L, struct cidr_prefix p)
{
    struct cidr_prefix *box = lua_newuserdatauv(L, sizeof *box, 0);
    *box = p;
    luaL_setmetatable(L, CIDR_PREFIX);
}

void cidr_push_count(lua_State *L, struct cidr_count count)
{
    char text[CIDR_NUMBER_MAX];
    if (count.high == 0 && count.low <= (cidr_u128)LUA_MAXINTEGER)
        lua_pushinteger(L, (lua_Integer)count.low);
    else
        lua_pushlstring(L, text, cidr_format_count(count, text));
}

void cidr_push_number(lua_State *L, cidr_u128 number)
{
    struct cidr_count count = {number, 0};
    cidr_push_count(L, count);
}

void cidr_push_signed(lua_State *L, cidr_u128 magnitude, bool negative)
{
    cidr_push_number(L, magnitude);
    if (!negative || magnitude == 0)
        return;
    if (lua_isinteger(L, -1)) {
        lua_pushinteger(L, -lua_tointeger(L, -1));
    } else {
        lua_pushliteral(L, "-");
        lua_pushvalue(L, -2);
        lua_concat(L, 2);
    }
    lua_remove(L, -2);
}

cidr_u128 cidr_check_signed(lua_State *L, int arg, bool *negative)
{
    cidr_u128 value;
    size_t size;
    if (lua_type(L, arg) != LUA_TSTRING) {
        lua_Integer integer = luaL_checkinteger(L, arg);
        *negative = integer < 0;
        return *negative ? (cidr_u128)0 - (cidr_u128)integer : (cidr_u128)integer;
    }
    const char *text = lua_tolstring(L, arg, &size);
    *negative = size > 0 && text[0] == '-';
    enum cidr_number_status status = cidr_parse_number(text + *negative, size - *negative, &value);
    if (status == CIDR_NUMBER_TOO_LARGE)
        error_raise(L, "input", "AddressOverflow", "argument %d is above 2^128-1, the highest address", arg);
    if (status != CIDR_NUMBER_OK)
        luaL_argerror(L, arg, "a number or a string of digits is expected");
    *negative = *negative && value != 0;
    return value;
}

cidr_u128 cidr_check_position(lua_State *L, int arg, bool *negative)
{
    if (lua_type(L, arg) == LUA_TSTRING && strcmp(lua_tostring(L, arg), "-" WHOLE_SPACE) == 0) {
        *negative = true;
        return 0;
    }
    return cidr_check_signed(L, arg, negative);
}

cidr_u128 cidr_check_number(lua_State *L, int arg)
{
    bool negative;
    cidr_u128 value = cidr_check_signed(L, arg, &negative);
    luaL_argcheck(L, !negative, arg, "must not be negative");
    return value;
}

unsigned cidr_check_length(lua_State *L, int arg, unsigned low, unsigned high)
{
    lua_Integer length = luaL_checkinteger(L, arg);
    if (length < (lua_Integer)low || length > (lua_Integer)high)
        error_raise(L, "input", "InvalidLength", "prefix length %I is not between %d and %d", length,
                    (int)low, (int)high);
    return (unsigned)length;
}

static bool flag_option(lua_State *L, int table, const char *name)
{
    lua_getfield(L, table, name);
    bool set = lua_toboolean(L, -1);
    lua_pop(L, 1);
    return set;
}

unsigned cidr_check_flags(lua_State *L, int arg)
{
    unsigned flags = 0;
    if (lua_isnoneornil(L, arg))
        return 0;
    luaL_checktype(L, arg, LUA_TTABLE);
    if (flag_option(L, arg, "loose"))
        flags |= CIDR_LOOSE;
    if (flag_option(L, arg, "netmask"))
        flags |= CIDR_NETMASK;
    if (flag_option(L, arg, "bare"))
        flags |= CIDR_BARE;
    if (lua_getfield(L, arg, "lenient") != LUA_TNIL) {
        const char *reading = lua_tostring(L, -1);
        if (reading && strcmp(reading, "decimal") == 0)
            flags |= CIDR_ZEROS_DECIMAL;
        else if (reading && strcmp(reading, "octal") == 0)
            flags |= CIDR_ZEROS_OCTAL;
        else
            luaL_error(L, "option 'lenient' must be \"decimal\" or \"octal\": how leading zeros are read");
    }
    lua_pop(L, 1);
    return flags;
}

/* Pushes the text as a quoted literal of printable characters, shortened. */
static void push_quoted(lua_State *L, const char *text)
{
    size_t size = strlen(text), shown = size > 60 ? 60 : size;
    luaL_Buffer b;
    luaL_buffinit(L, &b);
    luaL_addchar(&b, '"');
    for (size_t i = 0; i < shown; i++)
        luaL_addchar(&b, text[i] >= ' ' && text[i] <= '~' ? text[i] : '?');
    luaL_addstring(&b, shown < size ? "...\"" : "\"");
    luaL_pushresult(&b);
}

int cidr_raise_text(lua_State *L, const char *code, const char *noun, const char *text,
                    const struct cidr_problem *problem, const char *hint)
{
    push_quoted(L, text);
    error_push(L, "input", code, "%s is not %s: %s (character %d)", lua_tostring(L, -1), noun, problem->what,
               (int)problem->offset + 1);
    error_set(L, "hint", hint);
    lua_pushinteger(L, (lua_Integer)problem->offset + 1);
    lua_setfield(L, -2, "offset");
    return lua_error(L);
}

void *cidr_instance(lua_State *L, int index, int upvalue)
{
    void *value = lua_touserdata(L, index);
    if (!value || !lua_getmetatable(L, index))
        return NULL;
    bool same = lua_rawequal(L, -1, lua_upvalueindex(upvalue));
    lua_pop(L, 1);
    return same ? value : NULL;
}

/* A plain IPv4 text without the ways round that the strict parser takes; false: that one decides. */
static bool quick_ipv4(const char *text, size_t size, struct cidr_address *out)
{
    char padded[16 + CIDR_WORD_PADDING] = {0};
    uint32_t value;
    if (size > 15)
        return false;
    memcpy(padded, text, size);
    if (cidr_ipv4_word(padded, &value) != size || size == 0)
        return false;
    *out = cidr_address_of(4, value);
    return true;
}

struct cidr_address cidr_text_address(lua_State *L, int index, unsigned flags, size_t *zone_size)
{
    struct cidr_address a;
    struct cidr_problem problem;
    size_t size;
    const char *text = lua_tolstring(L, index, &size);
    *zone_size = 0;
    if (quick_ipv4(text, size, &a))
        return a;
    if (!cidr_parse_scoped(text, size, flags, &a, zone_size, &problem))
        cidr_raise_text(L, "InvalidAddress", "an address", text, &problem, NULL);
    return a;
}

struct cidr_address cidr_check_address(lua_State *L, int arg)
{
    const struct cidr_scoped *box = luaL_testudata(L, arg, CIDR_ADDRESS);
    if (box)
        return box->address;
    if (lua_type(L, arg) != LUA_TSTRING)
        luaL_typeerror(L, arg, "address or its text");
    size_t zone_size;
    return cidr_text_address(L, arg, 0, &zone_size);
}

struct cidr_prefix cidr_text_prefix(lua_State *L, int index, unsigned flags)
{
    struct cidr_prefix p;
    struct cidr_problem problem;
    bool host_bits;
    char hint[CIDR_PREFIX_MAX + 8];
    size_t size;
    const char *text = lua_tolstring(L, index, &size);
    if (cidr_parse_prefix(text, size, flags, &p, &host_bits, &problem))
        return p;
    char canonical[CIDR_PREFIX_MAX];
    bool bare = !host_bits && cidr_parse_prefix(text, size, flags | CIDR_BARE, &p, NULL, &problem);
    hint[0] = '\0';
    if (host_bits || bare) {
        cidr_format_prefix(p, canonical);
        snprintf(hint, sizeof hint, "write %s", canonical);
    }
    if (bare) /* the second attempt succeeded: state the fault of the first again */
        cidr_parse_prefix(text, size, flags, &p, NULL, &problem);
    cidr_raise_text(L, "InvalidPrefix", "a prefix", text, &problem, hint[0] ? hint : NULL);
    return p;
}

bool cidr_to_block(lua_State *L, int index, struct cidr_prefix *out)
{
    const struct cidr_prefix *prefix = luaL_testudata(L, index, CIDR_PREFIX);
    if (prefix) {
        *out = *prefix;
        return true;
    }
    const struct cidr_scoped *scoped = luaL_testudata(L, index, CIDR_ADDRESS);
    if (scoped) {
        *out = cidr_prefix_of(scoped->address, cidr_width(scoped->address.family));
        return true;
    }
    if (lua_type(L, index) != LUA_TSTRING)
        return false;
    size_t size;
    const char *text = lua_tolstring(L, index, &size);
    if (memchr(text, '/', size)) {
        *out = cidr_text_prefix(L, index, 0);
        return true;
    }
    size_t zone_size;
    struct cidr_address a = cidr_text_address(L, index, 0, &zone_size);
    *out = cidr_prefix_of(a, cidr_width(a.family));
    return true;
}

struct cidr_prefix cidr_check_block(lua_State *L, int arg)
{
    struct cidr_prefix p = {0, 0, 4, 0};
    if (!cidr_to_block(L, arg, &p))
        luaL_typeerror(L, arg, "prefix, address or text of one");
    return p;
}

/* State of an iterator over equal steps. */
struct steps {
    struct cidr_address at;
    uint64_t left_hi, left_lo; /* results after this one */
    int length;                /* < 0: addresses */
    bool finished;
};

static int next_step(lua_State *L)
{
    struct steps *s = lua_touserdata(L, lua_upvalueindex(1));
    if (s->finished)
        return 0;
    if (s->length < 0)
        cidr_push_address(L, s->at);
    else
        cidr_push_prefix(L, cidr_prefix_of(s->at, (unsigned)s->length));
    cidr_u128 left = (cidr_u128)s->left_hi << 64 | s->left_lo;
    if (left == 0) {
        s->finished = true;
        return 1;
    }
    cidr_u128 step = s->length < 0 ? 1 : cidr_host_mask(s->at.family, (unsigned)s->length) + 1;
    s->at = cidr_address_of(s->at.family, cidr_value(s->at) + step);
    left--;
    s->left_hi = (uint64_t)(left >> 64);
    s->left_lo = (uint64_t)left;
    return 1;
}

void cidr_push_steps(lua_State *L, struct cidr_address start, cidr_u128 last_index, bool empty, int length)
{
    struct steps *s = lua_newuserdatauv(L, sizeof *s, 0);
    s->at = start;
    s->left_hi = (uint64_t)(last_index >> 64);
    s->left_lo = (uint64_t)last_index;
    s->length = length;
    s->finished = empty;
    lua_pushcclosure(L, next_step, 1);
}
