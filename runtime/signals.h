/* SPDX-License-Identifier: MIT
 * signals.h: SIGINT and SIGTERM end a run in order, SIGUSR1 prints what every task waits for. */
#ifndef PEERWAY_SIGNALS_H
#define PEERWAY_SIGNALS_H

struct runtime;

void signals_install(struct runtime *rt);

/* Called by the scheduler between tasks: the first interruption since the last call (SIGINT, SIGTERM)
 * or 0. The second interruption of a process exits at once with 130 or 143. */
int signals_take_interrupt(void);
int signals_take_status_request(void);

#endif
