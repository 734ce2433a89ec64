/* SPDX-License-Identifier: MIT
 * account_lua.c: account handles: opaque, printable without secrets, forgettable. */
#include <stdio.h>

#include "modules/cloud/environment.h"
#include "modules/cloud/lua_private.h"
#include "modules/cloud/source.h"
#include "runtime/error.h"
#include "runtime/op.h"
#include "runtime/runtime.h"

struct account *account_check(lua_State *L, int index)
{
    struct account **handle = luaL_checkudata(L, index, ACCOUNT_TYPE);
    luaL_argcheck(L, *handle != NULL, index, "the account handle is closed");
    return *handle;
}

struct account *account_first(lua_State *L, const struct native_state *state)
{
    struct account **handle = lua_touserdata(L, 1);
    if (!handle || !lua_getmetatable(L, 1))
        return account_check(L, 1);
    bool known = lua_topointer(L, -1) == state->account_type;
    lua_pop(L, 1);
    return known && *handle ? *handle : account_check(L, 1);
}

void problem_push(lua_State *L, const struct problem *problem)
{
    error_push(L, problem->kind, problem->code, "%s", problem->message);
    if (problem->hint[0])
        error_set(L, "hint", problem->hint);
}

int problem_raise(lua_State *L, const struct problem *problem)
{
    problem_push(L, problem);
    return lua_error(L);
}

static void push_account(lua_State *L, struct plan *plan)
{
    struct account **handle = lua_newuserdatauv(L, sizeof *handle, 0);
    *handle = NULL;
    luaL_setmetatable(L, ACCOUNT_TYPE);
    *handle = account_new(plan);
    if (!*handle)
        luaL_error(L, "not enough memory");
}

/* A string of the options table that is no secret. */
static const char *option_text(lua_State *L, const char *name)
{
    int type = lua_getfield(L, 1, name);
    if (type != LUA_TNIL && type != LUA_TSTRING)
        error_raise(L, "usage", "InvalidAccount", "account field %s must be a string, not a %s", name,
                    lua_typename(L, type));
    return lua_tostring(L, -1); /* stays on the stack until the function returns */
}

/* A secret given by the name of an environment variable, or a documented constant. */
static struct slice option_secret(lua_State *L, const char *name, const char *env_name)
{
    struct slice value = {0};
    const char *variable = option_text(L, env_name);
    if (variable && !environment_secret(variable, &value))
        error_raise(L, "credentials", "MissingVariable", "the environment variable %s is not set", variable);
    if (variable)
        return value;
    const char *text = option_text(L, name);
    if (!text)
        return value;
    value = slice_of(text);
    if (!is_demo_secret(value))
        error_raise(L, "usage", "SecretInLua",
                    "account field %s: a secret must not pass through Lua; put it into an environment "
                    "variable and give %s = \"NAME\", or use a profile of ~/.aliyun/config.json",
                    name, env_name);
    return value;
}

static void read_options(lua_State *L, struct source_options *options)
{
    const struct {
        const char *name;
        const char **field;
    } texts[] = {{"source", &options->source},
                 {"profile", &options->profile},
                 {"config_file", &options->config_file},
                 {"credentials_file", &options->credentials_file},
                 {"access_key_id", &options->access_key_id},
                 {"role_arn", &options->role_arn},
                 {"session_name", &options->session_name},
                 {"external_id", &options->external_id},
                 {"policy", &options->policy},
                 {"sts_endpoint", &options->sts_host},
                 {"oidc_provider_arn", &options->provider_arn},
                 {"oidc_token_file", &options->token_file},
                 {"uri", &options->uri},
                 {"role_name", &options->role_name},
                 {"command", &options->command}};
    luaL_checkstack(L, 40, "account");
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        *texts[i].field = option_text(L, texts[i].name);
    options->secret = option_secret(L, "access_key_secret", "secret_env");
    options->token = option_secret(L, "security_token", "token_env");
    options->bearer = option_secret(L, "bearer_token", "bearer_env");
    lua_getfield(L, 1, "duration");
    options->duration = (int)luaL_optinteger(L, -1, 0);
    if (lua_getfield(L, 1, "base") != LUA_TNIL)
        options->base = account_check(L, lua_gettop(L));
}

/* native.account{...} -> handle. Without fields: the default chain. Files and variables are read now; what
 * needs the network is asked for when first used. Raises kind "credentials". */
int l_account(lua_State *L)
{
    struct source_options options = {0};
    struct problem problem = {0};
    if (lua_isnoneornil(L, 1)) {
        lua_settop(L, 0);
        lua_newtable(L);
    }
    luaL_checktype(L, 1, LUA_TTABLE);
    lua_settop(L, 1);
    native_state(L);
    read_options(L, &options);
    struct plan *plan = source_plan(&options, &problem);
    if (!plan)
        return problem_raise(L, &problem);
    push_account(L, plan);
    return 1;
}

static void push_source(lua_State *L, const struct account *account)
{
    lua_pushstring(L, account->label);
}

/* native.describe(account) -> { source, access_key_id (masked), expiry, role, profile, ready, sandbox,
 * memory }: what may be shown of an account. */
int l_describe(lua_State *L)
{
    const struct account *account = account_check(L, 1);
    const struct plan *plan = account->plan;
    const struct credential *current = &account->current;
    const char *statement;
    char masked[32];
    lua_createtable(L, 0, 8);
    push_source(L, account);
    lua_setfield(L, -2, "source");
    if (current->kind == CREDENTIAL_KEY) {
        mask_key_id(current->access_key_id, masked, sizeof masked);
        lua_pushstring(L, masked);
        lua_setfield(L, -2, "access_key_id");
    }
    if (current->expires > 1) {
        char text[ISO8601_SIZE];
        time_iso8601(current->expires, text);
        lua_pushstring(L, text);
        lua_setfield(L, -2, "expiry");
    }
    if (plan && plan->role_arn) {
        lua_pushstring(L, plan->role_arn);
        lua_setfield(L, -2, "role");
    }
    if (plan && plan->profile) {
        lua_pushstring(L, plan->profile);
        lua_setfield(L, -2, "profile");
    }
    lua_pushboolean(L, current->kind != CREDENTIAL_NONE);
    lua_setfield(L, -2, "ready");
    lua_pushboolean(L, current->sandbox);
    lua_setfield(L, -2, "sandbox");
    secret_heap_state(&statement);
    lua_pushstring(L, statement);
    lua_setfield(L, -2, "memory");
    return 1;
}

static int l_tostring(lua_State *L)
{
    struct account **handle = luaL_checkudata(L, 1, ACCOUNT_TYPE);
    char masked[32] = "no key yet", expiry[ISO8601_SIZE + 10] = ", until ";
    if (!*handle || (*handle)->forgotten) {
        lua_pushliteral(L, "account (forgotten)");
        return 1;
    }
    const struct credential *current = &(*handle)->current;
    if (current->kind == CREDENTIAL_KEY)
        mask_key_id(current->access_key_id, masked, sizeof masked);
    else if (current->kind != CREDENTIAL_NONE)
        snprintf(masked, sizeof masked, "%s",
                 current->kind == CREDENTIAL_BEARER ? "bearer token" : "anonymous");
    if (current->expires > 1)
        time_iso8601(current->expires, expiry + 8);
    else
        expiry[0] = 0;
    lua_pushfstring(L, "account (%s, %s%s)", (*handle)->label, masked, expiry);
    return 1;
}

static int l_forget(lua_State *L)
{
    account_forget(account_check(L, 1));
    return 0;
}

static int l_gc(lua_State *L)
{
    struct account **handle = luaL_checkudata(L, 1, ACCOUNT_TYPE);
    if (*handle)
        account_release(*handle);
    *handle = NULL;
    return 0;
}

/* native.expire(account): the next call fetches the credential anew (the server refused the token). */
int l_expire(lua_State *L)
{
    account_expire(account_check(L, 1));
    return 0;
}

/* ---- native.ready ---- */

struct ready {
    struct op op;
    struct account *account;
    struct account_waiter waiter;
    struct problem problem;
};

static void ready_now(void *arg, const struct problem *problem)
{
    struct ready *ready = arg;
    if (problem)
        ready->problem = *problem;
    op_complete(&ready->op);
}

static int ready_finish(lua_State *L, struct op *op)
{
    struct ready *ready = (struct ready *)op;
    if (ready->problem.kind)
        return problem_raise(L, &ready->problem);
    lua_settop(L, 1);
    return 1;
}

static void ready_cancel(struct op *op)
{
    account_leave(&((struct ready *)op)->waiter);
}

static void ready_release(struct op *op)
{
    struct ready *ready = (struct ready *)op;
    account_leave(&ready->waiter);
    if (ready->account)
        account_release(ready->account);
    ready->account = NULL;
}

static const struct op_class ready_class = {
    .name = "credentials", .finish = ready_finish, .cancel = ready_cancel, .release = ready_release};

/* native.ready(account) -> account: waits until the credential is there. Raises kind "credentials". */
int l_ready(lua_State *L)
{
    struct account *account = account_check(L, 1);
    lua_settop(L, 1);
    struct ready *ready = op_new(L, sizeof *ready, &ready_class);
    account_hold(account);
    ready->account = account;
    ready->waiter = (struct account_waiter){.ready = ready_now, .arg = ready};
    switch (account_want(account, ready->op.rt, &ready->waiter)) {
    case ACCOUNT_READY:
        if (account->forgotten)
            ready->problem = account->problem;
        op_complete(&ready->op);
        break;
    case ACCOUNT_NO_MEMORY:
        return luaL_error(L, "not enough memory");
    default:
        break;
    }
    return op_await(L, 2);
}

void account_metatable(lua_State *L)
{
    static const luaL_Reg methods[] = {{"forget", l_forget}, {NULL, NULL}};
    static const luaL_Reg metamethods[] = {
        {"__tostring", l_tostring}, {"__gc", l_gc}, {"__close", l_gc}, {NULL, NULL}};
    luaL_newmetatable(L, ACCOUNT_TYPE);
    luaL_setfuncs(L, metamethods, 0);
    luaL_newlib(L, methods);
    lua_setfield(L, -2, "__index");
    lua_pushliteral(L, "account"); /* hides the metatable */
    lua_setfield(L, -2, "__metatable");
    lua_pop(L, 1);
}
