/* SPDX-License-Identifier: MIT
 * special_lua.c: classification, reverse names, embedded addresses and overlaps for Lua. */
#include "modules/cidr/classify.h"
#include "modules/cidr/embedded.h"
#include "modules/cidr/overlap.h"
#include "modules/cidr/reverse.h"
#include "modules/cidr/set_lua.h"
#include "modules/cidr/special_lua.h"
#include "modules/cidr/values_lua.h"

#include "runtime/error.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void set_truth(lua_State *L, const char *field, unsigned truth)
{
    if (truth == CIDR_NOT_APPLICABLE)
        return;
    lua_pushboolean(L, truth == CIDR_TRUE);
    lua_setfield(L, -2, field);
}

static void push_special(lua_State *L, const struct cidr_special *row)
{
    lua_createtable(L, 0, 9);
    cidr_push_prefix(L, cidr_block_prefix(row->block));
    lua_setfield(L, -2, "prefix");
    lua_pushstring(L, row->kind);
    lua_setfield(L, -2, "kind");
    lua_pushstring(L, row->name);
    lua_setfield(L, -2, "name");
    lua_pushfstring(L, "RFC %s", row->rfc);
    lua_setfield(L, -2, "rfc");
    set_truth(L, "source", row->source);
    set_truth(L, "destination", row->destination);
    set_truth(L, "forwardable", row->forwardable);
    set_truth(L, "global", row->global);
    set_truth(L, "reserved", row->reserved);
}

static void push_cloud_block(lua_State *L, const struct cidr_cloud_block *row)
{
    lua_createtable(L, 0, 5);
    cidr_push_prefix(L, cidr_block_prefix(row->block));
    lua_setfield(L, -2, "prefix");
    lua_pushstring(L, row->name);
    lua_setfield(L, -2, "name");
    lua_pushboolean(L, row->use & CIDR_CLOUD_SERVICES);
    lua_setfield(L, -2, "services");
    lua_pushboolean(L, row->use & CIDR_CLOUD_RESERVED);
    lua_setfield(L, -2, "reserved");
    lua_pushboolean(L, row->use & CIDR_CLOUD_FORBIDDEN);
    lua_setfield(L, -2, "forbidden");
}

/* block:classify() -> {kind=, name=, prefix=, rfc=, source=, ..., cloud={...}}; also cidr.classify */
static int l_classify(lua_State *L)
{
    struct cidr_prefix block = cidr_check_block(L, 1);
    const struct cidr_special *row = cidr_classify(block);
    if (row) {
        push_special(L, row);
    } else {
        lua_createtable(L, 0, 4);
        lua_pushliteral(L, "unicast");
        lua_setfield(L, -2, "kind");
        lua_pushboolean(L, cidr_is_global(block));
        lua_setfield(L, -2, "global");
    }
    lua_newtable(L);
    const struct cidr_cloud_block *cloud = NULL;
    for (lua_Integer i = 1; (cloud = cidr_cloud_next(block, ~0u, cloud)) != NULL; i++) {
        push_cloud_block(L, cloud);
        lua_rawseti(L, -2, i);
    }
    lua_setfield(L, -2, "cloud");
    return 1;
}

static bool known_kind(const char *kind)
{
    for (const struct cidr_special *row = cidr_special_blocks; row->block; row++) {
        if (strcmp(row->kind, kind) == 0)
            return true;
    }
    return strcmp(kind, "unicast") == 0;
}

/* block:is(kind) -> boolean: all of the block is of that kind; "global": reachable from anywhere */
static int l_is(lua_State *L)
{
    struct cidr_prefix block = cidr_check_block(L, 1);
    const char *kind = luaL_checkstring(L, 2);
    if (strcmp(kind, "global") == 0) {
        lua_pushboolean(L, cidr_is_global(block));
        return 1;
    }
    luaL_argcheck(L, known_kind(kind), 2, "unknown kind of address");
    bool is = false;
    for (const struct cidr_special *row = cidr_special_blocks; row->block; row++)
        is = is || (strcmp(row->kind, kind) == 0 && cidr_covers(cidr_block_prefix(row->block), block));
    lua_pushboolean(L, strcmp(kind, "unicast") == 0 ? cidr_classify(block) == NULL : is);
    return 1;
}

/* cidr.special_blocks() -> list of all rows of the registries */
static int l_special_blocks(lua_State *L)
{
    lua_newtable(L);
    for (lua_Integer i = 1; cidr_special_blocks[i - 1].block; i++) {
        push_special(L, &cidr_special_blocks[i - 1]);
        lua_rawseti(L, -2, i);
    }
    return 1;
}

/* cidr.cloud_blocks() -> list of the cloud's ranges */
static int l_cloud_blocks(lua_State *L)
{
    lua_newtable(L);
    for (lua_Integer i = 1; cidr_cloud_blocks[i - 1].block; i++) {
        push_cloud_block(L, &cidr_cloud_blocks[i - 1]);
        lua_rawseti(L, -2, i);
    }
    return 1;
}

/* address:reverse_name() -> "4.3.2.1.in-addr.arpa" */
static int l_reverse_name(lua_State *L)
{
    char text[CIDR_REVERSE_MAX];
    size_t size = cidr_reverse_name(cidr_check_address(L, 1), text);
    lua_pushlstring(L, text, size);
    return 1;
}

/* prefix:reverse_zones() -> list of zone names */
static int l_reverse_zones(lua_State *L)
{
    struct cidr_prefix p = cidr_check_block(L, 1);
    unsigned count = cidr_reverse_zone_count(p);
    lua_createtable(L, (int)count, 0);
    for (unsigned i = 0; i < count; i++) {
        char text[CIDR_REVERSE_MAX];
        size_t size = cidr_reverse_zone(p, i, text);
        lua_pushlstring(L, text, size);
        lua_rawseti(L, -2, i + 1);
    }
    return 1;
}

static struct cidr_prefix check_reverse(lua_State *L)
{
    size_t size;
    struct cidr_prefix p = {0, 0, 4, 0};
    const char *text = luaL_checklstring(L, 1, &size);
    if (!cidr_from_reverse(text, size, &p))
        error_raise(L, "input", "InvalidReverseName", "\"%s\" is not a name under in-addr.arpa or ip6.arpa",
                    text);
    return p;
}

/* cidr.from_reverse_name(name) -> address */
static int l_from_reverse_name(lua_State *L)
{
    struct cidr_prefix p = check_reverse(L);
    if (p.length != cidr_width(p.family))
        return error_raise(L, "input", "InvalidReverseName", "\"%s\" is a zone, not the name of one address",
                           lua_tostring(L, 1));
    cidr_push_address(L, cidr_first(p));
    return 1;
}

/* cidr.from_reverse_zone(name) -> prefix */
static int l_from_reverse_zone(lua_State *L)
{
    cidr_push_prefix(L, check_reverse(L));
    return 1;
}

/* address:embedded_ipv4() -> address, scheme[, server], or nil */
static int l_embedded_ipv4(lua_State *L)
{
    struct cidr_address ipv4, server = {0, 0, 0};
    const char *scheme = cidr_embedded_ipv4(cidr_check_address(L, 1), &ipv4, &server);
    if (!scheme)
        return 0;
    cidr_push_address(L, ipv4);
    lua_pushstring(L, scheme);
    if (!server.family)
        return 2;
    cidr_push_address(L, server);
    return 3;
}

/* address:unmap() -> the IPv4 address of an IPv4-mapped one, any other address unchanged */
static int l_unmap(lua_State *L)
{
    struct cidr_address ipv4, server;
    const char *scheme = cidr_embedded_ipv4(cidr_check_address(L, 1), &ipv4, &server);
    if (scheme && strcmp(scheme, "mapped") == 0)
        cidr_push_address(L, ipv4);
    else
        lua_settop(L, 1);
    return 1;
}

/* address:hardware() -> "00:1b:44:11:3a:b7", or nil when the interface id is not made of one */
static int l_hardware(lua_State *L)
{
    uint64_t hardware;
    char text[24];
    if (!cidr_hardware_of(cidr_check_address(L, 1), &hardware))
        return 0;
    snprintf(text, sizeof text, "%02x:%02x:%02x:%02x:%02x:%02x", (unsigned)(hardware >> 40) & 255,
             (unsigned)(hardware >> 32) & 255, (unsigned)(hardware >> 24) & 255,
             (unsigned)(hardware >> 16) & 255, (unsigned)(hardware >> 8) & 255, (unsigned)hardware & 255);
    lua_pushstring(L, text);
    return 1;
}

/* prefix:eui64(hardware) -> address: what a host with that hardware address calls itself in the subnet */
static int l_eui64(lua_State *L)
{
    struct cidr_prefix p = *(struct cidr_prefix *)luaL_checkudata(L, 1, CIDR_PREFIX);
    size_t size;
    uint64_t hardware;
    const char *text = luaL_checklstring(L, 2, &size);
    unsigned bytes = cidr_parse_hardware(text, size, &hardware);
    if (bytes == 0)
        return error_raise(L, "input", "InvalidHardwareAddress", "\"%s\" is not a hardware address", text);
    if (p.family != 6 || p.length > 64)
        return error_raise(L, "input", "InvalidPrefix",
                           "interface ids need an IPv6 prefix of at most 64 bits");
    cidr_push_address(L, cidr_eui64(p, hardware, bytes == 6));
    return 1;
}

/* Upvalue-free box that frees the pairs whatever happens. */
static int pairs_gc(lua_State *L)
{
    struct cidr_pair **box = lua_touserdata(L, 1);
    free(*box);
    *box = NULL;
    return 0;
}

static struct cidr_pair **push_pairs(lua_State *L)
{
    struct cidr_pair **box = lua_newuserdatauv(L, sizeof *box, 0);
    *box = NULL;
    if (luaL_newmetatable(L, "cidr.pairs")) {
        lua_pushcfunction(L, pairs_gc);
        lua_setfield(L, -2, "__gc");
    }
    lua_setmetatable(L, -2);
    return box;
}

/* The blocks of the list at argument 1, in Lua's memory. */
static struct cidr_prefix *push_blocks(lua_State *L, size_t count)
{
    struct cidr_prefix *blocks = lua_newuserdatauv(L, (count + 1) * sizeof *blocks, 0);
    for (size_t i = 0; i < count; i++) {
        lua_geti(L, 1, (lua_Integer)i + 1);
        if (!cidr_to_block(L, lua_gettop(L), &blocks[i]))
            luaL_error(L, "element %d of the list is a %s, not a prefix, address or text", (int)i + 1,
                       luaL_typename(L, -1));
        lua_pop(L, 1);
    }
    return blocks;
}

/* cidr.overlapping(blocks) -> flat list outer1, inner1, outer2, inner2, ... of indexes */
static int l_overlapping(lua_State *L)
{
    luaL_checktype(L, 1, LUA_TTABLE);
    size_t count = (size_t)luaL_len(L, 1), pair_count;
    struct cidr_prefix *blocks = push_blocks(L, count);
    struct cidr_pair **box = push_pairs(L);
    *box = cidr_overlapping(blocks, count, &pair_count);
    cidr_check_memory(L, *box != NULL);
    lua_createtable(L, (int)pair_count * 2, 0);
    for (size_t i = 0; i < pair_count; i++) {
        /* NOLINTNEXTLINE(clang-analyzer-core.NullDereference): cidr_check_memory raises */
        lua_Integer outer = (*box)[i].outer, inner = (*box)[i].inner, row = (lua_Integer)i * 2;
        lua_pushinteger(L, outer + 1);
        lua_rawseti(L, -2, row + 1);
        lua_pushinteger(L, inner + 1);
        lua_rawseti(L, -2, row + 2);
    }
    return 1;
}

const luaL_Reg cidr_address_special_methods[] = {{"classify", l_classify},
                                                 {"is", l_is},
                                                 {"reverse_name", l_reverse_name},
                                                 {"embedded_ipv4", l_embedded_ipv4},
                                                 {"unmap", l_unmap},
                                                 {"hardware", l_hardware},
                                                 {NULL, NULL}};

const luaL_Reg cidr_prefix_special_methods[] = {{"classify", l_classify},
                                                {"is", l_is},
                                                {"reverse_zones", l_reverse_zones},
                                                {"eui64", l_eui64},
                                                {NULL, NULL}};

const luaL_Reg cidr_special_functions[] = {{"classify", l_classify},
                                           {"special_blocks", l_special_blocks},
                                           {"cloud_blocks", l_cloud_blocks},
                                           {"from_reverse_name", l_from_reverse_name},
                                           {"from_reverse_zone", l_from_reverse_zone},
                                           {"overlapping", l_overlapping},
                                           {NULL, NULL}};
