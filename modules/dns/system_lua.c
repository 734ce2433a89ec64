/* SPDX-License-Identifier: MIT
 * system_lua.c: the system's resolver configuration as c-ares reads it (resolv.conf, LOCALDOMAIN,
 * RES_OPTIONS, host.conf): servers, search list, options. The only place where c-ares runs. */
#include "modules/dns/cares.h"
#include "modules/dns/dns_lua.h"
#include "runtime/error.h"

#include <arpa/inet.h>
#include <string.h>

#define LAZY_API_NAME cares_api
LAZY_DEFINE(cares_api, CARES_FUNCTIONS, "libcares.so.2", "libc-ares2")

static void push_servers(lua_State *L, const struct ares_addr_port_node *node)
{
    int n = 0;

    lua_newtable(L);
    for (; node; node = node->next) {
        struct dns_endpoint endpoint = {.size = sizeof endpoint.address.v4};
        char text[DNS_ENDPOINT_TEXT];

        endpoint.address.any.sa_family = (sa_family_t)node->family;
        if (node->family == AF_INET6)
            memcpy(&endpoint.address.v6.sin6_addr, &node->addr.addr6, 16);
        else
            memcpy(&endpoint.address.v4.sin_addr, &node->addr.addr4, 4);
        dns_endpoint_set_port(&endpoint, (uint16_t)(node->udp_port ? node->udp_port : DNS_PORT));
        dns_endpoint_to_text(&endpoint, text);
        lua_pushstring(L, text);
        lua_rawseti(L, -2, ++n);
    }
}

static void push_options(lua_State *L, const struct ares_options *options, int mask)
{
    lua_newtable(L); /* of domains */
    for (int i = 0; i < options->ndomains && (mask & ARES_OPT_DOMAINS); i++) {
        lua_pushstring(L, options->domains[i]);
        lua_rawseti(L, -2, i + 1);
    }
    lua_setfield(L, -2, "search");
    lua_pushinteger(L, options->ndots);
    lua_setfield(L, -2, "ndots");
    lua_pushboolean(L, (mask & ARES_OPT_ROTATE) != 0);
    lua_setfield(L, -2, "rotate");
}

/* What the Lua side may raise in the middle of; freed by its caller. */
struct configuration {
    struct ares_addr_port_node *servers;
    struct ares_options options;
    int mask;
};

static int push_configuration(lua_State *L)
{
    const struct configuration *c = lua_touserdata(L, 1);

    lua_newtable(L);
    push_options(L, &c->options, c->mask);
    push_servers(L, c->servers);
    lua_setfield(L, -2, "servers");
    return 1;
}

/* Fills `c`; returns a c-ares status. */
static int read_configuration(const struct cares_api *ares, struct configuration *c)
{
    ares_channel channel;
    int status = ares->ares_library_init(ARES_LIB_INIT_ALL);

    if (status != ARES_SUCCESS)
        return status;
    status = ares->ares_init(&channel);
    if (status == ARES_SUCCESS) {
        status = ares->ares_get_servers_ports(channel, &c->servers);
        if (status == ARES_SUCCESS)
            status = ares->ares_save_options(channel, &c->options, &c->mask);
        ares->ares_destroy(channel);
    }
    ares->ares_library_cleanup();
    return status;
}

/* native.system() -> {servers={"192.0.2.1:53", ...}, search={...}, ndots=, rotate=} */
int dns_system(lua_State *L)
{
    const char *why;
    const struct cares_api *ares = cares_api_load(&why);
    struct configuration c = {0};

    if (!ares)
        return error_raise(L, "internal", "LibraryMissing", "dns: %s", why);
    int status = read_configuration(ares, &c);

    lua_pushcfunction(L, push_configuration);
    lua_pushlightuserdata(L, &c);
    int failed = status == ARES_SUCCESS ? lua_pcall(L, 1, 1, 0) : 0;

    if (c.servers)
        ares->ares_free_data(c.servers);
    if (status == ARES_SUCCESS)
        ares->ares_destroy_options(&c.options);
    if (status != ARES_SUCCESS)
        return error_raise(L, "dns", "local", "dns: cannot read the system's configuration: %s",
                           ares->ares_strerror(status));
    return failed ? lua_error(L) : 1;
}
