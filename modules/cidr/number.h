/* SPDX-License-Identifier: MIT
 * number.h: exact decimal text of counts; a count may need 129 bits (all of IPv6 and IPv4 together). */
#ifndef PEERWAY_CIDR_NUMBER_H
#define PEERWAY_CIDR_NUMBER_H

#include "modules/cidr/address.h"

#include <stddef.h>

struct cidr_count {
    cidr_u128 low;
    unsigned high; /* bit 128 and up */
};

#define CIDR_NUMBER_MAX 44 /* digits and the final NUL */

/* *count += n + 1, for the sizes of ranges. */
void cidr_count_add_span(struct cidr_count *count, cidr_u128 last_minus_first);

/* Writes decimal digits and a NUL; returns their number. */
size_t cidr_format_count(struct cidr_count count, char text[CIDR_NUMBER_MAX]);

enum cidr_number_status { CIDR_NUMBER_OK, CIDR_NUMBER_INVALID, CIDR_NUMBER_TOO_LARGE };

/* Reads decimal digits, or hexadecimal ones after "0x"; too large: above 2^128-1. */
enum cidr_number_status cidr_parse_number(const char *text, size_t size, cidr_u128 *out);

#endif
