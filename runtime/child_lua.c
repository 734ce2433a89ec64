/* SPDX-License-Identifier: MIT
 * child_lua.c: the native half of module `process` (runtime/lua/process.lua is what scripts use). */
#include "runtime/child.h"
#include "runtime/env.h"
#include "runtime/error.h"
#include "runtime/runtime.h"
#include "runtime/world.h"

#include <lauxlib.h>
#include <stdlib.h>
#include <string.h>

#define CHILD_METATABLE "peerway.child"
#define MAX_DESCRIPTORS 256
#define DEFAULT_MAX_OUTPUT (1 << 20)

extern char **environ;

static struct child *check_child(lua_State *L)
{
    return luaL_checkudata(L, 1, CHILD_METATABLE);
}

/* The strings of the list at `index` as a NULL-terminated vector (a userdata, pushed). */
static char **push_vector(lua_State *L, int index)
{
    lua_Integer count = luaL_len(L, index);
    char **vector = lua_newuserdatauv(L, ((size_t)count + 1) * sizeof *vector, 0);
    for (lua_Integer i = 1; i <= count; i++) {
        lua_geti(L, index, i);
        if (lua_type(L, -1) != LUA_TSTRING)
            luaL_error(L, "process: argument %d is a %s, not a string", (int)i, luaL_typename(L, -1));
        vector[i - 1] = (char *)(uintptr_t)lua_tostring(L, -1); /* exec's historical lack of const */
        lua_pop(L, 1);                                          /* the list keeps the string alive */
    }
    vector[count] = NULL;
    return vector;
}

/* Our environment without secrets, plus the strings "NAME=value" of the list at `index`. Pushed. */
static char **push_environment(lua_State *L, int index)
{
    size_t inherited = 0;
    while (environ && environ[inherited])
        inherited++;
    lua_Integer added = lua_istable(L, index) ? luaL_len(L, index) : 0;
    char **vector = lua_newuserdatauv(L, (inherited + (size_t)added + 1) * sizeof *vector, 0);
    size_t count = 0;
    for (lua_Integer i = 1; i <= added; i++) {
        lua_geti(L, index, i);
        vector[count++] = (char *)(uintptr_t)luaL_checkstring(L, -1);
        lua_pop(L, 1);
    }
    size_t own = count;
    for (size_t i = 0; i < inherited; i++) {
        const char *equals = strchr(environ[i], '=');
        size_t length = equals ? (size_t)(equals - environ[i]) : strlen(environ[i]);
        bool replaced = env_is_secret(environ[i], length);
        for (size_t j = 0; j < own && !replaced; j++)
            replaced = strncmp(vector[j], environ[i], length + 1) == 0;
        if (!replaced)
            vector[count++] = environ[i];
    }
    vector[count] = NULL;
    return vector;
}

/* The list of descriptors at `index` into `list`; returns their number. */
static int read_descriptors(lua_State *L, int index, int list[MAX_DESCRIPTORS])
{
    if (!lua_istable(L, index))
        return 0;
    int count = (int)luaL_len(L, index);
    if (count > MAX_DESCRIPTORS)
        luaL_error(L, "process: at most %d descriptors", MAX_DESCRIPTORS);
    for (int i = 0; i < count; i++) {
        lua_geti(L, index, i + 1);
        list[i] = (int)luaL_checkinteger(L, -1);
        lua_pop(L, 1);
    }
    return count;
}

/* start{argv} -> child; fields: env (list of NAME=value), cwd, namespaces, max_output, inherit_output,
 * descriptors */
static int l_start(lua_State *L)
{
    luaL_checktype(L, 1, LUA_TTABLE);
    lua_settop(L, 1);
    if (runtime_of(L)->world->simulated)
        return error_raise(L, "usage", "NoProcesses", "child processes do not exist in the simulated world");
    if (luaL_len(L, 1) == 0)
        return luaL_error(L, "process: no program given");
    lua_getfield(L, 1, "env");
    lua_getfield(L, 1, "cwd");
    lua_getfield(L, 1, "namespaces");
    lua_getfield(L, 1, "max_output");
    lua_getfield(L, 1, "inherit_output");
    lua_getfield(L, 1, "descriptors");
    int namespaces[MAX_DESCRIPTORS], descriptors[MAX_DESCRIPTORS];
    struct child_options options = {
        .cwd = luaL_optstring(L, 3, NULL),
        .namespaces = namespaces,
        .namespace_count = read_descriptors(L, 4, namespaces),
        .descriptors = descriptors,
        .descriptor_count = read_descriptors(L, 7, descriptors),
        .max_output = (size_t)luaL_optinteger(L, 5, DEFAULT_MAX_OUTPUT),
        .inherit_output = lua_toboolean(L, 6),
    };
    options.argv = push_vector(L, 1);
    options.envp = push_environment(L, 2);
    struct child *child = lua_newuserdatauv(L, sizeof *child, 0);
    memset(child, 0, sizeof *child);
    child->input.fd = child->output.fd = child->error.fd = child->pidfd = -1;
    luaL_setmetatable(L, CHILD_METATABLE);
    const char *step;
    int problem = child_start(child, runtime_of(L), &options, &step);
    if (problem)
        return error_raise(L, "input", "CannotStart", "cannot start %s: %s failed: %s", options.argv[0], step,
                           strerror(problem));
    return 1;
}

/* child:write(data) */
static int l_write(lua_State *L)
{
    size_t size;
    struct child *child = check_child(L);
    const char *data = luaL_checklstring(L, 2, &size);
    if (!child_write(child, data, size))
        return error_raise(L, "internal", "OutOfMemory", "process: out of memory");
    return 0;
}

/* child:close_input() */
static int l_close_input(lua_State *L)
{
    child_close_input(check_child(L));
    return 0;
}

/* child:kill(signal number) */
static int l_kill(lua_State *L)
{
    child_kill(check_child(L), (int)luaL_checkinteger(L, 2));
    return 0;
}

/* child:wait(): until it has ended */
static int l_wait(lua_State *L)
{
    return gate_wait(L, &check_child(L)->done, 1);
}

/* child:activity(): until output came or it ended */
static int l_activity(lua_State *L)
{
    struct child *child = check_child(L);
    return gate_wait(L, child->done.open ? &child->done : &child->activity, 1);
}

/* child:take_line("output" | "error") -> line without its end | nil, ended */
static int l_take_line(lua_State *L)
{
    struct child *child = check_child(L);
    struct child_stream *stream =
        strcmp(luaL_optstring(L, 2, "output"), "error") == 0 ? &child->error : &child->output;
    char *end = stream->size ? memchr(stream->data, '\n', stream->size) : NULL;
    bool ended = stream->fd < 0;
    if (!end && !(ended && stream->size > 0)) {
        lua_pushnil(L);
        lua_pushboolean(L, ended);
        return 2;
    }
    size_t length = end ? (size_t)(end - stream->data) : stream->size;
    size_t consumed = end ? length + 1 : length;
    lua_pushlstring(L, stream->data, length);
    memmove(stream->data, stream->data + consumed, stream->size - consumed);
    stream->size -= consumed;
    return 1;
}

static void set_stream(lua_State *L, const struct child_stream *stream, const char *name)
{
    lua_pushlstring(L, stream->data ? stream->data : "", stream->size);
    lua_setfield(L, -2, name);
    if (stream->overflowed) {
        lua_pushboolean(L, 1);
        lua_setfield(L, -2, "truncated");
    }
}

/* child:result() -> {code, signal, stdout, stderr, truncated} */
static int l_result(lua_State *L)
{
    struct child *child = check_child(L);
    lua_createtable(L, 0, 5);
    if (child->exit_signal)
        lua_pushinteger(L, child->exit_signal);
    else
        lua_pushinteger(L, child->exit_code);
    lua_setfield(L, -2, child->exit_signal ? "signal" : "code");
    set_stream(L, &child->output, "stdout");
    set_stream(L, &child->error, "stderr");
    return 1;
}

/* child:pid() -> number | nil once it has ended */
static int l_pid(lua_State *L)
{
    struct child *child = check_child(L);
    if (child->pid == 0)
        return 0;
    lua_pushinteger(L, child->pid);
    return 1;
}

/* child:release(): kills it when it still runs, frees everything; also __gc and __close */
static int l_release(lua_State *L)
{
    child_release(check_child(L));
    return 0;
}

int luaopen_process_native(lua_State *L);
int luaopen_process_native(lua_State *L)
{
    static const luaL_Reg methods[] = {{"write", l_write},       {"close_input", l_close_input},
                                       {"kill", l_kill},         {"wait", l_wait},
                                       {"activity", l_activity}, {"take_line", l_take_line},
                                       {"result", l_result},     {"pid", l_pid},
                                       {"release", l_release},   {NULL, NULL}};
    luaL_newmetatable(L, CHILD_METATABLE);
    luaL_newlib(L, methods);
    lua_setfield(L, -2, "__index");
    lua_pushcfunction(L, l_release);
    lua_setfield(L, -2, "__gc");
    lua_pushcfunction(L, l_release);
    lua_setfield(L, -2, "__close");
    lua_pop(L, 1);
    lua_newtable(L);
    lua_pushcfunction(L, l_start);
    lua_setfield(L, -2, "start");
    return 1;
}
