/* SPDX-License-Identifier: MIT
 * account.h: a credential with its plan; asked for by many tasks at once, refreshed once for all. */
#ifndef PEERWAY_CLOUD_ACCOUNT_H
#define PEERWAY_CLOUD_ACCOUNT_H

#include "modules/cloud/plan.h"

struct runtime;
struct fetch;

/* Seconds before expiry at which a credential is replaced; some more by chance per account, so that
 * many processes do not ask STS in the same second. */
#define ACCOUNT_REFRESH_BEFORE 180
#define ACCOUNT_REFRESH_JITTER 60

/* Lives in whoever waits. `ready` runs on the loop, never inside account_want; problem NULL: usable. */
struct account_waiter {
    struct account_waiter *next;
    void (*ready)(void *arg, const struct problem *problem);
    void *arg;
    struct account *account; /* while waiting */
};

struct account {
    unsigned references;
    struct plan *plan;
    struct credential current;
    char label[80];      /* of the plan that gave `current` */
    struct fetch *fetch; /* under way */
    struct account_waiter *waiters;
    struct problem problem;
    struct runtime *rt;
    int jitter;
    bool forgotten;
};

/* Takes the plan. NULL: out of memory, the plan is freed. One reference is the caller's. */
struct account *account_new(struct plan *plan);
void account_hold(struct account *account);
void account_release(struct account *account);

enum account_answer { ACCOUNT_READY, ACCOUNT_WAITING, ACCOUNT_NO_MEMORY };
/* Whether account_want would be READY. */
bool account_is_ready(struct account *account, struct runtime *rt);
/* READY: account->current is usable now, or the account was forgotten. WAITING: the waiter is queued, and
 * a refresh runs. */
enum account_answer account_want(struct account *account, struct runtime *rt, struct account_waiter *waiter);
/* Leaves the queue; nothing happens when the waiter is in none. */
void account_leave(struct account_waiter *waiter);
/* The next account_want fetches, whatever the expiry says (an InvalidSecurityToken answer). */
void account_expire(struct account *account);
/* Overwrites all secrets of this account; it cannot be used any more. */
void account_forget(struct account *account);

#endif
