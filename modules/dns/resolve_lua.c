/* SPDX-License-Identifier: MIT
 * resolve_lua.c: the op behind native.resolve: reads names and policy, waits for the batch, gives results. */
#include "modules/dns/dns_lua.h"
#include "runtime/error.h"
#include "runtime/op.h"
#include "runtime/runtime.h"
#include "runtime/world.h"

#include <stdio.h>
#include <string.h>

enum { DEFAULT_LIMIT = 100, LIMIT_MAX = 4096, UDP_SIZE_MAX = 4096, NAMES_MAX = 10 * 1000 * 1000 };

enum { CHUNK = 64 }; /* results that are turned into tables at a time, while the next ones travel */

#define BATCH_TYPE "peerway.dns.batch"

/* Userdata: questions under way, and the op that waits for their ends. */
struct batch {
    struct dns_batch questions;
    struct op *waiter;
};

struct wait_op {
    struct op op;
    struct batch *batch; /* below it on the stack of the waiting function */
};

/* Whether the entry on the top is a name in the form that answers give names. */
static bool is_plain_name(lua_State *L)
{
    size_t length;
    const char *text = lua_type(L, -1) == LUA_TSTRING ? lua_tolstring(L, -1, &length) : NULL;

    return text && length > 0 && text[length - 1] != '.' && !memchr(text, '\\', length);
}

/* Puts what has ended into the table at index 2; pushes whether more is to come. */
static int take(lua_State *L, struct batch *batch)
{
    long index;
    int entries, name;

    lua_getiuservalue(L, 1, 1);
    entries = lua_gettop(L);
    while ((index = dns_batch_take(&batch->questions)) >= 0) {
        lua_rawgeti(L, entries, index + 1);
        name = is_plain_name(L) ? lua_gettop(L) : 0;
        dns_push_result(L, &batch->questions, (unsigned)index, name);
        lua_rawseti(L, 2, index + 1);
        dns_batch_drop(&batch->questions, (unsigned)index);
        lua_pop(L, 1);
    }
    lua_pop(L, 1);
    lua_pushboolean(L, !dns_batch_ended(&batch->questions));
    return 1;
}

static int finish(lua_State *L, struct op *op)
{
    return take(L, ((struct wait_op *)op)->batch);
}

static void forget(struct op *op)
{
    struct batch *batch = ((struct wait_op *)op)->batch;

    if (batch && batch->waiter == op)
        batch->waiter = NULL;
}

static void describe(const struct op *op, char *text, size_t size)
{
    const struct dns_batch *b = &((const struct wait_op *)op)->batch->questions;
    char name_text[DNS_TEXT_MAX];
    struct dns_name name;

    if (b->n != 1 || b->items[0].fault != DNS_FINE) {
        snprintf(text, size, "%u of %u names", b->finished, b->n);
        return;
    }
    dns_batch_name(b, 0, &name);
    dns_name_to_text(&name, name_text);
    snprintf(text, size, "%s from %s", name_text, b->policy.texts[0]);
}

static const struct op_class wait_class = {"dns", finish, forget, forget, describe};

static void on_ready(void *arg)
{
    struct batch *batch = arg;

    if (batch->waiter)
        op_complete(batch->waiter);
}

/* batch:take(results) -> more. Waits for ends, puts them into `results` at their index. */
static int l_take(lua_State *L)
{
    struct batch *batch = luaL_checkudata(L, 1, BATCH_TYPE);
    struct dns_batch *questions = &batch->questions;
    struct wait_op *self;

    luaL_checktype(L, 2, LUA_TTABLE);
    lua_settop(L, 2);
    if (!questions->items || batch->waiter)
        return error_raise(L, "usage", "BatchBusy",
                           "dns: this batch is closed, or another task waits for it");
    if (dns_batch_ended(questions) || questions->n_ready >= CHUNK)
        return take(L, batch);
    self = op_new(L, sizeof *self, &wait_class);
    self->batch = batch;
    batch->waiter = &self->op;
    return op_await(L, 3);
}

/* __gc, __close: stops what is under way. */
static int l_close(lua_State *L)
{
    struct batch *batch = luaL_checkudata(L, 1, BATCH_TYPE);

    dns_batch_clear(&batch->questions);
    return 0;
}

static void set_batch_type(lua_State *L)
{
    static const luaL_Reg methods[] = {
        {"take", l_take}, {"__gc", l_close}, {"__close", l_close}, {NULL, NULL}};

    if (luaL_newmetatable(L, BATCH_TYPE)) {
        luaL_setfuncs(L, methods, 0);
        lua_pushvalue(L, -1);
        lua_setfield(L, -2, "__index");
    }
    lua_setmetatable(L, -2);
}

/* ---- options: the table at index 2 ---- */

static double get_number(lua_State *L, const char *field, double fallback, double least, double most)
{
    int is_number = 1;
    double value = fallback;

    lua_getfield(L, 2, field);
    if (!lua_isnil(L, -1))
        value = lua_tonumberx(L, -1, &is_number);
    lua_pop(L, 1);
    if (!is_number || !(value >= least && value <= most)) {
        char range[80];

        snprintf(range, sizeof range, "%g to %g", least, most);
        error_raise(L, "input", "InvalidOption", "dns: option '%s' must be a number from %s", field, range);
    }
    return value;
}

/* nil, true and a size ask with EDNS; false asks without. */
static uint16_t get_udp_size(lua_State *L)
{
    int type = lua_getfield(L, 2, "edns");
    bool off = type == LUA_TBOOLEAN && !lua_toboolean(L, -1);

    lua_pop(L, 1);
    if (off)
        return 0;
    if (type == LUA_TNIL || type == LUA_TBOOLEAN)
        return DNS_EDNS_UDP;
    return (uint16_t)get_number(L, "edns", DNS_EDNS_UDP, DNS_PLAIN_UDP, UDP_SIZE_MAX);
}

static enum dns_tcp get_tcp(lua_State *L)
{
    int type = lua_getfield(L, 2, "tcp");
    bool value = lua_toboolean(L, -1);

    lua_pop(L, 1);
    if (type == LUA_TNIL)
        return DNS_TCP_FALLBACK;
    return value ? DNS_TCP_ONLY : DNS_TCP_NEVER;
}

static bool get_boolean(lua_State *L, const char *field, bool fallback)
{
    int type = lua_getfield(L, 2, field);
    bool value = lua_toboolean(L, -1);

    lua_pop(L, 1);
    return type == LUA_TNIL ? fallback : value;
}

static void read_servers(lua_State *L, struct dns_policy *policy)
{
    lua_getfield(L, 2, "servers");
    lua_Integer n = lua_istable(L, -1) ? (lua_Integer)lua_rawlen(L, -1) : 0;

    if (n < 1 || n > DNS_SERVERS_MAX)
        error_raise(L, "input", "InvalidServer", "dns: 1 to %d servers are needed, %d are given",
                    DNS_SERVERS_MAX, (int)n);
    for (lua_Integer i = 1; i <= n; i++) {
        lua_rawgeti(L, -1, i);
        dns_check_endpoint(L, -1, &policy->servers[i - 1], DNS_PORT);
        dns_endpoint_to_text(&policy->servers[i - 1], policy->texts[i - 1]);
        lua_pop(L, 1);
    }
    policy->n_servers = (unsigned)n;
    lua_pop(L, 1);
}

static void read_policy(lua_State *L, struct dns_policy *policy)
{
    read_servers(L, policy);
    policy->timeout = get_number(L, "timeout", 5, 0.001, 3600);
    policy->tries = (unsigned)get_number(L, "tries", 2, 1, DNS_TRIES_MAX);
    policy->tcp = get_tcp(L);
    policy->udp_size = get_udp_size(L);
    policy->dnssec_ok = get_boolean(L, "dnssec", false);
    policy->recursion = get_boolean(L, "recursion", true);
    policy->checking_disabled = get_boolean(L, "checking_disabled", false);
    policy->sections = get_boolean(L, "sections", false);
    policy->udp_fd = (int)get_number(L, "fd", -1, -1, 1 << 30);
}

/* A list entry: a name, or {name=, type=}. Pops it. */
static bool set_item(lua_State *L, struct dns_batch *batch, unsigned index, uint16_t type)
{
    int entry = lua_gettop(L);
    size_t length;

    if (lua_istable(L, entry)) {
        lua_getfield(L, entry, "type");
        if (!lua_isnil(L, -1))
            type = dns_check_type(L, -1);
        lua_getfield(L, entry, "name");
    }
    if (lua_type(L, -1) != LUA_TSTRING)
        error_raise(L, "input", "InvalidName", "dns: name %d is a %s; it must be a string", (int)index + 1,
                    luaL_typename(L, -1));
    const char *name = lua_tolstring(L, -1, &length);
    bool fine = dns_batch_set(batch, index, name, length, type);

    lua_settop(L, entry - 1);
    return fine;
}

static bool read_names(lua_State *L, struct dns_batch *batch)
{
    lua_getfield(L, 2, "type");
    uint16_t type = dns_check_type(L, -1);

    lua_pop(L, 1);
    for (unsigned i = 0; i < batch->n; i++) {
        lua_rawgeti(L, 1, i + 1);
        if (!set_item(L, batch, i, type))
            return false;
    }
    return true;
}

/* native.batch({name | {name=, type=}, ...}, {servers={...}, type, timeout, tries, tcp, edns, dnssec,
 * recursion, checking_disabled, sections, limit, rate, fd}) -> batch, results: starts the questions; the
 * batch must be closed; results is an empty table with room for all. The list belongs to the batch from now
 * on. */
int dns_batch_open(lua_State *L)
{
    struct runtime *rt = runtime_of(L);
    size_t n = lua_istable(L, 1) ? lua_rawlen(L, 1) : 0;

    luaL_checktype(L, 1, LUA_TTABLE);
    luaL_checktype(L, 2, LUA_TTABLE);
    lua_settop(L, 2);
    if (rt->world->simulated)
        return error_raise(L, "dns", "blocked",
                           "dns: the simulated world has no network, and no mounted zone "
                           "takes this question (dns.mount)");
    if (n > NAMES_MAX)
        return error_raise(L, "input", "TooManyNames", "dns: %d names at once are the limit", NAMES_MAX);
    struct dns_resolver *resolver = dns_resolver_of(L);
    struct batch *self = lua_newuserdatauv(L, sizeof *self, 1);
    struct dns_batch *batch = &self->questions;

    memset(self, 0, sizeof *self);
    set_batch_type(L);
    lua_pushvalue(L, 1);
    lua_setiuservalue(L, -2, 1);
    if (!dns_batch_init(batch, resolver, (unsigned)n))
        return luaL_error(L, "not enough memory");
    batch->limit = (unsigned)get_number(L, "limit", DEFAULT_LIMIT, 1, LIMIT_MAX);
    batch->rate = get_number(L, "rate", 0, 0, 1e7);
    batch->wake_at = CHUNK;
    batch->ready = on_ready;
    batch->arg = self;
    read_policy(L, &batch->policy);
    if (!read_names(L, batch) || !dns_batch_start(batch))
        return luaL_error(L, "not enough memory");
    lua_createtable(L, (int)n, 0);
    return 2;
}

/* native.judge(bytes, name, type, server, protocol, time) -> answer table or error value: what a message
 * says that did not come through the engine. */
int dns_judge(lua_State *L)
{
    size_t size, length;
    const char *data = luaL_checklstring(L, 1, &size), *text = luaL_checklstring(L, 2, &length);
    uint16_t type = dns_check_type(L, 3);
    const char *server = luaL_optstring(L, 4, NULL), *protocol = luaL_optstring(L, 5, NULL);
    double elapsed = luaL_optnumber(L, 6, 0);
    struct dns_message message;
    struct dns_name name;
    enum dns_status status = dns_name_from_text(&name, text, length);

    if (status != DNS_FINE)
        return error_raise(L, "input", "InvalidName", "dns: '%s' is no domain name: %s", text,
                           dns_status_text(status));
    status = dns_message_parse(&message, (const uint8_t *)data, size, NULL);
    if (status != DNS_FINE) {
        dns_message_clear(&message);
        error_push(L, "dns", "malformed", "%s: the answer is no well-formed DNS message: %s", text,
                   dns_status_text(status));
        return 1;
    }
    dns_push_judgement(L, &message, &name, type, server, protocol, elapsed);
    dns_message_clear(&message);
    return 1;
}
