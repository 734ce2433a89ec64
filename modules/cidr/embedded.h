/* SPDX-License-Identifier: MIT
 * embedded.h: what is hidden inside IPv6 addresses: IPv4 addresses and hardware addresses. */
#ifndef PEERWAY_CIDR_EMBEDDED_H
#define PEERWAY_CIDR_EMBEDDED_H

#include "modules/cidr/prefix.h"

/* The IPv4 address in an IPv6 one; returns the scheme: "mapped" (RFC 4291), "nat64" (RFC 6052, the
 * well-known prefix), "6to4" (RFC 3056), "teredo" (RFC 4380: the client's, *server too), or NULL. */
const char *cidr_embedded_ipv4(struct cidr_address a, struct cidr_address *ipv4, struct cidr_address *server);

/* The interface id of RFC 4291, appendix A, in the lower 64 bits of a /64: from a hardware address of 48
 * or 64 bits, and back (only 48 bits: ff:fe in the middle). */
struct cidr_address cidr_eui64(struct cidr_prefix subnet, uint64_t hardware, bool is48);
bool cidr_hardware_of(struct cidr_address a, uint64_t *hardware);

/* "00:1b:44:11:3a:b7", also with dashes or as "001b.4411.3ab7"; 6 or 8 bytes. Returns the number of
 * bytes, 0 when it is none. */
unsigned cidr_parse_hardware(const char *text, size_t size, uint64_t *out);

#endif
