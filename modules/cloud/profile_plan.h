/* SPDX-License-Identifier: MIT
 * profile_plan.h: from the profiles of the credential files to plans. */
#ifndef PEERWAY_CLOUD_PROFILE_PLAN_H
#define PEERWAY_CLOUD_PROFILE_PLAN_H

#include "modules/cloud/config.h"
#include "modules/cloud/plan.h"

/* The plan of a profile of config.json; name empty: the file's current one. *missing: there is no such
 * file. A file that others can read is a problem of code "CredentialFileRefused". */
struct plan *profile_plan(const char *path, struct slice name, bool *missing, struct problem *problem);

/* The same for a section of an ini file. */
struct plan *ini_plan(const char *path, struct slice section, bool *missing, struct problem *problem);

/* A plan of fixed keys; the token may be empty. NULL: out of memory. */
struct plan *keys_plan(const char *label, struct slice access_key_id, struct slice secret, struct slice token,
                       int64_t expires);
/* A plan of AssumeRole on top of `base` (taken, also on failure). NULL: out of memory. */
struct plan *role_plan(const char *label, struct plan *base);

#endif
