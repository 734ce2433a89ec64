/* SPDX-License-Identifier: MIT
 * verify_sha1.c: RPC V1, ROA V2 and ODPS requests. */
#include "modules/cloud/encode.h"
#include "modules/cloud/verify_private.h"

static bool matches(struct check *check, struct ring_key *key, enum key_use use, struct slice signature)
{
    char text[SHA1_BASE64_SIZE + 1];
    return sha1_signature(check->signer, &key->key, use, text) &&
           crypto_equal(check->signer->crypto, text, SHA1_BASE64_SIZE, signature.data, signature.size);
}

static void refuse_text(struct check *check, const struct ring_key *key, const char *code)
{
    struct bytes text = {0};
    const struct bytes *canonical = &check->signer->canonical;
    append_masked(&text, (struct slice){canonical->data, canonical->size}, &key->token);
    if (strcmp(code, "SignatureDoesNotMatch") == 0)
        bytes_char(&text, ']');
    refuse(check, code, (struct slice){text.data, text.size});
    bytes_free(&text);
}

/* The envelope must not be ambiguous: a second value could name another action than the signed one. */
static bool envelope_is_single(const struct pairs *sorted)
{
    static const char *const names[] = {"AccessKeyId",    "Action",    "SecurityToken", "SignatureMethod",
                                        "SignatureNonce", "Timestamp", "Version"};
    for (size_t i = 1; i < sorted->count; i++)
        for (size_t n = 0; n < sizeof names / sizeof *names; n++)
            if (slice_is(sorted->items[i].name, names[n]) && slice_is(sorted->items[i - 1].name, names[n]))
                return false;
    return true;
}

/* Query and form without the signature itself, sorted. */
static bool signed_parameters(struct check *check, const struct pairs *query, const struct pairs *form,
                              struct pairs *all)
{
    const struct pairs *sources[] = {query, form};
    for (int s = 0; s < 2; s++)
        for (size_t i = 0; i < sources[s]->count; i++) {
            const struct pair *pair = &sources[s]->items[i];
            if (!slice_is(pair->name, "Signature") &&
                !pairs_add(&check->signer->arena, all, pair->name, pair->value))
                return false;
        }
    return pairs_sort(&check->signer->arena, all);
}

/* The pairs of `text` that have a '='. */
static bool parse_assigned(struct check *check, struct pairs *pairs, struct slice text)
{
    struct slice part;
    while (slice_cut(&text, '&', &part))
        if (part.size && memchr(part.data, '=', part.size) &&
            !pairs_parse(&check->signer->arena, pairs, part))
            return false;
    return true;
}

static bool matches_rpc(struct check *check, struct ring_key *key, struct pairs *all, struct slice signature)
{
    pairs_keep_last(all);
    return rpc_string_to_sign(check->signer, check->request->method, all) &&
           matches(check, key, KEY_RPC, signature);
}

/* The official PHP client writes an empty value as the bare name and, since 1.5.29, leaves it out of the
 * signature: with it in, the cloud refused (aliyun/openapi-sdk-php-client issue 224). */
static bool matches_without_bare_names(struct check *check, struct ring_key *key, struct slice signature)
{
    struct pairs query = {0}, form = {0}, all = {0};
    if (!parse_assigned(check, &query, check->request->query) ||
        (check->form.count && !parse_assigned(check, &form, check->request->body)))
        return false;
    if (query.count == check->query.count && form.count == check->form.count)
        return false; /* there are none */
    return signed_parameters(check, &query, &form, &all) && matches_rpc(check, key, &all, signature);
}

/* V1's own wording: the string follows a colon. */
static void refuse_rpc(struct check *check, const struct ring_key *key)
{
    struct verify_result *result = check->result;
    const struct bytes *canonical = &check->signer->canonical;
    refuse(check, "SignatureDoesNotMatch", (struct slice){0});
    result->message.size = 0;
    bytes_text(&result->message,
               "Specified signature is not matched with our calculation. server string to sign is:");
    append_masked(&result->message, (struct slice){canonical->data, canonical->size}, &key->token);
}

void verify_rpc(struct check *check)
{
    struct pairs all = {0};
    int64_t time = 0;
    check->result->protocol = "V1";
    struct slice id = parameter_value(check, "AccessKeyId");
    struct slice signature = parameter_value(check, "Signature");
    struct slice method = parameter_value(check, "SignatureMethod");
    if (!id.size || !signature.size) {
        refuse(check, id.size ? "IncompleteSignature" : "MissingAccessKeyId", (struct slice){0});
        return;
    }
    if (method.data && !slice_is(method, "HMAC-SHA1")) {
        refuse(check, "InvalidSignatureMethod", (struct slice){0});
        return;
    }
    static const char *const needed[] = {"Action", "Version", "Timestamp", "SignatureNonce"};
    for (int i = 0; i < 4; i++)
        if (!parameter_value(check, needed[i]).size) {
            refuse_missing(check, needed[i]);
            return;
        }
    struct ring_key *key = find_key(check, id);
    if (!key || !check_token(check, key, parameter_value(check, "SecurityToken")) ||
        !check_date(check, parameter_value(check, "Timestamp"), &time))
        return;
    if (!signed_parameters(check, &check->query, &check->form, &all)) {
        refuse(check, "InternalError", (struct slice){0});
        return;
    }
    if (!envelope_is_single(&all)) {
        refuse(check, "IncompleteSignature", (struct slice){0});
        return;
    }
    /* The usual one last: its string to sign stands in a refusal. */
    if (!matches_without_bare_names(check, key, signature) && !matches_rpc(check, key, &all, signature))
        refuse_rpc(check, key);
    else if (check_nonce(check, key, parameter_value(check, "SignatureNonce"), time))
        check->result->key = key;
}

/* "<scheme> <id>:<signature>"; the id is everything before the last colon. */
static bool parse_authorization(struct slice text, size_t skip, struct slice *id, struct slice *signature)
{
    text.data += skip;
    text.size -= skip;
    const char *colon = text.size ? memrchr(text.data, ':', text.size) : NULL;
    if (!colon)
        return false;
    *id = (struct slice){text.data, (size_t)(colon - text.data)};
    *signature = (struct slice){colon + 1, text.size - id->size - 1};
    return id->size && signature->size;
}

static bool check_md5(struct check *check)
{
    struct signer *signer = check->signer;
    unsigned char digest[MD5_SIZE];
    char text[24];
    struct slice given = header_value(check, "content-md5");
    if (!given.size)
        return true;
    if (crypto_digest(signer->crypto, signer->md, signer->crypto->md5, check->request->body.data,
                      check->request->body.size, digest) != 0)
        return refuse(check, "InternalError", (struct slice){0});
    base64_encode(digest, sizeof digest, text);
    if (!crypto_equal(signer->crypto, text, sizeof text, given.data, given.size))
        return refuse(check, "ContentMD5NotMatched", (struct slice){0});
    return true;
}

/* The HTTP date of ROA V2 and ODPS. */
static bool check_http_date(struct check *check, const char *format_code, const char *age_code, int64_t *time)
{
    struct slice date = header_value(check, "date");
    if (!date.size)
        return refuse_missing(check, "date");
    if (!time_parse_rfc1123(date, time))
        return refuse(check, format_code, (struct slice){0});
    int64_t age = check->request->now - *time;
    if (age > check->ring->skew || age < -check->ring->skew)
        return refuse(check, age_code, (struct slice){0});
    return true;
}

static struct slice decoded_path(struct check *check, struct slice path)
{
    struct bytes out = {.data = arena_alloc(&check->signer->arena, path.size + 1), .capacity = path.size + 1};
    if (out.data)
        decode_append(&out, path, false);
    return (struct slice){out.data, out.size};
}

static bool roa_matches(struct check *check, struct ring_key *key, struct slice signature)
{
    struct pairs query = check->query;
    struct slice paths[] = {check->request->path, decoded_path(check, check->request->path)};
    static const enum query_form forms[] = {QUERY_RAW_BARE, QUERY_RAW};
    if (!pairs_sort(&check->signer->arena, &query))
        return false;
    for (int p = 1; p >= 0; p--)
        for (int f = 0; f < 2; f++)
            if (roa_string_to_sign(check->signer, check->request->method, &check->request->headers, paths[p],
                                   &query, forms[f]) &&
                matches(check, key, KEY_SHA1, signature))
                return true;
    return false;
}

void verify_roa(struct check *check, struct slice authorization)
{
    struct slice id = {0}, signature = {0};
    int64_t time = 0;
    check->result->protocol = "ROA2";
    if (!parse_authorization(authorization, strlen("acs "), &id, &signature)) {
        refuse(check, "IncompleteSignature", (struct slice){0});
        return;
    }
    struct ring_key *key = find_key(check, id);
    if (!key || !check_token(check, key, header_value(check, "x-acs-security-token")) ||
        !check_http_date(check, "InvalidTimeStamp.Format", "InvalidTimeStamp.Expired", &time))
        return;
    struct slice nonce = header_value(check, "x-acs-signature-nonce");
    if (!nonce.size)
        refuse_missing(check, "x-acs-signature-nonce");
    else if (!roa_matches(check, key, signature))
        refuse_text(check, key, "SignatureDoesNotMatch");
    else if (check_md5(check) && check_nonce(check, key, nonce, time))
        check->result->key = key;
}

/* "<id>/<yyyymmdd>/<region>/odps/aliyun_v4_request" */
static bool parse_scope(struct slice text, struct slice *id, struct slice *date, struct slice *region)
{
    struct slice service, terminator;
    return slice_cut(&text, '/', id) && slice_cut(&text, '/', date) && slice_cut(&text, '/', region) &&
           slice_cut(&text, '/', &service) && slice_cut(&text, '/', &terminator) && !text.data &&
           date->size == 8 && region->size && slice_is(service, "odps") &&
           slice_is(terminator, "aliyun_v4_request");
}

/* The day of a V4 key may differ from the Date header's by one around midnight. */
static bool day_is_near(struct slice date, int64_t time)
{
    for (int64_t offset = -86400; offset <= 86400; offset += 86400) {
        char text[ISO8601_SIZE];
        time_iso8601(time + offset, text);
        if (memcmp(text, date.data, 4) == 0 && memcmp(text + 5, date.data + 4, 2) == 0 &&
            memcmp(text + 8, date.data + 6, 2) == 0)
            return true;
    }
    return false;
}

static bool odps_matches(struct check *check, struct ring_key *key, enum key_use use, struct slice signature)
{
    const struct verify_request *request = check->request;
    size_t size = request->path.size + request->query.size + 1;
    struct bytes text = {.data = arena_alloc(&check->signer->arena, size), .capacity = size};
    if (!text.data)
        return false;
    bytes_slice(&text, request->path);
    if (request->query.size) {
        bytes_char(&text, '?');
        bytes_slice(&text, request->query);
    }
    struct slice whole = {text.data, text.size}, inner = whole;
    if (slice_starts(inner, "/api/")) {
        inner.data += 4;
        inner.size -= 4;
    }
    struct slice targets[] = {whole, inner};
    for (int t = inner.size != whole.size ? 1 : 0; t >= 0; t--)
        for (int as_pyodps = 1; as_pyodps >= 0; as_pyodps--)
            if (odps_string_to_sign(check->signer, request->method, &request->headers, targets[t],
                                    as_pyodps) &&
                matches(check, key, use, signature))
                return true;
    /* What the error shows is the usual form. */
    odps_string_to_sign(check->signer, request->method, &request->headers, inner, true);
    return false;
}

void verify_odps(struct check *check, struct slice authorization)
{
    struct slice id = {0}, signature = {0}, date = {0}, region = {0};
    int64_t time = 0;
    enum key_use use = KEY_SHA1;
    check->result->protocol = "ODPS";
    if (!parse_authorization(authorization, strlen("ODPS "), &id, &signature)) {
        refuse(check, "IncompleteSignature", (struct slice){0});
        return;
    }
    if (memchr(id.data, '/', id.size)) {
        check->result->protocol = "ODPS4";
        use = KEY_ODPS4;
        if (!parse_scope(id, &id, &date, &region)) {
            refuse(check, "IncompleteSignature", (struct slice){0});
            return;
        }
    }
    struct ring_key *key = find_key(check, id);
    if (!key) {
        refuse(check, "ODPS-0410051", (struct slice){0});
        return;
    }
    if (!check_token(check, key, header_value(check, "authorization-sts-token")) ||
        !check_http_date(check, "RequestTimeTooSkewed", "RequestTimeTooSkewed", &time))
        return;
    if (use == KEY_ODPS4 && (!day_is_near(date, time) || !sign_key_scope(&key->key, date, region)))
        refuse(check, "ODPS-0410042", (struct slice){0});
    else if (!odps_matches(check, key, use, signature))
        refuse(check, "ODPS-0410042", (struct slice){0});
    else
        check->result->key = key;
}
