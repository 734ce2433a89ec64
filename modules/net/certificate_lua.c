/* SPDX-License-Identifier: MIT
 * certificate_lua.c: the facts of a certificate as Lua values. */
#include "modules/net/openssl_api.h"

#include <arpa/inet.h>
#include <lauxlib.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

const char *certificate_reason(long result)
{
    switch (result) {
    case X509_V_OK:
        return NULL;
    case X509_V_ERR_CERT_NOT_YET_VALID:
    case X509_V_ERR_CRL_NOT_YET_VALID:
        return "not_yet_valid";
    case X509_V_ERR_CERT_HAS_EXPIRED:
    case X509_V_ERR_CRL_HAS_EXPIRED:
        return "expired";
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
        return "self_signed";
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    case X509_V_ERR_CERT_UNTRUSTED:
        return "unknown_issuer";
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
        return "wrong_host";
    case X509_V_ERR_INVALID_PURPOSE:
        return "wrong_usage";
    case X509_V_ERR_EE_KEY_TOO_SMALL:
    case X509_V_ERR_CA_KEY_TOO_SMALL:
    case X509_V_ERR_CA_MD_TOO_WEAK:
        return "weak";
    case X509_V_ERR_CERT_REVOKED:
        return "revoked";
    default:
        return "not_trusted";
    }
}

static void set_name(lua_State *L, const struct net_crypto_api *crypto, const char *field,
                     const X509_NAME *name)
{
    char *text = NULL;
    BIO *bio = crypto->BIO_new(crypto->BIO_s_mem());
    if (!bio)
        return;
    crypto->X509_NAME_print_ex(bio, name, 0, XN_FLAG_RFC2253);
    long size = crypto->BIO_ctrl(bio, BIO_CTRL_INFO, 0, &text);
    lua_pushlstring(L, text ? text : "", size > 0 ? (size_t)size : 0);
    lua_setfield(L, -2, field);
    crypto->BIO_free(bio);
}

static void set_time(lua_State *L, const struct net_crypto_api *crypto, const char *field,
                     const ASN1_TIME *time)
{
    struct tm tm = {0};
    if (crypto->ASN1_TIME_to_tm(time, &tm) != 1)
        return;
    lua_pushinteger(L, (lua_Integer)timegm(&tm));
    lua_setfield(L, -2, field);
}

static void set_serial(lua_State *L, const struct net_crypto_api *crypto, X509 *certificate)
{
    BIGNUM *number = crypto->ASN1_INTEGER_to_BN(crypto->X509_get0_serialNumber(certificate), NULL);
    char *hex = number ? crypto->BN_bn2hex(number) : NULL;
    if (hex) {
        lua_pushstring(L, hex);
        lua_setfield(L, -2, "serial");
        crypto->CRYPTO_free(hex, __FILE__, __LINE__);
    }
    crypto->BN_free(number);
}

static void set_digest(lua_State *L, const struct net_crypto_api *crypto, X509 *certificate)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    char hex[2 * EVP_MAX_MD_SIZE + 1];
    unsigned size = 0;
    if (crypto->X509_digest(certificate, crypto->EVP_sha256(), digest, &size) != 1)
        return;
    for (unsigned i = 0; i < size; i++)
        snprintf(hex + 2 * i, 3, "%02x", digest[i]);
    lua_pushlstring(L, hex, 2 * (size_t)size);
    lua_setfield(L, -2, "sha256");
}

/* DNS names and addresses; a name with a zero byte is shown as it is, so that nobody takes it for another. */
static void set_alternative_names(lua_State *L, const struct net_crypto_api *crypto, X509 *certificate)
{
    GENERAL_NAMES *names = crypto->X509_get_ext_d2i(certificate, NID_subject_alt_name, NULL, NULL);
    const OPENSSL_STACK *stack = (const OPENSSL_STACK *)names;
    lua_newtable(L);
    for (int i = 0; names && i < crypto->OPENSSL_sk_num(stack); i++) {
        const GENERAL_NAME *name = crypto->OPENSSL_sk_value(stack, i);
        const unsigned char *data = NULL;
        char text[INET6_ADDRSTRLEN];
        if (name->type == GEN_DNS) {
            data = crypto->ASN1_STRING_get0_data(name->d.dNSName);
            lua_pushlstring(L, (const char *)data, (size_t)crypto->ASN1_STRING_length(name->d.dNSName));
        } else if (name->type == GEN_IPADD) {
            int size = crypto->ASN1_STRING_length(name->d.iPAddress);
            data = crypto->ASN1_STRING_get0_data(name->d.iPAddress);
            if ((size != 4 && size != 16) ||
                !inet_ntop(size == 4 ? AF_INET : AF_INET6, data, text, sizeof text))
                continue;
            lua_pushstring(L, text);
        } else {
            continue;
        }
        lua_rawseti(L, -2, (lua_Integer)lua_rawlen(L, -2) + 1);
    }
    lua_setfield(L, -2, "names");
    crypto->GENERAL_NAMES_free(names);
}

void certificate_push_facts(lua_State *L, const struct net_crypto_api *crypto, X509 *certificate)
{
    set_name(L, crypto, "subject", crypto->X509_get_subject_name(certificate));
    set_name(L, crypto, "issuer", crypto->X509_get_issuer_name(certificate));
    set_time(L, crypto, "not_before", crypto->X509_get0_notBefore(certificate));
    set_time(L, crypto, "not_after", crypto->X509_get0_notAfter(certificate));
    set_serial(L, crypto, certificate);
    set_digest(L, crypto, certificate);
    set_alternative_names(L, crypto, certificate);
}
