/* SPDX-License-Identifier: MIT
 * server_lua.c: native.server: a server userdata whose receive() waits, and requests that can be answered. */
#include "modules/dns/dns_lua.h"
#include "modules/dns/server.h"
#include "runtime/error.h"
#include "runtime/op.h"
#include "runtime/runtime.h"
#include "runtime/world.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SERVER_TYPE "peerway.dns.server"
#define REQUEST_TYPE "peerway.dns.request"

struct server {
    struct dns_server sockets;
    struct op *receiver; /* waits for a request */
    bool open;
};

struct request {
    struct dns_request *message;
    struct server *server; /* kept alive by user value 1 */
};

struct receive_op {
    struct op op;
    struct server *server;
};

static struct server *check_server(lua_State *L)
{
    return luaL_checkudata(L, 1, SERVER_TYPE);
}

/* ---- receive ---- */

/* Pushes request, data, address, port, protocol. The server is at stack index `server`. */
static int push_request(lua_State *L, struct server *s, int server)
{
    struct request *r;
    char address[DNS_ENDPOINT_TEXT];

    server = lua_absindex(L, server);
    r = lua_newuserdatauv(L, sizeof *r, 1);
    r->message = NULL;
    r->server = s;
    luaL_setmetatable(L, REQUEST_TYPE);
    lua_pushvalue(L, server);
    lua_setiuservalue(L, -2, 1);
    r->message = dns_server_take(&s->sockets);
    lua_pushlstring(L, (const char *)r->message->data, r->message->size);
    unsigned port = dns_endpoint_split(&r->message->from, address);

    lua_pushstring(L, address);
    lua_pushinteger(L, port);
    lua_pushstring(L, r->message->connection ? "tcp" : "udp");
    return 5;
}

static int finish(lua_State *L, struct op *op)
{
    struct server *s = ((struct receive_op *)op)->server;

    s->receiver = NULL;
    if (!s->open || !s->sockets.first)
        return 0;
    return push_request(L, s, 1);
}

static void stop_receiving(struct op *op)
{
    struct server *s = ((struct receive_op *)op)->server;

    if (s && s->receiver == op)
        s->receiver = NULL;
}

static void describe(const struct op *op, char *text, size_t size)
{
    snprintf(text, size, "port %u", dns_server_port(&((const struct receive_op *)op)->server->sockets));
}

static const struct op_class receive_class = {"dns server", finish, stop_receiving, stop_receiving, describe};

static void on_arrival(void *arg)
{
    struct server *s = arg;

    if (s->receiver)
        op_complete(s->receiver);
}

/* server:receive() -> request, data, address, port, protocol; nothing when the server was closed. Waits. */
static int l_receive(lua_State *L)
{
    struct server *s = check_server(L);
    struct receive_op *self;

    lua_settop(L, 1);
    if (!s->open)
        return 0;
    if (s->sockets.first)
        return push_request(L, s, 1);
    if (s->receiver)
        return error_raise(L, "usage", "ServerBusy", "dns server: another task waits for requests already");
    self = op_new(L, sizeof *self, &receive_class);
    self->server = s;
    s->receiver = &self->op;
    return op_await(L, 2);
}

/* ---- requests ---- */

static struct request *check_request(lua_State *L)
{
    return luaL_checkudata(L, 1, REQUEST_TYPE);
}

/* request:reply(bytes, elsewhere?) -> true, or false and the reason */
static int l_reply(lua_State *L)
{
    struct request *r = check_request(L);
    size_t size;
    const char *data = luaL_checklstring(L, 2, &size);
    int error = r->server->open ? dns_server_reply(&r->server->sockets, r->message, (const uint8_t *)data,
                                                   size, lua_toboolean(L, 3))
                                : ENOTCONN;

    lua_pushboolean(L, error == 0);
    if (error == 0)
        return 1;
    lua_pushstring(L, strerror(error));
    return 2;
}

/* request:hang_up(): ends its TCP connection; nothing for a datagram */
static int l_hang_up(lua_State *L)
{
    struct request *r = check_request(L);

    if (r->server->open)
        dns_server_hang_up(&r->server->sockets, r->message);
    return 0;
}

static int request_gc(lua_State *L)
{
    struct request *r = check_request(L);

    free(r->message);
    r->message = NULL;
    return 0;
}

/* ---- servers ---- */

/* server:close(): also ends a waiting receive(). Idempotent. */
static int l_close(lua_State *L)
{
    struct server *s = check_server(L);

    if (!s->open)
        return 0;
    s->open = false;
    dns_server_close(&s->sockets);
    if (s->receiver)
        op_complete(s->receiver);
    return 0;
}

/* server:port() -> integer, 0 when closed */
static int l_port(lua_State *L)
{
    struct server *s = check_server(L);

    lua_pushinteger(L, s->open ? dns_server_port(&s->sockets) : 0);
    return 1;
}

/* server:counts() -> received, dropped */
static int l_counts(lua_State *L)
{
    struct server *s = check_server(L);

    lua_pushinteger(L, (lua_Integer)s->sockets.received);
    lua_pushinteger(L, (lua_Integer)s->sockets.dropped);
    return 2;
}

static void create_types(lua_State *L)
{
    static const luaL_Reg server_methods[] = {
        {"receive", l_receive}, {"close", l_close},   {"port", l_port}, {"counts", l_counts},
        {"__gc", l_close},      {"__close", l_close}, {NULL, NULL},
    };
    static const luaL_Reg request_methods[] = {
        {"reply", l_reply},
        {"hang_up", l_hang_up},
        {"__gc", request_gc},
        {NULL, NULL},
    };

    if (luaL_newmetatable(L, SERVER_TYPE)) {
        luaL_setfuncs(L, server_methods, 0);
        lua_pushvalue(L, -1);
        lua_setfield(L, -2, "__index");
    }
    if (luaL_newmetatable(L, REQUEST_TYPE)) {
        luaL_setfuncs(L, request_methods, 0);
        lua_pushvalue(L, -1);
        lua_setfield(L, -2, "__index");
    }
    lua_pop(L, 2);
}

static int get_descriptor(lua_State *L, const char *field)
{
    int fd = -1;

    if (lua_getfield(L, 1, field) != LUA_TNIL)
        fd = (int)luaL_checkinteger(L, -1);
    lua_pop(L, 1);
    return fd;
}

static int open_sockets(lua_State *L, struct server *s)
{
    struct dns_endpoint address;
    int udp_fd = get_descriptor(L, "fd"), tcp_fd = get_descriptor(L, "tcp_fd"),
        port = get_descriptor(L, "port");

    if (udp_fd >= 0 || tcp_fd >= 0)
        return dns_server_adopt(&s->sockets, udp_fd, tcp_fd);
    if (lua_getfield(L, 1, "address") == LUA_TNIL)
        lua_pushliteral(L, "127.0.0.1");
    dns_check_endpoint(L, -1, &address, 0);
    if (port > 65535)
        error_raise(L, "input", "InvalidPort", "dns.serve: port %d is not from 0 to 65535", port);
    if (port >= 0)
        dns_endpoint_set_port(&address, (uint16_t)port);
    bool tcp = lua_getfield(L, 1, "tcp") != LUA_TBOOLEAN || lua_toboolean(L, -1);

    return dns_server_listen(&s->sockets, &address, tcp);
}

/* native.server{address="127.0.0.1", port=0, tcp=true} or {fd=, tcp_fd=} -> server */
int dns_server_open(lua_State *L)
{
    luaL_checktype(L, 1, LUA_TTABLE);
    if (runtime_of(L)->world->simulated)
        return error_raise(L, "dns", "blocked",
                           "dns.serve: the simulated world has no sockets; use dns.mount");
    create_types(L);
    struct server *s = lua_newuserdatauv(L, sizeof *s, 0);

    memset(s, 0, sizeof *s);
    s->sockets.loop = runtime_of(L)->loop;
    s->sockets.udp_fd = s->sockets.tcp_fd = -1;
    s->sockets.end = &s->sockets.first;
    s->sockets.arrived = on_arrival;
    s->sockets.arg = s;
    luaL_setmetatable(L, SERVER_TYPE);
    int at = lua_gettop(L), error = open_sockets(L, s);

    if (error) {
        dns_server_close(&s->sockets);
        error_push(L, "network", "CannotListen", "dns.serve: cannot open the sockets: %s", strerror(error));
        error_set(L, "hint", "choose another address or port; ports below 1024 need privileges");
        return lua_error(L);
    }
    s->open = true;
    lua_pushvalue(L, at);
    return 1;
}
