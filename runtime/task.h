/* SPDX-License-Identifier: MIT
 * task.h: coroutines over the loop. A task owns its children: it ends after them; when it fails they
 * are cancelled. Cancellation is sticky, has a reason, and reaches every wait. */
#ifndef PEERWAY_TASK_H
#define PEERWAY_TASK_H

#include "runtime/op.h"

#include <lua.h>
#include <stdbool.h>
#include <stdio.h>

struct loop_timer;
struct runtime;

/* A gate is closed until it is opened once; ops wait for that. */
struct gate_op;
struct gate {
    bool open;
    struct gate_op *waiters;
};
void gate_open(struct gate *gate);
/* Waits for `gate`, which lives in the userdata at index `owner`; call as `return gate_wait(...)`. */
int gate_wait(lua_State *L, struct gate *gate, int owner);

enum task_state { TASK_READY, TASK_RUNNING, TASK_WAITING, TASK_ENDING, TASK_DONE };

struct task {
    struct runtime *rt;
    lua_State *co;
    enum task_state state;
    struct op *op; /* what it waits for */
    struct task *parent, *first_child, *next_sibling;
    struct task *next_ready, *next_all;
    struct gate done;
    char *cancel_reason; /* set: cancelled */
    bool cancel_delivered;
    bool failed, background, observed, timed_out;
    int shields;
    int resume_arguments;
    double since;
    struct loop_timer *deadline, *cleanup_limit;
    char name[48];
};

struct task_set {
    struct task *all, *current, *ready_head, *ready_tail, *root;
    bool on_interrupt;  /* a script handles the first interruption itself */
    lua_State *running; /* the coroutine on the processor, for the signal handler */
};

/* Seconds that cleanup of a cancelled task may take before its waits are cancelled again. */
#define TASK_CLEANUP_SECONDS 30

/* Creates a task for the function under `nargs` arguments on top of the stack, pops them and pushes
 * the task userdata. `parent` may be NULL (only the root task). [-(nargs+1), +1, m] */
struct task *task_new(lua_State *L, int nargs, struct task *parent, const char *name);
/* Message handler: gives an error value its traceback, once; other values become an error value. */
int task_add_traceback(lua_State *L);
/* Starts a background task of the root that calls `function` with the light userdata `arg`. For loop
 * callbacks, which may not touch Lua themselves. False when out of memory. */
bool task_spawn_c(struct runtime *rt, lua_CFunction function, void *arg, const char *name);
/* Pushes the metatable of task userdata, to which module `task` adds its methods. */
void task_push_metatable(lua_State *L);
struct task *task_check(lua_State *L, int index);
/* Somebody joins the task and so gets its error. */
void task_observe(lua_State *L, struct task *task);
void task_cancel(struct task *task, const char *reason);
/* Cancels after `seconds` and marks the task as timed out. */
void task_set_deadline(struct task *task, double seconds);
void task_make_ready(struct task *task);
struct task *task_current(struct runtime *rt);
/* True when the current task must not wait now: cancelled, and neither shielded nor cleaning up. */
bool task_cancel_pending(struct runtime *rt);
int task_raise_cancelled(lua_State *L, struct task *task);
lua_State *task_running_state(struct runtime *rt);
/* Runs until the root task is done. False: nothing could ever wake the waiting tasks. */
void task_run_all(struct runtime *rt);
/* One line per task: name, state, what it waits for, seconds. */
void task_print_status(struct runtime *rt, FILE *out);

#endif
