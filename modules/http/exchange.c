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
#include <strings.h>

enum { MESSAGE_SIZE = 512 };

void exchange_fail(struct http_exchange *x, const char *kind, const char *code, const char *phase,
                   const char *hint, const char *message, ...)
{
    va_list arguments;
    va_start(arguments, message);
    /* NOLINTNEXTLINE(clang-analyzer-valist.Uninitialized): clang-tidy 14 forgets va_start in its second file
     */
    if (!x->message)
        x->message = malloc(MESSAGE_SIZE);
    if (x->message)
        vsnprintf(x->message, MESSAGE_SIZE, message, arguments);
    va_end(arguments);
    x->failed = true;
    x->failure = (struct http_failure){.kind = kind,
                                       .code = code,
                                       .phase = phase,
                                       .hint = hint,
                                       .message = x->message ? x->message : "out of memory for the reason"};
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

static size_t name_size(const struct http_header *header)
{
    return header->name_size ? header->name_size : strlen(header->name);
}

static size_t value_size(const struct http_header *header)
{
    return header->value_size ? header->value_size : strlen(header->value);
}

static struct header_line keep_line(char **at, const struct http_header *header)
{
    char *to = *at;
    struct header_line line = {to, name_size(header), value_size(header)};
    memcpy(to, header->name, line.name_size);
    to += line.name_size;
    *to++ = ':';
    *to++ = ' ';
    memcpy(to, header->value, line.value_size);
    *at = to + line.value_size;
    return line;
}

/* Line ends stand between the lines: libcurl puts one behind the last. */
static void keep_headers(struct http_exchange *x, char **at, const struct http_request *request)
{
    x->header_block = request->header_count ? *at : NULL;
    for (size_t i = 0; i < request->header_count; i++) {
        x->lines[i] = keep_line(at, &request->headers[i]);
        memcpy(*at, i + 1 < request->header_count ? "\r\n" : "\0", 2);
        *at += 2;
    }
}

/* All strings and the array of lines go into one block, so that one call cleanses them. */
static bool copy_request(struct http_exchange *x, const struct http_request *request)
{
    const char *method = request->method ? request->method : "GET";
    size_t count = request->header_count, array = count * sizeof *x->lines;
    size_t size = array + string_size(method) + string_size(request->url) + string_size(request->ca_file) +
                  string_size(request->interface) + string_size(request->address) +
                  string_size(request->proxy);
    for (size_t i = 0; i < count; i++)
        size += name_size(&request->headers[i]) + value_size(&request->headers[i]) + strlen(": \r\n");
    x->strings = malloc(size);
    x->strings_size = size;
    x->body_copy = request->body_size ? malloc(request->body_size) : NULL;
    if (!x->strings || (request->body_size && !x->body_copy))
        return false;
    x->request = *request;
    x->request.headers = NULL;
    x->lines = (struct header_line *)(void *)x->strings;
    char *at = x->strings + array;
    keep_headers(x, &at, request);
    x->request.method = keep(&at, method);
    x->request.url = keep(&at, request->url);
    x->request.ca_file = keep(&at, request->ca_file);
    x->request.interface = keep(&at, request->interface);
    x->request.address = keep(&at, request->address);
    x->request.proxy = keep(&at, request->proxy);
    if (request->body_size)
        memcpy(x->body_copy, request->body, request->body_size);
    x->request.body = request->body ? (request->body_size ? x->body_copy : "") : NULL;
    return true;
}

const struct header_line *exchange_header(const struct http_exchange *x, const char *name)
{
    size_t size = strlen(name);
    for (size_t i = 0; i < x->request.header_count; i++)
        if (x->lines[i].name_size == size && strncasecmp(x->lines[i].text, name, size) == 0)
            return &x->lines[i];
    return NULL;
}

bool exchange_has_body(const struct http_exchange *x)
{
    const char *method = x->request.method;
    return x->request.body || !strcmp(method, "POST") || !strcmp(method, "PUT") || !strcmp(method, "PATCH");
}

/* ---- checks before anything is sent ---- */

/* The characters of methods and header names (RFC 9110, token). */
static bool is_token(const char *text, size_t size)
{
    static const char token[256] = {
        ['!'] = 1, ['#'] = 1, ['$'] = 1, ['%'] = 1,         ['&'] = 1,         ['\''] = 1,
        ['*'] = 1, ['+'] = 1, ['-'] = 1, ['.'] = 1,         ['^'] = 1,         ['_'] = 1,
        ['`'] = 1, ['|'] = 1, ['~'] = 1, ['0' ... '9'] = 1, ['a' ... 'z'] = 1, ['A' ... 'Z'] = 1};
    char good = 1;
    for (size_t i = 0; i < size; i++)
        good &= token[(unsigned char)text[i]];
    return size > 0 && good;
}

/* Without a branch per byte: compilers make vector code of it. */
static bool clean_value(const char *text, size_t size)
{
    unsigned char bad = 0;
    for (size_t i = 0; i < size; i++) {
        unsigned char c = (unsigned char)text[i];
        bad |= (unsigned char)((c < 32 && c != '\t') || c == 127);
    }
    return !bad;
}

static void check_headers(struct http_exchange *x)
{
    for (size_t i = 0; i < x->request.header_count; i++) {
        const struct header_line *line = &x->lines[i];
        if (!is_token(line->text, line->name_size))
            exchange_fail(x, "usage", "InvalidRequest", "start", NULL, "the name of header %zu is malformed",
                          i + 1);
        else if (!clean_value(header_line_value(line), line->value_size))
            exchange_fail(x, "usage", "InvalidRequest", "start", "header values hold no control characters",
                          "the value of header %.*s holds a line break or control character",
                          (int)line->name_size, line->text);
    }
}

static bool is_length(const struct header_line *line, size_t length)
{
    char digits[24];
    size_t size = (size_t)snprintf(digits, sizeof digits, "%zu", length);
    return line->value_size == size && memcmp(header_line_value(line), digits, size) == 0;
}

/* Two opinions on where a request ends are how requests are smuggled. */
static void check_framing(struct http_exchange *x)
{
    const struct header_line *length = exchange_header(x, "content-length");
    if (exchange_header(x, "transfer-encoding"))
        exchange_fail(x, "usage", "InvalidRequest", "start",
                      "leave it out: bodies are sent with their length",
                      "the header Transfer-Encoding is not the caller's to set");
    else if (length && !is_length(length, x->request.body_size))
        exchange_fail(x, "usage", "InvalidRequest", "start", "leave it out: it is added",
                      "the header Content-Length is not the length of the body, %zu", x->request.body_size);
}

static void check_request(struct http_exchange *x)
{
    const char *why = http_url_parse(x->request.url, &x->url);
    size_t method_size = strlen(x->request.method);
    if (why)
        exchange_fail(x, "usage", "InvalidUrl", "start", NULL, "the URL is not acceptable: %s", why);
    else if (method_size > 32 || !is_token(x->request.method, method_size))
        exchange_fail(x, "usage", "InvalidRequest", "start", NULL, "the method is not a word of HTTP");
    else
        check_headers(x);
    if (!x->failed)
        check_framing(x);
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
    free(x->message);
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
    return (struct http_header){.name = fields_name(&x->answer.fields, index),
                                .value = fields_value(&x->answer.fields, index)};
}

const char *http_body(const struct http_exchange *x, size_t *size)
{
    *size = x->answer.body.size;
    return x->answer.body.data ? x->answer.body.data : "";
}
