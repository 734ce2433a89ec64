/* SPDX-License-Identifier: MIT
 * sign.c: checks a request, shares the parts that all families need, picks the builder. */
#include <stdlib.h>

#include "modules/cloud/encode.h"
#include "modules/cloud/sign_private.h"

const char sign_out_of_memory[] = "out of memory while signing";
const char sign_crypto_failed[] = "libcrypto refused the digest or the MAC";

bool signer_init(struct signer *signer, const char **why)
{
    *signer = (struct signer){.crypto = crypto_open(why)};
    if (!signer->crypto)
        return false;
    signer->md = signer->crypto->api->EVP_MD_CTX_new();
    if (!signer->md && why)
        *why = sign_out_of_memory;
    return signer->md != NULL;
}

void signer_free(struct signer *signer)
{
    if (signer->md)
        signer->crypto->api->EVP_MD_CTX_free(signer->md);
    arena_free(&signer->arena);
    bytes_free(&signer->canonical);
    bytes_free(&signer->names);
    bytes_free(&signer->wire);
    signer->md = NULL;
}

static void bytes_wipe(struct bytes *buffer)
{
    if (buffer->failed) {
        bytes_free(buffer);
        return;
    }
    if (buffer->size)
        explicit_bzero(buffer->data, buffer->size);
    buffer->size = 0;
}

void signer_wipe(struct signer *signer)
{
    arena_reset(&signer->arena);
    bytes_wipe(&signer->canonical);
    bytes_wipe(&signer->names);
    bytes_wipe(&signer->wire);
}

bool build_named_header(struct build *build, struct slice name, struct slice value)
{
    const struct pair *own =
        build->request->headers.count ? pairs_find_header(&build->request->headers, name.data) : NULL;
    return pairs_add(&build->signer->arena, &build->out->headers, name, own ? own->value : value);
}

bool build_further_headers(struct build *build)
{
    const struct pairs *further = &build->request->headers;
    struct pairs *headers = &build->out->headers;
    size_t ours = headers->count;
    for (size_t i = 0; i < further->count; i++) {
        struct slice name = further->items[i].name;
        bool present = false;
        for (size_t at = 0; at < ours && !present; at++)
            present = headers->items[at].name.size == name.size &&
                      strncasecmp(headers->items[at].name.data, name.data, name.size) == 0;
        if (!present && !pairs_add(&build->signer->arena, headers, name, further->items[i].value))
            return false;
    }
    return true;
}

bool build_first_headers(struct build *build)
{
    return build_header(build, "host", build->request->host) &&
           (!build->request->user_agent.size ||
            build_header(build, "user-agent", build->request->user_agent));
}

struct slice build_encoded(struct build *build, const struct pairs *pairs)
{
    struct bytes *wire = &build->signer->wire;
    wire->size = 0;
    canonical_query(wire, pairs, QUERY_STRICT);
    build->signer->arena.failed |= wire->failed;
    return arena_copy(&build->signer->arena, (struct slice){wire->data, wire->size});
}

bool build_body(struct build *build)
{
    const struct sign_request *request = build->request;
    if (request->has_form) {
        build->out->body = build_encoded(build, &request->form);
        if (build->out->body.size)
            build->content_type = slice_of(FORM_TYPE);
    } else if (request->has_body) {
        build->out->body = request->body;
        build->content_type = request->content_type;
    }
    return !build->signer->arena.failed;
}

bool build_target(struct build *build, struct slice path, struct slice query)
{
    char *text = arena_alloc(&build->signer->arena, path.size + query.size + 2);
    if (!text)
        return false;
    memcpy(text, path.data, path.size);
    size_t size = path.size;
    if (query.size) {
        text[size++] = '?';
        memcpy(text + size, query.data, query.size);
        size += query.size;
    }
    text[size] = 0;
    build->out->target = (struct slice){text, size};
    return true;
}

/* Header values and names must not carry line ends: whoever controls one would control the request. */
static bool is_clean(struct slice text, char lowest)
{
    const unsigned char *bytes = (const unsigned char *)text.data;
    bool tabs = lowest == ' ', clean = true;
    for (size_t i = 0; i < text.size; i++)
        clean &= (bytes[i] >= (unsigned char)lowest && bytes[i] != 127) || (tabs && bytes[i] == '\t');
    return clean;
}

static bool headers_are_clean(const struct pairs *headers)
{
    for (size_t i = 0; i < headers->count; i++) {
        struct slice name = headers->items[i].name;
        if (!name.size || !is_clean(name, '!') || memchr(name.data, ':', name.size) ||
            !is_clean(headers->items[i].value, ' '))
            return false;
    }
    return true;
}

static const char *check_request(const struct sign_request *request)
{
    if (!request->method.size || !is_clean(request->method, '!'))
        return "the method is missing or holds spaces or control characters";
    if (!request->host.size || !is_clean(request->host, '!') ||
        memchr(request->host.data, '/', request->host.size))
        return "the host is missing or is not a plain host name with optional port";
    if (request->path.size && request->path.data[0] != '/')
        return "the path must begin with /";
    if (request->path.size && memchr(request->path.data, '?', request->path.size))
        return "the path must not hold a ?; give the parameters as query";
    if (request->has_form && request->has_body)
        return "a request has a form or another body, not both";
    if (!is_clean(request->action, '!') || !is_clean(request->version, '!') ||
        !is_clean(request->nonce, '!') || !is_clean(request->content_type, ' ') ||
        !is_clean(request->user_agent, ' '))
        return "action, version, nonce, content type and user agent must not hold control characters";
    if (!headers_are_clean(&request->headers))
        return "a header name or value holds control characters";
    return NULL;
}

static const char *check_credential(const struct sign_request *request,
                                    const struct sign_credential *credential)
{
    if (request->scheme == SIGN_ANONYMOUS)
        return NULL;
    if (!is_clean(credential->token, '!') || !is_clean(credential->access_key_id, '!'))
        return "the access key id or the token holds spaces or control characters";
    if (request->scheme == SIGN_BEARER)
        return credential->token.size ? NULL : "the account has no bearer token";
    if (!credential->key || !credential->access_key_id.size)
        return "the account has no access key; a signed call needs one";
    return NULL;
}

const char *sign_build(struct signer *signer, const struct sign_request *request,
                       const struct sign_credential *credential, struct signed_request *out)
{
    struct build build = {.signer = signer, .request = request, .credential = credential, .out = out};
    *out = (struct signed_request){0};
    const char *problem = check_request(request);
    if (!problem)
        problem = check_credential(request, credential);
    if (problem)
        return problem;
    switch (request->scheme) {
    case SIGN_RPC:
        problem = build_rpc(&build);
        break;
    case SIGN_ROA:
        problem = build_roa(&build);
        break;
    case SIGN_ODPS:
        problem = build_odps(&build);
        break;
    default:
        problem = build_acs3(&build);
    }
    if (!problem && (signer->arena.failed || signer->canonical.failed || signer->wire.failed))
        problem = sign_out_of_memory;
    return problem;
}
