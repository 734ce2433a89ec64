/* SPDX-License-Identifier: MIT
 * set_lua.c: prefix sets as immutable userdata: construction, algebra, questions. */
#include "modules/cidr/set_lua.h"
#include "modules/cidr/format.h"
#include "modules/cidr/values_lua.h"

#include "runtime/error.h"

#include <lauxlib.h>
#include <string.h>

/* Lists in lists that cidr.set() takes. */
#define LIST_DEPTH 16

static int l_gc(lua_State *L)
{
    cidr_set_free(luaL_checkudata(L, 1, CIDR_SET));
    return 0;
}

struct cidr_set *cidr_push_set(lua_State *L)
{
    struct cidr_set *set = lua_newuserdatauv(L, sizeof *set, 0);
    memset(set, 0, sizeof *set);
    luaL_setmetatable(L, CIDR_SET);
    return set;
}

void cidr_account(lua_State *L, size_t bytes)
{
    if (bytes >= 1 << 16)
        lua_gc(L, LUA_GCSTEP, (int)(bytes >> 10));
}

void cidr_check_memory(lua_State *L, bool ok)
{
    if (!ok)
        error_raise(L, "internal", "OutOfMemory", "no memory for a prefix set");
}

void cidr_account_set(lua_State *L, const struct cidr_set *set)
{
    cidr_account(L, set->room4 * sizeof *set->v4 + set->room6 * sizeof *set->v6);
}

void cidr_finish_set(lua_State *L, struct cidr_set *set)
{
    cidr_check_memory(L, cidr_set_normalise(set));
    cidr_account_set(L, set);
}

/* "write 10.0.0.0/8" for a word that only has host bits set; the error is on the top of the stack. */
static void set_host_bits_hint(lua_State *L, const struct cidr_text_problem *problem)
{
    char text[CIDR_PREFIX_MAX];
    struct cidr_prefix prefix;
    struct cidr_problem ignored;
    bool host_bits = false;
    size_t size = strlen(problem->word);
    if (size + 1 >= sizeof problem->word || /* may be cut */
        cidr_parse_prefix(problem->word, size, 0, &prefix, &host_bits, &ignored) || !host_bits)
        return;
    cidr_format_prefix(prefix, text);
    lua_pushfstring(L, "write %s, or have host bits cleared (loose)", text);
    lua_setfield(L, -2, "hint");
}

int cidr_raise_set_text(lua_State *L, const char *source, const struct cidr_text_problem *problem)
{
    if (problem->line == 0)
        return error_raise(L, "input", "UnreadableSet", "cannot read %s: %s", source ? source : "the text",
                           problem->what);
    lua_pushfstring(L, "%s%sline %d, column %d", source ? source : "", source ? ": " : "", (int)problem->line,
                    (int)problem->column);
    error_push(L, "input", "InvalidSet", "%s: \"%s\" is not a prefix, address or range: %s",
               lua_tostring(L, -1), problem->word, problem->what);
    lua_pushinteger(L, (lua_Integer)problem->line);
    lua_setfield(L, -2, "line");
    lua_pushinteger(L, (lua_Integer)problem->column);
    lua_setfield(L, -2, "column");
    set_host_bits_hint(L, problem);
    return lua_error(L);
}

static void add_text(lua_State *L, struct cidr_set *set, int index, unsigned flags)
{
    size_t size;
    struct cidr_text_problem problem;
    const char *text = lua_tolstring(L, index, &size);
    if (!cidr_parse_set(text, size, flags, set, &problem))
        cidr_raise_set_text(L, NULL, &problem);
}

/* Adds the value at `index` (not a list); false when it is of no suitable type. */
static bool add_value(lua_State *L, struct cidr_set *set, int index, unsigned flags)
{
    struct cidr_prefix prefix;
    const struct cidr_set *other;
    if (lua_type(L, index) == LUA_TSTRING) {
        add_text(L, set, index, flags);
        return true;
    }
    if (cidr_to_block(L, index, &prefix)) {
        cidr_check_memory(L, cidr_set_add(set, cidr_range_of(prefix)));
        return true;
    }
    other = luaL_testudata(L, index, CIDR_SET);
    if (other)
        cidr_check_memory(L, cidr_set_add_all(set, other));
    return other != NULL;
}

/* Adds the elements of a list, which may hold lists `depth` deep. */
static void add_list(lua_State *L, struct cidr_set *set, int index, unsigned flags, int depth)
{
    if (depth == 0)
        luaL_error(L, "lists nested more than %d deep (a list inside itself?)", LIST_DEPTH);
    lua_Integer count = luaL_len(L, index);
    luaL_checkstack(L, 4, "lists nested too deeply");
    for (lua_Integer i = 1; i <= count; i++) {
        lua_geti(L, index, i);
        if (lua_istable(L, -1))
            add_list(L, set, lua_gettop(L), flags, depth - 1);
        else if (!add_value(L, set, -1, flags))
            luaL_error(L, "element %I of the list is a %s, not a prefix, address, set or text", i,
                       luaL_typename(L, -1));
        lua_pop(L, 1);
    }
}

/* Pushes the set that the value at `index` describes. */
static void push_set_of(lua_State *L, int index, unsigned flags)
{
    struct cidr_set *set = cidr_push_set(L);
    if (lua_istable(L, index))
        add_list(L, set, index, flags, LIST_DEPTH);
    else if (!add_value(L, set, index, flags))
        luaL_typeerror(L, index, "prefix set, list, prefix, address or text");
    cidr_finish_set(L, set);
}

const struct cidr_set *cidr_check_set(lua_State *L, int arg)
{
    if (!luaL_testudata(L, arg, CIDR_SET)) {
        push_set_of(L, arg, 0);
        lua_replace(L, arg);
    }
    return lua_touserdata(L, arg);
}

/* cidr.set([values[, options]]) -> set */
int cidr_l_set(lua_State *L)
{
    unsigned flags = cidr_check_flags(L, 2);
    if (lua_isnoneornil(L, 1))
        cidr_push_set(L);
    else
        push_set_of(L, 1, flags);
    return 1;
}

/* cidr.is_set(value) -> boolean */
int cidr_l_is_set(lua_State *L)
{
    luaL_checkany(L, 1);
    lua_pushboolean(L, luaL_testudata(L, 1, CIDR_SET) != NULL);
    return 1;
}

/* Pushes the arguments `left` and `right` combined. */
static void push_combined(lua_State *L, enum cidr_set_operation operation, int left, int right)
{
    const struct cidr_set *a = cidr_check_set(L, left), *b = cidr_check_set(L, right);
    struct cidr_set *out = cidr_push_set(L);
    cidr_check_memory(L, cidr_set_combine(operation, a, b, out));
    cidr_account_set(L, out);
}

/* Folds the operation over all arguments. */
static int fold(lua_State *L, enum cidr_set_operation operation)
{
    int count = lua_gettop(L);
    cidr_check_set(L, 1);
    luaL_checkany(L, 2);
    for (int right = 2; right <= count; right++) {
        push_combined(L, operation, 1, right);
        lua_replace(L, 1);
    }
    lua_settop(L, 1);
    return 1;
}

/* set:union(other, ...) -> set, and the same for the other operations; also as operators | & - ~ */
static int l_union(lua_State *L)
{
    return fold(L, CIDR_UNION);
}

static int l_intersection(lua_State *L)
{
    return fold(L, CIDR_INTERSECTION);
}

static int l_difference(lua_State *L)
{
    return fold(L, CIDR_DIFFERENCE);
}

static int l_symmetric_difference(lua_State *L)
{
    return fold(L, CIDR_SYMMETRIC_DIFFERENCE);
}

/* set:complement(within) -> set: what of `within` is not in the set */
static int l_complement(lua_State *L)
{
    lua_settop(L, 2);
    push_combined(L, CIDR_DIFFERENCE, 2, 1);
    return 1;
}

/* set:diff(other) -> added, removed: what only the other set has, what only this one has */
static int l_diff(lua_State *L)
{
    lua_settop(L, 2);
    push_combined(L, CIDR_DIFFERENCE, 2, 1);
    push_combined(L, CIDR_DIFFERENCE, 1, 2);
    return 2;
}

/* The argument as one block; false when it is a set, a list, or a text of ranges or several words. */
static bool is_block(lua_State *L, int arg, struct cidr_prefix *out)
{
    if (lua_type(L, arg) == LUA_TSTRING && strpbrk(lua_tostring(L, arg), "-, \t\r\n#;"))
        return false;
    return cidr_to_block(L, arg, out);
}

/* set:contains(x) -> boolean: all of a set, list, prefix, address or text */
static int l_contains(lua_State *L)
{
    struct cidr_prefix prefix;
    const struct cidr_set *set = cidr_check_set(L, 1);
    lua_pushboolean(L, is_block(L, 2, &prefix) ? cidr_set_contains(set, cidr_range_of(prefix))
                                               : cidr_set_covers(set, cidr_check_set(L, 2)));
    return 1;
}

/* set:overlaps(x) -> boolean: a common address */
static int l_overlaps(lua_State *L)
{
    struct cidr_prefix prefix;
    const struct cidr_set *set = cidr_check_set(L, 1);
    lua_pushboolean(L, is_block(L, 2, &prefix) ? cidr_set_overlaps(set, cidr_range_of(prefix))
                                               : cidr_set_meets(set, cidr_check_set(L, 2)));
    return 1;
}

static int l_equal(lua_State *L)
{
    const struct cidr_set *a = luaL_testudata(L, 1, CIDR_SET), *b = luaL_testudata(L, 2, CIDR_SET);
    lua_pushboolean(L, a && b && cidr_set_equal(a, b));
    return 1;
}

/* set:equal(x) -> boolean: the same addresses as a set, list, prefix, address or text */
static int l_same(lua_State *L)
{
    const struct cidr_set *a = cidr_check_set(L, 1), *b = cidr_check_set(L, 2);
    lua_pushboolean(L, cidr_set_equal(a, b));
    return 1;
}

/* set <= set: subset; set < set: proper subset */
static int l_subset(lua_State *L)
{
    lua_pushboolean(L, cidr_set_covers(cidr_check_set(L, 2), cidr_check_set(L, 1)));
    return 1;
}

static int l_proper_subset(lua_State *L)
{
    const struct cidr_set *a = cidr_check_set(L, 1), *b = cidr_check_set(L, 2);
    lua_pushboolean(L, cidr_set_covers(b, a) && !cidr_set_equal(a, b));
    return 1;
}

static const luaL_Reg methods[] = {{"union", l_union},
                                   {"intersection", l_intersection},
                                   {"difference", l_difference},
                                   {"symmetric_difference", l_symmetric_difference},
                                   {"complement", l_complement},
                                   {"diff", l_diff},
                                   {"contains", l_contains},
                                   {"overlaps", l_overlaps},
                                   {"equal", l_same},
                                   {NULL, NULL}};

static const luaL_Reg metamethods[] = {{"__gc", l_gc},
                                       {"__close", l_gc},
                                       {"__eq", l_equal},
                                       {"__le", l_subset},
                                       {"__lt", l_proper_subset},
                                       {"__bor", l_union},
                                       {"__add", l_union},
                                       {"__band", l_intersection},
                                       {"__sub", l_difference},
                                       {"__bxor", l_symmetric_difference},
                                       {NULL, NULL}};

void cidr_open_set(lua_State *L)
{
    luaL_newmetatable(L, CIDR_SET);
    luaL_setfuncs(L, metamethods, 0);
    luaL_setfuncs(L, cidr_set_list_metamethods, 0);
    luaL_newlib(L, methods);
    luaL_setfuncs(L, cidr_set_list_methods, 0);
    luaL_setfuncs(L, cidr_set_io_methods, 0);
    luaL_setfuncs(L, cidr_set_free_methods, 0);
    lua_setfield(L, -2, "__index");
    lua_pop(L, 1);
}
