/* SPDX-License-Identifier: MIT
 * address.c: arithmetic with overflow checks, and bytes in network order. */
#include "modules/cidr/address.h"

bool cidr_add(struct cidr_address a, cidr_u128 n, struct cidr_address *out)
{
    cidr_u128 value = cidr_value(a);
    if (n > cidr_highest(a.family) - value)
        return false;
    *out = cidr_address_of(a.family, value + n);
    return true;
}

bool cidr_subtract(struct cidr_address a, cidr_u128 n, struct cidr_address *out)
{
    cidr_u128 value = cidr_value(a);
    if (n > value)
        return false;
    *out = cidr_address_of(a.family, value - n);
    return true;
}

unsigned cidr_to_bytes(struct cidr_address a, unsigned char bytes[16])
{
    unsigned size = cidr_width(a.family) / 8;
    cidr_u128 value = cidr_value(a);
    for (unsigned i = 0; i < size; i++)
        bytes[i] = (unsigned char)(value >> (8 * (size - 1 - i)));
    return size;
}

bool cidr_from_bytes(const unsigned char *bytes, unsigned size, struct cidr_address *out)
{
    if (size != 4 && size != 16)
        return false;
    cidr_u128 value = 0;
    for (unsigned i = 0; i < size; i++)
        value = value << 8 | bytes[i];
    *out = cidr_address_of(size == 4 ? 4 : 6, value);
    return true;
}
