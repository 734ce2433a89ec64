/* SPDX-License-Identifier: MIT
 * nonces.h: the nonces seen within a time window, so that a captured request cannot be sent again. */
#ifndef PEERWAY_CLOUD_NONCES_H
#define PEERWAY_CLOUD_NONCES_H

#include <stdint.h>

#include "modules/cloud/bytes.h"

struct nonce;

struct nonces {
    struct nonce **slots;
    size_t slot_count;
    size_t count;
    struct nonce *oldest, *newest; /* in order of arrival */
};

enum nonce_verdict { NONCE_NEW, NONCE_USED, NONCE_NO_MEMORY };

/* Remembers (owner, nonce) until `forget_at`; first drops what `now` has passed. */
enum nonce_verdict nonces_use(struct nonces *nonces, struct slice owner, struct slice nonce, int64_t now,
                              int64_t forget_at);
void nonces_free(struct nonces *nonces);

#endif
