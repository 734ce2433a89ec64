/* SPDX-License-Identifier: MIT
 * sign.c: signs one call and verifies it, without Lua and without network (docs/reference/signing.md). */
#include <stdio.h>

#include "modules/cloud/sign.h"
#include "modules/cloud/verify.h"

static void print(const char *label, struct slice text)
{
    printf("%s%.*s\n", label, (int)text.size, text.data);
}

/* A server would fill `received` from its socket; here it is what was just signed. */
static bool accepted(const struct signed_request *sent, const struct sign_request *request)
{
    struct signer signer;
    struct keyring ring = {.skew = KEYRING_SKEW};
    struct verify_result result = {0};
    struct slice query = sent->target, path;
    int old;
    slice_cut(&query, '?', &path);
    struct verify_request received = {.method = request->method,
                                      .path = path,
                                      .query = query,
                                      .headers = sent->headers,
                                      .body = sent->body,
                                      .now = request->time};
    struct ring_key *key = keyring_put(&ring, slice_of("YourAccessKeyId"), &old);
    if (!key || !sign_key_init(&key->key, "YourAccessKeySecret", 19) || !signer_init(&signer, NULL))
        return false;
    signature_verify(&signer, &ring, &received, &result);
    printf("verified: %s %s\n", result.protocol, result.code ? result.code : "accepted");
    bytes_free(&result.message);
    signer_free(&signer);
    keyring_free(&ring);
    return result.key != NULL;
}

int main(void)
{
    struct signer signer;
    struct sign_key key;
    struct signed_request out;
    const char *why = NULL;
    if (!signer_init(&signer, &why) || !sign_key_init(&key, "YourAccessKeySecret", 19)) {
        fprintf(stderr, "cannot sign: %s\n", why ? why : "out of memory");
        return 1;
    }
    struct pair query[] = {
        {slice_of("RegionId"), slice_of("cn-shanghai")},
        {slice_of("ImageId"), slice_of("win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd")}};
    struct sign_request request = {.scheme = SIGN_ACS3,
                                   .style = STYLE_RPC,
                                   .method = slice_of("POST"),
                                   .host = slice_of("ecs.cn-shanghai.aliyuncs.com"),
                                   .path = slice_of("/"),
                                   .action = slice_of("RunInstances"),
                                   .version = slice_of("2014-05-26"),
                                   .query = {query, 2, 2},
                                   .nonce = slice_of("3156853299f313e23d1673dc12e1703d"),
                                   .time = 1698315752}; /* 2023-10-26T10:22:32Z */
    struct sign_credential credential = {slice_of("YourAccessKeyId"), {NULL, 0}, &key};
    const char *problem = sign_build(&signer, &request, &credential, &out);
    if (problem) {
        fprintf(stderr, "cannot sign: %s\n", problem);
        return 1;
    }
    print("target: ", out.target);
    print("Authorization: ", pairs_find_header(&out.headers, "Authorization")->value);
    bool fine = accepted(&out, &request);
    sign_key_clear(&key);
    signer_free(&signer);
    return fine ? 0 : 1;
}
