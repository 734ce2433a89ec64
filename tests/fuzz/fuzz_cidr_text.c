/* SPDX-License-Identifier: MIT
 * fuzz_cidr_text.c: every text parser of module cidr. Addresses are accepted exactly when inet_pton
 * accepts them; what is accepted comes back from its canonical text; sets survive a round trip. */
#include "modules/cidr/embedded.h"
#include "modules/cidr/format.h"
#include "modules/cidr/number.h"
#include "modules/cidr/reverse.h"
#include "modules/cidr/set_text.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool condition)
{
    if (!condition)
        abort();
}

static void check_address(const char *text, size_t size)
{
    struct cidr_address a, b;
    struct cidr_problem problem;
    unsigned char bytes[16];
    char *copy = strndup(text, size), canonical[CIDR_ADDRESS_MAX];
    bool ours = cidr_parse_address(text, size, 0, &a, &problem);
    bool libc = strlen(copy) == size &&
                (inet_pton(AF_INET, copy, bytes) == 1 || inet_pton(AF_INET6, copy, bytes) == 1);
    free(copy);
    require(ours == libc);
    require(ours || problem.offset <= size);
    if (!ours)
        return;
    size_t length = cidr_format_address(a, canonical);
    require(cidr_parse_address(canonical, length, 0, &b, &problem) && cidr_compare(a, b) == 0);
    char name[CIDR_REVERSE_MAX];
    struct cidr_prefix back;
    require(cidr_from_reverse(name, cidr_reverse_name(a, name), &back));
    require(back.length == cidr_width(a.family) && cidr_compare(cidr_first(back), a) == 0);
}

static void check_prefix(const char *text, size_t size)
{
    struct cidr_prefix p, q;
    struct cidr_problem problem;
    char canonical[CIDR_PREFIX_MAX];
    if (!cidr_parse_prefix(text, size, 0, &p, NULL, &problem))
        return;
    size_t length = cidr_format_prefix(p, canonical);
    require(cidr_parse_prefix(canonical, length, 0, &q, NULL, &problem) && cidr_prefix_compare(p, q) == 0);
    /* every relaxation takes it too, with the same result */
    for (unsigned flags = 0; flags < 32; flags++)
        require(cidr_parse_prefix(text, size, flags, &q, NULL, &problem) && cidr_prefix_compare(p, q) == 0);
}

struct buffer {
    char *text;
    size_t size;
};

static bool collect(void *arg, const char *text, size_t size)
{
    struct buffer *b = arg;
    b->text = realloc(b->text, b->size + size);
    memcpy(b->text + b->size, text, size);
    b->size += size;
    return true;
}

static void check_set(const char *text, size_t size)
{
    struct cidr_set set = {0}, back = {0};
    struct cidr_text_problem problem;
    struct buffer b = {NULL, 0};
    bool ok = cidr_parse_set(text, size, 0, &set, &problem);
    require(ok || (problem.line > 0 && problem.column > 0));
    if (ok) {
        require(cidr_set_normalise(&set));
        require(cidr_write_set(&set, CIDR_FORMAT_RANGES, collect, &b));
        require(cidr_parse_set(b.text ? b.text : "", b.size, 0, &back, &problem) &&
                cidr_set_normalise(&back));
        require(cidr_set_equal(&set, &back));
    }
    free(b.text);
    cidr_set_free(&set);
    cidr_set_free(&back);
}

/* The others must only not misbehave. */
static void touch(const char *text, size_t size)
{
    struct cidr_address a;
    struct cidr_prefix p;
    struct cidr_range r;
    struct cidr_problem problem;
    size_t zone_size;
    uint64_t hardware;
    cidr_u128 number;
    if (cidr_parse_scoped(text, size, 0, &a, &zone_size, &problem))
        require(zone_size < size);
    if (cidr_parse_range(text, size, CIDR_BARE, &r, &problem))
        require(r.first.family == r.last.family && cidr_compare(r.first, r.last) <= 0);
    cidr_expand_partial(text, size, &p, &problem);
    if (cidr_from_reverse(text, size, &p))
        require(cidr_prefix_compare(p, cidr_prefix_of(cidr_first(p), p.length)) == 0);
    cidr_parse_hardware(text, size, &hardware);
    cidr_parse_number(text, size, &number);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size ? size : 1); /* exact size: reading beyond it is found */
    memcpy(text, data, size);
    check_address(text, size);
    check_prefix(text, size);
    check_set(text, size);
    touch(text, size);
    free(text);
    return 0;
}
