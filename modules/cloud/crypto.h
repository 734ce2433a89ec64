/* SPDX-License-Identifier: MIT
 * crypto.h: what the cloud module uses of OpenSSL's libcrypto: digests and the secure heap.
 * The library is opened when first used (runtime/lazy.h); algorithms are fetched once per process. */
#ifndef PEERWAY_CLOUD_CRYPTO_H
#define PEERWAY_CLOUD_CRYPTO_H

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>

#include "runtime/lazy.h"

#define CRYPTO_FUNCTIONS(X)                                                                                  \
    X(OPENSSL_init_crypto)                                                                                   \
    X(OPENSSL_cleanse)                                                                                       \
    X(CRYPTO_memcmp)                                                                                         \
    X(CRYPTO_secure_malloc_init)                                                                             \
    X(CRYPTO_secure_malloc_initialized)                                                                      \
    X(CRYPTO_secure_zalloc)                                                                                  \
    X(CRYPTO_secure_clear_free)                                                                              \
    X(CRYPTO_secure_allocated)                                                                               \
    X(CRYPTO_secure_used)                                                                                    \
    X(ERR_clear_error)                                                                                       \
    X(EVP_MD_fetch)                                                                                          \
    X(EVP_MD_CTX_new)                                                                                        \
    X(EVP_MD_CTX_free)                                                                                       \
    X(EVP_DigestInit_ex)                                                                                     \
    X(EVP_DigestUpdate)                                                                                      \
    X(EVP_DigestFinal_ex)                                                                                    \
    X(EVP_MD_CTX_copy_ex)

LAZY_DECLARE(crypto_api, CRYPTO_FUNCTIONS);

#define SHA256_SIZE 32
#define SHA1_SIZE 20
#define MD5_SIZE 16

/* The library with the algorithms of the four signature families, fetched once. */
struct crypto {
    const struct crypto_api *api;
    EVP_MD *sha256;
    EVP_MD *sha1;
    EVP_MD *md5;
};

/* Opens libcrypto without reading openssl.cnf (a configuration file may load foreign code).
 * NULL, and a text in *why, when the library or an algorithm is missing. */
const struct crypto *crypto_open(const char **why);

/* One digest of `size` bytes; `md` is a context to reuse. Returns 0, or -1 when libcrypto refuses. */
int crypto_digest(const struct crypto *crypto, EVP_MD_CTX *md, const EVP_MD *algorithm, const void *data,
                  size_t size, unsigned char *digest);

/* Equal length and bytes, in time that depends on the length only. */
int crypto_equal(const struct crypto *crypto, const void *a, size_t a_size, const void *b, size_t b_size);

/* Lower-case hex of `size` bytes into text[2 * size]; no terminator. */
void hex_encode(const unsigned char *bytes, size_t size, char *text);

/* Base64 with padding into text[(size + 2) / 3 * 4]; no terminator. Returns the length. */
size_t base64_encode(const unsigned char *bytes, size_t size, char *text);

#endif
