/* SPDX-License-Identifier: MIT
 * fetch.c: steps on the loop, the chain, the answers that issue credentials. */
#include <stdio.h>
#include <stdlib.h>

#include "modules/cloud/fetch_private.h"
#include "modules/cloud/json_reader.h"
#include "modules/cloud/sign.h"
#include "runtime/loop.h"
#include "runtime/runtime.h"
#include "runtime/world.h"

static void begin(struct fetch *fetch);

static void run_step(void *arg)
{
    struct fetch *fetch = arg;
    fetch->timer = NULL;
    fetch->step(fetch);
}

void fetch_later(struct fetch *fetch, double seconds, void (*step)(struct fetch *fetch))
{
    if (fetch->timer)
        loop_timer_cancel(fetch->timer);
    fetch->step = step;
    fetch->timer = loop_timer_start(fetch->rt->loop, seconds, run_step, fetch);
    if (!fetch->timer) { /* nothing else could tell the waiters */
        credential_problem(&fetch->problem, "OutOfMemory", "", "no memory while fetching credentials");
        fetch->done(fetch->arg);
    }
}

struct fetch *fetch_start(struct runtime *rt, const struct plan *plan, void (*done)(void *arg), void *arg)
{
    struct fetch *fetch = calloc(1, sizeof *fetch);
    if (!fetch)
        return NULL;
    fetch->rt = rt;
    fetch->plan = plan;
    fetch->at = plan->kind == PLAN_CHAIN ? plan->children : plan;
    fetch->done = done;
    fetch->arg = arg;
    fetch->output_fd = -1;
    fetch->step = begin;
    fetch->timer = loop_timer_start(rt->loop, 0, run_step, fetch);
    if (fetch->timer)
        return fetch;
    free(fetch);
    return NULL;
}

void fetch_free(struct fetch *fetch)
{
    if (fetch->timer)
        loop_timer_cancel(fetch->timer);
    http_free(fetch->exchange);
    account_leave(&fetch->waiter);
    fetch_process_end(fetch);
    secret_clear(&fetch->session);
    credential_clear(&fetch->result);
    free(fetch);
}

struct credential *fetch_result(struct fetch *fetch, const char **label, const struct problem **problem)
{
    *label = fetch->at->label;
    *problem = &fetch->problem;
    return fetch->result.kind == CREDENTIAL_NONE ? NULL : &fetch->result;
}

void fetch_succeed(struct fetch *fetch)
{
    fetch->done(fetch->arg); /* frees the fetch */
}

void fetch_fail(struct fetch *fetch)
{
    credential_clear(&fetch->result);
    secret_clear(&fetch->session);
    if (fetch->plan->kind == PLAN_CHAIN) {
        size_t used = strlen(fetch->reasons);
        snprintf(fetch->reasons + used, sizeof fetch->reasons - used, "%s%s: %.300s", used ? "; " : "",
                 fetch->at->label, fetch->problem.message);
        if (fetch->at->next) {
            fetch->at = fetch->at->next;
            fetch_later(fetch, 0, begin);
            return;
        }
        credential_problem(&fetch->problem, "NoCredentials", "peerway whoami shows which source is used",
                           "no source of the default chain gave credentials. %s", fetch->reasons);
    }
    fetch->done(fetch->arg);
}

static void copy_keys(struct fetch *fetch)
{
    const struct credential *keys = &fetch->at->keys;
    bool ok = keys->kind == CREDENTIAL_KEY
                  ? credential_set(&fetch->result, slice_of(keys->access_key_id),
                                   secret_slice(&keys->key.secret), secret_slice(&keys->token), keys->expires)
                  : secret_set(&fetch->result.token, keys->token.data, keys->token.size);
    if (!ok) {
        credential_problem(&fetch->problem, "OutOfMemory", "", "no secure memory for the credential");
        fetch_fail(fetch);
        return;
    }
    fetch->result.kind = keys->kind;
    fetch_succeed(fetch);
}

static void begin(struct fetch *fetch)
{
    switch (fetch->at->kind) {
    case PLAN_METADATA:
        fetch_metadata(fetch);
        break;
    case PLAN_URI:
        fetch_uri(fetch);
        break;
    case PLAN_OIDC:
        fetch_oidc(fetch);
        break;
    case PLAN_ROLE:
        fetch_role(fetch);
        break;
    case PLAN_PROCESS:
        fetch_process(fetch);
        break;
    default:
        copy_keys(fetch);
    }
}

/* ---- one HTTP exchange ---- */

static void exchange_done(void *arg, struct http_exchange *exchange)
{
    struct fetch *fetch = arg;
    (void)exchange; /* may be told before http_start returns: the step runs from the loop */
    fetch_later(fetch, 0, fetch->step);
}

void fetch_send(struct fetch *fetch, struct http_request *request, void (*step)(struct fetch *fetch))
{
    request->secret = true;
    request->max_body = 256 * 1024;
    fetch->step = step;
    fetch->exchange = http_start(fetch->rt, request, exchange_done, fetch);
    if (!fetch->exchange) {
        credential_problem(&fetch->problem, "OutOfMemory", "", "no memory while fetching credentials");
        fetch_fail(fetch);
    }
}

bool fetch_answer(struct fetch *fetch, const char *what, struct secret *body, int *status)
{
    struct http_exchange *exchange = fetch->exchange;
    const struct http_failure *failure = http_failure(exchange);
    size_t size = 0;
    bool ok = false;
    *status = failure ? 0 : http_status(exchange);
    if (failure) {
        credential_problem(&fetch->problem, failure->code, failure->hint ? failure->hint : "", "%s: %s", what,
                           failure->message);
    } else {
        const char *data = http_body(exchange, &size);
        ok =
            secret_set(body, data, size) || credential_problem(&fetch->problem, "OutOfMemory", "",
                                                               "no secure memory for the answer of %s", what);
    }
    http_free(exchange);
    fetch->exchange = NULL;
    return ok;
}

/* ---- answers that issue a credential ---- */

struct issued {
    struct slice code, id, secret, token, expiration;
};

static bool issued_member(void *arg, struct json_reader *json, struct slice name)
{
    struct issued *issued = arg;
    const struct {
        const char *name;
        struct slice *value;
    } fields[] = {{"Code", &issued->code},
                  {"AccessKeyId", &issued->id},
                  {"AccessKeySecret", &issued->secret},
                  {"SecurityToken", &issued->token},
                  {"Expiration", &issued->expiration}};
    if (slice_is(name, "Credentials") && json_peek(json) == '{')
        return json_read_object(json, issued_member, issued);
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
        if (slice_is(name, fields[i].name))
            return json_read_scalar(json, fields[i].value);
    return json_skip(json);
}

/* "2026-01-02T03:04:05Z", also with a fraction of seconds. */
static bool expiry_of(struct slice text, int64_t *time)
{
    char whole[20];
    if (text.size > 20 && text.data[19] == '.' && text.data[text.size - 1] == 'Z') {
        memcpy(whole, text.data, 19);
        whole[19] = 'Z';
        return time_parse_iso8601((struct slice){whole, 20}, time);
    }
    return time_parse_iso8601(text, time);
}

static bool accept_issued(struct fetch *fetch, const char *what, const struct issued *issued)
{
    int64_t expires;
    if (issued->code.size && !slice_is(issued->code, "Success"))
        return credential_problem(&fetch->problem, "CredentialsRefused", "",
                                  "%s did not answer with Code Success", what);
    if (!issued->id.size || !issued->secret.size || !issued->token.size)
        return credential_problem(&fetch->problem, "MalformedAnswer", "",
                                  "%s: the answer lacks AccessKeyId, AccessKeySecret or SecurityToken", what);
    if (!expiry_of(issued->expiration, &expires))
        return credential_problem(&fetch->problem, "MalformedAnswer", "",
                                  "%s: the answer has no usable Expiration", what);
    if ((double)expires <= fetch->rt->world->wall(fetch->rt->world))
        return credential_problem(&fetch->problem, "ExpiredAnswer", "check the clock of this machine",
                                  "%s: the credential is already expired", what);
    if (!credential_set(&fetch->result, issued->id, issued->secret, issued->token, expires))
        return credential_problem(&fetch->problem, "OutOfMemory", "", "no secure memory for the credential");
    return true;
}

void fetch_issued(struct fetch *fetch, const char *what, struct secret *body)
{
    struct json_reader json = json_open(body->data, body->size);
    struct issued issued = {0};
    bool ok = json_read_object(&json, issued_member, &issued) && json_at_end(&json);
    if (!ok)
        credential_problem(&fetch->problem, "MalformedAnswer", "",
                           "%s: the answer is not valid JSON at byte %zu: %s", what,
                           (size_t)(json.at - json.start), json.problem);
    else
        ok = accept_issued(fetch, what, &issued);
    secret_clear(body);
    (ok ? fetch_succeed : fetch_fail)(fetch);
}
