/* SPDX-License-Identifier: MIT
 * set_free_lua.c: the set as used space: what is free in a block, and where new blocks fit. */
#include "modules/cidr/format.h"
#include "modules/cidr/set_free.h"
#include "modules/cidr/set_lua.h"
#include "modules/cidr/values_lua.h"

#include "runtime/error.h"

#include <lauxlib.h>
#include <stdio.h>
#include <string.h>

/* Pushes what of argument 2 is not in the set at argument 1, as a set of its own; *width is that of the
 * one family it may have. */
static struct cidr_set *push_space(lua_State *L, unsigned *width)
{
    const struct cidr_set *used = cidr_check_set(L, 1), *within = cidr_check_set(L, 2);
    if ((within->count4 > 0) == (within->count6 > 0))
        error_raise(L, "input", "MixedFamilies", "the space to search must be IPv4 or IPv6, and not empty");
    *width = within->count4 > 0 ? 32 : 128;
    struct cidr_set *space = cidr_push_set(L);
    cidr_check_memory(L, cidr_set_combine(CIDR_DIFFERENCE, within, used, space));
    return space;
}

/* set:free(within) -> set: the space of `within` that the set does not use */
static int l_free(lua_State *L)
{
    unsigned width;
    push_space(L, &width);
    return 1;
}

/* Pushes "no free /20: the largest free block is 10.0.4.0/22". */
static void push_reason(lua_State *L, const struct cidr_set *space, unsigned length)
{
    struct cidr_prefix largest;
    char text[CIDR_PREFIX_MAX];
    if (!cidr_space_largest(space, &largest)) {
        lua_pushfstring(L, "no free /%d: nothing is free", (int)length);
        return;
    }
    cidr_format_prefix(largest, text);
    lua_pushfstring(L, "no free /%d: the largest free block is %s", (int)length, text);
}

/* options.fit at argument 4: true for "best", false for "first" */
static bool check_best(lua_State *L, int arg)
{
    static const char *const names[] = {"first", "best", NULL};
    if (lua_isnoneornil(L, arg))
        return false;
    luaL_checktype(L, arg, LUA_TTABLE);
    lua_getfield(L, arg, "fit");
    int best = luaL_checkoption(L, lua_gettop(L), "first", names);
    lua_pop(L, 1);
    return best == 1;
}

/* set:free_blocks(within, length[, limit]) -> list of free prefixes of that length, in order */
static int l_free_blocks(lua_State *L)
{
    unsigned width;
    lua_Integer limit = luaL_optinteger(L, 4, LUA_MAXINTEGER);
    lua_settop(L, 3);
    const struct cidr_set *space = push_space(L, &width);
    unsigned length = cidr_check_length(L, 3, 0, width);
    struct cidr_set_cursor cursor = {0};
    struct cidr_prefix prefix;
    lua_newtable(L);
    for (lua_Integer i = 1; i <= limit && cidr_space_next(space, length, &cursor, &prefix); i++) {
        cidr_push_prefix(L, prefix);
        lua_rawseti(L, -2, i);
    }
    return 1;
}

/* set:find_free(within, length[, options]) -> prefix, or nil and the reason */
static int l_find_free(lua_State *L)
{
    unsigned width;
    bool best = check_best(L, 4);
    lua_settop(L, 3);
    const struct cidr_set *space = push_space(L, &width);
    unsigned length = cidr_check_length(L, 3, 0, width);
    struct cidr_set_cursor cursor = {0};
    struct cidr_prefix prefix;
    if (best ? cidr_space_best(space, length, &prefix) : cidr_space_next(space, length, &cursor, &prefix)) {
        cidr_push_prefix(L, prefix);
        return 1;
    }
    lua_pushnil(L);
    push_reason(L, space, length);
    return 2;
}

/* Reads the list of lengths at argument 3 into a buffer that is left on the stack. */
static unsigned *push_lengths(lua_State *L, unsigned width, size_t count)
{
    unsigned *lengths = lua_newuserdatauv(L, (count + 1) * sizeof *lengths, 0);
    for (size_t i = 0; i < count; i++) {
        lua_geti(L, 3, (lua_Integer)i + 1);
        int is_integer;
        lua_Integer length = lua_tointegerx(L, -1, &is_integer);
        if (!is_integer || length < 0 || length > (lua_Integer)width)
            error_raise(L, "input", "InvalidLength", "element %d of the lengths is not between 0 and %d",
                        (int)i + 1, (int)width);
        lengths[i] = (unsigned)length;
        lua_pop(L, 1);
    }
    return lengths;
}

/* Pushes the list of blocks, and argument 1 with them added. */
static int push_allocation(lua_State *L, const struct cidr_prefix *blocks, size_t count)
{
    const struct cidr_set *used = lua_touserdata(L, 1);
    lua_createtable(L, (int)count, 0);
    for (size_t i = 0; i < count; i++) {
        cidr_push_prefix(L, blocks[i]);
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
    struct cidr_set *now = cidr_push_set(L);
    cidr_check_memory(L, cidr_set_add_all(now, used));
    for (size_t i = 0; i < count; i++)
        cidr_check_memory(L, cidr_set_add(now, cidr_range_of(blocks[i])));
    cidr_finish_set(L, now);
    return 2;
}

/* set:allocate(within, lengths[, options]) -> list of prefixes, new set; or nil and the reason */
static int l_allocate(lua_State *L)
{
    unsigned width;
    bool best = check_best(L, 4);
    lua_settop(L, 3);
    if (lua_isinteger(L, 3)) { /* one length */
        lua_createtable(L, 1, 0);
        lua_pushvalue(L, 3);
        lua_rawseti(L, -2, 1);
        lua_replace(L, 3);
    }
    luaL_checktype(L, 3, LUA_TTABLE);
    struct cidr_set *space = push_space(L, &width);
    size_t count = (size_t)luaL_len(L, 3);
    const unsigned *lengths = push_lengths(L, width, count);
    struct cidr_prefix *blocks = lua_newuserdatauv(L, (count + 1) * sizeof *blocks, 0);
    size_t done = cidr_space_take(space, lengths, count, best, blocks);
    cidr_check_memory(L, done <= count);
    if (done == count)
        return push_allocation(L, blocks, count);
    lua_pushnil(L);
    push_reason(L, space, lengths[done]);
    return 2;
}

const luaL_Reg cidr_set_free_methods[] = {{"free", l_free},
                                          {"free_blocks", l_free_blocks},
                                          {"find_free", l_find_free},
                                          {"allocate", l_allocate},
                                          {NULL, NULL}};
