/* SPDX-License-Identifier: MIT
 * loop.h: the one place where the process waits. Descriptors, timers and "pollers" (libcurl, c-ares)
 * register here; callbacks run on the loop's stack and never touch Lua. */
#ifndef PEERWAY_LOOP_H
#define PEERWAY_LOOP_H

#include <poll.h>
#include <stdbool.h>
#include <stdint.h>

struct loop;
struct loop_watch;
struct loop_timer;

/* `revents` as poll(2) gives them (POLLIN, POLLOUT, POLLERR, POLLHUP). */
typedef void (*loop_fd_callback)(void *arg, int fd, short revents);
typedef void (*loop_timer_callback)(void *arg);

/* Watches `fd` for `events` (POLLIN | POLLOUT). NULL when out of memory. The descriptor stays the
 * caller's; unwatch before closing it. Both are safe inside callbacks. */
struct loop_watch *loop_watch_fd(struct loop *loop, int fd, short events, loop_fd_callback callback,
                                 void *arg);
void loop_watch_events(struct loop_watch *watch, short events);
void loop_unwatch(struct loop_watch *watch);

/* Runs `callback` once, `seconds` from now (>= 0) on the world's monotonic clock. NULL when out of
 * memory. The timer is freed after it ran or was cancelled; clear your pointer in the callback. */
struct loop_timer *loop_timer_start(struct loop *loop, double seconds, loop_timer_callback callback,
                                    void *arg);
void loop_timer_cancel(struct loop_timer *timer);

/* A poller has work of its own on each turn: `work` runs once before and once after the wait;
 * `timeout` gives the seconds after which it must be called again (negative: no wish). */
struct loop_poller {
    void (*work)(void *arg);
    double (*timeout)(void *arg);
    void *arg;
    struct loop_poller *next; /* the loop's */
};
void loop_add_poller(struct loop *loop, struct loop_poller *poller);
void loop_remove_poller(struct loop *loop, struct loop_poller *poller);

/* Replaces the waiting function, poll(2) by default. The http module installs curl_multi_poll once
 * libcurl is loaded, so that a process that makes no request never loads it. Returns as poll(2). */
typedef int (*loop_wait_function)(void *arg, struct pollfd *fds, unsigned count, int timeout_ms);
void loop_set_wait(struct loop *loop, loop_wait_function wait, void *arg);

/* Makes a wait under way return (callable from another thread or a signal handler). */
void loop_wake(struct loop *loop);

#endif
