/* SPDX-License-Identifier: MIT
 * route_list_lua.c: methods of route tables that give lists of entries or look at whole tables. */
#include "modules/cidr/route_lua.h"
#include "modules/cidr/route_sweep.h"
#include "modules/cidr/set_lua.h"

#include <stdlib.h>
#include <string.h>

#define CIDR_ENTRIES "cidr.entries"

/* An array of entries owned by Lua. */
struct entry_list {
    struct cidr_entry *entries;
    size_t count, at;
};

static int entries_gc(lua_State *L)
{
    struct entry_list *list = lua_touserdata(L, 1);
    free(list->entries);
    list->entries = NULL;
    list->count = 0;
    return 0;
}

/* Pushes a list that frees what it is given. */
static struct entry_list *push_list(lua_State *L)
{
    struct entry_list *list = lua_newuserdatauv(L, sizeof *list, 0);
    memset(list, 0, sizeof *list);
    if (luaL_newmetatable(L, CIDR_ENTRIES)) {
        lua_pushcfunction(L, entries_gc);
        lua_setfield(L, -2, "__gc");
    }
    lua_setmetatable(L, -2);
    return list;
}

/* Pushes the list of all entries of the table at `arg`. */
static struct entry_list *push_entries(lua_State *L, int arg)
{
    const struct cidr_routes *r = cidr_check_routes(L, arg);
    struct entry_list *list = push_list(L);
    list->entries = cidr_table_entries(&r->table, &list->count);
    cidr_check_memory(L, list->entries != NULL);
    return list;
}

/* Pushes {prefix=, value=}. */
static void push_entry(lua_State *L, int table, const struct cidr_entry *entry)
{
    lua_createtable(L, 0, 2);
    /* NOLINTNEXTLINE(clang-analyzer-core.NullDereference): push_entries raises without memory */
    cidr_push_prefix(L, entry->prefix);
    lua_setfield(L, -2, "prefix");
    cidr_push_route_value(L, table, entry->value);
    lua_setfield(L, -2, "value");
}

/* table:matches(block) -> list of {prefix=, value=} of all prefixes that cover the block, shortest first */
static int l_matches(lua_State *L)
{
    const struct cidr_routes *r = cidr_check_routes(L, 1);
    struct cidr_entry found[129];
    unsigned count = cidr_table_matches(&r->table, cidr_check_block(L, 2), found);
    lua_createtable(L, (int)count, 0);
    for (unsigned i = 0; i < count; i++) {
        push_entry(L, 1, &found[i]);
        lua_rawseti(L, -2, i + 1);
    }
    return 1;
}

/* table:covered(block) -> list of {prefix=, value=} of all prefixes at or inside the block, in order */
static int l_covered(lua_State *L)
{
    const struct cidr_routes *r = cidr_check_routes(L, 1);
    struct cidr_prefix block = cidr_check_block(L, 2);
    struct entry_list *list = push_list(L);
    list->entries = cidr_table_covered(&r->table, block, &list->count);
    cidr_check_memory(L, list->entries != NULL);
    lua_createtable(L, (int)list->count, 0);
    for (size_t i = 0; i < list->count; i++) {
        push_entry(L, 1, &list->entries[i]);
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
    return 1;
}

/* Upvalues: the table, the list. */
static int next_entry(lua_State *L)
{
    struct entry_list *list = lua_touserdata(L, lua_upvalueindex(2));
    if (list->at >= list->count)
        return 0;
    cidr_push_prefix(L, list->entries[list->at].prefix);
    lua_getiuservalue(L, lua_upvalueindex(1), 1);
    lua_rawgeti(L, -1, (lua_Integer)list->entries[list->at++].value + 1);
    lua_remove(L, -2);
    return 2;
}

/* table:entries() -> iterator over prefix, value in order (of a snapshot: the table may change) */
static int l_entries(lua_State *L)
{
    cidr_check_routes(L, 1);
    lua_settop(L, 1);
    push_entries(L, 1);
    lua_pushcclosure(L, next_entry, 2);
    return 1;
}

/* Pushes the list of prefixes that a sweep flags. */
static int push_flagged(lua_State *L, void (*sweep)(const struct cidr_entry *, size_t, bool *))
{
    struct entry_list *list = push_entries(L, 1);
    bool *flags = lua_newuserdatauv(L, list->count + 1, 0);
    sweep(list->entries, list->count, flags);
    lua_newtable(L);
    for (size_t i = 0, n = 0; i < list->count; i++) {
        if (!flags[i])
            continue;
        cidr_push_prefix(L, list->entries[i].prefix);
        lua_rawseti(L, -2, (lua_Integer)++n);
    }
    return 1;
}

/* table:shadowed() -> list of prefixes that longer ones cover completely, so that they never match */
static int l_shadowed(lua_State *L)
{
    return push_flagged(L, cidr_sweep_shadowed);
}

/* table:redundant() -> list of prefixes whose next shorter one has the same value */
static int l_redundant(lua_State *L)
{
    return push_flagged(L, cidr_sweep_redundant);
}

/* table:aggregate() -> new table: fewer entries, the same result for every address */
static int l_aggregate(lua_State *L)
{
    lua_settop(L, 1);
    struct entry_list *list = push_entries(L, 1);
    size_t count = cidr_sweep_aggregate(list->entries, list->count);
    cidr_check_memory(L, count != SIZE_MAX);
    cidr_push_routes(L); /* index 3 */
    for (size_t i = 0; i < count; i++) {
        cidr_push_route_value(L, 1, list->entries[i].value);
        cidr_route_insert(L, 3, list->entries[i].prefix, -1);
        lua_pop(L, 1);
    }
    return 1;
}

/* Pushes both tables' entries (left at index 3), the right ones with the left table's numbers; a value
 * that the left table does not have gets a number of its own. */
static struct entry_list *push_comparable(lua_State *L, struct entry_list **left)
{
    const struct cidr_routes *a = cidr_check_routes(L, 1), *b = cidr_check_routes(L, 2);
    lua_settop(L, 2);
    *left = push_entries(L, 1);
    struct entry_list *right = push_entries(L, 2);
    uint32_t *numbers = lua_newuserdatauv(L, (b->next + 1) * sizeof *numbers, 0);
    for (uint32_t i = 0; i < b->next; i++) {
        cidr_push_route_value(L, 2, i);
        uint32_t number = lua_isnil(L, -1) ? CIDR_NO_VALUE : cidr_find_number(L, 1, -1);
        numbers[i] = number == CIDR_NO_VALUE ? a->next + i : number;
        lua_pop(L, 1);
    }
    for (size_t i = 0; i < right->count; i++)
        right->entries[i].value = numbers[right->entries[i].value];
    return right;
}

/* Appends {prefix=, value= | from=, to=} to the list at `list`. */
static void append_difference(lua_State *L, int list, struct cidr_prefix prefix, const char *const names[2])
{
    const struct cidr_routes *tables[2] = {lua_touserdata(L, 1), lua_touserdata(L, 2)};
    lua_createtable(L, 0, 3);
    cidr_push_prefix(L, prefix);
    lua_setfield(L, -2, "prefix");
    for (int side = 0; side < 2; side++) {
        if (!names[side])
            continue;
        cidr_push_route_value(L, side + 1, cidr_table_exact(&tables[side]->table, prefix));
        lua_setfield(L, -2, names[side]);
    }
    lua_rawseti(L, list, (lua_Integer)lua_rawlen(L, list) + 1);
}

/* table:compare(other) -> {added=, removed=, changed=}: lists of {prefix=, value=} and
 * {prefix=, from=, to=} */
static int l_compare(lua_State *L)
{
    static const char *const removed[2] = {"value", NULL}, *const added[2] = {NULL, "value"},
                             *const changed[2] = {"from", "to"};
    struct entry_list *left, *right = push_comparable(L, &left);
    int result = lua_gettop(L) + 1;
    lua_createtable(L, 0, 3);
    for (int i = 0; i < 3; i++)
        lua_newtable(L);
    for (size_t i = 0, j = 0; i < left->count || j < right->count;) {
        const struct cidr_entry *a = &left->entries[i], *b = &right->entries[j];
        int order = i == left->count ? 1 : j == right->count ? -1 : cidr_prefix_compare(a->prefix, b->prefix);
        if (order < 0)
            append_difference(L, result + 1, a->prefix, removed);
        else if (order > 0)
            append_difference(L, result + 2, b->prefix, added);
        else if (a->value != b->value)
            append_difference(L, result + 3, a->prefix, changed);
        i += order <= 0;
        j += order >= 0;
    }
    lua_setfield(L, result, "changed");
    lua_setfield(L, result, "added");
    lua_setfield(L, result, "removed");
    return 1;
}

/* table:differing(other) -> set of the addresses that the two tables route differently */
static int l_differing(lua_State *L)
{
    struct entry_list *left, *right = push_comparable(L, &left);
    struct cidr_set *set = cidr_push_set(L);
    cidr_check_memory(L, cidr_sweep_differing(left->entries, left->count, right->entries, right->count, set));
    return 1;
}

const luaL_Reg cidr_route_list_methods[] = {
    {"matches", l_matches},   {"covered", l_covered},     {"entries", l_entries},
    {"shadowed", l_shadowed}, {"redundant", l_redundant}, {"aggregate", l_aggregate},
    {"compare", l_compare},   {"differing", l_differing}, {NULL, NULL}};
