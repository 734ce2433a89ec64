/* SPDX-License-Identifier: MIT
 * sign_lua.c: from a request table to signed bytes, and native.sign, which shows them. */
#include "modules/cloud/encode.h"
#include "modules/cloud/lua_private.h"
#include "runtime/error.h"
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
        lua_pushstring(L, header->name.data); /* terminated; a constant that Lua's own cache knows */
        if (has_token && is_secret_header(header->name))
            lua_pushliteral(L, "***");
        else
            lua_pushlstring(L, header->value.data, header->value.size);
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

const char *account_unusable(const struct account *account, const struct native_request *request)
{
    if (account->forgotten)
        return "this account handle was forgotten; make a new one with cloud.account";
    if (account->current.kind == CREDENTIAL_NONE && request->sign.scheme != SIGN_ANONYMOUS)
        return "the account has no credential";
    return NULL;
}

const char *request_sign(struct native_state *state, struct runtime *rt, struct account *account,
                         struct arena *inputs, struct native_request *request, struct signed_request *built)
{
    struct credential *current = &account->current;
    const char *problem = account_unusable(account, request);
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
    const char *problem = request_sign(state, rt, account, &state->inputs, &request, &built);
    if (problem) {
        signer_wipe(&state->signer);
        return error_raise(L, account_unusable(account, &request) ? "credentials" : "input", "CannotSign",
                           "the request cannot be signed: %s", problem);
    }
    push_signed(L, &request, &account->current, &built, explain);
    signer_wipe(&state->signer);
    return 1;
}
