/* SPDX-License-Identifier: MIT
 * ipv4_word.h: the quick way through "a.b.c.d[/n]" in bulk text. It takes only what is plainly right and
 * leaves everything else, also all faults, to the strict parser. */
#ifndef PEERWAY_CIDR_IPV4_WORD_H
#define PEERWAY_CIDR_IPV4_WORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bytes behind the text that must be readable. */
#define CIDR_WORD_PADDING 32

/* Reads an address at `text`; returns the bytes taken, 0 when it is not plainly one. */
size_t cidr_ipv4_word(const char *text, uint32_t *value);

/* Reads "/n" at `text`; returns the bytes taken (0: there is none, or not plainly). */
size_t cidr_length_word(const char *text, unsigned *length);

#endif
