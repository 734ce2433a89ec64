/* SPDX-License-Identifier: MIT
 * serve_lua.c: http.serve: its options, its socket, and servers as userdata. */
#include "modules/http/binding.h"
#include "modules/http/server.h"

#include "runtime/error.h"
#include "runtime/runtime.h"
#include "runtime/world.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <lauxlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define SERVER_METATABLE "peerway.http.server"

enum { BACKLOG = 511, DEFAULT_CONNECTIONS = 1024, DEFAULT_IDLE_SECONDS = 60 };

static lua_Integer integer_option(lua_State *L, const char *name, lua_Integer fallback, lua_Integer low,
                                  lua_Integer high)
{
    lua_getfield(L, 1, name);
    lua_Integer value = lua_isnil(L, -1) ? fallback : lua_tointeger(L, -1);
    if (!lua_isnil(L, -1) && (!lua_isinteger(L, -1) || value < low || value > high))
        error_raise(L, "usage", "InvalidOption", "http.serve: %s must be an integer from %I to %I", name,
                    (LUAI_UACINT)low, (LUAI_UACINT)high);
    lua_pop(L, 1);
    return value;
}

/* The string stays alive in the options table at index `table`. */
static const char *text_option(lua_State *L, int table, const char *name, const char *fallback)
{
    if (lua_getfield(L, table, name) != LUA_TNIL && lua_type(L, -1) != LUA_TSTRING)
        error_raise(L, "usage", "InvalidOption", "http.serve: %s must be a string", name);
    const char *text = lua_isnil(L, -1) ? fallback : lua_tostring(L, -1);
    lua_pop(L, 1);
    return text;
}

static int raise_errno(lua_State *L, const char *what)
{
    return error_raise(L, "network", "ListenFailed", "http.serve: %s: %s", what, strerror(errno));
}

static int listen_on(lua_State *L, const char *text, uint16_t port)
{
    struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons(port)};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
    bool is_v4 = inet_pton(AF_INET, text, &v4.sin_addr) == 1;
    if (!is_v4 && inet_pton(AF_INET6, text, &v6.sin6_addr) != 1)
        return error_raise(L, "usage", "InvalidOption", "http.serve: '%s' is no literal address", text);
    int fd = socket(is_v4 ? AF_INET : AF_INET6, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return raise_errno(L, "no socket");
    int on = 1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    const struct sockaddr *address =
        is_v4 ? (const struct sockaddr *)(const void *)&v4 : (const struct sockaddr *)(const void *)&v6;
    if (bind(fd, address, is_v4 ? sizeof v4 : sizeof v6) < 0 || listen(fd, BACKLOG) < 0) {
        int number = errno;
        close(fd);
        errno = number;
        return raise_errno(L, lua_pushfstring(L, "cannot listen on %s port %d", text, (int)port));
    }
    return fd;
}

/* A listening socket made elsewhere, e.g. in another network namespace; it stays the caller's. */
static int listen_on_copy(lua_State *L, int fd)
{
    int copy = fcntl(fd, F_DUPFD_CLOEXEC, 3);
    if (copy < 0)
        return raise_errno(L, "fd is no open descriptor");
    int flags = fcntl(copy, F_GETFL);
    if (flags < 0 || fcntl(copy, F_SETFL, flags | O_NONBLOCK) < 0) {
        close(copy);
        return raise_errno(L, "fd cannot be made non-blocking");
    }
    return copy;
}

static unsigned port_of(int fd)
{
    struct sockaddr_storage address = {0};
    socklen_t size = sizeof address;
    if (getsockname(fd, (struct sockaddr *)(void *)&address, &size) < 0)
        return 0;
    if (address.ss_family == AF_INET)
        return ntohs(((const struct sockaddr_in *)(const void *)&address)->sin_port);
    return address.ss_family == AF_INET6
               ? ntohs(((const struct sockaddr_in6 *)(const void *)&address)->sin6_port)
               : 0;
}

static void read_tls(lua_State *L, struct server_options *options)
{
    if (lua_getfield(L, 1, "tls") == LUA_TTABLE) {
        options->certificate = text_option(L, lua_gettop(L), "certificate", NULL);
        options->key = text_option(L, lua_gettop(L), "key", NULL);
        if (!options->certificate || !options->key)
            error_raise(L, "usage", "InvalidOption", "http.serve: tls needs certificate and key, both PEM");
    }
    lua_pop(L, 1); /* the table stays alive in the options */
}

static void check_names(lua_State *L)
{
    static const char *const names[] = {"address",         "port",         "fd", "tls", "handler", "max_body",
                                        "max_connections", "idle_timeout", NULL};
    for (lua_pushnil(L); lua_next(L, 1); lua_pop(L, 1)) {
        const char *key = lua_type(L, -2) == LUA_TSTRING ? lua_tostring(L, -2) : "?";
        int i = 0;
        while (names[i] && strcmp(names[i], key) != 0)
            i++;
        if (!names[i])
            error_raise(L, "usage", "InvalidOption", "http.serve: unknown option '%s'", key);
    }
}

/* serve(options, run) -> userdata */
int http_l_serve(lua_State *L)
{
    luaL_checktype(L, 1, LUA_TTABLE);
    luaL_checktype(L, 2, LUA_TFUNCTION);
    check_names(L);
    struct http_state *state = http_state(runtime_of(L));
    if (state->rt->world->simulated)
        return error_raise(L, "usage", "NoNetwork",
                           "http.serve: the simulated world has no sockets; use http.mount there");
    struct server_options options = {
        .max_body = (size_t)integer_option(L, "max_body", (lua_Integer)HTTP_DEFAULT_MAX_BODY, 0, 1 << 30),
        .max_connections = (unsigned)integer_option(L, "max_connections", DEFAULT_CONNECTIONS, 1, 65536),
        .idle_seconds = (unsigned)integer_option(L, "idle_timeout", DEFAULT_IDLE_SECONDS, 1, 86400)};
    read_tls(L, &options);
    const char *address = text_option(L, 1, "address", "127.0.0.1");
    lua_Integer port = integer_option(L, "port", 0, 0, 65535);
    lua_Integer fd = integer_option(L, "fd", -1, 0, 1 << 20);
    struct server *server = lua_newuserdatauv(L, sizeof *server, 0);
    memset(server, 0, sizeof *server);
    luaL_setmetatable(L, SERVER_METATABLE);
    server->state = state;
    server->door = door_new(L, state);
    /* Listed before anything can fail: whoever is collected after state_free must have been closed by it. */
    server->next = state->servers;
    state->servers = server;
    lua_pushvalue(L, 2);
    server->door->run = luaL_ref(L, LUA_REGISTRYINDEX);
    options.listen_fd = fd >= 0 ? listen_on_copy(L, (int)fd) : listen_on(L, address, (uint16_t)port);
    server->port = port_of(options.listen_fd);
    const char *why = server_start(server, &options);
    if (why)
        return error_raise(L, "internal", "ServerFailed", "http.serve: %s", why);
    lua_pushvalue(L, -1);
    lua_rawsetp(L, LUA_REGISTRYINDEX, server); /* serves until it is closed, kept by the caller or not */
    return 1;
}

static void close_server(lua_State *L, struct server *server)
{
    if (!server->door)
        return;
    server_stop(server);
    door_close(L, &server->door);
    for (struct server **link = &server->state->servers; *link; link = &(*link)->next)
        if (*link == server) {
            *link = server->next;
            break;
        }
    lua_pushnil(L);
    lua_rawsetp(L, LUA_REGISTRYINDEX, server);
}

void server_close_all(struct http_state *state)
{
    while (state->servers)
        close_server(state->rt->L, state->servers);
}

static int server_close(lua_State *L)
{
    close_server(L, luaL_checkudata(L, 1, SERVER_METATABLE));
    return 0;
}

static int server_port(lua_State *L)
{
    const struct server *server = luaL_checkudata(L, 1, SERVER_METATABLE);
    lua_pushinteger(L, server->port);
    return 1;
}

void http_server_metatable(lua_State *L)
{
    static const luaL_Reg methods[] = {{"port", server_port},
                                       {"close", server_close},
                                       {"__gc", server_close},
                                       {"__close", server_close},
                                       {NULL, NULL}};
    luaL_newmetatable(L, SERVER_METATABLE);
    luaL_setfuncs(L, methods, 0);
    lua_pushvalue(L, -1);
    lua_setfield(L, -2, "__index");
    lua_pop(L, 1);
}
