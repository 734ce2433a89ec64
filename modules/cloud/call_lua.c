/* SPDX-License-Identifier: MIT
 * call_lua.c: native.sign and native.call: from a request table to signed bytes, and over the wire. */
#include <stdio.h>
#include <stdlib.h>

#include "modules/cloud/encode.h"
#include "modules/cloud/lua_private.h"
#include "modules/http/http.h"
#include "runtime/error.h"
#include "runtime/op.h"
#include "runtime/runtime.h"

static const char *const secret_headers[] = {"x-acs-security-token", "x-acs-bearer-token",
                                             "authorization-sts-token", "x-odps-bearer-token",
                                             "x-acs-zero-trust-idtoken"};

static bool is_secret_header(struct slice name)
{
    for (size_t i = 0; i < sizeof secret_headers / sizeof *secret_headers; i++)
        if (slice_is_nocase(name, secret_headers[i]))
            return true;
    return false;
}

/* Pushes the text with the token, plain and encoded once or twice, replaced by "***". */
static void push_masked(lua_State *L, struct slice text, const struct secret *token)
{
    struct bytes forms[2] = {{0}, {0}};
    luaL_Buffer out;
    if (!token->size || !text.size) {
        lua_pushlstring(L, text.data, text.size);
        return;
    }
    encode_append(&forms[0], secret_slice(token));
    encode_twice(&forms[1], secret_slice(token));
    const struct slice needles[] = {
        {forms[1].data, forms[1].size}, {forms[0].data, forms[0].size}, secret_slice(token)};
    luaL_buffinit(L, &out);
    while (text.size) {
        size_t skip = 0;
        for (int i = 0; i < 3 && !skip; i++)
            if (needles[i].size <= text.size && memcmp(text.data, needles[i].data, needles[i].size) == 0)
                skip = needles[i].size;
        if (skip) {
            luaL_addstring(&out, "***");
        } else {
            luaL_addchar(&out, *text.data);
            skip = 1;
        }
        text.data += skip;
        text.size -= skip;
    }
    luaL_pushresult(&out);
    bytes_free(&forms[0]);
    bytes_free(&forms[1]);
}

static void push_headers(lua_State *L, const struct signed_request *built, bool has_token)
{
    lua_createtable(L, 0, (int)built->headers.count);
    for (size_t i = 0; i < built->headers.count; i++) {
        const struct pair *header = &built->headers.items[i];
        /* Both are terminated; lua_pushstring finds what repeats from call to call in Lua's own cache. */
        lua_pushstring(L, header->name.data);
        lua_pushstring(L, has_token && is_secret_header(header->name) ? "***" : header->value.data);
        lua_rawset(L, -3);
    }
}

static void push_url(lua_State *L, const struct native_request *request, const struct signed_request *built,
                     const struct secret *token)
{
    char room[1024];
    size_t size = request->sign.host.size + built->target.size + 8;
    if (size > sizeof room || token->size) {
        lua_pushstring(L, request->plain ? "http://" : "https://");
        lua_pushlstring(L, request->sign.host.data, request->sign.host.size);
        push_masked(L, built->target, token);
        lua_concat(L, 3);
        return;
    }
    struct bytes url = {.data = room, .capacity = sizeof room};
    bytes_text(&url, request->plain ? "http://" : "https://");
    bytes_slice(&url, request->sign.host);
    bytes_slice(&url, built->target);
    lua_pushlstring(L, url.data, url.size);
}

static void push_signed(lua_State *L, const struct native_request *request,
                        const struct credential *credential, const struct signed_request *built, bool explain)
{
    const struct sign_request *sign = &request->sign;
    lua_createtable(L, 0, explain ? 6 : 4);
    lua_pushlstring(L, sign->method.data, sign->method.size);
    lua_setfield(L, -2, "method");
    push_url(L, request, built, &credential->token);
    lua_setfield(L, -2, "url");
    push_headers(L, built, credential->token.size > 0);
    lua_setfield(L, -2, "headers");
    push_masked(L, built->body, &credential->token);
    lua_setfield(L, -2, "body");
    if (explain) {
        push_masked(L, built->target, &credential->token);
        lua_setfield(L, -2, "target");
        push_masked(L, built->string_to_sign, &credential->token);
        lua_setfield(L, -2, "string_to_sign");
    }
}

/* A credential that can sign that request, or an error. */
static const char *usable(const struct account *account, const struct native_request *request)
{
    if (account->forgotten)
        return "this account handle was forgotten; make a new one with cloud.account";
    if (account->current.kind == CREDENTIAL_NONE && request->sign.scheme != SIGN_ANONYMOUS)
        return "the account has no credential";
    return NULL;
}

static const char *build(struct native_state *state, struct runtime *rt, struct account *account,
                         struct arena *inputs, struct native_request *request, struct signed_request *built)
{
    struct credential *current = &account->current;
    const char *problem = usable(account, request);
    if (problem)
        return problem;
    request_complete(state, rt, inputs, current, request);
    struct sign_credential credential = {slice_of(current->access_key_id), secret_slice(&current->token),
                                         current->kind == CREDENTIAL_KEY ? &current->key : NULL};
    return sign_build(&state->signer, &request->sign, &credential, built);
}

/* native.sign(account, request, explain?) -> { method, url, headers, body, target, string_to_sign }: the
 * signed request without sending it; tokens are masked; the last two only with `explain`. Raises kind
 * "credentials" when the account was never used and its credential comes over the network: wait for
 * native.ready(account) first. */
int l_sign(lua_State *L)
{
    struct native_state *state = native_state(L);
    struct account *account = account_first(L, state);
    struct runtime *rt = runtime_of(L);
    struct native_request request;
    struct signed_request built;
    arena_reset(&state->inputs);
    bool explain = lua_toboolean(L, 3);
    lua_settop(L, 2);
    request_read(L, 2, &state->inputs, false, &request);
    const char *problem = build(state, rt, account, &state->inputs, &request, &built);
    if (problem) {
        signer_wipe(&state->signer);
        return error_raise(L, usable(account, &request) ? "credentials" : "input", "CannotSign",
                           "the request cannot be signed: %s", problem);
    }
    push_signed(L, &request, &account->current, &built, explain);
    signer_wipe(&state->signer);
    return 1;
}

/* ---- native.call ---- */

struct call {
    struct op op;
    struct account *account;
    struct account_waiter waiter;
    struct native_state *state;
    struct native_request request;
    struct arena inputs;
    struct http_exchange *exchange;
    struct problem problem;
};

static const char *as_string(struct slice text)
{
    return text.size ? text.data : NULL; /* from the arena or a Lua string: terminated */
}

static void answered(void *arg, struct http_exchange *exchange)
{
    (void)exchange;
    op_complete(arg);
}

/* The exchange of a signed request; NULL and a problem when out of memory. */
static bool transmit(struct call *call, const struct signed_request *built)
{
    const struct native_request *request = &call->request;
    struct signer *signer = &call->state->signer;
    size_t count = built->headers.count, kept = 0;
    struct http_header *headers = arena_alloc(&signer->arena, (count + 1) * sizeof *headers);
    struct slice host = request->sign.host;
    size_t size = host.size + built->target.size + 9;
    char *url = arena_alloc(&signer->arena, size);
    if (!headers || !url)
        return credential_problem(&call->problem, "OutOfMemory", "", "out of memory while sending");
    snprintf(url, size, "%s://%.*s%.*s", request->plain ? "http" : "https", (int)host.size, host.data,
             (int)built->target.size, built->target.data);
    for (size_t i = 0; i < count; i++) {
        if (slice_is_nocase(built->headers.items[i].name, "host") &&
            slice_equal(built->headers.items[i].value, host))
            continue; /* libcurl sends the same from the URL */
        headers[kept].name = arena_copy(&signer->arena, built->headers.items[i].name).data;
        headers[kept++].value = arena_copy(&signer->arena, built->headers.items[i].value).data;
    }
    bool bodied = built->body.size || slice_is(request->sign.method, "POST") ||
                  slice_is(request->sign.method, "PUT") || slice_is(request->sign.method, "PATCH");
    struct http_request http = {
        .method = arena_copy(&signer->arena, request->sign.method).data,
        .url = url,
        .headers = headers,
        .header_count = kept,
        .body = bodied ? (built->body.size ? built->body.data : "") : NULL,
        .body_size = built->body.size,
        .timeout = request->timeout,
        .connect_timeout = request->connect_timeout,
        .max_body = request->max_body,
        .ca_file = as_string(request->ca_file),
        .interface = as_string(request->interface),
        .address = as_string(request->address),
        .proxy = as_string(request->proxy),
        .secret = call->request.sign.scheme != SIGN_ANONYMOUS,
        .signature_only = call->account->current.token.size == 0,
        .allow_mounted_secret = call->account->current.sandbox,
    };
    if (!signer->arena.failed)
        call->exchange = http_start(call->op.rt, &http, answered, &call->op);
    return call->exchange ||
           credential_problem(&call->problem, "OutOfMemory", "", "out of memory while sending");
}

static void send_signed(struct call *call)
{
    struct signed_request built;
    const char *why = build(call->state, call->op.rt, call->account, &call->inputs, &call->request, &built);
    if (why) {
        credential_problem(&call->problem, "CannotSign", "", "the request cannot be signed: %s", why);
        if (!usable(call->account, &call->request))
            call->problem.kind = "input";
    } else {
        transmit(call, &built);
    }
    signer_wipe(&call->state->signer);
    if (call->problem.kind)
        op_complete(&call->op);
}

static void credential_ready(void *arg, const struct problem *problem)
{
    struct call *call = arg;
    if (!problem) {
        send_signed(call);
        return;
    }
    call->problem = *problem;
    op_complete(&call->op);
}

static int call_finish(lua_State *L, struct op *op)
{
    struct call *call = (struct call *)op;
    if (call->problem.kind)
        return problem_raise(L, &call->problem);
    if (http_failure(call->exchange)) {
        http_push_failure(L, call->exchange);
        return lua_error(L);
    }
    http_push_response(L, call->exchange);
    return 1;
}

static void call_cancel(struct op *op)
{
    struct call *call = (struct call *)op;
    account_leave(&call->waiter);
    if (call->exchange)
        http_cancel(call->exchange);
}

static void call_release(struct op *op)
{
    struct call *call = (struct call *)op;
    account_leave(&call->waiter);
    http_free(call->exchange);
    call->exchange = NULL;
    arena_free(&call->inputs);
    if (call->account)
        account_release(call->account);
    call->account = NULL;
}

static void call_describe(const struct op *op, char *text, size_t size)
{
    const struct sign_request *sign = &((const struct call *)op)->request.sign;
    snprintf(text, size, "%.*s %.*s", (int)sign->action.size, sign->action.data, (int)sign->host.size,
             sign->host.data);
}

static const struct op_class call_class = {.name = "cloud call",
                                           .finish = call_finish,
                                           .cancel = call_cancel,
                                           .release = call_release,
                                           .describe = call_describe};

/* native.call(account, request) -> the HTTP response { status, headers, body, ... }: gets or refreshes the
 * credential when needed, signs at the moment of sending, sends. Waits. Raises kind "credentials",
 * "network", "timeout", "input". */
int l_call(lua_State *L)
{
    struct native_state *state = native_state(L);
    struct account *account = account_first(L, state);
    lua_settop(L, 2);
    luaL_checktype(L, 2, LUA_TTABLE);
    struct call *call = op_new(L, sizeof *call, &call_class);
    account_hold(account);
    call->account = account;
    call->state = state;
    call->waiter = (struct account_waiter){.ready = credential_ready, .arg = call};
    request_read(L, 2, &call->inputs, true, &call->request);
    lua_settop(L, 3);
    enum account_answer answer = call->request.sign.scheme == SIGN_ANONYMOUS
                                     ? ACCOUNT_READY
                                     : account_want(account, call->op.rt, &call->waiter);
    if (answer == ACCOUNT_READY)
        send_signed(call);
    else if (answer == ACCOUNT_NO_MEMORY)
        return luaL_error(L, "not enough memory");
    return op_await(L, 3);
}
