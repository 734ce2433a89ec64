/* SPDX-License-Identifier: MIT
 * op.h: one pending operation of a task (an HTTP exchange, a DNS query, a sleep, a child).
 * An op is a userdata whose first member is `struct op`; the only way to wait for it is
 * `return op_await(L, op);`, the one lua_yieldk of the program. */
#ifndef PEERWAY_OP_H
#define PEERWAY_OP_H

#include <lua.h>
#include <stdbool.h>
#include <stddef.h>

struct runtime;
struct task;
struct op;

struct op_class {
    /* Short noun for the status display: "http", "dns", "sleep". */
    const char *name;
    /* Runs in the waiting task after op_complete: pushes the results and returns their
     * number, or raises (error.h). Never called for a cancelled op. */
    int (*finish)(lua_State *L, struct op *op);
    /* Ends work in flight. Must not touch Lua, must not block; op_complete is not called after it. */
    void (*cancel)(struct op *op);
    /* Frees what the op owns. Idempotent; called when the wait is over, and again by __gc. */
    void (*release)(struct op *op);
    /* Optional: one line for the status display ("GET https://..."); no secrets. */
    void (*describe)(const struct op *op, char *text, size_t size);
};

struct op {
    const struct op_class *class;
    struct runtime *rt;
    struct task *waiter; /* set while a task is suspended on the op */
    bool done;           /* op_complete was called */
    bool released;
};

/* Pushes a new zeroed userdata of `size` bytes (>= sizeof(struct op)) and returns it.
 * [-0, +1, m] */
void *op_new(lua_State *L, size_t size, const struct op_class *class);

/* Waits for the op at stack index `index`; call as `return op_await(L, index);` only. Returns at once
 * when the op is already done. Raises the cancellation error when the task is cancelled, and an error
 * that names the cause when the caller cannot yield (a sort comparator, a gsub callback, the main
 * state outside a task). */
int op_await(lua_State *L, int index);

/* Marks the op done and makes its waiter ready. Called from loop callbacks (or before the await);
 * never touches Lua. Calling it twice is harmless. */
void op_complete(struct op *op);

#endif
