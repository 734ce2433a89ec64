/* SPDX-License-Identifier: MIT
 * verify.c: finds out which signature family a request uses; codes, key, token, date and nonce. */
#include "modules/cloud/encode.h"
#include "modules/cloud/verify_private.h"

struct refusal {
    const char *code;
    int http_status;
    const char *message;
};

/* Codes, statuses and texts as the gateway gives them. */
static const struct refusal refusals[] = {
    {"SignatureDoesNotMatch", 400,
     "Specified signature does not match our calculation. server StringToSign is ["},
    {"IncompleteSignature", 400, "The request signature does not conform to Aliyun standards."},
    {"SignatureNonceUsed", 400, "Specified signature nonce was used already."},
    {"InvalidTimeStamp.Format", 400, "Specified time stamp or date value is not well formatted."},
    {"InvalidTimeStamp.Expired", 400, "Specified time stamp or date value is expired."},
    {"InvalidAccessKeyId.NotFound", 404, "Specified access key is not found."},
    {"InvalidAccessKeyId.Inactive", 400, "Specified access key is disabled."},
    {"MissingAccessKeyId", 400, "AccessKeyId is mandatory for this action."},
    {"MissingSecurityToken", 400, "SecurityToken is mandatory for this action."},
    {"InvalidSecurityToken.Expired", 400, "Specified SecurityToken is expired."},
    {"InvalidSecurityToken.MismatchWithAccessKey", 400,
     "Specified SecurityToken mismatch with the AccessKey."},
    {"InvalidBearerToken", 400, "Specified bearer token is not valid."},
    {"InvalidSignatureMethod", 400, "Specified signature method is not valid."},
    {"ContentMD5NotMatched", 400, "Specified Content-MD5 does not match the body."},
    {"ODPS-0410051", 401, "Invalid credentials - accessKeyId not found"},
    {"ODPS-0410042", 401, "Invalid signature value - User signature dose not match"},
    {"RequestTimeTooSkewed", 403,
     "The difference between the request time and the current time is too large."},
    {"InternalError", 500,
     "The request processing has failed due to some unknown error, exception or failure."},
};

bool refuse(struct check *check, const char *code, struct slice extra)
{
    struct verify_result *result = check->result;
    const struct refusal *refusal = refusals;
    while (strcmp(refusal->code, code) != 0)
        refusal++;
    result->code = refusal->code;
    result->http_status = refusal->http_status;
    result->message.size = 0;
    bytes_text(&result->message, refusal->message);
    bytes_slice(&result->message, extra);
    return false;
}

bool refuse_missing(struct check *check, const char *name)
{
    static const struct {
        const char *name, *code;
    } codes[] = {{"Action", "MissingAction"},
                 {"Version", "MissingVersion"},
                 {"Timestamp", "MissingTimestamp"},
                 {"SignatureNonce", "MissingSignatureNonce"},
                 {"x-acs-date", "MissingTimestamp"},
                 {"x-acs-signature-nonce", "MissingSignatureNonce"},
                 {"x-acs-content-sha256", "MissingContentSha256"},
                 {"date", "MissingDate"}};
    size_t i = 0;
    while (strcmp(codes[i].name, name) != 0)
        i++;
    struct verify_result *result = check->result;
    result->code = codes[i].code;
    result->http_status = 400;
    result->message.size = 0;
    bytes_text(&result->message, "The input parameter \"");
    bytes_text(&result->message, name);
    bytes_text(&result->message, "\" that is mandatory for processing this request is not supplied.");
    return false;
}

struct slice header_value(const struct check *check, const char *name)
{
    const struct pair *header = pairs_find_header(&check->request->headers, name);
    return header ? slice_trim(header->value) : (struct slice){0};
}

struct slice parameter_value(const struct check *check, const char *name)
{
    const struct pair *found = pairs_find(&check->query, name);
    if (!found)
        found = pairs_find(&check->form, name);
    return found ? found->value : (struct slice){0};
}

struct ring_key *find_key(struct check *check, struct slice access_key_id)
{
    struct ring_key *key = keyring_find(check->ring, access_key_id);
    check->result->access_key_id = access_key_id;
    if (!key || !key->key.secret.data) {
        refuse(check, "InvalidAccessKeyId.NotFound", (struct slice){0});
        return NULL;
    }
    if (key->disabled) {
        refuse(check, "InvalidAccessKeyId.Inactive", (struct slice){0});
        return NULL;
    }
    return key;
}

bool check_token(struct check *check, const struct ring_key *key, struct slice token)
{
    if (key->token.data && !token.size)
        return refuse(check, "MissingSecurityToken", (struct slice){0});
    if (!crypto_equal(check->signer->crypto, token.data, token.size, key->token.data, key->token.size))
        return refuse(check, "InvalidSecurityToken.MismatchWithAccessKey", (struct slice){0});
    if (key->expires && check->request->now >= key->expires)
        return refuse(check, "InvalidSecurityToken.Expired", (struct slice){0});
    return true;
}

bool check_date(struct check *check, struct slice date, int64_t *time)
{
    if (!time_parse_iso8601(date, time))
        return refuse(check, "InvalidTimeStamp.Format", (struct slice){0});
    int64_t age = check->request->now - *time;
    if (age > check->ring->skew || age < -check->ring->skew)
        return refuse(check, "InvalidTimeStamp.Expired", (struct slice){0});
    return true;
}

bool check_nonce(struct check *check, const struct ring_key *key, struct slice nonce, int64_t time)
{
    /* As long as the date itself would still be accepted. */
    switch (nonces_use(&check->ring->nonces, slice_of(key->access_key_id), nonce, check->request->now,
                       (time > check->request->now ? time : check->request->now) + check->ring->skew)) {
    case NONCE_NEW:
        return true;
    case NONCE_USED:
        return refuse(check, "SignatureNonceUsed", (struct slice){0});
    default:
        return refuse(check, "InternalError", (struct slice){0});
    }
}

void append_masked(struct bytes *out, struct slice text, const struct secret *token)
{
    struct bytes encoded = {0};
    while (token->size && text.size) {
        const char *found = memmem(text.data, text.size, token->data, token->size);
        if (!found)
            break;
        bytes_append(out, text.data, (size_t)(found - text.data));
        bytes_text(out, "***");
        text.size -= (size_t)(found - text.data) + token->size;
        text.data = found + token->size;
    }
    /* RPC V1 shows its parameters encoded twice. */
    if (token->size)
        encode_twice(&encoded, secret_slice(token));
    const char *found =
        encoded.size && text.size ? memmem(text.data, text.size, encoded.data, encoded.size) : NULL;
    if (found) {
        bytes_append(out, text.data, (size_t)(found - text.data));
        bytes_text(out, "***");
        text.size -= (size_t)(found - text.data) + encoded.size;
        text.data = found + encoded.size;
    }
    bytes_slice(out, text);
    bytes_free(&encoded);
}

void verify_bearer(struct check *check, struct slice token)
{
    check->result->protocol = "bearer";
    for (const struct ring_key *key = check->ring->keys; key; key = key->next) {
        if (key->bearer.data && !key->disabled &&
            crypto_equal(check->signer->crypto, token.data, token.size, key->bearer.data, key->bearer.size)) {
            if (key->expires && check->request->now >= key->expires) {
                refuse(check, "InvalidSecurityToken.Expired", (struct slice){0});
                return;
            }
            check->result->access_key_id = slice_of(key->access_key_id);
            check->result->key = key;
            return;
        }
    }
    refuse(check, "InvalidBearerToken", (struct slice){0});
}

static bool is_form(const struct check *check)
{
    struct slice type = header_value(check, "content-type");
    static const char form[] = "application/x-www-form-urlencoded";
    return type.size >= sizeof form - 1 && strncasecmp(type.data, form, sizeof form - 1) == 0;
}

static struct slice bearer_token(const struct check *check)
{
    struct slice token = header_value(check, "x-acs-bearer-token");
    if (!token.size)
        token = header_value(check, "x-odps-bearer-token");
    if (!token.size && parameter_value(check, "BearerToken").size)
        token = parameter_value(check, "BearerToken");
    return token;
}

static void dispatch(struct check *check)
{
    struct slice authorization = header_value(check, "authorization");
    struct slice bearer = bearer_token(check);
    if (slice_starts(authorization, "ACS3-HMAC-SHA256 "))
        verify_acs3(check, authorization);
    else if (slice_starts(authorization, "acs "))
        verify_roa(check, authorization);
    else if (slice_starts(authorization, "ODPS "))
        verify_odps(check, authorization);
    else if (slice_starts(authorization, "ACS3-"))
        refuse(check, "InvalidSignatureMethod", (struct slice){0});
    else if (authorization.size)
        refuse(check, "IncompleteSignature", (struct slice){0});
    else if (bearer.size)
        verify_bearer(check, bearer);
    else if (parameter_value(check, "Signature").data || parameter_value(check, "AccessKeyId").data)
        verify_rpc(check);
    else
        refuse(check, "MissingAccessKeyId", (struct slice){0});
}

void signature_verify(struct signer *signer, struct keyring *ring, const struct verify_request *request,
                      struct verify_result *result)
{
    struct check check = {.signer = signer, .ring = ring, .request = request, .result = result};
    result->protocol = "anonymous";
    if (!pairs_parse(&signer->arena, &check.query, request->query) ||
        (is_form(&check) && !pairs_parse(&signer->arena, &check.form, request->body)))
        refuse(&check, "InternalError", (struct slice){0});
    else
        dispatch(&check);
}
