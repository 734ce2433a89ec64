/* SPDX-License-Identifier: MIT
 * source.h: from what the user said, and what environment and files say, to a plan. */
#ifndef PEERWAY_CLOUD_SOURCE_H
#define PEERWAY_CLOUD_SOURCE_H

#include "modules/cloud/account.h"

/* All optional; NULL and empty mean not given. */
struct source_options {
    const char *source; /* "chain" (default), "env", "profile", "credentials_file", "metadata", "uri", "oidc",
                         * "role", "process", "keys", "sandbox", "bearer", "anonymous" */
    const char *profile;
    const char *config_file;
    const char *credentials_file;
    const char *access_key_id;
    struct slice secret, token, bearer;
    const char *role_arn, *session_name, *external_id, *policy, *sts_host;
    const char *provider_arn, *token_file;
    const char *uri, *role_name, *command;
    int duration;
    struct account *base;
};

/* NULL and a problem when nothing can be found. Reads files and variables, not the network. */
struct plan *source_plan(const struct source_options *options, struct problem *problem);

#endif
