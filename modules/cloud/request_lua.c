/* SPDX-License-Identifier: MIT
 * request_lua.c: the request table of native.call and native.sign, and native.prepare: what many requests
 * have in common, read once. */
#include <stdio.h>

#include "modules/cloud/lua_private.h"
#include "runtime/error.h"
#include "runtime/runtime.h"
#include "runtime/world.h"

/* The fields in the order of their names; fields_find searches it by halves. */
/* clang-format off */
#define FIELDS(X) \
    X(action) X(address) X(base) X(bytes) X(ca_file) X(clock_offset) X(connect_timeout) \
    X(content_md5) X(content_type) X(form) X(headers) X(host) X(interface) \
    X(json) X(layout) X(max_body) X(method) X(nonce) X(path) \
    X(port) X(prefix) X(proxy) X(query) X(region) X(scheme) \
    X(signature) X(style) X(timeout) X(timestamp) X(user_agent) X(version)
/* clang-format on */
#define FIELD_ENUM(name) FIELD_##name,
#define FIELD_NAME(name) #name,
enum field { FIELDS(FIELD_ENUM) FIELD_COUNT };
static const char *const field_names[] = {FIELDS(FIELD_NAME)};

/* One walk over the table: a lookup by name for each of thirty fields would take longer than signing.
 * The values stay on the stack, so nothing dangles whatever becomes of the table. */
struct reader {
    lua_State *L;
    struct arena *arena;
    bool copy;
    int at[FIELD_COUNT]; /* stack index of the value, 0: absent */
};

static int field_find(const char *name)
{
    int low = 0, high = FIELD_COUNT;
    while (low < high) {
        int middle = (low + high) / 2;
        int order = *name - *field_names[middle]; /* mostly decides */
        if (order == 0)
            order = strcmp(name, field_names[middle]);
        if (order == 0)
            return middle;
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return -1; /* others are for the caller's own use */
}

static void collect(struct reader *r, int index)
{
    lua_State *L = r->L;
    luaL_checkstack(L, FIELD_COUNT + 20, "request");
    lua_pushnil(L);
    while (lua_next(L, index)) {
        int field = lua_type(L, -2) == LUA_TSTRING ? field_find(lua_tostring(L, -2)) : -1;
        if (field < 0) {
            lua_pop(L, 1);
        } else {
            lua_insert(L, -2); /* the value stays below the key */
            r->at[field] = lua_gettop(L) - 1;
        }
    }
}

static int wrong_type(struct reader *r, enum field field, const char *wanted)
{
    return error_raise(r->L, "usage", "InvalidRequest", "request field %s must be a %s, not a %s",
                       field_names[field], wanted, luaL_typename(r->L, r->at[field]));
}

/* A field that is used while reading only. */
static bool look(struct reader *r, enum field field, struct slice *text)
{
    if (!r->at[field])
        return false;
    if (lua_type(r->L, r->at[field]) != LUA_TSTRING)
        wrong_type(r, field, "string");
    text->data = lua_tolstring(r->L, r->at[field], &text->size);
    return true;
}

static bool text(struct reader *r, enum field field, struct slice *value)
{
    if (!look(r, field, value))
        return false;
    if (r->copy)
        *value = arena_copy(r->arena, *value);
    return true;
}

static bool number(struct reader *r, enum field field, double *value)
{
    if (!r->at[field])
        return false;
    if (lua_type(r->L, r->at[field]) != LUA_TNUMBER)
        wrong_type(r, field, "number");
    *value = lua_tonumber(r->L, r->at[field]);
    return true;
}

static int option(struct reader *r, enum field field, const char *const names[], const int values[],
                  int missing, const char *known)
{
    struct slice given;
    if (!look(r, field, &given))
        return missing;
    for (int i = 0; names[i]; i++)
        if (slice_is_nocase(given, names[i]))
            return values[i];
    return error_raise(r->L, "usage", "InvalidRequest",
                       "request field %s: \"%s\" is not known; use one of %s", field_names[field], given.data,
                       known);
}

static void read_kind(struct reader *r, struct sign_request *request)
{
    static const char *const schemes[] = {"ACS3", "V3", "V1", "ROA2", "ODPS", "bearer", "anonymous", NULL};
    static const int scheme_values[] = {SIGN_ACS3, SIGN_ACS3,   SIGN_RPC,      SIGN_ROA,
                                        SIGN_ODPS, SIGN_BEARER, SIGN_ANONYMOUS};
    static const char *const styles[] = {"RPC", "ROA", NULL};
    static const int style_values[] = {STYLE_RPC, STYLE_ROA};
    static const char *const layouts[] = {"query", "form", "mixed", NULL};
    static const int layout_values[] = {LAYOUT_QUERY, LAYOUT_FORM, LAYOUT_MIXED};
    request->scheme =
        (enum sign_scheme)option(r, FIELD_signature, schemes, scheme_values, (int)request->scheme,
                                 "ACS3, V1, ROA2, ODPS, bearer, anonymous");
    request->style =
        (enum sign_style)option(r, FIELD_style, styles, style_values, (int)request->style, "RPC, ROA");
    request->layout = (enum sign_layout)option(r, FIELD_layout, layouts, layout_values, (int)request->layout,
                                               "query, form, mixed");
}

static bool table(struct reader *r, enum field field, struct pairs *pairs)
{
    if (!r->at[field])
        return false;
    if (lua_type(r->L, r->at[field]) != LUA_TTABLE)
        wrong_type(r, field, "table");
    if (pairs) {
        *pairs = (struct pairs){0};
        flatten_table(r->L, r->at[field], r->arena, r->copy, pairs);
    }
    return true;
}

static void read_headers(struct reader *r, struct pairs *headers)
{
    lua_State *L = r->L;
    if (!table(r, FIELD_headers, NULL))
        return;
    *headers = (struct pairs){0};
    lua_pushnil(L);
    while (lua_next(L, r->at[FIELD_headers])) {
        struct slice name, value;
        if (lua_type(L, -2) != LUA_TSTRING || !lua_isstring(L, -1))
            error_raise(L, "usage", "InvalidRequest", "request headers must be a table of name = text");
        name.data = lua_tolstring(L, -2, &name.size);
        value.data = lua_tolstring(L, -1, &value.size); /* a number becomes text here, in our copy */
        value = arena_copy(r->arena, value);
        if (!pairs_add(r->arena, headers, r->copy ? arena_copy(r->arena, name) : name, value))
            luaL_error(L, "not enough memory");
        lua_pop(L, 1);
    }
    if (!pairs_sort(r->arena, headers))
        luaL_error(L, "not enough memory");
}

static void read_body(struct reader *r, struct sign_request *request)
{
    bool json = text(r, FIELD_json, &request->body);
    bool bytes = !json && text(r, FIELD_bytes, &request->body);
    request->has_body |= json || bytes;
    if (json)
        request->content_type = slice_of("application/json; charset=utf-8");
    else if (bytes)
        request->content_type = slice_of("application/octet-stream");
    text(r, FIELD_content_type, &request->content_type);
}

/* "host" or "host:port" as the Host header shows it. */
static void read_host(struct reader *r, struct native_request *request)
{
    struct slice scheme = slice_of("https");
    double port = 0;
    number(r, FIELD_port, &port);
    look(r, FIELD_scheme, &scheme);
    bool plain = slice_is_nocase(scheme, "http");
    if (!plain && !slice_is_nocase(scheme, "https"))
        error_raise(r->L, "usage", "InvalidRequest", "request field scheme must be https or http");
    if (!text(r, FIELD_host, &request->sign.host))
        return;
    request->plain = plain;
    if (port <= 0 || port == (plain ? 80 : 443))
        return;
    char joined[300];
    int size = snprintf(joined, sizeof joined, "%.*s:%d", (int)request->sign.host.size,
                        request->sign.host.data, (int)port);
    if (size < 0 || (size_t)size >= sizeof joined)
        error_raise(r->L, "usage", "InvalidRequest", "request field host is longer than a host name can be");
    request->sign.host = arena_copy(r->arena, (struct slice){joined, (size_t)size});
}

/* timestamp: seconds since 1970, or "2016-02-23T12:46:24Z". For tests and replays. */
static void read_time(struct reader *r, struct native_request *request)
{
    int at = r->at[FIELD_timestamp];
    struct slice given;
    request->fixed_time |= at != 0;
    if (at && lua_type(r->L, at) == LUA_TNUMBER)
        request->sign.time = (int64_t)lua_tonumber(r->L, at);
    else if (look(r, FIELD_timestamp, &given) && !time_parse_iso8601(given, &request->sign.time))
        error_raise(r->L, "usage", "InvalidRequest",
                    "request field timestamp must look like 2016-02-23T12:46:24Z");
}

static void read_transport(struct reader *r, struct native_request *request)
{
    double max_body;
    number(r, FIELD_timeout, &request->timeout);
    number(r, FIELD_connect_timeout, &request->connect_timeout);
    if (number(r, FIELD_max_body, &max_body))
        request->max_body = (size_t)max_body;
    number(r, FIELD_clock_offset, &request->clock_offset);
    text(r, FIELD_ca_file, &request->ca_file);
    text(r, FIELD_interface, &request->interface);
    text(r, FIELD_address, &request->address);
    text(r, FIELD_proxy, &request->proxy);
}

/* The MaxCompute endpoint's own path is no part of the resource that is signed. */
static void read_path(struct reader *r, struct sign_request *request)
{
    if (text(r, FIELD_path, &request->path) || r->at[FIELD_signature]) {
        bool odps = request->scheme == SIGN_ODPS && slice_starts(request->path, "/api/");
        request->prefix = odps ? slice_of("/api") : (struct slice){0};
    }
    text(r, FIELD_prefix, &request->prefix);
}

#define PREPARED_TYPE "peerway.cloud.prepared"

struct prepared {
    struct native_request request;
    struct arena arena;
};

static void start_from(struct reader *r, struct native_request *request)
{
    if (r->at[FIELD_base])
        *request = ((struct prepared *)luaL_checkudata(r->L, r->at[FIELD_base], PREPARED_TYPE))->request;
    else
        *request = (struct native_request){.sign = {.method = slice_of("POST"),
                                                    .path = slice_of("/"),
                                                    .user_agent = slice_of("peerway/" PEERWAY_VERSION)}};
}

void request_read(lua_State *L, int index, struct arena *arena, bool copy, struct native_request *request)
{
    struct sign_request *sign = &request->sign;
    struct reader r = {.L = L, .arena = arena, .copy = copy};
    luaL_checktype(L, index, LUA_TTABLE);
    collect(&r, index);
    start_from(&r, request);
    read_kind(&r, sign);
    read_host(&r, request);
    text(&r, FIELD_method, &sign->method);
    read_path(&r, sign);
    text(&r, FIELD_action, &sign->action);
    text(&r, FIELD_version, &sign->version);
    text(&r, FIELD_region, &sign->region);
    text(&r, FIELD_user_agent, &sign->user_agent);
    request->fixed_nonce |= text(&r, FIELD_nonce, &sign->nonce);
    if (r.at[FIELD_content_md5])
        sign->content_md5 = lua_toboolean(L, r.at[FIELD_content_md5]);
    read_time(&r, request);
    table(&r, FIELD_query, &sign->query);
    sign->has_form |= table(&r, FIELD_form, &sign->form);
    read_body(&r, sign);
    read_headers(&r, &sign->headers);
    read_transport(&r, request);
    if (arena->failed)
        luaL_error(L, "not enough memory");
}

static int prepared_gc(lua_State *L)
{
    struct prepared *prepared = lua_touserdata(L, 1);
    arena_free(&prepared->arena);
    return 0;
}

void prepared_metatable(lua_State *L)
{
    luaL_newmetatable(L, PREPARED_TYPE);
    lua_pushcfunction(L, prepared_gc);
    lua_setfield(L, -2, "__gc");
    lua_pop(L, 1);
}

/* native.prepare(request) -> prepared: the fields of a request that stay the same from call to call, for
 * `base` of later ones: { base = prepared, query = {...} }. Raises kind "input" and "usage". */
int l_prepare(lua_State *L)
{
    lua_settop(L, 1);
    struct prepared *prepared = lua_newuserdatauv(L, sizeof *prepared, 0);
    *prepared = (struct prepared){.arena = {.small = true}};
    luaL_setmetatable(L, PREPARED_TYPE);
    request_read(L, 1, &prepared->arena, true, &prepared->request);
    lua_settop(L, 2);
    return 1;
}

/* 16 random bytes that were never given out before. */
static const unsigned char *nonce_bytes(struct native_state *state, struct world *world)
{
    if (state->world != world || state->pool_left < 16) {
        world->random(world, state->pool, sizeof state->pool);
        state->world = world;
        state->pool_left = sizeof state->pool;
    }
    state->pool_left -= 16;
    return state->pool + state->pool_left;
}

void request_complete(struct native_state *state, struct runtime *rt, struct arena *arena,
                      const struct credential *credential, struct native_request *request)
{
    struct sign_request *sign = &request->sign;
    if (credential->kind == CREDENTIAL_BEARER && sign->scheme == SIGN_ACS3)
        sign->scheme = SIGN_BEARER;
    if (credential->kind == CREDENTIAL_ANONYMOUS && sign->scheme == SIGN_ACS3)
        sign->scheme = SIGN_ANONYMOUS;
    if (!request->fixed_time)
        sign->time = (int64_t)(rt->world->wall(rt->world) + request->clock_offset);
    if (!request->fixed_nonce) {
        char *text = arena_alloc(arena, 33);
        if (!text)
            return;
        hex_encode(nonce_bytes(state, rt->world), 16, text);
        text[32] = 0;
        sign->nonce = (struct slice){text, 32};
    }
}
