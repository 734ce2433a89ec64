/* SPDX-License-Identifier: MIT
 * account.c: one refresh for all who wait. */
#include "modules/cloud/account.h"

#include <stdio.h>
#include <stdlib.h>

#include "modules/cloud/fetch.h"
#include "runtime/runtime.h"
#include "runtime/world.h"

struct account *account_new(struct plan *plan)
{
    struct account *account = calloc(1, sizeof *account);
    if (!account) {
        plan_free(plan);
        return NULL;
    }
    account->references = 1;
    account->plan = plan;
    account->jitter = -1;
    snprintf(account->label, sizeof account->label, "%s", plan->label);
    if (plan->kind == PLAN_KEYS)
        credential_move(&account->current, &plan->keys);
    return account;
}

void account_hold(struct account *account)
{
    account->references++;
}

void account_release(struct account *account)
{
    if (--account->references)
        return;
    account_forget(account);
    free(account);
}

static bool is_fresh(struct account *account, struct runtime *rt)
{
    if (account->current.kind == CREDENTIAL_NONE)
        return false;
    if (!account->current.expires || account->plan->kind == PLAN_KEYS)
        return true;
    if (account->jitter < 0) {
        unsigned char byte;
        rt->world->random(rt->world, &byte, 1);
        account->jitter = byte * ACCOUNT_REFRESH_JITTER / 255;
    }
    return (double)account->current.expires - rt->world->wall(rt->world) >
           ACCOUNT_REFRESH_BEFORE + account->jitter;
}

/* Tells everyone; waiters may leave or release the account while they are told. */
static void tell_all(struct account *account, const struct problem *problem)
{
    struct account_waiter *waiter;
    account_hold(account);
    while ((waiter = account->waiters)) {
        account->waiters = waiter->next;
        waiter->account = NULL;
        waiter->ready(waiter->arg, problem);
    }
    account_release(account);
}

static void fetched(void *arg)
{
    struct account *account = arg;
    const struct problem *problem;
    const char *label;
    struct credential *fresh = fetch_result(account->fetch, &label, &problem);
    if (fresh) {
        credential_move(&account->current, fresh);
        snprintf(account->label, sizeof account->label, "%s", label);
    } else {
        account->problem = *problem;
    }
    fetch_free(account->fetch);
    account->fetch = NULL;
    /* A refresh that failed early does no harm while the old credential is good. */
    double now = account->rt->world->wall(account->rt->world);
    if (!fresh && account->current.kind != CREDENTIAL_NONE && (double)account->current.expires <= now)
        credential_clear(&account->current);
    tell_all(account, account->current.kind != CREDENTIAL_NONE ? NULL : &account->problem);
}

bool account_is_ready(struct account *account, struct runtime *rt)
{
    return account->forgotten || is_fresh(account, rt);
}

enum account_answer account_want(struct account *account, struct runtime *rt, struct account_waiter *waiter)
{
    if (account_is_ready(account, rt))
        return ACCOUNT_READY;
    account->rt = rt;
    if (!account->fetch)
        account->fetch = fetch_start(rt, account->plan, fetched, account);
    if (!account->fetch)
        return ACCOUNT_NO_MEMORY;
    waiter->account = account;
    waiter->next = account->waiters;
    account->waiters = waiter;
    return ACCOUNT_WAITING;
}

void account_leave(struct account_waiter *waiter)
{
    if (!waiter->account)
        return;
    struct account_waiter **at = &waiter->account->waiters;
    while (*at && *at != waiter)
        at = &(*at)->next;
    if (*at)
        *at = waiter->next;
    waiter->account = NULL;
}

void account_expire(struct account *account)
{
    if (!account->forgotten && account->plan->kind != PLAN_KEYS)
        account->current.expires = 1;
}

void account_forget(struct account *account)
{
    if (account->forgotten)
        return;
    account->forgotten = true;
    if (account->fetch)
        fetch_free(account->fetch);
    account->fetch = NULL;
    credential_clear(&account->current);
    credential_problem(&account->problem, "AccountForgotten", "make a new handle with cloud.account",
                       "this account handle was forgotten");
    if (account->waiters)
        tell_all(account, &account->problem);
    plan_free(account->plan);
    account->plan = NULL;
}
