/* SPDX-License-Identifier: MIT
 * keyring.c: a list of access keys; sandboxes hold a handful. */
#include "modules/cloud/keyring.h"

#include <stdlib.h>

static void key_clear(struct ring_key *key)
{
    sign_key_clear(&key->key);
    secret_clear(&key->token);
    secret_clear(&key->bearer);
}

struct ring_key *keyring_find(const struct keyring *ring, struct slice access_key_id)
{
    for (struct ring_key *key = ring->keys; key; key = key->next)
        if (slice_is(access_key_id, key->access_key_id))
            return key;
    return NULL;
}

struct ring_key *keyring_put(struct keyring *ring, struct slice access_key_id, int *old_reference)
{
    struct ring_key *key = keyring_find(ring, access_key_id);
    *old_reference = key ? key->reference : 0;
    if (key) {
        key_clear(key);
        key->reference = 0;
        key->expires = 0;
        key->disabled = false;
        return key;
    }
    key = calloc(1, sizeof *key);
    if (!key)
        return NULL;
    key->access_key_id = strndup(access_key_id.data, access_key_id.size);
    if (!key->access_key_id) {
        free(key);
        return NULL;
    }
    key->next = ring->keys;
    ring->keys = key;
    return key;
}

bool keyring_remove(struct keyring *ring, struct slice access_key_id, int *reference)
{
    struct ring_key **at = &ring->keys;
    while (*at && !slice_is(access_key_id, (*at)->access_key_id))
        at = &(*at)->next;
    struct ring_key *key = *at;
    if (!key)
        return false;
    *at = key->next;
    *reference = key->reference;
    key_clear(key);
    free(key->access_key_id);
    free(key);
    return true;
}

void keyring_free(struct keyring *ring)
{
    int reference;
    while (ring->keys)
        keyring_remove(ring, slice_of(ring->keys->access_key_id), &reference);
    nonces_free(&ring->nonces);
}
