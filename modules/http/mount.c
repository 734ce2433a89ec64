/* SPDX-License-Identifier: MIT
 * mount.c: the in-process door: an exchange becomes an inbound request, the reply becomes its answer,
 * faults become the failures that a socket would give. */
#include "modules/http/mount.h"

#include "runtime/loop.h"
#include "runtime/runtime.h"
#include "runtime/world.h"

#include <lauxlib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct mount *mount_find(struct http_exchange *x)
{
    for (struct mount *mount = x->state->mounts; mount; mount = mount->next) {
        if (mount->any)
            return mount;
        if (mount->predicate == LUA_NOREF) {
            if (http_url_same_origin(&mount->origin, &x->url))
                return mount;
            continue;
        }
        int match = mount_ask(mount, x);
        if (match != 0)
            return match > 0 ? mount : NULL;
    }
    return NULL;
}

/* ---- the way in ---- */

static bool add_field(struct inbound *inbound, const char *name, const char *value)
{
    return fields_add(&inbound->fields, name, strlen(name), value, strlen(value));
}

/* The fields that a socket would see, in the order in which libcurl sends them. */
static bool fill_fields(struct inbound *inbound, const struct http_exchange *x)
{
    const struct http_request *request = &x->request;
    char length[24];
    snprintf(length, sizeof length, "%zu", request->body_size);
    bool ok = exchange_header(x, "host") || add_field(inbound, "Host", inbound->authority);
    if (ok && !exchange_header(x, "user-agent"))
        ok = add_field(inbound, "User-Agent", "peerway/" PEERWAY_VERSION);
    if (ok && !exchange_header(x, "accept"))
        ok = add_field(inbound, "Accept", "*/*");
    for (size_t i = 0; ok && i < request->header_count; i++)
        ok = fields_add(&inbound->fields, x->lines[i].text, x->lines[i].name_size,
                        header_line_value(&x->lines[i]), x->lines[i].value_size);
    if (ok && exchange_has_body(x) && !exchange_header(x, "content-length"))
        ok = add_field(inbound, "Content-Length", length);
    return ok;
}

static bool fill_inbound(struct inbound *inbound, const struct http_exchange *x)
{
    char authority[HTTP_MAX_HOST + 16];
    const struct http_url *url = &x->url;
    http_url_authority(url, authority, sizeof authority);
    const struct header_line *host = exchange_header(x, "host");
    if (host)
        snprintf(authority, sizeof authority, "%.*s", (int)host->value_size, header_line_value(host));
    inbound->tls = url->tls;
    inbound->port = url->port;
    inbound->cleanse = x->request.secret;
    inbound->method = strdup(x->request.method);
    inbound->authority = strdup(authority);
    const char *slash = url->target_size && *url->target == '/' ? "" : "/";
    if (asprintf(&inbound->target, "%s%.*s", slash, (int)url->target_size, url->target) < 0)
        inbound->target = NULL;
    snprintf(inbound->peer, sizeof inbound->peer, "127.0.0.1");
    return inbound->method && inbound->authority && inbound->target && fill_fields(inbound, x) &&
           buffer_append(&inbound->body, x->request.body, x->request.body_size);
}

/* ---- the way back ---- */

static void stop_deadline(struct http_exchange *x)
{
    if (x->deadline)
        loop_timer_cancel(x->deadline);
    x->deadline = NULL;
}

static void finish_now(struct http_exchange *x)
{
    struct world *world = x->state->rt->world;
    x->timing.total = world->monotonic(world) - x->started;
    stop_deadline(x);
    exchange_finish(x);
}

static void deadline_passed(void *arg)
{
    struct http_exchange *x = arg;
    x->deadline = NULL;
    mount_drop(x);
    const char *text = x->answer.head_complete
                           ? "while the answer was arriving"
                           : "while waiting for the answer; the request was sent and may have "
                             "been acted on";
    exchange_fail(x, "timeout", "Timeout", x->answer.head_complete ? "answer" : "wait", NULL,
                  "no answer within %.3g s, %s", x->request.timeout, text);
    finish_now(x);
}

/* Feeds the reply through the same bounds that an answer from the network meets. */
static void take_reply(struct http_exchange *x, const struct reply *reply)
{
    struct answer *answer = &x->answer;
    char line[64];
    int size = snprintf(line, sizeof line, "HTTP/1.1 %d ", reply->status);
    answer_line(answer, line, (size_t)size);
    for (size_t i = 0; i < reply->fields.count && answer->problem == ANSWER_FINE; i++) {
        char *field = NULL;
        int length =
            asprintf(&field, "%s: %s", fields_name(&reply->fields, i), fields_value(&reply->fields, i));
        if (length < 0)
            answer->problem = ANSWER_NO_MEMORY;
        else
            answer_line(answer, field, (size_t)length);
        free(field);
    }
    if (!fields_find(&answer->fields, "content-length") && answer->problem == ANSWER_FINE) {
        size = snprintf(line, sizeof line, "Content-Length: %zu", reply->body.size);
        answer_line(answer, line, (size_t)size);
    }
    answer_line(answer, "", 0);
    size_t arrives = reply->fault == FAULT_NONE || reply->fault_bytes > reply->body.size ? reply->body.size
                                                                                         : reply->fault_bytes;
    if (!answer->bodyless)
        answer_body(answer, reply->body.data, arrives);
}

static void reply_arrived(void *arg, struct reply *reply)
{
    struct http_exchange *x = arg;
    struct world *world = x->state->rt->world;
    x->inbound = NULL;
    x->timing.first_byte = world->monotonic(world) - x->started;
    if (reply->fault == FAULT_STALL && reply->fault_bytes == 0)
        return; /* the deadline ends it */
    if (reply->fault == FAULT_DROP) {
        exchange_fail(x, "network", "EmptyAnswer", "wait",
                      "the request may have been acted on: look before repeating it",
                      "the connection was closed without an answer");
        finish_now(x);
        return;
    }
    take_reply(x, reply);
    exchange_judge(x);
    if (!x->failed && reply->fault == FAULT_STALL)
        return;
    if (!x->failed && reply->fault == FAULT_CUT)
        exchange_fail(x, "network", "CutAnswer", "answer", NULL, "the answer was cut after %zu bytes of body",
                      x->answer.body.size);
    finish_now(x);
}

void mount_send(struct mount *mount, struct http_exchange *x)
{
    if (x->request.secret && !x->request.allow_mounted_secret) {
        exchange_fail(x, "network", "SecretRefused", "start",
                      "use the sandbox's own accounts, or close the mount to reach the real service",
                      "a handler is mounted for this host: real credentials are not shown to it");
        return;
    }
    struct inbound *inbound = inbound_new(mount->door);
    x->started = x->state->rt->world->monotonic(x->state->rt->world);
    x->deadline = loop_timer_start(x->state->rt->loop, x->request.timeout, deadline_passed, x);
    if (!inbound || !x->deadline || !fill_inbound(inbound, x)) {
        if (inbound)
            inbound_free(inbound);
        inbound = NULL;
    }
    if (!inbound || !inbound_deliver(inbound)) {
        stop_deadline(x);
        exchange_fail(x, "internal", "OutOfMemory", "start", NULL, "out of memory for a request");
        return;
    }
    inbound->reply = reply_arrived;
    inbound->arg = x;
    x->inbound = inbound;
}

void mount_drop(struct http_exchange *x)
{
    if (x->inbound)
        x->inbound->reply = NULL;
    x->inbound = NULL;
}
