/* SPDX-License-Identifier: MIT
 * result_lua.c: the end of a question as Lua sees it: an answer table, or an error value of kind "dns"
 * whose code keeps the causes apart. */
#include "modules/dns/dns_lua.h"
#include "runtime/error.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

/* What is known besides the message. */
struct origin {
    const struct dns_name *name;
    int text; /* stack index of the name as text, or 0 */
    uint16_t type;
    const char *server, *protocol;
    double elapsed;
    bool was_truncated, sections;
};

static void set_string(lua_State *L, const char *key, const char *value)
{
    lua_pushstring(L, value);
    lua_setfield(L, -2, key);
}

static void set_number(lua_State *L, const char *key, double value)
{
    lua_pushnumber(L, value);
    lua_setfield(L, -2, key);
}

static void set_integer(lua_State *L, const char *key, lua_Integer value)
{
    lua_pushinteger(L, value);
    lua_setfield(L, -2, key);
}

/* ---- answers ---- */

static void set_section(lua_State *L, const struct dns_message *m, enum dns_section section, const char *key)
{
    for (unsigned i = 0; i < m->count; i++) {
        if (m->records[i].section != section)
            continue;
        dns_push_section(L, m, section);
        lua_setfield(L, -2, key);
        return;
    }
}

/* {name=, target=, ttl=} for each alias, in order. */
static void set_chain(lua_State *L, const struct dns_message *m, const struct dns_answer *a)
{
    lua_createtable(L, (int)a->n_chain, 0);
    for (unsigned i = 0; i < a->n_chain; i++) {
        dns_push_record(L, m, &m->records[a->chain[i]], 0);
        lua_rawseti(L, -2, i + 1);
    }
    lua_setfield(L, -2, "chain");
}

static void set_records(lua_State *L, const struct dns_message *m, const struct dns_answer *a, uint16_t type)
{
    int n = 0, question;

    lua_getfield(L, -1, "name");
    question = lua_gettop(L);
    lua_createtable(L, (int)a->n_records, 0);
    for (unsigned i = 0; a->n_records && i < m->count; i++) {
        if (!dns_answer_has(m, a, type, i))
            continue;
        dns_push_record(L, m, &m->records[i], question);
        lua_rawseti(L, -2, ++n);
    }
    lua_remove(L, question);
    lua_setfield(L, -2, "records");
}

/* The answer section as it came, where it holds more than chain and records. */
static void set_surplus(lua_State *L, const struct dns_message *m, const struct dns_answer *a)
{
    unsigned n = 0;

    for (unsigned i = 0; i < m->count; i++)
        n += m->records[i].section == DNS_ANSWER;
    if (n == a->n_chain + a->n_records)
        return;
    dns_push_section(L, m, DNS_ANSWER);
    lua_setfield(L, -2, "answer");
}

static void set_origin(lua_State *L, const struct origin *o)
{
    char buffer[16];

    if (o->text)
        lua_pushvalue(L, o->text);
    else
        dns_push_name(L, o->name);
    lua_setfield(L, -2, "name");
    set_string(L, "type", dns_type_text(o->type, buffer));
    if (o->server)
        set_string(L, "server", o->server);
    if (o->protocol)
        set_string(L, "protocol", o->protocol);
    set_number(L, "time", o->elapsed);
    if (o->was_truncated) {
        lua_pushboolean(L, 1);
        lua_setfield(L, -2, "truncated");
    }
}

/* The whole answer; also of a negative one, where it hangs below the error. What can be computed from the
 * rest (ttl, an empty chain) is left to the metatable: see answers.lua. */
static void push_answer(lua_State *L, const struct dns_message *m, const struct dns_answer *a,
                        const struct origin *o)
{
    char buffer[16];

    lua_createtable(L, 0, 8);
    set_origin(L, o);
    set_string(L, "rcode", dns_rcode_text(m->rcode, buffer));
    dns_push_flags(L, m->flags);
    lua_setfield(L, -2, "flags");
    set_records(L, m, a, o->type);
    if (a->n_chain > 0) {
        set_chain(L, m, a);
        dns_push_name(L, &a->final);
        lua_setfield(L, -2, "canonical");
    }
    if (a->verdict != DNS_DATA && a->has_soa)
        set_integer(L, "negative_ttl", a->negative_ttl);
    if (o->sections || a->verdict != DNS_DATA) {
        set_surplus(L, m, a);
        set_section(L, m, DNS_AUTHORITY, "authority");
        set_section(L, m, DNS_ADDITIONAL, "additional");
    }
    if (m->edns.present) {
        dns_push_edns(L, m);
        lua_setfield(L, -2, "edns");
    }
    luaL_setmetatable(L, "peerway.dns.answer");
}

/* ---- errors ---- */

#define REFERRAL "referral" /* as reason; the code is nodata */

static const struct {
    const char *code, *means, *hint;
} meanings[] = {
    {"nxdomain", "the name does not exist",
     "check its spelling, and whether this server is the one that knows it"},
    {"nodata", "the name exists, but has no record of this type", "ask for another type"},
    {REFERRAL, "the server does not know the name and only names others that may",
     "ask a resolver, or one of the servers in answer.authority"},
    {"servfail", "the server could not find out",
     "ask another server; a broken zone or an unreachable authority is likely"},
    {"refused", "the server refuses to answer us", "ask a server that serves this client and this zone"},
    {"notimp", "the server does not support such questions", "ask another server"},
    {"formerr", "the server does not understand the question",
     "ask another server, or retry with edns=false"},
    {"blocked", "a policy stops the question or its answer",
     "look at the local firewall and the resolver's filter"},
    {"timeout", "no answer came in time",
     "check that the server is reachable on UDP and TCP; resolvers also drop what exceeds their rate "
     "(rate=)"},
    {"unreachable", "the server cannot be reached", "check address, port, route and firewall"},
    {"truncated", "only a truncated answer came, and the whole one could not be had over TCP",
     "allow TCP to this server's port (tcp=true), or raise edns="},
    {"malformed", "the answer is no well-formed DNS message",
     "something between us and the server changes answers, or the server is broken: ask another one"},
    {"local", "no socket could be made on this machine", "look at the limit of open files (ulimit -n)"},
    {NULL, "the server answered with an error code", "ask another server"},
};

static unsigned meaning_of(const char *code)
{
    unsigned i = 0;

    while (meanings[i].code && strcmp(meanings[i].code, code) != 0)
        i++;
    return i;
}

static const char *code_of_outcome(enum dns_outcome outcome)
{
    switch (outcome) {
    case DNS_UNREACHABLE:
        return "unreachable";
    case DNS_STOPPED:
        return "blocked";
    case DNS_LOCAL:
        return "local";
    case DNS_CUT:
        return "truncated";
    case DNS_GARBLED:
        return "malformed";
    default:
        return "timeout";
    }
}

/* Resolvers that filter say so in an extended error (RFC 8914 4.16 to 4.18). */
static bool says_blocked(const struct dns_message *m)
{
    return m->edns.extended_error >= 15 && m->edns.extended_error <= 17;
}

static const char *code_of_answer(const struct dns_message *m, const struct dns_answer *a, char text[16])
{
    char buffer[16];

    if (says_blocked(m) && a->verdict != DNS_DATA)
        return "blocked";
    switch (a->verdict) {
    case DNS_NO_NAME:
        return "nxdomain";
    case DNS_NODATA:
        return "nodata";
    case DNS_CHAIN_LOOP:
        return "malformed";
    default:
        break;
    }
    const char *name = dns_rcode_text(m->rcode, buffer);
    size_t i = 0;

    for (; name[i] && i < 15; i++)
        text[i] = (char)tolower((unsigned char)name[i]);
    text[i] = '\0';
    return text;
}

/* Pushes the error with its message; `reason` may be NULL, and `detail` empty. */
static void push_error(lua_State *L, const char *code, const char *reason, const struct origin *o,
                       const char *detail)
{
    char type[16];
    unsigned meaning = meaning_of(reason && strcmp(reason, REFERRAL) == 0 ? reason : code);

    dns_push_name(L, o->name);
    const char *name = lua_tostring(L, -1);

    error_push(L, "dns", code, "%s %s: %s%s%s%s%s", name, dns_type_text(o->type, type),
               meanings[meaning].means, detail[0] ? ": " : "", detail, o->server ? ", server " : "",
               o->server ? o->server : "");
    lua_remove(L, -2);
    set_origin(L, o);
    error_set(L, "hint", meanings[meaning].hint);
    error_set(L, "reason", reason);
}

static void push_verdict(lua_State *L, const struct dns_message *m, const struct origin *o)
{
    struct dns_answer a;
    char text[16], detail[300] = "";

    dns_answer_judge(m, o->name, o->type, &a);
    if (a.verdict == DNS_DATA) {
        push_answer(L, m, &a, o);
        return;
    }
    const char *code = code_of_answer(m, &a, text);
    const char *reason = a.verdict == DNS_CHAIN_LOOP ? "cname-loop" : a.referral ? REFERRAL : NULL;

    if (a.verdict == DNS_CHAIN_LOOP)
        strcpy(detail, "its CNAME records run in a circle, or are more than 16");
    else if (m->edns.extended_error >= 0)
        snprintf(detail, sizeof detail, "extended error %d %s", m->edns.extended_error,
                 dns_extended_error_text((unsigned)m->edns.extended_error));
    push_error(L, code, reason, o, detail);
    set_string(L, "rcode", dns_rcode_text(m->rcode, text));
    if (a.has_soa)
        set_integer(L, "negative_ttl", a.negative_ttl);
    push_answer(L, m, &a, o);
    lua_setfield(L, -2, "answer");
}

/* ---- items of a batch ---- */

static const char *outcome_text(const struct dns_attempt *a, char buffer[16])
{
    if (a->outcome == DNS_ANSWERED)
        return dns_rcode_text(a->rcode, buffer);
    return code_of_outcome(a->outcome);
}

/* {server=, protocol=, outcome=, time=} for each attempt, when there was more than one. */
static void set_attempts(lua_State *L, const struct dns_policy *policy, const struct dns_item *item)
{
    char buffer[16];

    if (!item->attempts)
        return;
    lua_createtable(L, (int)item->n_attempts, 0);
    for (unsigned i = 0; i < item->n_attempts; i++) {
        const struct dns_attempt *a = &item->attempts[i];

        lua_createtable(L, 0, 5);
        set_string(L, "server", policy->texts[a->server]);
        set_string(L, "protocol", a->tcp ? "tcp" : "udp");
        set_string(L, "outcome", outcome_text(a, buffer));
        set_number(L, "time", a->time);
        if (a->error)
            set_string(L, "reason", strerror(a->error));
        lua_rawseti(L, -2, i + 1);
    }
    lua_setfield(L, -2, "attempts");
}

static void push_failure(lua_State *L, const struct dns_item *item, const struct origin *o)
{
    char detail[200] = "";

    if (item->outcome == DNS_GARBLED)
        snprintf(detail, sizeof detail, "%s", dns_status_text(item->status));
    else if (item->error)
        snprintf(detail, sizeof detail, "%s", strerror(item->error));
    else if (item->outcome == DNS_UNREACHABLE)
        snprintf(detail, sizeof detail, "it closed the connection without an answer");
    else if (item->ignored)
        snprintf(detail, sizeof detail, "%u datagrams with a foreign id, question or sender were ignored",
                 item->ignored);
    push_error(L, code_of_outcome(item->outcome), NULL, o, detail);
    if (item->ignored)
        set_integer(L, "ignored", item->ignored);
}

static void push_bad_name(lua_State *L, enum dns_status fault)
{
    error_push(L, "input", "InvalidName", "dns: this is no domain name: %s", dns_status_text(fault));
    error_set(L, "hint", "labels of 1 to 63 ASCII characters, joined by dots, 253 characters at most");
}

void dns_push_result(lua_State *L, const struct dns_batch *batch, unsigned index, int text)
{
    const struct dns_item *item = &batch->items[index];
    struct dns_message m;
    struct dns_name name;

    luaL_checkstack(L, 12, "dns result");
    if (item->fault != DNS_FINE) {
        push_bad_name(L, item->fault);
        return;
    }
    dns_batch_name(batch, index, &name);
    struct origin o = {&name,
                       text,
                       item->type,
                       batch->policy.texts[item->server],
                       item->over_tcp ? "tcp" : "udp",
                       item->elapsed,
                       item->was_truncated,
                       batch->policy.sections};

    if (item->outcome == DNS_ANSWERED && item->answer &&
        dns_message_parse(&m, item->answer, item->answer_size, NULL) == DNS_FINE) {
        push_verdict(L, &m, &o);
        dns_message_clear(&m);
    } else {
        push_failure(L, item, &o);
    }
    if (item->ignored && item->outcome == DNS_ANSWERED)
        set_integer(L, "ignored", item->ignored);
    set_attempts(L, &batch->policy, item);
}

void dns_push_judgement(lua_State *L, const struct dns_message *message, const struct dns_name *name,
                        uint16_t type, const char *server, const char *protocol, double elapsed)
{
    struct origin o = {name, 0, type, server, protocol, elapsed, false, true};

    luaL_checkstack(L, 12, "dns result");
    push_verdict(L, message, &o);
}
