/* SPDX-License-Identifier: MIT
 * verify_acs3.c: ACS3-HMAC-SHA256 requests. The documented canonical form is tried first, then the
 * forms that official clients really sign (see canonical_forms). */
#include "modules/cloud/encode.h"
#include "modules/cloud/verify_private.h"

struct acs3_credential {
    struct slice access_key_id;
    struct slice signed_names;
    struct slice signature;
};

/* "ACS3-HMAC-SHA256 Credential=<id>,SignedHeaders=<a;b>,Signature=<hex>" */
static bool parse_authorization(struct slice text, struct acs3_credential *credential)
{
    struct slice part, name;
    text.data += strlen("ACS3-HMAC-SHA256 ");
    text.size -= strlen("ACS3-HMAC-SHA256 ");
    while (slice_cut(&text, ',', &part)) {
        part = slice_trim(part);
        slice_cut(&part, '=', &name);
        if (slice_is(name, "Credential"))
            credential->access_key_id = part;
        else if (slice_is(name, "SignedHeaders"))
            credential->signed_names = part;
        else if (slice_is(name, "Signature"))
            credential->signature = part;
        else
            return false;
    }
    return credential->access_key_id.size && credential->signed_names.size &&
           credential->signature.size == ACS3_SIGNATURE_SIZE;
}

static bool is_listed(struct slice list, const char *name)
{
    struct slice entry;
    while (slice_cut(&list, ';', &entry))
        if (slice_is_nocase(entry, name))
            return true;
    return false;
}

/* What decides about the call must be signed when it is present; clients may sign more. Not Host, although
 * the document lists it: aliyun-java-sdk-core 4.7.10 sends it unsigned. */
static bool covers_essentials(const struct check *check, struct slice list)
{
    static const char *const essentials[] = {"x-acs-action",         "x-acs-version",
                                             "x-acs-date",           "x-acs-signature-nonce",
                                             "x-acs-content-sha256", "x-acs-security-token"};
    for (size_t i = 0; i < sizeof essentials / sizeof *essentials; i++)
        if (header_value(check, essentials[i]).data && !is_listed(list, essentials[i]))
            return false;
    return true;
}

static bool names_are_plain(const struct pairs *pairs)
{
    for (size_t i = 0; i < pairs->count; i++)
        if (!encode_is_plain(pairs->items[i].name))
            return false;
    return true;
}

static struct slice replaced(struct check *check, struct slice path, bool node)
{
    struct bytes out = {0};
    for (size_t i = 0; i < path.size; i++) {
        struct slice rest = {path.data + i, path.size - i};
        if (node && (path.data[i] == '+' || path.data[i] == '*')) {
            bytes_text(&out, path.data[i] == '+' ? "%20" : "%2A");
        } else if (node && slice_starts(rest, "%7E")) {
            bytes_char(&out, '~');
            i += 2;
        } else if (!node && slice_starts(rest, "%27")) {
            bytes_char(&out, '\''); /* Node's URL parser encodes it after signing */
            i += 2;
        } else {
            bytes_char(&out, path.data[i]);
        }
    }
    struct slice copy = arena_copy(&check->signer->arena, (struct slice){out.data, out.size});
    bytes_free(&out);
    return copy;
}

#define MAX_PATHS 6

static size_t add_path(struct slice *paths, size_t count, struct slice path)
{
    for (size_t i = 0; i < count; i++)
        if (slice_equal(paths[i], path))
            return count;
    paths[count] = path;
    return count + 1;
}

/* The paths that clients sign for the path received: strict (documents), as sent (Python), with Node's
 * and Go's three replacements, with a quote that was encoded in transit, and nothing for "/" (Node). */
static size_t candidate_paths(struct check *check, struct slice paths[MAX_PATHS])
{
    struct bytes strict = {0};
    struct slice path = check->request->path;
    canonical_path(&strict, path);
    size_t count =
        add_path(paths, 0, arena_copy(&check->signer->arena, (struct slice){strict.data, strict.size}));
    bytes_free(&strict);
    count = add_path(paths, count, path);
    count = add_path(paths, count, replaced(check, path, true));
    count = add_path(paths, count, replaced(check, path, false));
    count = add_path(paths, count, replaced(check, replaced(check, path, false), true));
    if (slice_is(path, "/"))
        count = add_path(paths, count, (struct slice){"", 0});
    return count;
}

static bool try_form(struct check *check, struct ring_key *key, const struct acs3_credential *credential,
                     const struct acs3_message *message, bool *failed)
{
    char hex[ACS3_SIGNATURE_SIZE];
    if (!acs3_canonical(check->signer, message, NULL) || !acs3_signature(check->signer, &key->key, hex)) {
        *failed = true;
        return false;
    }
    return crypto_equal(check->signer->crypto, hex, sizeof hex, credential->signature.data,
                        credential->signature.size);
}

/* Shows the server's view as the gateway does; the token's value is masked. */
static bool refuse_signature(struct check *check, const struct ring_key *key, struct acs3_message *message,
                             struct slice path)
{
    struct bytes text = {0};
    struct signer *signer = check->signer;
    message->path = path;
    message->query_form = QUERY_STRICT;
    if (acs3_canonical(signer, message, NULL)) {
        struct bytes canonical = {0};
        append_masked(&canonical, (struct slice){signer->canonical.data, signer->canonical.size},
                      &key->token);
        if (acs3_string_to_sign(signer))
            bytes_append(&text, signer->canonical.data, signer->canonical.size);
        bytes_text(&text, "] server CanonicalRequest is [");
        bytes_append(&text, canonical.data, canonical.size);
        bytes_text(&text, "]");
        bytes_free(&canonical);
    }
    refuse(check, "SignatureDoesNotMatch", (struct slice){text.data, text.size});
    bytes_free(&text);
    return false;
}

static bool signature_matches(struct check *check, struct ring_key *key,
                              const struct acs3_credential *credential)
{
    char hash[2 * SHA256_SIZE];
    struct slice paths[MAX_PATHS];
    struct pairs query = check->query;
    bool failed = !pairs_sort(&check->signer->arena, &query) ||
                  !acs3_payload_hash(check->signer, check->request->body, hash);
    struct acs3_message message = {.method = check->request->method,
                                   .query = &query,
                                   .headers = &check->request->headers,
                                   .signed_names = credential->signed_names,
                                   .payload_hash = {hash, sizeof hash}};
    size_t count = candidate_paths(check, paths);
    bool plain = names_are_plain(&query);
    for (size_t i = 0; i < count && !failed; i++) {
        message.path = paths[i];
        message.query_form = QUERY_STRICT;
        if (try_form(check, key, credential, &message, &failed))
            return true;
        message.query_form = QUERY_RAW_NAMES;
        if (!plain && !failed && try_form(check, key, credential, &message, &failed))
            return true;
    }
    if (failed)
        return refuse(check, "InternalError", (struct slice){0});
    return refuse_signature(check, key, &message, paths[0]);
}

void verify_acs3(struct check *check, struct slice authorization)
{
    struct acs3_credential credential = {0};
    int64_t time = 0;
    check->result->protocol = "ACS3";
    if (!parse_authorization(authorization, &credential)) {
        refuse(check, "IncompleteSignature", (struct slice){0});
        return;
    }
    struct ring_key *key = find_key(check, credential.access_key_id);
    if (!key || !check_token(check, key, header_value(check, "x-acs-security-token")))
        return;
    static const char *const needed[] = {"x-acs-date", "x-acs-signature-nonce", "x-acs-content-sha256"};
    for (int i = 0; i < 3; i++)
        if (!header_value(check, needed[i]).size) {
            refuse_missing(check, needed[i]);
            return;
        }
    if (!covers_essentials(check, credential.signed_names)) {
        refuse(check, "IncompleteSignature", (struct slice){0});
        return;
    }
    if (check_date(check, header_value(check, "x-acs-date"), &time) &&
        signature_matches(check, key, &credential) &&
        check_nonce(check, key, header_value(check, "x-acs-signature-nonce"), time))
        check->result->key = key;
}
