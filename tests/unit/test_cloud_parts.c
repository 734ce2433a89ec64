/* SPDX-License-Identifier: MIT
 * The small parts below the signatures: encoding, numbers, dates, sorting, nonces, the file parsers, HMAC. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

#include "modules/cloud/config.h"
#include "modules/cloud/credential.h"
#include "modules/cloud/encode.h"
#include "modules/cloud/hmac.h"
#include "modules/cloud/json_reader.h"
#include "modules/cloud/nonces.h"
#include "modules/cloud/sign.h"

static void expect(struct bytes *out, const char *text)
{
    bytes_char(out, 0);
    assert_string_equal(out->data, text);
    bytes_free(out);
}

static void test_encode(void **state)
{
    struct bytes out = {0};
    encode_append(&out, slice_of("aZ09-_.~ +*/=%!'()@,;$é"));
    expect(&out, "aZ09-_.~%20%2B%2A%2F%3D%25%21%27%28%29%40%2C%3B%24%C3%A9");
    encode_append(&out, (struct slice){"\0\x7f\xff", 3});
    expect(&out, "%00%7F%FF");
    encode_twice(&out, slice_of("a :"));
    expect(&out, "a%2520%253A");
    canonical_path(&out, slice_of("/a b/%41%7E%7e/%zz/*'"));
    expect(&out, "/a%20b/%41~~/%25zz/%2A%27");
    canonical_path(&out, (struct slice){"", 0});
    expect(&out, "/");
}

static void test_decode(void **state)
{
    struct bytes out = {0};
    decode_append(&out, slice_of("a%20b+c%2Bd%zz%4"), true);
    expect(&out, "a b c+d%zz%4");
    decode_append(&out, slice_of("a+b%E7%BD%91"), false);
    expect(&out, "a+b网");
}

static void test_every_byte_survives(void **state)
{
    char all[256];
    struct bytes once = {0}, back = {0};
    for (int i = 0; i < 256; i++)
        all[i] = (char)i;
    encode_append(&once, (struct slice){all, 256});
    decode_append(&back, (struct slice){once.data, once.size}, true);
    assert_int_equal(back.size, 256);
    assert_memory_equal(back.data, all, 256);
    bytes_free(&once);
    bytes_free(&back);
}

static void test_numbers(void **state)
{
    static const struct {
        double value;
        const char *text;
    } cases[] = {{0, "0"},
                 {-0.0, "0"},
                 {1, "1"},
                 {100, "100"},
                 {1.5, "1.5"},
                 {0.1, "0.1"},
                 {-2.25, "-2.25"},
                 {1e20, "100000000000000000000"},
                 {1e21, "1e+21"},
                 {1.5e300, "1.5e+300"},
                 {1e-6, "0.000001"},
                 {1e-7, "1e-7"},
                 {5e-324, "5e-324"},
                 {123456.789, "123456.789"},
                 {9007199254740993.0, "9007199254740992"}};
    char text[NUMBER_SIZE];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_true(number_text(cases[i].value, text) > 0);
        assert_string_equal(text, cases[i].text);
    }
    assert_int_equal(number_text(0.0 / (double)(text[0] == 0), text), 0);
    for (int i = 0; i < 20000; i++) { /* reads back exactly */
        double value = (double)rand() / (1.0 + rand() % 1000) * (i % 2 ? 1e-9 : 1e9);
        number_text(value, text);
        assert_true(strtod(text, NULL) == value);
    }
    assert_int_equal(integer_text(-9223372036854775807LL - 1, text), 20);
    assert_memory_equal(text, "-9223372036854775808", 20);
}

static void test_dates(void **state)
{
    char iso[ISO8601_SIZE], rfc[RFC1123_SIZE];
    int64_t back;
    time_iso8601(1456231584, iso);
    assert_string_equal(iso, "2016-02-23T12:46:24Z");
    time_rfc1123(784111777, rfc);
    assert_string_equal(rfc, "Sun, 06 Nov 1994 08:49:37 GMT");
    for (int64_t time = -3000000000; time < 9000000000; time += 8640007) {
        time_iso8601(time, iso);
        assert_true(time_parse_iso8601(slice_of(iso), &back) && back == time);
        time_rfc1123(time, rfc);
        assert_true(time_parse_rfc1123(slice_of(rfc), &back) && back == time);
    }
    static const char *const bad[] = {"",
                                      "2016-02-23",
                                      "2016-02-23T12:46:24",
                                      "2016-02-30T12:46:24z",
                                      "2016-13-01T00:00:00Z",
                                      "2016-02-23T24:00:00Z",
                                      "2016-02-23 12:46:24Z",
                                      "20x6-02-23T12:46:24Z"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_false(time_parse_iso8601(slice_of(bad[i]), &back));
    assert_false(time_parse_rfc1123(slice_of("Sun, 06 Foo 1994 08:49:37 GMT"), &back));
    assert_false(time_parse_rfc1123(slice_of("Sunday, 06-Nov-94 08:49:37 GMT"), &back));
}

static void test_sort(void **state)
{
    struct arena arena = {0};
    for (size_t count = 0; count < 200; count += 7) {
        struct pairs pairs = {0};
        char name[16];
        for (size_t i = 0; i < count; i++) {
            snprintf(name, sizeof name, "n%d", rand() % 50);
            struct slice value = {NULL, i}; /* the order of arrival */
            assert_true(pairs_add(&arena, &pairs, arena_copy(&arena, slice_of(name)), value));
        }
        assert_true(pairs_sort(&arena, &pairs));
        for (size_t i = 1; i < count; i++) {
            int order = strcmp(pairs.items[i - 1].name.data, pairs.items[i].name.data);
            assert_true(order < 0 ||
                        (order == 0 && pairs.items[i - 1].value.size < pairs.items[i].value.size));
        }
    }
    arena_free(&arena);
}

static void test_headers(void **state)
{
    struct arena arena = {0};
    struct pairs headers = {0};
    struct bytes out = {0}, names = {0};
    static const char *const given[][2] = {
        {"X-Acs-B", " two  spaces "}, {"Accept", "x"}, {"x-acs-a", "2"}, {"HOST", "h"}, {"X-ACS-A", "1"},
        {"Content-Type", "t"},        {"x-acs-", "n"}};
    for (size_t i = 0; i < sizeof given / sizeof *given; i++)
        pairs_add(&arena, &headers, slice_of(given[i][0]), slice_of(given[i][1]));
    assert_true(canonical_headers(&arena, &out, &names, &headers));
    expect(&out, "content-type:t\nhost:h\nx-acs-a:1,2\nx-acs-b:two  spaces\n");
    expect(&names, "content-type;host;x-acs-a;x-acs-b");
    assert_true(canonical_listed(&arena, &out, slice_of("x-acs-a;accept;absent"), &headers));
    expect(&out, "x-acs-a:1,2\naccept:x\nabsent:\n");
    arena_free(&arena);
}

static void test_nonces(void **state)
{
    struct nonces nonces = {0};
    char text[16];
    for (int round = 0; round < 3; round++)
        for (int i = 0; i < 1000; i++) {
            snprintf(text, sizeof text, "%d", i);
            assert_int_equal(
                nonces_use(&nonces, slice_of("a"), slice_of(text), round * 1000, round * 1000 + 900),
                NONCE_NEW);
            assert_int_equal(nonces_use(&nonces, slice_of("a"), slice_of(text), round * 1000, 0), NONCE_USED);
        }
    assert_int_equal(nonces.count, 1000); /* the window has passed for the older ones */
    assert_int_equal(nonces_use(&nonces, slice_of("b"), slice_of("1"), 2000, 2900), NONCE_NEW);
    assert_int_equal(nonces_use(&nonces, slice_of("a1"), slice_of(""), 2000, 2900), NONCE_NEW);
    nonces_free(&nonces);
}

/* RFC 2202 and RFC 4231. */
static void test_hmac(void **state)
{
    const struct crypto *crypto = crypto_open(NULL);
    struct hmac hmac;
    unsigned char mac[HMAC_MAX_SIZE];
    char hex[2 * HMAC_MAX_SIZE], long_key[131];
    assert_true(hmac_init(&hmac, crypto->sha256, slice_of("Jefe")));
    for (int i = 0; i < 2; i++) { /* the second message with the same keyed state */
        assert_int_equal(hmac_message(&hmac, "what do ya want for nothing?", 28, mac), 32);
        hex_encode(mac, 32, hex);
        assert_memory_equal(hex, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843", 64);
    }
    hmac_clear(&hmac);
    assert_true(hmac_init(&hmac, crypto->sha1, slice_of("Jefe")));
    assert_int_equal(hmac_message(&hmac, "what do ya want for nothing?", 28, mac), 20);
    hex_encode(mac, 20, hex);
    assert_memory_equal(hex, "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79", 40);
    hmac_clear(&hmac);
    memset(long_key, 0xaa, sizeof long_key);
    assert_true(hmac_init(&hmac, crypto->sha256, (struct slice){long_key, sizeof long_key}));
    const char *message = "Test Using Larger Than Block-Size Key - Hash Key First";
    assert_int_equal(hmac_message(&hmac, message, strlen(message), mac), 32);
    hex_encode(mac, 32, hex);
    assert_memory_equal(hex, "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54", 64);
    hmac_clear(&hmac);
}

static bool parse(const char *text, struct config *config)
{
    static char copy[4096];
    const char *problem;
    size_t offset;
    snprintf(copy, sizeof copy, "%s", text);
    bool ok = config_parse(copy, strlen(copy), config, &problem, &offset);
    assert_int_equal(ok, problem == NULL);
    assert_true(offset <= strlen(text));
    return ok;
}

static void test_config_json(void **state)
{
    struct config config;
    assert_true(parse(
        "{\"current\":\"b\",\"x\":[1,{\"y\":null}],\"profiles\":[{\"name\":\"a\"},{\"name\":\"b\",\"mode\":"
        "\"AK\",\"access_key_secret\":\"q\\\"\\\\\\/\\n\\u00e9\\ud83d\\ude00\",\"expired_seconds\":900}]}",
        &config));
    assert_int_equal(config.count, 2);
    const struct config_profile *b = config_find(&config, config.current);
    assert_non_null(b);
    assert_true(slice_is(b->access_key_secret, "q\"\\/\n\xC3\xA9\xF0\x9F\x98\x80"));
    assert_true(slice_is(b->expired_seconds, "900"));
    assert_null(config_find(&config, slice_of("c")));
    config_free(&config);
    static const char *const bad[] = {"",
                                      "[]",
                                      "{",
                                      "{}x",
                                      "{\"a\":1,}",
                                      "{\"a\" 1}",
                                      "{\"a\":01}",
                                      "{\"a\":tru}",
                                      "{\"a\":\"\\u12\"}",
                                      "{\"a\":\"\\ud800\"}",
                                      "{\"a\":\"\\q\"}",
                                      "{\"a\":\"\n\"}",
                                      "{\"profiles\":[{\"name\":\"a\"}",
                                      "{\"profiles\":[1]}",
                                      "{\"a\":1.}",
                                      "{\"profiles\":[{},]}",
                                      "{\"a\":-}"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_false(parse(bad[i], &config));
    char deep[200] = "{\"a\":";
    memset(deep + 5, '[', 100);
    assert_false(parse(deep, &config));
}

static bool parse_ini(const char *text, struct ini_section *section, const char **problem)
{
    static char copy[1024];
    size_t line;
    snprintf(copy, sizeof copy, "%s", text);
    return ini_parse(copy, strlen(copy), slice_of("default"), section, problem, &line);
}

static void test_config_ini(void **state)
{
    struct ini_section section;
    const char *problem;
    assert_true(parse_ini(
        "; c\r\n[ default ]\r\ntype=access_key\r\naccess_key_secret = a=b#c ; note\r\n[x]\r\ntype=y\r\n",
        &section, &problem));
    assert_true(slice_is(section.type, "access_key"));
    assert_true(slice_is(section.access_key_secret, "a=b#c"));
    assert_false(parse_ini("[other]\ntype=x\n", &section, &problem));
    assert_null(problem);
    assert_false(parse_ini("[default\n", &section, &problem));
    assert_non_null(problem);
    assert_false(parse_ini("[default]\nwords\n", &section, &problem));
    assert_non_null(problem);
    assert_true(parse_ini("[other]\nwords\n[default]\n", &section, &problem));
}

static void test_masks(void **state)
{
    char text[32];
    mask_key_id("LTAI5tExampleExampleWxYz", text, sizeof text);
    assert_string_equal(text, "****WxYz");
    mask_key_id("short", text, sizeof text);
    assert_string_equal(text, "****");
    assert_true(is_demo_secret(slice_of("sandbox-default-secret-not-a-real-one")));
    assert_true(is_demo_secret(slice_of("testsecret")));
    assert_false(is_sandbox_secret(slice_of("testsecret")));
    assert_false(is_demo_secret(slice_of("abcdefghijklmnopqrstuvwxyz0123")));
    assert_false(is_demo_secret((struct slice){"", 0}));
}

static void test_odps_values(void **state)
{
    struct signer signer;
    struct pairs headers = {0};
    assert_true(signer_init(&signer, NULL));
    pairs_add(&signer.arena, &headers, slice_of("Date"), slice_of("d"));
    struct slice target = slice_of("/projects/p%20q/tables?b=%2B&a=&a=1&x-odps-y=z");
    assert_true(odps_string_to_sign(&signer, slice_of("GET"), &headers, target, true));
    bytes_char(&signer.canonical, 0);
    assert_string_equal(signer.canonical.data,
                        "GET\n\n\nd\nx-odps-y:z\n/projects/p q/tables?a=1&b= &x-odps-y=z");
    assert_true(odps_string_to_sign(&signer, slice_of("GET"), &headers, target, false));
    bytes_char(&signer.canonical, 0);
    assert_string_equal(signer.canonical.data,
                        "GET\n\n\nd\nx-odps-y:z\n/projects/p q/tables?a=1&b=+&x-odps-y=z");
    signer_free(&signer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_encode),
        cmocka_unit_test(test_decode),
        cmocka_unit_test(test_every_byte_survives),
        cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_dates),
        cmocka_unit_test(test_sort),
        cmocka_unit_test(test_headers),
        cmocka_unit_test(test_nonces),
        cmocka_unit_test(test_hmac),
        cmocka_unit_test(test_config_json),
        cmocka_unit_test(test_config_ini),
        cmocka_unit_test(test_masks),
        cmocka_unit_test(test_odps_values),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
