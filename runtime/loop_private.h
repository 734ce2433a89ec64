/* SPDX-License-Identifier: MIT
 * loop_private.h: what the scheduler (task.c) needs of the loop beyond loop.h. */
#ifndef PEERWAY_LOOP_PRIVATE_H
#define PEERWAY_LOOP_PRIVATE_H

#include "runtime/loop.h"

struct world;

struct loop *loop_new(struct world *world);
void loop_free(struct loop *loop);
/* The loop reads its clock from `world` from now on; timers keep their distance to now. */
void loop_set_world(struct loop *loop, struct world *world);

/* One turn: pollers, wait at most until the next timer (0 when `ready` is true), dispatch. Returns
 * false when nothing is registered that could ever wake the process; with `signals_wake` a signal could. */
bool loop_turn(struct loop *loop, bool ready, bool signals_wake);

/* A task became ready: a turn under way must not sleep (pollers complete ops before the wait, too). */
void loop_task_ready(struct loop *loop);

#endif
