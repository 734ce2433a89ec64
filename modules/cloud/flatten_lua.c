/* SPDX-License-Identifier: MIT
 * flatten_lua.c: nested Lua tables to the flat parameters of RPC calls: lists Name.1, Name.2 (1-based, nil
 * and json.null keep their index), tables Name.field; empty tables give nothing, "" gives "Name=". */
#include "modules/cloud/encode.h"
#include "modules/cloud/lua_private.h"
#include "runtime/error.h"

#define MAX_DEPTH 32
#define MAX_NAME 1024

struct flatten {
    lua_State *L;
    struct arena *arena;
    struct pairs *pairs;
    bool copy;
    int depth;
    struct slice key; /* a name of the top level in its Lua string */
    size_t size;      /* of name */
    char name[MAX_NAME];
};

static void flatten_value(struct flatten *f, int index);

static int refuse(struct flatten *f, const char *why)
{
    lua_pushlstring(f->L, f->name, f->size);
    return error_raise(f->L, "input", "InvalidParameters", "parameter %s: %s", lua_tostring(f->L, -1), why);
}

static void no_memory(struct flatten *f)
{
    luaL_error(f->L, "not enough memory");
}

/* Appends ".text" (or "text" at the top) to the name; returns the old size. */
static size_t enter(struct flatten *f, const char *text, size_t size)
{
    size_t old = f->size;
    if (f->size + size + 2 > MAX_NAME || f->depth >= MAX_DEPTH)
        refuse(f, f->depth >= MAX_DEPTH ? "is nested deeper than 32 levels (or contains itself)"
                                        : "its name is longer than 1000 bytes");
    if (f->size)
        f->name[f->size++] = '.';
    memcpy(f->name + f->size, text, size);
    f->size += size;
    f->depth++;
    return old;
}

static void leave(struct flatten *f, size_t old)
{
    f->size = old;
    f->depth--;
}

static void add(struct flatten *f, struct slice value)
{
    struct slice name = f->key.data && f->key.size == f->size
                            ? f->key
                            : arena_copy(f->arena, (struct slice){f->name, f->size});
    if (!pairs_add(f->arena, f->pairs, name, value) || f->arena->failed)
        no_memory(f);
}

static void add_number(struct flatten *f, int index)
{
    char text[NUMBER_SIZE];
    size_t size;
    if (lua_isinteger(f->L, index)) {
        size = integer_text(lua_tointeger(f->L, index), text);
    } else {
        size = number_text(lua_tonumber(f->L, index), text);
        if (!size)
            refuse(f, "is not a finite number");
    }
    add(f, arena_copy(f->arena, (struct slice){text, size}));
}

static void flatten_field(struct flatten *f, int key, int value)
{
    char digits[24];
    const char *text;
    size_t size, old;
    if (lua_type(f->L, key) == LUA_TSTRING) {
        text = lua_tolstring(f->L, key, &size);
    } else if (lua_isinteger(f->L, key) && lua_tointeger(f->L, key) > 0) {
        size = integer_text(lua_tointeger(f->L, key), digits);
        text = digits;
    } else {
        refuse(f, "its keys must be names or positive integers");
        return;
    }
    old = enter(f, text, size);
    if (f->depth == 1)
        f->key = (struct slice){f->copy || text == digits ? NULL : text, size};
    flatten_value(f, value);
    leave(f, old);
}

static void flatten_fields(struct flatten *f, int index)
{
    luaL_checkstack(f->L, 8, "parameters");
    lua_pushnil(f->L);
    while (lua_next(f->L, index)) {
        int top = lua_gettop(f->L);
        flatten_field(f, top - 1, top);
        lua_settop(f->L, top - 1);
    }
}

static void flatten_value(struct flatten *f, int index)
{
    size_t size;
    const char *text;
    switch (lua_type(f->L, index)) {
    case LUA_TSTRING:
        text = lua_tolstring(f->L, index, &size);
        add(f, f->copy ? arena_copy(f->arena, (struct slice){text, size}) : (struct slice){text, size});
        break;
    case LUA_TNUMBER:
        add_number(f, index);
        break;
    case LUA_TBOOLEAN:
        add(f, slice_of(lua_toboolean(f->L, index) ? "true" : "false"));
        break;
    case LUA_TTABLE:
        flatten_fields(f, index);
        break;
    case LUA_TNIL:
        break;
    case LUA_TLIGHTUSERDATA:
        if (lua_touserdata(f->L, index) == NULL) /* json.null */
            break;
        /* fall through */
    default:
        refuse(f, "must be a text, a number, a boolean or a table of these");
    }
}

/* { {"Name", value}, ... }: true when that is what the table is. Leaves values on the stack. */
static bool is_pair_list(lua_State *L, int index)
{
    bool is_list = lua_rawgeti(L, index, 1) == LUA_TTABLE && lua_rawgeti(L, -1, 1) == LUA_TSTRING;
    return is_list;
}

static void flatten_pair_list(struct flatten *f, int index)
{
    lua_Integer count = (lua_Integer)lua_rawlen(f->L, index);
    for (lua_Integer i = 1; i <= count; i++) {
        int top = lua_gettop(f->L);
        if (lua_rawgeti(f->L, index, i) != LUA_TTABLE || lua_rawgeti(f->L, top + 1, 1) != LUA_TSTRING)
            refuse(f, "a list of parameters must hold {name, value} pairs only");
        lua_rawgeti(f->L, top + 1, 2);
        flatten_field(f, top + 2, top + 3);
        lua_settop(f->L, top);
    }
}

void flatten_table(lua_State *L, int index, struct arena *arena, bool copy, struct pairs *pairs)
{
    struct flatten f;
    f.L = L;
    f.arena = arena;
    f.pairs = pairs;
    f.copy = copy;
    f.depth = 0;
    f.key = (struct slice){0};
    f.size = 0;
    int top = lua_gettop(L);
    bool ordered = is_pair_list(L, index);
    lua_settop(L, top);
    if (ordered) {
        flatten_pair_list(&f, index);
        return;
    }
    flatten_fields(&f, index);
    if (!pairs_sort(arena, pairs))
        no_memory(&f);
}
