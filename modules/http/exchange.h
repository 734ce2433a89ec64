/* SPDX-License-Identifier: MIT
 * exchange.h: one request and what became of it, shared by the files of this module.
 * An exchange goes through one of two doors: a mounted handler (inbound) or libcurl (transfer). */
#ifndef PEERWAY_HTTP_EXCHANGE_H
#define PEERWAY_HTTP_EXCHANGE_H

#include "modules/http/answer.h"
#include "modules/http/http.h"
#include "modules/http/url.h"

struct loop_timer;
struct transfer;
struct inbound;
struct http_client;
struct mount;
struct server;

struct http_timing { /* seconds since the start; 0 when the phase did not happen */
    double connect, tls, first_byte, total;
};

/* What the module keeps per runtime. */
struct http_state {
    struct runtime *rt;
    struct http_client *client; /* NULL until the first request to the network */
    struct mount *mounts;       /* newest first */
    struct server *servers;
    struct inbound *pending; /* requests whose handler task has not begun */
};

/* The state of this runtime, made on first use. May raise when out of memory. */
struct http_state *http_state(struct runtime *rt);

/* A header in the block that goes over the wire: "Name: value", not terminated. */
struct header_line {
    const char *text;
    size_t name_size, value_size;
};

static inline const char *header_line_value(const struct header_line *line)
{
    return line->text + line->name_size + sizeof ":";
}

struct http_exchange {
    struct http_state *state;
    http_done done;
    void *arg;
    bool finished;
    bool failed;

    struct http_request request; /* with pointers into copies of our own; headers are in `lines` */
    struct http_url url;
    struct header_line *lines;
    char *header_block; /* all lines with CRLF between them, terminated; NULL: no headers */
    char *strings;      /* lines, header block, method, URL and options in one piece of memory */
    size_t strings_size;
    char *body_copy;

    struct transfer *transfer;
    struct inbound *inbound;
    struct loop_timer *deadline; /* of a mounted exchange; libcurl has its own */

    struct answer answer;
    struct http_failure failure;
    char *message; /* of the failure; NULL without one */
    bool reused;
    double started; /* of a mounted exchange */
    struct http_timing timing;
};

/* Ends the exchange, answered or failed, and calls done. */
void exchange_finish(struct http_exchange *exchange);

/* Fills the failure; message is printf-like. Does not finish. */
void exchange_fail(struct http_exchange *exchange, const char *kind, const char *code, const char *phase,
                   const char *hint, const char *message, ...) __attribute__((format(printf, 6, 7)));

/* The line of the first header of that name (any case) in the request, or NULL. */
const struct header_line *exchange_header(const struct http_exchange *exchange, const char *name);

/* Whether the length of a body is announced: there is one, or the method always carries one, 0 bytes
 * included. */
bool exchange_has_body(const struct http_exchange *exchange);

/* Fails when the answer broke a bound or is a redirect that nobody asked for; else leaves it alone. */
void exchange_judge(struct http_exchange *exchange);

#endif
