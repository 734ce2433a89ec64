/* SPDX-License-Identifier: MIT
 * test_dns_endpoint.c: server addresses as text: what is read, what is refused, and how it is written. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "modules/dns/endpoint.h"

static void test_read_and_write(void **state)
{
    static const char *const rows[][2] = {
        {"192.0.2.1", "192.0.2.1:53"},
        {"192.0.2.1:5353", "192.0.2.1:5353"},
        {"2001:DB8::1", "[2001:db8::1]:53"},
        {"[2001:db8::1]", "[2001:db8::1]:53"},
        {"[2001:db8::1]:65535", "[2001:db8::1]:65535"},
        {"::1%lo", "[::1%lo]:53"},
        {"[fe80::1%lo]:1", "[fe80::1%lo]:1"},
    };
    struct dns_endpoint endpoint, again;
    char text[DNS_ENDPOINT_TEXT];

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_true(dns_endpoint_from_text(&endpoint, rows[i][0], strlen(rows[i][0]), DNS_PORT));
        dns_endpoint_to_text(&endpoint, text);
        assert_string_equal(text, rows[i][1]);
        assert_true(dns_endpoint_from_text(&again, text, strlen(text), 1));
        assert_true(dns_endpoint_equal(&endpoint, &again));
    }
}

static void test_refused(void **state)
{
    static const char *const rows[] = {
        "",
        "localhost",
        "192.0.2",
        "192.0.2.1.1",
        "192.0.2.01",
        "192.0.2.256",
        "192.0.2.1:",
        "192.0.2.1:0",
        "192.0.2.1:65536",
        "192.0.2.1:5a",
        "192.0.2.1:+5",
        "192.0.2.1: 5",
        " 192.0.2.1",
        "192.0.2.1 ",
        "[::1",
        "[::1]53",
        "[::1]:",
        "[::1]:0",
        "::1::",
        "2001:db8::g",
        "fe80::1%nosuchdevice",
        "[192.0.2.1]:53",
        "0x7f.1",
        "192.0.2.1/24",
    };
    struct dns_endpoint endpoint;

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (dns_endpoint_from_text(&endpoint, rows[i], strlen(rows[i]), DNS_PORT))
            fail_msg("accepted '%s'", rows[i]);
    assert_false(dns_endpoint_from_text(&endpoint, "192.0.2.1\0x", 11, DNS_PORT));
}

static void test_compare(void **state)
{
    struct dns_endpoint a, b, c, d;

    assert_true(dns_endpoint_from_text(&a, "192.0.2.1", 9, 53));
    assert_true(dns_endpoint_from_text(&b, "192.0.2.1", 9, 54));
    assert_true(dns_endpoint_from_text(&c, "192.0.2.2", 9, 53));
    assert_true(dns_endpoint_from_text(&d, "::ffff:192.0.2.1", 16, 53));
    assert_false(dns_endpoint_equal(&a, &b));
    assert_false(dns_endpoint_equal(&a, &c));
    assert_false(dns_endpoint_equal(&a, &d));
    dns_endpoint_set_port(&b, 53);
    assert_true(dns_endpoint_equal(&a, &b));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_read_and_write),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_compare),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
