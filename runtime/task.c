/* SPDX-License-Identifier: MIT
 * task.c: the scheduler: ready queue, resume, end of a task, cancellation. */
#include "runtime/task.h"
#include "runtime/error.h"
#include "runtime/loop_private.h"
#include "runtime/runtime.h"
#include "runtime/signals.h"
#include "runtime/world.h"

#include <lauxlib.h>
#include <stdlib.h>
#include <string.h>

#define TASK_METATABLE "peerway.task"

/* ---- gates ---- */

struct gate_op {
    struct op op;
    struct gate *gate;
    struct gate_op *next;
};

static void gate_unlink(struct op *op)
{
    struct gate_op *wait = (struct gate_op *)op;
    if (!wait->gate)
        return;
    for (struct gate_op **link = &wait->gate->waiters; *link; link = &(*link)->next) {
        if (*link == wait) {
            *link = wait->next;
            break;
        }
    }
    wait->gate = NULL;
}

static int gate_finish(lua_State *L, struct op *op)
{
    return 0;
}

static const struct op_class gate_class = {
    .name = "wait", .finish = gate_finish, .cancel = gate_unlink, .release = gate_unlink};

void gate_open(struct gate *gate)
{
    gate->open = true;
    while (gate->waiters) {
        struct gate_op *wait = gate->waiters;
        gate->waiters = wait->next;
        wait->gate = NULL;
        op_complete(&wait->op);
    }
}

int gate_wait(lua_State *L, struct gate *gate, int owner)
{
    owner = lua_absindex(L, owner);
    struct gate_op *wait = op_new(L, sizeof *wait, &gate_class);
    lua_pushvalue(L, owner);
    lua_setiuservalue(L, -2, 1); /* the op keeps the gate's owner alive */
    if (gate->open) {
        wait->op.done = true;
    } else {
        wait->gate = gate;
        struct gate_op **end = &gate->waiters;
        while (*end)
            end = &(*end)->next;
        *end = wait;
    }
    return op_await(L, lua_gettop(L));
}

/* ---- creation ---- */

struct task *task_check(lua_State *L, int index)
{
    return luaL_checkudata(L, index, TASK_METATABLE);
}

struct task *task_current(struct runtime *rt)
{
    return rt->tasks->current;
}

lua_State *task_running_state(struct runtime *rt)
{
    return rt && rt->tasks ? rt->tasks->running : NULL;
}

static int task_collect(lua_State *L)
{
    struct task *task = lua_touserdata(L, 1);
    free(task->cancel_reason);
    task->cancel_reason = NULL;
    return 0;
}

void task_push_metatable(lua_State *L)
{
    if (luaL_newmetatable(L, TASK_METATABLE)) {
        lua_pushcfunction(L, task_collect);
        lua_setfield(L, -2, "__gc");
    }
}

/* Message handler of every task: gives an error value its traceback, once, where it was raised. */
int task_add_traceback(lua_State *L)
{
    if (lua_type(L, 1) != LUA_TTABLE) {
        luaL_tolstring(L, 1, NULL);
        error_push(L, "internal", "LuaError", "%s", lua_tostring(L, -1));
    } else {
        lua_settop(L, 1);
    }
    if (lua_getfield(L, -1, "traceback") == LUA_TNIL) {
        luaL_traceback(L, L, NULL, 1);
        lua_setfield(L, -3, "traceback");
    }
    lua_pop(L, 1);
    return 1;
}

struct task *task_new(lua_State *L, int nargs, struct task *parent, const char *name)
{
    struct runtime *rt = runtime_of(L);
    luaL_checkstack(L, nargs + 8, "task arguments");
    struct task *task = lua_newuserdatauv(L, sizeof *task, 2);
    memset(task, 0, sizeof *task);
    task_push_metatable(L);
    lua_setmetatable(L, -2);
    task->co = lua_newthread(L);
    lua_setiuservalue(L, -2, 1);
    /* The body runs inside xpcall, so that <close> variables and the traceback see a live stack. */
    luaL_checkstack(task->co, nargs + 4, "task arguments");
    lua_getfield(task->co, LUA_REGISTRYINDEX, "peerway.xpcall");
    lua_insert(L, -(nargs + 2)); /* task below function and arguments */
    lua_xmove(L, task->co, nargs + 1);
    lua_pushcfunction(task->co, task_add_traceback);
    lua_insert(task->co, 3); /* xpcall, function, handler, arguments */
    task->rt = rt;
    task->resume_arguments = nargs + 2;
    task->parent = parent;
    task->since = rt->world->monotonic(rt->world);
    snprintf(task->name, sizeof task->name, "%s", name ? name : "task");
    lua_pushvalue(L, -1);
    lua_rawsetp(L, LUA_REGISTRYINDEX, task); /* alive until its end */
    if (parent) {
        task->next_sibling = parent->first_child;
        parent->first_child = task;
    }
    task->next_all = rt->tasks->all;
    rt->tasks->all = task;
    task->state = TASK_WAITING;
    task_make_ready(task);
    return task;
}

struct c_spawn {
    lua_CFunction function;
    void *arg;
    const char *name;
};

static int spawn_protected(lua_State *L)
{
    const struct c_spawn *spawn = lua_touserdata(L, 1);
    lua_pushcfunction(L, spawn->function);
    lua_pushlightuserdata(L, spawn->arg);
    struct task *task = task_new(L, 1, runtime_of(L)->tasks->root, spawn->name);
    task->background = true;
    return 0;
}

bool task_spawn_c(struct runtime *rt, lua_CFunction function, void *arg, const char *name)
{
    struct c_spawn spawn = {function, arg, name};
    lua_pushcfunction(rt->L, spawn_protected);
    lua_pushlightuserdata(rt->L, &spawn);
    if (lua_pcall(rt->L, 1, 0, 0) == LUA_OK)
        return true;
    lua_pop(rt->L, 1);
    return false;
}

/* ---- ready queue and cancellation ---- */

void task_make_ready(struct task *task)
{
    struct task_set *set = task->rt->tasks;
    if (task->state != TASK_WAITING)
        return;
    task->state = TASK_READY;
    task->next_ready = NULL;
    if (set->ready_tail)
        set->ready_tail->next_ready = task;
    else
        set->ready_head = task;
    set->ready_tail = task;
    loop_task_ready(task->rt->loop);
}

bool task_cancel_pending(struct runtime *rt)
{
    struct task *task = rt->tasks->current;
    return task && task->cancel_reason && !task->cancel_delivered && task->shields == 0;
}

static void stop_timer(struct loop_timer **timer)
{
    if (*timer)
        loop_timer_cancel(*timer);
    *timer = NULL;
}

static void interrupt_wait(struct task *task)
{
    if (task->state != TASK_WAITING || task->shields > 0)
        return;
    struct op *op = task->op;
    if (op && !op->done) {
        if (op->class->cancel)
            op->class->cancel(op);
        op->done = true;
    }
    task_make_ready(task);
}

static void cleanup_took_too_long(void *arg)
{
    struct task *task = arg;
    task->cleanup_limit = NULL;
    task->cancel_delivered = false;
    interrupt_wait(task);
}

int task_raise_cancelled(lua_State *L, struct task *task)
{
    task->cancel_delivered = true;
    if (!task->cleanup_limit)
        task->cleanup_limit =
            loop_timer_start(task->rt->loop, TASK_CLEANUP_SECONDS, cleanup_took_too_long, task);
    return error_raise(L, "cancelled", task->timed_out ? "Timeout" : "Cancelled", "%s was cancelled: %s",
                       task->name, task->cancel_reason);
}

void task_cancel(struct task *task, const char *reason)
{
    if (task->state == TASK_DONE || task->cancel_reason)
        return;
    task->cancel_reason = strdup(reason ? reason : "cancelled");
    if (!task->cancel_reason)
        return;
    if (task->state == TASK_ENDING) {
        for (struct task *child = task->first_child; child; child = child->next_sibling)
            task_cancel(child, task->cancel_reason);
        return;
    }
    interrupt_wait(task);
}

static void deadline_passed(void *arg)
{
    struct task *task = arg;
    task->deadline = NULL;
    task->timed_out = true;
    task_cancel(task, "time is up");
}

void task_set_deadline(struct task *task, double seconds)
{
    stop_timer(&task->deadline);
    task->deadline = loop_timer_start(task->rt->loop, seconds, deadline_passed, task);
}

/* ---- the end of a task ---- */

static void unlink_task(struct task *task)
{
    for (struct task **link = &task->rt->tasks->all; *link; link = &(*link)->next_all) {
        if (*link == task) {
            *link = task->next_all;
            break;
        }
    }
    if (!task->parent)
        return;
    for (struct task **link = &task->parent->first_child; *link; link = &(*link)->next_sibling) {
        if (*link == task) {
            *link = task->next_sibling;
            break;
        }
    }
}

static void push_task(lua_State *L, struct task *task)
{
    lua_rawgetp(L, LUA_REGISTRYINDEX, task);
}

/* Makes a finished task collectable when no Lua value holds it. */
static void forget(lua_State *L, struct task *task)
{
    unlink_task(task);
    task->parent = NULL;
    lua_pushnil(L);
    lua_rawsetp(L, LUA_REGISTRYINDEX, task);
}

static bool error_is_lost(const struct task *task)
{
    return task->failed && !task->observed && !task->cancel_reason;
}

static void print_lost_error(lua_State *L, struct task *task)
{
    push_task(L, task);
    lua_getiuservalue(L, -1, 2);
    fprintf(stderr, "peerway: background task %s failed: %s\n", task->name, luaL_tolstring(L, -1, NULL));
    lua_pop(L, 3);
}

static bool has_live_child(const struct task *task)
{
    for (const struct task *child = task->first_child; child; child = child->next_sibling) {
        if (child->state != TASK_DONE)
            return true;
    }
    return false;
}

/* An error that nobody joined must not vanish: the parent takes the first one over. */
static void inherit_lost_errors(lua_State *L, struct task *task)
{
    while (task->first_child) {
        struct task *child = task->first_child;
        if (error_is_lost(child) && !task->failed) {
            task->failed = true;
            push_task(L, task);
            push_task(L, child);
            lua_getiuservalue(L, -1, 2);
            lua_setiuservalue(L, -3, 2);
            lua_pop(L, 2);
        }
        forget(L, child);
    }
}

static void end_if_alone(lua_State *L, struct task *task)
{
    if (has_live_child(task))
        return;
    inherit_lost_errors(L, task);
    task->state = TASK_DONE;
    stop_timer(&task->deadline);
    stop_timer(&task->cleanup_limit);
    if (task->done.waiters)
        task->observed = true;
    gate_open(&task->done);
    struct task *parent = task->parent;
    if (task->background && error_is_lost(task))
        print_lost_error(L, task);
    /* A failed child that may still be joined stays until then, or until its parent ends. */
    if (!parent || task->background || !error_is_lost(task))
        forget(L, task);
    if (parent && parent->state == TASK_ENDING)
        end_if_alone(L, parent);
}

void task_observe(lua_State *L, struct task *task)
{
    bool kept = task->state == TASK_DONE && task->parent;
    task->observed = true;
    if (kept)
        forget(L, task);
}

/* Stores what xpcall returned in user value 2: a packed table, or the error. */
static void store_result(lua_State *L, struct task *task, int count)
{
    lua_State *co = task->co;
    bool ok = lua_toboolean(co, -count);
    push_task(L, task);
    luaL_checkstack(L, count + 4, "task results");
    if (ok) {
        lua_createtable(L, count - 1, 1);
        lua_xmove(co, L, count - 1);
        for (int i = count - 1; i >= 1; i--)
            lua_rawseti(L, -1 - i, i);
        lua_pushinteger(L, count - 1);
        lua_setfield(L, -2, "n");
    } else {
        task->failed = true;
        lua_xmove(co, L, 1);
    }
    lua_setiuservalue(L, -2, 2);
    lua_pop(L, 1);
}

static void body_ended(lua_State *L, struct task *task, int count)
{
    store_result(L, task, count);
    lua_settop(task->co, 0);
    task->state = TASK_ENDING;
    for (struct task *child = task->first_child; child; child = child->next_sibling) {
        if (task->failed || child->background)
            task_cancel(child, task->failed ? "the parent task failed" : "the parent task has ended");
    }
    end_if_alone(L, task);
}

/* ---- running ---- */

static void resume(struct runtime *rt, struct task *task)
{
    lua_State *L = rt->L;
    int count = 0;
    int arguments = task->resume_arguments;
    task->resume_arguments = 0;
    task->state = TASK_RUNNING;
    rt->tasks->current = task;
    rt->tasks->running = task->co;
    int status = lua_resume(task->co, L, arguments, &count);
    rt->tasks->running = NULL;
    rt->tasks->current = NULL;
    lua_sethook(task->co, NULL, 0, 0);
    if (status == LUA_YIELD && count == 1 && lua_touserdata(task->co, -1) == (void *)task_raise_cancelled) {
        lua_pop(task->co, 1);
        task->state = TASK_WAITING;
        if (!task->op || task->op->done)
            task_make_ready(task);
        else if (task->cancel_reason && !task->cancel_delivered)
            interrupt_wait(task);
        return;
    }
    if (status == LUA_YIELD) {
        lua_settop(task->co, 0);
        lua_pushboolean(task->co, 0);
        error_push(
            task->co, "usage", "StrayYield",
            "%s called coroutine.yield outside a coroutine of its own; to wait, use task.sleep or task.yield",
            task->name);
        count = 2;
    } else if (status != LUA_OK) {
        /* xpcall catches errors of the body; what is left is out of memory or an error in the handler. */
        lua_pushboolean(task->co, 0);
        lua_insert(task->co, -2);
        count = 2;
    }
    body_ended(L, task, count);
}

static void take_signals(struct runtime *rt)
{
    int number = signals_take_interrupt();
    if (number) {
        lua_State *L = rt->L;
        /* A handler that a script registered (signal.on) gets the first interruption. */
        lua_getfield(L, LUA_REGISTRYINDEX, "peerway.on_interrupt");
        if (lua_isfunction(L, -1)) {
            lua_pushinteger(L, number);
            struct task *task = task_new(L, 1, rt->tasks->root, "interrupt handler");
            task->background = true;
        } else {
            task_cancel(rt->tasks->root, number == 2 ? "interrupted (SIGINT)" : "terminated (SIGTERM)");
        }
        lua_pop(L, 1);
    }
    if (signals_take_status_request())
        task_print_status(rt, stderr);
}

void task_run_all(struct runtime *rt)
{
    struct task_set *set = rt->tasks;
    while (set->root->state != TASK_DONE) {
        take_signals(rt);
        struct task *last = set->ready_tail;
        while (set->ready_head) {
            struct task *task = set->ready_head;
            set->ready_head = task->next_ready;
            if (!set->ready_head)
                set->ready_tail = NULL;
            resume(rt, task);
            if (task == last || set->root->state == TASK_DONE)
                break;
        }
        if (set->root->state == TASK_DONE)
            break;
        if (!loop_turn(rt->loop, set->ready_head != NULL, set->on_interrupt) && !set->ready_head) {
            fprintf(stderr, "peerway: deadlock: every task waits and nothing can wake one\n");
            task_print_status(rt, stderr);
            bool woken = false;
            for (struct task *task = set->all; task; task = task->next_all) {
                if (task->state == TASK_WAITING && !task->cancel_reason) {
                    task_cancel(task, "deadlock: nothing can wake this wait");
                    woken = true;
                }
            }
            if (!woken)
                abort(); /* cancelled tasks that wait again for nothing: a bug in the scheduler itself */
        }
    }
}

static const char *state_name(enum task_state state)
{
    static const char *const names[] = {"ready", "running", "waiting", "ending", "done"};
    return names[state];
}

void task_print_status(struct runtime *rt, FILE *out)
{
    double now = rt->world->monotonic(rt->world);
    for (struct task *task = rt->tasks->all; task; task = task->next_all) {
        char what[256] = "";
        if (task->op && task->op->class->describe)
            task->op->class->describe(task->op, what, sizeof what);
        fprintf(out, "%-24s %-8s %-8s %s %.1f s\n", task->name, state_name(task->state),
                task->op ? task->op->class->name : "-", what, now - task->since);
    }
}
