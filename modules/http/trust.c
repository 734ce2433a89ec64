/* SPDX-License-Identifier: MIT
 * trust.c: what a server's certificate must satisfy beyond libcurl's own checks: the name stands in
 * subjectAltName (a common name is no name), wildcards replace a whole label, the name is checked
 * during the handshake, so that nothing is sent to the wrong host. */
#include "modules/http/client.h"

#include <arpa/inet.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#define TRUST_SSL_FUNCTIONS(X) X(SSL_CTX_get0_param)
#define TRUST_CRYPTO_FUNCTIONS(X)                                                                            \
    X(X509_VERIFY_PARAM_set_hostflags)                                                                       \
    X(X509_VERIFY_PARAM_set1_host)                                                                           \
    X(X509_VERIFY_PARAM_set1_ip_asc)

LAZY_DECLARE(trust_ssl_api, TRUST_SSL_FUNCTIONS);
LAZY_DECLARE(trust_crypto_api, TRUST_CRYPTO_FUNCTIONS);
#define LAZY_API_NAME trust_ssl_api
LAZY_DEFINE(trust_ssl_api, TRUST_SSL_FUNCTIONS, "libssl.so.3", "libssl3")
#undef LAZY_API_NAME
#define LAZY_API_NAME trust_crypto_api
LAZY_DEFINE(trust_crypto_api, TRUST_CRYPTO_FUNCTIONS, "libcrypto.so.3", "libssl3")

static bool is_address(const char *host)
{
    unsigned char bytes[16];
    return inet_pton(AF_INET, host, bytes) == 1 || inet_pton(AF_INET6, host, bytes) == 1;
}

CURLcode trust_rules(CURL *easy, void *context, void *arg)
{
    const struct transfer *transfer = arg;
    const char *host = transfer->exchange->url.host;
    const struct trust_ssl_api *ssl = trust_ssl_api_load(NULL);
    const struct trust_crypto_api *crypto = trust_crypto_api_load(NULL);
    if (!ssl || !crypto)
        return CURLE_FAILED_INIT;
    X509_VERIFY_PARAM *rules = ssl->SSL_CTX_get0_param(context);
    crypto->X509_VERIFY_PARAM_set_hostflags(rules, X509_CHECK_FLAG_NEVER_CHECK_SUBJECT |
                                                       X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    int ok = is_address(host) ? crypto->X509_VERIFY_PARAM_set1_ip_asc(rules, host)
                              : crypto->X509_VERIFY_PARAM_set1_host(rules, host, 0);
    return ok == 1 ? CURLE_OK : CURLE_OUT_OF_MEMORY;
}
