/* SPDX-License-Identifier: MIT
 * message_lua.c: DNS messages as Lua tables: native.decode and what answers and requests share with it. */
#include "modules/dns/dns_lua.h"
#include "modules/dns/rdata.h"
#include "runtime/error.h"

#include <arpa/inet.h>
#include <string.h>

static void set_integer(lua_State *L, const char *key, lua_Integer value)
{
    lua_pushinteger(L, value);
    lua_setfield(L, -2, key);
}

static void set_boolean(lua_State *L, const char *key, bool value)
{
    lua_pushboolean(L, value);
    lua_setfield(L, -2, key);
}

void dns_push_name(lua_State *L, const struct dns_name *name)
{
    char text[DNS_TEXT_MAX];
    size_t length = dns_name_to_text(name, text);

    lua_pushlstring(L, text, length);
}

static void set_name(lua_State *L, const char *key, const struct dns_name *name)
{
    dns_push_name(L, name);
    lua_setfield(L, -2, key);
}

uint16_t dns_check_type(lua_State *L, int index)
{
    size_t length;
    int type = -1;

    if (lua_isnoneornil(L, index))
        return DNS_A;
    if (lua_type(L, index) == LUA_TNUMBER) {
        lua_Integer value = lua_tointeger(L, index);

        type = value > 0 && value <= 0xffff ? (int)value : -1;
    } else if (lua_type(L, index) == LUA_TSTRING) {
        const char *text = lua_tolstring(L, index, &length);

        type = dns_type_from_text(text, length);
    }
    if (type <= 0 || type == DNS_OPT) {
        const char *text = luaL_tolstring(L, index, NULL);

        error_push(L, "input", "InvalidType", "dns: '%s' is no record type that can be asked for", text);
        error_set(L, "hint", "use A, AAAA, CNAME, PTR, TXT, SRV, NS, SOA, MX, CAA, or TYPE and a number");
        lua_error(L);
    }
    return (uint16_t)type;
}

void dns_check_endpoint(lua_State *L, int index, struct dns_endpoint *endpoint, uint16_t port)
{
    size_t length;
    const char *text = lua_type(L, index) == LUA_TSTRING ? lua_tolstring(L, index, &length) : NULL;

    if (text && dns_endpoint_from_text(endpoint, text, length, port))
        return;
    text = luaL_tolstring(L, index, NULL);
    error_push(L, "input", "InvalidServer", "dns: '%s' is no server address", text);
    error_set(L, "hint", "write 192.0.2.53, 192.0.2.53:5353, 2001:db8::53 or [2001:db8::53]:5353; no names");
    lua_error(L);
}

/* {strings...} and text: the strings joined. */
static void set_strings(lua_State *L, const struct dns_rdata *data)
{
    luaL_Buffer joined;
    int n = 0;

    lua_newtable(L);
    for (size_t at = 0; at < data->value_size; at += 1u + data->value[at]) {
        lua_pushlstring(L, (const char *)data->value + at + 1, data->value[at]);
        lua_rawseti(L, -2, ++n);
    }
    lua_setfield(L, -2, "strings");
    luaL_buffinit(L, &joined);
    for (size_t at = 0; at < data->value_size; at += 1u + data->value[at])
        luaL_addlstring(&joined, (const char *)data->value + at + 1, data->value[at]);
    luaL_pushresult(&joined);
    lua_setfield(L, -2, "text");
}

/* inet_ntop goes through sprintf, which shows in bulk lookups. */
static size_t write_v4(const uint8_t *address, char *text)
{
    char *out = text;

    for (int i = 0; i < 4; i++) {
        unsigned n = address[i];

        if (n >= 100)
            *out++ = (char)('0' + n / 100);
        if (n >= 10)
            *out++ = (char)('0' + n / 10 % 10);
        *out++ = (char)('0' + n % 10);
        *out++ = '.';
    }
    return (size_t)(out - text) - 1;
}

static void set_address(lua_State *L, int family, const uint8_t *address)
{
    char text[INET6_ADDRSTRLEN];

    if (family == AF_INET) {
        lua_pushlstring(L, text, write_v4(address, text));
    } else {
        inet_ntop(family, address, text, sizeof text);
        lua_pushstring(L, text);
    }
    lua_setfield(L, -2, "address");
}

static void set_soa(lua_State *L, const struct dns_rdata *data)
{
    set_name(L, "primary", &data->name);
    set_name(L, "mailbox", &data->mailbox);
    set_integer(L, "serial", data->serial);
    set_integer(L, "refresh", data->refresh);
    set_integer(L, "retry", data->retry);
    set_integer(L, "expire", data->expire);
    set_integer(L, "minimum", data->minimum);
}

static void set_caa(lua_State *L, const struct dns_rdata *data)
{
    set_integer(L, "flags", data->flags);
    set_boolean(L, "critical", (data->flags & 128) != 0);
    lua_pushlstring(L, (const char *)data->tag, data->tag_size);
    lua_setfield(L, -2, "tag");
    lua_pushlstring(L, (const char *)data->value, data->value_size);
    lua_setfield(L, -2, "value");
}

static void set_data(lua_State *L, enum dns_shape shape, const struct dns_rdata *data)
{
    switch (shape) {
    case DNS_SHAPE_ADDRESS4:
        set_address(L, AF_INET, data->address);
        break;
    case DNS_SHAPE_ADDRESS6:
        set_address(L, AF_INET6, data->address);
        break;
    case DNS_SHAPE_NAME:
        set_name(L, "target", &data->name);
        break;
    case DNS_SHAPE_SOA:
        set_soa(L, data);
        break;
    case DNS_SHAPE_MX:
        set_integer(L, "preference", data->priority);
        set_name(L, "exchange", &data->name);
        break;
    case DNS_SHAPE_SRV:
        set_integer(L, "priority", data->priority);
        set_integer(L, "weight", data->weight);
        set_integer(L, "port", data->port);
        set_name(L, "target", &data->name);
        break;
    case DNS_SHAPE_TEXT:
        set_strings(L, data);
        break;
    case DNS_SHAPE_CAA:
        set_caa(L, data);
        break;
    case DNS_SHAPE_RAW:
        lua_pushlstring(L, (const char *)data->value, data->value_size);
        lua_setfield(L, -2, "data");
        break;
    }
}

/* Sets the owner; nearly always a pointer to the question, whose text then is at stack index `question`. */
static void set_owner(lua_State *L, const struct dns_message *m, const struct dns_record *record,
                      int question)
{
    const uint8_t *p = m->data + record->name_at;
    size_t at = record->name_at;
    struct dns_name owner;

    if (question && p[0] == 0xc0 && p[1] == DNS_HEADER_SIZE && m->has_question) {
        lua_pushvalue(L, question);
        lua_setfield(L, -2, "name");
        return;
    }
    dns_name_read(m->data, m->size, &at, &owner); /* checked by dns_message_parse */
    set_name(L, "name", &owner);
}

void dns_push_record(lua_State *L, const struct dns_message *message, const struct dns_record *record,
                     int question)
{
    struct dns_rdata data;
    char buffer[16];
    bool internet = record->class == DNS_IN;

    dns_rdata_read(message->data, message->size, record, &data); /* checked by dns_message_parse */
    lua_createtable(L, 0, 4);
    set_owner(L, message, record, question);
    lua_pushstring(L, dns_type_text(record->type, buffer));
    lua_setfield(L, -2, "type");
    set_integer(L, "ttl", record->ttl);
    if (!internet)
        set_integer(L, "class", record->class);
    set_data(L, internet ? dns_shape_of(record->type) : DNS_SHAPE_RAW, &data);
}

void dns_push_section(lua_State *L, const struct dns_message *message, enum dns_section section)
{
    int n = 0;

    lua_newtable(L);
    for (unsigned i = 0; i < message->count; i++) {
        if (message->records[i].section != section)
            continue;
        dns_push_record(L, message, &message->records[i], 0);
        lua_rawseti(L, -2, ++n);
    }
}

static const char shared_key; /* its address is the key in the registry */

enum { SHARED_MAX = 256, EDNS_KEY = 0x10000 };

/* Pushes the shared table of `key`, or nothing when there is none. Answers differ little in flags and EDNS,
 * and a table for each would be a third of the cost of a bulk lookup. */
static bool push_shared(lua_State *L, lua_Integer key)
{
    if (lua_rawgetp(L, LUA_REGISTRYINDEX, &shared_key) == LUA_TNIL) {
        lua_pop(L, 1);
        lua_newtable(L);
        lua_pushvalue(L, -1);
        lua_rawsetp(L, LUA_REGISTRYINDEX, &shared_key);
    }
    bool found = lua_rawgeti(L, -1, key) != LUA_TNIL;

    lua_remove(L, -2);
    if (!found)
        lua_pop(L, 1);
    return found;
}

/* Keeps the table on the top for the next answers; only so many, since a server chooses what is in it. */
static void share(lua_State *L, lua_Integer key)
{
    lua_rawgetp(L, LUA_REGISTRYINDEX, &shared_key);
    lua_Integer n = lua_rawgeti(L, -1, -1) == LUA_TNUMBER ? lua_tointeger(L, -1) : 0;

    lua_pop(L, 1);
    if (n < SHARED_MAX) {
        lua_pushinteger(L, n + 1);
        lua_rawseti(L, -2, -1);
        lua_pushvalue(L, -2);
        lua_rawseti(L, -2, key);
    }
    lua_pop(L, 1);
}

static void push_new_flags(lua_State *L, unsigned flags)
{
    lua_createtable(L, 0, 6);
    set_boolean(L, "aa", (flags & DNS_AA) != 0);
    set_boolean(L, "tc", (flags & DNS_TC) != 0);
    set_boolean(L, "rd", (flags & DNS_RD) != 0);
    set_boolean(L, "ra", (flags & DNS_RA) != 0);
    set_boolean(L, "ad", (flags & DNS_AD) != 0);
    set_boolean(L, "cd", (flags & DNS_CD) != 0);
}

void dns_push_flags(lua_State *L, unsigned flags)
{
    flags &= DNS_AA | DNS_TC | DNS_RD | DNS_RA | DNS_AD | DNS_CD;
    if (push_shared(L, flags))
        return;
    push_new_flags(L, flags);
    share(L, flags);
}

static void push_new_edns(lua_State *L, const struct dns_message *message)
{
    const struct dns_edns *edns = &message->edns;

    lua_createtable(L, 0, 4);
    set_integer(L, "udp_size", edns->udp_size);
    set_integer(L, "version", edns->version);
    set_boolean(L, "dnssec_ok", edns->dnssec_ok);
    if (edns->extended_error < 0)
        return;
    lua_createtable(L, 0, 3);
    set_integer(L, "code", edns->extended_error);
    lua_pushstring(L, dns_extended_error_text((unsigned)edns->extended_error));
    lua_setfield(L, -2, "purpose");
    lua_pushlstring(L, (const char *)message->data + edns->extended_text_at, edns->extended_text_size);
    lua_setfield(L, -2, "text");
    lua_setfield(L, -2, "extended_error");
}

void dns_push_edns(lua_State *L, const struct dns_message *message)
{
    const struct dns_edns *edns = &message->edns;
    lua_Integer key = EDNS_KEY + ((lua_Integer)edns->udp_size << 16 | edns->version << 1 | edns->dnssec_ok);

    if (!edns->present) {
        lua_pushnil(L);
    } else if (edns->extended_error >= 0) {
        push_new_edns(L, message);
    } else if (!push_shared(L, key)) {
        push_new_edns(L, message);
        share(L, key);
    }
}

static void push_message(lua_State *L, const struct dns_message *m)
{
    char buffer[16];

    lua_createtable(L, 0, 10);
    set_integer(L, "id", m->id);
    set_boolean(L, "response", (m->flags & DNS_QR) != 0);
    set_integer(L, "opcode", (m->flags & DNS_OPCODE) >> 11);
    lua_pushstring(L, dns_rcode_text(m->rcode, buffer));
    lua_setfield(L, -2, "rcode");
    dns_push_flags(L, m->flags);
    lua_setfield(L, -2, "flags");
    if (m->has_question) {
        set_name(L, "name", &m->question);
        lua_pushstring(L, dns_type_text(m->question_type, buffer));
        lua_setfield(L, -2, "type");
        if (m->question_class != DNS_IN)
            set_integer(L, "class", m->question_class);
    }
    dns_push_section(L, m, DNS_ANSWER);
    lua_setfield(L, -2, "answer");
    dns_push_section(L, m, DNS_AUTHORITY);
    lua_setfield(L, -2, "authority");
    dns_push_section(L, m, DNS_ADDITIONAL);
    lua_setfield(L, -2, "additional");
    dns_push_edns(L, m);
    lua_setfield(L, -2, "edns");
}

/* native.decode(bytes) -> message table, or nil, reason, offset */
int dns_decode(lua_State *L)
{
    struct dns_message message;
    size_t size, where;
    const char *data = luaL_checklstring(L, 1, &size);
    enum dns_status status = dns_message_parse(&message, (const uint8_t *)data, size, &where);

    if (status != DNS_FINE) {
        dns_message_clear(&message);
        lua_pushnil(L);
        lua_pushstring(L, dns_status_text(status));
        lua_pushinteger(L, (lua_Integer)where);
        return 3;
    }
    push_message(L, &message);
    dns_message_clear(&message);
    return 1;
}
