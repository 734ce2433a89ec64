/* SPDX-License-Identifier: MIT
 * sign_key.c: keyed MAC contexts, made when first used. */
#include "modules/cloud/sign_key.h"

bool sign_key_init(struct sign_key *key, const char *secret, size_t size)
{
    *key = (struct sign_key){0};
    return secret_set(&key->secret, secret, size);
}

void sign_key_clear(struct sign_key *key)
{
    const struct crypto *crypto = crypto_open(NULL);
    for (int use = 0; use < KEY_USES; use++)
        if (key->macs[use])
            crypto->api->EVP_MAC_CTX_free(key->macs[use]);
    secret_clear(&key->secret);
    *key = (struct sign_key){0};
}

/* A context keyed with `secret`; NULL when libcrypto refuses. */
static EVP_MAC_CTX *keyed_mac(const struct crypto *crypto, const char *digest, struct slice secret)
{
    const struct crypto_api *api = crypto->api;
    EVP_MAC_CTX *mac = api->EVP_MAC_CTX_new(crypto->hmac);
    char name[8];
    memcpy(name, digest, strlen(digest) + 1); /* OSSL_PARAM wants a writable string */
    OSSL_PARAM params[2] = {api->OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, name, 0),
                            api->OSSL_PARAM_construct_end()};
    if (mac && api->EVP_MAC_init(mac, (const unsigned char *)secret.data, secret.size, params) == 1)
        return mac;
    api->EVP_MAC_CTX_free(mac);
    api->ERR_clear_error();
    return NULL;
}

static EVP_MAC_CTX *open_mac(const struct crypto *crypto, struct sign_key *key, enum key_use use)
{
    if (use == KEY_ACS3)
        return keyed_mac(crypto, "SHA256", secret_slice(&key->secret));
    if (use == KEY_SHA1)
        return keyed_mac(crypto, "SHA1", secret_slice(&key->secret));
    struct secret joined = {0};
    if (use != KEY_RPC || !secret_join(&joined, secret_slice(&key->secret), slice_of("&")))
        return NULL;
    EVP_MAC_CTX *mac = keyed_mac(crypto, "SHA1", secret_slice(&joined));
    secret_clear(&joined);
    return mac;
}

static size_t mac_message(const struct crypto *crypto, EVP_MAC_CTX *mac, const void *message, size_t size,
                          unsigned char *out)
{
    size_t length = 0;
    const struct crypto_api *api = crypto->api;
    /* A NULL key re-initialises with the key of the context (EVP_MAC_init manual page). */
    if (api->EVP_MAC_init(mac, NULL, 0, NULL) == 1 && api->EVP_MAC_update(mac, message, size) == 1 &&
        api->EVP_MAC_final(mac, out, &length, KEY_MAC_SIZE) == 1)
        return length;
    api->ERR_clear_error();
    return 0;
}

size_t sign_key_mac(struct sign_key *key, enum key_use use, const void *message, size_t size,
                    unsigned char *mac)
{
    const struct crypto *crypto = crypto_open(NULL);
    if (!crypto || !key->secret.data)
        return 0;
    if (!key->macs[use])
        key->macs[use] = open_mac(crypto, key, use);
    return key->macs[use] ? mac_message(crypto, key->macs[use], message, size, mac) : 0;
}

bool sign_key_scope(struct sign_key *key, struct slice date, struct slice region)
{
    const struct crypto *crypto = crypto_open(NULL);
    char scope[sizeof key->odps_scope];
    if (!crypto || !key->secret.data || date.size + region.size + 2 > sizeof scope)
        return false;
    memcpy(scope, date.data, date.size);
    scope[date.size] = '/';
    memcpy(scope + date.size + 1, region.data, region.size);
    scope[date.size + 1 + region.size] = 0;
    if (key->macs[KEY_ODPS4] && strcmp(scope, key->odps_scope) == 0)
        return true;

    struct secret chain = {0};
    const struct slice steps[] = {date, region, slice_of("odps"), slice_of("aliyun_v4_request")};
    bool ok = secret_join(&chain, slice_of("aliyun_v4"), secret_slice(&key->secret));
    for (size_t i = 0; ok && i < sizeof steps / sizeof *steps; i++) {
        EVP_MAC_CTX *mac = keyed_mac(crypto, "SHA256", secret_slice(&chain));
        struct secret next = {.data = secret_alloc(SHA256_SIZE + 1), .size = SHA256_SIZE};
        ok =
            mac && next.data &&
            mac_message(crypto, mac, steps[i].data, steps[i].size, (unsigned char *)next.data) == SHA256_SIZE;
        crypto->api->EVP_MAC_CTX_free(mac);
        secret_clear(&chain);
        chain = next;
    }
    if (key->macs[KEY_ODPS4])
        crypto->api->EVP_MAC_CTX_free(key->macs[KEY_ODPS4]);
    key->macs[KEY_ODPS4] = ok ? keyed_mac(crypto, "SHA1", secret_slice(&chain)) : NULL;
    secret_clear(&chain);
    memcpy(key->odps_scope, scope, sizeof scope);
    return key->macs[KEY_ODPS4] != NULL;
}
