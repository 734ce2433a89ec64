/* SPDX-License-Identifier: MIT
 * op.c: creation, waiting and completion of ops; the only lua_yieldk of the program is here. */
#include "runtime/op.h"
#include "runtime/error.h"
#include "runtime/runtime.h"
#include "runtime/task.h"
#include "runtime/world.h"

#include <lauxlib.h>
#include <string.h>

static void release(struct op *op)
{
    if (op->released)
        return;
    op->released = true;
    if (op->class->release)
        op->class->release(op);
}

/* __gc and __close: an op that is dropped in flight (coroutine.close, a dying state) is cancelled. */
static int drop(lua_State *L)
{
    struct op *op = lua_touserdata(L, 1);
    if (!op->done && !op->released && op->class->cancel)
        op->class->cancel(op);
    if (op->waiter) {
        op->waiter->op = NULL;
        op->waiter = NULL;
    }
    op->done = true;
    release(op);
    lua_pushnil(L); /* nothing is left to finalize */
    lua_setmetatable(L, 1);
    return 0;
}

static const char metatable_key = 'o';

static void push_metatable(lua_State *L)
{
    if (lua_rawgetp(L, LUA_REGISTRYINDEX, &metatable_key) != LUA_TNIL)
        return;
    lua_pop(L, 1);
    lua_createtable(L, 0, 2);
    lua_pushcfunction(L, drop);
    lua_setfield(L, -2, "__gc");
    lua_pushcfunction(L, drop);
    lua_setfield(L, -2, "__close");
    lua_pushvalue(L, -1);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &metatable_key);
}

void *op_new(lua_State *L, size_t size, const struct op_class *class)
{
    struct op *op = lua_newuserdatauv(L, size, 1);
    memset(op, 0, size);
    op->class = class;
    op->rt = runtime_of(L);
    push_metatable(L);
    lua_setmetatable(L, -2);
    return op;
}

void op_complete(struct op *op)
{
    if (op->done)
        return;
    op->done = true;
    if (op->waiter)
        task_make_ready(op->waiter);
}

static int cancel_and_raise(lua_State *L, struct op *op, struct task *task)
{
    if (!op->done && op->class->cancel)
        op->class->cancel(op);
    op->done = true;
    release(op);
    return task_raise_cancelled(L, task);
}

static int resumed(lua_State *L, int status, lua_KContext context)
{
    struct op *op = (struct op *)context;
    struct task *task = op->rt->tasks->current;
    task->op = NULL;
    op->waiter = NULL;
    if (task_cancel_pending(op->rt))
        return cancel_and_raise(L, op, task);
    if (!op->done)
        return error_raise(L, "internal", "StrayResume",
                           "a coroutine that waits for %s was resumed by hand; only its task may resume it",
                           op->class->name);
    return op->class->finish(L, op);
}

int op_await(lua_State *L, int index)
{
    struct op *op = lua_touserdata(L, index);
    struct task *task = op->rt->tasks->current;
    if (task && task_cancel_pending(op->rt))
        return cancel_and_raise(L, op, task);
    if (!op->done) {
        if (!task || !lua_isyieldable(L)) {
            if (op->class->cancel)
                op->class->cancel(op);
            op->done = true;
            release(op);
            return error_raise(
                L, "usage", "CannotWait",
                "%s: cannot wait here; a task may not wait inside table.sort comparators, "
                "string.gsub callbacks, __tostring, __gc or load readers: collect first, then wait",
                op->class->name);
        }
        lua_toclose(L, index);
        op->waiter = task;
        task->op = op;
        task->since = op->rt->world->monotonic(op->rt->world);
        /* The sentinel tells a wait from a stray coroutine.yield; nested coroutines pass it up. */
        lua_pushlightuserdata(L, task_raise_cancelled);
        return lua_yieldk(L, 1, (lua_KContext)op, resumed);
    }
    lua_toclose(L, index);
    return op->class->finish(L, op);
}
