/* SPDX-License-Identifier: MIT
 * address_lua.c: methods of address values. */
#include "modules/cidr/values_lua.h"
#include "modules/cidr/format.h"
#include "modules/cidr/special_lua.h"

#include "runtime/error.h"

#include <lauxlib.h>
#include <string.h>

static struct cidr_scoped *check_self(lua_State *L)
{
    return luaL_checkudata(L, 1, CIDR_ADDRESS);
}

static int raise_overflow(lua_State *L, struct cidr_address a)
{
    char text[CIDR_ADDRESS_MAX];
    cidr_format_address(a, text);
    return error_raise(L, "input", "AddressOverflow",
                       "the result would leave the IPv%d address space (from %s)", (int)a.family, text);
}

/* Pushes a + n or a - n with the zone of `box`. */
static int push_moved(lua_State *L, const struct cidr_scoped *box, cidr_u128 n, bool down)
{
    struct cidr_address out;
    bool ok = down ? cidr_subtract(box->address, n, &out) : cidr_add(box->address, n, &out);
    if (!ok)
        return raise_overflow(L, box->address);
    cidr_push_scoped(L, out, box->zone, box->zone_size);
    return 1;
}

/* address:family() -> 4 | 6 */
static int l_family(lua_State *L)
{
    lua_pushinteger(L, check_self(L)->address.family);
    return 1;
}

/* address:zone() -> string | nil */
static int l_zone(lua_State *L)
{
    const struct cidr_scoped *box = check_self(L);
    if (box->zone_size == 0)
        return 0;
    lua_pushlstring(L, box->zone, box->zone_size);
    return 1;
}

/* tostring(address), address:key() -> canonical text, with its zone */
static int l_tostring(lua_State *L)
{
    const struct cidr_scoped *box = check_self(L);
    char text[CIDR_ADDRESS_MAX + 1 + CIDR_ZONE_MAX];
    size_t size = cidr_format_address(box->address, text);
    if (box->zone_size) {
        text[size++] = '%';
        memcpy(text + size, box->zone, box->zone_size);
        size += box->zone_size;
    }
    lua_pushlstring(L, text, size);
    return 1;
}

/* address:expanded() -> text with all groups and digits */
static int l_expanded(lua_State *L)
{
    char text[CIDR_ADDRESS_MAX];
    size_t size = cidr_format_expanded(check_self(L)->address, text);
    lua_pushlstring(L, text, size);
    return 1;
}

/* address:integer() -> integer, or decimal digits above 2^63-1 */
static int l_integer(lua_State *L)
{
    cidr_push_number(L, cidr_value(check_self(L)->address));
    return 1;
}

/* address:bytes() -> 4 or 16 bytes in network order */
static int l_bytes(lua_State *L)
{
    unsigned char bytes[16];
    unsigned size = cidr_to_bytes(check_self(L)->address, bytes);
    lua_pushlstring(L, (const char *)bytes, size);
    return 1;
}

/* address:next() -> address */
static int l_next(lua_State *L)
{
    return push_moved(L, check_self(L), 1, false);
}

/* address:previous() -> address */
static int l_previous(lua_State *L)
{
    return push_moved(L, check_self(L), 1, true);
}

/* address:add(n) -> address */
static int l_add(lua_State *L)
{
    bool negative;
    cidr_u128 n = cidr_check_signed(L, 2, &negative);
    return push_moved(L, check_self(L), n, negative);
}

/* address:sub(n) -> address */
static int l_sub(lua_State *L)
{
    bool negative;
    cidr_u128 n = cidr_check_signed(L, 2, &negative);
    return push_moved(L, check_self(L), n, !negative);
}

/* address:distance(other) -> other - address, exact */
static int l_distance(lua_State *L)
{
    struct cidr_address from = check_self(L)->address, to = cidr_check_address(L, 2);
    luaL_argcheck(L, from.family == to.family, 2, "both addresses must be of one family");
    bool negative = cidr_value(to) < cidr_value(from);
    cidr_u128 size = negative ? cidr_value(from) - cidr_value(to) : cidr_value(to) - cidr_value(from);
    cidr_push_signed(L, size, negative);
    return 1;
}

/* address + n, n + address */
static int l_plus(lua_State *L)
{
    if (!luaL_testudata(L, 1, CIDR_ADDRESS))
        lua_rotate(L, 1, 1);
    lua_settop(L, 2);
    return l_add(L);
}

/* address - n -> address; address - address -> number */
static int l_minus(lua_State *L)
{
    check_self(L);
    if (!luaL_testudata(L, 2, CIDR_ADDRESS))
        return l_sub(L);
    lua_rotate(L, 1, 1);
    return l_distance(L);
}

/* address:prefix(length) -> the prefix of that length which holds the address */
static int l_prefix(lua_State *L)
{
    struct cidr_address a = check_self(L)->address;
    unsigned width = cidr_width(a.family);
    unsigned length = lua_isnoneornil(L, 2) ? width : cidr_check_length(L, 2, 0, width);
    cidr_push_prefix(L, cidr_prefix_of(a, length));
    return 1;
}

/* Order: family, value, then zone id by bytes. */
static int compare(const struct cidr_scoped *a, const struct cidr_scoped *b)
{
    int order = cidr_compare(a->address, b->address);
    if (order)
        return order;
    size_t common = a->zone_size < b->zone_size ? a->zone_size : b->zone_size;
    order = memcmp(a->zone, b->zone, common);
    return order ? order : a->zone_size - b->zone_size;
}

static int l_equal(lua_State *L)
{
    const struct cidr_scoped *a = luaL_testudata(L, 1, CIDR_ADDRESS), *b = luaL_testudata(L, 2, CIDR_ADDRESS);
    lua_pushboolean(L, a && b && compare(a, b) == 0);
    return 1;
}

static int l_less(lua_State *L)
{
    lua_pushboolean(L, compare(check_self(L), luaL_checkudata(L, 2, CIDR_ADDRESS)) < 0);
    return 1;
}

static int l_less_equal(lua_State *L)
{
    lua_pushboolean(L, compare(check_self(L), luaL_checkudata(L, 2, CIDR_ADDRESS)) <= 0);
    return 1;
}

static const luaL_Reg methods[] = {{"family", l_family},
                                   {"zone", l_zone},
                                   {"key", l_tostring},
                                   {"expanded", l_expanded},
                                   {"integer", l_integer},
                                   {"bytes", l_bytes},
                                   {"next", l_next},
                                   {"previous", l_previous},
                                   {"add", l_add},
                                   {"sub", l_sub},
                                   {"distance", l_distance},
                                   {"prefix", l_prefix},
                                   {NULL, NULL}};

static const luaL_Reg metamethods[] = {
    {"__tostring", l_tostring}, {"__eq", l_equal},  {"__lt", l_less}, {"__le", l_less_equal},
    {"__add", l_plus},          {"__sub", l_minus}, {NULL, NULL}};

void cidr_open_address(lua_State *L)
{
    luaL_newmetatable(L, CIDR_ADDRESS);
    luaL_setfuncs(L, metamethods, 0);
    luaL_newlib(L, methods);
    luaL_setfuncs(L, cidr_address_special_methods, 0);
    lua_setfield(L, -2, "__index");
    lua_pop(L, 1);
}
