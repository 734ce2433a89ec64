/* SPDX-License-Identifier: MIT
 * build_acs3.c: requests of the V3 envelope: signed, with a bearer token, or anonymous. */
#include "modules/cloud/sign_private.h"

static bool add_fixed_headers(struct build *build)
{
    const struct sign_request *request = build->request;
    struct arena *arena = &build->signer->arena;
    char date[ISO8601_SIZE];
    time_iso8601(request->time, date);
    return build_header(build, "host", request->host) &&
           (!request->version.size || build_header(build, "x-acs-version", request->version)) &&
           (!request->action.size || build_header(build, "x-acs-action", request->action)) &&
           (!request->user_agent.size || build_header(build, "user-agent", request->user_agent)) &&
           build_header(build, "x-acs-date", arena_copy(arena, (struct slice){date, ISO8601_SIZE - 1})) &&
           build_header(build, "x-acs-signature-nonce", request->nonce) &&
           build_header(build, "accept", slice_of("application/json"));
}

static bool add_body_headers(struct build *build, struct slice *hash)
{
    char *hex = arena_alloc(&build->signer->arena, 2 * SHA256_SIZE + 1);
    if (!hex || !build_body(build))
        return false;
    if (build->content_type.size && !build_header(build, "content-type", build->content_type))
        return false;
    if (!acs3_payload_hash(build->signer, build->out->body, hex))
        return false;
    hex[2 * SHA256_SIZE] = 0;
    *hash = (struct slice){hex, 2 * SHA256_SIZE};
    return build_header(build, "x-acs-content-sha256", *hash);
}

static bool add_credential_headers(struct build *build)
{
    const struct sign_request *request = build->request;
    const struct sign_credential *credential = build->credential;
    if (request->scheme == SIGN_BEARER)
        return build_header(build, "x-acs-bearer-token", credential->token) &&
               (request->style == STYLE_RPC ||
                build_header(build, "x-acs-signature-type", slice_of("BEARERTOKEN")));
    if (request->scheme == SIGN_ANONYMOUS || !credential->token.size)
        return true;
    return build_header(build, "x-acs-accesskey-id", credential->access_key_id) &&
           build_header(build, "x-acs-security-token", credential->token);
}

/* The query, sorted, with what unsigned RPC calls add. */
static bool sorted_query(struct build *build, struct pairs *query)
{
    struct arena *arena = &build->signer->arena;
    const struct sign_request *request = build->request;
    *query = request->query;
    query->capacity = query->count; /* adding moves it to memory of our own */
    if (request->style == STYLE_RPC && request->scheme == SIGN_ANONYMOUS && !pairs_find(query, "Format") &&
        !pairs_add(arena, query, slice_of("Format"), slice_of("json")))
        return false;
    if (request->style == STYLE_RPC && request->scheme == SIGN_BEARER &&
        !pairs_find(query, "SignatureType") &&
        !pairs_add(arena, query, slice_of("SignatureType"), slice_of("BEARERTOKEN")))
        return false;
    return pairs_sort(arena, query);
}

static bool add_authorization(struct build *build)
{
    static const char parts[3][40] = {"ACS3-HMAC-SHA256 Credential=", ",SignedHeaders=", ",Signature="};
    struct signer *signer = build->signer;
    struct slice id = build->credential->access_key_id;
    size_t size = id.size + signer->names.size + ACS3_SIGNATURE_SIZE + sizeof parts;
    struct bytes text = {.data = arena_alloc(&signer->arena, size), .capacity = size};
    if (!text.data)
        return false;
    bytes_text(&text, parts[0]);
    bytes_slice(&text, id);
    bytes_text(&text, parts[1]);
    bytes_append(&text, signer->names.data, signer->names.size);
    bytes_text(&text, parts[2]);
    if (!acs3_signature(signer, build->credential->key, text.data + text.size))
        return false;
    text.size += ACS3_SIGNATURE_SIZE;
    text.data[text.size] = 0;
    return build_header(build, "Authorization", (struct slice){text.data, text.size});
}

const char *build_acs3(struct build *build)
{
    struct signer *signer = build->signer;
    const struct sign_request *request = build->request;
    struct slice hash, path, wire;
    struct pairs query;
    signer->wire.size = 0;
    canonical_path(&signer->wire, request->path);
    path = arena_copy(&signer->arena, (struct slice){signer->wire.data, signer->wire.size});
    if (!add_fixed_headers(build) || !add_body_headers(build, &hash) || !add_credential_headers(build) ||
        !build_further_headers(build) || !sorted_query(build, &query))
        return sign_out_of_memory;
    struct acs3_message message = {.method = request->method,
                                   .path = path,
                                   .query = &query,
                                   .headers = &build->out->headers,
                                   .payload_hash = hash};
    if (!acs3_canonical(signer, &message, &wire) || !build_target(build, path, wire))
        return sign_out_of_memory;
    if (request->scheme == SIGN_ACS3 && !add_authorization(build))
        return sign_crypto_failed;
    build->out->string_to_sign = (struct slice){signer->canonical.data, signer->canonical.size};
    return NULL;
}
