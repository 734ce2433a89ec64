/* SPDX-License-Identifier: MIT
 * sign_key.c: the MACs of one key, made when first used. */
#include "modules/cloud/sign_key.h"

bool sign_key_init(struct sign_key *key, const char *secret, size_t size)
{
    *key = (struct sign_key){0};
    return secret_set(&key->secret, secret, size);
}

void sign_key_clear(struct sign_key *key)
{
    for (int use = 0; use < KEY_USES; use++)
        if (key->macs[use].work)
            hmac_clear(&key->macs[use]);
    secret_clear(&key->secret);
    *key = (struct sign_key){0};
}

static bool open_mac(const struct crypto *crypto, struct sign_key *key, enum key_use use)
{
    struct secret joined = {0};
    if (use == KEY_ACS3)
        return hmac_init(&key->macs[use], crypto->sha256, secret_slice(&key->secret));
    if (use == KEY_SHA1)
        return hmac_init(&key->macs[use], crypto->sha1, secret_slice(&key->secret));
    if (use != KEY_RPC || !secret_join(&joined, secret_slice(&key->secret), slice_of("&")))
        return false;
    bool opened = hmac_init(&key->macs[use], crypto->sha1, secret_slice(&joined));
    secret_clear(&joined);
    return opened;
}

size_t sign_key_mac(struct sign_key *key, enum key_use use, const void *message, size_t size,
                    unsigned char *mac)
{
    const struct crypto *crypto = crypto_open(NULL);
    if (!crypto || !key->secret.data || (!key->macs[use].work && !open_mac(crypto, key, use)))
        return 0;
    return hmac_message(&key->macs[use], message, size, mac);
}

/* One link of the V4 chain: *chain becomes HMAC-SHA256(*chain, step). */
static bool derive(const struct crypto *crypto, struct secret *chain, struct slice step)
{
    struct hmac mac;
    struct secret next = {.data = secret_alloc(SHA256_SIZE + 1), .size = SHA256_SIZE};
    bool ok = next.data && hmac_init(&mac, crypto->sha256, secret_slice(chain));
    if (ok) {
        ok = hmac_message(&mac, step.data, step.size, (unsigned char *)next.data) == SHA256_SIZE;
        hmac_clear(&mac);
    }
    secret_clear(chain);
    *chain = next;
    return ok;
}

bool sign_key_scope(struct sign_key *key, struct slice date, struct slice region)
{
    const struct crypto *crypto = crypto_open(NULL);
    struct hmac *mac = &key->macs[KEY_ODPS4];
    char scope[sizeof key->odps_scope] = "";
    if (!crypto || !key->secret.data || date.size + region.size + 2 > sizeof scope)
        return false;
    memcpy(scope, date.data, date.size);
    scope[date.size] = '/';
    memcpy(scope + date.size + 1, region.data, region.size);
    if (mac->work && memcmp(scope, key->odps_scope, sizeof scope) == 0)
        return true;

    struct secret chain = {0};
    bool ok = secret_join(&chain, slice_of("aliyun_v4"), secret_slice(&key->secret)) &&
              derive(crypto, &chain, date) && derive(crypto, &chain, region) &&
              derive(crypto, &chain, slice_of("odps")) &&
              derive(crypto, &chain, slice_of("aliyun_v4_request"));
    if (mac->work)
        hmac_clear(mac);
    ok = ok && hmac_init(mac, crypto->sha1, secret_slice(&chain));
    secret_clear(&chain);
    memcpy(key->odps_scope, scope, sizeof scope);
    return ok;
}
