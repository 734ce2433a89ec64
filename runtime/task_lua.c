/* SPDX-License-Identifier: MIT
 * task_lua.c: the native half of module `task` (runtime/lua/task.lua is what scripts use). */
#include "runtime/error.h"
#include "runtime/loop.h"
#include "runtime/runtime.h"
#include "runtime/task.h"

#include <lauxlib.h>
#include <math.h>
#include <string.h>

/* spawn(name, background, fn, ...) -> task */
static int l_spawn(lua_State *L)
{
    const char *name = luaL_optstring(L, 1, NULL);
    bool background = lua_toboolean(L, 2);
    luaL_checktype(L, 3, LUA_TFUNCTION);
    struct runtime *rt = runtime_of(L);
    struct task *parent = background ? rt->tasks->root : rt->tasks->current;
    struct task *task = task_new(L, lua_gettop(L) - 3, parent, name);
    task->background = background;
    return 1;
}

static int l_current(lua_State *L)
{
    lua_rawgetp(L, LUA_REGISTRYINDEX, runtime_of(L)->tasks->current);
    return 1;
}

/* cancel(task, reason) */
static int l_cancel(lua_State *L)
{
    struct task *task = task_check(L, 1);
    task_cancel(task, luaL_optstring(L, 2, "cancelled"));
    return 0;
}

/* wait(task): until it is done */
static int l_wait(lua_State *L)
{
    struct task *task = task_check(L, 1);
    if (task == runtime_of(L)->tasks->current)
        return luaL_error(L, "a task cannot join itself");
    task_observe(L, task);
    return gate_wait(L, &task->done, 1);
}

/* result(task) -> failed, packed results or error value, timed_out */
static int l_result(lua_State *L)
{
    struct task *task = task_check(L, 1);
    lua_pushboolean(L, task->failed);
    lua_getiuservalue(L, 1, 2);
    lua_pushboolean(L, task->timed_out);
    return 3;
}

/* status(task) -> "ready" | "running" | "waiting" | "ending" | "done", failed */
static int l_status(lua_State *L)
{
    static const char *const names[] = {"ready", "running", "waiting", "ending", "done"};
    struct task *task = task_check(L, 1);
    lua_pushstring(L, names[task->state]);
    lua_pushboolean(L, task->failed);
    return 2;
}

/* deadline(task, seconds) */
static int l_deadline(lua_State *L)
{
    struct task *task = task_check(L, 1);
    task_set_deadline(task, luaL_checknumber(L, 2));
    return 0;
}

/* shield(+1 | -1) */
static int l_shield(lua_State *L)
{
    struct task *task = runtime_of(L)->tasks->current;
    if (task)
        task->shields += (int)luaL_checkinteger(L, 1);
    return 0;
}

/* is_cancelled() -> boolean: the current task was cancelled (it may be cleaning up) */
static int l_is_cancelled(lua_State *L)
{
    struct task *task = runtime_of(L)->tasks->current;
    lua_pushboolean(L, task && task->cancel_reason);
    return 1;
}

/* ---- sleep ---- */

struct sleep_op {
    struct op op;
    struct loop_timer *timer;
    double seconds;
};

static void sleep_over(void *arg)
{
    struct sleep_op *sleep = arg;
    sleep->timer = NULL;
    op_complete(&sleep->op);
}

static int sleep_finish(lua_State *L, struct op *op)
{
    return 0;
}

static void sleep_stop(struct op *op)
{
    struct sleep_op *sleep = (struct sleep_op *)op;
    if (sleep->timer)
        loop_timer_cancel(sleep->timer);
    sleep->timer = NULL;
}

static void sleep_describe(const struct op *op, char *text, size_t size)
{
    snprintf(text, size, "%.3f s", ((const struct sleep_op *)op)->seconds);
}

static const struct op_class sleep_class = {.name = "sleep",
                                            .finish = sleep_finish,
                                            .cancel = sleep_stop,
                                            .release = sleep_stop,
                                            .describe = sleep_describe};

/* sleep(seconds) */
static int l_sleep(lua_State *L)
{
    double seconds = luaL_checknumber(L, 1);
    luaL_argcheck(L, seconds >= 0 && isfinite(seconds), 1, "seconds must be 0 or more");
    struct sleep_op *sleep = op_new(L, sizeof *sleep, &sleep_class);
    sleep->seconds = seconds;
    sleep->timer = loop_timer_start(sleep->op.rt->loop, seconds, sleep_over, sleep);
    if (!sleep->timer)
        return error_raise(L, "internal", "OutOfMemory", "sleep: out of memory");
    return op_await(L, lua_gettop(L));
}

/* ---- gates ---- */

#define GATE_METATABLE "peerway.gate"

static int l_gate(lua_State *L)
{
    struct gate *gate = lua_newuserdatauv(L, sizeof *gate, 0);
    memset(gate, 0, sizeof *gate);
    luaL_setmetatable(L, GATE_METATABLE);
    return 1;
}

static int l_gate_open(lua_State *L)
{
    gate_open(luaL_checkudata(L, 1, GATE_METATABLE));
    return 0;
}

static int l_gate_wait(lua_State *L)
{
    return gate_wait(L, luaL_checkudata(L, 1, GATE_METATABLE), 1);
}

/* on_interrupt(fn | nil): fn(signal number) runs as a task instead of cancelling the script */
static int l_on_interrupt(lua_State *L)
{
    lua_settop(L, 1);
    runtime_of(L)->tasks->on_interrupt = lua_isfunction(L, 1);
    lua_setfield(L, LUA_REGISTRYINDEX, "peerway.on_interrupt");
    return 0;
}

/* print_status(): what every task waits for, on stderr */
static int l_print_status(lua_State *L)
{
    task_print_status(runtime_of(L), stderr);
    return 0;
}

/* count() -> tasks that are not done */
static int l_count(lua_State *L)
{
    int count = 0;
    for (struct task *task = runtime_of(L)->tasks->all; task; task = task->next_all)
        count++;
    lua_pushinteger(L, count);
    return 1;
}

/* simulate(seed, wall_start): the rest of the run happens in the simulated world */
static int l_simulate(lua_State *L)
{
    runtime_simulate(L, (uint64_t)luaL_checkinteger(L, 1), luaL_checknumber(L, 2));
    return 0;
}

/* real(): back to the real world */
static int l_real(lua_State *L)
{
    runtime_real(L);
    return 0;
}

int luaopen_task_native(lua_State *L);
int luaopen_task_native(lua_State *L)
{
    static const luaL_Reg functions[] = {
        {"spawn", l_spawn},
        {"current", l_current},
        {"cancel", l_cancel},
        {"wait", l_wait},
        {"result", l_result},
        {"status", l_status},
        {"deadline", l_deadline},
        {"shield", l_shield},
        {"is_cancelled", l_is_cancelled},
        {"sleep", l_sleep},
        {"gate", l_gate},
        {"on_interrupt", l_on_interrupt},
        {"print_status", l_print_status},
        {"count", l_count},
        {"simulate", l_simulate},
        {"real", l_real},
        {"add_traceback", task_add_traceback},
        {NULL, NULL},
    };
    static const luaL_Reg gate_methods[] = {{"open", l_gate_open}, {"wait", l_gate_wait}, {NULL, NULL}};
    luaL_newmetatable(L, GATE_METATABLE);
    luaL_newlib(L, gate_methods);
    lua_setfield(L, -2, "__index");
    lua_pop(L, 1);
    luaL_newlib(L, functions);
    task_push_metatable(L);
    lua_setfield(L, -2, "metatable");
    lua_pushlightuserdata(L, task_raise_cancelled);
    lua_setfield(L, -2, "sentinel");
    return 1;
}
