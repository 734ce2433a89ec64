/* SPDX-License-Identifier: MIT
 * http.h: HTTP requests for C modules. A request goes to a mounted handler (http.mount) when one
 * matches, else to the network through libcurl's multi interface on the runtime's loop.
 * Header values and bodies stay in C memory; requests marked `secret` are cleansed after use. */
#ifndef PEERWAY_HTTP_H
#define PEERWAY_HTTP_H

#include <lua.h>
#include <stdbool.h>
#include <stddef.h>

struct runtime;

#define HTTP_DEFAULT_TIMEOUT 30.0
#define HTTP_DEFAULT_CONNECT_TIMEOUT 10.0
#define HTTP_DEFAULT_MAX_BODY ((size_t)16 * 1024 * 1024)
#define HTTP_MAX_HEADER_BYTES ((size_t)64 * 1024) /* of one answer, interim answers included */
#define HTTP_MAX_HEADER_COUNT 256

struct http_header {
    const char *name;
    const char *value;
    size_t name_size, value_size; /* 0: the text ends with a zero byte */
};

/* All pointers are only read during http_start or http_send; zero means the default everywhere. */
struct http_request {
    const char *method; /* NULL: GET */
    const char *url;    /* http or https; no user info; sent byte for byte */
    const struct http_header *headers;
    size_t header_count;
    const void *body; /* NULL: none */
    size_t body_size;
    double timeout;            /* seconds for all of it, 0: 30 */
    double connect_timeout;    /* seconds for resolve, connect and TLS, 0: 10 */
    size_t max_body;           /* bytes of the answer's body, 0: 16 MiB */
    const char *ca_file;       /* PEM bundle used instead of the system's */
    const char *interface;     /* local address or interface to send from */
    const char *address;       /* literal address to connect to instead of resolving the host */
    const char *proxy;         /* NULL: https_proxy and no_proxy of the environment for public https
                                * hosts, never for loopback or link-local; "": none */
    bool allow_plain;          /* plain http to other hosts than loopback (instance metadata) */
    bool public_only;          /* refuse loopback, link-local and metadata addresses after resolving */
    bool timed;                /* the phases are measured, for http_push_response; costs libcurl questions */
    bool keep_redirects;       /* a 3xx with Location is an answer, not the failure RedirectRefused */
    bool secret;               /* headers, URL query or body hold credentials: cleansed after use, never
                                * shown, never sent twice, refused for mounts unless
                                * allow_mounted_secret is set */
    bool signature_only;       /* what is secret is a signature, worth nothing once it was sent: the copies
                                * that libcurl frees are not zeroed for it */
    bool allow_mounted_secret; /* the credentials were issued for the mounted handler itself */
};

/* Why a request has no answer. Texts live as long as the exchange. */
struct http_failure {
    const char *kind;    /* error kind: "network", "timeout", "usage", "internal" */
    const char *code;    /* ResolveFailed ConnectFailed TlsFailed CertificateRejected Timeout TooLarge
                          * EmptyAnswer CutAnswer ProtocolError RedirectRefused PlainRefused
                          * AddressRefused InvalidUrl InvalidRequest NoHandler ... */
    const char *phase;   /* "start" "resolve" "connect" "tls" "wait" "answer": before "wait" no byte of
                          * the request was sent */
    const char *reason;  /* CertificateRejected: expired, not_yet_valid, self_signed, unknown_issuer,
                          * wrong_host, wrong_usage, weak, revoked, ...; else NULL */
    const char *message; /* one clause; the host is a field of its own in the error value */
    const char *hint;    /* next step, or NULL */
};

struct http_exchange;
typedef void (*http_done)(void *arg, struct http_exchange *exchange);

/* Starts a request. Returns NULL only when out of memory. `done` runs once, on the loop or, for a request
 * that cannot start, before http_start returns; it must not touch Lua. The exchange is the caller's:
 * read the accessors, then http_free. */
struct http_exchange *http_start(struct runtime *rt, const struct http_request *request, http_done done,
                                 void *arg);

/* Ends a request in flight; `done` is not called any more. Never blocks, also while resolving. */
void http_cancel(struct http_exchange *exchange);

/* Cancels when in flight, cleanses and frees. NULL is allowed. */
void http_free(struct http_exchange *exchange);

const struct http_failure *http_failure(const struct http_exchange *exchange); /* NULL: answered */
int http_status(const struct http_exchange *exchange);
/* Value of the first header of that name (any case), or NULL. */
const char *http_header(const struct http_exchange *exchange, const char *name);
size_t http_header_count(const struct http_exchange *exchange);
struct http_header http_header_at(const struct http_exchange *exchange, size_t index); /* lower-case name */
const char *http_body(const struct http_exchange *exchange, size_t *size);

/* Pushes {status=, headers=, body=, url=, reused=, timing=}; `url` is without query when the request is
 * secret. [-0, +1, m] */
void http_push_response(lua_State *L, const struct http_exchange *exchange);

/* Pushes the error value of a failed exchange: kind, code, message, hint, host, phase, reason.
 * [-0, +1, m] */
void http_push_failure(lua_State *L, const struct http_exchange *exchange);

/* Start and wait; use as `return http_send(L, &request);` from a function called by Lua. The caller's
 * Lua function returns the response table, or raises the failure. The request is copied before waiting. */
int http_send(lua_State *L, const struct http_request *request);

#endif
