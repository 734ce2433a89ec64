/* SPDX-License-Identifier: MIT
 * module_lua.c: constructors and functions of `require "cidr.native"`. */
#include "modules/cidr/route_lua.h"
#include "modules/cidr/set_lua.h"
#include "modules/cidr/special_lua.h"
#include "modules/cidr/values_lua.h"
#include "modules/cidr/classify.h"
#include "modules/cidr/format.h"

#include "runtime/error.h"

#include <lauxlib.h>
#include <string.h>

int luaopen_cidr_native(lua_State *L);

/* cidr.address(text | address[, options]) -> address */
static int l_address(lua_State *L)
{
    if (luaL_testudata(L, 1, CIDR_ADDRESS)) {
        lua_settop(L, 1);
        return 1;
    }
    size_t size, zone_size;
    const char *text = luaL_checklstring(L, 1, &size);
    luaL_argexpected(L, lua_type(L, 1) == LUA_TSTRING, 1, "address or its text");
    struct cidr_address a = cidr_text_address(L, 1, cidr_check_flags(L, 2), &zone_size);
    cidr_push_scoped(L, a, text + size - zone_size, zone_size);
    return 1;
}

/* The prefix of an address value, with the length at argument 2 or that of a single address. */
static int prefix_of_address(lua_State *L, struct cidr_address a)
{
    unsigned width = cidr_width(a.family), length = width;
    int options = 2;
    if (lua_type(L, 2) == LUA_TNUMBER) {
        length = cidr_check_length(L, 2, 0, width);
        options = 3;
    }
    struct cidr_prefix p = cidr_prefix_of(a, length);
    if (!(cidr_check_flags(L, options) & CIDR_LOOSE) && cidr_compare(cidr_first(p), a) != 0) {
        char address[CIDR_ADDRESS_MAX], prefix[CIDR_PREFIX_MAX];
        cidr_format_address(a, address);
        cidr_format_prefix(p, prefix);
        return error_raise(L, "input", "InvalidPrefix",
                           "%s/%d has bits set behind the prefix length; write %s", address, (int)length,
                           prefix);
    }
    cidr_push_prefix(L, p);
    return 1;
}

/* cidr.prefix(text | prefix | address[, length][, options]) -> prefix */
static int l_prefix(lua_State *L)
{
    if (luaL_testudata(L, 1, CIDR_PREFIX)) {
        lua_settop(L, 1);
        return 1;
    }
    const struct cidr_scoped *scoped = luaL_testudata(L, 1, CIDR_ADDRESS);
    if (scoped)
        return prefix_of_address(L, scoped->address);
    luaL_argexpected(L, lua_type(L, 1) == LUA_TSTRING, 1, "prefix, address or text");
    if (lua_type(L, 2) == LUA_TNUMBER) {
        size_t zone_size;
        return prefix_of_address(L, cidr_text_address(L, 1, cidr_check_flags(L, 3), &zone_size));
    }
    cidr_push_prefix(L, cidr_text_prefix(L, 1, cidr_check_flags(L, 2)));
    return 1;
}

/* cidr.from_integer(family, number) -> address */
static int l_from_integer(lua_State *L)
{
    lua_Integer family = luaL_checkinteger(L, 1);
    luaL_argcheck(L, family == 4 || family == 6, 1, "the family is 4 or 6");
    cidr_u128 value = cidr_check_number(L, 2);
    if (value > cidr_highest((int)family))
        return error_raise(L, "input", "AddressOverflow", "%s is above the highest IPv%d address",
                           luaL_tolstring(L, 2, NULL), (int)family);
    cidr_push_address(L, cidr_address_of((int)family, value));
    return 1;
}

/* cidr.from_bytes(bytes) -> address */
static int l_from_bytes(lua_State *L)
{
    size_t size;
    struct cidr_address a;
    const char *bytes = luaL_checklstring(L, 1, &size);
    if (!cidr_from_bytes((const unsigned char *)bytes, (unsigned)(size > 17 ? 17 : size), &a))
        return error_raise(L, "input", "InvalidAddress", "an address has 4 or 16 bytes, here are %d",
                           (int)size);
    cidr_push_address(L, a);
    return 1;
}

/* cidr.from_range(first, last) -> list of prefixes, the shortest one that covers exactly the range */
static int l_from_range(lua_State *L)
{
    struct cidr_address first = cidr_check_address(L, 1), last = cidr_check_address(L, 2);
    if (first.family != last.family || cidr_compare(first, last) > 0)
        return error_raise(L, "input", "InvalidRange",
                           "a range needs two addresses of one family, the lower one first");
    cidr_u128 value = cidr_value(first);
    struct cidr_prefix p;
    bool more = true;
    lua_newtable(L);
    for (lua_Integer i = 1; cidr_next_prefix(first.family, &value, cidr_value(last), &more, &p); i++) {
        cidr_push_prefix(L, p);
        lua_rawseti(L, -2, i);
    }
    return 1;
}

/* cidr.spanning(list) -> the smallest prefix that covers all blocks of the list */
static int l_spanning(lua_State *L)
{
    luaL_checktype(L, 1, LUA_TTABLE);
    struct cidr_range all = {{0, 0, 0}, {0, 0, 0}};
    for (lua_Integer i = 1; lua_geti(L, 1, i) != LUA_TNIL; i++, lua_pop(L, 1)) {
        struct cidr_range r = cidr_range_of(cidr_check_block(L, -1));
        if (i == 1)
            all = r;
        if (r.first.family != all.first.family)
            return error_raise(L, "input", "MixedFamilies",
                               "one prefix cannot cover IPv4 and IPv6 (element %I)", i);
        if (cidr_compare(r.first, all.first) < 0)
            all.first = r.first;
        if (cidr_compare(r.last, all.last) > 0)
            all.last = r.last;
    }
    luaL_argcheck(L, all.first.family, 1, "the list is empty");
    cidr_push_prefix(L, cidr_spanning(all));
    return 1;
}

/* cidr.expand_partial(text) -> prefix: "10.1" is 10.1.0.0/16 */
static int l_expand_partial(lua_State *L)
{
    size_t size;
    struct cidr_prefix p;
    struct cidr_problem problem;
    const char *text = luaL_checklstring(L, 1, &size);
    if (!cidr_expand_partial(text, size, &p, &problem))
        return cidr_raise_text(L, "InvalidPrefix", "a partial IPv4 prefix", text, &problem, NULL);
    cidr_push_prefix(L, p);
    return 1;
}

/* cidr.mask_length(address) -> prefix length of a netmask, or nil */
static int l_mask_length(lua_State *L)
{
    int length = cidr_mask_length(cidr_check_address(L, 1));
    if (length < 0)
        return 0;
    lua_pushinteger(L, length);
    return 1;
}

/* cidr.is_address(value), cidr.is_prefix(value) -> boolean: userdata of that type */
static int l_is_address(lua_State *L)
{
    luaL_checkany(L, 1);
    lua_pushboolean(L, luaL_testudata(L, 1, CIDR_ADDRESS) != NULL);
    return 1;
}

static int l_is_prefix(lua_State *L)
{
    luaL_checkany(L, 1);
    lua_pushboolean(L, luaL_testudata(L, 1, CIDR_PREFIX) != NULL);
    return 1;
}

static const luaL_Reg functions[] = {{"address", l_address},
                                     {"prefix", l_prefix},
                                     {"from_integer", l_from_integer},
                                     {"from_bytes", l_from_bytes},
                                     {"from_range", l_from_range},
                                     {"spanning", l_spanning},
                                     {"expand_partial", l_expand_partial},
                                     {"mask_length", l_mask_length},
                                     {"is_address", l_is_address},
                                     {"is_prefix", l_is_prefix},
                                     {"is_set", cidr_l_is_set},
                                     {"set", cidr_l_set},
                                     {"read", cidr_l_read},
                                     {"route_table", cidr_l_route_table},
                                     {NULL, NULL}};

int luaopen_cidr_native(lua_State *L)
{
    cidr_open_address(L);
    cidr_open_prefix(L);
    cidr_open_set(L);
    cidr_open_routes(L);
    luaL_newlib(L, functions);
    luaL_setfuncs(L, cidr_special_functions, 0);
    lua_pushliteral(L, CIDR_REGISTRY_DATE);
    lua_setfield(L, -2, "registry_date");
    return 1;
}
