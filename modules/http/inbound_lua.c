/* SPDX-License-Identifier: MIT
 * inbound_lua.c: a request as a Lua table, the handler's response back into plain memory. */
#include "modules/http/binding.h"
#include "modules/http/exchange.h"
#include "modules/http/inbound.h"

#include "runtime/error.h"

#include <lauxlib.h>
#include <string.h>
#include <strings.h>

#define INBOUND_METATABLE "peerway.http.inbound"

struct held {
    struct inbound *inbound; /* NULL: replied or closed */
    struct reply reply;      /* while it is being read: freed with the userdata when that raises */
};

/* True when an earlier field has the name of field `index`. */
static bool is_repeat(const struct fields *fields, size_t index)
{
    const char *name = fields_name(fields, index);
    for (size_t i = 0; i < index; i++) {
        const char *other = fields_name(fields, i);
        if ((*other | 32) == (*name | 32) && strcasecmp(other, name) == 0)
            return true;
    }
    return false;
}

static void push_lower(lua_State *L, const char *name)
{
    luaL_Buffer buffer;
    size_t size = strlen(name);
    char *text = luaL_buffinitsize(L, &buffer, size);
    for (size_t i = 0; i < size; i++)
        text[i] = name[i] >= 'A' && name[i] <= 'Z' ? (char)(name[i] | 32) : name[i];
    luaL_pushresultsize(&buffer, size);
}

void http_push_fields(lua_State *L, const struct fields *fields)
{
    lua_createtable(L, 0, (int)fields->count);
    for (size_t i = 0; i < fields->count; i++) {
        if (fields->lower)
            lua_pushstring(L, fields_name(fields, i));
        else
            push_lower(L, fields_name(fields, i));
        lua_pushstring(L, fields_value(fields, i));
        if (is_repeat(fields, i)) {
            lua_pushvalue(L, -2);
            lua_rawget(L, -4);
            lua_insert(L, -2);
            lua_pushfstring(L, "%s, %s", lua_tostring(L, -2), lua_tostring(L, -1));
            lua_replace(L, -3);
            lua_pop(L, 1);
        }
        lua_rawset(L, -3);
    }
}

static void push_field_list(lua_State *L, const struct fields *fields)
{
    lua_createtable(L, (int)fields->count, 0);
    for (size_t i = 0; i < fields->count; i++) {
        lua_createtable(L, 2, 0);
        lua_pushstring(L, fields_name(fields, i));
        lua_rawseti(L, -2, 1);
        lua_pushstring(L, fields_value(fields, i));
        lua_rawseti(L, -2, 2);
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
}

static void set_string(lua_State *L, const char *field, const char *value, size_t size)
{
    lua_pushlstring(L, value, size);
    lua_setfield(L, -2, field);
}

static void push_request(lua_State *L, const struct inbound *inbound)
{
    const char *target = inbound->target;
    size_t path = strcspn(target, "?");
    size_t host = inbound->authority[0] == '[' ? strcspn(inbound->authority, "]") + 1
                                               : strcspn(inbound->authority, ":");
    if (host > strlen(inbound->authority))
        host = strlen(inbound->authority);
    lua_createtable(L, 0, 13);
    set_string(L, "method", inbound->method, strlen(inbound->method));
    set_string(L, "scheme", inbound->tls ? "https" : "http", inbound->tls ? 5 : 4);
    set_string(L, "host", inbound->authority, strlen(inbound->authority));
    set_string(L, "hostname", inbound->authority, host);
    lua_pushinteger(L, inbound->port);
    lua_setfield(L, -2, "port");
    set_string(L, "path", target, path);
    set_string(L, "query", target + path + (target[path] == '?'),
               strlen(target + path + (target[path] == '?')));
    set_string(L, "target", target, strlen(target));
    set_string(L, "body", inbound->body.data ? inbound->body.data : "", inbound->body.size);
    set_string(L, "door", inbound->socket ? "socket" : "mount", inbound->socket ? 6 : 5);
    http_push_fields(L, &inbound->fields);
    lua_setfield(L, -2, "headers");
    push_field_list(L, &inbound->fields);
    lua_setfield(L, -2, "header_list");
    lua_createtable(L, 0, 2);
    set_string(L, "address", inbound->peer, strlen(inbound->peer));
    lua_pushinteger(L, inbound->peer_port);
    lua_setfield(L, -2, "port");
    lua_setfield(L, -2, "peer");
}

static int served(lua_State *L, int status, lua_KContext context)
{
    return 0;
}

static void take_from_pending(struct inbound *inbound)
{
    for (struct inbound **link = &inbound->door->state->pending; *link; link = &(*link)->next)
        if (*link == inbound) {
            *link = inbound->next;
            return;
        }
}

int inbound_run(lua_State *L)
{
    struct inbound *inbound = lua_touserdata(L, 1);
    struct held *held = lua_newuserdatauv(L, sizeof *held, 0);
    memset(held, 0, sizeof *held);
    take_from_pending(inbound);
    held->inbound = inbound;
    luaL_setmetatable(L, INBOUND_METATABLE);
    lua_toclose(L, 2); /* whatever happens to the task, whoever waits is told */
    if (inbound->door->closed)
        return 0;
    lua_rawgeti(L, LUA_REGISTRYINDEX, inbound->door->run);
    push_request(L, inbound);
    lua_pushvalue(L, 2);
    lua_callk(L, 2, 0, 0, served);
    return 0;
}

/* ---- the response ---- */

static int bad_response(lua_State *L, const char *what)
{
    return error_raise(L, "usage", "InvalidResponse",
                       "http handler: %s; a response is {status=, headers=, body=, fault=}", what);
}

static void read_pair(lua_State *L, struct fields *fields, int name_index, int value_index)
{
    size_t name_size, value_size;
    if (lua_type(L, name_index) != LUA_TSTRING || !lua_isstring(L, value_index))
        error_raise(L, "usage", "InvalidHeader", "http: a header is a name and a string or number");
    const char *name = lua_tolstring(L, name_index, &name_size);
    const char *value = lua_tolstring(L, value_index, &value_size);
    if (name_size == 0 || strcspn(name, " :\t\r\n") != name_size || strcspn(value, "\r\n") != value_size)
        error_raise(L, "usage", "InvalidHeader",
                    "http: header '%s' is malformed, or its value has a line break", name);
    if (!fields_add(fields, name, name_size, value, value_size))
        error_raise(L, "internal", "OutOfMemory", "http: out of memory for headers");
}

void http_read_fields(lua_State *L, int index, struct fields *fields)
{
    index = lua_absindex(L, index);
    luaL_checktype(L, index, LUA_TTABLE);
    lua_Integer count = (lua_Integer)lua_rawlen(L, index);
    for (lua_Integer i = 1; i <= count; i++) {
        if (lua_rawgeti(L, index, i) != LUA_TTABLE)
            error_raise(L, "usage", "InvalidHeader",
                        "http: entry %d of a header list is no {name, value} pair", (int)i);
        lua_rawgeti(L, -1, 1);
        lua_rawgeti(L, -2, 2);
        read_pair(L, fields, lua_absindex(L, -2), lua_absindex(L, -1));
        lua_pop(L, 3);
    }
    if (count > 0)
        return;
    for (lua_pushnil(L); lua_next(L, index); lua_pop(L, 1)) {
        lua_pushvalue(L, -1); /* a number is converted in this copy */
        read_pair(L, fields, lua_absindex(L, -3), lua_absindex(L, -1));
        lua_pop(L, 1);
    }
}

static void read_fault(lua_State *L, int index, struct reply *reply)
{
    if (lua_getfield(L, index, "fault") == LUA_TTABLE) {
        static const char *const names[] = {"none", "drop", "cut", "stall", NULL};
        lua_getfield(L, -1, "kind");
        const char *kind = lua_tostring(L, -1);
        int found = 0;
        while (names[found] && (!kind || strcmp(names[found], kind) != 0))
            found++;
        if (!names[found])
            bad_response(L, "a fault's kind is drop, cut or stall");
        reply->fault = (enum fault)found;
        lua_getfield(L, -2, "bytes");
        lua_Integer bytes = lua_tointeger(L, -1);
        reply->fault_bytes = bytes > 0 ? (size_t)bytes : 0;
        lua_pop(L, 2);
    } else if (!lua_isnil(L, -1)) {
        bad_response(L, "fault is no table");
    }
    lua_pop(L, 1);
}

static void read_reply(lua_State *L, int index, struct reply *reply)
{
    if (!lua_istable(L, index))
        bad_response(L, "it returned no table");
    lua_getfield(L, index, "status");
    lua_Integer status = lua_isnil(L, -1) ? 200 : lua_tointeger(L, -1);
    if (status < 200 || status > 999)
        bad_response(L, "the status is no number from 200 to 999");
    reply->status = (int)status;
    if (lua_getfield(L, index, "headers") != LUA_TNIL)
        http_read_fields(L, -1, &reply->fields);
    size_t size = 0;
    if (lua_getfield(L, index, "body") != LUA_TNIL && lua_type(L, -1) != LUA_TSTRING)
        bad_response(L, "the body is no string");
    const char *body = lua_tolstring(L, -1, &size);
    if (size && !buffer_append(&reply->body, body, size))
        error_raise(L, "internal", "OutOfMemory", "http handler: out of memory for a body of %d bytes",
                    (int)size);
    lua_pop(L, 3);
    read_fault(L, index, reply);
}

static void drop_held(struct held *held)
{
    if (held->inbound)
        inbound_free(held->inbound);
    held->inbound = NULL;
    reply_free(&held->reply);
}

/* exchange:reply(response): raises for a malformed response, which can then still be replaced */
static int l_reply(lua_State *L)
{
    struct held *held = luaL_checkudata(L, 1, INBOUND_METATABLE);
    reply_free(&held->reply);
    read_reply(L, 2, &held->reply);
    if (held->inbound)
        inbound_reply(held->inbound, &held->reply);
    drop_held(held);
    return 0;
}

static int l_close(lua_State *L)
{
    drop_held(luaL_checkudata(L, 1, INBOUND_METATABLE));
    return 0;
}

void http_inbound_metatable(lua_State *L)
{
    static const luaL_Reg methods[] = {
        {"reply", l_reply}, {"__gc", l_close}, {"__close", l_close}, {NULL, NULL}};
    luaL_newmetatable(L, INBOUND_METATABLE);
    luaL_setfuncs(L, methods, 0);
    lua_pushvalue(L, -1);
    lua_setfield(L, -2, "__index");
    lua_pop(L, 1);
}
