/* SPDX-License-Identifier: MIT
 * prefix_lua.c: methods of prefix values. */
#include "modules/cidr/values_lua.h"
#include "modules/cidr/format.h"
#include "modules/cidr/special_lua.h"

#include "runtime/error.h"

#include <lauxlib.h>

static struct cidr_prefix check_self(lua_State *L)
{
    return *(struct cidr_prefix *)luaL_checkudata(L, 1, CIDR_PREFIX);
}

static int raise_range(lua_State *L, struct cidr_prefix p, const char *what)
{
    char text[CIDR_PREFIX_MAX];
    cidr_format_prefix(p, text);
    return error_raise(L, "input", "AddressOverflow", "%s has no %s", text, what);
}

/* prefix:family() -> 4 | 6 */
static int l_family(lua_State *L)
{
    lua_pushinteger(L, check_self(L).family);
    return 1;
}

/* prefix:length() -> integer */
static int l_length(lua_State *L)
{
    lua_pushinteger(L, check_self(L).length);
    return 1;
}

/* prefix:first() -> address */
static int l_first(lua_State *L)
{
    cidr_push_address(L, cidr_first(check_self(L)));
    return 1;
}

/* prefix:last() -> address */
static int l_last(lua_State *L)
{
    cidr_push_address(L, cidr_last(check_self(L)));
    return 1;
}

/* prefix:size() -> number of addresses, exact */
static int l_size(lua_State *L)
{
    struct cidr_prefix p = check_self(L);
    struct cidr_count count = {0, 0};
    cidr_count_add_span(&count, cidr_host_mask(p.family, p.length));
    cidr_push_count(L, count);
    return 1;
}

/* tostring(prefix), prefix:key() -> canonical text */
static int l_tostring(lua_State *L)
{
    char text[CIDR_PREFIX_MAX];
    size_t size = cidr_format_prefix(check_self(L), text);
    lua_pushlstring(L, text, size);
    return 1;
}

/* prefix:netmask() -> address */
static int l_netmask(lua_State *L)
{
    struct cidr_prefix p = check_self(L);
    cidr_u128 mask = cidr_highest(p.family) & ~cidr_host_mask(p.family, p.length);
    cidr_push_address(L, cidr_address_of(p.family, mask));
    return 1;
}

/* prefix:wildcard() -> address: the inverted netmask */
static int l_wildcard(lua_State *L)
{
    struct cidr_prefix p = check_self(L);
    cidr_push_address(L, cidr_address_of(p.family, cidr_host_mask(p.family, p.length)));
    return 1;
}

/* prefix:hosts() -> iterator over the usable addresses */
static int l_hosts(lua_State *L)
{
    struct cidr_range r = cidr_hosts(check_self(L));
    cidr_push_steps(L, r.first, cidr_value(r.last) - cidr_value(r.first), false, -1);
    return 1;
}

/* prefix:host_range() -> first, last usable address, their number */
static int l_host_range(lua_State *L)
{
    struct cidr_range r = cidr_hosts(check_self(L));
    struct cidr_count count = {0, 0};
    cidr_count_add_span(&count, cidr_value(r.last) - cidr_value(r.first));
    cidr_push_address(L, r.first);
    cidr_push_address(L, r.last);
    cidr_push_count(L, count);
    return 3;
}

/* prefix:nth(n) -> address: 0 is the first, -1 the last one */
static int l_nth(lua_State *L)
{
    struct cidr_prefix p = check_self(L);
    bool negative;
    cidr_u128 n = cidr_check_position(L, 2, &negative), mask = cidr_host_mask(p.family, p.length);
    if (negative ? n - 1 > mask : n > mask)
        return raise_range(L, p, lua_pushfstring(L, "address number %s", luaL_tolstring(L, 2, NULL)));
    cidr_u128 base = negative ? cidr_value(cidr_last(p)) + 1 - n : cidr_value(cidr_first(p)) + n;
    cidr_push_address(L, cidr_address_of(p.family, base));
    return 1;
}

/* prefix:index(address) -> its number within the prefix, or nil */
static int l_index(lua_State *L)
{
    struct cidr_prefix p = check_self(L);
    struct cidr_address a = cidr_check_address(L, 2);
    if (!cidr_contains(p, a))
        return 0;
    cidr_push_number(L, cidr_value(a) - cidr_value(cidr_first(p)));
    return 1;
}

/* prefix:contains(block) -> boolean */
static int l_contains(lua_State *L)
{
    lua_pushboolean(L, cidr_covers(check_self(L), cidr_check_block(L, 2)));
    return 1;
}

/* prefix:overlaps(block) -> boolean */
static int l_overlaps(lua_State *L)
{
    lua_pushboolean(L, cidr_overlaps(check_self(L), cidr_check_block(L, 2)));
    return 1;
}

/* prefix:within(block) -> boolean */
static int l_within(lua_State *L)
{
    lua_pushboolean(L, cidr_covers(cidr_check_block(L, 2), check_self(L)));
    return 1;
}

/* prefix:supernet([length]) -> prefix, default one bit shorter */
static int l_supernet(lua_State *L)
{
    struct cidr_prefix p = check_self(L);
    if (lua_isnoneornil(L, 2) && p.length == 0)
        return raise_range(L, p, "supernet");
    unsigned length = lua_isnoneornil(L, 2) ? p.length - 1u : cidr_check_length(L, 2, 0, p.length);
    cidr_push_prefix(L, cidr_prefix_of(cidr_first(p), length));
    return 1;
}

/* Length argument of the subnet functions, default one bit longer. */
static unsigned check_subnet_length(lua_State *L, struct cidr_prefix p)
{
    unsigned width = cidr_width(p.family);
    if (lua_isnoneornil(L, 2) && p.length == width)
        raise_range(L, p, "subnets");
    return lua_isnoneornil(L, 2) ? p.length + 1u : cidr_check_length(L, 2, p.length, width);
}

/* Number of subnets minus one. */
static cidr_u128 last_subnet(struct cidr_prefix p, unsigned length)
{
    unsigned bits = length - p.length;
    return bits == 0 ? 0 : ~(cidr_u128)0 >> (128 - bits);
}

/* prefix:subnets([length]) -> iterator over all subnets of that length */
static int l_subnets(lua_State *L)
{
    struct cidr_prefix p = check_self(L);
    unsigned length = check_subnet_length(L, p);
    cidr_push_steps(L, cidr_first(p), last_subnet(p, length), false, (int)length);
    return 1;
}

/* prefix:subnet_count([length]) -> number, exact */
static int l_subnet_count(lua_State *L)
{
    struct cidr_prefix p = check_self(L);
    struct cidr_count count = {0, 0};
    cidr_count_add_span(&count, last_subnet(p, check_subnet_length(L, p)));
    cidr_push_count(L, count);
    return 1;
}

/* prefix:subnet(length, n) -> the n-th subnet of that length: 0 is the first, -1 the last one */
static int l_subnet(lua_State *L)
{
    struct cidr_prefix p = check_self(L);
    bool negative;
    unsigned length = check_subnet_length(L, p);
    cidr_u128 n = cidr_check_position(L, 3, &negative), last = last_subnet(p, length);
    if (negative ? n - 1 > last : n > last)
        return raise_range(L, p,
                           lua_pushfstring(L, "/%d number %s", (int)length, luaL_tolstring(L, 3, NULL)));
    cidr_push_prefix(L, cidr_subnet(p, length, negative ? last + 1 - n : n));
    return 1;
}

/* prefix:exclude(block) -> list of prefixes that make up the rest */
static int l_exclude(lua_State *L)
{
    struct cidr_prefix rest[128];
    unsigned count = cidr_exclude(check_self(L), cidr_check_block(L, 2), rest);
    lua_createtable(L, (int)count, 0);
    for (unsigned i = 0; i < count; i++) {
        cidr_push_prefix(L, rest[i]);
        lua_rawseti(L, -2, i + 1);
    }
    return 1;
}

/* The block of the same size before or behind. */
static int push_neighbour(lua_State *L, bool down)
{
    struct cidr_prefix p = check_self(L);
    struct cidr_address at;
    bool ok = down ? cidr_subtract(cidr_first(p), 1, &at) : cidr_add(cidr_last(p), 1, &at);
    if (!ok)
        return raise_range(L, p, down ? "predecessor" : "successor");
    cidr_push_prefix(L, cidr_prefix_of(at, p.length));
    return 1;
}

/* prefix:next() -> prefix */
static int l_next(lua_State *L)
{
    return push_neighbour(L, false);
}

/* prefix:previous() -> prefix */
static int l_previous(lua_State *L)
{
    return push_neighbour(L, true);
}

static int l_equal(lua_State *L)
{
    const struct cidr_prefix *a = luaL_testudata(L, 1, CIDR_PREFIX), *b = luaL_testudata(L, 2, CIDR_PREFIX);
    lua_pushboolean(L, a && b && cidr_prefix_compare(*a, *b) == 0);
    return 1;
}

static int compare(lua_State *L)
{
    return cidr_prefix_compare(check_self(L), *(struct cidr_prefix *)luaL_checkudata(L, 2, CIDR_PREFIX));
}

static int l_less(lua_State *L)
{
    lua_pushboolean(L, compare(L) < 0);
    return 1;
}

static int l_less_equal(lua_State *L)
{
    lua_pushboolean(L, compare(L) <= 0);
    return 1;
}

static const luaL_Reg methods[] = {{"family", l_family},
                                   {"length", l_length},
                                   {"first", l_first},
                                   {"last", l_last},
                                   {"size", l_size},
                                   {"key", l_tostring},
                                   {"netmask", l_netmask},
                                   {"wildcard", l_wildcard},
                                   {"hostmask", l_wildcard},
                                   {"hosts", l_hosts},
                                   {"host_range", l_host_range},
                                   {"nth", l_nth},
                                   {"index", l_index},
                                   {"contains", l_contains},
                                   {"overlaps", l_overlaps},
                                   {"within", l_within},
                                   {"supernet", l_supernet},
                                   {"subnets", l_subnets},
                                   {"subnet_count", l_subnet_count},
                                   {"subnet", l_subnet},
                                   {"exclude", l_exclude},
                                   {"next", l_next},
                                   {"previous", l_previous},
                                   {NULL, NULL}};

static const luaL_Reg metamethods[] = {
    {"__tostring", l_tostring}, {"__eq", l_equal}, {"__lt", l_less}, {"__le", l_less_equal}, {NULL, NULL}};

void cidr_open_prefix(lua_State *L)
{
    luaL_newmetatable(L, CIDR_PREFIX);
    luaL_setfuncs(L, metamethods, 0);
    luaL_newlib(L, methods);
    luaL_setfuncs(L, cidr_prefix_special_methods, 0);
    lua_setfield(L, -2, "__index");
    lua_pop(L, 1);
}
