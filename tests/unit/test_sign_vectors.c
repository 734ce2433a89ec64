/* SPDX-License-Identifier: MIT
 * Every recorded request of the official clients: our signer makes the same signature from its parts,
 * and our verifier accepts it as it came over the wire, once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "tests/unit/sign_vector.h"

static struct signer signer;
static size_t tried, failed;

static void report(const struct vector *v, const char *what, struct slice ours, struct slice theirs)
{
    failed++;
    if (failed > 5)
        return;
    print_message("%.*s %.*s %.*s: %s differs\n  ours   %.*s\n  theirs %.*s\n  signed %.*s\n",
                  (int)v->client.size, v->client.data, (int)v->scheme.size, v->scheme.data, (int)v->path.size,
                  v->path.data, what, (int)ours.size, ours.data, (int)theirs.size, theirs.data,
                  (int)signer.canonical.size, signer.canonical.data);
}

static bool is_form(const struct vector *v)
{
    const struct pair *type = pairs_find_header(&v->headers, "content-type");
    return type && slice_starts(type->value, "application/x-www-form-urlencoded");
}

static void without(struct pairs *pairs, const char *name)
{
    size_t kept = 0;
    for (size_t i = 0; i < pairs->count; i++)
        if (!slice_is_nocase(pairs->items[i].name, name))
            pairs->items[kept++] = pairs->items[i];
    pairs->count = kept;
}

static struct slice wire_header(const struct vector *v, const char *name)
{
    const struct pair *header = pairs_find_header(&v->headers, name);
    return header ? header->value : (struct slice){"", 0};
}

/* The call that the client was given, read back from what it sent. */
static void describe_call(struct arena *arena, const struct vector *v, struct sign_request *r)
{
    *r = (struct sign_request){.method = v->method,
                               .path = v->path,
                               .time = v->time,
                               .region = v->region,
                               .host = wire_header(v, "host"),
                               .action = wire_header(v, "x-acs-action"),
                               .version = wire_header(v, "x-acs-version"),
                               .nonce = wire_header(v, "x-acs-signature-nonce"),
                               .content_type = wire_header(v, "content-type"),
                               .style = slice_is(v->style, "ROA") ? STYLE_ROA : STYLE_RPC};
    pairs_parse(arena, &r->query, v->query);
    without(&r->query, "Signature");
    for (size_t i = 0; i < v->headers.count; i++)
        pairs_add(arena, &r->headers, v->headers.items[i].name, v->headers.items[i].value);
    without(&r->headers, "authorization");
    r->scheme = slice_is(v->scheme, "rpc")         ? SIGN_RPC
                : slice_is(v->scheme, "roa")       ? SIGN_ROA
                : slice_is(v->scheme, "odps")      ? SIGN_ODPS
                : slice_is(v->scheme, "bearer")    ? SIGN_BEARER
                : slice_is(v->scheme, "anonymous") ? SIGN_ANONYMOUS
                                                   : SIGN_ACS3;
    if (r->scheme == SIGN_ODPS)
        r->prefix = slice_of("/api");
    if (r->scheme == SIGN_RPC && is_form(v)) {
        pairs_parse(arena, &r->form, v->body);
        without(&r->form, "Signature");
        r->has_form = r->form.count > 0;
    } else if (v->body.size) {
        r->has_body = true;
        r->body = v->body;
    }
}

static struct slice signature_parameter(struct arena *arena, struct slice query, struct slice body)
{
    struct pairs pairs = {0};
    pairs_parse(arena, &pairs, query);
    pairs_parse(arena, &pairs, body);
    const struct pair *found = pairs_find(&pairs, "Signature");
    return found ? found->value : (struct slice){"", 0};
}

static void check_built(struct arena *arena, const struct vector *v, const struct sign_request *r,
                        const struct signed_request *out)
{
    if (r->scheme == SIGN_RPC) {
        struct slice target = out->target, path;
        slice_cut(&target, '?', &path);
        struct slice ours = signature_parameter(arena, target, out->body);
        struct slice theirs = signature_parameter(arena, v->query, is_form(v) ? v->body : (struct slice){0});
        if (!slice_equal(ours, theirs) || !ours.size)
            report(v, "Signature", ours, theirs);
        return;
    }
    for (size_t i = 0; i < out->headers.count; i++) {
        struct pair *ours = &out->headers.items[i];
        char name[128];
        snprintf(name, sizeof name, "%.*s", (int)ours->name.size, ours->name.data);
        struct slice theirs = wire_header(v, name);
        if (!slice_equal(slice_trim(ours->value), slice_trim(theirs)))
            report(v, name, ours->value, theirs);
    }
    bool is_signed = r->scheme != SIGN_BEARER && r->scheme != SIGN_ANONYMOUS;
    if (is_signed && !pairs_find_header(&out->headers, "authorization"))
        report(v, "Authorization", (struct slice){"", 0}, wire_header(v, "authorization"));
}

static void sign_one(struct arena *arena, const struct vector *v)
{
    struct sign_key key;
    struct sign_request r;
    struct signed_request out;
    /* Python's core signs further headers (ACS3) and writes empty values bare (ROA V2). */
    if (v->verify_only && !slice_is(v->scheme, "rpc"))
        return;
    if (v->fault.size)
        return;
    tried++;
    describe_call(arena, v, &r);
    assert_true(sign_key_init(&key, v->secret.data, v->secret.size));
    struct sign_credential credential = {v->id, v->token, &key};
    const char *problem = sign_build(&signer, &r, &credential, &out);
    if (problem)
        report(v, problem, (struct slice){"", 0}, (struct slice){"", 0});
    else
        check_built(arena, v, &r, &out);
    signer_wipe(&signer);
    sign_key_clear(&key);
}

static void fill_ring(struct keyring *ring, const struct vector *v)
{
    int reference;
    bool bearer = slice_is(v->scheme, "bearer");
    struct ring_key *key = keyring_put(ring, bearer ? slice_of("bearer-key") : v->id, &reference);
    assert_non_null(key);
    if (bearer) {
        assert_true(secret_set(&key->bearer, v->token.data, v->token.size));
        return;
    }
    assert_true(sign_key_init(&key->key, v->secret.data, v->secret.size));
    if (v->token.size)
        assert_true(secret_set(&key->token, v->token.data, v->token.size));
}

static const char *verify_with(struct keyring *ring, const struct vector *v, struct verify_request *request,
                               struct bytes *message)
{
    struct verify_result result = {0};
    signature_verify(&signer, ring, request, &result);
    bytes_append(&result.message, "", 1);
    bytes_free(message);
    *message = result.message;
    signer_wipe(&signer);
    return result.code;
}

static void expect_code(const struct vector *v, const char *got, const char *expected, struct bytes *message)
{
    if ((got == NULL) != (expected == NULL) || (got && strcmp(got, expected) != 0))
        report(v, "verdict", got ? slice_of(message->data) : slice_of("accepted"),
               expected ? slice_of(expected) : slice_of("accepted"));
}

static void verify_one(struct arena *arena, const struct vector *v)
{
    struct keyring ring = {.skew = KEYRING_SKEW};
    struct bytes message = {0};
    struct verify_request request = {.method = v->method,
                                     .path = v->path,
                                     .query = v->query,
                                     .headers = v->headers,
                                     .body = v->body,
                                     .now = v->time + 60};
    tried++;
    fill_ring(&ring, v);
    bool anonymous = slice_is(v->scheme, "anonymous");
    bool signed_once = !anonymous && !slice_is(v->scheme, "bearer") && !slice_is(v->scheme, "odps");
    const char *refused = anonymous ? "MissingAccessKeyId" : v->fault.size ? "SignatureDoesNotMatch" : NULL;
    expect_code(v, verify_with(&ring, v, &request, &message), refused, &message);
    if (signed_once && !refused) {
        expect_code(v, verify_with(&ring, v, &request, &message), "SignatureNonceUsed", &message);
        request.query = slice_of("RegionId=elsewhere");
        request.body = slice_of("Name=other");
        if (slice_is(v->scheme, "acs3"))
            expect_code(v, verify_with(&ring, v, &request, &message), "SignatureDoesNotMatch", &message);
    }
    keyring_free(&ring);
    bytes_free(&message);
}

static void run(const char *file, void (*each)(struct arena *, const struct vector *), size_t at_least)
{
    tried = failed = 0;
    assert_true(vectors_each(file, each) >= at_least);
    print_message("%zu requests, %zu differences\n", tried, failed);
    assert_int_equal(failed, 0);
}

static void test_examples_signed(void **state)
{
    run(TEST_DATA "/sign_examples.txt", sign_one, 8);
}

static void test_examples_verified(void **state)
{
    run(TEST_DATA "/sign_examples.txt", verify_one, 8);
}

static void test_vectors_signed(void **state)
{
    run(TEST_DATA "/sign_vectors.txt", sign_one, 600);
}

static void test_vectors_verified(void **state)
{
    run(TEST_DATA "/sign_vectors.txt", verify_one, 600);
}

static void test_odd_signed(void **state)
{
    run(TEST_DATA "/sign_vectors_odd.txt", sign_one, 600);
}

static void test_odd_verified(void **state)
{
    run(TEST_DATA "/sign_vectors_odd.txt", verify_one, 600);
}

static void test_python_signed(void **state)
{
    run(TEST_DATA "/sign_vectors_python.txt", sign_one, 200);
}

static void test_python_verified(void **state)
{
    run(TEST_DATA "/sign_vectors_python.txt", verify_one, 200);
}

static void test_go_verified(void **state)
{
    run(TEST_DATA "/sign_vectors_go.txt", verify_one, 100);
}

static void test_java_signed(void **state)
{
    run(TEST_DATA "/sign_vectors_java.txt", sign_one, 100);
}

static void test_java_verified(void **state)
{
    run(TEST_DATA "/sign_vectors_java.txt", verify_one, 100);
}

static int setup(void **state)
{
    const char *why = NULL;
    if (!signer_init(&signer, &why)) {
        print_message("%s\n", why);
        return -1;
    }
    return 0;
}

static int teardown(void **state)
{
    signer_free(&signer);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_examples_signed), cmocka_unit_test(test_examples_verified),
        cmocka_unit_test(test_vectors_signed),  cmocka_unit_test(test_vectors_verified),
        cmocka_unit_test(test_odd_signed),      cmocka_unit_test(test_odd_verified),
        cmocka_unit_test(test_python_signed),   cmocka_unit_test(test_python_verified),
        cmocka_unit_test(test_go_verified),     cmocka_unit_test(test_java_signed),
        cmocka_unit_test(test_java_verified),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
