/* SPDX-License-Identifier: MIT
 * embedded.c: IPv4 and hardware addresses inside IPv6 ones. */
#include "modules/cidr/embedded.h"

const char *cidr_embedded_ipv4(struct cidr_address a, struct cidr_address *ipv4, struct cidr_address *server)
{
    if (a.family != 6)
        return NULL;
    if (a.hi == 0 && a.lo >> 32 == 0xffff) {
        *ipv4 = cidr_address_of(4, a.lo & UINT32_MAX);
        return "mapped";
    }
    if (a.hi == 0x0064ff9b00000000 && a.lo >> 32 == 0) {
        *ipv4 = cidr_address_of(4, a.lo);
        return "nat64";
    }
    if (a.hi >> 48 == 0x2002) {
        *ipv4 = cidr_address_of(4, a.hi >> 16 & UINT32_MAX);
        return "6to4";
    }
    if (a.hi >> 32 == 0x20010000) {
        *server = cidr_address_of(4, a.hi & UINT32_MAX);
        *ipv4 = cidr_address_of(4, ~a.lo & UINT32_MAX); /* stored inverted */
        return "teredo";
    }
    return NULL;
}

/* Bit 0x02 of the first byte is inverted in interface ids. */
#define UNIVERSAL_BIT (2ULL << 56)

struct cidr_address cidr_eui64(struct cidr_prefix subnet, uint64_t hardware, bool is48)
{
    if (is48)
        hardware = hardware >> 24 << 40 | 0xfffeULL << 24 | (hardware & 0xffffff);
    return cidr_address_of(6, cidr_value(cidr_first(subnet)) | (hardware ^ UNIVERSAL_BIT));
}

bool cidr_hardware_of(struct cidr_address a, uint64_t *hardware)
{
    if (a.family != 6 || (a.lo >> 24 & 0xffff) != 0xfffe)
        return false;
    uint64_t id = a.lo ^ UNIVERSAL_BIT;
    *hardware = id >> 40 << 24 | (id & 0xffffff);
    return true;
}

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 32;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

unsigned cidr_parse_hardware(const char *text, size_t size, uint64_t *out)
{
    /* digits between separators: 2 (":" or "-") or 4 (".") */
    char separator = size > 2 && (text[2] == ':' || text[2] == '-') ? text[2] : '.';
    size_t group = separator == '.' ? 4 : 2, digits = 0;
    *out = 0;
    for (size_t i = 0; i < size; i++) {
        if (i % (group + 1) == group) {
            if (text[i] != separator)
                return 0;
            continue;
        }
        int value = hex_value(text[i]);
        if (value < 0 || ++digits > 16)
            return 0;
        *out = *out << 4 | (unsigned)value;
    }
    bool complete = (digits == 12 || digits == 16) && size == digits + digits / group - 1;
    return complete ? (unsigned)digits / 2 : 0;
}
