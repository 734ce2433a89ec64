/* SPDX-License-Identifier: MIT
 * json_decode.c: scan (json_scan.c), then lua-cjson, which puts its values together through json_build.c. */
#include "modules/json/json.h"
#include "modules/json/json_build.h"

#include "runtime/error.h"

#include <lauxlib.h>
#include <lua-cjson.h>
#include <stdlib.h>

/* What lua-cjson allocates besides a buffer for the text. */
#define CJSON_SLACK 256
/* Shapes of more containers than this are not kept for the next text. */
#define KEPT_CONTAINERS 65536

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

static void push_invalid(lua_State *L, const struct json_problem *problem)
{
    if (!problem->what)
        error_raise(L, "internal", "OutOfMemory", "no memory to decode JSON");
    /* no excerpt of the text: it may be a credentials file */
    error_push(L, "input", "InvalidJson", "invalid JSON at byte %d: %s", (int)(problem->offset + 1),
               problem->what);
    lua_pushinteger(L, (lua_Integer)problem->offset + 1);
    lua_setfield(L, -2, "offset");
}

static int decoder_gc(lua_State *L)
{
    json_shape_free(lua_touserdata(L, 1));
    return 0;
}

/* The shape of the last text, for its memory; user value 1 is lua-cjson's decode once it is loaded. */
void json_push_decoder(lua_State *L)
{
    struct json_shape *shape = lua_newuserdatauv(L, sizeof *shape, 1);
    *shape = (struct json_shape){0};
    lua_createtable(L, 0, 1);
    lua_pushcfunction(L, decoder_gc);
    lua_setfield(L, -2, "__gc");
    lua_setmetatable(L, -2);
}

/* Pushes lua-cjson's decode with a configuration of our own; loads it on first use. */
static void push_cjson(lua_State *L)
{
    if (lua_getiuservalue(L, lua_upvalueindex(1), 1) != LUA_TNIL)
        return;
    lua_pop(L, 1);
    lua_pushcfunction(L, luaopen_cjson);
    lua_call(L, 0, 1);
    lua_getfield(L, -1, "decode_max_depth");
    lua_pushinteger(L, JSON_DEPTH_CEILING);
    lua_call(L, 1, 0);
    lua_getfield(L, -1, "decode");
    lua_remove(L, -2);
    lua_pushvalue(L, -1);
    lua_setiuservalue(L, lua_upvalueindex(1), 1);
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

/* Leaves the value, or, when false, the error value of a text that is no JSON. */
static bool decode(lua_State *L)
{
    size_t size;
    const char *text = luaL_checklstring(L, 1, &size);
    if (!lua_isnoneornil(L, 2))
        luaL_checktype(L, 2, LUA_TTABLE);
    lua_settop(L, 2);
    lua_Integer depth = integer_option(L, "max_depth", JSON_DEFAULT_DEPTH);
    struct json_limits limits = {.max_depth =
                                     depth > JSON_DEPTH_CEILING ? JSON_DEPTH_CEILING : (unsigned)depth,
                                 .max_size = (size_t)integer_option(L, "max_size", JSON_DEFAULT_SIZE)};
    bool keep_null = false;
    if (lua_istable(L, 2)) {
        lua_getfield(L, 2, "null");
        keep_null = lua_toboolean(L, -1);
    }
    struct json_shape *shape = lua_touserdata(L, lua_upvalueindex(1));
    struct json_problem problem;
    if (!json_scan(text, size, &limits, shape, &problem)) {
        push_invalid(L, &problem);
        return false;
    }
    push_cjson(L);
    ensure_memory(L, size);
    lua_pushvalue(L, 1);
    json_build_begin(text, shape, keep_null);
    int status = lua_pcall(L, 1, 1, 0);
    json_build_end();
    if (shape->container_capacity > KEPT_CONTAINERS)
        json_shape_free(shape);
    if (status != LUA_OK)
        lua_error(L);
    return true;
}

int json_decode(lua_State *L)
{
    return decode(L) ? 1 : lua_error(L);
}

int json_try_decode(lua_State *L)
{
    if (decode(L))
        return 1;
    lua_pushnil(L);
    lua_insert(L, -2);
    return 2;
}
