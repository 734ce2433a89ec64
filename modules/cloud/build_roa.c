/* SPDX-License-Identifier: MIT
 * build_roa.c: requests of ROA V2 and of the MaxCompute data API (ODPS). */
#include "modules/cloud/sign_private.h"

static bool add_date(struct build *build, const char *name)
{
    char date[RFC1123_SIZE];
    time_rfc1123(build->request->time, date);
    return build_named_header(build, slice_of(name),
                              arena_copy(&build->signer->arena, (struct slice){date, RFC1123_SIZE - 1}));
}

static bool add_content_headers(struct build *build)
{
    struct signer *signer = build->signer;
    unsigned char digest[MD5_SIZE];
    if (!build_body(build))
        return false;
    if (build->content_type.size && !build_header(build, "content-type", build->content_type))
        return false;
    if (!build->request->content_md5)
        return true;
    char *text = arena_alloc(&signer->arena, 25);
    if (!text || crypto_digest(signer->crypto, signer->md, signer->crypto->md5, build->out->body.data,
                               build->out->body.size, digest) != 0)
        return false;
    text[base64_encode(digest, sizeof digest, text)] = 0;
    return build_header(build, "content-md5", (struct slice){text, 24});
}

static bool add_roa_headers(struct build *build)
{
    const struct sign_request *request = build->request;
    const struct sign_credential *credential = build->credential;
    return build_first_headers(build) && build_header(build, "accept", slice_of("application/json")) &&
           add_date(build, "date") && build_header(build, "x-acs-signature-nonce", request->nonce) &&
           build_header(build, "x-acs-signature-method", slice_of("HMAC-SHA1")) &&
           build_header(build, "x-acs-signature-version", slice_of("1.0")) &&
           (!request->version.size || build_header(build, "x-acs-version", request->version)) &&
           (!request->action.size || build_header(build, "x-acs-action", request->action)) &&
           (!credential->token.size ||
            (build_header(build, "x-acs-accesskey-id", credential->access_key_id) &&
             build_header(build, "x-acs-security-token", credential->token))) &&
           add_content_headers(build) && build_further_headers(build);
}

/* "<before><id><after>:<signature>" as the Authorization header. */
static bool add_authorization(struct build *build, const char *before, struct slice scope, enum key_use use)
{
    struct signer *signer = build->signer;
    struct slice id = build->credential->access_key_id;
    char signature[SHA1_BASE64_SIZE + 1];
    if (!sha1_signature(signer, build->credential->key, use, signature))
        return false;
    size_t size = strlen(before) + id.size + scope.size + sizeof signature + 2;
    struct bytes text = {.data = arena_alloc(&signer->arena, size), .capacity = size};
    if (!text.data)
        return false;
    bytes_text(&text, before);
    bytes_slice(&text, id);
    bytes_slice(&text, scope);
    bytes_char(&text, ':');
    bytes_append(&text, signature, sizeof signature);
    return build_header(build, "Authorization", (struct slice){text.data, text.size - 1});
}

const char *build_roa(struct build *build)
{
    struct signer *signer = build->signer;
    const struct sign_request *request = build->request;
    struct pairs query = request->query;
    signer->wire.size = 0;
    encoded_path(&signer->wire, request->path);
    struct slice path = arena_copy(&signer->arena, (struct slice){signer->wire.data, signer->wire.size});
    if (!add_roa_headers(build) || !pairs_sort(&signer->arena, &query) ||
        !roa_string_to_sign(signer, request->method, &build->out->headers, path, &query, QUERY_RAW) ||
        !build_target(build, path, build_encoded(build, &query)))
        return sign_out_of_memory;
    if (!add_authorization(build, "acs ", (struct slice){0}, KEY_SHA1))
        return sign_crypto_failed;
    build->out->string_to_sign = (struct slice){signer->canonical.data, signer->canonical.size};
    return NULL;
}

/* "/yyyymmdd/region/odps/aliyun_v4_request", and the key of that scope. */
static bool odps_scope(struct build *build, struct slice *scope)
{
    struct slice region = build->request->region;
    char date[ISO8601_SIZE], day[8];
    time_iso8601(build->request->time, date);
    memcpy(day, date, 4);
    memcpy(day + 4, date + 5, 2);
    memcpy(day + 6, date + 8, 2);
    size_t size = region.size + 40;
    struct bytes text = {.data = arena_alloc(&build->signer->arena, size), .capacity = size};
    if (!text.data || !sign_key_scope(build->credential->key, (struct slice){day, 8}, region))
        return false;
    bytes_char(&text, '/');
    bytes_append(&text, day, 8);
    bytes_char(&text, '/');
    bytes_slice(&text, region);
    bytes_text(&text, "/odps/aliyun_v4_request");
    *scope = (struct slice){text.data, text.size};
    return true;
}

const char *build_odps(struct build *build)
{
    struct signer *signer = build->signer;
    const struct sign_request *request = build->request;
    struct slice scope = {0}, token = build->credential->token;
    signer->wire.size = 0;
    canonical_path(&signer->wire, request->path);
    struct slice path = arena_copy(&signer->arena, (struct slice){signer->wire.data, signer->wire.size});
    if (!build_first_headers(build) || !add_date(build, "Date") || !add_content_headers(build) ||
        (token.size && !build_header(build, "authorization-sts-token", token)) ||
        !build_further_headers(build) || !build_target(build, path, build_encoded(build, &request->query)))
        return sign_out_of_memory;
    struct slice target = build->out->target;
    if (request->prefix.size && target.size >= request->prefix.size &&
        memcmp(target.data, request->prefix.data, request->prefix.size) == 0) {
        target.data += request->prefix.size;
        target.size -= request->prefix.size;
    }
    if (!odps_string_to_sign(signer, request->method, &build->out->headers, target, true))
        return sign_out_of_memory;
    if (request->region.size && !odps_scope(build, &scope))
        return sign_crypto_failed;
    if (!add_authorization(build, "ODPS ", scope, request->region.size ? KEY_ODPS4 : KEY_SHA1))
        return sign_crypto_failed;
    build->out->string_to_sign = (struct slice){signer->canonical.data, signer->canonical.size};
    return NULL;
}
