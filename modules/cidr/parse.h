/* SPDX-License-Identifier: MIT
 * parse.h: strict text to address, prefix and range. Texts have a length: a NUL byte is just a wrong
 * character. What is refused although other programs take it: leading zeros (octal for some, decimal
 * for others), short forms, blanks, "/08", "/+8", more than four hex digits in a group. */
#ifndef PEERWAY_CIDR_PARSE_H
#define PEERWAY_CIDR_PARSE_H

#include "modules/cidr/prefix.h"

/* Relaxations, each only when asked for. */
enum cidr_parse_flags {
    CIDR_LOOSE = 1,         /* prefixes: clear host bits instead of refusing them */
    CIDR_BARE = 2,          /* prefixes: an address without length is the prefix of just that address */
    CIDR_NETMASK = 4,       /* prefixes: a netmask may stand behind the slash (never a hostmask) */
    CIDR_ZEROS_DECIMAL = 8, /* leading zeros are ignored: 010 is ten */
    CIDR_ZEROS_OCTAL = 16   /* as inet_aton(3): 010 is eight */
};

struct cidr_problem {
    size_t offset; /* where in the text, from 0 */
    char what[96];
};

/* Longest zone id that is kept (interface names have at most 15 bytes). */
#define CIDR_ZONE_MAX 63

/* Each returns false and fills `problem`. `flags`: cidr_parse_flags. */
bool cidr_parse_address(const char *text, size_t size, unsigned flags, struct cidr_address *out,
                        struct cidr_problem *problem);

/* As cidr_parse_address, but an IPv6 address may carry "%zone"; *zone_size is 0 or the size of the zone
 * id at the end of the text. */
bool cidr_parse_scoped(const char *text, size_t size, unsigned flags, struct cidr_address *out,
                       size_t *zone_size, struct cidr_problem *problem);

/* When the only fault is that host bits are set, `out` holds the prefix with them cleared (for the
 * hint) and *host_bits is true; host_bits may be NULL. */
bool cidr_parse_prefix(const char *text, size_t size, unsigned flags, struct cidr_prefix *out,
                       bool *host_bits, struct cidr_problem *problem);

/* "a-b" with a <= b, or what cidr_parse_prefix takes. */
bool cidr_parse_range(const char *text, size_t size, unsigned flags, struct cidr_range *out,
                      struct cidr_problem *problem);

/* Partial IPv4 in the manner of PostgreSQL's cidr: "10.1" is 10.1.0.0/16, "10/8" is 10.0.0.0/8. */
bool cidr_expand_partial(const char *text, size_t size, struct cidr_prefix *out,
                         struct cidr_problem *problem);

#endif
