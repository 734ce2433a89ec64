/* SPDX-License-Identifier: MIT
 * json_decode.c: scan (json_scan.c), lua-cjson, then a walk that undoes the marks: exact integers,
 * arrays with their metatable, nulls as the caller wants them. */
#include "modules/json/json.h"
#include "modules/json/json_scan.h"

#include "runtime/error.h"

#include <errno.h>
#include <lauxlib.h>
#include <lua-cjson.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* Doubles hold every integer up to here. */
#define DOUBLE_EXACT 9007199254740992.0
/* lua-cjson's own small buffers; far more than it allocates besides the text. */
#define CJSON_SLACK 8192

struct walk {
    lua_State *L;
    int array; /* stack index of the array metatable */
    int keep_null;
};

static void restore_table(struct walk *w, int index);

static int is_mark(const char *text, size_t size)
{
    return size >= 2 && text[0] == JSON_MARK;
}

/* Replaces the marked digits on the top of the stack by an integer, or by the digits as a string when
 * they exceed 64 bits. */
static void restore_integer(lua_State *L, const char *digits)
{
    errno = 0;
    long long value = strtoll(digits, NULL, 10);
    if (errno == ERANGE)
        lua_pushstring(L, digits);
    else
        lua_pushinteger(L, value);
    lua_remove(L, -2);
}

/* Replaces the value on the top by what it stands for; returns whether it changed. */
static int restore_value(struct walk *w)
{
    lua_State *L = w->L;
    lua_Integer integer;
    size_t size;
    const char *text;
    switch (lua_type(L, -1)) {
    case LUA_TTABLE:
        restore_table(w, lua_gettop(L));
        return 0;
    case LUA_TSTRING:
        text = lua_tolstring(L, -1, &size);
        if (!is_mark(text, size))
            return 0;
        restore_integer(L, text + 1);
        return 1;
    case LUA_TNUMBER: {
        lua_Number number = lua_tonumber(L, -1);
        if (number < -DOUBLE_EXACT || number > DOUBLE_EXACT || !lua_numbertointeger(number, &integer) ||
            (lua_Number)integer != number)
            return 0;
        lua_pop(L, 1);
        lua_pushinteger(L, integer);
        return 1;
    }
    default:
        return 0;
    }
}

static void restore_array(struct walk *w, int index)
{
    lua_State *L = w->L;
    lua_Integer count = (lua_Integer)lua_rawlen(L, index);
    lua_pushvalue(L, w->array);
    lua_setmetatable(L, index);
    for (lua_Integer i = 1; i <= count; i++) {
        lua_rawgeti(L, index, i);
        if (restore_value(w))
            lua_rawseti(L, index, i);
        else
            lua_pop(L, 1);
    }
}

static void restore_object(struct walk *w, int index)
{
    lua_State *L = w->L;
    lua_pushnil(L);
    while (lua_next(L, index)) {
        /* assigning to existing fields, also nil, is allowed while traversing (manual, lua_next) */
        if (!w->keep_null && lua_islightuserdata(L, -1)) {
            lua_pop(L, 1);
            lua_pushnil(L);
        } else if (!restore_value(w)) {
            lua_pop(L, 1);
            continue;
        }
        lua_pushvalue(L, -2);
        lua_insert(L, -2);
        lua_rawset(L, index);
    }
}

static void restore_table(struct walk *w, int index)
{
    lua_State *L = w->L;
    luaL_checkstack(L, 6, "JSON nested too deeply");
    int type = lua_rawgeti(L, index, 1);
    size_t size = 0;
    const char *first = type == LUA_TSTRING ? lua_tolstring(L, -1, &size) : NULL;
    if (first && is_mark(first, size) && strcmp(first, JSON_MARK_EMPTY_ARRAY) == 0) {
        lua_pushnil(L);
        lua_rawseti(L, index, 1);
    }
    lua_pop(L, 1);
    if (type == LUA_TNIL) /* object keys are strings: [1] means array */
        restore_object(w, index);
    else
        restore_array(w, index);
}

static lua_Integer integer_option(lua_State *L, const char *name, lua_Integer fallback)
{
    if (lua_type(L, 2) != LUA_TTABLE || lua_getfield(L, 2, name) == LUA_TNIL)
        return fallback;
    int is_integer;
    lua_Integer value = lua_tointegerx(L, -1, &is_integer);
    if (!is_integer || value < 0)
        luaL_error(L, "json.decode: option '%s' must be an integer, 0 or more", name);
    return value;
}

static int raise_invalid(lua_State *L, const struct json_problem *problem)
{
    /* no excerpt of the text: it may be a credentials file */
    error_push(L, "input", "InvalidJson", "invalid JSON at byte %d: %s", (int)(problem->offset + 1),
               problem->what);
    lua_pushinteger(L, (lua_Integer)problem->offset + 1);
    lua_setfield(L, -2, "offset");
    return lua_error(L);
}

/* Loads lua-cjson into upvalue 1 on first use, with a configuration of our own. */
static void load_cjson(lua_State *L)
{
    if (!lua_isnil(L, lua_upvalueindex(1)))
        return;
    lua_pushcfunction(L, luaopen_cjson);
    lua_call(L, 0, 1);
    lua_getfield(L, -1, "decode_max_depth");
    lua_pushinteger(L, JSON_DEPTH_CEILING);
    lua_call(L, 1, 0);
    lua_getfield(L, -1, "decode");
    lua_replace(L, lua_upvalueindex(1));
    lua_pop(L, 1);
}

/* lua-cjson calls exit(3) when malloc fails (strbuf.c, die()). Its decoder makes exactly one large
 * allocation, a buffer as long as the text, before anything else happens: so that much memory, and
 * slack for the small ones, is taken and given back here, where a failure can be reported. What cjson
 * allocates afterwards are Lua values, whose failure is a Lua error. The size limit bounds all of it. */
static void ensure_memory(lua_State *L, size_t size)
{
    void *probe = malloc(size + CJSON_SLACK);
    if (!probe)
        error_raise(L, "internal", "OutOfMemory", "no memory to decode %d bytes of JSON", (int)size);
    free(probe);
}

int json_decode(lua_State *L)
{
    size_t size;
    const char *text = luaL_checklstring(L, 1, &size);
    if (!lua_isnoneornil(L, 2))
        luaL_checktype(L, 2, LUA_TTABLE);
    lua_settop(L, 2);
    struct walk walk = {.L = L};
    lua_Integer depth = integer_option(L, "max_depth", JSON_DEFAULT_DEPTH);
    struct json_limits limits = {.max_depth =
                                     depth > JSON_DEPTH_CEILING ? JSON_DEPTH_CEILING : (unsigned)depth,
                                 .max_size = (size_t)integer_option(L, "max_size", JSON_DEFAULT_SIZE)};
    if (lua_istable(L, 2)) {
        lua_getfield(L, 2, "null");
        walk.keep_null = lua_toboolean(L, -1);
    }
    struct json_scan scan;
    struct json_problem problem;
    if (!json_scan(text, size, &limits, &scan, &problem))
        return raise_invalid(L, &problem);
    lua_settop(L, 1);
    luaL_getmetatable(L, JSON_ARRAY);
    walk.array = 2;
    load_cjson(L);
    lua_pushvalue(L, lua_upvalueindex(1));
    if (scan.marks) {
        luaL_Buffer marked;
        json_mark(text, size, luaL_buffinitsize(L, &marked, scan.marked_size));
        luaL_pushresultsize(&marked, scan.marked_size);
    } else {
        lua_pushvalue(L, 1);
    }
    ensure_memory(L, scan.marked_size);
    lua_call(L, 1, 1);
    restore_value(&walk);
    return 1;
}
