/* SPDX-License-Identifier: MIT
 * verify_private.h: what the verifiers of the signature families share. */
#ifndef PEERWAY_CLOUD_VERIFY_PRIVATE_H
#define PEERWAY_CLOUD_VERIFY_PRIVATE_H

#include "modules/cloud/verify.h"

/* One verification under way. */
struct check {
    struct signer *signer;
    struct keyring *ring;
    const struct verify_request *request;
    struct verify_result *result;
    struct pairs query; /* decoded, in the order received */
    struct pairs form;  /* decoded body, when its type says so */
};

/* Refuses with one of the codes below; always returns false. `extra` is appended to the text. */
bool refuse(struct check *check, const char *code, struct slice extra);
/* "Missing<Name>", as the cloud names an absent parameter. */
bool refuse_missing(struct check *check, const char *name);

struct slice header_value(const struct check *check, const char *name); /* trimmed; data NULL: absent */
struct slice parameter_value(const struct check *check, const char *name);

/* The key of that id, usable; else refused. */
struct ring_key *find_key(struct check *check, struct slice access_key_id);
/* Token present, matching and not expired. */
bool check_token(struct check *check, const struct ring_key *key, struct slice token);
/* The ISO date within the skew; *time is set. */
bool check_date(struct check *check, struct slice date, int64_t *time);
/* First use of the nonce. */
bool check_nonce(struct check *check, const struct ring_key *key, struct slice nonce, int64_t time);
/* A text with the token's value replaced by "***"; what error messages may show. */
void append_masked(struct bytes *out, struct slice text, const struct secret *token);

void verify_acs3(struct check *check, struct slice authorization);
void verify_rpc(struct check *check);
void verify_roa(struct check *check, struct slice authorization);
void verify_odps(struct check *check, struct slice authorization);
void verify_bearer(struct check *check, struct slice token);

#endif
