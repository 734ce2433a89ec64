/* SPDX-License-Identifier: MIT
 * format.h: text of addresses and prefixes. */
#ifndef PEERWAY_CIDR_FORMAT_H
#define PEERWAY_CIDR_FORMAT_H

#include "modules/cidr/prefix.h"

/* Longest texts with the final NUL: "ffff:...:ffff" (8 groups), and "/128" behind it. */
#define CIDR_ADDRESS_MAX 46
#define CIDR_PREFIX_MAX 50

/* Canonical text (IPv6 by RFC 5952, IPv4-mapped addresses with a dotted tail), NUL-terminated. All
 * return the length. */
size_t cidr_format_address(struct cidr_address a, char text[CIDR_ADDRESS_MAX]);
size_t cidr_format_prefix(struct cidr_prefix p, char text[CIDR_PREFIX_MAX]);

/* IPv6 with all eight groups of four digits; IPv4 as usual. */
size_t cidr_format_expanded(struct cidr_address a, char text[CIDR_ADDRESS_MAX]);

/* For bulk output: no NUL, up to 15 bytes. Returns the end. */
char *cidr_write_ipv4(uint32_t value, char *to);

#endif
