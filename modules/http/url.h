/* SPDX-License-Identifier: MIT
 * url.h: the one strict splitter of http and https URLs, for both worlds and both doors. */
#ifndef PEERWAY_HTTP_URL_H
#define PEERWAY_HTTP_URL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HTTP_MAX_HOST 253

struct http_url {
    bool tls;
    bool ipv6;                    /* host was written in brackets */
    char host[HTTP_MAX_HOST + 1]; /* lower case, without brackets */
    uint16_t port;
    const char *target; /* path and query inside the text, as written; may be empty or start with '?' */
    size_t target_size; /* without fragment */
    size_t path_size;   /* part of the target before '?' */
};

/* Splits `text`; returns NULL, or the reason why it is not acceptable: other scheme, user info, empty or
 * malformed host, bad port, control characters, spaces or bytes above 126. `url` points into `text`. */
const char *http_url_parse(const char *text, struct http_url *url);

/* Host header: "name", "name:port" when the port is not the scheme's, "[v6]:port". */
void http_url_authority(const struct http_url *url, char *text, size_t size);

/* Same scheme, host and port. */
bool http_url_same_origin(const struct http_url *a, const struct http_url *b);

/* The host is "localhost", 127.0.0.0/8 or ::1. */
bool http_url_loopback(const struct http_url *url);

/* A literal address that no proxy may see: loopback, link-local, 100.100.100.200 (instance metadata). */
bool http_url_local(const struct http_url *url);

#endif
