/* SPDX-License-Identifier: MIT
 * test_json_scan.c: grammar, UTF-8, limits and marks of the scan before lua-cjson. */
#include "modules/json/json_scan.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#define SIZED(literal) literal, sizeof(literal) - 1

static const struct json_limits default_limits = {.max_size = 1 << 20, .max_depth = 8};

static bool scan(const char *text, size_t size, struct json_problem *problem)
{
    struct json_scan result;
    /* an exact copy: the sanitizer sees every byte read beyond the end */
    char *copy = malloc(size ? size : 1);
    memcpy(copy, text, size);
    bool ok = json_scan(copy, size, &default_limits, &result, problem);
    free(copy);
    return ok;
}

static void accepts_values(void **state)
{
    static const struct {
        const char *text;
        size_t size;
    } cases[] = {
        {SIZED("0")},
        {SIZED("-0")},
        {SIZED("1.5e-3")},
        {SIZED("\"\"")},
        {SIZED("[]")},
        {SIZED("{}")},
        {SIZED(" [ 1 , 2 ] ")},
        {SIZED("{\"a\":{\"b\":[null]}}")},
        {SIZED("true")},
        {SIZED("false")},
        {SIZED("null")},
        {SIZED("\"\\ud83d\\ude00\"")},
        {SIZED("\"\\u0000\"")},
        {SIZED("\"\xf4\x8f\xbf\xbf\"")},
        {SIZED("\"\xc3\xa9\"")},
        {SIZED("1E+2")},
        {SIZED("[[[[[[[[]]]]]]]]")},
        {SIZED("1234567890123456789012")},
        {SIZED("\"\x7f\"")},
        {SIZED("1.7e308")},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct json_problem problem = {0, ""};
        if (!scan(cases[i].text, cases[i].size, &problem))
            fail_msg("%s refused: %s at %zu", cases[i].text, problem.what, problem.offset);
    }
}

static void refuses_with_offset(void **state)
{
    static const struct {
        const char *text;
        size_t size, offset;
    } cases[] = {
        {SIZED(""), 0},
        {SIZED("  "), 2},
        {SIZED("01"), 0},
        {SIZED("-"), 1},
        {SIZED("1."), 2},
        {SIZED(".5"), 0},
        {SIZED("+1"), 0},
        {SIZED("1e"), 2},
        {SIZED("0x1F"), 1},
        {SIZED("NaN"), 0},
        {SIZED("Infinity"), 0},
        {SIZED("[1,]"), 3},
        {SIZED("{\"a\":1,}"), 7},
        {SIZED("{a:1}"), 1},
        {SIZED("[1 2]"), 3},
        {SIZED("\"a"), 2},
        {SIZED("\"\n\""), 1},
        {SIZED("\"\0\""), 1},
        {SIZED("\"\\x\""), 2},
        {SIZED("\"\\u12g4\""), 5},
        {SIZED("\"\\ud800\""), 1},
        {SIZED("\"\\udc00\""), 1},
        {SIZED("\"\\ud800\\u0041\""), 1},
        {SIZED("\"\xc0\xaf\""), 1},
        {SIZED("\"\xed\xa0\x80\""), 1},
        {SIZED("\"\xf5\x80\x80\x80\""), 1},
        {SIZED("\"\xff]\""), 1},
        {SIZED("\"\xe2\x82\""), 1},
        {SIZED("[[[[[[[[[]]]]]]]]]"), 8},
        {SIZED("1 2"), 2},
        {SIZED("1e400"), 0},
        {SIZED("tru"), 0},
        {SIZED("\xef\xbb\xbf[]"), 0},
        {SIZED("[1]\0"), 3},
        {SIZED("nullx"), 4},
        {SIZED("{\"a\" 1}"), 5},
        {SIZED("-1e999"), 0},
        {SIZED("\"\\"), 2},
        {SIZED("\xc2\xa0"
               "1"),
         0},
        {SIZED("{\"a\":}"), 5},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct json_problem problem = {999, ""};
        if (scan(cases[i].text, cases[i].size, &problem))
            fail_msg("case %zu (%s) accepted", i, cases[i].text);
        if (problem.offset != cases[i].offset)
            fail_msg("case %zu (%s): offset %zu, %s", i, cases[i].text, problem.offset, problem.what);
    }
}

static void size_and_depth_limits(void **state)
{
    struct json_scan result;
    struct json_problem problem;
    struct json_limits limits = {.max_size = 4, .max_depth = 1};
    assert_true(json_scan("[12]", 4, &limits, &result, &problem));
    assert_false(json_scan("[123]", 5, &limits, &result, &problem));
    assert_false(json_scan("[[]]", 4, &limits, &result, &problem));
    assert_int_equal(problem.offset, 1);
    limits.max_depth = 0;
    assert_true(json_scan("12", 2, &limits, &result, &problem));
    assert_false(json_scan("{}", 2, &limits, &result, &problem));
}

static void depth_ceiling_holds_whatever_the_limit(void **state)
{
    enum { DEEP = 100000 };
    char *text = malloc(DEEP);
    memset(text, '[', DEEP);
    struct json_scan result;
    struct json_problem problem;
    struct json_limits limits = {.max_size = DEEP, .max_depth = UINT32_MAX};
    assert_false(json_scan(text, DEEP, &limits, &result, &problem));
    assert_int_equal(problem.offset, JSON_DEPTH_CEILING);
    free(text);
}

static void check_marks(const char *text, const char *expected)
{
    struct json_scan result;
    struct json_problem problem;
    size_t size = strlen(text);
    assert_true(json_scan(text, size, &default_limits, &result, &problem));
    char *out = malloc(result.marked_size + 1);
    json_mark(text, size, out);
    out[result.marked_size] = '\0';
    assert_string_equal(out, expected);
    free(out);
}

static void marks_long_integers_and_empty_arrays(void **state)
{
    check_marks("123456789012345", "123456789012345");
    check_marks("1234567890123456", "\"\xff"
                                    "1234567890123456\"");
    check_marks("-1234567890123456", "\"\xff-1234567890123456\"");
    check_marks("1234567890123456.5", "1234567890123456.5");
    check_marks("1234567890123456e2", "1234567890123456e2");
    check_marks("{\"1234567890123456\":\"1234567890123456\"}", "{\"1234567890123456\":\"1234567890123456\"}");
    check_marks("\"a\\\"1234567890123456\\\\\"", "\"a\\\"1234567890123456\\\\\"");
    check_marks("[]", "[\"\xff]\"]");
    check_marks("[ \n ]", "[\"\xff]\"]");
    check_marks("[[],[1]]", "[[\"\xff]\"],[1]]");
    check_marks("\"[]\"", "\"[]\"");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(accepts_values),
        cmocka_unit_test(refuses_with_offset),
        cmocka_unit_test(size_and_depth_limits),
        cmocka_unit_test(depth_ceiling_holds_whatever_the_limit),
        cmocka_unit_test(marks_long_integers_and_empty_arrays),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
