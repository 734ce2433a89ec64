/* SPDX-License-Identifier: MIT
 * endpoint.h: address and port of a server or client, as text and as sockaddr. */
#ifndef PEERWAY_DNS_ENDPOINT_H
#define PEERWAY_DNS_ENDPOINT_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

enum { DNS_ENDPOINT_TEXT = 80, DNS_PORT = 53 };

struct dns_endpoint {
    socklen_t size;
    union {
        struct sockaddr any;
        struct sockaddr_in v4;
        struct sockaddr_in6 v6;
    } address;
};

/* Parses "192.0.2.1", "192.0.2.1:5353", "2001:db8::1", "[2001:db8::1]:5353", "fe80::1%eth0". Strict: no
 * host names, no short forms. Without a port `port` is used. */
bool dns_endpoint_from_text(struct dns_endpoint *endpoint, const char *text, size_t length, uint16_t port);

/* "192.0.2.1:53" or "[2001:db8::1]:53". */
void dns_endpoint_to_text(const struct dns_endpoint *endpoint, char text[DNS_ENDPOINT_TEXT]);

/* The address alone; returns the port. */
uint16_t dns_endpoint_split(const struct dns_endpoint *endpoint, char text[DNS_ENDPOINT_TEXT]);

uint16_t dns_endpoint_port(const struct dns_endpoint *endpoint);
void dns_endpoint_set_port(struct dns_endpoint *endpoint, uint16_t port);
bool dns_endpoint_equal(const struct dns_endpoint *a, const struct dns_endpoint *b);

/* Takes what getsockname or recvfrom filled in. */
bool dns_endpoint_from_sockaddr(struct dns_endpoint *endpoint, const struct sockaddr *address,
                                socklen_t size);

#endif
