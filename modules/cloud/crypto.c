/* SPDX-License-Identifier: MIT
 * crypto.c: opens libcrypto, fetches the algorithms, small digest and text helpers. */
#include "modules/cloud/crypto.h"

#define LAZY_API_NAME crypto_api
LAZY_DEFINE(crypto_api, CRYPTO_FUNCTIONS, "libcrypto.so.3", "libssl3")

static const char *crypto_fetch(struct crypto *crypto)
{
    const struct crypto_api *api = crypto->api;
    /* Decided once for the process: later users of OpenSSL (libcurl) cannot turn it on again. */
    if (api->OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, NULL) != 1)
        return "libcrypto does not start (OPENSSL_init_crypto failed); reinstall the package libssl3";
    crypto->sha256 = api->EVP_MD_fetch(NULL, "SHA256", NULL);
    crypto->sha1 = api->EVP_MD_fetch(NULL, "SHA1", NULL);
    crypto->md5 = api->EVP_MD_fetch(NULL, "MD5", NULL);
    api->ERR_clear_error();
    /* MD5 is only needed for Content-MD5 and may be absent on FIPS systems. */
    if (!crypto->sha256 || !crypto->sha1)
        return "libcrypto offers no SHA256 or no SHA1; its default provider is missing or disabled";
    return NULL;
}

const struct crypto *crypto_open(const char **why)
{
    static struct crypto crypto;
    static const char *problem;
    static int opened;
    if (!opened) {
        crypto.api = crypto_api_load(&problem);
        if (crypto.api)
            problem = crypto_fetch(&crypto);
        opened = 1;
    }
    if (why)
        *why = problem;
    return problem ? NULL : &crypto;
}

int crypto_digest(const struct crypto *crypto, EVP_MD_CTX *md, const EVP_MD *algorithm, const void *data,
                  size_t size, unsigned char *digest)
{
    unsigned length = 0;
    if (algorithm && crypto->api->EVP_DigestInit_ex(md, algorithm, NULL) == 1 &&
        crypto->api->EVP_DigestUpdate(md, data, size) == 1 &&
        crypto->api->EVP_DigestFinal_ex(md, digest, &length) == 1)
        return 0;
    crypto->api->ERR_clear_error();
    return -1;
}

int crypto_equal(const struct crypto *crypto, const void *a, size_t a_size, const void *b, size_t b_size)
{
    return a_size == b_size && crypto->api->CRYPTO_memcmp(a, b, a_size) == 0;
}

void hex_encode(const unsigned char *bytes, size_t size, char *text)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < size; i++) {
        text[2 * i] = digits[bytes[i] >> 4];
        text[2 * i + 1] = digits[bytes[i] & 15];
    }
}

size_t base64_encode(const unsigned char *bytes, size_t size, char *text)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    char *p = text;
    for (size_t i = 0; i < size; i += 3) {
        unsigned long v = (unsigned long)bytes[i] << 16;
        if (i + 1 < size)
            v |= (unsigned long)bytes[i + 1] << 8;
        if (i + 2 < size)
            v |= bytes[i + 2];
        *p++ = digits[v >> 18];
        *p++ = digits[v >> 12 & 63];
        *p++ = i + 1 < size ? digits[v >> 6 & 63] : '=';
        *p++ = i + 2 < size ? digits[v & 63] : '=';
    }
    return (size_t)(p - text);
}
