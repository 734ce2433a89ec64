/* SPDX-License-Identifier: MIT
 * reverse.h: names under in-addr.arpa and ip6.arpa (RFC 1035, 3596; classless zones: RFC 2317). */
#ifndef PEERWAY_CIDR_REVERSE_H
#define PEERWAY_CIDR_REVERSE_H

#include "modules/cidr/prefix.h"

/* 32 nibbles with dots, "ip6.arpa" and the final NUL. */
#define CIDR_REVERSE_MAX 80

/* Name of the PTR record of an address, without a final dot. Returns its length. */
size_t cidr_reverse_name(struct cidr_address a, char text[CIDR_REVERSE_MAX]);

/* The zones that together are the prefix: of the next whole octet (IPv4) or nibble (IPv6), so up to 128
 * (8); an IPv4 prefix of 25 to 31 bits is one classless zone "first/length.c.b.a.in-addr.arpa". */
unsigned cidr_reverse_zone_count(struct cidr_prefix p);
size_t cidr_reverse_zone(struct cidr_prefix p, unsigned index, char text[CIDR_REVERSE_MAX]);

/* The prefix behind such a name or zone (any case, with or without a final dot). False: it is none. */
bool cidr_from_reverse(const char *text, size_t size, struct cidr_prefix *out);

#endif
