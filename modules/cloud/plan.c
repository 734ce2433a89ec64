/* SPDX-License-Identifier: MIT
 * plan.c: life of a plan. */
#include "modules/cloud/plan.h"

#include <stdio.h>
#include <stdlib.h>

#include "modules/cloud/account.h"

struct plan *plan_new(enum plan_kind kind, const char *label)
{
    struct plan *plan = calloc(1, sizeof *plan);
    if (!plan)
        return NULL;
    plan->kind = kind;
    snprintf(plan->label, sizeof plan->label, "%s", label);
    return plan;
}

void plan_free(struct plan *plan)
{
    while (plan) {
        struct plan *next = plan->next;
        plan_free(plan->children);
        credential_clear(&plan->keys);
        if (plan->base)
            account_release(plan->base);
        arena_free(&plan->texts);
        free(plan);
        plan = next;
    }
}

const char *plan_text(struct plan *plan, struct slice text)
{
    return text.size ? arena_copy(&plan->texts, text).data : NULL;
}
