/* SPDX-License-Identifier: MIT
 * fuzz_dns_message.c: any octets through the decoder; what it accepts must come back from the builder as the
 * same records, and names must survive the way through text. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "modules/dns/wire.h"

static void require(bool condition)
{
    if (!condition)
        abort();
}

static void check_name(const struct dns_name *name)
{
    struct dns_name again;
    char text[DNS_TEXT_MAX];
    size_t length = dns_name_to_text(name, text);

    require(length < DNS_TEXT_MAX && strlen(text) == length);
    for (size_t i = 0; i < length; i++)
        require(text[i] > 0x20 && text[i] < 0x7f);
    require(dns_name_from_text(&again, text, length) == DNS_FINE);
    require(again.length == name->length && memcmp(again.octets, name->octets, name->length) == 0);
}

static bool same_rdata(const struct dns_rdata *a, const struct dns_rdata *b)
{
    return memcmp(a->address, b->address, 16) == 0 && a->priority == b->priority && a->weight == b->weight &&
           a->port == b->port && a->serial == b->serial && a->minimum == b->minimum && a->flags == b->flags &&
           dns_name_equal(&a->name, &b->name) && dns_name_equal(&a->mailbox, &b->mailbox) &&
           a->tag_size == b->tag_size && a->value_size == b->value_size &&
           (!a->tag_size || memcmp(a->tag, b->tag, a->tag_size) == 0) &&
           (!a->value_size || memcmp(a->value, b->value, a->value_size) == 0);
}

/* Builds the message again; returns false when it became too big (compression may have been better). */
static bool rebuild(const struct dns_message *m, struct dns_builder *b, uint8_t *data)
{
    dns_build_start(b, data, DNS_MESSAGE_MAX, m->id, m->flags);
    if (m->has_question)
        dns_build_question(b, &m->question, m->question_type, m->question_class);
    for (unsigned i = 0; i < m->count; i++) {
        const struct dns_record *r = &m->records[i];
        struct dns_rdata rdata = {0};
        struct dns_name owner;
        size_t at = r->name_at;

        require(dns_name_read(m->data, m->size, &at, &owner) == DNS_FINE);
        require(dns_rdata_read(m->data, m->size, r, &rdata) == DNS_FINE);
        check_name(&owner);
        if (dns_type_is_known(r->type) && r->class == DNS_IN && rdata.name.length)
            check_name(&rdata.name);
        dns_build_record(b, (enum dns_section)r->section, &owner, r->type, r->class, r->ttl, &rdata);
    }
    return b->status == DNS_FINE;
}

static void compare(const struct dns_message *a, const struct dns_message *b)
{
    require(a->count == b->count && a->has_question == b->has_question);
    for (unsigned i = 0; i < a->count; i++) {
        struct dns_rdata first = {0}, second = {0};

        require(a->records[i].type == b->records[i].type && a->records[i].class == b->records[i].class);
        require(a->records[i].ttl == b->records[i].ttl && a->records[i].section == b->records[i].section);
        require(dns_rdata_read(a->data, a->size, &a->records[i], &first) == DNS_FINE);
        require(dns_rdata_read(b->data, b->size, &b->records[i], &second) == DNS_FINE);
        require(same_rdata(&first, &second));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t buffer[DNS_MESSAGE_MAX];
    struct dns_message message, again;
    struct dns_builder builder;
    size_t where = 0;

    if (dns_message_parse(&message, data, size, &where) == DNS_FINE) {
        if (message.has_question) {
            struct dns_answer answer;

            check_name(&message.question);
            dns_answer_judge(&message, &message.question, message.question_type, &answer);
            require(answer.n_chain <= DNS_CHAIN_MAX && answer.n_records <= message.count);
        }
        if (rebuild(&message, &builder, buffer)) {
            require(dns_message_parse(&again, buffer, builder.size, NULL) == DNS_FINE);
            compare(&message, &again);
            dns_message_clear(&again);
        }
    } else {
        require(where <= size);
    }
    dns_message_clear(&message);
    return 0;
}
