/* SPDX-License-Identifier: MIT
 * failure.c: why a transfer has no answer, in words that name host, phase and next step. */
#include "modules/http/client.h"

#include <openssl/x509_vfy.h>
#include <string.h>

/* CURLINFO_SSL_VERIFYRESULT gives OpenSSL's result of the verification. */
static const struct {
    long result;
    const char *reason;
} certificate_reasons[] = {
    {X509_V_ERR_CERT_NOT_YET_VALID, "not_yet_valid"},
    {X509_V_ERR_CERT_HAS_EXPIRED, "expired"},
    {X509_V_ERR_CERT_SIGNATURE_FAILURE, "bad_signature"},
    {X509_V_ERR_UNABLE_TO_DECRYPT_CERT_SIGNATURE, "bad_signature"},
    {X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT, "self_signed"},
    {X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN, "unknown_issuer"},
    {X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT, "unknown_issuer"},
    {X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY, "unknown_issuer"},
    {X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE, "unknown_issuer"},
    {X509_V_ERR_CERT_UNTRUSTED, "unknown_issuer"},
    {X509_V_ERR_CERT_CHAIN_TOO_LONG, "chain_too_long"},
    {X509_V_ERR_CERT_REVOKED, "revoked"},
    {X509_V_ERR_PATH_LENGTH_EXCEEDED, "path_length"},
    {X509_V_ERR_INVALID_CA, "not_an_issuer"},
    {X509_V_ERR_INVALID_NON_CA, "not_an_issuer"},
    {X509_V_ERR_KEYUSAGE_NO_CERTSIGN, "not_an_issuer"},
    {X509_V_ERR_INVALID_PURPOSE, "wrong_usage"},
    {X509_V_ERR_CERT_REJECTED, "wrong_usage"},
    {X509_V_ERR_UNHANDLED_CRITICAL_EXTENSION, "unknown_extension"},
    {X509_V_ERR_PERMITTED_VIOLATION, "name_constraint"},
    {X509_V_ERR_EXCLUDED_VIOLATION, "name_constraint"},
    {X509_V_ERR_SUBTREE_MINMAX, "name_constraint"},
    {X509_V_ERR_UNSUPPORTED_CONSTRAINT_TYPE, "name_constraint"},
    {X509_V_ERR_UNSUPPORTED_CONSTRAINT_SYNTAX, "name_constraint"},
    {X509_V_ERR_UNSUPPORTED_NAME_SYNTAX, "name_constraint"},
    {X509_V_ERR_HOSTNAME_MISMATCH, "wrong_host"},
    {X509_V_ERR_IP_ADDRESS_MISMATCH, "wrong_host"},
    {X509_V_ERR_EE_KEY_TOO_SMALL, "weak"},
    {X509_V_ERR_CA_KEY_TOO_SMALL, "weak"},
    {X509_V_ERR_CA_MD_TOO_WEAK, "weak"},
};

static const char *certificate_reason(long result)
{
    for (size_t i = 0; i < sizeof certificate_reasons / sizeof *certificate_reasons; i++)
        if (certificate_reasons[i].result == result)
            return certificate_reasons[i].reason;
    return result == 0 ? "wrong_host" : "not_trusted";
}

static const char *certificate_hint(const char *reason)
{
    if (!strcmp(reason, "expired") || !strcmp(reason, "not_yet_valid"))
        return "compare this machine's clock with the certificate's dates";
    if (!strcmp(reason, "unknown_issuer") || !strcmp(reason, "self_signed"))
        return "if a private authority issued it, give its certificate as ca_file";
    return "nothing was sent; make sure that this is the right host and that nobody is in between";
}

/* Where the transfer was when it ended, from the latest phase that it reached. */
static const char *phase_of(const struct curl_api *curl, const struct transfer *transfer)
{
    curl_off_t resolved = 0, connected = 0;
    const struct http_exchange *x = transfer->exchange;
    if (x->answer.header_bytes > 0)
        return "answer";
    if (transfer->sends > 0)
        return "wait";
    curl->curl_easy_getinfo(transfer->easy, CURLINFO_CONNECT_TIME_T, &connected);
    if (connected > 0)
        return x->url.tls ? "tls" : "connect";
    curl->curl_easy_getinfo(transfer->easy, CURLINFO_NAMELOOKUP_TIME_T, &resolved);
    return resolved > 0 ? "connect" : "resolve";
}

static void fail_certificate(const struct curl_api *curl, struct transfer *transfer, const char *detail)
{
    struct http_exchange *x = transfer->exchange;
    long result = 0;
    curl->curl_easy_getinfo(transfer->easy, CURLINFO_SSL_VERIFYRESULT, &result);
    const char *reason = certificate_reason(result);
    exchange_fail(x, "network", "CertificateRejected", "tls", certificate_hint(reason),
                  "the server's certificate is not accepted: %s", detail);
    x->failure.reason = reason;
}

static void fail_timeout(const struct curl_api *curl, struct transfer *transfer)
{
    static const struct {
        const char *phase, *text, *hint;
    } texts[] = {
        {"resolve", "while the name was being resolved", "check the name server of this machine"},
        {"connect", "while connecting", "check routes, security groups and that the port is open"},
        {"tls", "during the TLS handshake", "the port is open, but it may not speak TLS"},
        {"wait", "while waiting for the answer; the request was sent and may have been acted on", NULL},
        {"answer", "while the answer was arriving", "raise timeout if the answer is that large"},
    };
    struct http_exchange *x = transfer->exchange;
    const char *phase = phase_of(curl, transfer);
    double limit = strcmp(phase, "wait") != 0 && strcmp(phase, "answer") != 0 ? x->request.connect_timeout
                                                                              : x->request.timeout;
    if (x->timing.total == 0) { /* it never left libcurl's queue */
        exchange_fail(x, "timeout", "Timeout", "start",
                      "fewer requests at a time to this host, or a longer timeout",
                      "no free connection to this host within %.3g s", x->request.timeout);
        return;
    }
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (strcmp(texts[i].phase, phase) == 0)
            exchange_fail(x, "timeout", "Timeout", texts[i].phase, texts[i].hint,
                          "no answer within %.3g s, %s", limit, texts[i].text);
}

static void fail_connect(const struct curl_api *curl, struct transfer *transfer, const char *detail)
{
    struct http_exchange *x = transfer->exchange;
    long number = 0;
    curl->curl_easy_getinfo(transfer->easy, CURLINFO_OS_ERRNO, &number);
    if (number)
        detail = strerror((int)number);
    if (transfer->address_refused)
        exchange_fail(x, "network", "AddressRefused", "connect",
                      "plain http goes to loopback only, and public_only keeps off local addresses",
                      "the name resolves to an address that this request may not be sent to");
    else
        exchange_fail(x, "network", "ConnectFailed", "connect",
                      "check that the port is open and reachable from here", "cannot connect to port %u: %s",
                      x->url.port, detail);
}

/* The connection ended after the request went out: whether it was acted on is not known. */
static void fail_cut(const struct curl_api *curl, struct transfer *transfer, const char *detail)
{
    struct http_exchange *x = transfer->exchange;
    const char *phase = phase_of(curl, transfer);
    if (strcmp(phase, "answer") == 0)
        exchange_fail(x, "network", "CutAnswer", phase, NULL,
                      "the answer was cut after %zu bytes of body: %s", x->answer.body.size, detail);
    else if (strcmp(phase, "wait") == 0)
        exchange_fail(x, "network", "EmptyAnswer", phase,
                      "the request may have been acted on: look before repeating it",
                      "the connection was closed without an answer");
    else if (strcmp(phase, "tls") == 0)
        exchange_fail(x, "network", "TlsFailed", phase, "the port may not speak TLS",
                      "port %u ended the TLS handshake: %s", x->url.port, detail);
    else
        fail_connect(curl, transfer, detail);
}

static void fail_tls(struct transfer *transfer, const char *detail)
{
    struct http_exchange *x = transfer->exchange;
    exchange_fail(x, "network", "TlsFailed", "tls", "TLS 1.2 or newer is required",
                  "no TLS connection to port %u: %s", x->url.port, detail);
}

void failure_of_transfer(const struct curl_api *curl, struct transfer *transfer, CURLcode result)
{
    struct http_exchange *x = transfer->exchange;
    const char *detail = transfer->error[0] ? transfer->error : curl->curl_easy_strerror(result);
    if (transfer->resend_refused) {
        fail_cut(curl, transfer, detail);
        return;
    }
    switch (result) {
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
        exchange_fail(x, "network", "ResolveFailed", "resolve",
                      "check the name, and the name server of this machine", "%s", detail);
        break;
    case CURLE_COULDNT_CONNECT:
    case CURLE_INTERFACE_FAILED:
        fail_connect(curl, transfer, detail);
        break;
    case CURLE_OPERATION_TIMEDOUT:
        fail_timeout(curl, transfer);
        break;
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_INVALIDCERTSTATUS:
        fail_certificate(curl, transfer, detail);
        break;
    case CURLE_SSL_CACERT_BADFILE:
        exchange_fail(x, "usage", "CaFileUnusable", "tls", "give a readable PEM file", "%s", detail);
        break;
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CIPHER:
        fail_tls(transfer, detail);
        break;
    case CURLE_GOT_NOTHING:
    case CURLE_PARTIAL_FILE:
    case CURLE_RECV_ERROR:
    case CURLE_SEND_ERROR:
    case CURLE_SEND_FAIL_REWIND:
        fail_cut(curl, transfer, detail);
        break;
    case CURLE_OK: /* closed inside the head, which libcurl takes for an answer */
        fail_cut(curl, transfer, "the head was incomplete");
        break;
    case CURLE_OUT_OF_MEMORY:
        if (transfer->sends > 0 && !x->answer.head_complete) { /* libcurl's word for a line above 100 kB */
            x->answer.problem = ANSWER_HEADERS_TOO_LARGE;
            exchange_judge(x);
            break;
        }
        exchange_fail(x, "internal", "OutOfMemory", "start", NULL, "out of memory for a request");
        break;
    default:
        exchange_fail(x, "network", "ProtocolError", phase_of(curl, transfer), "does this port speak HTTP?",
                      "port %u: %s", x->url.port, detail);
    }
}
