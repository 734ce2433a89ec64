/* SPDX-License-Identifier: MIT
 * hmac.h: HMAC (RFC 2104) with the two padded key blocks digested once. Not EVP_MAC: OpenSSL 3.0 keeps a
 * plain copy of the key in each context, in ordinary memory; here only the digest states stay. */
#ifndef PEERWAY_CLOUD_HMAC_H
#define PEERWAY_CLOUD_HMAC_H

#include "modules/cloud/secret.h"

#define HMAC_MAX_SIZE SHA256_SIZE

struct hmac {
    EVP_MD_CTX *inner, *outer; /* after the padded key */
    EVP_MD_CTX *work;
    size_t size; /* of the result */
};

/* `algorithm` is SHA256 or SHA1 (blocks of 64 bytes). false: no memory, or libcrypto refused. */
bool hmac_init(struct hmac *hmac, const EVP_MD *algorithm, struct slice key);
void hmac_clear(struct hmac *hmac);
/* The MAC of one message. Returns its size, or 0 when libcrypto refused. */
size_t hmac_message(struct hmac *hmac, const void *message, size_t size, unsigned char mac[HMAC_MAX_SIZE]);

#endif
