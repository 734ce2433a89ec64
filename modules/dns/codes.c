/* SPDX-License-Identifier: MIT
 * codes.c: the names of types, rcodes, extended errors and decoder faults (IANA registry "DNS Parameters").
 */
#include "modules/dns/wire.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

struct code {
    unsigned value;
    const char *text;
};

static const struct code types[] = {
    {1, "A"},      {2, "NS"},     {5, "CNAME"},    {6, "SOA"},     {12, "PTR"},   {13, "HINFO"},
    {15, "MX"},    {16, "TXT"},   {17, "RP"},      {18, "AFSDB"},  {25, "KEY"},   {28, "AAAA"},
    {29, "LOC"},   {33, "SRV"},   {35, "NAPTR"},   {39, "DNAME"},  {41, "OPT"},   {43, "DS"},
    {44, "SSHFP"}, {46, "RRSIG"}, {47, "NSEC"},    {48, "DNSKEY"}, {50, "NSEC3"}, {51, "NSEC3PARAM"},
    {52, "TLSA"},  {59, "CDS"},   {60, "CDNSKEY"}, {64, "SVCB"},   {65, "HTTPS"}, {99, "SPF"},
    {251, "IXFR"}, {252, "AXFR"}, {255, "ANY"},    {256, "URI"},   {257, "CAA"},  {0, NULL},
};

static const struct code rcodes[] = {
    {0, "NOERROR"},  {1, "FORMERR"},  {2, "SERVFAIL"},   {3, "NXDOMAIN"}, {4, "NOTIMP"},
    {5, "REFUSED"},  {6, "YXDOMAIN"}, {7, "YXRRSET"},    {8, "NXRRSET"},  {9, "NOTAUTH"},
    {10, "NOTZONE"}, {16, "BADVERS"}, {23, "BADCOOKIE"}, {0, NULL},
};

static const struct code extended[] = {
    {0, "other error"},
    {1, "unsupported DNSKEY algorithm"},
    {2, "unsupported DS digest type"},
    {3, "stale answer"},
    {4, "forged answer"},
    {5, "DNSSEC indeterminate"},
    {6, "DNSSEC bogus"},
    {7, "signature expired"},
    {8, "signature not yet valid"},
    {9, "DNSKEY missing"},
    {10, "RRSIGs missing"},
    {11, "no zone key bit set"},
    {12, "NSEC missing"},
    {13, "cached error"},
    {14, "not ready"},
    {15, "blocked"},
    {16, "censored"},
    {17, "filtered"},
    {18, "prohibited"},
    {19, "stale NXDOMAIN answer"},
    {20, "not authoritative"},
    {21, "not supported"},
    {22, "no reachable authority"},
    {23, "network error"},
    {24, "invalid data"},
    {0, NULL},
};

static const char *const statuses[] = {
    [DNS_FINE] = "well-formed",
    [DNS_SHORT] = "the message ends inside a field",
    [DNS_BAD_LABEL] = "a label is empty, longer than 63 octets or of a reserved kind",
    [DNS_BAD_POINTER] = "a compression pointer does not point backwards",
    [DNS_LONG_NAME] = "the name is longer than 255 octets",
    [DNS_BAD_ESCAPE] = "a backslash is not followed by a character or by three digits up to 255",
    [DNS_BAD_CHARACTER] =
        "a character is not allowed in a name (write it as \\DDD, international names as xn--...)",
    [DNS_BAD_QUESTION] = "the message does not hold exactly one question",
    [DNS_BAD_RDATA] = "the data of a record does not fit its type",
    [DNS_BAD_OPT] = "the OPT record is doubled or misplaced",
    [DNS_TRAILING] = "there are bytes behind the last record",
    [DNS_TOO_BIG] = "the message does not fit its size limit",
    [DNS_NO_MEMORY] = "out of memory",
};

const char *dns_status_text(enum dns_status status)
{
    return (size_t)status < sizeof statuses / sizeof *statuses ? statuses[status] : "unknown status";
}

static const char *find_text(const struct code *table, unsigned value)
{
    for (; table->text; table++)
        if (table->value == value)
            return table->text;
    return NULL;
}

/* A name of `table`, or `prefix` and a decimal number (RFC 3597 5). */
static int find_value(const struct code *table, const char *prefix, const char *text, size_t length)
{
    size_t skip = strlen(prefix);
    unsigned value = 0;

    for (; table->text; table++)
        if (strlen(table->text) == length && strncasecmp(table->text, text, length) == 0)
            return (int)table->value;
    if (length <= skip || length > skip + 5 || strncasecmp(text, prefix, skip) != 0)
        return -1;
    for (size_t i = skip; i < length; i++) {
        if (text[i] < '0' || text[i] > '9')
            return -1;
        value = value * 10 + (unsigned)(text[i] - '0');
    }
    return value <= 0xffff ? (int)value : -1;
}

const char *dns_type_text(uint16_t type, char buffer[16])
{
    const char *text = find_text(types, type);

    if (text)
        return text;
    snprintf(buffer, 16, "TYPE%u", type);
    return buffer;
}

int dns_type_from_text(const char *text, size_t length)
{
    return find_value(types, "TYPE", text, length);
}

const char *dns_rcode_text(unsigned rcode, char buffer[16])
{
    const char *text = find_text(rcodes, rcode);

    if (text)
        return text;
    snprintf(buffer, 16, "RCODE%u", rcode);
    return buffer;
}

int dns_rcode_from_text(const char *text, size_t length)
{
    return find_value(rcodes, "RCODE", text, length);
}

const char *dns_extended_error_text(unsigned code)
{
    const char *text = find_text(extended, code);

    return text ? text : "";
}
