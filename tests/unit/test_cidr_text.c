/* SPDX-License-Identifier: MIT
 * test_cidr_text.c: texts of addresses against the C library's inet_pton and inet_ntop, round trips, and
 * the quick reader against the strict one. */
#include "modules/cidr/format.h"
#include "modules/cidr/quick_word.h"
#include "modules/cidr/number.h"
#include "modules/cidr/parse.h"
#include "tests/unit/test_cidr_random.h"

#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#define CASES 200000

static bool parse(const char *text, struct cidr_address *out)
{
    struct cidr_problem problem;
    return cidr_parse_address(text, strlen(text), 0, out, &problem);
}

/* What the C library thinks. It agrees with our rules. */
static bool parse_libc(const char *text, struct cidr_address *out)
{
    unsigned char bytes[16];
    if (inet_pton(AF_INET, text, bytes) == 1)
        return cidr_from_bytes(bytes, 4, out);
    return inet_pton(AF_INET6, text, bytes) == 1 && cidr_from_bytes(bytes, 16, out);
}

static void addresses_round_trip(void **state)
{
    uint64_t seed = 1;
    for (int i = 0; i < CASES; i++) {
        struct cidr_address a = random_address(&seed, i & 1 ? 4 : 6), b;
        char text[CIDR_ADDRESS_MAX], expanded[CIDR_ADDRESS_MAX];
        size_t size = cidr_format_address(a, text);
        assert_int_equal(size, strlen(text));
        if (!parse(text, &b) || cidr_compare(a, b) != 0)
            fail_msg("%s does not come back", text);
        cidr_format_expanded(a, expanded);
        if (!parse(expanded, &b) || cidr_compare(a, b) != 0)
            fail_msg("%s does not come back", expanded);
    }
}

static void text_is_that_of_the_c_library(void **state)
{
    uint64_t seed = 2;
    for (int i = 0; i < CASES; i++) {
        struct cidr_address a = random_address(&seed, i & 1 ? 4 : 6);
        unsigned char bytes[16];
        char text[CIDR_ADDRESS_MAX], expected[INET6_ADDRSTRLEN];
        cidr_format_address(a, text);
        inet_ntop(cidr_to_bytes(a, bytes) == 4 ? AF_INET : AF_INET6, bytes, expected, sizeof expected);
        /* glibc still writes the deprecated IPv4-compatible addresses with dots */
        if (a.family == 6 && a.hi == 0 && a.lo <= UINT32_MAX && strchr(expected, '.'))
            continue;
        assert_string_equal(text, expected);
    }
}

static void mutate(uint64_t *seed, char *text, size_t room)
{
    static const char alphabet[] = "0123456789abcdefABCF:::...%/ x";
    size_t size = strlen(text), at = random_below(seed, (unsigned)size + 1);
    char c = alphabet[random_below(seed, sizeof alphabet - 1)];
    switch (random_below(seed, 3)) {
    case 0:
        if (size + 2 < room) {
            memmove(text + at + 1, text + at, size - at + 1);
            text[at] = c;
        }
        break;
    case 1:
        if (at < size)
            memmove(text + at, text + at + 1, size - at);
        break;
    default:
        if (at < size)
            text[at] = c;
    }
}

static void strictness_is_that_of_the_c_library(void **state)
{
    uint64_t seed = 3;
    int accepted = 0;
    for (int i = 0; i < 2 * CASES; i++) {
        struct cidr_address a = random_address(&seed, i & 1 ? 4 : 6), ours, theirs;
        char text[CIDR_ADDRESS_MAX + 8];
        cidr_format_address(a, text);
        for (unsigned n = random_below(&seed, 3); n > 0; n--)
            mutate(&seed, text, sizeof text);
        bool expected = parse_libc(text, &theirs);
        if (parse(text, &ours) != expected || (expected && cidr_compare(ours, theirs) != 0))
            fail_msg("\"%s\": the C library %s it", text, expected ? "takes" : "refuses");
        accepted += expected;
    }
    assert_in_range(accepted, CASES / 2, 2 * CASES - CASES / 10);
}

static void prefixes_round_trip(void **state)
{
    uint64_t seed = 4;
    struct cidr_problem problem;
    for (int i = 0; i < CASES; i++) {
        struct cidr_prefix p = random_prefix(&seed, i & 1 ? 4 : 6), q;
        char text[CIDR_PREFIX_MAX];
        size_t size = cidr_format_prefix(p, text);
        if (!cidr_parse_prefix(text, size, 0, &q, NULL, &problem) || cidr_prefix_compare(p, q) != 0)
            fail_msg("%s does not come back", text);
    }
}

/* Reads "address[/length]" the quick way; false: not plainly one. */
static bool quick_prefix(const char *text, int family, struct cidr_prefix *out)
{
    uint32_t value4;
    cidr_u128 value = 0;
    unsigned length = cidr_width(family);
    size_t at = family == 4 ? cidr_ipv4_word(text, &value4) : cidr_ipv6_word(text, &value);
    if (at == 0)
        return false;
    at += cidr_length_word(text + at, length, &length);
    *out = cidr_prefix_of(cidr_address_of(family, family == 4 ? value4 : value), length);
    return at == strlen(text);
}

/* The quick reader takes a text only when the strict one takes it with the same result, and takes all
 * that was not tampered with (but dotted tails). */
static void quick_words_agree(void **state)
{
    uint64_t seed = 5;
    for (int i = 0; i < 2 * CASES; i++) {
        char text[64 + CIDR_WORD_PADDING] = "";
        int family = i & 1 ? 4 : 6;
        struct cidr_prefix p = random_prefix(&seed, family), strict, quick;
        struct cidr_problem problem;
        cidr_format_prefix(p, text);
        unsigned changes = random_below(&seed, 3);
        for (unsigned n = changes; n > 0; n--)
            mutate(&seed, text, 60);
        if (!quick_prefix(text, family, &quick)) {
            if (changes == 0 && (family == 4 || !strchr(text, '.')))
                fail_msg("quick refused \"%s\"", text);
            continue;
        }
        if (!cidr_parse_prefix(text, strlen(text), CIDR_BARE | CIDR_LOOSE, &strict, NULL, &problem))
            fail_msg("quick took \"%s\": %s", text, problem.what);
        if (cidr_prefix_compare(strict, quick) != 0)
            fail_msg("quick read \"%s\" differently", text);
    }
}

static void faults_have_place_and_cause(void **state)
{
    static const struct {
        const char *text;
        size_t offset;
        const char *what;
    } cases[] = {
        {"010.0.0.1", 0, "leading zero in octet 1"},
        {"10.0.0.01", 7, "leading zero in octet 4"},
        {"10.0.256.1", 5, "octet 3 is above 255"},
        {"10.0..1", 5, "octet 3 is missing"},
        {"1::2::3", 4, "\"::\" may stand only once"},
        {"12345::", 0, "more than four digits in group 1"},
        {"1:2:3", 5, "an IPv6 address has eight groups, here are 3"},
        {"", 0, "an address is expected"},
        {"1.2.3.4 ", 7, "unexpected character"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct cidr_address a;
        struct cidr_problem problem;
        assert_false(cidr_parse_address(cases[i].text, strlen(cases[i].text), 0, &a, &problem));
        assert_string_equal(problem.what, cases[i].what);
        assert_int_equal(problem.offset, cases[i].offset);
    }
}

static void numbers_are_exact(void **state)
{
    uint64_t seed = 6;
    for (int i = 0; i < CASES; i++) {
        struct cidr_count count = {cidr_value(random_address(&seed, 6)), 0};
        char text[CIDR_NUMBER_MAX];
        cidr_u128 back;
        size_t size = cidr_format_count(count, text);
        assert_true(cidr_parse_number(text, size, &back) == CIDR_NUMBER_OK && back == count.low);
    }
    struct cidr_count all = {0, 0};
    char text[CIDR_NUMBER_MAX];
    cidr_count_add_span(&all, ~(cidr_u128)0);
    cidr_count_add_span(&all, UINT32_MAX);
    cidr_format_count(all, text);
    assert_string_equal(text, "340282366920938463463374607436063178752");
    cidr_u128 value;
    assert_int_equal(cidr_parse_number("340282366920938463463374607431768211455", 39, &value),
                     CIDR_NUMBER_OK);
    assert_int_equal(cidr_parse_number("340282366920938463463374607431768211456", 39, &value),
                     CIDR_NUMBER_TOO_LARGE);
    assert_int_equal(cidr_parse_number("99999999999999999999999999999999999999999x", 42, &value),
                     CIDR_NUMBER_INVALID);
    assert_int_equal(cidr_parse_number("", 0, &value), CIDR_NUMBER_INVALID);
    assert_int_equal(cidr_parse_number("0x", 2, &value), CIDR_NUMBER_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(addresses_round_trip),
        cmocka_unit_test(text_is_that_of_the_c_library),
        cmocka_unit_test(strictness_is_that_of_the_c_library),
        cmocka_unit_test(prefixes_round_trip),
        cmocka_unit_test(quick_words_agree),
        cmocka_unit_test(faults_have_place_and_cause),
        cmocka_unit_test(numbers_are_exact),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
