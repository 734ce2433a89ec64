/* SPDX-License-Identifier: MIT
 * request_lua.c: http.request, the op that waits for an exchange, and its results as Lua values. */
#include "modules/http/binding.h"
#include "modules/http/exchange.h"

#include "runtime/error.h"
#include "runtime/op.h"
#include "runtime/runtime.h"

#include <lauxlib.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

struct send_op {
    struct op op;
    struct http_exchange *exchange;
};

static void send_done(void *arg, struct http_exchange *x)
{
    struct send_op *send = arg;
    send->exchange = x;
    op_complete(&send->op);
}

static int send_finish(lua_State *L, struct op *op)
{
    struct http_exchange *x = ((struct send_op *)op)->exchange;
    if (http_failure(x)) {
        http_push_failure(L, x);
        return lua_error(L);
    }
    http_push_response(L, x);
    return 1;
}

static void send_stop(struct op *op)
{
    struct send_op *send = (struct send_op *)op;
    http_free(send->exchange);
    send->exchange = NULL;
}

static void send_describe(const struct op *op, char *text, size_t size)
{
    const struct http_exchange *x = ((const struct send_op *)op)->exchange;
    if (x)
        snprintf(text, size, "%s %s://%s:%u%.*s", x->request.method, x->url.tls ? "https" : "http",
                 x->url.host, x->url.port, (int)x->url.path_size, x->url.target);
}

static const struct op_class send_class = {.name = "http",
                                           .finish = send_finish,
                                           .cancel = send_stop,
                                           .release = send_stop,
                                           .describe = send_describe};

int http_send(lua_State *L, const struct http_request *request)
{
    luaL_checkstack(L, 8, "http");
    struct send_op *send = op_new(L, sizeof *send, &send_class);
    struct http_request timed = *request;
    timed.timed = true;
    send->exchange = http_start(send->op.rt, &timed, send_done, send);
    if (!send->exchange)
        return error_raise(L, "internal", "OutOfMemory", "http: out of memory for a request");
    return op_await(L, lua_gettop(L));
}

/* ---- results ---- */

static void push_timing(lua_State *L, struct http_timing timing)
{
    lua_createtable(L, 0, 4);
    lua_pushnumber(L, timing.connect);
    lua_setfield(L, -2, "connect");
    lua_pushnumber(L, timing.tls);
    lua_setfield(L, -2, "tls");
    lua_pushnumber(L, timing.first_byte);
    lua_setfield(L, -2, "first_byte");
    lua_pushnumber(L, timing.total);
    lua_setfield(L, -2, "total");
}

void http_push_response(lua_State *L, const struct http_exchange *x)
{
    size_t shown = x->request.secret ? strcspn(x->request.url, "?") : strlen(x->request.url);
    lua_createtable(L, 0, 6);
    lua_pushinteger(L, x->answer.status);
    lua_setfield(L, -2, "status");
    http_push_fields(L, &x->answer.fields);
    lua_setfield(L, -2, "headers");
    lua_pushlstring(L, x->answer.body.data ? x->answer.body.data : "", x->answer.body.size);
    lua_setfield(L, -2, "body");
    lua_pushlstring(L, x->request.url, shown);
    lua_setfield(L, -2, "url");
    lua_pushboolean(L, x->reused);
    lua_setfield(L, -2, "reused");
    push_timing(L, x->timing);
    lua_setfield(L, -2, "timing");
}

void http_push_failure(lua_State *L, const struct http_exchange *x)
{
    const struct http_failure *failure = &x->failure;
    error_push(L, failure->kind, failure->code, "%s", failure->message);
    error_set(L, "hint", failure->hint);
    error_set(L, "phase", failure->phase);
    error_set(L, "reason", failure->reason);
    error_set(L, "host", x->url.host[0] ? x->url.host : NULL);
}

/* ---- http.request ---- */

enum option {
    METHOD,
    URL,
    HEADERS,
    BODY,
    TIMEOUT,
    CONNECT_TIMEOUT,
    MAX_BODY,
    CA_FILE,
    INTERFACE,
    ADDRESS,
    PROXY,
    ALLOW_PLAIN,
    PUBLIC_ONLY,
    KEEP_REDIRECTS,
    OPTIONS
};

static const char *const option_names[OPTIONS] = {
    "method",  "url",       "headers", "body",  "timeout",     "connect_timeout", "max_body",
    "ca_file", "interface", "address", "proxy", "allow_plain", "public_only",     "keep_redirects"};

static int bad_option(lua_State *L, const char *name, const char *wanted)
{
    return error_raise(L, "usage", "InvalidRequest", "http.request: %s must be %s, not %s", name, wanted,
                       luaL_typename(L, -1));
}

static const char *take_text(lua_State *L, const char *name)
{
    size_t size;
    if (lua_type(L, -1) != LUA_TSTRING)
        bad_option(L, name, "a string");
    const char *text = lua_tolstring(L, -1, &size);
    if (strlen(text) != size)
        error_raise(L, "usage", "InvalidRequest", "http.request: %s holds a zero byte", name);
    return text;
}

static double take_seconds(lua_State *L, const char *name)
{
    double seconds = lua_tonumber(L, -1);
    if (lua_type(L, -1) != LUA_TNUMBER || !(seconds > 0 && seconds <= 86400))
        bad_option(L, name, "a number of seconds above 0, at most 86400");
    return seconds;
}

static size_t take_size(lua_State *L, const char *name)
{
    lua_Integer bytes = lua_tointeger(L, -1);
    if (!lua_isinteger(L, -1) || bytes < 1 || bytes > (lua_Integer)1 << 40)
        bad_option(L, name, "a number of bytes above 0");
    return (size_t)bytes;
}

static bool take_flag(lua_State *L, const char *name)
{
    if (!lua_isboolean(L, -1))
        bad_option(L, name, "true or false");
    return lua_toboolean(L, -1);
}

/* Header values that are numbers become strings on the stack, which stays as it is until the copy. */
static const char *header_text(lua_State *L, const char *what, size_t *size)
{
    const char *text = lua_isstring(L, -1) ? lua_tolstring(L, -1, size) : NULL;
    if (!text || strlen(text) != *size)
        error_raise(L, "usage", "InvalidRequest",
                    "http.request: a header's %s must be a string without zero bytes", what);
    return text;
}

static void take_headers(lua_State *L, struct http_request *request)
{
    int table = lua_gettop(L);
    size_t count = 0;
    if (!lua_istable(L, -1))
        bad_option(L, "headers", "a table");
    size_t listed = lua_rawlen(L, table);
    for (lua_pushnil(L); lua_next(L, table); lua_pop(L, 1))
        count++;
    if (count > HTTP_MAX_HEADER_COUNT)
        error_raise(L, "usage", "InvalidRequest", "http.request: more than %d headers",
                    HTTP_MAX_HEADER_COUNT);
    struct http_header *headers = lua_newuserdatauv(L, (count + 1) * sizeof *headers, 0);
    luaL_checkstack(L, (int)count * 3 + 8, "headers");
    request->headers = headers;
    for (size_t i = 0; i < listed; i++) {
        if (lua_rawgeti(L, table, (lua_Integer)i + 1) != LUA_TTABLE)
            bad_option(L, "an entry of a header list", "a {name, value} pair");
        int pair = lua_gettop(L);
        lua_rawgeti(L, pair, 1);
        headers[i].name = header_text(L, "name", &headers[i].name_size);
        lua_rawgeti(L, pair, 2);
        headers[i].value = header_text(L, "value", &headers[i].value_size);
    }
    request->header_count = listed;
    if (listed)
        return;
    lua_pushnil(L);
    while (lua_next(L, table)) {
        struct http_header *header = &headers[request->header_count++];
        lua_pushvalue(L, -1);
        header->value = header_text(L, "value", &header->value_size);
        lua_pushvalue(L, -3);
        if (lua_type(L, -1) != LUA_TSTRING)
            error_raise(L, "usage", "InvalidRequest",
                        "http.request: headers are {name = value} or {{name, value}, ...}");
        header->name = header_text(L, "name", &header->name_size);
        /* key value text name -> value text key: the texts stay, the key goes on top for lua_next */
        lua_pushvalue(L, -4);
        lua_remove(L, -5);
    }
}

static void take_option(lua_State *L, struct http_request *request, enum option option)
{
    if (option >= OPTIONS)
        return;
    const char *name = option_names[option];
    switch (option) {
    case METHOD:
        request->method = take_text(L, name);
        break;
    case URL:
        request->url = take_text(L, name);
        break;
    case HEADERS:
        take_headers(L, request);
        break;
    case BODY:
        if (lua_type(L, -1) != LUA_TSTRING)
            bad_option(L, name, "a string");
        request->body = lua_tolstring(L, -1, &request->body_size);
        break;
    case TIMEOUT:
        request->timeout = take_seconds(L, name);
        break;
    case CONNECT_TIMEOUT:
        request->connect_timeout = take_seconds(L, name);
        break;
    case MAX_BODY:
        request->max_body = take_size(L, name);
        break;
    case CA_FILE:
        request->ca_file = take_text(L, name);
        break;
    case INTERFACE:
        request->interface = take_text(L, name);
        break;
    case ADDRESS:
        request->address = take_text(L, name);
        break;
    case PROXY:
        request->proxy = take_text(L, name);
        break;
    case ALLOW_PLAIN:
        request->allow_plain = take_flag(L, name);
        break;
    case PUBLIC_ONLY:
        request->public_only = take_flag(L, name);
        break;
    case KEEP_REDIRECTS:
        request->keep_redirects = take_flag(L, name);
        break;
    case OPTIONS:
        break;
    }
}

static enum option find_option(lua_State *L)
{
    const char *key = lua_type(L, -1) == LUA_TSTRING ? lua_tostring(L, -1) : NULL;
    for (int i = 0; key && i < OPTIONS; i++)
        if (strcmp(key, option_names[i]) == 0)
            return (enum option)i;
    error_raise(L, "usage", "InvalidRequest", "http.request: unknown option '%s'",
                key ? key : luaL_typename(L, -1));
    return OPTIONS;
}

/* request{url=, method=, headers=, body=, timeout=, ...} -> response */
int http_l_request(lua_State *L)
{
    struct http_request request = {0};
    luaL_checktype(L, 1, LUA_TTABLE);
    lua_settop(L, 1);
    luaL_checkstack(L, 2 * OPTIONS + 8, "http.request");
    lua_pushnil(L);
    while (lua_next(L, 1)) {
        int key = lua_gettop(L) - 1;
        lua_pushvalue(L, key);
        enum option option = find_option(L);
        lua_pop(L, 1);
        take_option(L, &request, option);
        lua_pushvalue(L, key); /* values stay on the stack: the request points into them */
    }
    if (!request.url)
        return error_raise(L, "usage", "InvalidRequest", "http.request: url is missing");
    return http_send(L, &request);
}
