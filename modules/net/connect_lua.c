/* SPDX-License-Identifier: MIT
 * connect_lua.c: net.connect: does a TCP port accept, and how fast. */
#include "modules/net/endpoint.h"

#include "runtime/error.h"
#include "runtime/loop.h"
#include "runtime/op.h"
#include "runtime/runtime.h"
#include "runtime/world.h"

#include <errno.h>
#include <lauxlib.h>
#include <string.h>
#include <unistd.h>

struct connect_op {
    struct op op;
    int fd;
    int result; /* errno */
    double started, seconds;
    struct loop_watch *watch;
    struct loop_timer *timer;
};

static double now(const struct op *op)
{
    return op->rt->world->monotonic(op->rt->world);
}

static void connect_done(struct connect_op *connect, int result)
{
    connect->result = result;
    connect->seconds = now(&connect->op) - connect->started;
    op_complete(&connect->op);
}

static void connect_ready(void *arg, int fd, short revents)
{
    struct connect_op *connect = arg;
    loop_unwatch(connect->watch);
    connect->watch = NULL;
    connect_done(connect, endpoint_result(fd));
}

static void connect_late(void *arg)
{
    struct connect_op *connect = arg;
    connect->timer = NULL;
    connect_done(connect, ETIMEDOUT);
}

static void connect_release(struct op *op)
{
    struct connect_op *connect = (struct connect_op *)op;
    if (connect->watch)
        loop_unwatch(connect->watch);
    if (connect->timer)
        loop_timer_cancel(connect->timer);
    if (connect->fd >= 0)
        close(connect->fd);
    connect->watch = NULL;
    connect->timer = NULL;
    connect->fd = -1;
}

static int connect_finish(lua_State *L, struct op *op)
{
    struct connect_op *connect = (struct connect_op *)op;
    if (connect->result != 0) {
        lua_pushboolean(L, 0);
        lua_pushstring(L, endpoint_reason(connect->result));
        lua_pushstring(L, strerror(connect->result));
        return 3;
    }
    struct endpoint local = {.size = sizeof local.address};
    lua_pushnumber(L, connect->seconds);
    getsockname(connect->fd, (struct sockaddr *)(void *)&local.address, &local.size);
    endpoint_push(L, &local);
    return 2;
}

static const struct op_class connect_class = {
    .name = "connect", .finish = connect_finish, .cancel = connect_release, .release = connect_release};

/* connect(address, port, {timeout=, source=}?) -> seconds, local | false, reason, text */
int net_l_connect(lua_State *L)
{
    static const char *const names[] = {"timeout", "source", NULL};
    struct endpoint remote, source;
    bool bound = false;
    endpoint_check(L, "net.connect", &remote);
    endpoint_check_options(L, "net.connect", names);
    double timeout = endpoint_timeout(L, "net.connect");
    if (!lua_isnoneornil(L, 3) && lua_getfield(L, 3, "source") != LUA_TNIL) {
        bound = true;
        if (!lua_isstring(L, -1) || !endpoint_parse(lua_tostring(L, -1), 0, &source))
            return error_raise(L, "usage", "InvalidAddress", "net.connect: source must be a literal address");
    }
    struct connect_op *connect = op_new(L, sizeof *connect, &connect_class);
    connect->started = now(&connect->op);
    connect->fd = endpoint_connect(&remote, bound ? &source : NULL);
    if (connect->fd < 0) {
        connect_done(connect, -connect->fd);
        return op_await(L, lua_gettop(L));
    }
    connect->watch = loop_watch_fd(connect->op.rt->loop, connect->fd, POLLOUT, connect_ready, connect);
    connect->timer = loop_timer_start(connect->op.rt->loop, timeout, connect_late, connect);
    if (!connect->watch || !connect->timer)
        return error_raise(L, "internal", "OutOfMemory", "net.connect: out of memory");
    return op_await(L, lua_gettop(L));
}
