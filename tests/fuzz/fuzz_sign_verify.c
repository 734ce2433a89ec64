/* SPDX-License-Identifier: MIT
 * Received requests of any shape are judged without harm and never accepted: the key's secret is unknown
 * to the input. Input: lines method, path, query, then "name: value" headers, an empty line, the body. */
#include <stdint.h>
#include <stdlib.h>

#include "modules/cloud/verify.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct signer signer;
    static struct keyring ring = {.skew = INT64_C(4000000000)};
    struct verify_result result = {0};
    struct slice rest = {(const char *)data, size}, line = {"", 0}, name;
    int reference;
    if (!signer.md) {
        struct ring_key *key =
            signer_init(&signer, NULL) ? keyring_put(&ring, slice_of("testid"), &reference) : NULL;
        if (!key || !sign_key_init(&key->key, "a secret that no corpus holds", 29))
            abort();
    }
    struct verify_request request = {.now = 1767225600};
    slice_cut(&rest, '\n', &request.method);
    if (slice_cut(&rest, '\n', &line))
        request.path = line;
    request.query = (struct slice){"", 0};
    if (slice_cut(&rest, '\n', &line))
        request.query = line;
    while (slice_cut(&rest, '\n', &line) && line.size) {
        slice_cut(&line, ':', &name);
        pairs_add(&signer.arena, &request.headers, name, line.data ? line : (struct slice){"", 0});
    }
    request.body = rest.data ? rest : (struct slice){"", 0};
    signature_verify(&signer, &ring, &request, &result);
    if (result.key || !result.code)
        abort();
    bytes_free(&result.message);
    signer_wipe(&signer);
    return 0;
}
