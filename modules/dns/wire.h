/* SPDX-License-Identifier: MIT
 * wire.h: DNS messages as bytes (RFC 1035, 2181, 2782, 3596, 6891, 8659, 8914): names, records, a strict
 * decoder and a builder. Plain C without Lua or sockets; never allocates more than a message needs. */
#ifndef PEERWAY_DNS_WIRE_H
#define PEERWAY_DNS_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    DNS_NAME_MAX = 255,      /* octets of a name on the wire, RFC 1035 2.3.4 */
    DNS_TEXT_MAX = 1025,     /* the same name as text: four characters an octet, and NUL */
    DNS_MESSAGE_MAX = 65535, /* the length prefix of TCP */
    DNS_PLAIN_UDP = 512,     /* what a client without EDNS can take */
    DNS_EDNS_UDP = 1232,     /* unfragmented on every path, DNS flag day 2020 */
    DNS_HEADER_SIZE = 12,
};

enum dns_type {
    DNS_A = 1,
    DNS_NS = 2,
    DNS_CNAME = 5,
    DNS_SOA = 6,
    DNS_PTR = 12,
    DNS_MX = 15,
    DNS_TXT = 16,
    DNS_AAAA = 28,
    DNS_SRV = 33,
    DNS_OPT = 41,
    DNS_ANY = 255,
    DNS_CAA = 257,
};

enum { DNS_IN = 1 };

enum dns_rcode {
    DNS_NOERROR = 0,
    DNS_FORMERR = 1,
    DNS_SERVFAIL = 2,
    DNS_NXDOMAIN = 3,
    DNS_NOTIMP = 4,
    DNS_REFUSED = 5,
    DNS_BADVERS = 16,
};

/* The second 16 bits of the header. */
enum {
    DNS_QR = 0x8000,
    DNS_OPCODE = 0x7800,
    DNS_AA = 0x0400,
    DNS_TC = 0x0200,
    DNS_RD = 0x0100,
    DNS_RA = 0x0080,
    DNS_AD = 0x0020,
    DNS_CD = 0x0010,
    DNS_RCODE = 0x000f,
};

/* Why bytes are no message, or a message does not fit. */
enum dns_status {
    DNS_FINE = 0,
    DNS_SHORT,         /* ends inside a field */
    DNS_BAD_LABEL,     /* empty, too long, or of a reserved kind */
    DNS_BAD_POINTER,   /* compression that does not go strictly backwards */
    DNS_LONG_NAME,     /* more than 255 octets */
    DNS_BAD_ESCAPE,    /* text: "\" without a character or three digits up to 255 */
    DNS_BAD_CHARACTER, /* text: control, space, or outside ASCII */
    DNS_BAD_QUESTION,  /* not exactly one, where one is needed */
    DNS_BAD_RDATA,     /* record data does not fit its type */
    DNS_BAD_OPT,       /* a second OPT record, or one in the wrong place */
    DNS_TRAILING,      /* bytes after the last record */
    DNS_TOO_BIG,       /* does not fit the limit of the builder */
    DNS_NO_MEMORY,
};

/* One line about a status. */
const char *dns_status_text(enum dns_status status);

/* "A" for 1, "TYPE65" for a type without a name (RFC 3597); writes at most 16 bytes into `buffer`. */
const char *dns_type_text(uint16_t type, char buffer[16]);

/* The inverse, any case; -1 when `text` is no type. */
int dns_type_from_text(const char *text, size_t length);

/* "NXDOMAIN" for 3, "RCODE24" for one without a name; into `buffer` as above. */
const char *dns_rcode_text(unsigned rcode, char buffer[16]);

/* The inverse, any case; -1 when unknown. */
int dns_rcode_from_text(const char *text, size_t length);

/* Purpose of an extended error code (RFC 8914), "" when it has none. */
const char *dns_extended_error_text(unsigned code);

/* ---- names ---- */

/* A name in wire form, uncompressed, with its final zero octet. */
struct dns_name {
    uint8_t length;
    uint8_t octets[DNS_NAME_MAX];
};

/* Parses `text` ("www.example.com", "." or with a final dot; \. and \DDD escape). */
enum dns_status dns_name_from_text(struct dns_name *name, const char *text, size_t length);

/* Writes the name as text without the final dot ("." for the root). Everything but printable ASCII is
 * escaped, so that a hostile name cannot steer a terminal. Returns the length. */
size_t dns_name_to_text(const struct dns_name *name, char text[DNS_TEXT_MAX]);

/* Same name, ASCII case ignored (RFC 4343). */
bool dns_name_equal(const struct dns_name *a, const struct dns_name *b);

/* `name` is `zone` or below it. */
bool dns_name_within(const struct dns_name *name, const struct dns_name *zone);

/* Reads a name at `*at`, which then is the offset behind it. Pointers must go strictly backwards, so the
 * number of jumps is bounded by the message. `name` may be NULL (skip, but check all the same). */
enum dns_status dns_name_read(const uint8_t *data, size_t size, size_t *at, struct dns_name *name);

/* The reverse-pointer name of an address: 4 or 16 octets. */
void dns_name_of_address(struct dns_name *name, const uint8_t *address, size_t size);

/* ---- messages ---- */

enum dns_section { DNS_ANSWER = 1, DNS_AUTHORITY = 2, DNS_ADDITIONAL = 3 };

/* Where a record lies in its message; the OPT record is not among them. */
struct dns_record {
    uint32_t ttl; /* seconds; 0 when the top bit was set (RFC 2181 8) */
    uint16_t type;
    uint16_t class;
    uint16_t name_at;
    uint16_t data_at;
    uint16_t data_size;
    uint8_t section;
};

struct dns_edns {
    bool present;
    bool dnssec_ok;
    uint8_t version;
    uint16_t udp_size;
    uint16_t options_at, options_size; /* inside the message */
    int extended_error;                /* RFC 8914 info code, -1: none */
    uint16_t extended_text_at, extended_text_size;
};

struct dns_message {
    const uint8_t *data; /* the caller's */
    size_t size;
    uint16_t id;
    uint16_t flags;
    uint16_t rcode; /* with the EDNS bits */
    bool has_question;
    struct dns_name question;
    uint16_t question_type, question_class;
    struct dns_edns edns;
    unsigned count;
    struct dns_record *records; /* `own` or allocated */
    struct dns_record own[24];
};

/* Decodes a whole message strictly: one question at most, every name and the data of every known type
 * checked, nothing behind the end. `*where` (may be NULL) is the offset of the fault. The message keeps
 * pointing to `data`. Call dns_message_clear afterwards, whatever is returned. */
enum dns_status dns_message_parse(struct dns_message *message, const uint8_t *data, size_t size,
                                  size_t *where);
void dns_message_clear(struct dns_message *message);

/* Record data, decoded; which members are used depends on the type. */
struct dns_rdata {
    uint8_t address[16];                              /* A (4), AAAA (16) */
    struct dns_name name;                             /* CNAME NS PTR MX SRV: target; SOA: primary server */
    struct dns_name mailbox;                          /* SOA */
    uint16_t priority, weight, port;                  /* SRV; MX: priority */
    uint32_t serial, refresh, retry, expire, minimum; /* SOA */
    uint8_t flags;                                    /* CAA */
    const uint8_t *tag, *value; /* CAA tag; CAA value, TXT strings with their lengths, or raw data */
    size_t tag_size, value_size;
};

/* Decodes the data of one record; types without a decoder, and classes other than IN, come as raw value. */
enum dns_status dns_rdata_read(const uint8_t *data, size_t size, const struct dns_record *record,
                               struct dns_rdata *out);

/* True when the data of this type is decoded and not raw. */
bool dns_type_is_known(uint16_t type);

/* ---- builder ---- */

struct dns_builder {
    uint8_t *data; /* the caller's, `limit` octets */
    size_t size, limit;
    enum dns_status status; /* the first fault; later calls do nothing */
    unsigned n_names;
    uint16_t names[96]; /* offsets of name suffixes that compression may point to */
};

/* Starts a message; `limit` is at most DNS_MESSAGE_MAX. */
void dns_build_start(struct dns_builder *b, uint8_t *data, size_t limit, uint16_t id, uint16_t flags);
void dns_build_question(struct dns_builder *b, const struct dns_name *name, uint16_t type, uint16_t class);

/* Appends a record of a known type, or with `raw` data. A record that does not fit is left out whole and
 * status becomes DNS_TOO_BIG. */
void dns_build_record(struct dns_builder *b, enum dns_section section, const struct dns_name *name,
                      uint16_t type, uint16_t class, uint32_t ttl, const struct dns_rdata *rdata);
void dns_build_raw(struct dns_builder *b, enum dns_section section, const struct dns_name *name,
                   uint16_t type, uint16_t class, uint32_t ttl, const uint8_t *data, size_t size);

/* Appends the OPT record; `rcode` gives its upper bits. */
void dns_build_opt(struct dns_builder *b, uint16_t udp_size, unsigned rcode, bool dnssec_ok,
                   const uint8_t *options, size_t size);

/* ---- answers ---- */

enum { DNS_CHAIN_MAX = 16 }; /* CNAMEs that are followed; longer chains are loops in all but name */

enum dns_verdict {
    DNS_DATA,       /* records of the asked type */
    DNS_NODATA,     /* the name exists, or the chain ends, without them */
    DNS_NO_NAME,    /* NXDOMAIN */
    DNS_FAILED,     /* another rcode: see message->rcode */
    DNS_CHAIN_LOOP, /* CNAMEs in a circle, or more than DNS_CHAIN_MAX */
};

/* What a message says about a question. */
struct dns_answer {
    enum dns_verdict verdict;
    unsigned n_chain;
    uint16_t chain[DNS_CHAIN_MAX]; /* indices of the CNAME records, in order */
    struct dns_name final;         /* owner at the end of the chain */
    unsigned n_records;            /* records of type `type` at `final` in the answer section */
    uint32_t ttl;                  /* least of chain and records; 0 without any */
    bool has_soa;                  /* a negative answer with its authority (RFC 2308) */
    uint32_t negative_ttl;         /* min(SOA ttl, SOA minimum) */
    bool referral;                 /* DNS_NODATA that only names other servers (RFC 2308 2.2.1) */
};

/* Follows the chain from `name` and judges. */
void dns_answer_judge(const struct dns_message *message, const struct dns_name *name, uint16_t type,
                      struct dns_answer *answer);

/* True when answer record `index` is of the asked type and owned by answer->final. */
bool dns_answer_has(const struct dns_message *message, const struct dns_answer *answer, uint16_t type,
                    unsigned index);

#endif
