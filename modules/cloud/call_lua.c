/* SPDX-License-Identifier: MIT
 * call_lua.c: native.call: a request is signed at the moment of sending, sent, and its answer waited for. */
#include <stdio.h>
#include <stdlib.h>

#include "modules/cloud/as_http.h"
#include "modules/cloud/lua_private.h"
#include "runtime/op.h"
#include "runtime/runtime.h"

/* A request whose credential is still being fetched. */
struct pending {
    struct account_waiter waiter;
    struct native_request request;
    struct arena inputs;
};

struct call {
    struct op op;
    struct account *account;
    struct native_state *state;
    struct pending *pending; /* NULL: sent, or never had to wait */
    struct http_exchange *exchange;
    struct problem *problem; /* NULL: none */
    char what[80];           /* action and host, for the status display */
};

static const struct problem no_memory = {
    .kind = "internal", .code = "OutOfMemory", .message = "out of memory while sending"};

static void fail(struct call *call, const struct problem *problem)
{
    call->problem = malloc(sizeof *problem);
    if (call->problem)
        *call->problem = *problem;
    else
        call->problem = (struct problem *)&no_memory;
}

static void answered(void *arg, struct http_exchange *exchange)
{
    (void)exchange;
    op_complete(arg);
}

static const char *as_string(struct slice text)
{
    return text.size ? text.data : NULL; /* from the arena or a Lua string: terminated */
}

/* Starts the exchange of a signed request; false when out of memory. */
static bool transmit(struct call *call, const struct native_request *request,
                     const struct signed_request *built)
{
    const struct credential *current = &call->account->current;
    struct http_request http = {.timeout = request->timeout,
                                .connect_timeout = request->connect_timeout,
                                .max_body = request->max_body,
                                .ca_file = as_string(request->ca_file),
                                .interface = as_string(request->interface),
                                .address = as_string(request->address),
                                .proxy = as_string(request->proxy),
                                .secret = request->sign.scheme != SIGN_ANONYMOUS,
                                .signature_only = current->token.size == 0,
                                .allow_mounted_secret = current->sandbox};
    if (as_http(&request->sign, built, request->plain, &call->state->signer.arena, &http))
        call->exchange = http_start(call->op.rt, &http, answered, &call->op);
    return call->exchange != NULL;
}

static void send_signed(struct call *call, struct native_request *request, struct arena *inputs)
{
    struct signed_request built;
    const char *why = request_sign(call->state, call->op.rt, call->account, inputs, request, &built);
    if (why) {
        struct problem problem = {0};
        credential_problem(&problem, "CannotSign", "", "the request cannot be signed: %s", why);
        if (!account_unusable(call->account, request))
            problem.kind = "input";
        fail(call, &problem);
    } else if (!transmit(call, request, &built)) {
        fail(call, &no_memory);
    }
    signer_wipe(&call->state->signer);
    if (call->problem)
        op_complete(&call->op);
}

static void end_pending(struct call *call)
{
    if (!call->pending)
        return;
    account_leave(&call->pending->waiter);
    arena_free(&call->pending->inputs);
    free(call->pending);
    call->pending = NULL;
}

static void credential_ready(void *arg, const struct problem *problem)
{
    struct call *call = arg;
    if (problem) {
        fail(call, problem);
        op_complete(&call->op);
    } else {
        send_signed(call, &call->pending->request, &call->pending->inputs);
    }
    end_pending(call);
}

static bool is_read(const char *name)
{
    static const char *const names[] = {"content-type",      "date",
                                        "x-acs-request-id",  "x-odps-request-id",
                                        "x-acs-retry-after", "x-ratelimit-user-api",
                                        "x-ratelimit-user"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (*names[i] == *name && strcmp(names[i], name) == 0)
            return true;
    return false;
}

/* What the Lua half reads of an answer's head: of the rest it makes no values. */
static void push_head(lua_State *L, const struct http_exchange *exchange)
{
    lua_createtable(L, 0, 2);
    for (size_t i = http_header_count(exchange); i > 0; i--) { /* the first of a name comes last, and stays */
        struct http_header header = http_header_at(exchange, i - 1);
        if (is_read(header.name)) {
            lua_pushstring(L, header.value);
            lua_setfield(L, -2, header.name);
        }
    }
}

static int call_finish(lua_State *L, struct op *op)
{
    struct call *call = (struct call *)op;
    size_t size;
    if (call->problem)
        return problem_raise(L, call->problem);
    if (http_failure(call->exchange)) {
        lua_pushnil(L);
        http_push_failure(L, call->exchange);
        return 2;
    }
    lua_createtable(L, 0, 3);
    lua_pushinteger(L, http_status(call->exchange));
    lua_setfield(L, -2, "status");
    push_head(L, call->exchange);
    lua_setfield(L, -2, "headers");
    const char *body = http_body(call->exchange, &size);
    lua_pushlstring(L, body, size);
    lua_setfield(L, -2, "body");
    return 1;
}

static void call_cancel(struct op *op)
{
    struct call *call = (struct call *)op;
    end_pending(call);
    if (call->exchange)
        http_cancel(call->exchange);
}

static void call_release(struct op *op)
{
    struct call *call = (struct call *)op;
    end_pending(call);
    http_free(call->exchange);
    call->exchange = NULL;
    if (call->problem != &no_memory)
        free(call->problem);
    call->problem = NULL;
    if (call->account)
        account_release(call->account);
    call->account = NULL;
}

static void call_describe(const struct op *op, char *text, size_t size)
{
    snprintf(text, size, "%s", ((const struct call *)op)->what);
}

static const struct op_class call_class = {.name = "cloud call",
                                           .finish = call_finish,
                                           .cancel = call_cancel,
                                           .release = call_release,
                                           .describe = call_describe};

static void remember_what(struct call *call, const struct sign_request *sign)
{
    struct bytes text = {.data = call->what, .capacity = sizeof call->what - 1};
    const struct slice parts[] = {sign->action, {" ", 1}, sign->host};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        size_t room = text.capacity - text.size;
        bytes_append(&text, parts[i].data, parts[i].size < room ? parts[i].size : room);
    }
}

/* The credential is not there yet: the request, copied, waits for it. */
static int wait_for_credential(lua_State *L, struct call *call)
{
    struct account *account = call->account;
    struct pending *pending = call->pending = calloc(1, sizeof *pending);
    if (!pending)
        return luaL_error(L, "not enough memory");
    pending->waiter = (struct account_waiter){.ready = credential_ready, .arg = call};
    request_read(L, 2, &pending->inputs, true, &pending->request);
    remember_what(call, &pending->request.sign);
    lua_getfield(L, 2, "base");
    lua_setiuservalue(L, 3, 1); /* lives as long as the op */
    enum account_answer answer = pending->request.sign.scheme == SIGN_ANONYMOUS
                                     ? ACCOUNT_READY
                                     : account_want(account, call->op.rt, &pending->waiter);
    if (answer == ACCOUNT_NO_MEMORY)
        return luaL_error(L, "not enough memory");
    if (answer == ACCOUNT_READY)
        credential_ready(call, NULL);
    return 0;
}

static void sign_and_send(lua_State *L, struct call *call)
{
    struct native_request request;
    struct arena *inputs = &call->state->inputs;
    arena_reset(inputs);
    request_read(L, 2, inputs, false, &request);
    remember_what(call, &request.sign);
    send_signed(call, &request, inputs);
}

/* native.call(account, request) -> response { status, headers, body }, or nil and the error value of a
 * request that got no answer: gets or refreshes the credential when needed, signs at the moment of sending,
 * sends. Of the headers those that tell type, time, request id and when to ask again. Waits. Raises kind
 * "credentials", "input", "usage". */
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
    if (account_is_ready(account, call->op.rt))
        sign_and_send(L, call);
    else
        wait_for_credential(L, call);
    lua_settop(L, 3);
    return op_await(L, 3);
}
