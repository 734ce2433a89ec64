/* SPDX-License-Identifier: MIT
 * sign_key.h: an AccessKey secret with its keyed MACs. Keying costs as much as a whole signature, so each
 * is keyed once and reused for every message. */
#ifndef PEERWAY_CLOUD_SIGN_KEY_H
#define PEERWAY_CLOUD_SIGN_KEY_H

#include "modules/cloud/hmac.h"

enum key_use {
    KEY_ACS3,  /* HMAC-SHA256 with the secret: ACS3 */
    KEY_RPC,   /* HMAC-SHA1 with secret + "&": RPC V1 */
    KEY_SHA1,  /* HMAC-SHA1 with the secret: ROA V2, ODPS */
    KEY_ODPS4, /* HMAC-SHA1 with the key derived for one day and region */
    KEY_USES
};

#define KEY_MAC_SIZE HMAC_MAX_SIZE

struct sign_key {
    struct secret secret;
    struct hmac macs[KEY_USES]; /* each keyed when first used */
    char odps_scope[80];        /* "yyyymmdd/region" that macs[KEY_ODPS4] is keyed for */
};

/* Takes a copy of the secret. false: no memory or no libcrypto. */
bool sign_key_init(struct sign_key *key, const char *secret, size_t size);
/* Overwrites and frees everything; the key may be used again after sign_key_init. */
void sign_key_clear(struct sign_key *key);

/* The MAC of one message into mac[KEY_MAC_SIZE]. Returns its size, or 0 when libcrypto fails.
 * KEY_ODPS4 needs sign_key_scope before. */
size_t sign_key_mac(struct sign_key *key, enum key_use use, const void *message, size_t size,
                    unsigned char *mac);

/* Derives the ODPS V4 key for `date` (yyyymmdd) and `region` unless it is the one of the last call. */
bool sign_key_scope(struct sign_key *key, struct slice date, struct slice region);

#endif
