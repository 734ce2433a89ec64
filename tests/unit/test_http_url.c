/* SPDX-License-Identifier: MIT
 * test_http_url.c: the strict URL splitter. */
#include "modules/http/url.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static void splits(void **state)
{
    struct http_url url;
    assert_null(http_url_parse("HTTPS://Vpc.Aliyuncs.COM:8443/a/../b?x=/?#frag", &url));
    assert_true(url.tls);
    assert_string_equal(url.host, "vpc.aliyuncs.com");
    assert_int_equal(url.port, 8443);
    assert_int_equal(url.target_size, strlen("/a/../b?x=/?"));
    assert_memory_equal(url.target, "/a/../b?x=/?", url.target_size);
    assert_int_equal(url.path_size, strlen("/a/../b"));
    assert_null(http_url_parse("http://[2001:DB8::1]:81?q", &url));
    assert_false(url.tls);
    assert_true(url.ipv6);
    assert_string_equal(url.host, "2001:DB8::1");
    assert_int_equal(url.port, 81);
    assert_int_equal(url.path_size, 0);
    assert_int_equal(url.target_size, 2);
    assert_null(http_url_parse("https://h", &url));
    assert_int_equal(url.port, 443);
    assert_int_equal(url.target_size, 0);
}

static void refuses(void **state)
{
    static const char *const bad[] = {"",
                                      "h",
                                      "//h/",
                                      "ftp://h/",
                                      "https:/h/",
                                      "https://",
                                      "https:///path",
                                      "https://user@h/",
                                      "https://user:pw@h/",
                                      "https://h@evil/",
                                      "https://h:/",
                                      "https://h:0/",
                                      "https://h:65536/",
                                      "https://h:8o/",
                                      "https://h:443x/",
                                      "https://h:1@evil/",
                                      "https://h\\@evil/",
                                      "https://h /",
                                      "https://h/\t",
                                      "https://h/\n",
                                      "https://h/\x7f",
                                      "https://h/\xc3\xa9",
                                      "https://h\xc3\xa9/",
                                      "https://[::1/",
                                      "https://[::1]x/",
                                      "https://[]/",
                                      "https://[g::]/",
                                      "https://.h/",
                                      "https://h..x/",
                                      "https://-h/",
                                      "https://h%2e/",
                                      "http://0x7f000001/",
                                      "http://0x7f.1/",
                                      "http://2130706433/",
                                      "http://127.1/",
                                      "http://0177.0.0.1/",
                                      "http://1.2.3.256/",
                                      "http://1.2.3.4.5/"};
    struct http_url url;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (!http_url_parse(bad[i], &url))
            fail_msg("accepted: %s", bad[i]);
    char longest[300] = "https://";
    memset(longest + 8, 'a', 254);
    assert_non_null(http_url_parse(longest, &url));
    longest[8 + 253] = '\0';
    assert_null(http_url_parse(longest, &url));
}

static void writes_authority(void **state)
{
    static const struct {
        const char *url, *authority;
    } cases[] = {{"https://H:443/", "h"},
                 {"http://h:80", "h"},
                 {"http://h:443", "h:443"},
                 {"https://[::1]:443/", "[::1]"},
                 {"https://[::1]:1/", "[::1]:1"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct http_url url;
        char text[300];
        assert_null(http_url_parse(cases[i].url, &url));
        http_url_authority(&url, text, sizeof text);
        assert_string_equal(text, cases[i].authority);
    }
}

static void knows_local_hosts(void **state)
{
    static const struct {
        const char *url;
        bool loopback, local;
    } cases[] = {{"http://127.0.0.1/", true, true},
                 {"http://127.255.0.9/", true, true},
                 {"http://[::1]/", true, true},
                 {"http://localhost/", true, true},
                 {"http://localhost.evil/", false, false},
                 {"http://128.0.0.1/", false, false},
                 {"http://169.254.1.1/", false, true},
                 {"http://100.100.100.200/", false, true},
                 {"http://[fe80::1]/", false, true},
                 {"http://10.0.0.1/", false, false},
                 {"http://100.100.100.201/", false, false}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct http_url url;
        assert_null(http_url_parse(cases[i].url, &url));
        if (http_url_loopback(&url) != cases[i].loopback || http_url_local(&url) != cases[i].local)
            fail_msg("wrong about %s", cases[i].url);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(splits), cmocka_unit_test(refuses),
                                       cmocka_unit_test(writes_authority),
                                       cmocka_unit_test(knows_local_hosts)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
