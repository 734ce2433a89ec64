/* SPDX-License-Identifier: MIT
 * test_http_answer.c: collection of answers within bounds. */
#include "modules/http/answer.h"
#include "modules/http/http.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static bool line(struct answer *answer, const char *text)
{
    return answer_line(answer, text, strlen(text));
}

static void collects(void **state)
{
    struct answer answer = {.max_body = 10};
    assert_true(line(&answer, "HTTP/1.1 103 Early\r\n"));
    assert_true(line(&answer, "Link: x\r\n"));
    assert_true(line(&answer, "\r\n"));
    assert_false(answer.head_complete);
    assert_true(line(&answer, "HTTP/2 200 \r\n"));
    assert_true(line(&answer, "Content-TYPE :\t a/b  \r\n"));
    assert_true(line(&answer, "X:\r\n"));
    assert_true(line(&answer, "\tfolded\r\n"));
    assert_true(line(&answer, "x: 2\n"));
    assert_true(line(&answer, "\r\n"));
    assert_true(answer.head_complete);
    assert_true(line(&answer, "Trailer: t\r\n"));
    assert_int_equal(answer.status, 200);
    assert_int_equal(answer.fields.count, 3);
    assert_string_equal(fields_name(&answer.fields, 0), "content-type");
    assert_string_equal(fields_value(&answer.fields, 0), "a/b");
    assert_string_equal(fields_value(&answer.fields, 1), "folded");
    assert_string_equal(fields_find(&answer.fields, "X"), "folded");
    assert_null(fields_find(&answer.fields, "link"));
    assert_null(fields_find(&answer.fields, "trailer"));
    assert_true(answer_body(&answer, "0123456789", 10));
    assert_false(answer_body(&answer, "X", 1));
    assert_int_equal(answer.problem, ANSWER_BODY_TOO_LARGE);
    assert_int_equal(answer.body.size, 10);
    answer_free(&answer);
}

static void bounds_the_head(void **state)
{
    struct answer answer = {.max_body = 10};
    size_t lines = 0, bytes = 0;
    while (line(&answer, "HTTP/1.1 100 Continue\r\n"))
        lines++;
    assert_in_range(lines, HTTP_MAX_HEADER_COUNT, HTTP_MAX_HEADER_COUNT + 16);
    assert_int_equal(answer.problem, ANSWER_HEADERS_TOO_LARGE);
    answer_free(&answer);
    char wide[1026] = "X: ";
    memset(wide + 3, 'y', sizeof wide - 4);
    answer = (struct answer){.max_body = 10};
    line(&answer, "HTTP/1.1 200 OK\r\n");
    while (line(&answer, wide))
        bytes += strlen(wide);
    assert_in_range(bytes, HTTP_MAX_HEADER_BYTES - 2048, HTTP_MAX_HEADER_BYTES);
    answer_free(&answer);
}

static void refuses_announced_bodies(void **state)
{
    struct answer answer = {.max_body = 10};
    line(&answer, "HTTP/1.1 200 OK\r\n");
    line(&answer, "Content-Length: 11\r\n");
    assert_false(line(&answer, "\r\n"));
    assert_int_equal(answer.problem, ANSWER_BODY_TOO_LARGE);
    answer_free(&answer);
    answer = (struct answer){.max_body = 10, .bodyless = true};
    line(&answer, "HTTP/1.1 200 OK\r\n");
    line(&answer, "Content-Length: 11\r\n");
    assert_true(line(&answer, "\r\n"));
    answer_free(&answer);
    answer = (struct answer){.max_body = 10};
    line(&answer, "HTTP/1.1 200 OK\r\n");
    line(&answer, "Content-Length: 99999999999999999999999999\r\n");
    assert_false(line(&answer, "\r\n"));
    answer_free(&answer);
}

static void refuses_malformed_lines(void **state)
{
    static const char *const bad[] = {"no colon\r\n", ": value\r\n", "HTTP/1.1 2x0 OK\r\n",
                                      "HTTP/1.1 2000\r\n", "HTTP/1.1\r\n"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct answer answer = {.max_body = 10};
        line(&answer, "HTTP/1.1 200 OK\r\n");
        assert_false(line(&answer, bad[i]));
        assert_int_equal(answer.problem, ANSWER_MALFORMED);
        assert_false(line(&answer, "A: b\r\n")); /* nothing is taken after a problem */
        answer_free(&answer);
    }
    struct answer answer = {.max_body = 10};
    assert_false(answer_line(&answer, "A: b\0c\r\n", 8));
    answer_free(&answer);
    answer = (struct answer){.max_body = 10};
    assert_false(line(&answer, " folded into nothing\r\n"));
    answer_free(&answer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(collects), cmocka_unit_test(bounds_the_head),
                                       cmocka_unit_test(refuses_announced_bodies),
                                       cmocka_unit_test(refuses_malformed_lines)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
