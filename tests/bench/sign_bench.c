/* SPDX-License-Identifier: MIT
 * sign_bench.c: microseconds of CPU per signature of the C core: ACS3 (8 query parameters, 6 signed
 * headers) and RPC V1 (16 parameters). One line per figure: name, best, median. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "modules/cloud/sign.h"

#define ROUNDS 11
#define CALLS 20000

static double cpu_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static const struct {
    const char *name, *value;
} parameters[] = {
    {"RegionId", "ap-southeast-1"},
    {"VpcId", "vpc-t4nexample0123456789"},
    {"AcceptingAliUid", "1234567890123456"},
    {"AcceptingRegionId", "eu-central-1"},
    {"AcceptingVpcId", "vpc-gw8example0123456789"},
    {"Name", "analytics to apps / 1 [prod]"},
    {"ClientToken", "0c593ea1-3bea-11e9-b96b-88e9fe637760"},
    {"Bandwidth", "1024"},
};

static const struct {
    const char *name, *value;
} headers[] = {
    {"host", "vpcpeer.aliyuncs.com"},
    {"x-acs-version", "2022-01-01"},
    {"x-acs-action", "CreateVpcPeerConnection"},
    {"user-agent", "bench/1.0"},
    {"x-acs-date", "2024-05-01T00:04:04Z"},
    {"x-acs-signature-nonce", "6970041381069bfeb059842158d5b779"},
    {"accept", "application/json"},
    {"x-acs-content-sha256", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
};

#define COUNT(list) (sizeof(list) / sizeof *(list))

static struct pair call_pairs[COUNT(parameters)], sent_pairs[COUNT(headers)], common_pairs[8];
static struct signer signer;
static struct sign_key key;
static char authorization[512];

/* What openapi-core's getAuthorization does: sort, encode, canonicalise, hash, sign, compose. */
static void acs3_once(void)
{
    struct pair unsorted[COUNT(parameters)];
    memcpy(unsorted, call_pairs, sizeof unsorted);
    struct pairs query = {unsorted, COUNT(parameters), COUNT(parameters)};
    struct pairs sent = {sent_pairs, COUNT(headers), COUNT(headers)};
    struct slice wire;
    pairs_sort(&signer.arena, &query);
    struct acs3_message message = {.method = slice_of("POST"),
                                   .path = slice_of("/"),
                                   .query = &query,
                                   .headers = &sent,
                                   .payload_hash = slice_of(headers[7].value)};
    char hex[ACS3_SIGNATURE_SIZE];
    if (!acs3_canonical(&signer, &message, &wire) || !acs3_signature(&signer, &key, hex))
        exit(1);
    struct bytes text = {.data = authorization, .capacity = sizeof authorization};
    bytes_text(&text, "ACS3-HMAC-SHA256 Credential=testid,SignedHeaders=");
    bytes_append(&text, signer.names.data, signer.names.size);
    bytes_text(&text, ",Signature=");
    bytes_append(&text, hex, sizeof hex);
    signer_wipe(&signer);
}

static void rpc_once(void)
{
    struct pair unsorted[COUNT(parameters) + COUNT(common_pairs)];
    memcpy(unsorted, call_pairs, sizeof call_pairs);
    memcpy(unsorted + COUNT(parameters), common_pairs, sizeof common_pairs);
    struct pairs all = {unsorted, COUNT(unsorted), COUNT(unsorted)};
    char text[SHA1_BASE64_SIZE + 1];
    if (!pairs_sort(&signer.arena, &all) || !rpc_string_to_sign(&signer, slice_of("POST"), &all) ||
        !sha1_signature(&signer, &key, KEY_RPC, text))
        exit(1);
    signer_wipe(&signer);
}

/* What Node's benchmark prepares as objects. */
static void prepare(void)
{
    static const char *const common[][2] = {{"AccessKeyId", "testid"},
                                            {"Action", "CreateVpcPeerConnection"},
                                            {"Format", "JSON"},
                                            {"SignatureMethod", "HMAC-SHA1"},
                                            {"SignatureNonce", "697004138106"},
                                            {"SignatureVersion", "1.0"},
                                            {"Timestamp", "2024-05-01T00:04Z"},
                                            {"Version", "2022-01-01"}};
    for (size_t i = 0; i < COUNT(parameters); i++)
        call_pairs[i] = (struct pair){slice_of(parameters[i].name), slice_of(parameters[i].value)};
    for (size_t i = 0; i < COUNT(headers); i++)
        sent_pairs[i] = (struct pair){slice_of(headers[i].name), slice_of(headers[i].value)};
    for (size_t i = 0; i < COUNT(common); i++)
        common_pairs[i] = (struct pair){slice_of(common[i][0]), slice_of(common[i][1])};
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void measure(const char *name, void (*once)(void))
{
    double times[ROUNDS];
    for (int warm = 0; warm < CALLS; warm++)
        once();
    for (int round = 0; round < ROUNDS; round++) {
        double start = cpu_now();
        for (int i = 0; i < CALLS; i++)
            once();
        times[round] = (cpu_now() - start) * 1e6 / CALLS;
    }
    qsort(times, ROUNDS, sizeof *times, by_value);
    printf("%s %.3f %.3f\n", name, times[0], times[ROUNDS / 2]);
}

int main(void)
{
    const char *why;
    if (!signer_init(&signer, &why) || !sign_key_init(&key, "testsecret", 10)) {
        fprintf(stderr, "sign_bench: %s\n", why ? why : "no secure memory");
        return 1;
    }
    prepare();
    measure("c-acs3", acs3_once);
    measure("c-rpc-v1", rpc_once);
    printf("authorization %s\n", authorization);
    sign_key_clear(&key);
    signer_free(&signer);
    return 0;
}
