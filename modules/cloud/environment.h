/* SPDX-License-Identifier: MIT
 * environment.h: environment variables that hold secrets are read once into the secure heap and their
 * bytes overwritten, so that neither children nor /proc/PID/environ show them. Process hardening. */
#ifndef PEERWAY_CLOUD_ENVIRONMENT_H
#define PEERWAY_CLOUD_ENVIRONMENT_H

#include "modules/cloud/bytes.h"

/* Takes every variable whose name says that it holds a secret (runtime/env.h). false: no memory, the
 * variables are overwritten all the same. */
bool environment_take(void);
/* The secret of that variable, taken now when it was not yet; false when unset or empty. */
bool environment_secret(const char *name, struct slice *value);
/* Overwrites and forgets all taken secrets. */
void environment_forget(void);

/* A variable that is no secret; NULL when unset or empty. */
const char *environment_text(const char *name);
/* true only for the value "true" in any case, as the official clients read switches. */
bool environment_is_true(const char *name);

/* No core dumps, no reading of our memory by other processes of the same user. Called before the first
 * secret is read; PEERWAY_ALLOW_CORE=1 leaves it out, with a warning. */
void process_harden(void);

/* What prctl(PR_GET_DUMPABLE) gives after it; builds with the address sanitizer leave it at 1, because
 * their leak checker must trace the process. */
#if defined(__SANITIZE_ADDRESS__)
#define PROCESS_DUMPABLE 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define PROCESS_DUMPABLE 1
#endif
#endif
#ifndef PROCESS_DUMPABLE
#define PROCESS_DUMPABLE 0
#endif

#endif
