/* SPDX-License-Identifier: MIT
 * test_dns_wire.c: names, messages, compression guard, truncation; c-ares is the second opinion on what
 * the builder writes and the decoder reads. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <ares.h>
#include <dlfcn.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "modules/dns/wire.h"

static struct dns_name name_of(const char *text)
{
    struct dns_name name;

    assert_int_equal(dns_name_from_text(&name, text, strlen(text)), DNS_FINE);
    return name;
}

static void test_name_round_trip(void **state)
{
    static const char *const rows[][2] = {
        {"www.example.com", "www.example.com"},
        {"www.example.com.", "www.example.com"},
        {".", "."},
        {"_sip._tcp.x", "_sip._tcp.x"},
        {"a\\.b.c", "a\\.b.c"},
        {"a\\032b.c", "a\\032b.c"},
        {"\\200.x", "\\200.x"},
        {"\\065bc", "Abc"},
        {"xn--bcher-kva.example", "xn--bcher-kva.example"},
    };
    char text[DNS_TEXT_MAX];

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct dns_name name = name_of(rows[i][0]);

        assert_int_equal(dns_name_to_text(&name, text), strlen(rows[i][1]));
        assert_string_equal(text, rows[i][1]);
    }
}

static void test_name_refused(void **state)
{
    static const struct {
        const char *text;
        enum dns_status status;
    } rows[] = {
        {"", DNS_BAD_LABEL},          {"a..b", DNS_BAD_LABEL},    {".a", DNS_BAD_LABEL},
        {"..", DNS_BAD_LABEL},        {"a b", DNS_BAD_CHARACTER}, {"b\xc3\xbc.de", DNS_BAD_CHARACTER},
        {"a\\", DNS_BAD_ESCAPE},      {"a\\25", DNS_BAD_ESCAPE},  {"a\\256", DNS_BAD_ESCAPE},
        {"a\x01", DNS_BAD_CHARACTER}, {"a\\2x5", DNS_BAD_ESCAPE},
    };
    struct dns_name name;

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_int_equal(dns_name_from_text(&name, rows[i].text, strlen(rows[i].text)), rows[i].status);
    assert_int_equal(dns_name_from_text(&name, "a\0b", 3), DNS_BAD_CHARACTER);
}

/* 63-octet labels pass, 64 do not; 255 octets in all pass, 256 do not, whatever the last labels are. */
static void test_name_limits(void **state)
{
    char text[400];
    struct dns_name name;

    memset(text, 'a', sizeof text);
    assert_int_equal(dns_name_from_text(&name, text, 63), DNS_FINE);
    assert_int_equal(dns_name_from_text(&name, text, 64), DNS_BAD_LABEL);
    for (size_t i = 63; i < sizeof text; i += 64)
        text[i] = '.';
    for (size_t n = 1; n < sizeof text; n++) {
        bool dot = n % 64 == 0;
        enum dns_status status = dns_name_from_text(&name, text, n);

        /* n characters make n + 2 octets, one less when the last one is the final dot */
        assert_int_equal(status, n + 2 - dot <= 255 ? DNS_FINE : DNS_LONG_NAME);
        if (status == DNS_FINE)
            assert_int_equal(name.length, n + 2 - dot);
    }
}

static void test_name_compare(void **state)
{
    struct dns_name a = name_of("WWW.Example.com"), b = name_of("www.eXample.COM"),
                    c = name_of("ww.example.com");
    struct dns_name zone = name_of("example.com"), near = name_of("xample.com"), root = name_of(".");

    assert_true(dns_name_equal(&a, &b));
    assert_false(dns_name_equal(&a, &c));
    assert_true(dns_name_within(&a, &zone));
    assert_true(dns_name_within(&zone, &zone));
    assert_false(dns_name_within(&a, &near));
    assert_false(dns_name_within(&zone, &a));
    assert_true(dns_name_within(&a, &root));
}

static void test_reverse_names(void **state)
{
    char text[DNS_TEXT_MAX];
    struct dns_name name;
    uint8_t address[16];

    inet_pton(AF_INET, "100.103.48.11", address);
    dns_name_of_address(&name, address, 4);
    dns_name_to_text(&name, text);
    assert_string_equal(text, "11.48.103.100.in-addr.arpa");
    inet_pton(AF_INET6, "2001:db8::567:89ab", address);
    dns_name_of_address(&name, address, 16);
    dns_name_to_text(&name, text);
    assert_string_equal(text, "b.a.9.8.7.6.5.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa");
}

/* The guard: a pointer to itself, forwards, in a pair; and a long legal ladder that must still end. */
static void test_compression_guard(void **state)
{
    static const struct {
        uint8_t octets[8];
        size_t size, at;
        enum dns_status status;
    } rows[] = {
        {{0xc0, 0x00}, 2, 0, DNS_BAD_POINTER},
        {{0xc0, 0x02, 0}, 3, 0, DNS_BAD_POINTER},
        {{0xc0, 0x02, 0xc0, 0x00}, 4, 2, DNS_BAD_POINTER},
        {{1, 'a', 0xc0, 0x00}, 4, 0, DNS_BAD_POINTER},
        {{0, 1, 'a', 0xc0, 0x01}, 5, 1, DNS_BAD_POINTER},
        {{0, 1, 'a', 0xc0, 0x00}, 5, 1, DNS_FINE},
        {{0x40, 'a'}, 2, 0, DNS_BAD_LABEL},
        {{0x80, 'a'}, 2, 0, DNS_BAD_LABEL},
        {{3, 'a', 'b'}, 3, 0, DNS_SHORT},
        {{0xc0}, 1, 0, DNS_SHORT},
        {{1, 'a'}, 2, 0, DNS_SHORT},
    };
    uint8_t ladder[4096] = {0};
    struct dns_name name;

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        size_t at = rows[i].at;

        assert_int_equal(dns_name_read(rows[i].octets, rows[i].size, &at, &name), rows[i].status);
    }
    for (size_t i = 1; i + 3 < sizeof ladder; i += 4) { /* each rung: label "a", pointer to the rung before */
        ladder[i] = 1;
        ladder[i + 1] = 'a';
        ladder[i + 2] = (uint8_t)(0xc0 | (i > 1 ? i - 4 : 0) >> 8);
        ladder[i + 3] = (uint8_t)(i > 1 ? i - 4 : 0);
    }
    size_t at = 4 * 100 + 1;
    assert_int_equal(dns_name_read(ladder, sizeof ladder, &at, &name), DNS_FINE);
    assert_int_equal(name.length, 2 * 101 + 1);
    assert_int_equal(at, 4 * 101 + 1);
    at = 4 * 900 + 1;
    assert_int_equal(dns_name_read(ladder, sizeof ladder, &at, &name), DNS_LONG_NAME);
}

/* A message with one record of every known type, and one of an unknown type. */
static size_t build_everything(uint8_t *data, size_t limit)
{
    struct dns_builder b;
    struct dns_name www = name_of("www.example.com"), host = name_of("host.example.com");
    struct dns_rdata r = {.address = {100, 103, 48, 11},
                          .name = host,
                          .mailbox = name_of("admin.example.com"),
                          .priority = 10,
                          .weight = 20,
                          .port = 443,
                          .serial = 0xfffffffe,
                          .refresh = 2,
                          .retry = 3,
                          .expire = 4,
                          .minimum = 5,
                          .flags = 128};

    dns_build_start(&b, data, limit, 0x1234, DNS_QR | DNS_AA | DNS_RD);
    dns_build_question(&b, &www, DNS_A, DNS_IN);
    dns_build_record(&b, DNS_ANSWER, &www, DNS_CNAME, DNS_IN, 30, &r);
    dns_build_record(&b, DNS_ANSWER, &host, DNS_A, DNS_IN, 60, &r);
    inet_pton(AF_INET6, "2001:db8::1", r.address);
    dns_build_record(&b, DNS_ANSWER, &host, DNS_AAAA, DNS_IN, 61, &r);
    dns_build_record(&b, DNS_ANSWER, &host, DNS_MX, DNS_IN, 62, &r);
    dns_build_record(&b, DNS_ANSWER, &host, DNS_SRV, DNS_IN, 63, &r);
    r.value = (const uint8_t *)"\3one\0\5three";
    r.value_size = 11;
    dns_build_record(&b, DNS_ANSWER, &host, DNS_TXT, DNS_IN, 64, &r);
    r.tag = (const uint8_t *)"issue";
    r.tag_size = 5;
    r.value = (const uint8_t *)"ca.example";
    r.value_size = 10;
    dns_build_record(&b, DNS_ANSWER, &host, DNS_CAA, DNS_IN, 65, &r);
    dns_build_record(&b, DNS_AUTHORITY, &host, DNS_SOA, DNS_IN, 66, &r);
    dns_build_record(&b, DNS_AUTHORITY, &host, DNS_NS, DNS_IN, 67, &r);
    dns_build_record(&b, DNS_ADDITIONAL, &host, DNS_PTR, DNS_IN, 68, &r);
    dns_build_raw(&b, DNS_ADDITIONAL, &host, 65280, DNS_IN, 0x80000001u, (const uint8_t *)"\0\1\2", 3);
    dns_build_opt(&b, 1232, 0, true, (const uint8_t *)"\0\17\0\6\0\22stop", 10);
    assert_int_equal(b.status, DNS_FINE);
    return b.size;
}

static void test_every_type(void **state)
{
    static const uint16_t order[] = {DNS_CNAME, DNS_A,   DNS_AAAA, DNS_MX,  DNS_SRV, DNS_TXT,
                                     DNS_CAA,   DNS_SOA, DNS_NS,   DNS_PTR, 65280};
    uint8_t data[1024];
    struct dns_message m;
    struct dns_rdata r;
    struct dns_name host = name_of("host.example.com");
    size_t where, size = build_everything(data, sizeof data);

    assert_int_equal(dns_message_parse(&m, data, size, &where), DNS_FINE);
    assert_int_equal(m.count, 11);
    assert_int_equal(m.id, 0x1234);
    assert_true(m.has_question && m.question_type == DNS_A);
    for (unsigned i = 0; i < 11; i++) {
        assert_int_equal(m.records[i].type, order[i]);
        assert_int_equal(dns_rdata_read(data, size, &m.records[i], &r), DNS_FINE);
        if (order[i] == DNS_SRV || order[i] == DNS_MX || order[i] == DNS_SOA || order[i] == DNS_PTR)
            assert_true(dns_name_equal(&r.name, &host));
        if (order[i] == DNS_SOA)
            assert_int_equal(r.serial, 0xfffffffe);
        if (order[i] == DNS_SRV)
            assert_true(r.priority == 10 && r.weight == 20 && r.port == 443);
        if (order[i] == DNS_CAA)
            assert_true(r.flags == 128 && r.tag_size == 5 && r.value_size == 10);
    }
    assert_int_equal(m.records[10].ttl, 0); /* RFC 2181 8 */
    assert_true(m.edns.present && m.edns.dnssec_ok);
    assert_int_equal(m.edns.udp_size, 1232);
    assert_int_equal(m.edns.extended_error, 18);
    assert_int_equal(m.edns.extended_text_size, 4);
    assert_memory_equal(data + m.edns.extended_text_at, "stop", 4);
    dns_message_clear(&m);
}

/* Each shorter copy must be refused, and so must one octet more. */
static void test_every_cut(void **state)
{
    uint8_t data[1024];
    size_t size = build_everything(data, sizeof data);
    struct dns_message m;

    for (size_t cut = 0; cut < size; cut++) {
        uint8_t *copy = malloc(cut ? cut : 1); /* exact size: the sanitizer sees a read beyond it */

        memcpy(copy, data, cut);
        assert_int_not_equal(dns_message_parse(&m, copy, cut, NULL), DNS_FINE);
        dns_message_clear(&m);
        free(copy);
    }
    data[size] = 0;
    assert_int_equal(dns_message_parse(&m, data, size + 1, NULL), DNS_TRAILING);
    dns_message_clear(&m);
}

/* Any limit gives a message that decodes, with fewer records. */
static void test_builder_limits(void **state)
{
    uint8_t data[1024];
    struct dns_name www = name_of("www.example.com");
    struct dns_rdata r = {.address = {1, 2, 3, 4}};
    struct dns_message m;

    for (size_t limit = 40; limit < 400; limit++) {
        struct dns_builder b;
        unsigned fit = 0;

        memset(data, 0xee, sizeof data);
        dns_build_start(&b, data, limit, 1, DNS_QR);
        dns_build_question(&b, &www, DNS_A, DNS_IN);
        for (int i = 0; i < 30; i++) {
            dns_build_record(&b, DNS_ANSWER, &www, DNS_A, DNS_IN, 1, &r);
            fit += b.status == DNS_FINE;
        }
        assert_int_equal(data[limit], 0xee);
        assert_int_equal(fit, (limit - 33) / 16 > 30 ? 30 : (limit - 33) / 16);
        assert_int_equal(dns_message_parse(&m, data, b.size, NULL), DNS_FINE);
        assert_int_equal(m.count, fit);
        dns_message_clear(&m);
    }
}

static void test_hostile_headers(void **state)
{
    uint8_t counts[DNS_HEADER_SIZE] = {0, 1, 0x80, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
    uint8_t two_questions[] = {0, 1, 0x80, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 1, 0, 0, 1, 0, 1};
    uint8_t two_opts[] = {0, 1, 0x80, 0, 0, 0, 0, 0, 0,  0, 0, 2, 0, 0, 41, 4, 0,
                          0, 0, 0,    0, 0, 0, 0, 0, 41, 4, 0, 0, 0, 0, 0,  0, 0};
    struct dns_message m;

    assert_int_equal(dns_message_parse(&m, counts, sizeof counts, NULL), DNS_SHORT);
    dns_message_clear(&m);
    assert_int_equal(dns_message_parse(&m, two_questions, sizeof two_questions, NULL), DNS_BAD_QUESTION);
    dns_message_clear(&m);
    assert_int_equal(dns_message_parse(&m, two_opts, sizeof two_opts, NULL), DNS_BAD_OPT);
    dns_message_clear(&m);
    two_opts[11] = 1;
    assert_int_equal(dns_message_parse(&m, two_opts, 23, NULL), DNS_FINE);
    dns_message_clear(&m);
    two_opts[7] = 1; /* an OPT record in the answer section */
    two_opts[11] = 0;
    assert_int_equal(dns_message_parse(&m, two_opts, 23, NULL), DNS_BAD_OPT);
    dns_message_clear(&m);
}

static void build_chain(struct dns_builder *b, uint8_t *data, size_t limit, unsigned links, bool closed)
{
    char text[32];
    struct dns_name owner = name_of("n0.x");
    struct dns_rdata r = {.address = {9, 9, 9, 9}};

    dns_build_start(b, data, limit, 1, DNS_QR);
    dns_build_question(b, &owner, DNS_A, DNS_IN);
    for (unsigned i = 0; i < links; i++) {
        snprintf(text, sizeof text, "N%u.x", i); /* owners in other case than the targets */
        owner = name_of(text);
        snprintf(text, sizeof text, "n%u.x", closed && i + 1 == links ? 0 : i + 1);
        r.name = name_of(text);
        dns_build_record(b, DNS_ANSWER, &owner, DNS_CNAME, DNS_IN, 100 - i, &r);
    }
    dns_build_record(b, DNS_ANSWER, &r.name, DNS_A, DNS_IN, 300, &r);
}

static enum dns_verdict judge(const struct dns_builder *b, uint16_t type, struct dns_answer *answer)
{
    struct dns_message m;
    struct dns_name name = name_of("n0.x");

    assert_int_equal(dns_message_parse(&m, b->data, b->size, NULL), DNS_FINE);
    dns_answer_judge(&m, &name, type, answer);
    dns_message_clear(&m);
    return answer->verdict;
}

static void test_judgement(void **state)
{
    uint8_t data[4096];
    struct dns_builder b;
    struct dns_answer answer;
    char text[DNS_TEXT_MAX];

    build_chain(&b, data, sizeof data, 3, false);
    assert_int_equal(judge(&b, DNS_A, &answer), DNS_DATA);
    assert_int_equal(answer.n_chain, 3);
    assert_int_equal(answer.n_records, 1);
    assert_int_equal(answer.ttl, 98);
    dns_name_to_text(&answer.final, text);
    assert_string_equal(text, "n3.x");
    assert_int_equal(judge(&b, DNS_AAAA, &answer), DNS_NODATA);
    assert_int_equal(judge(&b, DNS_CNAME, &answer), DNS_DATA);
    assert_int_equal(answer.n_chain, 0);

    build_chain(&b, data, sizeof data, DNS_CHAIN_MAX, false);
    assert_int_equal(judge(&b, DNS_A, &answer), DNS_DATA);
    build_chain(&b, data, sizeof data, DNS_CHAIN_MAX + 1, false);
    assert_int_equal(judge(&b, DNS_A, &answer), DNS_CHAIN_LOOP);
    for (unsigned links = 1; links < 6; links++) {
        build_chain(&b, data, sizeof data, links, true);
        assert_int_equal(judge(&b, DNS_A, &answer), DNS_CHAIN_LOOP);
    }
    build_chain(&b, data, sizeof data, 1, false);
    data[3] |= DNS_NXDOMAIN;
    assert_int_equal(judge(&b, DNS_A, &answer), DNS_NO_NAME);
    data[3] = DNS_REFUSED;
    assert_int_equal(judge(&b, DNS_A, &answer), DNS_FAILED);
}

/* c-ares 1.18.1 must read what we build. */
static void test_c_ares_agrees(void **state)
{
    void *library = dlopen("libcares.so.2", RTLD_NOW);
    uint8_t data[1024];
    int size = (int)build_everything(data, sizeof data);
    struct hostent *host = NULL;
    struct ares_mx_reply *mx = NULL;
    struct ares_srv_reply *srv = NULL;
    struct ares_txt_reply *txt = NULL;
    struct ares_caa_reply *caa = NULL;

    assert_non_null(library);
#define USE(f) __typeof__(&f) use_##f = (__typeof__(&f))dlsym(library, #f)
    USE(ares_parse_a_reply);
    USE(ares_parse_mx_reply);
    USE(ares_parse_srv_reply);
    USE(ares_parse_txt_reply);
    USE(ares_parse_caa_reply);
    USE(ares_free_hostent);
    USE(ares_free_data);
    assert_int_equal(use_ares_parse_a_reply(data, size, &host, NULL, NULL), ARES_SUCCESS);
    assert_string_equal(host->h_name, "host.example.com");
    assert_string_equal(host->h_aliases[0], "www.example.com");
    assert_memory_equal(host->h_addr_list[0], "\144\147\060\013", 4);
    assert_int_equal(use_ares_parse_mx_reply(data, size, &mx), ARES_SUCCESS);
    assert_string_equal(mx->host, "host.example.com");
    assert_int_equal(mx->priority, 10);
    assert_int_equal(use_ares_parse_srv_reply(data, size, &srv), ARES_SUCCESS);
    assert_true(srv->priority == 10 && srv->weight == 20 && srv->port == 443);
    assert_int_equal(use_ares_parse_txt_reply(data, size, &txt), ARES_SUCCESS);
    assert_int_equal(txt->length, 3);
    assert_int_equal(txt->next->length, 0);
    assert_memory_equal(txt->next->next->txt, "three", 5);
    assert_int_equal(use_ares_parse_caa_reply(data, size, &caa), ARES_SUCCESS);
    assert_string_equal((const char *)caa->property, "issue");
    assert_string_equal((const char *)caa->value, "ca.example");
    use_ares_free_hostent(host);
    use_ares_free_data(mx);
    use_ares_free_data(srv);
    use_ares_free_data(txt);
    use_ares_free_data(caa);
    dlclose(library);
}

static void test_codes(void **state)
{
    char buffer[16];

    assert_string_equal(dns_type_text(DNS_CAA, buffer), "CAA");
    assert_string_equal(dns_type_text(65280, buffer), "TYPE65280");
    assert_int_equal(dns_type_from_text("aaaa", 4), DNS_AAAA);
    assert_int_equal(dns_type_from_text("type65535", 9), 65535);
    assert_int_equal(dns_type_from_text("TYPE65536", 9), -1);
    assert_int_equal(dns_type_from_text("TYPE", 4), -1);
    assert_int_equal(dns_type_from_text("AA", 2), -1);
    assert_int_equal(dns_rcode_from_text("nxdomain", 8), 3);
    assert_string_equal(dns_rcode_text(24, buffer), "RCODE24");
    assert_string_equal(dns_extended_error_text(18), "prohibited");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_name_round_trip), cmocka_unit_test(test_name_refused),
        cmocka_unit_test(test_name_limits),     cmocka_unit_test(test_name_compare),
        cmocka_unit_test(test_reverse_names),   cmocka_unit_test(test_compression_guard),
        cmocka_unit_test(test_every_type),      cmocka_unit_test(test_every_cut),
        cmocka_unit_test(test_builder_limits),  cmocka_unit_test(test_hostile_headers),
        cmocka_unit_test(test_judgement),       cmocka_unit_test(test_c_ares_agrees),
        cmocka_unit_test(test_codes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
