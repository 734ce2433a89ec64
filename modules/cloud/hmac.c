/* SPDX-License-Identifier: MIT
 * hmac.c: HMAC from two kept digest states. */
#include "modules/cloud/hmac.h"

#define BLOCK_SIZE 64

/* Digests the key XOR pad, as one block, into a fresh context. `block` lies in the secure heap. */
static EVP_MD_CTX *padded_state(const struct crypto_api *api, const EVP_MD *algorithm, unsigned char *block,
                                unsigned char pad)
{
    EVP_MD_CTX *state = api->EVP_MD_CTX_new();
    for (int i = 0; i < BLOCK_SIZE; i++)
        block[i] ^= pad;
    if (state && api->EVP_DigestInit_ex(state, algorithm, NULL) == 1 &&
        api->EVP_DigestUpdate(state, block, BLOCK_SIZE) == 1)
        return state;
    api->EVP_MD_CTX_free(state);
    return NULL;
}

bool hmac_init(struct hmac *hmac, const EVP_MD *algorithm, struct slice key)
{
    const struct crypto *crypto = crypto_open(NULL);
    const struct crypto_api *api = crypto->api;
    unsigned char *block = secret_alloc(BLOCK_SIZE);
    *hmac = (struct hmac){.work = api->EVP_MD_CTX_new(),
                          .size = algorithm == crypto->sha256 ? SHA256_SIZE : SHA1_SIZE};
    bool ok = block && hmac->work;
    if (ok && key.size > BLOCK_SIZE)
        ok = crypto_digest(crypto, hmac->work, algorithm, key.data, key.size, block) == 0;
    else if (ok && key.size)
        memcpy(block, key.data, key.size);
    if (ok) {
        hmac->inner = padded_state(api, algorithm, block, 0x36);
        hmac->outer = padded_state(api, algorithm, block, 0x36 ^ 0x5c);
    }
    secret_release(block, BLOCK_SIZE);
    if (hmac->inner && hmac->outer)
        return true;
    api->ERR_clear_error();
    hmac_clear(hmac);
    return false;
}

void hmac_clear(struct hmac *hmac)
{
    const struct crypto *crypto = crypto_open(NULL);
    EVP_MD_CTX *contexts[] = {hmac->inner, hmac->outer, hmac->work};
    for (int i = 0; i < 3; i++)
        if (contexts[i])
            crypto->api->EVP_MD_CTX_free(contexts[i]);
    *hmac = (struct hmac){0};
}

size_t hmac_message(struct hmac *hmac, const void *message, size_t size, unsigned char mac[HMAC_MAX_SIZE])
{
    const struct crypto_api *api = crypto_open(NULL)->api;
    unsigned char digest[HMAC_MAX_SIZE];
    unsigned length = 0;
    if (api->EVP_MD_CTX_copy_ex(hmac->work, hmac->inner) == 1 &&
        api->EVP_DigestUpdate(hmac->work, message, size) == 1 &&
        api->EVP_DigestFinal_ex(hmac->work, digest, &length) == 1 &&
        api->EVP_MD_CTX_copy_ex(hmac->work, hmac->outer) == 1 &&
        api->EVP_DigestUpdate(hmac->work, digest, length) == 1 &&
        api->EVP_DigestFinal_ex(hmac->work, mac, &length) == 1)
        return hmac->size;
    api->ERR_clear_error();
    return 0;
}
