/* SPDX-License-Identifier: MIT
 * signals.c: handlers only set flags, wake the loop and arm a hook on the running coroutine: a busy
 * `while true do end` never sees a flag that only the loop reads. */
#include "runtime/signals.h"
#include "runtime/loop.h"
#include "runtime/runtime.h"
#include "runtime/task.h"

#include <signal.h>
#include <string.h>
#include <unistd.h>

static struct runtime *interrupted_runtime;
static volatile sig_atomic_t pending_interrupt;
static volatile sig_atomic_t interrupts_seen;
static volatile sig_atomic_t pending_status;

/* A task that computes without waiting gets this many instructions to reach a wait. */
#define BUSY_INSTRUCTIONS 1000000

/* Cancels the task that computes; a script with a handler of its own (task.on_interrupt) goes on. */
static void busy_hook(lua_State *L, lua_Debug *where)
{
    struct runtime *rt = runtime_of(L);
    struct task *task = task_current(rt);
    lua_sethook(L, NULL, 0, 0);
    if (!pending_interrupt || !task || rt->tasks->on_interrupt)
        return;
    task_cancel(task, "interrupted while computing");
    task_raise_cancelled(L, task);
}

static void on_interrupt(int number)
{
    if (interrupts_seen++ > 0)
        _exit(128 + number);
    pending_interrupt = number;
    lua_State *running = task_running_state(interrupted_runtime);
    if (running)
        lua_sethook(running, busy_hook, LUA_MASKCOUNT, BUSY_INSTRUCTIONS);
    loop_wake(interrupted_runtime->loop);
}

static void on_status(int number)
{
    pending_status = 1;
    loop_wake(interrupted_runtime->loop);
}

void signals_install(struct runtime *rt)
{
    interrupted_runtime = rt;
    struct sigaction action;
    memset(&action, 0, sizeof action);
    sigemptyset(&action.sa_mask);
    action.sa_handler = on_interrupt;
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    action.sa_handler = on_status;
    action.sa_flags = SA_RESTART;
    sigaction(SIGUSR1, &action, NULL);
    /* A peer that closes its end is an error of write(2), not the end of the process. */
    action.sa_handler = SIG_IGN;
    sigaction(SIGPIPE, &action, NULL);
}

int signals_take_interrupt(void)
{
    int number = pending_interrupt;
    pending_interrupt = 0;
    return number;
}

int signals_take_status_request(void)
{
    int wanted = pending_status;
    pending_status = 0;
    return wanted;
}
