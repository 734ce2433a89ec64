/* SPDX-License-Identifier: MIT
 * fetch_sts.c: AssumeRole (signed with the base credential, ACS3) and AssumeRoleWithOIDC (unsigned). */
#include <ctype.h>
#include <stdio.h>

#include "modules/cloud/as_http.h"
#include "modules/cloud/config.h"
#include "modules/cloud/environment.h"
#include "modules/cloud/fetch_private.h"
#include "modules/cloud/json_reader.h"
#include "runtime/runtime.h"
#include "runtime/world.h"

#define VERSION "2015-04-01"

struct sts_host {
    bool plain;
    char host[200];
};

/* "host", "host:port" or a URL without path. */
static void split_host(const char *text, struct sts_host *host)
{
    host->plain = strncmp(text, "http://", 7) == 0;
    if (host->plain)
        text += 7;
    else if (strncmp(text, "https://", 8) == 0)
        text += 8;
    snprintf(host->host, sizeof host->host, "%.*s", (int)strcspn(text, "/"), text);
}

/* Overrides of the environment, the plan's own, the variables of the SDKs, the central host. */
static void find_host(const struct plan *plan, struct sts_host *host)
{
    const char *names[] = {"ALIBABA_CLOUD_ENDPOINT_STS", "PEERWAY_ENDPOINT"};
    const char *given = environment_text(names[0]);
    if (!given)
        given = environment_text(names[1]);
    if (!given)
        given = plan->sts_host;
    if (!given)
        given = environment_text("ALIBABA_CLOUD_STS_ENDPOINT");
    const char *region = environment_text("ALIBABA_CLOUD_STS_REGION");
    if (given) {
        split_host(given, host);
        return;
    }
    host->plain = false;
    if (region)
        snprintf(host->host, sizeof host->host, "sts%s.%s.aliyuncs.com",
                 environment_is_true("ALIBABA_CLOUD_VPC_ENDPOINT_ENABLED") ? "-vpc" : "", region);
    else
        snprintf(host->host, sizeof host->host, "sts.aliyuncs.com");
}

/* A refusal of STS: its code, and its text when it cannot hold anything of ours. */
struct refusal {
    struct slice code, message, request_id;
};

static bool refusal_member(void *arg, struct json_reader *json, struct slice name)
{
    struct refusal *refusal = arg;
    struct slice *field = slice_is(name, "Code")        ? &refusal->code
                          : slice_is(name, "Message")   ? &refusal->message
                          : slice_is(name, "RequestId") ? &refusal->request_id
                                                        : NULL;
    char next = json_peek(json);
    return field && next != '{' && next != '[' ? json_read_scalar(json, field) : json_skip(json);
}

static bool is_word(struct slice text, size_t most)
{
    for (size_t i = 0; i < text.size; i++)
        if (!isalnum((unsigned char)text.data[i]) && !strchr("._-", text.data[i]))
            return false;
    return text.size > 0 && text.size <= most;
}

/* Messages about signatures quote the request, token included: not shown. */
static bool may_show(const struct fetch *fetch, const struct refusal *refusal)
{
    const struct account *base = fetch->at->base;
    if (slice_starts(refusal->code, "Signature") || refusal->message.size > 300)
        return false;
    for (size_t i = 0; i < refusal->message.size; i++)
        if ((unsigned char)refusal->message.data[i] < 32)
            return false;
    if (!base)
        return !memmem(refusal->message.data, refusal->message.size, "eyJ", 3); /* begins every JWT */
    const struct secret *secrets[] = {&base->current.token, &base->current.key.secret};
    for (int i = 0; i < 2; i++)
        if (secrets[i]->size &&
            memmem(refusal->message.data, refusal->message.size, secrets[i]->data, secrets[i]->size))
            return false;
    return true;
}

static void refused(struct fetch *fetch, const char *action, int status, struct secret *body)
{
    struct json_reader json = json_open(body->data, body->size);
    struct refusal r = {0};
    char code[64] = "CredentialsRefused";
    if (!json_read_object(&json, refusal_member, &r))
        r = (struct refusal){0};
    if (is_word(r.code, sizeof code - 1))
        snprintf(code, sizeof code, "%.*s", (int)r.code.size, r.code.data);
    bool show = r.message.size && may_show(fetch, &r);
    credential_problem(
        &fetch->problem, code,
        strncmp(code, "NoPermission", 12) == 0
            ? "grant sts:AssumeRole to the caller, and name the caller in the role's trust policy"
            : "",
        "%s of %s was refused with status %d, %s%s%.*s%s%.*s", action, fetch->at->role_arn, status, code,
        show ? ": " : "", show ? (int)r.message.size : 0, show ? r.message.data : "",
        is_word(r.request_id, 64) ? ", request id " : "",
        is_word(r.request_id, 64) ? (int)r.request_id.size : 0,
        is_word(r.request_id, 64) ? r.request_id.data : "");
    fetch_fail(fetch);
}

static void sts_answered(struct fetch *fetch)
{
    struct secret body = {0};
    int status;
    const char *action = fetch->at->kind == PLAN_OIDC ? "AssumeRoleWithOIDC" : "AssumeRole";
    if (!fetch_answer(fetch, "STS", &body, &status)) {
        fetch_fail(fetch);
    } else if (status == 200) {
        fetch_issued(fetch, "STS", &body);
    } else {
        refused(fetch, action, status, &body);
        secret_clear(&body);
    }
}

static void send_built(struct fetch *fetch, struct signer *signer, const struct sts_host *host,
                       const struct sign_request *request, const struct signed_request *built, bool sandbox)
{
    struct http_request http = {.timeout = 15, .connect_timeout = 5, .allow_mounted_secret = sandbox};
    if (as_http(request, built, host->plain, &signer->arena, &http)) {
        fetch_send(fetch, &http, sts_answered);
        return;
    }
    credential_problem(&fetch->problem, "OutOfMemory", "", "out of memory while asking STS");
    fetch_fail(fetch);
}

static void add(struct arena *arena, struct pairs *form, const char *name, const char *value)
{
    if (value)
        pairs_add(arena, form, slice_of(name), slice_of(value));
}

/* What both actions share; the texts live as long as the signer's wipe. */
static void describe(struct fetch *fetch, struct arena *arena, struct sign_request *request,
                     const char *action)
{
    const struct plan *plan = fetch->at;
    struct world *world = fetch->rt->world;
    unsigned char bytes[16];
    char duration[16];
    char *nonce = arena_alloc(arena, 33), *session = arena_alloc(arena, 24);
    if (!nonce || !session)
        return;
    world->random(world, bytes, sizeof bytes);
    hex_encode(bytes, sizeof bytes, nonce);
    nonce[32] = 0;
    snprintf(session, 24, "peerway-%.8s", nonce);
    snprintf(duration, sizeof duration, "%d", plan->duration ? plan->duration : 3600);
    *request = (struct sign_request){.method = slice_of("POST"),
                                     .path = slice_of("/"),
                                     .action = slice_of(action),
                                     .version = slice_of(VERSION),
                                     .nonce = slice_of(nonce),
                                     .time = (int64_t)world->wall(world),
                                     .user_agent = slice_of("peerway/" PEERWAY_VERSION),
                                     .has_form = true};
    add(arena, &request->form, "RoleArn", plan->role_arn);
    add(arena, &request->form, "RoleSessionName", plan->session_name ? plan->session_name : session);
    add(arena, &request->form, "DurationSeconds", arena_copy(arena, slice_of(duration)).data);
    add(arena, &request->form, "Policy", plan->policy);
    add(arena, &request->form, "ExternalId", plan->external_id);
}

static void build_and_send(struct fetch *fetch, const char *action, const struct credential *with,
                           const struct secret *oidc_token)
{
    struct signer signer;
    struct sign_request request = {0};
    struct signed_request built = {0};
    struct sts_host host;
    struct sign_credential credential = {0};
    const char *why = NULL;
    char date[ISO8601_SIZE];
    struct arena texts = {0};
    find_host(fetch->at, &host);
    describe(fetch, &texts, &request, action);
    request.host = slice_of(host.host);
    if (with) {
        credential = (struct sign_credential){slice_of(with->access_key_id), secret_slice(&with->token),
                                              (struct sign_key *)&with->key};
    } else {
        /* As the credentials libraries send it: the envelope in the query, the token in the body. */
        request.scheme = SIGN_ANONYMOUS;
        time_iso8601(request.time, date);
        add(&texts, &request.query, "Action", action);
        add(&texts, &request.query, "Version", VERSION);
        add(&texts, &request.query, "Format", "JSON");
        add(&texts, &request.query, "Timestamp", date);
        pairs_add(&texts, &request.query, slice_of("SignatureNonce"), request.nonce);
        add(&texts, &request.form, "OIDCProviderArn", fetch->at->provider_arn);
        pairs_add(&texts, &request.form, slice_of("OIDCToken"), slice_trim(secret_slice(oidc_token)));
    }
    bool ready = signer_init(&signer, &why);
    if (ready)
        why = texts.failed ? "out of memory" : sign_build(&signer, &request, &credential, &built);
    if (why) {
        credential_problem(&fetch->problem, "CannotSign", "", "%s cannot be sent: %s", action, why);
        fetch_fail(fetch);
    } else {
        send_built(fetch, &signer, &host, &request, &built,
                   with ? with->sandbox : is_sandbox_secret(secret_slice(oidc_token)));
    }
    arena_free(&texts);
    if (ready)
        signer_free(&signer);
}

/* ---- AssumeRole ---- */

static void base_ready(void *arg, const struct problem *problem)
{
    struct fetch *fetch = arg;
    const struct account *base = fetch->at->base;
    if (problem) {
        fetch->problem = *problem;
        fetch_fail(fetch);
    } else if (base->current.kind != CREDENTIAL_KEY) {
        credential_problem(&fetch->problem, base->forgotten ? "AccountForgotten" : "CannotSign", "",
                           "AssumeRole needs an access key, and its base account has none");
        fetch_fail(fetch);
    } else {
        build_and_send(fetch, "AssumeRole", &base->current, NULL);
    }
}

void fetch_role(struct fetch *fetch)
{
    if (!fetch->at->role_arn) {
        credential_problem(&fetch->problem, "IncompleteAccount",
                           "give role_arn = \"acs:ram::<account>:role/<name>\"",
                           "AssumeRole needs the ARN of a role");
        fetch_fail(fetch);
        return;
    }
    fetch->waiter = (struct account_waiter){.ready = base_ready, .arg = fetch};
    switch (account_want(fetch->at->base, fetch->rt, &fetch->waiter)) {
    case ACCOUNT_READY:
        base_ready(fetch, NULL);
        break;
    case ACCOUNT_NO_MEMORY:
        credential_problem(&fetch->problem, "OutOfMemory", "", "no memory while fetching credentials");
        fetch_fail(fetch);
        break;
    case ACCOUNT_WAITING:
        break;
    }
}

/* ---- AssumeRoleWithOIDC ---- */

void fetch_oidc(struct fetch *fetch)
{
    struct secret token = {0};
    bool missing;
    /* Kubernetes projects the token with mode 0644 through symbolic links. */
    if (!secret_file_read(fetch->at->token_file, true, &token, &missing, &fetch->problem)) {
        if (missing)
            credential_problem(&fetch->problem, "MissingTokenFile", "check ALIBABA_CLOUD_OIDC_TOKEN_FILE",
                               "the OIDC token file %s does not exist", fetch->at->token_file);
        fetch_fail(fetch);
        return;
    }
    build_and_send(fetch, "AssumeRoleWithOIDC", NULL, &token);
    secret_clear(&token);
}
