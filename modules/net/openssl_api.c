/* SPDX-License-Identifier: MIT
 * openssl_api.c: loading of libssl and libcrypto for TLS probes. */
#include "modules/net/openssl_api.h"

#define LAZY_API_NAME net_ssl_api
LAZY_DEFINE(net_ssl_api, SSL_FUNCTIONS, "libssl.so.3", "libssl3")
#undef LAZY_API_NAME
#define LAZY_API_NAME net_crypto_api
LAZY_DEFINE(net_crypto_api, CRYPTO_FUNCTIONS, "libcrypto.so.3", "libssl3")
