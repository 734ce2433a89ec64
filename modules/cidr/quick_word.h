/* SPDX-License-Identifier: MIT
 * quick_word.h: the quick way through addresses and lengths in bulk text. It takes only what is plainly
 * right and leaves everything else, also all faults, to the strict parser. */
#ifndef PEERWAY_CIDR_QUICK_WORD_H
#define PEERWAY_CIDR_QUICK_WORD_H

#include "modules/cidr/address.h"

#include <stddef.h>

/* Bytes behind the text that must be readable. */
#define CIDR_WORD_PADDING 32

/* Reads an IPv4 address at `text`; returns the bytes taken, 0 when it is not plainly one. */
size_t cidr_ipv4_word(const char *text, uint32_t *value);

/* The same for IPv6, without dotted tails. */
size_t cidr_ipv6_word(const char *text, cidr_u128 *value);

/* Reads "/n" with n up to `limit` at `text`; returns the bytes taken (0: there is none, or not plainly). */
size_t cidr_length_word(const char *text, unsigned limit, unsigned *length);

#endif
