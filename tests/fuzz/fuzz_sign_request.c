/* SPDX-License-Identifier: MIT
 * Anything that can be described is either refused or signed, and what was signed is accepted by the
 * verifier. Input: scheme byte, then lines method, host, path, query, header, body. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "modules/cloud/verify.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct slice line_of(struct slice *rest)
{
    struct slice line = {"", 0};
    slice_cut(rest, '\n', &line);
    return line;
}

static void check_accepted(struct signer *signer, const struct sign_request *request,
                           const struct signed_request *built, struct sign_key *key)
{
    struct signer other;
    struct keyring ring = {.skew = KEYRING_SKEW};
    struct verify_result result = {0};
    struct slice target = built->target, path;
    int reference;
    slice_cut(&target, '?', &path);
    struct verify_request received = {.method = request->method,
                                      .path = path,
                                      .headers = built->headers,
                                      .query = target.data ? target : (struct slice){"", 0},
                                      .body = built->body,
                                      .now = request->time};
    struct ring_key *known = keyring_put(&ring, slice_of("testid"), &reference);
    if (!known || !signer_init(&other, NULL) ||
        !sign_key_init(&known->key, key->secret.data, key->secret.size))
        abort();
    signature_verify(&other, &ring, &received, &result);
    /* Other codes are fair: the input may replace a date or a nonce by nonsense. */
    if (request->headers.count == 0 && result.code &&
        (strcmp(result.code, "SignatureDoesNotMatch") == 0 || strcmp(result.code, "ODPS-0410042") == 0)) {
        fprintf(stderr, "%s: %.*s\n", result.code, (int)result.message.size, result.message.data);
        abort();
    }
    bytes_free(&result.message);
    keyring_free(&ring);
    signer_free(&other);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct signer signer;
    static struct sign_key key;
    struct signed_request built;
    struct slice rest = {(const char *)data + 1, size - 1};
    if (size < 2)
        return 0;
    if (!signer.md && (!signer_init(&signer, NULL) || !sign_key_init(&key, "testsecret", 10)))
        abort();
    struct sign_request request = {.scheme = (enum sign_scheme)(data[0] % 4),
                                   .style = data[0] & 16 ? STYLE_ROA : STYLE_RPC,
                                   .layout = (enum sign_layout)((data[0] >> 5) % 4),
                                   .action = slice_of("DescribeVpcs"),
                                   .version = slice_of("2016-04-28"),
                                   .nonce = slice_of("0123456789abcdef"),
                                   .time = 1767225600};
    request.method = line_of(&rest);
    request.host = line_of(&rest);
    request.path = line_of(&rest);
    struct slice query = line_of(&rest), header = line_of(&rest), name;
    pairs_parse(&signer.arena, &request.query, query);
    if (header.size) {
        slice_cut(&header, ':', &name);
        pairs_add(&signer.arena, &request.headers, name, header.data ? header : (struct slice){"", 0});
    }
    if (data[0] & 8 && rest.data) {
        request.has_form = true;
        pairs_parse(&signer.arena, &request.form, rest);
    } else if (rest.size) {
        request.has_body = true;
        request.body = rest;
    }
    struct sign_credential credential = {slice_of("testid"), {0}, &key};
    if (!sign_build(&signer, &request, &credential, &built))
        check_accepted(&signer, &request, &built, &key);
    signer_wipe(&signer);
    return 0;
}
