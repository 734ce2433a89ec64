/* SPDX-License-Identifier: MIT
 * keyring.h: the access keys that a verifier knows, and the nonces they used. */
#ifndef PEERWAY_CLOUD_KEYRING_H
#define PEERWAY_CLOUD_KEYRING_H

#include "modules/cloud/nonces.h"
#include "modules/cloud/sign_key.h"

struct ring_key {
    struct ring_key *next;
    char *access_key_id;
    struct sign_key key;
    struct secret token;  /* STS keys: the token that must come with it */
    struct secret bearer; /* instead of a key: a bearer token */
    int64_t expires;      /* 0: never */
    bool disabled;
    int reference; /* the caller's; a Lua registry index */
};

struct keyring {
    struct ring_key *keys;
    struct nonces nonces;
    int64_t skew; /* seconds that a date may lie in the past or in the future */
};

#define KEYRING_SKEW 900

/* Adds or replaces the key of that id and returns it with empty secrets; NULL: out of memory.
 * *old_reference is the reference of the replaced key, or 0. */
struct ring_key *keyring_put(struct keyring *ring, struct slice access_key_id, int *old_reference);
struct ring_key *keyring_find(const struct keyring *ring, struct slice access_key_id);
/* Forgets a key; false when there is none. */
bool keyring_remove(struct keyring *ring, struct slice access_key_id, int *reference);
void keyring_free(struct keyring *ring);

#endif
