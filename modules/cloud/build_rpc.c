/* SPDX-License-Identifier: MIT
 * build_rpc.c: requests of the RPC V1 envelope, in the layouts of the official clients. */
#include "modules/cloud/sign_private.h"

/* Adds a common parameter unless the caller gave one of that name. */
static bool add_common(struct build *build, struct pairs *query, const char *name, struct slice value)
{
    if (pairs_find(&build->request->query, name) || pairs_find(&build->request->form, name))
        return true;
    return pairs_add(&build->signer->arena, query, slice_of(name), value);
}

/* The caller's query and the parameters of the envelope. */
static bool envelope(struct build *build, struct pairs *query)
{
    const struct sign_request *request = build->request;
    const struct sign_credential *credential = build->credential;
    char date[ISO8601_SIZE];
    time_iso8601(request->time, date);
    *query = request->query;
    query->capacity = query->count;
    return add_common(build, query, "Action", request->action) &&
           add_common(build, query, "Version", request->version) &&
           add_common(build, query, "Format", slice_of("JSON")) &&
           add_common(build, query, "Timestamp",
                      arena_copy(&build->signer->arena, (struct slice){date, ISO8601_SIZE - 1})) &&
           add_common(build, query, "SignatureNonce", request->nonce) &&
           add_common(build, query, "SignatureMethod", slice_of("HMAC-SHA1")) &&
           add_common(build, query, "SignatureVersion", slice_of("1.0")) &&
           add_common(build, query, "AccessKeyId", credential->access_key_id) &&
           (!credential->token.size || add_common(build, query, "SecurityToken", credential->token));
}

static bool join_pairs(struct arena *arena, struct pairs *all, const struct pairs *more)
{
    for (size_t i = 0; i < more->count; i++)
        if (!pairs_add(arena, all, more->items[i].name, more->items[i].value))
            return false;
    return true;
}

static enum sign_layout pick_layout(const struct build *build)
{
    const struct sign_request *request = build->request;
    if (request->layout != LAYOUT_DEFAULT)
        return request->layout;
    if (!slice_is(request->method, "POST"))
        return LAYOUT_QUERY;
    /* A token does not belong in a URL, which servers and proxies log. */
    if (build->credential->token.size)
        return LAYOUT_FORM;
    return request->has_form ? LAYOUT_MIXED : LAYOUT_QUERY;
}

static bool sign_parameters(struct build *build, const struct pairs *query, struct pairs *all,
                            struct slice *signature)
{
    struct signer *signer = build->signer;
    char *text = arena_alloc(&signer->arena, SHA1_BASE64_SIZE + 1);
    *all = (struct pairs){0};
    if (!text || !join_pairs(&signer->arena, all, query) ||
        !join_pairs(&signer->arena, all, &build->request->form) || !pairs_sort(&signer->arena, all))
        return false;
    pairs_keep_last(all); /* a name in query and form: the form's value is signed, as the cores do */
    if (!rpc_string_to_sign(signer, build->request->method, all) ||
        !sha1_signature(signer, build->credential->key, KEY_RPC, text))
        return false;
    *signature = (struct slice){text, SHA1_BASE64_SIZE};
    return true;
}

static bool place_parameters(struct build *build, struct pairs *query, struct pairs *all,
                             struct slice signature)
{
    struct arena *arena = &build->signer->arena;
    enum sign_layout layout = pick_layout(build);
    if (layout == LAYOUT_MIXED) {
        if (!pairs_sort(arena, query) || !pairs_add(arena, query, slice_of("Signature"), signature))
            return false;
        return build_body(build) && build_target(build, slice_of("/"), build_encoded(build, query));
    }
    if (!pairs_add(arena, all, slice_of("Signature"), signature))
        return false;
    struct slice text = build_encoded(build, all);
    if (layout == LAYOUT_QUERY)
        return build_target(build, slice_of("/"), text);
    build->out->body = text;
    build->content_type = slice_of(FORM_TYPE);
    return build_target(build, slice_of("/"), (struct slice){0});
}

const char *build_rpc(struct build *build)
{
    const struct sign_request *request = build->request;
    struct pairs query, all;
    struct slice signature;
    if (request->has_body)
        return "RPC V1 signs parameters only: give them as query or form, not as JSON or bytes";
    if (!slice_is(request->method, "POST") && request->has_form)
        return "RPC V1 carries a form with POST only";
    if (pairs_find(&request->query, "Signature") || pairs_find(&request->form, "Signature"))
        return "the parameter Signature is the signer's own";
    if (!envelope(build, &query))
        return sign_out_of_memory;
    if (!sign_parameters(build, &query, &all, &signature))
        return sign_crypto_failed;
    if (!place_parameters(build, &query, &all, signature) || !build_first_headers(build) ||
        !build_header(build, "x-acs-version", request->version) ||
        !build_header(build, "x-acs-action", request->action) ||
        !build_header(build, "accept", slice_of("application/json")) ||
        (build->content_type.size && !build_header(build, "content-type", build->content_type)) ||
        !build_further_headers(build))
        return sign_out_of_memory;
    build->out->string_to_sign = (struct slice){build->signer->canonical.data, build->signer->canonical.size};
    return NULL;
}
