/* SPDX-License-Identifier: MIT
 * openssl_api.h: the functions of libssl and libcrypto that a TLS probe needs, opened on first use. */
#ifndef PEERWAY_NET_OPENSSL_API_H
#define PEERWAY_NET_OPENSSL_API_H

#include <lua.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "runtime/lazy.h"

#define SSL_FUNCTIONS(X)                                                                                     \
    X(TLS_client_method)                                                                                     \
    X(SSL_CTX_new)                                                                                           \
    X(SSL_CTX_free)                                                                                          \
    X(SSL_CTX_ctrl)                                                                                          \
    X(SSL_CTX_load_verify_file)                                                                              \
    X(SSL_CTX_set_default_verify_paths)                                                                      \
    X(SSL_new)                                                                                               \
    X(SSL_free)                                                                                              \
    X(SSL_ctrl)                                                                                              \
    X(SSL_set_fd)                                                                                            \
    X(SSL_set_verify)                                                                                        \
    X(SSL_get0_param)                                                                                        \
    X(SSL_connect)                                                                                           \
    X(SSL_get_error)                                                                                         \
    X(SSL_get_version)                                                                                       \
    X(SSL_get_current_cipher)                                                                                \
    X(SSL_CIPHER_get_name)                                                                                   \
    X(SSL_get_verify_result)                                                                                 \
    X(SSL_get1_peer_certificate)                                                                             \
    X(SSL_get_peer_cert_chain)

#define CRYPTO_FUNCTIONS(X)                                                                                  \
    X(X509_VERIFY_PARAM_set1_host)                                                                           \
    X(X509_VERIFY_PARAM_set1_ip_asc)                                                                         \
    X(X509_VERIFY_PARAM_set_hostflags)                                                                       \
    X(X509_verify_cert_error_string)                                                                         \
    X(X509_get_subject_name)                                                                                 \
    X(X509_get_issuer_name)                                                                                  \
    X(X509_NAME_print_ex)                                                                                    \
    X(X509_get0_notBefore)                                                                                   \
    X(X509_get0_notAfter)                                                                                    \
    X(X509_get0_serialNumber)                                                                                \
    X(X509_get_ext_d2i)                                                                                      \
    X(X509_digest)                                                                                           \
    X(X509_free)                                                                                             \
    X(EVP_sha256)                                                                                            \
    X(ASN1_TIME_to_tm)                                                                                       \
    X(ASN1_INTEGER_to_BN)                                                                                    \
    X(ASN1_STRING_get0_data)                                                                                 \
    X(ASN1_STRING_length)                                                                                    \
    X(BN_bn2hex)                                                                                             \
    X(BN_free)                                                                                               \
    X(BIO_new)                                                                                               \
    X(BIO_s_mem)                                                                                             \
    X(BIO_ctrl)                                                                                              \
    X(BIO_free)                                                                                              \
    X(CRYPTO_free)                                                                                           \
    X(OPENSSL_sk_num)                                                                                        \
    X(OPENSSL_sk_value)                                                                                      \
    X(GENERAL_NAMES_free)                                                                                    \
    X(ERR_get_error)                                                                                         \
    X(ERR_clear_error)                                                                                       \
    X(ERR_reason_error_string)

LAZY_DECLARE(net_ssl_api, SSL_FUNCTIONS);
LAZY_DECLARE(net_crypto_api, CRYPTO_FUNCTIONS);

/* certificate_lua.c: adds subject, issuer, names, not_before, not_after, serial and sha256 to the table on
 * the top of the stack. */
void certificate_push_facts(lua_State *L, const struct net_crypto_api *crypto, X509 *certificate);

/* One word for an X509_V_ERR_*; NULL for X509_V_OK. */
const char *certificate_reason(long result);

#endif
