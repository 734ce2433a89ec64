/* SPDX-License-Identifier: MIT
 * fetch_metadata.c: the role of the ECS instance from the metadata service (v2 token flow), and
 * credentials from a URI. Neither uses a proxy or follows redirects. */
#include <stdio.h>

#include "modules/cloud/encode.h"
#include "modules/cloud/environment.h"
#include "modules/cloud/fetch_private.h"

#define BASE "http://100.100.100.200"
#define TOKEN_SECONDS "21600"
#define WHAT "the metadata service"
#define ROLE_PATH "/latest/meta-data/ram/security-credentials/"

static const char *metadata_base(void)
{
    const char *own = environment_text("PEERWAY_ECS_METADATA_ENDPOINT");
    return own ? own : BASE;
}

/* One request to the service; the token header when there is a token. */
static void ask(struct fetch *fetch, const char *method, const char *path, struct http_header header,
                void (*step)(struct fetch *fetch))
{
    char url[512];
    snprintf(url, sizeof url, "%s%s", metadata_base(), path);
    struct http_request request = {.method = method,
                                   .url = url,
                                   .headers = &header,
                                   .header_count = header.value ? 1 : 0,
                                   .body = strcmp(method, "PUT") == 0 ? "" : NULL,
                                   .timeout = 2,
                                   .connect_timeout = 1,
                                   .allow_plain = true,
                                   .allow_mounted_secret = true, /* the token is the handler's own */
                                   .proxy = ""};
    fetch_send(fetch, &request, step);
}

static struct http_header token_header(const struct fetch *fetch)
{
    return (struct http_header){.name = "X-aliyun-ecs-metadata-token",
                                .value = fetch->session.size ? fetch->session.data : NULL};
}

static bool good_status(struct fetch *fetch, int status, const char *for_what)
{
    if (status == 200)
        return true;
    return credential_problem(&fetch->problem, "MetadataRefused",
                              status == 404 ? "attach a RAM role to the instance" : "",
                              WHAT " answered %s with status %d", for_what, status);
}

static void role_answered(struct fetch *fetch)
{
    struct secret body = {0};
    int status;
    if (!fetch_answer(fetch, WHAT, &body, &status) ||
        !good_status(fetch, status, "the request for the credential")) {
        secret_clear(&body);
        fetch_fail(fetch);
        return;
    }
    secret_clear(&fetch->session);
    fetch_issued(fetch, WHAT, &body);
}

static void ask_role(struct fetch *fetch)
{
    char path[400];
    struct bytes encoded = {0};
    encode_append(&encoded, slice_of(fetch->role));
    snprintf(path, sizeof path, ROLE_PATH "%.*s", (int)encoded.size, encoded.size ? encoded.data : "");
    bytes_free(&encoded);
    ask(fetch, "GET", path, token_header(fetch), role_answered);
}

static void name_answered(struct fetch *fetch)
{
    struct secret body = {0};
    int status;
    bool ok =
        fetch_answer(fetch, WHAT, &body, &status) && good_status(fetch, status, "the question for the role");
    struct slice name = slice_trim(secret_slice(&body));
    if (ok && (!name.size || name.size >= sizeof fetch->role / 3))
        ok = credential_problem(&fetch->problem, "MetadataRefused", "attach a RAM role to the instance",
                                WHAT " names no role of this instance");
    if (ok)
        snprintf(fetch->role, sizeof fetch->role, "%.*s", (int)name.size, name.data);
    secret_clear(&body);
    if (ok)
        ask_role(fetch);
    else
        fetch_fail(fetch);
}

static void token_answered(struct fetch *fetch)
{
    struct secret body = {0};
    int status;
    bool ok =
        fetch_answer(fetch, WHAT, &body, &status) && good_status(fetch, status, "the request for a token");
    struct slice token = slice_trim(secret_slice(&body));
    if (ok && !secret_set(&fetch->session, token.data, token.size))
        ok =
            credential_problem(&fetch->problem, "OutOfMemory", "", "no secure memory for the metadata token");
    secret_clear(&body);
    if (!ok && fetch->at->v1_forbidden) {
        fetch_fail(fetch);
        return;
    }
    if (fetch->role[0])
        ask_role(fetch);
    else
        ask(fetch, "GET", ROLE_PATH, token_header(fetch), name_answered);
}

void fetch_metadata(struct fetch *fetch)
{
    snprintf(fetch->role, sizeof fetch->role, "%s", fetch->at->role_name ? fetch->at->role_name : "");
    ask(fetch, "PUT", "/latest/api/token",
        (struct http_header){.name = "X-aliyun-ecs-metadata-token-ttl-seconds", .value = TOKEN_SECONDS},
        token_answered);
}

static void uri_answered(struct fetch *fetch)
{
    struct secret body = {0};
    int status;
    bool ok = fetch_answer(fetch, "the credentials URI", &body, &status);
    if (ok && status != 200)
        ok = credential_problem(&fetch->problem, "CredentialsRefused", "",
                                "the credentials URI answered with status %d", status);
    if (ok) {
        fetch_issued(fetch, "the credentials URI", &body);
    } else {
        secret_clear(&body);
        fetch_fail(fetch);
    }
}

void fetch_uri(struct fetch *fetch)
{
    struct http_request request = {.method = "GET",
                                   .url = fetch->at->uri,
                                   .timeout = 15,
                                   .connect_timeout = 5,
                                   .allow_plain = true,
                                   .allow_mounted_secret = true,
                                   .proxy = ""};
    fetch_send(fetch, &request, uri_answered);
}
