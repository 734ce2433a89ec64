/* SPDX-License-Identifier: MIT
 * credential.h: what signs: an access key with or without token, a bearer token, or nothing; and the plan
 * that says where it comes from. */
#ifndef PEERWAY_CLOUD_CREDENTIAL_H
#define PEERWAY_CLOUD_CREDENTIAL_H

#include <stdint.h>

#include "modules/cloud/problem.h"
#include "modules/cloud/sign_key.h"

enum credential_kind { CREDENTIAL_NONE, CREDENTIAL_KEY, CREDENTIAL_BEARER, CREDENTIAL_ANONYMOUS };

struct credential {
    enum credential_kind kind;
    char access_key_id[128];
    struct sign_key key;
    struct secret token; /* STS token, or the bearer token */
    int64_t expires;     /* seconds since 1970; 0: never */
    bool sandbox;        /* issued by the sandbox: may be shown to mounted handlers */
};

/* Fills the credential with copies. false: no memory or an id that is too long. */
bool credential_set(struct credential *credential, struct slice access_key_id, struct slice secret,
                    struct slice token, int64_t expires);
void credential_clear(struct credential *credential);
/* Moves the secrets; `from` is empty afterwards. */
void credential_move(struct credential *to, struct credential *from);

/* Only the last four characters stay: "****xyz9". */
void mask_key_id(const char *access_key_id, char *text, size_t size);

/* Constants that are documented and open nothing: secrets and tokens that begin with "sandbox-" and the
 * published examples of the cloud's own documentation. Only these may come from Lua. */
bool is_demo_secret(struct slice secret);
/* Those of the sandbox: requests signed with them may be shown to mounted handlers. */
bool is_sandbox_secret(struct slice secret);

#endif
