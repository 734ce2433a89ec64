/* SPDX-License-Identifier: MIT
 * test_json_scan.c: grammar, UTF-8, limits and shape of the scan before lua-cjson. */
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
    struct json_shape shape = {0};
    /* an exact copy: the sanitizer sees every byte read beyond the end */
    char *copy = malloc(size ? size : 1);
    memcpy(copy, text, size);
    bool ok = json_scan(copy, size, &default_limits, &shape, problem);
    free(copy);
    json_shape_free(&shape);
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

/* Every byte at every place of a string, around the words in which the scan looks at it. */
static void bytes_mean_the_same_wherever_they_stand(void **state)
{
    for (size_t size = 1; size <= 20; size++) {
        for (size_t place = 0; place < size; place++) {
            for (int byte = 0; byte < 256; byte++) {
                char text[32];
                struct json_problem problem = {999, ""};
                memset(text, 'a', sizeof text);
                text[0] = text[size + 1] = '"';
                text[place + 1] = (char)byte;
                bool plain = byte >= 0x20 && byte < 0x80 && byte != '"' && byte != '\\';
                bool escape = byte == '\\' && place + 1 == size; /* takes the closing quote */
                assert_int_equal(scan(text, size + 2, &problem), plain);
                if (!plain)
                    assert_int_equal(problem.offset,
                                     byte == '"' || byte == '\\' ? place + 2 + escape : place + 1);
            }
        }
    }
}

static void size_and_depth_limits(void **state)
{
    struct json_shape shape = {0};
    struct json_problem problem;
    struct json_limits limits = {.max_size = 4, .max_depth = 1};
    assert_true(json_scan("[12]", 4, &limits, &shape, &problem));
    assert_false(json_scan("[123]", 5, &limits, &shape, &problem));
    assert_false(json_scan("[[]]", 4, &limits, &shape, &problem));
    assert_int_equal(problem.offset, 1);
    limits.max_depth = 0;
    assert_true(json_scan("12", 2, &limits, &shape, &problem));
    assert_false(json_scan("{}", 2, &limits, &shape, &problem));
    json_shape_free(&shape);
}

static void depth_ceiling_holds_whatever_the_limit(void **state)
{
    enum { DEEP = 100000 };
    char *text = malloc(DEEP);
    memset(text, '[', DEEP);
    struct json_shape shape = {0};
    struct json_problem problem;
    struct json_limits limits = {.max_size = DEEP, .max_depth = UINT32_MAX};
    assert_false(json_scan(text, DEEP, &limits, &shape, &problem));
    assert_int_equal(problem.offset, JSON_DEPTH_CEILING);
    json_shape_free(&shape);
    free(text);
}

static void shape_of(const char *text, struct json_shape *shape)
{
    struct json_problem problem;
    assert_true(json_scan(text, strlen(text), &default_limits, shape, &problem));
}

static void counts_members_in_the_order_of_the_text(void **state)
{
    static const struct json_container expected[] = {{4, false}, {3, true}, {0, true},
                                                     {1, false}, {2, true}, {0, false}};
    struct json_shape shape = {0};
    for (int round = 0; round < 2; round++) { /* the second on memory that was used before */
        shape_of("{\"a\":[1,[],\"[{\"],\"b\":{\"c\":[2 , 3]},\"d\":{ },\"d\":null}", &shape);
        assert_int_equal(shape.container_count, 6);
        for (size_t i = 0; i < 6; i++) {
            assert_int_equal(shape.containers[i].members, expected[i].members);
            assert_int_equal(shape.containers[i].array, expected[i].array);
        }
    }
    shape_of("12", &shape);
    assert_int_equal(shape.container_count, 0);
    json_shape_free(&shape);
}

static void lists_integers_that_doubles_cannot_hold(void **state)
{
    static const char text[] =
        "[1,\"1234567890123456\",1234567890123456,2.5,-1234567890123456789,"
        "1234567890123456.5,1234567890123456e2,123456789012345,{\"1234567890123456\":9999999999999999}]";
    static const struct json_long_integer expected[] = {{1, 22}, {3, 43}, {7, 0}};
    struct json_shape shape = {0};
    shape_of(text, &shape);
    assert_int_equal(shape.long_count, 3);
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(shape.long_integers[i].number, expected[i].number);
        assert_int_equal(shape.long_integers[i].offset, expected[i].offset);
    }
    assert_int_equal(shape.long_integers[2].number, expected[2].number);
    assert_memory_equal(text + shape.long_integers[2].offset, "9999999999999999}", 17);
    json_shape_free(&shape);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(accepts_values),
        cmocka_unit_test(refuses_with_offset),
        cmocka_unit_test(bytes_mean_the_same_wherever_they_stand),
        cmocka_unit_test(size_and_depth_limits),
        cmocka_unit_test(depth_ceiling_holds_whatever_the_limit),
        cmocka_unit_test(counts_members_in_the_order_of_the_text),
        cmocka_unit_test(lists_integers_that_doubles_cannot_hold),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
