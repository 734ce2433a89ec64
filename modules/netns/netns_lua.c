/* SPDX-License-Identifier: MIT
 * netns_lua.c: Lua binding of netns.h (netns.native); init.lua builds run, ip and nft on it. A
 * namespace is a userdata; __gc, __close and close() are the same release. */
#include "modules/netns/netns.h"

#include "runtime/error.h"
#include "runtime/runtime.h"
#include "runtime/world.h"

#include <errno.h>
#include <lauxlib.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define NAMESPACE "netns.Namespace"

static struct netns *check_open(lua_State *L)
{
    struct netns *ns = luaL_checkudata(L, 1, NAMESPACE);
    if (ns->net_fd < 0)
        error_raise(L, "usage", "NamespaceClosed", "this network namespace is closed");
    return ns;
}

static int raise_problem(lua_State *L, const struct netns_problem *problem, const char *kind)
{
    const char *code = problem->error ? "NamespaceFailed" : "InvalidParameter";
    return error_raise(L, kind, code, "network namespace: %s", problem->text);
}

/* available() -> "root" | "userns" | nil, reason. [-0, +1|2, m] */
static int l_available(lua_State *L)
{
    static const char *const names[] = {"root", "userns"};
    struct netns_problem problem;
    enum netns_mode mode = netns_available(&problem);
    if (mode != NETNS_NONE) {
        lua_pushstring(L, names[mode]);
        return 1;
    }
    lua_pushnil(L);
    lua_pushstring(L, problem.text);
    return 2;
}

/* is_simulated() -> boolean: in a simulated world no packet may be sent. [-0, +1, -] */
static int l_is_simulated(lua_State *L)
{
    lua_pushboolean(L, runtime_of(L)->world->simulated);
    return 1;
}

/* enter_user_namespace(); raises kind="permission". [-0, +0, e] */
static int l_enter_user_namespace(lua_State *L)
{
    struct netns_problem problem;
    if (netns_enter_user_namespace(&problem) != 0)
        return error_raise(L, "permission", "NoNamespaces", "network namespace: %s", problem.text);
    return 0;
}

/* Copies the table {path = content} at index 2 into ns->files; contents stay anchored by the table. */
static void read_files(lua_State *L, struct netns *ns)
{
    size_t count = 0;
    for (lua_pushnil(L); lua_next(L, 2) != 0; lua_pop(L, 1))
        count++;
    if (count == 0)
        return;
    ns->files = calloc(count, sizeof *ns->files);
    if (ns->files == NULL)
        luaL_error(L, "not enough memory");
    for (lua_pushnil(L); lua_next(L, 2) != 0; lua_pop(L, 1)) {
        struct netns_file *file = &ns->files[ns->file_count];
        luaL_argexpected(L, lua_type(L, -2) == LUA_TSTRING && lua_type(L, -1) == LUA_TSTRING, 2,
                         "table of path = content");
        file->fd = -1; /* NOLINT(clang-analyzer-core.NullDereference): luaL_error above raises */
        file->path = strdup(lua_tostring(L, -2));
        if (file->path == NULL)
            luaL_error(L, "not enough memory");
        ns->file_count++;
        file->data = lua_tolstring(L, -1, &file->size);
    }
}

/* create(name, files) -> namespace. [-2, +1, e] */
static int l_create(lua_State *L)
{
    struct netns_problem problem;
    const char *name = luaL_checkstring(L, 1);
    luaL_checktype(L, 2, LUA_TTABLE);
    luaL_argcheck(L, strlen(name) > 0 && strlen(name) <= 64, 1, "a host name has 1 to 64 characters");
    struct netns *ns = lua_newuserdatauv(L, sizeof *ns, 0);
    *ns = (struct netns){.net_fd = -1, .mount_fd = -1, .uts_fd = -1};
    luaL_setmetatable(L, NAMESPACE);
    read_files(L, ns);
    if (netns_create(ns, name, &problem) == 0)
        return 1;
    return raise_problem(L, &problem, problem.error == ENOENT ? "input" : "permission");
}

static int make_socket(lua_State *L, int type)
{
    struct netns_problem problem;
    const struct netns *ns = check_open(L);
    const char *address = luaL_checkstring(L, 2);
    lua_Integer port = luaL_checkinteger(L, 3);
    luaL_argcheck(L, port >= 0 && port <= 65535, 3, "a port is 0..65535");
    int fd = netns_socket(ns, type, address, (uint16_t)port, &problem);
    if (fd < 0)
        return raise_problem(L, &problem, "network");
    lua_pushinteger(L, fd);
    return 1;
}

/* ns:listen_tcp(address, port) -> fd. [-3, +1, e] */
static int l_listen_tcp(lua_State *L)
{
    return make_socket(L, SOCK_STREAM);
}

/* ns:bind_udp(address, port) -> fd. [-3, +1, e] */
static int l_bind_udp(lua_State *L)
{
    return make_socket(L, SOCK_DGRAM);
}

/* ns:sysctl{[name] = value}. [-2, +0, e] */
static int l_sysctl(lua_State *L)
{
    struct netns_problem problem;
    const struct netns *ns = check_open(L);
    luaL_checktype(L, 2, LUA_TTABLE);
    for (lua_pushnil(L); lua_next(L, 2) != 0; lua_pop(L, 1)) {
        luaL_argexpected(L, lua_type(L, -2) == LUA_TSTRING && lua_type(L, -1) == LUA_TSTRING, 2,
                         "table of name = text");
        if (netns_sysctl(ns, lua_tostring(L, -2), lua_tostring(L, -1), &problem) != 0)
            return raise_problem(L, &problem, "permission");
    }
    return 0;
}

/* ns:running{name, ...} -> boolean: may packets be sent on all these links? [-2, +1, e] */
static int l_running(lua_State *L)
{
    struct netns_problem problem;
    const struct netns *ns = check_open(L);
    luaL_checktype(L, 2, LUA_TTABLE);
    size_t count = lua_rawlen(L, 2);
    luaL_argcheck(L, count <= INT_MAX / 2, 2, "too many links");
    luaL_checkstack(L, (int)count + 2, "links");
    const char **names = lua_newuserdatauv(L, (count + 1) * sizeof *names, 0);
    for (size_t i = 0; i < count; i++) {
        lua_rawgeti(L, 2, (lua_Integer)i + 1);
        names[i] = luaL_checkstring(L, -1);
    }
    int running = netns_links_running(ns, names, count, &problem);
    if (running < 0)
        return raise_problem(L, &problem, "input");
    lua_pushboolean(L, running);
    return 1;
}

/* ns:write(path, content). [-3, +0, e] */
static int l_write(lua_State *L)
{
    struct netns_problem problem;
    size_t size;
    const struct netns *ns = check_open(L);
    const char *path = luaL_checkstring(L, 2);
    const char *content = luaL_checklstring(L, 3, &size);
    if (netns_write(ns, path, content, size, &problem) != 0)
        return raise_problem(L, &problem, "input");
    return 0;
}

/* ns:fds() -> {net, uts, mount}, in the order in which a child must enter them. [-1, +1, e] */
static int l_fds(lua_State *L)
{
    const struct netns *ns = check_open(L);
    const int fds[] = {ns->net_fd, ns->uts_fd, ns->mount_fd};
    lua_createtable(L, 3, 0);
    for (int i = 0; i < 3; i++) {
        lua_pushinteger(L, fds[i]);
        lua_rawseti(L, -2, i + 1);
    }
    return 1;
}

/* ns:path() -> "/proc/self/fd/N". [-1, +1, e] */
static int l_path(lua_State *L)
{
    const struct netns *ns = check_open(L);
    lua_pushfstring(L, "/proc/self/fd/%d", ns->net_fd);
    return 1;
}

/* ns:close(). [-1, +0, -] */
static int l_close(lua_State *L)
{
    netns_close(luaL_checkudata(L, 1, NAMESPACE));
    return 0;
}

/* close_descriptor(fd): closes a socket that listen_tcp or bind_udp gave and nobody took over. */
static int l_close_descriptor(lua_State *L)
{
    int fd = (int)luaL_checkinteger(L, 1);
    luaL_argcheck(L, fd > 2, 1, "not a descriptor of a socket");
    close(fd);
    return 0;
}

int luaopen_netns_native(lua_State *L);

int luaopen_netns_native(lua_State *L)
{
    static const luaL_Reg methods[] = {{"listen_tcp", l_listen_tcp},
                                       {"bind_udp", l_bind_udp},
                                       {"sysctl", l_sysctl},
                                       {"write", l_write},
                                       {"running", l_running},
                                       {"fds", l_fds},
                                       {"path", l_path},
                                       {"close", l_close},
                                       {"__gc", l_close},
                                       {"__close", l_close},
                                       {NULL, NULL}};
    static const luaL_Reg functions[] = {{"available", l_available},
                                         {"is_simulated", l_is_simulated},
                                         {"enter_user_namespace", l_enter_user_namespace},
                                         {"create", l_create},
                                         {"close_descriptor", l_close_descriptor},
                                         {NULL, NULL}};
    luaL_newmetatable(L, NAMESPACE);
    luaL_setfuncs(L, methods, 0);
    lua_pushvalue(L, -1);
    lua_setfield(L, -2, "__index");
    lua_pop(L, 1);
    luaL_newlib(L, functions);
    return 1;
}
