/* SPDX-License-Identifier: MIT
 * endpoint.c: literal addresses and non-blocking connects. */
#include "modules/net/endpoint.h"

#include "runtime/error.h"
#include "runtime/runtime.h"
#include "runtime/world.h"

#include <arpa/inet.h>
#include <errno.h>
#include <lauxlib.h>
#include <net/if.h>
#include <netinet/in.h>
#include <string.h>
#include <unistd.h>

bool endpoint_parse(const char *text, uint16_t port, struct endpoint *endpoint)
{
    struct sockaddr_in *v4 = (struct sockaddr_in *)(void *)&endpoint->address;
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)(void *)&endpoint->address;
    char copy[INET6_ADDRSTRLEN + IF_NAMESIZE + 2];
    memset(endpoint, 0, sizeof *endpoint);
    if (inet_pton(AF_INET, text, &v4->sin_addr) == 1) {
        v4->sin_family = AF_INET;
        v4->sin_port = htons(port);
        endpoint->size = sizeof *v4;
        return true;
    }
    if (strlen(text) >= sizeof copy)
        return false;
    strcpy(copy, text);
    char *zone = strchr(copy, '%');
    if (zone)
        *zone++ = '\0';
    if (inet_pton(AF_INET6, copy, &v6->sin6_addr) != 1)
        return false;
    v6->sin6_family = AF_INET6;
    v6->sin6_port = htons(port);
    v6->sin6_scope_id = zone ? if_nametoindex(zone) : 0;
    endpoint->size = sizeof *v6;
    return !zone || v6->sin6_scope_id != 0;
}

void endpoint_push(lua_State *L, const struct endpoint *endpoint)
{
    char text[INET6_ADDRSTRLEN] = "";
    unsigned port = 0;
    if (endpoint->address.ss_family == AF_INET) {
        const struct sockaddr_in *v4 = (const struct sockaddr_in *)(const void *)&endpoint->address;
        inet_ntop(AF_INET, &v4->sin_addr, text, sizeof text);
        port = ntohs(v4->sin_port);
    } else if (endpoint->address.ss_family == AF_INET6) {
        const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)(const void *)&endpoint->address;
        inet_ntop(AF_INET6, &v6->sin6_addr, text, sizeof text);
        port = ntohs(v6->sin6_port);
    }
    lua_createtable(L, 0, 2);
    lua_pushstring(L, text);
    lua_setfield(L, -2, "address");
    lua_pushinteger(L, port);
    lua_setfield(L, -2, "port");
}

void endpoint_check(lua_State *L, const char *function, struct endpoint *endpoint)
{
    const char *text = luaL_checkstring(L, 1);
    lua_Integer port = luaL_checkinteger(L, 2);
    if (runtime_of(L)->world->simulated)
        error_raise(L, "usage", "NoNetwork", "%s: the simulated world has no network", function);
    if (port < 1 || port > 65535)
        error_raise(L, "usage", "InvalidPort", "%s: the port must be from 1 to 65535", function);
    if (!endpoint_parse(text, (uint16_t)port, endpoint))
        error_raise(L, "usage", "InvalidAddress",
                    "%s: '%s' is no literal IPv4 or IPv6 address; resolve names with dns.resolve first",
                    function, text);
}

double endpoint_timeout(lua_State *L, const char *function)
{
    if (lua_isnoneornil(L, 3))
        return 10;
    lua_getfield(L, 3, "timeout");
    double seconds = lua_isnil(L, -1) ? 10 : lua_tonumber(L, -1);
    if (!(seconds > 0 && seconds <= 86400))
        error_raise(L, "usage", "InvalidOption", "%s: timeout must be a number of seconds above 0", function);
    lua_pop(L, 1);
    return seconds;
}

void endpoint_check_options(lua_State *L, const char *function, const char *const *names)
{
    if (lua_isnoneornil(L, 3))
        return;
    luaL_checktype(L, 3, LUA_TTABLE);
    for (lua_pushnil(L); lua_next(L, 3); lua_pop(L, 1)) {
        const char *key = lua_type(L, -2) == LUA_TSTRING ? lua_tostring(L, -2) : "?";
        const char *const *name = names;
        while (*name && strcmp(*name, key) != 0)
            name++;
        if (!*name)
            error_raise(L, "usage", "InvalidOption", "%s: unknown option '%s'", function, key);
    }
}

int endpoint_connect(const struct endpoint *remote, const struct endpoint *source)
{
    int fd = socket(remote->address.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return -errno;
    if (source && bind(fd, (const struct sockaddr *)(const void *)&source->address, source->size) < 0) {
        int number = errno;
        close(fd);
        return -number;
    }
    if (connect(fd, (const struct sockaddr *)(const void *)&remote->address, remote->size) < 0 &&
        errno != EINPROGRESS) {
        int number = errno;
        close(fd);
        return -number;
    }
    return fd;
}

int endpoint_result(int fd)
{
    int number = 0;
    socklen_t size = sizeof number;
    if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &number, &size) < 0)
        return errno;
    return number;
}

const char *endpoint_reason(int number)
{
    switch (number) {
    case ECONNREFUSED:
        return "refused";
    case ETIMEDOUT:
        return "timeout";
    case ENETUNREACH:
    case EHOSTUNREACH:
    case ENETDOWN:
    case EHOSTDOWN:
        return "unreachable";
    case ECONNRESET:
    case EPIPE:
        return "reset";
    case EACCES:
    case EPERM:
        return "denied";
    case EADDRNOTAVAIL:
        return "unavailable";
    default:
        return "failed";
    }
}
