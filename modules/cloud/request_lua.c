/* SPDX-License-Identifier: MIT
 * request_lua.c: the request table of native.call and native.sign. */
#include <stdio.h>

#include "modules/cloud/lua_private.h"
#include "runtime/error.h"
#include "runtime/runtime.h"
#include "runtime/world.h"

/* Raw: a metamethod could give a string that nothing anchors. */
static int raw_field(lua_State *L, int index, const char *name)
{
    lua_pushstring(L, name);
    return lua_rawget(L, index);
}

bool field_text(lua_State *L, int index, const char *name, struct arena *arena, bool copy, struct slice *text)
{
    int type = raw_field(L, index, name);
    if (type == LUA_TNIL) {
        lua_pop(L, 1);
        return false;
    }
    if (type != LUA_TSTRING)
        error_raise(L, "usage", "InvalidRequest", "request field %s must be a string, not a %s", name,
                    lua_typename(L, type));
    text->data = lua_tolstring(L, -1, &text->size);
    if (copy)
        *text = arena_copy(arena, *text);
    lua_pop(L, 1); /* still anchored by the request table */
    return true;
}

static double field_number(lua_State *L, int index, const char *name, double missing)
{
    int type = raw_field(L, index, name);
    double value = lua_tonumber(L, -1);
    lua_pop(L, 1);
    if (type == LUA_TNIL)
        return missing;
    if (type != LUA_TNUMBER)
        error_raise(L, "usage", "InvalidRequest", "request field %s must be a number, not a %s", name,
                    lua_typename(L, type));
    return value;
}

static int option(lua_State *L, const char *field, struct slice text, const char *const names[],
                  const int values[])
{
    for (int i = 0; names[i]; i++)
        if (slice_is_nocase(text, names[i]))
            return values[i];
    lua_pushlstring(L, text.data, text.size);
    return error_raise(L, "usage", "InvalidRequest", "request field %s: \"%s\" is not known; use one of %s",
                       field, lua_tostring(L, -1),
                       strcmp(field, "signature") == 0 ? "ACS3, V1, ROA2, ODPS, bearer, anonymous"
                       : strcmp(field, "style") == 0   ? "RPC, ROA"
                                                       : "query, form, mixed");
}

static void read_kind(lua_State *L, int index, struct arena *arena, struct sign_request *request)
{
    static const char *const schemes[] = {"ACS3", "V3", "V1", "ROA2", "ODPS", "bearer", "anonymous", NULL};
    static const int scheme_values[] = {SIGN_ACS3, SIGN_ACS3,   SIGN_RPC,      SIGN_ROA,
                                        SIGN_ODPS, SIGN_BEARER, SIGN_ANONYMOUS};
    static const char *const styles[] = {"RPC", "ROA", NULL};
    static const int style_values[] = {STYLE_RPC, STYLE_ROA};
    static const char *const layouts[] = {"query", "form", "mixed", NULL};
    static const int layout_values[] = {LAYOUT_QUERY, LAYOUT_FORM, LAYOUT_MIXED};
    struct slice text;
    if (field_text(L, index, "signature", arena, false, &text))
        request->scheme = (enum sign_scheme)option(L, "signature", text, schemes, scheme_values);
    if (field_text(L, index, "style", arena, false, &text))
        request->style = (enum sign_style)option(L, "style", text, styles, style_values);
    if (field_text(L, index, "layout", arena, false, &text))
        request->layout = (enum sign_layout)option(L, "layout", text, layouts, layout_values);
}

static void read_pairs(lua_State *L, int index, const char *name, struct arena *arena, bool copy,
                       struct pairs *pairs, bool *given)
{
    int type = raw_field(L, index, name);
    if (type == LUA_TTABLE) {
        flatten_table(L, lua_gettop(L), arena, copy, pairs);
        if (given)
            *given = true;
    } else if (type != LUA_TNIL) {
        error_raise(L, "usage", "InvalidRequest", "request field %s must be a table, not a %s", name,
                    lua_typename(L, type));
    }
    lua_pop(L, 1);
}

static void read_headers(lua_State *L, int index, struct arena *arena, bool copy, struct pairs *headers)
{
    if (raw_field(L, index, "headers") != LUA_TTABLE) {
        lua_pop(L, 1);
        return;
    }
    int table = lua_gettop(L);
    lua_pushnil(L);
    while (lua_next(L, table)) {
        struct slice name, value;
        if (lua_type(L, -2) != LUA_TSTRING || !lua_isstring(L, -1))
            error_raise(L, "usage", "InvalidRequest", "request headers must be a table of name = text");
        name.data = lua_tolstring(L, -2, &name.size);
        lua_pushvalue(L, -1); /* tolstring changes numbers in place */
        value.data = lua_tolstring(L, -1, &value.size);
        value = arena_copy(arena, value);
        if (!pairs_add(arena, headers, copy ? arena_copy(arena, name) : name, value))
            luaL_error(L, "not enough memory");
        lua_pop(L, 2);
    }
    lua_pop(L, 1);
    if (!pairs_sort(arena, headers))
        luaL_error(L, "not enough memory");
}

static void read_body(lua_State *L, int index, struct arena *arena, bool copy, struct sign_request *request)
{
    bool json = field_text(L, index, "json", arena, copy, &request->body);
    bool bytes = !json && field_text(L, index, "bytes", arena, copy, &request->body);
    request->has_body = json || bytes;
    if (json)
        request->content_type = slice_of("application/json; charset=utf-8");
    else if (bytes)
        request->content_type = slice_of("application/octet-stream");
    field_text(L, index, "content_type", arena, copy, &request->content_type);
}

/* "host" or "host:port" as the Host header shows it. */
static void read_host(lua_State *L, int index, struct arena *arena, bool copy, struct native_request *request)
{
    struct slice scheme = slice_of("https");
    double port = field_number(L, index, "port", 0);
    field_text(L, index, "scheme", arena, false, &scheme);
    request->plain = slice_is_nocase(scheme, "http");
    if (!request->plain && !slice_is_nocase(scheme, "https"))
        error_raise(L, "usage", "InvalidRequest", "request field scheme must be https or http");
    field_text(L, index, "host", arena, copy, &request->sign.host);
    if (port <= 0 || port == (request->plain ? 80 : 443))
        return;
    char text[300];
    int size = snprintf(text, sizeof text, "%.*s:%d", (int)request->sign.host.size, request->sign.host.data,
                        (int)port);
    if (size < 0 || (size_t)size >= sizeof text)
        error_raise(L, "usage", "InvalidRequest", "request field host is longer than a host name can be");
    request->sign.host = arena_copy(arena, (struct slice){text, (size_t)size});
}

/* timestamp: seconds since 1970, or "2016-02-23T12:46:24Z". For tests and replays. */
static void read_time(lua_State *L, int index, struct arena *arena, struct native_request *request)
{
    struct slice text;
    int type = raw_field(L, index, "timestamp");
    request->fixed_time = type != LUA_TNIL;
    request->sign.time = (int64_t)lua_tonumber(L, -1);
    lua_pop(L, 1);
    if (type == LUA_TSTRING && (!field_text(L, index, "timestamp", arena, false, &text) ||
                                !time_parse_iso8601(text, &request->sign.time)))
        error_raise(L, "usage", "InvalidRequest",
                    "request field timestamp must look like 2016-02-23T12:46:24Z");
}

static void read_transport(lua_State *L, int index, struct arena *arena, bool copy,
                           struct native_request *request)
{
    request->timeout = field_number(L, index, "timeout", 0);
    request->connect_timeout = field_number(L, index, "connect_timeout", 0);
    request->max_body = (size_t)field_number(L, index, "max_body", 0);
    request->clock_offset = field_number(L, index, "clock_offset", 0);
    field_text(L, index, "ca_file", arena, copy, &request->ca_file);
    field_text(L, index, "interface", arena, copy, &request->interface);
    field_text(L, index, "address", arena, copy, &request->address);
    field_text(L, index, "proxy", arena, copy, &request->proxy);
}

void request_read(lua_State *L, int index, struct arena *arena, bool copy, struct native_request *request)
{
    struct sign_request *sign = &request->sign;
    *request = (struct native_request){.sign = {.method = slice_of("POST"),
                                                .path = slice_of("/"),
                                                .user_agent = slice_of("peerway/" PEERWAY_VERSION)}};
    luaL_checktype(L, index, LUA_TTABLE);
    luaL_checkstack(L, 20, "request");
    read_kind(L, index, arena, sign);
    read_host(L, index, arena, copy, request);
    field_text(L, index, "method", arena, copy, &sign->method);
    field_text(L, index, "path", arena, copy, &sign->path);
    field_text(L, index, "action", arena, copy, &sign->action);
    field_text(L, index, "version", arena, copy, &sign->version);
    field_text(L, index, "region", arena, copy, &sign->region);
    field_text(L, index, "user_agent", arena, copy, &sign->user_agent);
    request->fixed_nonce = field_text(L, index, "nonce", arena, copy, &sign->nonce);
    if (sign->scheme == SIGN_ODPS && slice_starts(sign->path, "/api/"))
        sign->prefix = slice_of("/api");
    field_text(L, index, "prefix", arena, copy, &sign->prefix);
    raw_field(L, index, "content_md5");
    sign->content_md5 = lua_toboolean(L, -1);
    lua_pop(L, 1);
    read_time(L, index, arena, request);
    read_pairs(L, index, "query", arena, copy, &sign->query, NULL);
    read_pairs(L, index, "form", arena, copy, &sign->form, &sign->has_form);
    read_body(L, index, arena, copy, sign);
    read_headers(L, index, arena, copy, &sign->headers);
    read_transport(L, index, arena, copy, request);
    if (arena->failed)
        luaL_error(L, "not enough memory");
}

void request_complete(struct runtime *rt, struct arena *arena, const struct credential *credential,
                      struct native_request *request)
{
    struct sign_request *sign = &request->sign;
    if (credential->kind == CREDENTIAL_BEARER && sign->scheme == SIGN_ACS3)
        sign->scheme = SIGN_BEARER;
    if (credential->kind == CREDENTIAL_ANONYMOUS && sign->scheme == SIGN_ACS3)
        sign->scheme = SIGN_ANONYMOUS;
    if (!request->fixed_time)
        sign->time = (int64_t)(rt->world->wall(rt->world) + request->clock_offset);
    if (!request->fixed_nonce) {
        unsigned char bytes[16];
        char *text = arena_alloc(arena, 32);
        if (!text)
            return;
        rt->world->random(rt->world, bytes, sizeof bytes);
        hex_encode(bytes, sizeof bytes, text);
        sign->nonce = (struct slice){text, 32};
    }
}
