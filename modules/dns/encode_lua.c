/* SPDX-License-Identifier: MIT
 * encode_lua.c: native.encode: a Lua table becomes a DNS message; what does not fit is cut, with TC set. */
#include "modules/dns/dns_lua.h"
#include "modules/dns/rdata.h"
#include "runtime/error.h"

#include <arpa/inet.h>
#include <string.h>

/* One record or message being read; the record table is at `index`. */
struct source {
    lua_State *L;
    int index;
    const char *type; /* for messages */
};

static int bad_field(const struct source *s, const char *field, const char *want)
{
    return error_raise(s->L, "input", "InvalidRecord", "dns: field '%s' of a %s record must be %s", field,
                       s->type, want);
}

static uint32_t get_integer(const struct source *s, const char *field, lua_Integer most, lua_Integer fallback)
{
    lua_Integer value = fallback;
    int whole = 1;

    lua_getfield(s->L, s->index, field);
    if (!lua_isnil(s->L, -1))
        value = lua_tointegerx(s->L, -1, &whole);
    lua_pop(s->L, 1);
    if (!whole || value < 0 || value > most)
        bad_field(s, field, most == 0xffff ? "an integer from 0 to 65535" : "a whole number in range");
    return (uint32_t)value;
}

static void get_name(const struct source *s, const char *field, struct dns_name *name)
{
    size_t length;

    lua_getfield(s->L, s->index, field);
    const char *text = lua_type(s->L, -1) == LUA_TSTRING ? lua_tolstring(s->L, -1, &length) : NULL;

    if (!text || dns_name_from_text(name, text, length) != DNS_FINE)
        bad_field(s, field, "a domain name");
    lua_pop(s->L, 1);
}

/* Leaves the string on the stack so that the pointer stays good. [-0, +1, e] */
static const uint8_t *get_bytes(const struct source *s, const char *field, size_t *size)
{
    lua_getfield(s->L, s->index, field);
    if (lua_type(s->L, -1) != LUA_TSTRING)
        bad_field(s, field, "a string");
    return (const uint8_t *)lua_tolstring(s->L, -1, size);
}

static void get_address(const struct source *s, int family, struct dns_rdata *out)
{
    size_t size;
    const char *text = (const char *)get_bytes(s, "address", &size);

    if (strlen(text) != size || inet_pton(family, text, out->address) != 1)
        bad_field(s, "address", family == AF_INET ? "an IPv4 address" : "an IPv6 address");
    lua_pop(s->L, 1);
}

/* strings = {...}, or text = "..." which is cut into strings of 255. [-0, +1, e] */
static void get_strings(const struct source *s, struct dns_rdata *out)
{
    lua_State *L = s->L;
    luaL_Buffer b;

    lua_getfield(L, s->index, "strings");
    if (lua_isnil(L, -1)) {
        size_t size;
        const char *text = (const char *)get_bytes(s, "text", &size);

        luaL_buffinit(L, &b);
        do {
            size_t n = size > 255 ? 255 : size;

            luaL_addchar(&b, (char)n);
            luaL_addlstring(&b, text, n);
            text += n;
            size -= n;
        } while (size > 0);
    } else {
        int list = lua_gettop(L);

        if (!lua_istable(L, list) || lua_rawlen(L, list) == 0)
            bad_field(s, "strings", "a list of strings");
        lua_Integer count = (lua_Integer)lua_rawlen(L, list);

        luaL_buffinit(L, &b);
        for (lua_Integer i = 1; i <= count; i++) {
            size_t size;

            lua_rawgeti(L, list, i);
            const char *text = lua_tolstring(L, -1, &size);

            if (!text || size > 255)
                bad_field(s, "strings", "a list of strings of at most 255 octets");
            char length = (char)size;

            lua_pushlstring(L, &length, 1);
            lua_insert(L, -2);
            lua_concat(L, 2);
            luaL_addvalue(&b);
        }
    }
    luaL_pushresult(&b);
    out->value = (const uint8_t *)lua_tolstring(L, -1, &out->value_size);
}

static void get_soa(const struct source *s, struct dns_rdata *out)
{
    get_name(s, "primary", &out->name);
    get_name(s, "mailbox", &out->mailbox);
    out->serial = get_integer(s, "serial", UINT32_MAX, 1);
    out->refresh = get_integer(s, "refresh", UINT32_MAX, 3600);
    out->retry = get_integer(s, "retry", UINT32_MAX, 600);
    out->expire = get_integer(s, "expire", UINT32_MAX, 86400);
    out->minimum = get_integer(s, "minimum", UINT32_MAX, 60);
}

static void get_caa(const struct source *s, struct dns_rdata *out)
{
    out->flags = (uint8_t)get_integer(s, "flags", 255, 0);
    out->tag = get_bytes(s, "tag", &out->tag_size);
    out->value = get_bytes(s, "value", &out->value_size);
    if (out->tag_size == 0 || out->tag_size > 255)
        bad_field(s, "tag", "1 to 255 letters and digits");
}

/* Reads the data; strings stay on the stack. */
static void get_data(const struct source *s, enum dns_shape shape, struct dns_rdata *out)
{
    switch (shape) {
    case DNS_SHAPE_ADDRESS4:
        get_address(s, AF_INET, out);
        break;
    case DNS_SHAPE_ADDRESS6:
        get_address(s, AF_INET6, out);
        break;
    case DNS_SHAPE_NAME:
        get_name(s, "target", &out->name);
        break;
    case DNS_SHAPE_SOA:
        get_soa(s, out);
        break;
    case DNS_SHAPE_MX:
        out->priority = (uint16_t)get_integer(s, "preference", 0xffff, 10);
        get_name(s, "exchange", &out->name);
        break;
    case DNS_SHAPE_SRV:
        out->priority = (uint16_t)get_integer(s, "priority", 0xffff, 0);
        out->weight = (uint16_t)get_integer(s, "weight", 0xffff, 0);
        out->port = (uint16_t)get_integer(s, "port", 0xffff, 0);
        get_name(s, "target", &out->name);
        break;
    case DNS_SHAPE_TEXT:
        get_strings(s, out);
        break;
    case DNS_SHAPE_CAA:
        get_caa(s, out);
        break;
    case DNS_SHAPE_RAW:
        out->value = get_bytes(s, "data", &out->value_size);
        break;
    }
}

/* Appends the record table on the top of the stack, and pops it. A field `data` overrides the layout of
 * the type: raw octets, for tests of decoders. */
static void put_record(lua_State *L, struct dns_builder *b, enum dns_section section)
{
    struct source s = {.L = L, .index = lua_gettop(L), .type = "DNS"};
    struct dns_name owner;
    struct dns_rdata data = {0};

    if (!lua_istable(L, s.index))
        error_raise(L, "input", "InvalidRecord", "dns: a record must be a table, not a %s",
                    luaL_typename(L, -1));
    luaL_checkstack(L, 10, "dns record");
    lua_getfield(L, s.index, "type");
    uint16_t type = dns_check_type(L, -1);

    if (lua_type(L, -1) == LUA_TSTRING)
        s.type = lua_tostring(L, -1);
    get_name(&s, "name", &owner);
    uint16_t class = (uint16_t)get_integer(&s, "class", 0xffff, DNS_IN);
    uint32_t ttl = get_integer(&s, "ttl", UINT32_MAX, 60);
    bool raw = lua_getfield(L, s.index, "data") != LUA_TNIL;

    get_data(&s, raw ? DNS_SHAPE_RAW : dns_shape_of(type), &data);
    if (raw)
        dns_build_raw(b, section, &owner, type, class, ttl, data.value, data.value_size);
    else
        dns_build_record(b, section, &owner, type, class, ttl, &data);
    lua_settop(L, s.index - 1);
}

static void put_section(lua_State *L, struct dns_builder *b, const char *field, enum dns_section section)
{
    lua_getfield(L, 1, field);
    lua_Integer n = lua_istable(L, -1) ? (lua_Integer)lua_rawlen(L, -1) : 0;

    for (lua_Integer i = 1; i <= n; i++) {
        lua_rawgeti(L, -1, i);
        put_record(L, b, section);
    }
    lua_pop(L, 1);
}

static bool get_boolean(lua_State *L, int index, const char *field)
{
    lua_getfield(L, index, field);
    bool value = lua_toboolean(L, -1);

    lua_pop(L, 1);
    return value;
}

/* Header bits of the message at 1; *rcode is the whole code. */
static unsigned read_flags(lua_State *L, unsigned *rcode)
{
    unsigned flags = get_boolean(L, 1, "response") ? DNS_QR : 0;
    size_t length;

    lua_getfield(L, 1, "rcode");
    if (lua_isinteger(L, -1)) {
        *rcode = (unsigned)lua_tointeger(L, -1) & 0xfffu;
    } else if (lua_isnil(L, -1)) {
        *rcode = 0;
    } else {
        const char *text = luaL_checklstring(L, -1, &length);
        int code = dns_rcode_from_text(text, length);

        if (code < 0)
            error_raise(L, "input", "InvalidRcode", "dns: '%s' is no response code", text);
        *rcode = (unsigned)code;
    }
    lua_pop(L, 1);
    if (lua_getfield(L, 1, "flags") == LUA_TTABLE) {
        int at = lua_gettop(L);

        flags |= (get_boolean(L, at, "aa") ? DNS_AA : 0u) | (get_boolean(L, at, "tc") ? DNS_TC : 0u) |
                 (get_boolean(L, at, "rd") ? DNS_RD : 0u) | (get_boolean(L, at, "ra") ? DNS_RA : 0u) |
                 (get_boolean(L, at, "ad") ? DNS_AD : 0u) | (get_boolean(L, at, "cd") ? DNS_CD : 0u);
    }
    lua_pop(L, 1);
    return flags | (*rcode & DNS_RCODE);
}

/* edns = true | {udp_size=, dnssec_ok=, extended_error={code=, text=}} */
static void put_edns(lua_State *L, struct dns_builder *b, unsigned rcode)
{
    uint8_t option[256];
    size_t option_size = 0, text_size = 0;
    lua_Integer udp_size = DNS_EDNS_UDP;
    bool dnssec_ok = false;

    lua_getfield(L, 1, "edns");
    if (!lua_toboolean(L, -1)) {
        lua_pop(L, 1);
        return;
    }
    if (lua_istable(L, -1)) {
        dnssec_ok = get_boolean(L, lua_gettop(L), "dnssec_ok");
        lua_getfield(L, -1, "udp_size");
        udp_size = luaL_optinteger(L, -1, DNS_EDNS_UDP);
        lua_getfield(L, -2, "extended_error");
        if (lua_istable(L, -1)) {
            lua_getfield(L, -1, "code");
            lua_getfield(L, -2, "text");
            const char *text = luaL_optlstring(L, -1, "", &text_size);
            unsigned code = (unsigned)luaL_checkinteger(L, -2);

            text_size = text_size > 200 ? 200 : text_size;
            uint8_t head[6] = {0, 15, 0, (uint8_t)(text_size + 2), (uint8_t)(code >> 8), (uint8_t)code};

            memcpy(option, head, 6);
            memcpy(option + 6, text, text_size);
            option_size = 6 + text_size;
        }
    }
    lua_settop(L, 2);
    dns_build_opt(b, (uint16_t)udp_size, rcode, dnssec_ok, option, option_size);
}

/* native.encode(message, limit?) -> bytes, truncated
 * message = {id, response, rcode, flags, name, type, class, answer, authority, additional, edns}; with a
 * name it has a question. Records that do not fit `limit` octets are left out and TC is set. */
int dns_encode(lua_State *L)
{
    struct dns_builder b;
    unsigned rcode;

    luaL_checktype(L, 1, LUA_TTABLE);
    size_t limit = (size_t)luaL_optinteger(L, 2, DNS_MESSAGE_MAX);

    lua_settop(L, 2);
    if (limit < DNS_PLAIN_UDP || limit > DNS_MESSAGE_MAX)
        return error_raise(L, "input", "InvalidLimit", "dns.encode: the limit must be 512 to 65535 octets");
    unsigned flags = read_flags(L, &rcode);

    lua_getfield(L, 1, "id");
    uint16_t id = (uint16_t)luaL_optinteger(L, -1, 0);

    lua_settop(L, 2);
    lua_getfield(L, 1, "edns"); /* its room is kept free */
    size_t reserve = lua_toboolean(L, -1) ? 11u + 206u : 0;

    lua_settop(L, 2);
    uint8_t *data = lua_newuserdatauv(L, limit, 0);

    lua_replace(L, 2); /* anchors it */
    dns_build_start(&b, data,
                    limit - (limit > DNS_PLAIN_UDP ? reserve
                             : reserve             ? 11
                                                   : 0),
                    id, (uint16_t)flags);
    if (lua_getfield(L, 1, "name") != LUA_TNIL) {
        struct source s = {.L = L, .index = 1, .type = "question"};
        struct dns_name name;

        get_name(&s, "name", &name);
        lua_getfield(L, 1, "type");
        dns_build_question(&b, &name, dns_check_type(L, -1),
                           (uint16_t)get_integer(&s, "class", 0xffff, DNS_IN));
    }
    lua_settop(L, 2);
    put_section(L, &b, "answer", DNS_ANSWER);
    put_section(L, &b, "authority", DNS_AUTHORITY);
    put_section(L, &b, "additional", DNS_ADDITIONAL);
    bool truncated = b.status == DNS_TOO_BIG;

    b.status = DNS_FINE;
    b.limit = limit;
    put_edns(L, &b, rcode);
    if (truncated)
        data[2] |= DNS_TC >> 8;
    lua_pushlstring(L, (const char *)data, b.size);
    lua_pushboolean(L, truncated);
    return 2;
}
