/* SPDX-License-Identifier: MIT
 * addresses_lua.c: net.addresses: the addresses of this machine's interfaces. */
#include "modules/net/endpoint.h"

#include "runtime/error.h"
#include "runtime/runtime.h"
#include "runtime/world.h"

#include <arpa/inet.h>
#include <errno.h>
#include <ifaddrs.h>
#include <lauxlib.h>
#include <net/if.h>
#include <netinet/in.h>
#include <string.h>

struct address_list {
    struct ifaddrs *first;
};

static int list_free(lua_State *L)
{
    struct address_list *list = lua_touserdata(L, 1);
    if (list->first)
        freeifaddrs(list->first);
    list->first = NULL;
    return 0;
}

static int prefix_length(const struct sockaddr *mask, int family)
{
    const unsigned char *bytes =
        family == AF_INET ? (const void *)&((const struct sockaddr_in *)(const void *)mask)->sin_addr
                          : (const void *)&((const struct sockaddr_in6 *)(const void *)mask)->sin6_addr;
    int length = 0;
    for (int i = 0; i < (family == AF_INET ? 4 : 16); i++)
        length += __builtin_popcount(bytes[i]);
    return length;
}

static void push_address(lua_State *L, const struct ifaddrs *one)
{
    char text[INET6_ADDRSTRLEN];
    int family = one->ifa_addr->sa_family;
    const void *bytes =
        family == AF_INET
            ? (const void *)&((const struct sockaddr_in *)(const void *)one->ifa_addr)->sin_addr
            : (const void *)&((const struct sockaddr_in6 *)(const void *)one->ifa_addr)->sin6_addr;
    lua_createtable(L, 0, 6);
    lua_pushstring(L, one->ifa_name);
    lua_setfield(L, -2, "interface");
    lua_pushstring(L, inet_ntop(family, bytes, text, sizeof text));
    lua_setfield(L, -2, "address");
    lua_pushinteger(L, family == AF_INET ? 4 : 6);
    lua_setfield(L, -2, "family");
    if (one->ifa_netmask) {
        lua_pushinteger(L, prefix_length(one->ifa_netmask, family));
        lua_setfield(L, -2, "prefix_length");
    }
    lua_pushboolean(L, (one->ifa_flags & IFF_LOOPBACK) != 0);
    lua_setfield(L, -2, "loopback");
    lua_pushboolean(L, (one->ifa_flags & IFF_UP) != 0);
    lua_setfield(L, -2, "up");
}

/* addresses() -> {{interface=, address=, family=, prefix_length=, loopback=, up=}, ...} */
int net_l_addresses(lua_State *L)
{
    if (runtime_of(L)->world->simulated)
        return error_raise(L, "usage", "NoNetwork", "net.addresses: the simulated world has no network");
    struct address_list *list = lua_newuserdatauv(L, sizeof *list, 0);
    list->first = NULL;
    if (luaL_newmetatable(L, "peerway.net.addresses")) {
        lua_pushcfunction(L, list_free);
        lua_setfield(L, -2, "__gc");
        lua_pushcfunction(L, list_free);
        lua_setfield(L, -2, "__close");
    }
    lua_setmetatable(L, -2);
    lua_toclose(L, lua_gettop(L));
    if (getifaddrs(&list->first) < 0)
        return error_raise(L, "internal", "NetlinkFailed", "net.addresses: %s", strerror(errno));
    lua_newtable(L);
    for (const struct ifaddrs *one = list->first; one; one = one->ifa_next) {
        if (!one->ifa_addr || (one->ifa_addr->sa_family != AF_INET && one->ifa_addr->sa_family != AF_INET6))
            continue;
        push_address(L, one);
        lua_rawseti(L, -2, (lua_Integer)lua_rawlen(L, -2) + 1);
    }
    return 1;
}
