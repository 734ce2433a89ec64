/* SPDX-License-Identifier: MIT
 * encode.h: percent-encoding as the cloud's signatures demand it (RFC 3986, upper-case hex, space
 * %20), decoding of received queries, and numbers as the official clients write them. */
#ifndef PEERWAY_CLOUD_ENCODE_H
#define PEERWAY_CLOUD_ENCODE_H

#include "modules/cloud/bytes.h"

/* A-Z a-z 0-9 - _ . ~ stay, every other byte becomes %XY. */
void encode_append(struct bytes *out, struct slice text);
/* The same, and '/' stays: a path whose segments are encoded. */
void encode_path(struct bytes *out, struct slice path);
/* encode(encode(text)), for the RPC string to sign. */
void encode_twice(struct bytes *out, struct slice text);
/* true when encode_append would change nothing. */
bool encode_is_plain(struct slice text);

/* Percent-decodes; '+' becomes a space when `plus`. A '%' without two hex digits stays as it is. */
void decode_append(struct bytes *out, struct slice text, bool plus);

/* Bytes of the longest text number_text writes. */
#define NUMBER_SIZE 40
/* Writes the shortest decimal that reads back as `value`, laid out as ECMAScript does (1.5, 100,
 * 1e+21, 1e-7), with terminator. Returns the length; 0 for NaN and infinities. */
size_t number_text(double value, char *text);
/* Writes a whole number in decimal, without terminator; returns the length. */
size_t integer_text(long long value, char *text);

#endif
