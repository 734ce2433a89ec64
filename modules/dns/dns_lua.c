/* SPDX-License-Identifier: MIT
 * dns_lua.c: the native half of module `dns`, `dns.native`, and the engine's place in the runtime. */
#include "modules/dns/dns_lua.h"
#include "runtime/error.h"
#include "runtime/runtime.h"
#include "runtime/world.h"

#include <unistd.h>

static const char resolver_key; /* its address is the key in the registry */

static void free_resolver(void *arg)
{
    dns_resolver_free(arg);
}

struct dns_resolver *dns_resolver_of(lua_State *L)
{
    struct runtime *rt = runtime_of(L);
    struct dns_resolver *resolver;

    lua_rawgetp(L, LUA_REGISTRYINDEX, &resolver_key);
    resolver = lua_touserdata(L, -1);
    lua_pop(L, 1);
    if (resolver)
        return resolver;
    resolver = dns_resolver_new(rt->loop, &rt->world);
    if (!resolver) {
        luaL_error(L, "not enough memory");
        return NULL;
    }
    runtime_at_exit(L, free_resolver, resolver);
    lua_pushlightuserdata(L, resolver);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &resolver_key);
    return resolver;
}

/* native.name(text) -> canonical text (lower case, no final dot), or nil and the reason */
static int l_name(lua_State *L)
{
    size_t length;
    const char *text = luaL_checklstring(L, 1, &length);
    struct dns_name name;
    enum dns_status status = dns_name_from_text(&name, text, length);

    if (status != DNS_FINE) {
        lua_pushnil(L);
        lua_pushstring(L, dns_status_text(status));
        return 2;
    }
    for (unsigned i = 0; i < name.length; i++) /* length octets are below 'A' */
        if (name.octets[i] >= 'A' && name.octets[i] <= 'Z')
            name.octets[i] = (uint8_t)(name.octets[i] + 32);
    dns_push_name(L, &name);
    return 1;
}

/* native.reverse(address) -> its name below in-addr.arpa or ip6.arpa, or nil when it is no address */
static int l_reverse(lua_State *L)
{
    size_t length;
    const char *text = luaL_checklstring(L, 1, &length);
    struct dns_endpoint endpoint;
    struct dns_name name;

    if (!dns_endpoint_from_text(&endpoint, text, length, 1) || dns_endpoint_port(&endpoint) != 1 ||
        text[0] == '[')
        return 0;
    if (endpoint.address.any.sa_family == AF_INET6)
        dns_name_of_address(&name, endpoint.address.v6.sin6_addr.s6_addr, 16);
    else
        dns_name_of_address(&name, (const uint8_t *)&endpoint.address.v4.sin_addr, 4);
    dns_push_name(L, &name);
    return 1;
}

/* native.server_text(text) -> "address:port" in normal form; raises for what is none */
static int l_server_text(lua_State *L)
{
    struct dns_endpoint endpoint;
    char text[DNS_ENDPOINT_TEXT];

    dns_check_endpoint(L, 1, &endpoint, DNS_PORT);
    dns_endpoint_to_text(&endpoint, text);
    lua_pushstring(L, text);
    return 1;
}

/* native.type_text(name or number or nil) -> "A"; raises for what is none */
static int l_type_text(lua_State *L)
{
    char buffer[16];

    lua_pushstring(L, dns_type_text(dns_check_type(L, 1), buffer));
    return 1;
}

/* native.simulated() -> whether no socket may be opened */
static int l_simulated(lua_State *L)
{
    lua_pushboolean(L, runtime_of(L)->world->simulated);
    return 1;
}

/* native.close_descriptor(fd): for descriptors that another module gave us to own */
static int l_close_descriptor(lua_State *L)
{
    lua_Integer fd = luaL_checkinteger(L, 1);

    if (fd > 2)
        close((int)fd);
    return 0;
}

int luaopen_dns_native(lua_State *L);
int luaopen_dns_native(lua_State *L)
{
    static const luaL_Reg functions[] = {
        {"batch", dns_batch_open},
        {"judge", dns_judge},
        {"decode", dns_decode},
        {"encode", dns_encode},
        {"server", dns_server_open},
        {"system", dns_system},
        {"name", l_name},
        {"reverse", l_reverse},
        {"server_text", l_server_text},
        {"type_text", l_type_text},
        {"simulated", l_simulated},
        {"close_descriptor", l_close_descriptor},
        {NULL, NULL},
    };

    luaL_newlib(L, functions);
    luaL_newmetatable(L, "peerway.dns.answer");
    lua_setfield(L, -2, "answer_metatable");
    return 1;
}
