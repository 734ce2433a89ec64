/* SPDX-License-Identifier: MIT
 * plan.h: where a credential comes from, and how to get it anew before it expires. */
#ifndef PEERWAY_CLOUD_PLAN_H
#define PEERWAY_CLOUD_PLAN_H

#include "modules/cloud/arena.h"
#include "modules/cloud/credential.h"

struct account;

enum plan_kind {
    PLAN_KEYS,     /* `keys` as they are */
    PLAN_METADATA, /* role of the ECS instance, from the metadata service */
    PLAN_URI,      /* GET of a credentials URI */
    PLAN_OIDC,     /* AssumeRoleWithOIDC with the token in a file */
    PLAN_ROLE,     /* AssumeRole with the credential of `base` */
    PLAN_PROCESS,  /* what a program prints */
    PLAN_CHAIN,    /* the first of `children` that works */
};

struct plan {
    enum plan_kind kind;
    char label[80];        /* reported source: "env", "cli_profile/ram_role_arn" */
    struct plan *next;     /* sibling in a chain */
    struct plan *children; /* PLAN_CHAIN */
    struct credential keys;
    struct account *base; /* PLAN_ROLE; owned */
    struct arena texts;   /* holds the strings below; NULL: not given */
    const char *profile;
    const char *role_arn;
    const char *session_name;
    const char *external_id;
    const char *policy;
    const char *sts_host;
    const char *provider_arn;
    const char *token_file;
    const char *uri;
    const char *role_name;
    const char *command;
    int duration;      /* seconds, 0: 3600 */
    bool v1_forbidden; /* PLAN_METADATA: no fall back to requests without token */
};

struct plan *plan_new(enum plan_kind kind, const char *label);
void plan_free(struct plan *plan);
/* A copy of the text in the plan; NULL stays NULL, "" becomes NULL. */
const char *plan_text(struct plan *plan, struct slice text);

#endif
