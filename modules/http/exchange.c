/* SPDX-License-Identifier: MIT
 * exchange.c: the life of a request: checked, copied, sent through a door, read, cleansed, freed. */
#include "modules/http/exchange.h"
#include "modules/http/client.h"
#include "modules/http/mount.h"

#include "runtime/loop.h"
#include "runtime/runtime.h"
#include "runtime/world.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void exchange_fail(struct http_exchange *x, const char *kind, const char *code, const char *phase,
                   const char *hint, const char *message, ...)
{
    va_list arguments;
    va_start(arguments, message);
    /* NOLINTNEXTLINE(clang-analyzer-valist.Uninitialized): clang-tidy 14 forgets va_start in its second file
     */
    vsnprintf(x->message, sizeof x->message, message, arguments);
    va_end(arguments);
    x->failed = true;
    x->failure = (struct http_failure){
        .kind = kind, .code = code, .phase = phase, .hint = hint, .message = x->message};
}

void exchange_finish(struct http_exchange *x)
{
    if (x->finished)
        return;
    x->finished = true;
    if (x->done)
        x->done(x->arg, x);
}

void exchange_judge(struct http_exchange *x)
{
    switch (x->answer.problem) {
    case ANSWER_FINE:
        break;
    case ANSWER_HEADERS_TOO_LARGE:
        exchange_fail(x, "network", "TooLarge", "answer", "is this address really the service that you mean?",
                      "the answer has more headers than the limit of %zu bytes and %d fields",
                      HTTP_MAX_HEADER_BYTES, HTTP_MAX_HEADER_COUNT);
        return;
    case ANSWER_BODY_TOO_LARGE:
        exchange_fail(x, "network", "TooLarge", "answer", "ask for smaller pages, or raise max_body",
                      "the answer is larger than the limit of %zu bytes", x->answer.max_body);
        return;
    case ANSWER_MALFORMED:
        exchange_fail(x, "network", "ProtocolError", "answer", NULL, "the answer has a malformed HTTP head");
        return;
    case ANSWER_NO_MEMORY:
        exchange_fail(x, "internal", "OutOfMemory", "answer", NULL, "out of memory while reading the answer");
        return;
    }
    int status = x->answer.status;
    bool redirect = status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
    if (redirect && !x->request.keep_redirects && fields_find(&x->answer.fields, "location"))
        exchange_fail(
            x, "network", "RedirectRefused", "answer",
            "redirects are never followed; use the final address, or keep_redirects = true to see it",
            "the answer is a redirect (%d)", status);
}

/* ---- the copy of the request ---- */

static size_t string_size(const char *text)
{
    return text ? strlen(text) + 1 : 0;
}

static const char *keep(char **at, const char *text)
{
    if (!text)
        return NULL;
    size_t size = strlen(text) + 1;
    char *copy = memcpy(*at, text, size);
    *at += size;
    return copy;
}

/* All strings and the header array go into one block, so that one call cleanses them. */
static bool copy_request(struct http_exchange *x, const struct http_request *request)
{
    x->request = *request;
    size_t array = request->header_count * sizeof(struct http_header);
    size_t size = array + string_size(request->method ? request->method : "GET") + string_size(request->url) +
                  string_size(request->ca_file) + string_size(request->interface) +
                  string_size(request->address) + string_size(request->proxy);
    for (size_t i = 0; i < request->header_count; i++)
        size += string_size(request->headers[i].name) + string_size(request->headers[i].value);
    x->strings = malloc(size);
    x->strings_size = size;
    x->body_copy = request->body_size ? malloc(request->body_size) : NULL;
    if (!x->strings || (request->body_size && !x->body_copy))
        return false;
    struct http_header *headers = (struct http_header *)(void *)x->strings;
    char *at = x->strings + array;
    x->request.method = keep(&at, request->method ? request->method : "GET");
    x->request.url = keep(&at, request->url);
    x->request.ca_file = keep(&at, request->ca_file);
    x->request.interface = keep(&at, request->interface);
    x->request.address = keep(&at, request->address);
    x->request.proxy = keep(&at, request->proxy);
    for (size_t i = 0; i < request->header_count; i++) {
        headers[i].name = keep(&at, request->headers[i].name);
        headers[i].value = keep(&at, request->headers[i].value);
    }
    x->request.headers = headers;
    if (request->body_size)
        memcpy(x->body_copy, request->body, request->body_size);
    x->request.body = request->body ? (request->body_size ? x->body_copy : "") : NULL;
    return true;
}

/* ---- checks before anything is sent ---- */

/* ASCII only; isalnum asks the locale for every character. */
static bool is_alphanumeric(unsigned c)
{
    return (c | 32) - 'a' < 26 || c - '0' < 10;
}

/* The characters of methods and header names (RFC 9110, token). */
static bool is_token(const char *text)
{
    static const char extra[128] = {
        ['!'] = 1, ['#'] = 1, ['$'] = 1, ['%'] = 1, ['&'] = 1, ['\''] = 1, ['*'] = 1, ['+'] = 1,
        ['-'] = 1, ['.'] = 1, ['^'] = 1, ['_'] = 1, ['`'] = 1, ['|'] = 1,  ['~'] = 1};
    const unsigned char *p = (const unsigned char *)text;
    while (is_alphanumeric(*p) || (*p < 128 && extra[*p]))
        p++;
    return p != (const unsigned char *)text && *p == '\0';
}

static bool clean_value(const char *text)
{
    for (const unsigned char *p = (const unsigned char *)text; *p; p++)
        if ((*p < 32 && *p != '\t') || *p == 127)
            return false;
    return true;
}

static void check_request(struct http_exchange *x)
{
    struct http_request *request = &x->request;
    const char *why = http_url_parse(request->url, &x->url);
    if (why) {
        exchange_fail(x, "usage", "InvalidUrl", "start", NULL, "the URL is not acceptable: %s", why);
        return;
    }
    if (!is_token(request->method) || strlen(request->method) > 32) {
        exchange_fail(x, "usage", "InvalidRequest", "start", NULL, "the method is not a word of HTTP");
        return;
    }
    for (size_t i = 0; i < request->header_count; i++) {
        if (!is_token(request->headers[i].name))
            exchange_fail(x, "usage", "InvalidRequest", "start", NULL, "the name of header %zu is malformed",
                          i + 1);
        else if (!clean_value(request->headers[i].value))
            exchange_fail(x, "usage", "InvalidRequest", "start", "header values hold no control characters",
                          "the value of header %s holds a line break or control character",
                          request->headers[i].name);
    }
}

static void check_plain(struct http_exchange *x)
{
    if (!x->failed && !x->url.tls && !x->request.allow_plain && !http_url_loopback(&x->url))
        exchange_fail(x, "network", "PlainRefused", "start", "use https; plain http is for 127.0.0.1 and ::1",
                      "plain http is refused");
}

static void set_defaults(struct http_exchange *x)
{
    struct http_request *request = &x->request;
    if (request->timeout <= 0)
        request->timeout = HTTP_DEFAULT_TIMEOUT;
    if (request->connect_timeout <= 0)
        request->connect_timeout = HTTP_DEFAULT_CONNECT_TIMEOUT;
    if (request->connect_timeout > request->timeout)
        request->connect_timeout = request->timeout;
    x->answer.max_body = request->max_body ? request->max_body : HTTP_DEFAULT_MAX_BODY;
    x->answer.bodyless = strcmp(request->method, "HEAD") == 0;
}

static void choose_door(struct http_exchange *x)
{
    struct mount *mount = mount_find(x);
    if (mount)
        mount_send(mount, x);
    if (mount || x->failed)
        return;
    if (x->state->rt->world->simulated) {
        exchange_fail(
            x, "network", "NoHandler", "start", "mount one with http.mount, or start the sandbox",
            "the simulated world has no network, and no handler is mounted for this origin (%s, port %u)",
            x->url.tls ? "https" : "http", x->url.port);
        return;
    }
    check_plain(x);
    if (!x->failed)
        client_send(x);
}

struct http_exchange *http_start(struct runtime *rt, const struct http_request *request, http_done done,
                                 void *arg)
{
    struct http_exchange *x = calloc(1, sizeof *x);
    if (!x)
        return NULL;
    x->state = http_state(rt);
    x->done = done;
    x->arg = arg;
    x->started = rt->world->monotonic(rt->world);
    if (!copy_request(x, request)) {
        x->request = (struct http_request){0};
        http_free(x);
        return NULL;
    }
    set_defaults(x);
    check_request(x);
    if (!x->failed)
        choose_door(x);
    if (x->failed)
        exchange_finish(x);
    return x;
}

void http_cancel(struct http_exchange *x)
{
    if (x->transfer)
        client_drop(x);
    if (x->inbound)
        mount_drop(x);
    if (x->deadline)
        loop_timer_cancel(x->deadline);
    x->deadline = NULL;
    x->finished = true;
}

void http_free(struct http_exchange *x)
{
    if (!x)
        return;
    http_cancel(x);
    if (x->strings)
        explicit_bzero(x->strings, x->strings_size);
    free(x->strings);
    if (x->body_copy && x->request.secret)
        explicit_bzero(x->body_copy, x->request.body_size);
    free(x->body_copy);
    answer_free(&x->answer);
    free(x);
}

/* ---- accessors ---- */

const struct http_failure *http_failure(const struct http_exchange *x)
{
    return x->failed ? &x->failure : NULL;
}

int http_status(const struct http_exchange *x)
{
    return x->answer.status;
}

const char *http_header(const struct http_exchange *x, const char *name)
{
    return fields_find(&x->answer.fields, name);
}

size_t http_header_count(const struct http_exchange *x)
{
    return x->answer.fields.count;
}

struct http_header http_header_at(const struct http_exchange *x, size_t index)
{
    return (struct http_header){fields_name(&x->answer.fields, index),
                                fields_value(&x->answer.fields, index)};
}

const char *http_body(const struct http_exchange *x, size_t *size)
{
    *size = x->answer.body.size;
    return x->answer.body.data ? x->answer.body.data : "";
}

bool http_reused(const struct http_exchange *x)
{
    return x->reused;
}

struct http_timing http_timing(const struct http_exchange *x)
{
    return x->timing;
}
