/* SPDX-License-Identifier: MIT
 * verify.h: the other end of sign.h: is a received request signed by a known key, fresh and unaltered?
 * Answers with the cloud's own codes and texts. */
#ifndef PEERWAY_CLOUD_VERIFY_H
#define PEERWAY_CLOUD_VERIFY_H

#include "modules/cloud/keyring.h"
#include "modules/cloud/sign.h"

struct verify_request {
    struct slice method;
    struct slice path;  /* as received */
    struct slice query; /* as received, without '?' */
    struct pairs headers;
    struct slice body;
    int64_t now; /* seconds since 1970 */
};

struct verify_result {
    const char *protocol;       /* "ACS3" "V1" "ROA2" "ODPS" "ODPS4" "bearer"; "anonymous": no credential */
    const struct ring_key *key; /* set when the request is accepted */
    struct slice access_key_id; /* as received, valid until the signer is wiped */
    const char *code;           /* NULL: accepted */
    int http_status;
    struct bytes message;
};

/* Checks key, token, date, signature, nonce, in this order. `result` must be zeroed by the caller and its
 * message freed with bytes_free. The signer is wiped by the caller. */
void signature_verify(struct signer *signer, struct keyring *ring, const struct verify_request *request,
                      struct verify_result *result);

#endif
